import { performance } from "node:perf_hooks";
import { applicationUrls } from "../../packages/palette/cluster/applicationUrls";
import { awsCluster, type AwsClusterOutputs } from "../../packages/palette/cluster/awsCluster";
import {
    clusterProfile,
    type ClusterProfileInputs,
    type ClusterProfileOutputs,
} from "../../packages/palette/profile/clusterProfile";
import { ociRegistry } from "../../packages/palette/registry/ociRegistry";
import { OWNER_LABEL } from "../../packages/palette/lifecycle/ownership";
import { disconnect } from "../../packages/palette/api/session";
import { describeWith } from "../sandbox/awsSandbox";
import { connectWithFake } from "./connect";
import {
    fakePalette,
    recordedCluster,
    type Answer,
    type FakePalette,
    type Seen,
} from "./fakePalette";
import { change, expectNoDrift, make, unmake } from "./made";
import { Tutorial, tutorialBinaries, type Found } from "./tutorial";

/** How long the pauses between two looks take: a real part of them, or none but for the clock. */
let mockPause = (ms: number): Promise<unknown> =>
    new Promise((resolve) => setTimeout(resolve, ms / 150));
jest.mock("node:timers/promises", () => ({ setTimeout: (ms: number) => mockPause(ms) }));
jest.setTimeout(60_000);

// The rows of "Weak points of the Terraform provider" in the API facts, by number. Those of registries, packs and the
// client are tested with them.

