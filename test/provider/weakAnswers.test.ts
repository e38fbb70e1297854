import { performance } from "node:perf_hooks";
import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import { clusterProfile } from "../../packages/palette/profile/clusterProfile";
import type { ClusterProfileOutputs } from "../../packages/palette/profile/profileInputs";
import { OWNER_LABEL } from "../../packages/palette/lifecycle/ownership";
import { disconnect } from "../../packages/palette/api/session";
import { connectWithFake } from "./connect";
import {
    fakePalette,
    recordedCluster,
    type Answer,
    type FakePalette,
    type Seen,
} from "./fakePalette";

/** How long the pauses between two looks take: a real part of them, or none but for the clock. */
let mockPause = (ms: number): Promise<unknown> =>
    new Promise((resolve) => setTimeout(resolve, ms / 150));
jest.mock("node:timers/promises", () => ({ setTimeout: (ms: number) => mockPause(ms) }));
jest.setTimeout(60_000);

// The rows of "Weak points of the Terraform provider" in the API facts, by number. Those of registries, packs and the
// client are tested with them.

describe("where the official provider is weak, with answers of all kinds", () => {
    let palette: FakePalette;
    let log: jest.SpyInstance;
    /** How far the clock is ahead: pauses take no time but move it. */
    let ahead = 0;

    beforeEach(() => {
        ahead = 0;
        const now = performance.now.bind(performance);
        jest.spyOn(performance, "now").mockImplementation(() => now() + ahead);
        log = jest.spyOn(console, "log").mockImplementation(() => undefined);
        mockPause = async (ms) => void (ahead += ms);
    });
    afterEach(async () => {
        jest.restoreAllMocks();
        await disconnect();
        await palette.close();
    });

    async function answering(answer: (request: Seen, number: number) => Answer): Promise<void> {
        palette = await fakePalette(answer);
        await connectWithFake(palette, (key) => configured[key]);
    }
    /** What the stack's configuration has beside Palette's keys. */
    let configured: Record<string, string> = {};
    beforeEach(() => (configured = {}));

    const cluster = recordedCluster;
    const { owner } = cluster;

    const forced = () => palette.seen.filter(({ query }) => query.forceDelete === "true").length;
    const conditions = (message: string) => [
        { type: "CloudInfrastructureReady", status: "False", message },
    ];

    /** A cluster whose state goes through a sequence after its deletion, each seen once, the last one from then on. */
    function deletion(...states: (object | undefined)[]): Promise<void> {
        let looks = 0;
        return answering(({ method }) => {
            if (method === "DELETE") {
                return { status: 204 };
            }
            const status = states[Math.min(looks++, states.length - 1)];
            return status === undefined
                ? { status: 404, body: { code: "ResourceNotFound" } }
                : { body: { metadata: { uid: "1", name: "c" }, ...status } };
        });
    }
    const state = (value: string) => ({ status: { state: value } });

    test("rows 6, 7 and 9: only what is gone is gone, and nothing else is a reason to force", async () => {
        await deletion(
            state("Running"),
            state("Running"),
            state("Running"),
            {},
            { status: {} },
            state("Error"),
            state("Unknown"),
            state("Provisioning"),
            state("Deleting"),
            {},
            state("Deleting"),
            undefined,
        );
        await awsCluster.delete("1", cluster);
        // With the look whether it is still this resource's.
        expect(palette.seen.filter(({ method }) => method === "GET")).toHaveLength(12);
        expect(forced()).toBe(0);
    });

    test("row 6: a stuck deletion is forced after 15 minutes in Deleting, once, and tells what may be left", async () => {
        await answering(({ method, query }) => {
            if (method === "DELETE") {
                ended ||= query.forceDelete === "true" && ahead;
                return { status: 204 };
            }
            return ended !== false && ahead > ended + 60_000
                ? { body: { metadata: { uid: "1" }, status: { state: "Deleted" } } }
                : { body: { metadata: { uid: "1" }, ...state("Deleting") } };
        });
        let ended: number | false = false;
        await awsCluster.delete("1", cluster);
        expect(forced()).toBe(1);
        expect(ended).toBeGreaterThanOrEqual(15 * 60_000);
        expect(ended).toBeLessThan(16 * 60_000);
        expect(log.mock.calls.join()).toMatch(/deletion forced; .*elastic IPs, .*EBS volumes/);
    });

    test("row 6: Palette's own times count, as it knows about the time before the run", async () => {
        const probe = (minutes: number) => ({
            metadata: { uid: "1", deletionTimestamp: "2020-01-01T00:00:00Z" },
            status: {
                state: "Deleting",
                conditions: conditions("a VPC has dependencies").map((condition) => ({
                    ...condition,
                    lastProbeTime: new Date(Date.UTC(2020, 0, 1, 0, minutes)).toISOString(),
                })),
            },
        });
        await deletion(probe(13), probe(14), probe(14), probe(15), state("Deleted"));
        await awsCluster.delete("1", cluster);
        const deletes = palette.seen.map(({ method, query }) => [method, query.forceDelete]);
        expect(deletes).toEqual([
            ["GET", undefined],
            ["DELETE", undefined],
            ["GET", undefined],
            ["GET", undefined],
            ["GET", undefined],
            ["DELETE", "true"],
            ["GET", undefined],
        ]);
    });

    test("row 6: where the configuration does not allow it, it is offered and never done", async () => {
        configured = { cluster: JSON.stringify({ name: "c", forceDelete: false }) };
        await deletion({
            status: { state: "Deleting", conditions: conditions("a VPC has dependencies") },
        });
        await expect(awsCluster.delete("1", { ...cluster, forceDelete: false })).rejects.toThrow(
            /^waited 60 minutes for cluster "c" to be deleted; last seen: Deleting; a VPC has dependencies; stuck for 15 minutes.*by this stack: pulumi config set --path cluster\.forceDelete true, .*NAT gateway/,
        );
        expect(forced()).toBe(0);
        expect(log.mock.calls.join()).toContain("stuck for 15 minutes");
    });

    test.each([
        ["it is", owner.id, 1],
        ["it is not", "theirs", 0],
    ])(
        "row 6: a stuck cluster of the wanted name is forced only where it is the stack's own: %s",
        async (_, ownerId, times) => {
            const metadata = { uid: "1", name: "c", labels: { [OWNER_LABEL]: ownerId } };
            const stuck = { metadata, ...state("Deleting") };
            await answering(({ method, path }) =>
                method === "DELETE"
                    ? { status: 204 }
                    : { body: path.endsWith("/search") ? { items: [stuck] } : stuck },
            );
            await expect(awsCluster.create(cluster)).rejects.toThrow(
                "can be force-deleted in Palette; then look",
            );
            expect(forced()).toBe(times);
            expect(log.mock.calls.join().includes("deletion forced")).toBe(times > 0);
        },
    );

    test("row 7: a refused deletion of a cluster that somebody deletes already is waited for", async () => {
        let looks = 0;
        await answering(({ method }) =>
            method === "DELETE"
                ? { status: 400, body: { code: "ClusterDeleting", message: "is being deleted" } }
                : {
                      body: {
                          metadata: { uid: "1" },
                          ...state(++looks < 4 ? "Deleting" : "Deleted"),
                      },
                  },
        );
        await awsCluster.delete("1", cluster);
        expect(looks).toBe(4);
    });

    test("row 7: a refused deletion of another cluster is an error", async () => {
        await answering(({ method }) =>
            method === "DELETE"
                ? { status: 400, body: { code: "Locked", message: "has a lock" } }
                : { body: { metadata: { uid: "1" }, ...state("Running") } },
        );
        await expect(awsCluster.delete("1", cluster)).rejects.toThrow("has a lock");
    });

    const spec = {
        cloudConfigRef: { uid: "config" },
        clusterProfileTemplates: [
            {
                uid: "profile",
                name: "p",
                packs: [
                    { name: "kubernetes", layer: "k8s", version: "1.2.3" },
                    { name: "hello", layer: "addon", version: "1" },
                ],
            },
        ],
    };
    const pack = (version: string, isReady: boolean) => ({
        name: "hello",
        version,
        profileUid: "profile",
        condition: { type: "Ready", status: isReady ? "True" : "False" },
    });
    const fine = {
        metadata: { uid: "1", name: "c" },
        spec,
        status: { state: "Running", packs: [pack("1", true)] },
    };

    /** A cluster that answers as told by the number of looks at it; all else is as it should be. */
    async function running(answers: {
        cluster?: (look: number) => Answer | undefined;
        overview?: (look: number) => Answer | undefined;
    }): Promise<void> {
        const looks = { cluster: 0, overview: 0 };
        await answering(({ method, path }) => {
            switch (path) {
                case "/v1/spectroclusters/1":
                    return answers.cluster?.(++looks.cluster) ?? { body: fine };
                case "/v1/dashboard/spectroclusters/1/overview":
                    return (
                        answers.overview?.(++looks.overview) ?? {
                            body: { status: { health: { state: "Healthy" } } },
                        }
                    );
                case "/v1/spectroclusters/1/assets/adminKubeconfig":
                    return { body: "clusters: []\n" };
                case "/v1/spectroclusters/1/variables":
                    return { body: [] };
                default:
                    return { body: method === "GET" ? { items: [], spec: {} } : {} };
            }
        });
    }
    const update = (fields: object = {}) =>
        awsCluster.update("1", cluster, { ...cluster, description: "other", ...fields });

    test("row 8: whatever the overview answers, the wait goes on", async () => {
        await running({
            overview: (look) =>
                [
                    { status: 429 },
                    { status: 500, body: { code: "X", message: "operational" } },
                    { status: 404, body: { code: "ResourceNotFound" } },
                    { body: {} },
                    { body: { status: {} } },
                    { body: { status: { health: {} } } },
                    { fault: "reset" as const },
                    { body: "<html>" },
                ][look - 1],
        });
        expect((await update()).outs).toMatchObject({ health: "Healthy" });
    });

    test("row 8: health and states that flicker are no failure; an Error that lasts is one", async () => {
        const bad = {
            body: {
                metadata: { uid: "1", name: "c" },
                spec: { cloudConfigRef: { uid: "config" } },
                status: { state: "Error", conditions: conditions("broken") },
            },
        };
        await running({
            cluster: (look) => ([3, 4, 5, 6, 8, 9, 10, 11].includes(look) ? bad : undefined),
            overview: (look) =>
                look < 4 ? { body: { status: { health: { state: "UnHealthy" } } } } : undefined,
        });
        expect((await update()).outs).toMatchObject({ state: "Running", health: "Healthy" });
        await disconnect();
        await palette.close();
        await running({ cluster: (look) => (look > 2 ? bad : undefined) });
        await expect(update()).rejects.toThrow(/^cluster "c" failed: Error; broken/);
    });

    test("row 8: a refresh tells the health, which is nothing that a run could put back", async () => {
        const health = [{ health: { state: "UnHealthy" } }, {}];
        await running({ overview: (look) => ({ body: { status: health[look - 1] } }) });
        const { props, inputs } = await awsCluster.read("1", cluster);
        expect(props).toMatchObject({ state: "Running", health: "UnHealthy" });
        expect(inputs).not.toHaveProperty("health");
        expect(await awsCluster.diff("1", props!, cluster)).toMatchObject({ changes: false });
        // Where it tells none, what was known before stays.
        expect((await awsCluster.read("1", props!)).props).toMatchObject({ health: "UnHealthy" });
    });

    test("row 9: a cluster that answers without a status is there", async () => {
        await running({ cluster: () => ({ body: { metadata: { uid: "1", name: "c" } } }) });
        expect(await awsCluster.read("1", cluster)).toMatchObject({
            id: "1",
            props: { state: "Running" },
        });
    });

    test("row 10: add-ons that are not reported, or at another version, are waited for", async () => {
        await running({
            cluster: (look) => {
                const packs = look < 4 ? [] : [pack(look < 6 ? "0" : "1", look < 5 || look > 7)];
                return { body: { ...fine, status: { state: "Running", packs } } };
            },
        });
        await update();
        const looks = palette.seen.filter(({ path }) => path === "/v1/spectroclusters/1");
        expect(looks.length).toBeGreaterThan(7);
    });

    test("row 16: a pack is found on any page of the list", async () => {
        const page = (uid: string, registryUid: string, next = "") => ({
            body: {
                items: [{ metadata: { uid }, spec: { registryUid, values: "" } }],
                listmeta: { continue: next },
            },
        });
        await answering(({ path, query, method }) => {
            if (path === "/v1/packs") {
                return query.continue === "2" ? page("mine", "r") : page("other", "s", "2");
            }
            return method === "GET" ? { body: { items: [], spec: {} } } : { body: { uid: "new" } };
        });
        const inputs = {
            name: "p",
            version: "1.0.0",
            description: "",
            tags: [],
            project: "1",
            layers: [{ name: "alias--hello", version: "1", registryUid: "r" }],
            owner,
            adopt: false,
        };
        await clusterProfile.create(inputs);
        const creation = palette.seen.find(({ path }) => path === "/v1/clusterprofiles")!;
        expect(creation.body).toMatchObject({
            spec: { template: { packs: [{ name: "alias--hello", uid: "mine" }] } },
        });
        const lookup = palette.seen.find(({ path }) => path === "/v1/packs")!;
        expect(lookup.query.filters).toBe("spec.name=helloANDspec.version=1");
    });

    const version = (uid: string) => ({
        version: `1.0.${uid}`,
        uid,
        revision: "r",
        contentDigest: "d",
        packs: [],
        valuesDigests: {},
    });

    test("row 22: a profile that is gone is deleted, all of its versions", async () => {
        await answering(({ path }) =>
            path.endsWith("/metadata")
                ? { body: { items: [] } }
                : { status: 404, body: { code: "SomethingElse" } },
        );
        await clusterProfile.delete("1", {
            name: "p",
            project: "1",
            layers: [],
            versions: [version("1"), version("2")],
        } as unknown as ClusterProfileOutputs);
        expect(palette.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
            "GET /v1/dashboard/clusterprofiles/metadata",
            "GET /v1/clusterprofiles/2",
            "GET /v1/clusterprofiles/1",
        ]);
    });

    test("row 22: a profile is deleted when it is gone, not when Palette says so", async () => {
        let looks = 0;
        await answering(({ method, path }) => {
            if (path.endsWith("/metadata")) {
                return { body: { items: [] } };
            }
            if (method === "DELETE") {
                return { status: 204 };
            }
            return ++looks < 4
                ? { body: { metadata: { uid: "1", name: "p" } } }
                : { status: 404, body: { code: "ResourceNotFound" } };
        });
        await clusterProfile.delete("1", {
            name: "p",
            project: "1",
            layers: [],
            versions: [version("1")],
        } as unknown as ClusterProfileOutputs);
        expect(looks).toBe(4);
    });
});
