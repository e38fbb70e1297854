import { formatSummary, summaryOf } from "../../scripts/summary";

const outputs = {
    applicationUrls: { hellouniverse: "http://127.0.0.9:8080" },
    clusterUid: "1",
    clusterState: "Running",
    clusterHealth: "Healthy",
    clusterConsoleUrl: "https://console/1",
    hourlyPrice: 0.4,
    kubeconfig: "[secret]",
    profiles: { base: { uid: "2", version: "1.0.1" } },
    packReferences: { "hellouniverse:1.0.0": "host/hellouniverse:1.0.0@sha256:1" },
};

test("the summary of a stack names packs, profiles, clusters and URLs, and nothing else", () => {
    expect(formatSummary(summaryOf(outputs)).split("\n")).toEqual([
        "- pack hellouniverse:1.0.0: host/hellouniverse:1.0.0@sha256:1",
        "- profile base: 1.0.1",
        "- cluster: Running, Healthy, 0.40 USD an hour, https://console/1",
        "- hellouniverse: http://127.0.0.9:8080",
    ]);
});

test("several clusters are told by their names", () => {
    const { packReferences, profiles, ...cluster } = outputs;
    const summary = summaryOf({ packReferences, profiles, clusters: { a: cluster, b: cluster } });
    expect(summary.clusters.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(formatSummary(summary)).toMatch(/- cluster b: Running, Healthy/);
});

test("a stack without outputs has a summary too", () => {
    expect(formatSummary(summaryOf({}))).toBe("- nothing is there");
});
