import type * as pulumi from "@pulumi/pulumi";
import { applicationUrls } from "../../components/palette/provider/applicationUrls";
import { awsCluster, type AwsClusterOutputs } from "../../components/palette/provider/awsCluster";
import { putMetadata } from "../../components/palette/provider/profileApi";
import { configure, disconnect } from "../../components/palette/provider/session";
import { fakePalette, type FakePalette } from "./fakePalette";

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

let palette: FakePalette;
beforeEach(async () => {
    jest.spyOn(console, "log").mockImplementation(() => undefined);
    palette = await fakePalette(({ path }) => ({ body: ANSWERS[path] ?? { items: null } }));
    const { scheme, host, apiKey } = palette.settings;
    const config: Record<string, string> = {
        paletteHost: `${scheme}://${host}`,
        paletteApiKey: apiKey,
    };
    await configure({
        config: { get: (key: string) => config[key] },
    } as unknown as pulumi.dynamic.ConfigureRequest);
});
afterEach(async () => {
    jest.restoreAllMocks();
    await disconnect();
    await palette.close();
});

const owner = { mark: "m", stack: "o/p/s" };

test("a cluster without anything is changed, waited for and read", async () => {
    const cluster = {
        name: "c",
        description: "",
        tags: [],
        project: "p",
        cloudAccount: "a",
        region: "us-east-1",
        sshKeyName: "k",
        profiles: [{ uid: "profile", revision: "r", packs: [{ name: "hello", version: "1" }] }],
        pools: [],
        roleBindings: [],
        owner,
        adopt: false,
        createTimeout: 1,
        deleteTimeout: 1,
        forceDelete: false,
        uid: "1",
        state: "Running",
        health: "Healthy",
        cloudConfigUid: "config",
        kubeconfig: "clusters: []\n",
    } satisfies AwsClusterOutputs;
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
