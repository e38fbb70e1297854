import { randomBytes } from "node:crypto";
import { invalid, uid } from "../context";
import type { Cluster, Machine, Pool, PoolConfig } from "./records";
import { firstMachines, machineTime, state } from "./timeline";

/** `v1AwsMachinePoolConfigEntity`: the pool as requests spell it. */
export interface PoolRequest {
    poolConfig: {
        name: string;
        size: number;
        labels: string[];
        isControlPlane?: boolean;
        useControlPlaneAsWorker?: boolean;
        [key: string]: unknown;
    };
    cloudConfig: {
        instanceType: string;
        rootDeviceSize?: number;
        capacityType?: string;
        azs?: string[];
        subnets?: { az?: string; id?: string }[];
        [key: string]: unknown;
    };
}

/** The root disk of a pool that names none, in GiB; the user interface's own default. */
const DEFAULT_DISK = 60;

/** The flat form in which the cloud configuration answers a pool; `subnets` become `subnetIds`. */
export function toConfig({ poolConfig, cloudConfig }: PoolRequest): PoolConfig {
    const { subnets = [], ...cloud } = cloudConfig;
    const pairs = subnets.filter(({ az, id }) => az && id).map(({ az, id }) => [az, id]);
    return {
        ...poolConfig,
        ...cloud,
        isControlPlane: poolConfig.isControlPlane ?? false,
        useControlPlaneAsWorker: poolConfig.useControlPlaneAsWorker ?? false,
        azs: cloud.azs ?? [],
        rootDeviceSize: cloud.rootDeviceSize ?? DEFAULT_DISK,
        capacityType: cloud.capacityType ?? "on-demand",
        updateStrategy: poolConfig.updateStrategy ?? { type: "RollingUpdateScaleOut" },
        ...(pairs.length > 0 && { subnetIds: Object.fromEntries(pairs) as Record<string, string> }),
    };
}

/** Throws 400 for a set of pools that makes no cluster. */
export function checkPools(requests: PoolRequest[]): void {
    const names = requests.map(({ poolConfig }) => poolConfig.name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) {
        throw invalid(`machinepoolconfig: pool '${twice}' is given twice`);
    }
    const controlPlanes = requests.filter(({ poolConfig }) => poolConfig.isControlPlane);
    if (controlPlanes.length !== 1) {
        throw invalid(
            `machinepoolconfig: a cluster has exactly one control plane pool, there are ${controlPlanes.length}`,
        );
    }
    requests.forEach(checkPool);
}

/** Throws 400 for a pool whose size cannot be. */
export function checkPool({ poolConfig }: PoolRequest): void {
    if (poolConfig.name === "") {
        throw invalid("poolConfig.name is required");
    }
    if (poolConfig.isControlPlane && poolConfig.size % 2 === 0) {
        throw invalid(`pool '${poolConfig.name}': a control plane has 1, 3 or 5 nodes`);
    }
}

/** Adds a pool; its machines come as provisioning goes on, in a running cluster from now on. */
export function addPool(cluster: Cluster, request: PoolRequest, now: number): string {
    const config = toConfig(request);
    const pool: Pool = { uid: uid(), name: config.name, config, machines: [] };
    cluster.pools.push(pool);
    addMachines(cluster, pool, config.size, soonest(cluster, pool, now));
    return pool.uid;
}

/** Scales to the new size; another machine type, disk or zone makes all of its machines anew. */
export function changePool(cluster: Cluster, pool: Pool, request: PoolRequest, now: number): void {
    const before = pool.config;
    pool.config = toConfig(request);
    const shape = (config: PoolConfig): string =>
        JSON.stringify([
            config.instanceType,
            config.rootDeviceSize,
            config.capacityType,
            config.azs,
        ]);
    const present = pool.machines.filter(({ removed }) => removed === undefined);
    present.slice(pool.config.size).forEach((machine) => (machine.removed = now));
    addMachines(cluster, pool, pool.config.size - present.length, soonest(cluster, pool, now));
    if (shape(before) !== shape(pool.config)) {
        replaceMachines(cluster, pool, now, present.slice(0, pool.config.size));
    }
}

/** Replaces machines one after the other, each old one going when its successor runs. */
export function replaceMachines(cluster: Cluster, pool: Pool, now: number, old: Machine[]): number {
    let start = soonest(cluster, pool, now);
    for (const machine of old) {
        addMachines(cluster, pool, 1, start, machine.az);
        start += machineTime;
        machine.removed = start;
    }
    return start;
}

function soonest(cluster: Cluster, pool: Pool, now: number): number {
    return state(cluster, now) === "Running"
        ? now
        : Math.max(now, firstMachines(cluster, pool.config.isControlPlane));
}

function addMachines(
    cluster: Cluster,
    pool: Pool,
    count: number,
    start: number,
    zone?: string,
): void {
    for (let added = 0; added < count; added++) {
        const index = cluster.nextIndex++;
        const zones = pool.config.azs;
        const suffix = randomBytes(3).toString("hex");
        pool.machines.push({
            uid: uid(),
            name: `${cluster.name}-${pool.name}-${suffix}`,
            az:
                zone ??
                zones[index % Math.max(zones.length, 1)] ??
                `${cluster.cloudConfig.region}a`,
            index,
            start,
        });
    }
}
