import { type AwsCatalog, VOLUME_PRICE } from "./awsCatalog";
import type { Cluster, PoolConfig } from "./records";

/** US dollars. */
export interface Cost {
    compute: number;
    storage: number;
    total: number;
}

/** `v1SpectroClusterRate` of pools in a region; `hours` is the length of the period. */
export function rate(
    catalog: AwsCatalog,
    name: string,
    region: string,
    pools: PoolConfig[],
    hours: number,
): object {
    const types = catalog.instanceTypes(region);
    const used = types.filter(({ type }) => pools.some((pool) => pool.instanceType === type));
    return {
        name,
        machinePools: pools.map((pool) => {
            const { compute, storage, total } = poolCost(catalog, region, pool, hours);
            return {
                name: pool.name,
                nodesCount: pool.size,
                rate: {
                    compute: { type: pool.instanceType, rate: compute },
                    storage: [{ type: "gp3", rate: storage, sizeGB: pool.rootDeviceSize }],
                    total,
                },
            };
        }),
        rate: sum(pools.map((pool) => poolCost(catalog, region, pool, hours))),
        resourceMetadata: {
            instanceTypes: Object.fromEntries(used.map((type) => [type.type, type])),
        },
    };
}

/** What a cluster costs an hour. */
export function clusterCost(catalog: AwsCatalog, cluster: Cluster): Cost {
    const { region } = cluster.cloudConfig;
    return sum(cluster.pools.map(({ config }) => poolCost(catalog, region, config, 1)));
}

/** Hours of a `periodType`. */
export function hoursOf(period: string | undefined): number {
    return { hourly: 1, monthly: 730, yearly: 8760 }[period ?? "hourly"] ?? 1;
}

function poolCost(catalog: AwsCatalog, region: string, pool: PoolConfig, hours: number): Cost {
    const type = catalog
        .instanceTypes(region)
        .find((instanceType) => instanceType.type === pool.instanceType);
    const share = pool.capacityType === "spot" ? 0.5 : 1;
    const compute = round((type?.price ?? 0) * share * pool.size * hours);
    const storage = round(pool.rootDeviceSize * VOLUME_PRICE * pool.size * hours);
    return { compute, storage, total: round(compute + storage) };
}

function sum(costs: Cost[]): Cost {
    const add = (part: keyof Cost): number =>
        round(costs.reduce((total, cost) => total + cost[part], 0));
    return { compute: add("compute"), storage: add("storage"), total: add("total") };
}

function round(amount: number): number {
    return Number(amount.toFixed(6));
}
