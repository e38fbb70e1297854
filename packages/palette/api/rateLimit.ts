/** How many calls of one kind Palette takes. */
interface Limit {
    /** Calls in a second, in the long run. */
    rate: number;
    /** Calls at once after a pause. */
    burst: number;
}

/**
 * What one process takes of Palette's limits, which hold per source address: 10 calls a second with bursts of 50, or 50
 * with bursts of 250 ("REST API, rate limits"). The program and the dynamic providers are two processes of one run: less
 * than half of a burst each, and in the long run (when the program has ended) most of the rate.
 */
const SMALL: Limit = { rate: 8, burst: 20 };
const LARGE: Limit = { rate: 40, burst: 100 };

/** Limits count by the first segment after `/v1/`; kubeconfigs are a kind of their own. */
const LARGE_KINDS = new Set(["clusterprofiles", "spectroclusters", "cloudconfigs", "events"]);

/** Keeps the calls of one process below Palette's rate limits: each has to wait for its turn. */
export class RateLimit {
    /** By kind: when the calls that were let through so far would be due at an even pace (milliseconds). */
    readonly #due = new Map<string, number>();

    /** Takes the next turn for a call of this path; how long it has to wait for that, in milliseconds. */
    turn(path: string): number {
        const { kind, rate, burst } = limitOf(path);
        const now = performance.now();
        const due = Math.max(this.#due.get(kind) ?? 0, now);
        this.#due.set(kind, due + 1000 / rate);
        return Math.max(due - now - ((burst - 1) * 1000) / rate, 0);
    }

    /** Palette has refused a call of this path for its rate: others use the limit too, so the burst is spent. */
    spent(path: string): void {
        const { kind, rate, burst } = limitOf(path);
        const full = performance.now() + (burst * 1000) / rate;
        this.#due.set(kind, Math.max(this.#due.get(kind) ?? 0, full));
    }
}

function limitOf(path: string): Limit & { kind: string } {
    const [, first = "", , third] = path.slice(1).split("/");
    if (first === "spectroclusters" && third === "assets") {
        return { kind: "assets", ...SMALL };
    }
    return { kind: first, ...(LARGE_KINDS.has(first) ? LARGE : SMALL) };
}
