import type { PaletteClient } from "../api/client";
import type { Cloud } from "./cloud";
import type { ClusterInputs } from "./clusterInputs";
import { poolEntity } from "./machinePools";

/**
 * Palette's estimate of what a cluster's machines and disks cost: `POST /v1/spectroclusters/{cloud}/rate`. A read; nothing
 * has to exist.
 *
 * @returns US dollars per hour; undefined where Palette reports none.
 * @throws PaletteError
 */
export async function hourlyPrice(
    client: Pick<PaletteClient, "request">,
    cloud: Cloud,
    inputs: ClusterInputs,
): Promise<number | undefined> {
    const answer = await client.request<{ rate?: { total?: number } } | undefined>({
        method: "POST",
        path: `/v1/spectroclusters/${cloud.name}/rate`,
        query: { periodType: "hourly" },
        project: inputs.project,
        subject: `the price of cluster "${inputs.name}"`,
        body: {
            cloudConfig: cloud.priceEntity(inputs),
            machinepoolconfig: inputs.pools.map((pool) => poolEntity(cloud.pools, pool)),
        },
        repeatable: true,
    });
    return answer?.rate?.total;
}
