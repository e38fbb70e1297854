import { applicationUrls } from "../../packages/palette/cluster/applicationUrls";
import { aws } from "../../packages/palette/cluster/aws/aws";
import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import { readVariableValues } from "../../packages/palette/cluster/attachedProfiles";
import { waitUntilReady } from "../../packages/palette/cluster/clusterReadiness";
import { observedPools } from "../../packages/palette/cluster/machinePools";
import { waitForMachines } from "../../packages/palette/cluster/poolChanges";
import { putMetadata } from "../../packages/palette/profile/profileApi";
import { observedVariables } from "../../packages/palette/profile/profileContent";
import { disconnect } from "../../packages/palette/api/session";
import { connectWithFake } from "./connect";
import { fakePalette, recordedCluster, type FakePalette } from "./fakePalette";
import { pool } from "./tutorial";

/* What Palette's OpenAPI document allows it to answer, and the sandbox never does. */

jest.mock("node:timers/promises", () => ({ setTimeout: async () => undefined }));

/** A cluster all of whose lists and maps are empty, as a server written in Go tells them. */
const CLUSTER = {
    metadata: { uid: "1", name: "c", labels: null, annotations: null },
    spec: {
        cloudConfigRef: { uid: "config" },
        clusterProfileTemplates: [{ uid: "profile", packs: null }],
    },
    status: {
        state: "Running",
        conditions: null,
        packs: [{ name: "hello", condition: { type: "Ready", status: "True" }, services: null }],
    },
};

const ANSWERS: Record<string, unknown> = {
    "/v1/spectroclusters/1": CLUSTER,
    "/v1/spectroclusters/1/variables": [{ profileUid: "profile", variables: null }],
    "/v1/spectroclusters/1/config/rbacs": {
        items: [{ spec: { bindings: [{ type: "ClusterRoleBinding", role: {}, subjects: null }] } }],
    },
    "/v1/spectroclusters/1/assets/adminKubeconfig": "clusters: []\n",
    "/v1/dashboard/spectroclusters/1/overview": { status: { health: { state: "Healthy" } } },
    "/v1/cloudconfigs/aws/config": { spec: { machinePoolConfig: null } },
};

/** What else is answered in a test, the last one for good. */
let answers: Record<string, unknown[]>;
let palette: FakePalette;
beforeEach(async () => {
    jest.spyOn(console, "log").mockImplementation(() => undefined);
    answers = {};
    palette = await fakePalette(({ path }) => {
        const [next, ...rest] = answers[path] ?? [];
        if (rest.length > 0) {
            answers[path] = rest;
        }
        return { body: next === undefined ? (ANSWERS[path] ?? { items: null }) : next };
    });
    await connectWithFake(palette);
});
afterEach(async () => {
    jest.restoreAllMocks();
    await disconnect();
    await palette.close();
});

const REF = { uid: "1", project: "p", subject: 'cluster "c"' };
const { owner, profiles: PROFILES } = recordedCluster;

/** Palette's answers about the cluster, one after the other, with these statuses. */
const clusterWith = (...statuses: object[]) => {
    answers["/v1/spectroclusters/1"] = statuses.map((status) => ({
        ...CLUSTER,
        status: { ...CLUSTER.status, ...status },
    }));
};
const ready = (more: object = {}) =>
    waitUntilReady(REF, {
        profiles: PROFILES,
        detached: [],
        changed: true,
        minutes: 1,
        report: () => undefined,
        ...more,
    });

test("a download that is over is over, though its mark is taken away again", async () => {
    const marked = (canBeApplied: boolean) => ({ spcApply: { canBeApplied } });
    clusterWith(marked(false), { ...marked(true), state: "Pending" }, marked(false));
    await expect(ready({ rolledOut: true })).resolves.toMatchObject({ health: "Healthy" });
});

