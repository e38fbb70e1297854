import { AsyncLocalStorage } from "node:async_hooks";

/** How long a call that keeps failing is repeated: Palette may be updated, or a proxy restarted. */
const USUAL_MS = 5 * 60_000;

/**
 * How long where the failures are not for this call to wait for: in a wait, which probes again until its own deadline and
 * reports the failure meanwhile; and where the host may be wrong.
 */
const SHORT_MS = 15_000;

/** How long a call waits altogether, whatever the server asks for. */
const LONGEST_MS = 30 * 60_000;

/** After how much failing a call reports that it is being repeated, and after how much more it reports again. */
const REPORT_EVERY_MS = 60_000;

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 20_000;
const MAX_RETRY_AFTER_MS = 120_000;

const waits = new AsyncLocalStorage<true>();

/** Runs one probe of a wait: its calls do not go on repeating what the next probe repeats anyway. */
export function asProbe<T>(probe: () => Promise<T>): Promise<T> {
    return waits.run(true, probe);
}

/** One failed attempt of a call. */
interface FailedAttempt {
    /** How long it took, in milliseconds. */
    took: number;
    /** How long the server (`Retry-After`), or a limit that holds here, asks to wait. */
    requestedPause: number;
    /** Whether the host may be wrong: it does not exist, or does not answer as Palette, and never did. */
    isDoubtful: boolean;
}

/**
 * How long one call is repeated: a time, not a number of attempts. It is used up by attempts and by pauses that this
 * program chooses (exponential, with jitter); not by those that the server asks for.
 */
export class RetryBudget {
    #attempts = 0;
    /** Milliseconds, without and with what was asked for. */
    #used = 0;
    #total = 0;
    #lastReport = 0;

    /** How long to wait for the next attempt; undefined when there is to be none. */
    next({ took, requestedPause, isDoubtful }: FailedAttempt): number | undefined {
        const backoff = Math.min(FIRST_PAUSE_MS * 2 ** this.#attempts++, MAX_PAUSE_MS);
        const jittered = backoff * (0.75 + Math.random() / 2);
        const pause = Math.max(jittered, requestedPause);
        this.#used += took + (requestedPause > jittered ? 0 : jittered);
        this.#total += took + pause;
        const limit = waits.getStore() || isDoubtful ? SHORT_MS : USUAL_MS;
        return this.#used > limit || this.#total > LONGEST_MS ? undefined : pause;
    }

    /** Whether it is time to report that the call is being repeated. */
    isReportDue(): boolean {
        const due = this.#total - this.#lastReport > REPORT_EVERY_MS;
        this.#lastReport = due ? this.#total : this.#lastReport;
        return due;
    }
}

/** What a `Retry-After` header asks for, in milliseconds. */
export function retryAfterMs(header: string | null): number {
    if (header === null) {
        return 0;
    }
    const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
    return Math.min(Math.max(ms || 0, 0), MAX_RETRY_AFTER_MS);
}
