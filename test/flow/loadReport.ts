/** A call of the sandbox's log. */
export interface LoggedCall {
    service: string;
    method: string;
    path: string;
    time: string;
    status: number;
}

/** Palette's documented limits by kind of call: a second in the long run ("REST API, rate limits"); five seconds' worth at once. */
function rateOf(path: string): { kind: string; rate: number } {
    if (/^\/v1\/spectroclusters\/[^/]+\/assets/.test(path)) {
        return { kind: "spectroclusters/*/assets", rate: 10 };
    }
    const kind = path.split("/")[2]!;
    const large = ["clusterprofiles", "spectroclusters", "cloudconfigs", "events"];
    return { kind, rate: large.includes(kind) ? 50 : 10 };
}

/** How the calls of one kind came. */
export interface Load {
    kind: string;
    calls: number;
    /** Most calls within one second. */
    peak: number;
    /** The least that Palette's bucket held, of `rate × 5`. */
    lowest: number;
    refused: number;
}

/** Counts, peak rates and refusals of Palette's calls, by kind. */
export function loadOf(calls: LoggedCall[]): Load[] {
    const kinds = new Map<string, { rate: number; times: number[]; refused: number }>();
    for (const { service, path, time, status } of calls) {
        if (service === "palette") {
            const { kind, rate } = rateOf(path);
            const usage = kinds.get(kind) ?? { rate, times: [], refused: 0 };
            kinds.set(kind, usage);
            usage.times.push(Date.parse(time));
            usage.refused += Number(status === 429);
        }
    }
    return [...kinds].map(([kind, { rate, times, refused }]) => {
        times.sort((left, right) => left - right);
        let tokens = rate * 5;
        let lowest = tokens;
        let peak = 0;
        times.forEach((time, index) => {
            const elapsed = time - (times[index - 1] ?? time);
            tokens = Math.min(rate * 5, tokens + (elapsed / 1000) * rate) - 1;
            lowest = Math.min(lowest, tokens);
            const within = times.filter(
                (candidate) => candidate > time - 1000 && candidate <= time,
            ).length;
            peak = Math.max(peak, within);
        });
        return { kind, calls: times.length, peak, lowest: Math.floor(lowest), refused };
    });
}

/** One line for each kind, for the output of a test. */
export function describeLoad(loads: Load[]): string {
    return loads
        .map(
            ({ kind, calls, peak, lowest, refused }) =>
                `  ${kind}: ${calls} calls, at most ${peak} in a second, bucket never below ${lowest}, ${refused} answers 429`,
        )
        .join("\n");
}