test("a pack of Palette's own is not waited for", async () => {
    const agentStatus = { name: "agent", condition: { type: "Deployed", status: "True" } };
    clusterWith({ packs: [...CLUSTER.status.packs, agentStatus] });
    await expect(ready()).resolves.toMatchObject({ state: "Running" });
});

test("a repave that is pending for no reason is none", async () => {
    clusterWith({ repave: { state: "Pending" } });
    answers["/v1/spectroclusters/1/repave/status"] = [{ spec: { reasons: null } }];
    await expect(ready()).resolves.toMatchObject({ state: "Running" });
});

test("machines that are deleted, and still listed, are none", async () => {
    const workers = pool("workers", false);
    const machines = ["Running", "Deleted", "Deleted"].map((instanceState) => ({
        spec: { instanceType: workers.instanceType },
        status: { instanceState },
    }));
    const config = "/v1/cloudconfigs/aws/config";
    answers[config] = [{ spec: { machinePoolConfig: [{ name: "workers" }] } }];
    answers[`${config}/machinePools/workers/machines`] = [{ items: machines }];
    const ref = { cloud: aws, cloudConfigUid: "config", project: "p", subject: REF.subject };
    await waitForMachines(ref, [workers], [], 1, () => undefined);
});

test("subnets that Palette has made itself are no difference", () => {
    const workers = pool("workers", false);
    const observed = { name: "workers", subnetIds: { "us-east-1a": "subnet-1" } };
    expect(observedPools(aws.pools, [observed], [workers])).toEqual([workers]);
    const withSubnets = { ...workers, subnets: { "us-east-1a": "subnet-2" } };
    expect(observedPools(aws.pools, [observed], [withSubnets])).toEqual([
        { ...withSubnets, subnets: observed.subnetIds },
    ]);
});

test("fields of a variable that are not known are no difference", () => {
    const variable = { name: "colour", defaultValue: "red" };
    const observed = { ...variable, format: "string" as const, addedSince: { a: 1 } };
    expect(observedVariables([observed], [variable])).toEqual([variable]);
    expect(observedVariables([{ ...observed, defaultValue: "blue" }], [variable])).toEqual([
        { ...variable, defaultValue: "blue" },
    ]);
});

test("no variables at all, and profiles without a uid, are nothing to compare", async () => {
    answers["/v1/spectroclusters/1/variables"] = [null];
    expect(await readVariableValues(REF)).toEqual([]);
    const spec = { clusterProfileTemplates: [{ name: "profile" }] };
    answers["/v1/spectroclusters/1"] = [{ ...CLUSTER, spec }];
    await expect(ready()).resolves.toMatchObject({ state: "Running" });
});

test("a cluster without anything is changed, waited for and read", async () => {
    const cluster = { ...recordedCluster, createTimeout: 1, roleBindings: [] };
    const { outs } = await awsCluster.update("1", cluster, { ...cluster, description: "other" });
    expect(outs).toMatchObject({ state: "Running", packDigests: { profile: {} } });
    expect((await awsCluster.read("1", outs)).props).toMatchObject({
        pools: [],
        profiles: cluster.profiles,
        roleBindings: [{ subjects: [] }],
    });
});

test("a pack without Services has no URL", async () => {
    const packs = [{ name: "hello", version: "1", loadBalancer: false }];
    const inputs = { cluster: "1", name: "c", project: "p", packs, revisions: [], timeout: 1 };
    expect((await applicationUrls.create(inputs)).outs?.urls).toEqual({});
});

test("a profile without labels and annotations gets those that are wanted", async () => {
    const profile = { metadata: { ...CLUSTER.metadata, name: "p" }, spec: { version: "1.0.0" } };
    const inputs = { name: "p", version: "1.0.0", description: "d", tags: ["a"], project: "p" };
    await putMetadata(profile as never, { ...inputs, layers: [], owner, adopt: false });
    expect(palette.seen).toMatchObject([
        { method: "PATCH", body: { metadata: { annotations: { description: "d" } } } },
    ]);
});
