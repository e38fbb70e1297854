import type { PaletteClient } from "../api/client";
import { poolEntity, type MachinePool } from "./machinePools";

/** What the price of a cluster depends on. */
export interface Priced {
    name: string;
    /** Uid of the project. */
    project: string;
    region: string;
    pools: MachinePool[];
}

/**
 * Palette's estimate of what a cluster's machines and disks cost: `POST /v1/spectroclusters/aws/rate`. A read; nothing
 * has to exist.
 *
 * @returns US dollars per hour; undefined where Palette tells none.
 * @throws PaletteError
 */
export async function hourlyPrice(
    client: Pick<PaletteClient, "request">,
    { name, project, region, pools }: Priced,
): Promise<number | undefined> {
    const answer = await client.request<{ rate?: { total?: number } } | undefined>({
        method: "POST",
        path: "/v1/spectroclusters/aws/rate",
        query: { periodType: "hourly" },
        project,
        subject: `the price of cluster "${name}"`,
        body: { cloudConfig: { region }, machinepoolconfig: pools.map((pool) => poolEntity(pool)) },
        repeatable: true,
    });
    return answer?.rate?.total;
}
