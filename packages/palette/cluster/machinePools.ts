import { differ, inOrderOf } from "../lifecycle/lifecycle";
import type { MachinePool, Taint, UpdateStrategy } from "./poolInputs";
import { palette } from "../api/session";

export type { MachinePool } from "./poolInputs";

/** A pool in the answer of `GET /v1/cloudconfigs/aws/{uid}`: flat, unlike in a request. */
export interface ObservedPool {
    name: string;
    size?: number;
    minSize?: number;
    maxSize?: number;
    isControlPlane?: boolean;
    useControlPlaneAsWorker?: boolean;
    instanceType?: string;
    rootDeviceSize?: number;
    capacityType?: string;
    spotMarketOptions?: { maxPrice?: string } | null;
    azs?: string[] | null;
    subnetIds?: Record<string, string> | null;
    additionalLabels?: Record<string, string> | null;
    taints?: Taint[] | null;
    updateStrategy?: { type?: UpdateStrategy; maxSurge?: string; maxUnavailable?: string };
    nodeRepaveInterval?: number;
    /** Not managed here, and kept. */
    additionalTags?: Record<string, string> | null;
    additionalSecurityGroups?: object[] | null;
}

/**
 * A pool as a request takes it (`v1AwsMachinePoolConfigEntity`): nested.
 *
 * @param there The pool that is to be changed, of which is kept what is not managed here.
 */
export function poolEntity(pool: MachinePool, there?: ObservedPool) {
    const { capacityType = "on-demand", spotMaxPrice, subnets = {}, taints = [] } = pool;
    const { additionalTags, additionalSecurityGroups } = there ?? {};
    return {
        poolConfig: {
            name: pool.name,
            size: there === undefined ? pool.size : sizeOf(pool, there),
            ...(pool.minSize !== undefined && { minSize: pool.minSize }),
            ...(pool.maxSize !== undefined && { maxSize: pool.maxSize }),
            isControlPlane: pool.controlPlane,
            useControlPlaneAsWorker: pool.controlPlaneAsWorker,
            labels: [pool.controlPlane ? "control-plane" : "worker"],
            additionalLabels: pool.labels,
            ...(additionalTags && { additionalTags }),
            updateStrategy: {
                type: pool.updateStrategy,
                ...(pool.maxSurge && { maxSurge: pool.maxSurge }),
                ...(pool.maxUnavailable && { maxUnavailable: pool.maxUnavailable }),
            },
            taints,
            ...(pool.nodeRepaveInterval && { nodeRepaveInterval: pool.nodeRepaveInterval }),
        },
        cloudConfig: {
            instanceType: pool.instanceType,
            rootDeviceSize: pool.diskSize,
            capacityType,
            ...(capacityType === "spot" &&
                spotMaxPrice && { spotMarketOptions: { maxPrice: spotMaxPrice } }),
            azs: pool.availabilityZones,
            subnets: Object.entries(subnets).map(([az, id]) => ({ az, id })),
            ...(additionalSecurityGroups?.length && { additionalSecurityGroups }),
        },
    };
}

/** Whether the autoscaler's limits allow that number of machines. */
export function isWithin({ minSize, maxSize }: MachinePool, size: number | undefined): boolean {
    return (
        minSize !== undefined &&
        maxSize !== undefined &&
        size !== undefined &&
        size >= minSize &&
        size <= maxSize
    );
}

/** The size that a pool shall have: what the autoscaler has made of it, as long as that is within the limits. */
function sizeOf(pool: MachinePool, there: ObservedPool): number {
    return isWithin(pool, there.size) ? there.size! : pool.size;
}

/** The pools that Palette has, in the recorded order; what an answer leaves out is taken from the record. */
export function observedPools(observed: ObservedPool[], recorded: MachinePool[]): MachinePool[] {
    return inOrderOf<{ name: string }>(observed, recorded, ({ name }) => name).map((pool) =>
        observedPool(
            pool,
            recorded.find(({ name }) => name === pool.name),
        ),
    );
}

