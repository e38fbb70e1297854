import { execFileSync } from "node:child_process";

/** Words by which a command line of Pulumi tells what it does. */
const VERBS = /^(up|update|preview|pre|destroy|down|dn|refresh)$/;

/** A command line of Pulumi, whose path may have spaces in it, and its arguments. */
const PULUMI = /^(?:.*?\/)?pulumi(?:\s+(.*))?$/;

/**
 * What to add to an error of the program where a destroy or a refresh runs it, which both do for `--run-program` alone;
 * empty in every other run. The engine does not tell a program what it is run for, so the command line above it is read.
 *
 * @param processes What `ps` prints: number, parent's number and arguments of each process.
 */
export function aboutRunProgram(processes = listProcesses(), pid = process.pid): string {
    const byNumber = new Map(
        processes.split("\n").map((line) => {
            const [, own, parent, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
            return [Number(own), { parent: Number(parent), command }] as const;
        }),
    );
    let above = byNumber.get(pid);
    while (above !== undefined && !PULUMI.test(above.command)) {
        above = byNumber.get(above.parent);
    }
    const words = PULUMI.exec(above?.command ?? "")?.[1]?.split(/\s+/) ?? [];
    const verb = words.find((word) => VERBS.test(word));
    return verb !== undefined && /^(destroy|down|dn|refresh)$/.test(verb)
        ? `\npulumi ${verb} runs the program for --run-program (or PULUMI_RUN_PROGRAM) only: without it, it goes by what the state has recorded and needs none of this`
        : "";
}

function listProcesses(): string {
    try {
        return execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,args="], {
            encoding: "utf8",
            maxBuffer: 2 ** 26,
        });
    } catch {
        // Without ps the error is reported as it is.
        return "";
    }
}
