import { leftovers } from "../../scripts/leftovers";
import { callPalette } from "../../scripts/sandbox";
import { succeeded, TestEnvironment, type Run, type TestStack } from "./environment";

jest.setTimeout(300_000);

let environment: TestEnvironment;
let stack: TestStack;
let uids: { registry: string; profile: string; cluster: string; cloudConfig: string };

beforeAll(async () => {
    environment = await TestEnvironment.create();
    stack = await environment.stack("edited");
    succeeded(await stack.up());
    const { registryUid, profileUid, clusterUid } = await stack.outputs<Record<string, string>>();
    const { spec } = await get<{ spec: { cloudConfigRef: { uid: string } } }>(
        `/v1/spectroclusters/${clusterUid}`,
    );
    const cloudConfig = spec.cloudConfigRef.uid;
    uids = { registry: registryUid!, profile: profileUid!, cluster: clusterUid!, cloudConfig };
});
afterAll(() => environment?.close());

function get<T>(route: string): Promise<T> {
    return callPalette<T>(environment.sandbox, route, { project: true });
}

/** An edit as the console makes it. */
async function edit(method: string, route: string, body?: unknown): Promise<void> {
    // Registries belong to the tenant.
    const project = !route.startsWith("/v1/registries/");
    await callPalette(environment.sandbox, route, { project, method, body });
}

/** The properties that a refresh found changed, by type. */
function drift({ output }: Run): string[] {
    const lines = [...output.matchAll(/^ ~ +\S*?palette:(\w+) .*\[diff: ([^\]]*)\]/gm)];
    return [...new Set(lines.map(([, type, properties]) => `${type} ${properties}`))];
}

interface Registry {
    metadata: object;
    spec: { baseContentPath: string };
}

test.each<[string, () => Promise<void>, string[]]>([
    [
        "the registry's path",
        async () => {
            const route = `/v1/registries/oci/${uids.registry}/ecr`;
            const { metadata, spec } = await callPalette<Registry>(environment.sandbox, route);
            await edit("PUT", route, { metadata, spec: { ...spec, baseContentPath: "elsewhere" } });
        },
        ["OciRegistry ~basePath"],
    ],
    [
        "the cluster's tags",
        async () => {
            const { metadata } = await get<{ metadata: { name: string; labels: object } }>(
                `/v1/spectroclusters/${uids.cluster}`,
            );
            const labels = { ...metadata.labels, edited: "true" };
            await edit("PATCH", `/v1/spectroclusters/${uids.cluster}/metadata`, {
                metadata: { ...metadata, labels },
            });
        },
        ["AwsCluster ~tags"],
    ],
    [
        "the size of a pool",
        async () => {
            const route = `/v1/cloudconfigs/aws/${uids.cloudConfig}`;
            const { spec } = await get<{ spec: { machinePoolConfig: Record<string, unknown>[] } }>(
                route,
            );
            const pool = spec.machinePoolConfig.find(({ name }) => name === "worker-pool")!;
            const { azs, instanceType, rootDeviceSize, additionalLabels, labels } = pool;
            await edit("PUT", `${route}/machinePools/worker-pool`, {
                poolConfig: { name: "worker-pool", size: 2, labels, additionalLabels },
                cloudConfig: { azs, instanceType, rootDeviceSize, capacityType: "on-demand" },
            });
        },
        ["AwsCluster ~pools"],
    ],
    [
        "the scan schedules",
        () =>
            edit("PUT", `/v1/spectroclusters/${uids.cluster}/features/complianceScan`, {
                kubeBench: { schedule: { scheduledRunTime: "0 1 * * MON" } },
                kubeHunter: { schedule: { scheduledRunTime: "0 0 * * SUN" } },
                sonobuoy: { schedule: { scheduledRunTime: "0 0 1 * *" } },
            }),
        ["AwsCluster ~scans"],
    ],
    [
        "the profile's description",
        async () => {
            const route = `/v1/clusterprofiles/${uids.profile}`;
            const { metadata, spec } = await get<{ metadata: object; spec: { version: string } }>(
                route,
            );
            await edit("PATCH", `${route}/metadata`, {
                metadata: { ...metadata, annotations: { description: "edited" } },
                spec: { version: spec.version },
            });
        },
        ["ClusterProfile ~description"],
    ],
])("a refresh shows just the edit of %s, and up puts it back", async (_, change, expected) => {
    await change();
    const refresh = await stack.run(["refresh", "--yes"]);
    succeeded(refresh);
    expect(drift(refresh)).toEqual(expected);
    succeeded(await stack.up());
    succeeded(await stack.run(["refresh", "--yes", "--expect-no-changes"]));
    succeeded(await stack.run(["preview", "--expect-no-changes"]));
});

test("a cluster that was deleted in the console is gone for a refresh too, and made anew", async () => {
    await edit("DELETE", `/v1/spectroclusters/${uids.cluster}`);
    await until(async () => {
        const cluster = await get<{ status: { state: string } }>(
            `/v1/spectroclusters/${uids.cluster}`,
        ).catch(() => undefined);
        return cluster === undefined || cluster.status.state === "Deleted";
    });
    const refresh = await stack.run(["refresh", "--yes"]);
    succeeded(refresh);
    expect(refresh.output).toMatch(/- +\S+:AwsCluster pack-tutorial-cluster/);
    succeeded(await stack.up());
    expect((await stack.outputs()).clusterUid).not.toBe(uids.cluster);
    succeeded(await stack.destroy());
    expect(await leftovers(environment.sandbox)).toEqual([]);
});

async function until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) {
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
}