function observedPool(pool: ObservedPool, known: MachinePool | undefined): MachinePool {
    const reported: MachinePool = {
        name: pool.name,
        controlPlane: pool.isControlPlane ?? known?.controlPlane ?? false,
        controlPlaneAsWorker: pool.useControlPlaneAsWorker ?? known?.controlPlaneAsWorker ?? false,
        size: pool.size ?? known?.size ?? 0,
        instanceType: pool.instanceType ?? known?.instanceType ?? "",
        diskSize: pool.rootDeviceSize ?? known?.diskSize ?? 0,
        availabilityZones: inOrderOf(
            pool.azs ?? known?.availabilityZones ?? [],
            known?.availabilityZones ?? [],
            (zone) => zone,
        ),
        labels: pool.additionalLabels ?? known?.labels ?? {},
        updateStrategy:
            pool.updateStrategy?.type ?? known?.updateStrategy ?? "RollingUpdateScaleOut",
        ...optional(pool, known),
    };
    const sameLimits = known?.minSize === reported.minSize && known?.maxSize === reported.maxSize;
    return known && sameLimits && isWithin(known, reported.size)
        ? { ...reported, size: known.size }
        : reported;
}

/** What is absent where nobody set it. A default that comes back is no difference to its absence. */
function optional(pool: ObservedPool, known: MachinePool | undefined): Partial<MachinePool> {
    // What a pool without an autoscaler has for limits is not known.
    const isFixed =
        known?.maxSize === undefined &&
        [pool.minSize, pool.maxSize].every((limit) => !limit || limit === pool.size);
    const isOverride = (pool.updateStrategy?.type ?? known?.updateStrategy) === "OverrideScaling";
    const taints = pool.taints?.map(({ key, value, effect }) => ({
        key,
        ...(value && { value }),
        effect,
    }));
    const options: { [K in keyof MachinePool]?: { seen: MachinePool[K]; none?: MachinePool[K] } } =
        {
            minSize: { seen: isFixed ? undefined : pool.minSize, none: 0 },
            maxSize: { seen: isFixed ? undefined : pool.maxSize, none: 0 },
            capacityType: {
                seen: pool.capacityType as MachinePool["capacityType"],
                none: "on-demand",
            },
            spotMaxPrice: { seen: pool.spotMarketOptions?.maxPrice, none: "" },
            // Palette may tell the subnets that it has made itself.
            subnets: {
                seen: known && !known.subnets ? undefined : (pool.subnetIds ?? undefined),
                none: {},
            },
            taints: {
                seen: taints && inOrderOf(taints, known?.taints ?? [], taintKey),
                none: [],
            },
            maxSurge: { seen: isOverride ? pool.updateStrategy?.maxSurge : undefined, none: "" },
            maxUnavailable: {
                seen: isOverride ? pool.updateStrategy?.maxUnavailable : undefined,
                none: "",
            },
            nodeRepaveInterval: { seen: pool.nodeRepaveInterval, none: 0 },
        };
    const reported = Object.entries(options).flatMap(([key, { seen: observed, none }]) => {
        const recorded = known?.[key as keyof MachinePool];
        const isNone = (value: unknown) => value === undefined || !differ(value, none);
        // Of the same meaning are nothing and the default.
        const value = isNone(observed) && isNone(recorded) ? recorded : observed;
        return value === undefined ? [] : [[key, value]];
    });
    return Object.fromEntries(reported) as Partial<MachinePool>;
}

const taintKey = ({ key, value, effect }: Taint) => [key, value, effect].join(" ");

/** Where the pools of one cluster are in the API. */
export interface PoolsOf {
    cloudConfigUid: string;
    project: string;
    subject: string;
}

export const pathOf = ({ cloudConfigUid }: PoolsOf) => `/v1/cloudconfigs/aws/${cloudConfigUid}`;

/** The fields of `v1AwsCloudConfig` that are read. */
export interface CloudConfig {
    cloudAccountRef?: { uid?: string };
    clusterConfig?: {
        region?: string;
        sshKeyName?: string;
        vpcId?: string;
        controlPlaneLoadBalancer?: string;
    };
    machinePoolConfig?: ObservedPool[];
}

/** Reads where a cluster stands, and its pools. */
export async function readCloudConfig(of: PoolsOf): Promise<CloudConfig> {
    const { spec } = await palette().request<{ spec?: CloudConfig }>({
        method: "GET",
        path: pathOf(of),
        project: of.project,
        subject: of.subject,
    });
    return spec ?? {};
}

/** Reads the pools of a cluster. */
export async function readPools(of: PoolsOf): Promise<ObservedPool[]> {
    return (await readCloudConfig(of)).machinePoolConfig ?? [];
}
