import type { AwsClusterInputs } from "../../packages/palette/cluster/aws/awsInputs";
import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import type { AwsMachinePool } from "../../packages/palette/cluster/aws/awsInputs";
import { pool } from "./tutorial";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const controlPlane = pool("control-plane", true);
const workers = pool("workers", false);

/** `property: reason` of what is wrong with a cluster. */
async function mistakes(fields: Partial<AwsClusterInputs>): Promise<string[]> {
    const inputs = {
        profiles: [{ uid: UNKNOWN, revision: UNKNOWN, packs: [] }],
        pools: [controlPlane, workers],
        ...fields,
    } as AwsClusterInputs;
    const { failures } = await awsCluster.check!(inputs, inputs);
    return failures!.map(({ property, reason }) => `${property}: ${reason}`);
}
const ofWorkers = (fields: Partial<AwsMachinePool>) =>
    mistakes({ pools: [controlPlane, { ...workers, ...fields }] });

test.each<[string, Partial<AwsClusterInputs>]>([
    ["the tutorial's", {}],
    ["no workers", { pools: [controlPlane] }],
    [
        "a VPC that is not known yet",
        {
            vpcId: UNKNOWN,
            pools: [controlPlane, workers].map((pool) => ({ ...pool, subnets: { a: UNKNOWN } })),
        },
    ],
    [
        "an autoscaled spot pool with an update strategy of its own",
        {
            pools: [
                { ...controlPlane, size: 3 },
                {
                    ...workers,
                    ...{ size: 2, minSize: 2, maxSize: 2 },
                    ...{ capacityType: "spot", spotMaxPrice: "0.1" },
                    ...{ updateStrategy: "OverrideScaling", maxSurge: "1", maxUnavailable: "0" },
                    nodeRepaveInterval: 60,
                },
            ],
        },
    ],
])("nothing is wrong with %s", async (_, fields) => {
    expect(await mistakes(fields)).toEqual([]);
});

test.each<[string, Partial<AwsMachinePool>, RegExp]>([
    ["one limit", { minSize: 1 }, /minSize and maxSize go together/],
    ["a size beyond the limits", { size: 5, minSize: 1, maxSize: 4 }, /5 is not between/],
    ["a price without spot", { spotMaxPrice: "1" }, /spotMaxPrice needs capacityType: spot/],
    [
        "half an override",
        { updateStrategy: "OverrideScaling", maxSurge: "1" },
        /needs maxSurge and/,
    ],
    [
        "an override that replaces nothing",
        { updateStrategy: "OverrideScaling", maxSurge: "0%", maxUnavailable: "0" },
        /both 0, so that no node could ever be replaced/,
    ],
    ["numbers without an override", { maxSurge: "1", maxUnavailable: "0" }, /others take none/],
    ["subnets without a VPC", { subnets: { a: "s" } }, /subnets need the cluster's vpcId/],
])("a pool with %s is refused", async (_, fields, message) => {
    expect(await ofWorkers(fields)).toEqual([expect.stringMatching(message)]);
    expect((await ofWorkers(fields))[0]).toMatch(/^pools\[1\]/);
});

test.each<[string, Partial<AwsClusterInputs>, RegExp]>([
    ["no profile", { profiles: [] }, /^profiles: /],
    ["no control plane", { pools: [workers] }, /exactly one pool of the control plane/],
    ["two of a name", { pools: [controlPlane, workers, workers] }, /a name of its own/],
    [
        "an even control plane",
        { pools: [{ ...controlPlane, size: 2 }] },
        /1, 3 or 5 machines, not 2/,
    ],
    [
        "an autoscaled control plane",
        { pools: [{ ...controlPlane, minSize: 1, maxSize: 1 }] },
        /a control plane is not autoscaled/,
    ],
    [
        "a VPC without subnets",
        { vpcId: "vpc-1", pools: [controlPlane] },
        /needs subnets: zone → id/,
    ],
    ["a backup to nowhere", { backup: {} as never }, /^backup: backupLocationName or/],
    [
        "a role binding without a namespace",
        {
            roleBindings: [
                { type: "RoleBinding", role: { kind: "Role", name: "r" }, subjects: [] },
            ],
        },
        /^roleBindings\[0\]: a RoleBinding needs a namespace/,
    ],
])("a cluster with %s is refused", async (_, fields, message) => {
    expect(await mistakes(fields)).toEqual([expect.stringMatching(message)]);
});