describeWith(...tutorialBinaries)("where the official provider is weak, in the sandbox", () => {
    let tutorial: Tutorial;
    let found: Found;
    let registryUid: string;
    let number = 0;

    beforeAll(async () => {
        tutorial = await Tutorial.start();
        jest.spyOn(console, "log").mockImplementation(() => undefined);
        await tutorial.push();
        registryUid = (await ociRegistry.create(tutorial.registry({ name: "weak" }))).id;
        found = await tutorial.preflight();
    });
    afterAll(async () => {
        jest.restoreAllMocks();
        await tutorial?.remove();
    });
    beforeEach(async () => {
        number++;
        await tutorial.bench.control("DELETE", "/faults");
        await tutorial.bench.control("DELETE", "/requests");
    });

    const name = () => `weak-${number}`;
    const profileOf = (fields: Partial<ClusterProfileInputs> = {}, overrides?: string) =>
        tutorial.profile({ name: name(), ...fields }, found, {
            registryUid,
            ...(overrides && { overrides }),
        });
    const options = () => ({ project: tutorial.bench.project });
    const requests = async (): Promise<
        { method: string; route: string; status: number; scope?: string; path: string }[]
    > => (await tutorial.bench.control("GET", "/requests")).items;
    const countOf = async (method: string, route: string) =>
        (await requests()).filter((call) => call.method === method && call.route === route).length;
    const fault = (method: string, route: string, rest: object) =>
        tutorial.bench.control("POST", "/faults", { service: "palette", method, route, ...rest });
    async function clusterWith(fields: Parameters<Tutorial["cluster"]>[0] | object = {}) {
        const profile = await make(clusterProfile, profileOf());
        const inputs = tutorial.cluster({ name: name(), ...fields }, found, profile.outs);
        return { profile, inputs };
    }

    test("row 1: calls of tenant and project scope side by side keep their scopes", async () => {
        const project = await make(clusterProfile, profileOf());
        const tenant = await make(clusterProfile, profileOf({ scope: "tenant" }));
        await tutorial.bench.control("DELETE", "/requests");
        const reads = Array.from({ length: 100 }, (_, index) =>
            index % 2 === 0
                ? clusterProfile.read(project.id, project.outs)
                : clusterProfile.read(tenant.id, tenant.outs),
        );
        await Promise.all(reads);
        for (const { path, scope } of await requests()) {
            const isTenant = path.includes(tenant.id);
            expect([path, scope === tutorial.bench.project]).toEqual([path, !isTenant]);
        }
        await unmake(tenant);
        await unmake(project);
    });

    test("rows 4 and 12: a cluster that is not ready in time is an error with the reason, and is kept", async () => {
        // No pause fits in the last 15 s of a deadline: three seconds are left, in which the sandbox sees hours pass.
        const { profile, inputs } = await clusterWith({ createTimeout: 0.3 });
        await fault("GET", "/v1/dashboard/spectroclusters/{uid}/overview", {
            status: 200,
            body: { status: { health: { state: "UnHealthy" } } },
            times: 0,
        });
        const failed = await awsCluster.create(inputs).catch((error: unknown) => error);
        expect(failed).toMatchObject({
            message: expect.stringMatching(
                /^waited 0\.3 minutes for cluster .*; last seen: Running, UnHealthy.*Latest events: /,
            ),
            id: expect.stringMatching(/^\w+$/),
            properties: { name: name() },
        });
        const { id, properties } = failed as { id: string; properties: AwsClusterOutputs };
        await tutorial.bench.control("DELETE", "/faults");
        const wanted = { ...inputs, createTimeout: 2 };
        const { outs } = await awsCluster.update(id, properties, wanted);
        expect(outs).toMatchObject({ state: "Running", health: "Healthy" });
        const cluster = { provider: awsCluster, inputs: wanted, id, outs };
        await expectNoDrift(cluster);
        await unmake(cluster);
        await unmake(profile);
    });

    test("row 5: a profile is created and published in one call", async () => {
        await fault("PATCH", "/v1/clusterprofiles/{uid}/publish", { status: 500, body: {} });
        const profile = await make(clusterProfile, profileOf());
        expect(await countOf("POST", "/v1/clusterprofiles")).toBe(1);
        expect(await countOf("PATCH", "/v1/clusterprofiles/{uid}/publish")).toBe(0);
        const { body } = await tutorial.bench.call(
            "GET",
            `/v1/clusterprofiles/${profile.id}`,
            undefined,
            options(),
        );
        expect(body.status.isPublished).toBe(true);
        await unmake(profile);
    });

    test("row 5: a draft that an interrupted run has left is published", async () => {
        const { tags: _tags, layers, ...inputs } = profileOf();
        const packs = layers.map(({ version: tag, ...layer }) => ({
            ...{ name: layer.name, tag, registryUid: layer.registryUid },
        }));
        const metadata = { name: name(), labels: { "pulumi-owner": inputs.owner.id } };
        const template = { type: "cluster", cloudType: "aws", packs };
        const uid = await tutorial.bench.create(
            "/v1/clusterprofiles",
            { metadata, spec: { version: "1.0.0", template } },
            options(),
        );
        const profile = await make(clusterProfile, profileOf());
        expect(profile.id).toBe(uid);
        const { status } = await tutorial.bench.get(`/v1/clusterprofiles/${uid}`, options());
        expect(status.isPublished).toBe(true);
        await expectNoDrift(profile);
        await unmake(profile);
    });

    test("row 10: a scaled pool and a new profile version are waited for", async () => {
        const { profile, inputs } = await clusterWith();
        const cluster = await make(awsCluster, inputs);
        const { cloudConfigUid } = cluster.outs;
        const [controlPlane, workers] = inputs.pools;
        await change(profile, profileOf({ version: "1.1.0" }, "extra: true\n"));
        await change(cluster, {
            ...tutorial.cluster({ name: name() }, found, profile.outs),
            pools: [controlPlane!, { ...workers!, size: 3 }],
        });
        const { items } = await tutorial.bench.get(
            `/v1/cloudconfigs/aws/${cloudConfigUid}/machinePools/${workers!.name}/machines`,
            options(),
        );
        expect(
            items.map(
                (machine: { status: { instanceState: string } }) => machine.status.instanceState,
            ),
        ).toEqual(["Running", "Running", "Running"]);
        const { status } = await tutorial.bench.get(`/v1/spectroclusters/${cluster.id}`, options());
        for (const pack of status.packs) {
            expect(pack).toMatchObject({
                profileUid: profile.outs.uid,
                condition: { type: "Ready", status: "True" },
            });
        }
        await unmake(cluster);
        await unmake(profile);
    });

    test("row 11: what Palette's validation finds stops a profile and a cluster before they are made", async () => {
        const layers = profileOf().layers.filter((layer) => layer.name !== "kubernetes");
        await fault("POST", "/v1/clusterprofiles/validate/packs", {
            status: 200,
            body: { packs: { results: [{ name: "x", errors: [{ code: "C", message: "bad" }] }] } },
        });
        await expect(make(clusterProfile, profileOf({ layers }))).rejects.toThrow(
            "Palette's validation found: x: bad",
        );
        const { profile, inputs } = await clusterWith();
        await expect(make(awsCluster, { ...inputs, sshKeyName: "nobody's" })).rejects.toThrow(
            /Palette's validation found: control-plane-pool: .*nobody's/,
        );
        expect(await countOf("POST", "/v1/spectroclusters/aws")).toBe(0);
        await unmake(profile);
    });

    test("row 12: a cluster in Error tells conditions and events", async () => {
        await tutorial.bench.control("PUT", `/clusters/${name()}/fault`, {
            provisioning: "VpcLimitExceeded: no more VPCs in us-east-1",
        });
        const { profile, inputs } = await clusterWith();
        const failed = await awsCluster.create(inputs).catch((error: unknown) => error);
        const { message, id, properties } = failed as Error & {
            id: string;
            properties: AwsClusterOutputs;
        };
        expect(message).toMatch(
            /failed: Error; .*VpcLimitExceeded.*Latest events: .*ProvisioningFailed.*run pulumi up again/,
        );
        await unmake({ provider: awsCluster, inputs, id, outs: properties });
        await unmake(profile);
    });

    test("rows 13 and 17: the URL is told; a tag named skip_completion is a tag, and so is a:b:c", async () => {
        const tags = ["skip_completion", "a:b:c", "skip_apply:true"];
        const { profile, inputs } = await clusterWith({ tags });
        const cluster = await make(awsCluster, inputs);
        expect(cluster.outs).toMatchObject({ state: "Running", health: "Healthy", tags });
        const { metadata } = await tutorial.bench.get(
            `/v1/spectroclusters/${cluster.id}`,
            options(),
        );
        expect(metadata.labels).toMatchObject({ a: "b:c", skip_completion: "spectro__tag" });
        await expectNoDrift(cluster);
        const urls = await make(applicationUrls, {
            cluster: cluster.id,
            name: name(),
            project: found.project,
            packs: [tutorial.pack],
            revisions: [],
            timeout: 2,
        });
        expect(urls.outs.urls.hellouniverse).toMatch(/^http:\/\/127\.[\d.]+:\d+$/);
        await unmake(cluster);
        await unmake(profile);
    });

    test("row 14: a new version leaves the old one as it is", async () => {
        const profile = await make(clusterProfile, profileOf());
        const url = `/v1/clusterprofiles/${profile.outs.uid}`;
        const before = await tutorial.bench.get(url, options());
        await change(profile, profileOf({ version: "1.1.0" }, "extra: true\n"));
        const { metadata, spec } = await tutorial.bench.get(url, options());
        expect(metadata).toEqual(before.metadata);
        expect(spec.version).toBe("1.0.0");
        expect(spec.published).toEqual(before.spec.published);
        await unmake(profile);
    });

    test("row 15: a lost answer makes no second profile, version or cluster", async () => {
        for (const [method, route] of [
            ["POST", "/v1/clusterprofiles"],
            ["POST", "/v1/spectroclusters/aws"],
        ] as const) {
            await fault(method, route, { action: "resetAfter" });
        }
        const { profile, inputs } = await clusterWith();
        const cluster = await make(awsCluster, inputs);
        expect(await countOf("POST", "/v1/clusterprofiles")).toBe(1);
        expect(await countOf("POST", "/v1/spectroclusters/aws")).toBe(1);
        await fault("POST", "/v1/clusterprofiles", { action: "resetAfter" });
        await change(profile, profileOf({ version: "2.0.0" }, "extra: true\n"));
        expect(await countOf("POST", "/v1/clusterprofiles")).toBe(2);
        await unmake(cluster);
        await unmake(profile);
    });

    test("row 16: an update looks up the pack in the registry that it names", async () => {
        const profile = await make(clusterProfile, profileOf());
        const layers = profileOf().layers.map((layer) =>
            layer.name === "hellouniverse"
                ? { ...layer, registryUid: found.layers[0]!.registryUid }
                : layer,
        );
        await expect(
            clusterProfile.update(
                profile.id,
                profile.outs,
                profileOf({ version: "2.0.0", layers }),
            ),
        ).rejects.toThrow(/hellouniverse:1\.0\.0 is not in the registry/);
        await unmake(profile);
    });

    test("rows 18 and 22: gone is gone, whatever its code, and gone is deleted", async () => {
        const { profile, inputs } = await clusterWith();
        const cluster = await make(awsCluster, inputs);
        const other = { status: 404, body: { code: "SomethingElse", message: "no such thing" } };
        await fault("GET", "/v1/spectroclusters/{uid}", other);
        expect(await awsCluster.read(cluster.id, cluster.outs)).toEqual({ id: "" });
        await fault("GET", "/v1/clusterprofiles/{uid}", other);
        await fault("GET", "/v1/dashboard/clusterprofiles/metadata", {
            status: 200,
            body: { items: [] },
        });
        expect(await clusterProfile.read(profile.id, profile.outs)).toEqual({ id: "" });
        for (const { provider, id, outs } of [cluster, profile] as {
            provider: { delete(id: string, outs: object): Promise<void> };
            id: string;
            outs: object;
        }[]) {
            await provider.delete(id, outs);
            await fault("DELETE", "*", other);
            await provider.delete(id, outs);
        }
    });

    test("row 23: subnets without a VPC are refused, not dropped", async () => {
        const { profile, inputs } = await clusterWith();
        const pools = inputs.pools.map((pool) => ({ ...pool, subnets: { "us-east-1a": "s" } }));
        expect(await awsCluster.check!(inputs, { ...inputs, pools })).toMatchObject({
            failures: [
                {
                    property: "pools[0].subnets",
                    reason: "subnets need the cluster's vpcId",
                },
                { property: "pools[1].subnets", reason: "subnets need the cluster's vpcId" },
            ],
        });
        await unmake(profile);
    });
});

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
                conditions: conditions("a VPC has dependencies").map((one) => ({
                    ...one,
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

    test("row 22: a profile that is gone is deleted, all of its versions", async () => {
        await answering(({ path }) =>
            path.endsWith("/metadata")
                ? { body: { items: [] } }
                : { status: 404, body: { code: "SomethingElse" } },
        );
        const version = (uid: string) => ({
            version: `1.0.${uid}`,
            uid,
            revision: "r",
            contentDigest: "d",
            packs: [],
            valuesDigests: {},
        });
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
            version: "1.0.0",
            uid: "1",
        } as unknown as ClusterProfileOutputs);
        expect(looks).toBe(4);
    });
});
