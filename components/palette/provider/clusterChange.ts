import { metadataOf, poolsOf, refOf } from "./clusterEntity";
import { changeFeatures } from "./clusterFeatures";
import type { AwsClusterInputs } from "./clusterInputs";
import { clusterCall, requireAlive, type Cluster } from "./clusterStatus";
import { differ } from "./lifecycle";
import { changePools } from "./machinePools";
import { planRollout, requireRepaveAllowed, rollOut } from "./rollout";
import { palette } from "./session";

/**
 * Makes a cluster that exists the wanted one: pools, metadata, profiles, features.
 *
 * @param recorded What it was the last time, so that only differences are sent; absent for one that is taken over, which
 * is compared with what is wanted.
 * @returns whether profiles were rolled out.
 */
export async function applyChanges(
    uid: string,
    wanted: AwsClusterInputs,
    recorded: AwsClusterInputs | undefined,
): Promise<boolean> {
    const ref = refOf(uid, wanted);
    const cluster = await palette().request<Cluster>(clusterCall(ref));
    requireAlive(cluster, ref);
    const rollout = await planRollout(ref, cluster, wanted.profiles, recorded?.profiles);
    await requireRepaveAllowed(ref, cluster, rollout, wanted.repave);
    await changePools(poolsOf(cluster, wanted), wanted.pools);
    const metadata = metadataOf(wanted);
    const { labels = {}, annotations } = cluster.metadata;
    const isOther =
        recorded === undefined
            ? differ(labels, metadata.labels) || annotations?.description !== wanted.description
            : differ([recorded.description, recorded.tags], [wanted.description, wanted.tags]);
    if (isOther) {
        await palette().request({ ...clusterCall(ref, "PATCH", "/metadata"), body: { metadata } });
    }
    await rollOut(ref, rollout);
    await changeFeatures(ref, cluster, wanted, recorded);
    return rollout.changed.length + rollout.removed.length > 0;
}
