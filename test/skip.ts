import { appendFileSync } from "node:fs";

/** `describe` or `test`, as far as a skip goes. */
interface Skippable {
    skip: unknown;
}

/**
 * `describe` or `test`, skipped where there is a reason. `npm test` prints the reason beside the number of skipped tests, and
 * fails on a skipped test without one.
 */
export function unless<T extends Skippable>(reason: string | undefined, run: T): T {
    if (reason === undefined) {
        return run;
    }
    process.stderr.write(`skipped: ${reason}\n`);
    if (process.env.SKIP_REASONS) {
        const { testPath } = expect.getState();
        appendFileSync(process.env.SKIP_REASONS, `${JSON.stringify([testPath, reason])}\n`);
    }
    return (run.skip ?? run) as T;
}

/**
 * `describe` or `test` where tools are there. `npm test` gets all of them first, so that one that is missing there is a failure.
 */
export function whereFound<T extends Skippable>(missing: string[], run: T): T {
    if (missing.length > 0 && process.env.SKIP_REASONS) {
        throw new Error(`not on PATH: ${missing.join(", ")}, which the run has got`);
    }
    return unless(missing.length > 0 ? `not on PATH: ${missing.join(", ")}` : undefined, run);
}
