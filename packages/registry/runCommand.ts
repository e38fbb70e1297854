import {
    execFile,
    type ChildProcess,
    type ExecFileException,
    type ExecFileOptions,
} from "node:child_process";
import { promisify } from "node:util";
import { DeadlineError } from "../pack/userError";

const MINUTE_MS = 60_000;

/** How long a command may take, in milliseconds: one that carries a pack, and any other. */
export const DEADLINES = { transfer: 30 * MINUTE_MS, other: 2 * MINUTE_MS };

/** Commands that run now. They end with this process, which may have to end before them. */
const running = new Set<ChildProcess>();
process.once("exit", () => running.forEach((child) => child.kill()));

/** Options of a command. */
export interface CommandOptions extends Pick<ExecFileOptions, "cwd" | "env" | "maxBuffer"> {
    /** What it does, and where, for the message at the deadline: `oras push at harbor.example.com`. */
    purpose: string;
    /** What the user can do when it never ends. */
    advice: string;
    /** Whether it carries a pack. */
    isTransfer?: boolean;
    /** Standard input; absent: it is left open. */
    input?: string;
}

/**
 * Runs a command until it ends, or until its deadline: whatever it talks to may accept a connection and never answer.
 *
 * @returns its standard output.
 * @throws Error of `execFile` when it fails; DeadlineError that says what to do, when its time is over.
 */
export async function runCommand(
    file: string,
    args: string[],
    { purpose, advice, isTransfer, input, ...options }: CommandOptions,
): Promise<string> {
    const timeout = isTransfer ? DEADLINES.transfer : DEADLINES.other;
    const result = promisify(execFile)(file, args, { timeout, ...options });
    running.add(result.child);
    if (input !== undefined) {
        // It may end before it has read its input.
        result.child.stdin!.on("error", () => undefined);
        result.child.stdin!.end(input);
    }
    try {
        return (await result).stdout;
    } catch (error) {
        if ((error as ExecFileException).killed) {
            throw new DeadlineError(
                `${purpose} has not ended after ${timeout / MINUTE_MS} minutes and was stopped; ${advice}`,
            );
        }
        throw error;
    } finally {
        running.delete(result.child);
    }
}

/** The advice about a command that talks to a registry. */
export function checkNetwork(host: string): string {
    return `check that ${host} can be reached and answers (network, HTTPS_PROXY, NO_PROXY), then run the command again`;
}
