import { inOrderOf } from "../../lifecycle/comparison";
import type { PoolShape } from "../cloud";
import { withoutDefaults } from "../machinePools";
import type { ObservedPool } from "../poolInputs";
import type { AwsMachinePool, CapacityType } from "./awsInputs";

/** A pool in the answer of `GET /v1/cloudconfigs/aws/{uid}` (`v1AwsMachinePoolConfig`). */
export interface ObservedAwsPool extends ObservedPool {
    instanceType?: string;
    /** GiB. */
    rootDeviceSize?: number;
    capacityType?: string;
    spotMarketOptions?: { maxPrice?: string } | null;
    azs?: string[] | null;
    subnetIds?: Record<string, string> | null;
    /** Not managed here, and kept. */
    additionalSecurityGroups?: object[] | null;
}

/** Pools of EC2 machines. */
export const awsPools: PoolShape<AwsMachinePool> = {
    machineProperties: [
        "instanceType",
        "diskSize",
        "capacityType",
        "spotMaxPrice",
        "availabilityZones",
        "subnets",
    ] satisfies (keyof AwsMachinePool)[],

    configEntity(pool, current?: ObservedAwsPool) {
        const { capacityType = "on-demand", spotMaxPrice, subnets = {} } = pool;
        const groups = current?.additionalSecurityGroups;
        return {
            instanceType: pool.instanceType,
            rootDeviceSize: pool.diskSize,
            capacityType,
            ...(capacityType === "spot" &&
                spotMaxPrice && { spotMarketOptions: { maxPrice: spotMaxPrice } }),
            azs: pool.availabilityZones,
            subnets: Object.entries(subnets).map(([az, id]) => ({ az, id })),
            ...(groups?.length && { additionalSecurityGroups: groups }),
        };
    },

    observed(pool: ObservedAwsPool, recorded) {
        const zones = recorded?.availabilityZones ?? [];
        return {
            instanceType: pool.instanceType ?? recorded?.instanceType ?? "",
            diskSize: pool.rootDeviceSize ?? recorded?.diskSize ?? 0,
            availabilityZones: inOrderOf(pool.azs ?? zones, zones, (zone) => zone),
            ...withoutDefaults<AwsMachinePool>(recorded, {
                capacityType: {
                    observed: pool.capacityType as CapacityType | undefined,
                    absent: "on-demand",
                },
                spotMaxPrice: { observed: pool.spotMarketOptions?.maxPrice, absent: "" },
                // Palette may report the subnets that it has made itself.
                subnets: {
                    observed:
                        recorded && !recorded.subnets ? undefined : (pool.subnetIds ?? undefined),
                    absent: {},
                },
            }),
        };
    },

    // `v1AwsMachineSpec`. A machine whose type is not reported is taken for one of the pool's.
    isMachineOf: (spec: { instanceType?: string } | undefined, { instanceType }) =>
        (spec?.instanceType ?? instanceType) === instanceType,
};
