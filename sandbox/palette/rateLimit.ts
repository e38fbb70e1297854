import type { Switches } from "./switches";

/** Requests a second by the first segments after `/v1/` ("REST API, rate limits"). */
const LIMITS: [prefix: RegExp, rate: number][] = [
    [/^\/v1\/spectroclusters\/[^/]+\/assets/, 10],
    [/^\/v1\/(clusterprofiles|spectroclusters|cloudconfigs)\b/, 50],
    [/^\/v1\/events\/components\b/, 50],
    [/^\/v1\/\w+/, 10],
];
/** A bucket holds so many seconds' worth. */
const BURST = 5;

interface Bucket {
    tokens: number;
    /** `performance.now()` of the last look. */
    at: number;
}

/** Token buckets in real time, one for each source address and parent resource. */
export class RateLimiter {
    private readonly buckets = new Map<string, Bucket>();

    constructor(private readonly switches: Switches) {}

    /** Takes a token. Answers 0, or the seconds until there is one. */
    take(source: string, url: string): number {
        if (this.switches.get("rateLimit") === "off") {
            return 0;
        }
        // The first that fits is the most specific.
        for (const [prefix, rate] of LIMITS) {
            const match = prefix.exec(url);
            if (match) {
                // The bucket of assets is one for all clusters.
                const resource = match[0].replace(/^(\/v1\/spectroclusters\/)[^/]+/, "$1*");
                return this.takeFrom(`${source} ${resource}`, rate);
            }
        }
        return 0;
    }

    private takeFrom(key: string, rate: number): number {
        const now = performance.now();
        const bucket = this.buckets.get(key) ?? { tokens: rate * BURST, at: now };
        this.buckets.set(key, bucket);
        const filled = bucket.tokens + ((now - bucket.at) / 1000) * rate;
        bucket.tokens = Math.min(rate * BURST, filled);
        bucket.at = now;
        if (bucket.tokens < 1) {
            return (1 - bucket.tokens) / rate;
        }
        bucket.tokens--;
        return 0;
    }
}
