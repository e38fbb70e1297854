import { palette } from "../api/session";
import { deleteUnlessReclaimed, newClaim, reportTaken } from "../lifecycle/claims";
import { differ, isUnknown, mapKnown } from "../lifecycle/comparison";
import { changes, isComplete, partialFailure, type Provider } from "../lifecycle/provider";
import { isNew, nameCheck } from "../lifecycle/nameCheck";
import { tagsOf } from "../lifecycle/ownership";
import { observedProfiles } from "./attachedProfiles";
import type { Cloud } from "./cloud";
import { readPools } from "./cloudConfig";
import { applyChanges, FEATURES, withAttempted } from "./clusterChange";
import { claimCluster, createNew, findExisting, refusalOfCluster } from "./clusterCreation";
import { deleteCluster, waitUntilGone } from "./clusterDeletion";
import { clusterSubject, cloudConfigOf, refOf } from "./clusterEntity";
import { observedFeatures } from "./clusterFeatures";
import type { ClusterInputs, ClusterOutputs, ClusterState } from "./clusterInputs";
import { healthOf } from "./clusterReadiness";
import { clusterMistakes } from "./clusterRules";
import { deletionOf, RUN_SETTINGS } from "./clusterSettings";
import { clusterCall, isGoing, isGone, type Cluster } from "./clusterStatus";
import { observedPools } from "./machinePools";
import { refusalOfTime, withoutSpentTime } from "./osPatch";
import { machineChanges } from "./poolChanges";
import { estimatedPrice } from "./prices";
import { refusalOfReplacement, replacementReason } from "./replacement";
import { comparable } from "./rollout";
import { settled } from "./settledCluster";

/** The clusters of one cloud: `/v1/spectroclusters/{cloud}`, in project scope. */
export function clusterProvider<Inputs extends ClusterInputs>(
    cloud: Cloud<Inputs>,
): Provider<Inputs, ClusterOutputs<Inputs>> {
    return {
        async check(olds, news) {
            const before = isNew(olds) ? undefined : olds;
            const replaces = before && changesOf(cloud, before, news).replaces;
            const reasons = [
                refusalOfTime(news, before?.osPatch),
                before && (await refusalOfReplacement(cloud, before, news, replaces ?? [])),
            ];
            const failures = [
                ...clusterMistakes(cloud, news),
                ...reasons.flatMap((reason) =>
                    reason === undefined ? [] : [{ property: "", reason }],
                ),
            ];
            if (failures.length > 0) {
                return { inputs: news, failures };
            }
            const hourlyPrice = await estimatedPrice(cloud, before, news);
            const priced = { ...news, ...(hourlyPrice !== undefined && { hourlyPrice }) };
            return nameCheck<Inputs>(refusalOfCluster)(olds, priced);
        },

        async create(inputs) {
            const { uid, claimed, rolledOut } = await provide(cloud, inputs);
            try {
                return { id: uid, outs: await settled(cloud, uid, claimed, undefined, rolledOut) };
            } catch (error) {
                throw partialFailure(error, uid, { ...claimed, uid });
            }
        },

        async read(id, props) {
            const ref = refOf(props.uid, props);
            const cluster = await palette().find<Cluster>(clusterCall(ref));
            if (isGone(cluster)) {
                return { id: "" };
            }
            const observed: ClusterOutputs<Inputs> = {
                ...withoutFeatures(props),
                name: cluster.metadata.name,
                description: cluster.metadata.annotations?.description ?? props.description,
                tags: tagsOf(cluster.metadata.labels, props.tags, props.owner),
                pools: observedPools(
                    cloud.pools,
                    await readPools(cloudConfigOf(cloud, cluster, props)),
                    props.pools,
                ),
                profiles: await observedProfiles(ref, cluster, props.profiles, props.packDigests),
                ...(await observedFeatures(ref, cluster, props)),
                state: cluster.status?.state ?? props.state,
                health: await healthOf(ref, props.health),
            };
            return { id, props: observed, inputs: inputsOf(observed) };
        },

        async diff(_id, olds, news) {
            const answer = changesOf(cloud, olds, news);
            if (answer.replaces?.length) {
                console.log(replacementReason(cloud, olds, news, answer.replaces));
            }
            if (!isUnknown(news.pools)) {
                const { subject } = refOf("", news);
                machineChanges(cloud.pools, olds.pools, news.pools).forEach((line) =>
                    console.log(`${subject}: ${line}`),
                );
            }
            const isLost = !answer.changes && (await isLostInPalette(olds));
            return { ...answer, changes: answer.changes || isLost };
        },

        async update(id, olds, news) {
            const ref = refOf(olds.uid, news);
            const cluster = await palette().find<Cluster>(clusterCall(ref));
            if (isGone(cluster) || isGoing(cluster.status?.state)) {
                if (!isGone(cluster)) {
                    await waitUntilGone(ref, deletionOf(cloud, news));
                }
                const { osPatch } = news;
                const patch = osPatch && { osPatch: withoutSpentTime(osPatch, olds.osPatch) };
                const {
                    uid,
                    claimed: sent,
                    rolledOut,
                } = await provide(cloud, { ...news, ...patch });
                const claimed = { ...sent, ...(osPatch && { osPatch }) };
                try {
                    return { outs: await settled(cloud, uid, claimed, undefined, rolledOut) };
                } catch (error) {
                    throw partialFailure(error, id, { ...claimed, uid });
                }
            }
            const claimed = { ...news, ...(olds.claim && { claim: olds.claim }) };
            const [before, after] = [comparableOf(cloud, olds), comparableOf(cloud, news)];
            const unchanged = CONTENT.every((key) => !differ(before[key], after[key]));
            if (unchanged && isComplete(olds)) {
                return { outs: { ...olds, ...claimed } };
            }
            try {
                const rolledOut = await applyChanges(cloud, olds.uid, claimed, olds);
                return { outs: await settled(cloud, olds.uid, claimed, olds, rolledOut) };
            } catch (error) {
                throw partialFailure(error, id, withAttempted(olds, news));
            }
        },

        async delete(_id, props) {
            const ref = refOf(props.uid, props);
            const cluster = await palette().find<Cluster>(clusterCall(ref));
            if (cluster !== undefined) {
                const object = { ...ref, labels: cluster.metadata.labels };
                await deleteUnlessReclaimed(object, props, () =>
                    deleteCluster(ref, deletionOf(cloud, props)),
                );
            }
        },
    };
}

