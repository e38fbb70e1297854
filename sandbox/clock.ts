import type { Collection } from "./journal";

/** How far ahead of itself the clock promises its time in the journal, in real milliseconds. */
const LEASE = 1000;
/** The longest delay a Node.js timer takes. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** What the clock keeps: it has not shown a time after `until` (virtual milliseconds). */
export interface ClockState {
    until: number;
}

/**
 * Virtual time: `speed` virtual seconds pass in one real second. It stands still while the sandbox
 * is down and goes on from there; it never runs backwards, not even across a kill: no time is shown
 * before a bound above it is in the journal, and the next run starts at that bound.
 */
export class Clock {
    readonly speed: number;
    private readonly collection: Collection<ClockState> | undefined;
    private readonly realStart = performance.now();
    private virtualStart: number;
    private promised: number;
    private readonly sleepers = new Set<() => void>();

    constructor(options: { speed: number; collection?: Collection<ClockState> }) {
        this.speed = options.speed;
        this.collection = options.collection;
        this.virtualStart = this.collection?.get("clock")?.until ?? Date.now();
        this.promised = this.virtualStart;
    }

    /** Virtual milliseconds since 1970. */
    now(): number {
        const now =
            this.virtualStart + Math.floor((performance.now() - this.realStart) * this.speed);
        if (this.collection && now >= this.promised) {
            this.promised = now + Math.ceil(LEASE * this.speed);
            this.collection.put("clock", { until: this.promised });
        }
        return now;
    }

    date(): Date {
        return new Date(this.now());
    }

    /** Resolves after so much virtual time; rejects with the signal's reason. */
    sleep(virtualMs: number, signal?: AbortSignal): Promise<void> {
        const end = this.now() + virtualMs;
        return new Promise((resolve, reject) => {
            let timer: NodeJS.Timeout | undefined;
            const settle = (): void => {
                clearTimeout(timer);
                this.sleepers.delete(look);
                signal?.removeEventListener("abort", look);
            };
            const look = (): void => {
                clearTimeout(timer);
                const left = end - this.now();
                if (signal?.aborted) {
                    settle();
                    reject(signal.reason as Error);
                } else if (left <= 0) {
                    settle();
                    resolve();
                } else {
                    timer = setTimeout(look, Math.min(Math.ceil(left / this.speed), LONGEST_TIMER));
                }
            };
            this.sleepers.add(look);
            signal?.addEventListener("abort", look);
            look();
        });
    }

    /** Jumps ahead and wakes the sleepers whose time has come. */
    advance(virtualMs: number): void {
        this.virtualStart += virtualMs;
        [...this.sleepers].forEach((look) => look());
    }
}
