import { performance } from "node:perf_hooks";
import { clearTimeout, setTimeout } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { PaletteError } from "./paletteError";
import { asProbe } from "./retryPolicy";
import { DeadlineError } from "../../pack/userError";

const FIRST_DELAY_MS = 500;
const DELAY_GROWTH = 1.3;
const MAX_DELAY_MS = 15_000;

/** Reports how a wait is going: one line per change, shown by the engine as a message of the stack. */
export type Report = (line: string) => void;

/** A {@link Report} that prefixes each line with its subject and leaves out repetitions. */
export function reporter(subject: string): Report {
    let last = "";
    return (line) => {
        if (line !== last) {
            // An error names its subject by itself.
            console.log(line.startsWith(`${subject}: `) ? line : `${subject}: ${line}`);
            last = line;
        }
    };
}

/** Stands for the end of the time in a race. */
const DEADLINE = Symbol("deadline");

/**
 * Polls until `probe` returns something, at growing intervals (half a second at first, 15 s at most).
 * A probe that fails for a passing reason is tried again until the deadline, and one that hangs is left behind there.
 * Time is the time that this process was running: neither a changed clock nor a suspended laptop ends a wait.
 *
 * @param what What is waited for, for the message: `cluster "c" to be Running and Healthy`.
 * @param minutes The deadline.
 * @param probe Answers the result, or a text with the status for as long as there is none.
 * @throws DeadlineError that says what was waited for, for how long, the last status, and that the command can go on.
 */
export async function waitFor<T extends object>(
    what: string,
    minutes: number,
    report: Report,
    probe: () => Promise<T | string>,
): Promise<T> {
    const end = performance.now() + minutes * 60_000;
    let status = "nothing known yet";
    for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * DELAY_GROWTH, MAX_DELAY_MS)) {
        try {
            const result = await before(end, asProbe(probe));
            if (result !== DEADLINE && typeof result !== "string") {
                return result;
            }
            status =
                typeof result === "string" ? result : `${status}; the next answer did not come`;
        } catch (error) {
            if (!(error instanceof PaletteError) || !error.transient) {
                throw error;
            }
            status = error.message;
        }
        report(status);
        if (performance.now() + delay > end) {
            throw new DeadlineError(
                `waited ${minutes} minutes for ${what}; last seen: ${status}; run the command again to go on waiting`,
            );
        }
        await sleep(delay);
    }
}

/** The result of a promise, or {@link DEADLINE} where it is not there before a point in time (`performance.now()`). */
async function before<T>(end: number, promise: Promise<T>): Promise<T | typeof DEADLINE> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<typeof DEADLINE>((resolve) => {
        timer = setTimeout(resolve, end - performance.now(), DEADLINE).unref();
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}