function changesOf<Inputs extends ClusterInputs>(cloud: Cloud<Inputs>, olds: Inputs, news: Inputs) {
    return changes<Inputs>(comparableOf(cloud, olds), comparableOf(cloud, news), {
        replace: ["name", "project", "cloudAccount", ...(cloud.placement as (keyof Inputs)[])],
        update: [...CONTENT, ...RUN_SETTINGS],
        deleteBeforeReplace: true,
    });
}

/** What can change in place, and is in Palette. */
const CONTENT = ["description", "tags", "profiles", "pools", ...FEATURES] as const;

/** Finds this stack's cluster of that name, claims it and reconciles it; or creates it. */
async function provide<Inputs extends ClusterInputs>(cloud: Cloud<Inputs>, inputs: Inputs) {
    const existing = await findExisting(cloud, inputs);
    if (existing === undefined) {
        return { uid: await createNew(cloud, inputs), claimed: inputs, rolledOut: false };
    }
    const { uid } = existing.metadata;
    const claimed = { ...inputs, claim: newClaim() };
    await claimCluster(uid, claimed);
    reportTaken(clusterSubject(inputs), existing.metadata, inputs);
    try {
        return { uid, claimed, rolledOut: await applyChanges(cloud, uid, claimed, undefined) };
    } catch (error) {
        throw partialFailure(error, uid, { ...claimed, uid });
    }
}

/** Whether the cluster was deleted, or is being deleted, although the stack wants it; reports that. */
async function isLostInPalette(olds: ClusterOutputs): Promise<boolean> {
    const ref = refOf(olds.uid, olds);
    const cluster = await palette().find<Cluster>(clusterCall(ref));
    const isLost = isGone(cluster) || isGoing(cluster.status?.state);
    if (isLost) {
        const state = cluster?.status?.state ?? "not in Palette any more";
        console.log(`${ref.subject} is ${state}: it is created again`);
    }
    return isLost;
}

function withoutFeatures<Props extends ClusterInputs>(props: Props): Props {
    const rest = { ...props };
    FEATURES.forEach((key) => delete rest[key]);
    return rest;
}

/** The inputs in the one form of several that mean the same. */
function comparableOf<Inputs extends ClusterInputs>(cloud: Cloud<Inputs>, inputs: Inputs): Inputs {
    const profiles = mapKnown(inputs.profiles, comparable);
    return { ...cloud.withDefaults(inputs), profiles };
}

/** The inputs that describe a cluster as it is: what {@link ClusterState} has beside them is left out. */
function inputsOf<Inputs extends ClusterInputs>(outputs: ClusterOutputs<Inputs>): Inputs {
    const inputs: Inputs & Partial<ClusterState> = { ...outputs };
    STATE.forEach((key) => delete inputs[key]);
    return inputs;
}

const STATE = [
    "uid",
    "claim",
    "state",
    "health",
    "cloudConfigUid",
    "kubeconfig",
    "packDigests",
] as const satisfies (keyof ClusterState)[];
