import { RateLimit } from "../../packages/palette/api/rateLimit";

/** Palette's documented limits ("REST API, rate limits"): calls a second, and at once. */
const DOCUMENTED: [path: string, rate: number, burst: number][] = [
    ["/v1/registries/oci/summary", 10, 50],
    ["/v1/packs", 10, 50],
    ["/v1/dashboard/spectroclusters/search", 10, 50],
    ["/v1/clouds/aws/account/sts", 10, 50],
    ["/v1/clusterprofiles/1", 50, 250],
    ["/v1/spectroclusters/1", 50, 250],
    ["/v1/cloudconfigs/aws/1", 50, 250],
    ["/v1/events/components/spectrocluster/1", 50, 250],
    ["/v1/spectroclusters/1/assets/adminKubeconfig", 10, 50],
];

let now = 0;
beforeEach(() => {
    now = 1000;
    jest.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => jest.restoreAllMocks());

/** Sends as many calls as are asked for at once; when each of them goes out, in milliseconds. */
function times(limit: RateLimit, path: string, calls: number): number[] {
    return Array.from({ length: calls }, () => now + limit.turn(path));
}

test.each(DOCUMENTED)("%s: two processes together stay below %i a second, %i at once", (...row) => {
    const [path, rate, burst] = row;
    const limits = [new RateLimit(), new RateLimit()];
    const both = limits.flatMap((limit) => times(limit, path, 3 * burst)).sort((a, b) => a - b);
    expect(both.filter((time) => time === now).length).toBeLessThanOrEqual(burst * 0.8);
    // A bucket of the documented size that one process alone fills never runs dry.
    let tokens = burst;
    let last = now;
    for (const time of times(new RateLimit(), path, 10 * burst)) {
        tokens = Math.min(burst, tokens + ((time - last) / 1000) * rate) - 1;
        last = time;
        expect(tokens).toBeGreaterThan(0);
    }
    expect(last - now).toBeGreaterThan(0);
});

test("a few calls do not wait, and neither do calls of another kind", () => {
    const limit = new RateLimit();
    expect(new Set(times(limit, "/v1/packs", 20))).toEqual(new Set([now]));
    expect(limit.turn("/v1/packs")).toBeGreaterThan(0);
    expect(limit.turn("/v1/registries/metadata")).toBe(0);
    now += 60_000;
    expect(limit.turn("/v1/packs")).toBe(0);
});

test("clusters do not share the limit of their kubeconfigs", () => {
    const limit = new RateLimit();
    times(limit, "/v1/spectroclusters/1/assets/adminKubeconfig", 30);
    expect(limit.turn("/v1/spectroclusters/2/assets/adminKubeconfig")).toBeGreaterThan(0);
    expect(limit.turn("/v1/spectroclusters/2")).toBe(0);
});

test("after a 429 the burst is spent for all", () => {
    const limit = new RateLimit();
    limit.spent("/v1/packs");
    expect(limit.turn("/v1/packs")).toBeCloseTo(125);
    expect(limit.turn("/v1/packs")).toBeCloseTo(250);
});
