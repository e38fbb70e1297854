/**
 * Where a property of a cluster stands in the configuration: `pools[2].size` of `clusters[1]` is
 * `clusters[1].workerPools[1].size`.
 */
export function configurationKey(cluster: { key: string }, property: string): string {
    const [, index, rest = ""] = /^pools\[(\d+)\](.*)$/.exec(property) ?? [];
    return index === undefined
        ? `${cluster.key}.${property}`
        : `${cluster.key}.${index === "0" ? "controlPlanePool" : `workerPools[${Number(index) - 1}]`}${rest}`;
}
