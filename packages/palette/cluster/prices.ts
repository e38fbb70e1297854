import type { PaletteClient } from "../api/client";
import { PaletteError } from "../api/paletteError";
import { palette } from "../api/session";
import { differ, isUnknown } from "../lifecycle/comparison";
import type { Cloud } from "./cloud";
import { refOf } from "./clusterEntity";
import type { ClusterInputs } from "./clusterInputs";
import { poolEntity } from "./machinePools";

/**
 * The price as it was estimated when the machines were decided on; reports a new one.
 *
 * @param olds What the last run wanted; absent for a new cluster.
 */
export async function estimatedPrice<Inputs extends ClusterInputs>(
    cloud: Cloud<Inputs>,
    olds: Inputs | undefined,
    news: Inputs,
): Promise<number | undefined> {
    const priced = (inputs: Inputs) => [inputs.pools, cloud.priceEntity(inputs)];
    const isSame = olds && !differ(priced(olds), priced(news));
    if (isSame || isUnknown([news.name, news.project, ...priced(news)])) {
        return olds?.hourlyPrice;
    }
    const price = await estimate(cloud, news);
    const before = olds?.hourlyPrice;
    if (price !== undefined && price !== before) {
        const after = before === undefined ? "" : `, after ${before.toFixed(2)}`;
        console.log(
            `${refOf("", news).subject}: Palette estimates ${price.toFixed(2)} USD an hour${after}`,
        );
    }
    return price;
}

/**
 * Palette's estimate of what a cluster's machines and disks cost: `POST /v1/spectroclusters/{cloud}/rate`. A read; nothing
 * has to exist.
 *
 * @returns US dollars per hour; undefined where Palette reports none.
 * @throws PaletteError
 */
async function hourlyPrice(
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

/** An estimate is a help only: a failure to get it is no failure of the run. */
async function estimate<Inputs extends ClusterInputs>(
    cloud: Cloud<Inputs>,
    inputs: Inputs,
): Promise<number | undefined> {
    try {
        return await hourlyPrice(palette(), cloud, inputs);
    } catch (error) {
        if (error instanceof PaletteError) {
            return undefined;
        }
        throw error;
    }
}
