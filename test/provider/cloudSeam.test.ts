import type { Cloud } from "../../packages/palette/cluster/cloud";
import type { ClusterInputs } from "../../packages/palette/cluster/clusterInputs";
import { clusterProvider } from "../../packages/palette/cluster/clusterProvider";
import type { MachinePool } from "../../packages/palette/cluster/poolInputs";
import { disconnect } from "../../packages/palette/api/session";
import { connectWithFake } from "./connect";
import { fakePalette, recordedCluster, type FakePalette } from "./fakePalette";

jest.mock("node:timers/promises", () => ({ setTimeout: async () => undefined }));

interface MoonPool extends MachinePool {
    flavor: string;
}

interface MoonInputs extends ClusterInputs<MoonPool> {
    crater: string;
}

/** All that a cloud which Palette does not have would have to add. */
const moon: Cloud<MoonInputs> = {
    name: "moon",
    placement: ["crater"],
    shown: ["crater"],
    withDefaults: (inputs) => inputs,
    configEntity: ({ crater }) => ({ crater }),
    priceEntity: ({ crater }) => ({ crater }),
    observedPlacement: ({ clusterConfig }) => clusterConfig as Record<string, string> | undefined,
    rules: ({ pools }) =>
        pools.map(({ flavor }, index) => [
            flavor !== "",
            `pools[${index}].flavor`,
            "a pool needs a flavor",
        ]),
    pools: {
        machineProperties: ["flavor"],
        configEntity: ({ flavor }) => ({ flavor }),
        observed: (pool) => ({ flavor: (pool as object as MoonPool).flavor }),
        isMachineOf: (spec, { flavor }) => (spec as MoonPool).flavor === flavor,
    },
    leftovers: { account: "moon base", resources: "craters" },
};

const provider = clusterProvider(moon);
const pool: MoonPool = {
    name: "control-plane",
    controlPlane: true,
    controlPlaneAsWorker: true,
    size: 1,
    flavor: "basalt",
    labels: {},
    updateStrategy: "RollingUpdateScaleOut",
};
const { region: _region, sshKeyName: _key, pools: _pools, ...common } = recordedCluster;
const { uid, state, health, cloudConfigUid, kubeconfig, ...inputs } = {
    ...common,
    profiles: [],
    crater: "tycho",
    pools: [pool],
};
const recorded = { ...inputs, uid, state, health, cloudConfigUid, kubeconfig };

describe("another cloud", () => {
    let palette: FakePalette;
    let log: jest.SpyInstance;
    beforeEach(async () => {
        log = jest.spyOn(console, "log").mockImplementation(() => undefined);
        let exists = false;
        palette = await fakePalette(({ method, path }) => {
            switch (`${method} ${path}`) {
                case "POST /v1/dashboard/spectroclusters/search":
                    return { body: { items: [] } };
                case "POST /v1/spectroclusters/moon":
                    exists = true;
                    return { status: 201, body: { uid: "1" } };
                case "GET /v1/spectroclusters/1":
                    return {
                        body: {
                            metadata: { uid: "1", name: "c" },
                            spec: { cloudConfigRef: { uid: "config" } },
                            status: { state: exists ? "Running" : "Pending" },
                        },
                    };
                case "GET /v1/dashboard/spectroclusters/1/overview":
                    return { body: { status: { health: { state: "Healthy" } } } };
                case "GET /v1/cloudconfigs/moon/config":
                    return {
                        body: {
                            spec: { machinePoolConfig: [{ name: pool.name, flavor: "dust" }] },
                        },
                    };
                case "GET /v1/cloudconfigs/moon/config/machinePools/control-plane/machines":
                    return {
                        body: {
                            items: [
                                {
                                    spec: { flavor: "basalt" },
                                    status: { instanceState: "Running" },
                                },
                            ],
                        },
                    };
                case "GET /v1/spectroclusters/1/assets/adminKubeconfig":
                    return { body: "clusters: []\n" };
                case "GET /v1/spectroclusters/1/variables":
                    return { body: [] };
                default:
                    return { body: method === "GET" ? { items: [] } : {} };
            }
        });
        await connectWithFake(palette);
    });
    afterEach(async () => {
        log.mockRestore();
        await disconnect();
        await palette.close();
    });

    test("has clusters by its own routes, with its own fields, and knows none of AWS", async () => {
        const { profiles } = common;
        await provider.check!({} as typeof inputs, { ...inputs, profiles });
        const { outs } = await provider.create(inputs);
        expect(outs).toMatchObject({ uid: "1", cloudConfigUid: "config", crater: "tycho" });
        const paths = palette.seen.map(({ path }) => path);
        expect(paths).toContain("/v1/spectroclusters/moon/validate");
        expect(paths).toContain("/v1/spectroclusters/moon/rate");
        expect(paths.join("\n")).not.toMatch(/aws/i);
        const created = palette.seen.find(({ path }) => path === "/v1/spectroclusters/moon");
        expect(created?.body).toMatchObject({
            spec: {
                cloudConfig: { crater: "tycho" },
                machinepoolconfig: [{ cloudConfig: { flavor: "basalt" } }],
            },
        });
        expect(JSON.stringify(created?.body)).not.toMatch(/region|sshKeyName|instanceType/);
    });

    test("has pools with its own fields, also when they were changed in the console", async () => {
        const { inputs: read } = await provider.read("1", recorded);
        expect(read).toEqual({ ...inputs, pools: [{ ...pool, flavor: "dust" }] });
    });

    test("has rules, a placement and machines of its own", async () => {
        const nameless = { ...inputs, pools: [{ ...pool, flavor: "" }] };
        const { failures } = await provider.check!(inputs, nameless);
        expect(failures).toContainEqual({
            property: "pools[0].flavor",
            reason: "a pool needs a flavor",
        });
        const moved = { ...inputs, crater: "copernicus", pools: [{ ...pool, flavor: "dust" }] };
        expect(await provider.diff("1", recorded, moved)).toMatchObject({ replaces: ["crater"] });
        const said = log.mock.calls.join("\n");
        expect(said).toContain("crater (tycho → copernicus)");
        expect(said).toContain('are replaced: flavor "basalt" → "dust"');
    });
});
