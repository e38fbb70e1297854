import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import pLimit from "p-limit";
import { findTool } from "../format/executables";
import { UserError } from "../userError";

/** Helm failed; the message is what Helm said. */
export class HelmError extends UserError {}

const MAXIMUM_OUTPUT_BYTES = 256 * 1024 * 1024;
const DEADLINE_MS = 5 * 60_000;

/** A pack may have a hundred manifests, and each is a process. */
const atOnce = pLimit(availableParallelism());

/** The path of Helm 3; undefined where it is not installed. */
export function findHelm(): string | undefined {
    return findTool("helm");
}

/**
 * Runs Helm.
 *
 * @param input Standard input.
 * @returns Its standard output.
 * @throws HelmError when it fails, or has not ended after five minutes.
 */
export function runHelm(helm: string, args: readonly string[], input = ""): Promise<string> {
    return atOnce(() => startHelm(helm, args, input));
}

function startHelm(helm: string, args: readonly string[], input: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const options = { maxBuffer: MAXIMUM_OUTPUT_BYTES, timeout: DEADLINE_MS, env: process.env };
        const child = execFile(helm, args, options, (error, stdout, stderr) => {
            if (!error) {
                return resolve(stdout);
            }
            const said = helmMessage(stderr);
            const late = error.killed ? `helm ${args[0]} has not ended after 5 minutes` : "";
            reject(new HelmError(late || said || error.message));
        });
        child.stdin?.on("error", () => undefined);
        child.stdin?.end(input);
    });
}

/** What Helm says about a failure, without its advice on flags and its warnings. */
function helmMessage(stderr: string): string {
    const lines = stderr.split("\n").filter((line) => !/^(WARNING:|Use --debug flag)/.test(line));
    const start = lines.findIndex((line) => line.startsWith("Error: "));
    return lines
        .slice(Math.max(start, 0))
        .join("\n")
        .replace(/^Error: /, "")
        .trim();
}
