import { requirePacksHeld } from "./attachedProfiles";
import { metadataOf, cloudConfigOf, refOf } from "./clusterEntity";
import { changeFeatures } from "./clusterFeatures";
import type { Cloud } from "./cloud";
import type {
    AttachedProfile,
    ClaimedCluster,
    ClusterInputs,
    ClusterOutputs,
} from "./clusterInputs";
import { clusterCall, requireAlive, type Cluster } from "./clusterStatus";
import { differ } from "../lifecycle/comparison";
import { isComplete } from "../lifecycle/provider";
import { changePools } from "./poolChanges";
import { comparable, planRollout, requireRepaveAllowed, rollOut } from "./rollout";
import { palette } from "../api/session";

/** Inputs that are features: what a stack may manage of a cluster beside its nodes and profiles. */
export const FEATURES = ["scans", "backup", "roleBindings", "osPatch"] as const;

/**
 * Makes a cluster that exists the wanted one: pools, metadata, profiles, features.
 *
 * @param recorded What it was the last time, so that only differences are sent; absent for one that is taken over. That
 *     one is compared with what is wanted, and so is one whose last change did not come to its end.
 * @returns whether profiles were rolled out.
 */
export async function applyChanges(
    cloud: Cloud,
    uid: string,
    wanted: ClaimedCluster,
    recorded: ClusterInputs | undefined,
): Promise<boolean> {
    const ref = refOf(uid, wanted);
    const cluster = await palette().request<Cluster>(clusterCall(ref));
    requireAlive(cluster, ref);
    const before = recorded && isComplete(recorded) ? recorded : undefined;
    const isRecorded = (profile: AttachedProfile) =>
        before?.profiles.some((recorded) => !differ(comparable(recorded), comparable(profile))) ??
        false;
    await requirePacksHeld(
        ref,
        wanted.profiles.filter((profile) => !isRecorded(profile)),
    );
    const attachedUids = recorded?.profiles.map((profile) => profile.uid) ?? [];
    const rollout = await planRollout(
        ref,
        cluster,
        wanted.profiles,
        before?.profiles,
        attachedUids,
    );
    await requireRepaveAllowed(ref, cluster, rollout, wanted.repave);
    await changePools(
        cloudConfigOf(cloud, cluster, wanted),
        wanted.pools,
        recorded?.pools ?? [],
        wanted.createTimeout,
    );
    const metadata = metadataOf(wanted);
    const { labels = {}, annotations } = cluster.metadata;
    const isOther =
        before === undefined
            ? differ(labels, metadata.labels) || annotations?.description !== wanted.description
            : differ([before.description, before.tags], [wanted.description, wanted.tags]);
    if (isOther) {
        await palette().request({ ...clusterCall(ref, "PATCH", "/metadata"), body: { metadata } });
    }
    await rollOut(ref, rollout);
    await changeFeatures(ref, cluster, wanted, recorded);
    return rollout.changed.length + rollout.removed.length > 0;
}

/** The record of a cluster whose change did not come to its end: what that may have made is the stack's as well. */
export function withAttempted<Inputs extends ClusterInputs>(
    olds: ClusterOutputs<Inputs>,
    news: Inputs,
): ClusterOutputs<Inputs> {
    const merged = <T>(before: T[], after: T[], keyOf: (item: T) => string) => [
        ...new Map([...after, ...before].map((item) => [keyOf(item), item])).values(),
    ];
    return {
        ...Object.fromEntries(
            FEATURES.filter((key) => news[key]).map((key) => [key, news[key]] as const),
        ),
        ...olds,
        pools: merged(olds.pools, news.pools, ({ name }) => name),
        profiles: merged(olds.profiles, news.profiles, ({ uid }) => uid),
    };
}
