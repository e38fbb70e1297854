import { differ, inOrderOf } from "../lifecycle/comparison";
import type { PoolShape } from "./cloud";
import type { MachinePool, ObservedPool, Taint } from "./poolInputs";

/**
 * A pool as a request takes it (`v1AwsMachinePoolConfigEntity` and its like): nested.
 *
 * @param current The pool that is changed, of which is kept what is not managed here.
 */
export function poolEntity(shape: PoolShape, pool: MachinePool, current?: ObservedPool) {
    const { additionalTags } = current ?? {};
    return {
        poolConfig: {
            name: pool.name,
            size: current === undefined ? pool.size : sizeOf(pool, current),
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
            taints: pool.taints ?? [],
            ...(pool.nodeRepaveInterval && { nodeRepaveInterval: pool.nodeRepaveInterval }),
        },
        cloudConfig: shape.configEntity(pool, current),
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

/** The pools that Palette has, in the recorded order; what an answer leaves out is taken from the record. */
export function observedPools<Pool extends MachinePool>(
    shape: PoolShape<Pool>,
    observed: ObservedPool[],
    recorded: Pool[],
): Pool[] {
    return inOrderOf<{ name: string }>(observed, recorded, ({ name }) => name).map((pool) => {
        const known = recorded.find(({ name }) => name === pool.name);
        return { ...observedPool(pool, known), ...shape.observed(pool, known) } as Pool;
    });
}

const taintKey = ({ key, value, effect }: Taint) => [key, value, effect].join(" ");

/**
 * Optional fields of a pool as they are recorded: without those that have the value that stands for their absence, unless
 * they are recorded with it.
 *
 * @param fields What Palette reports of each field, and the value that means the same as its absence.
 */
export function withoutDefaults<Pool extends MachinePool>(
    recorded: Pool | undefined,
    fields: { [Key in keyof Pool]?: { observed: Pool[Key] | undefined; absent: Pool[Key] } },
): Partial<Pool> {
    const entries = Object.entries(
        fields as Record<string, { observed: unknown; absent: unknown }>,
    ).flatMap(([key, { observed, absent }]) => {
        const known = recorded?.[key as keyof Pool];
        const isAbsent = (value: unknown) => value === undefined || !differ(value, absent);
        const value = isAbsent(observed) && isAbsent(known) ? known : observed;
        return value === undefined ? [] : [[key, value]];
    });
    return Object.fromEntries(entries) as Partial<Pool>;
}

/** The size that a pool shall have: what the autoscaler has made of it, as long as that is within the limits. */
function sizeOf(pool: MachinePool, current: ObservedPool): number {
    return isWithin(pool, current.size) ? current.size! : pool.size;
}

function observedPool(pool: ObservedPool, recorded: MachinePool | undefined): MachinePool {
    const observed: MachinePool = {
        name: pool.name,
        controlPlane: pool.isControlPlane ?? recorded?.controlPlane ?? false,
        controlPlaneAsWorker:
            pool.useControlPlaneAsWorker ?? recorded?.controlPlaneAsWorker ?? false,
        size: pool.size ?? recorded?.size ?? 0,
        labels: pool.additionalLabels ?? recorded?.labels ?? {},
        updateStrategy:
            pool.updateStrategy?.type ?? recorded?.updateStrategy ?? "RollingUpdateScaleOut",
        ...optionalFields(pool, recorded),
    };
    const sameLimits =
        recorded?.minSize === observed.minSize && recorded?.maxSize === observed.maxSize;
    return recorded && sameLimits && isWithin(recorded, observed.size)
        ? { ...observed, size: recorded.size }
        : observed;
}

function optionalFields(
    pool: ObservedPool,
    recorded: MachinePool | undefined,
): Partial<MachinePool> {
    // Which limits Palette reports of a pool without an autoscaler is not known.
    const isFixed =
        recorded?.maxSize === undefined &&
        [pool.minSize, pool.maxSize].every((limit) => !limit || limit === pool.size);
    const { type, maxSurge, maxUnavailable } = pool.updateStrategy ?? {};
    const isOverride = (type ?? recorded?.updateStrategy) === "OverrideScaling";
    const taints = pool.taints?.map(({ key, value, effect }) => ({
        key,
        ...(value && { value }),
        effect,
    }));
    return withoutDefaults<MachinePool>(recorded, {
        minSize: { observed: isFixed ? undefined : pool.minSize, absent: 0 },
        maxSize: { observed: isFixed ? undefined : pool.maxSize, absent: 0 },
        taints: {
            observed: taints && inOrderOf(taints, recorded?.taints ?? [], taintKey),
            absent: [],
        },
        maxSurge: { observed: isOverride ? maxSurge : undefined, absent: "" },
        maxUnavailable: { observed: isOverride ? maxUnavailable : undefined, absent: "" },
        nodeRepaveInterval: { observed: pool.nodeRepaveInterval, absent: 0 },
    });
}
