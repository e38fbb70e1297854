import { packDigests, observedProfiles } from "./attachedProfiles";
import { deleteUnlessReclaimed, newClaim } from "../lifecycle/claims";
import { PaletteError } from "../api/client";
import { applyChanges, FEATURES, withAttempted } from "./clusterChange";
import { claimCluster, createNew, findExisting, refusalOfCluster } from "./clusterCreation";
import { deleteCluster, waitUntilGone } from "./clusterDeletion";
import { poolsOf, refOf } from "./clusterEntity";
import { observedFeatures } from "./clusterFeatures";
import {
    upgraded,
    type AwsClusterInputs,
    type AwsClusterOutputs,
    type ClaimedCluster,
    type RecordedCluster,
} from "./clusterInputs";
import { healthOf, waitUntilReady } from "./clusterReadiness";
import { clusterMistakes } from "./clusterRules";
import { deletionOf, RUN_SETTINGS } from "./clusterSettings";
import {
    clusterCall,
    isGoing,
    isGone,
    requireAlive,
    type Cluster,
    type ClusterRef,
} from "./clusterStatus";
import {
    changes,
    differ,
    isComplete,
    isUnknown,
    mapKnown,
    partialFailure,
    type Provider,
} from "../lifecycle/lifecycle";
import { readPools, observedPools } from "./machinePools";
import { isNew, nameCheck } from "../lifecycle/nameCheck";
import { refusalOfTime, withoutSpentTime } from "./osPatch";
import { machineChanges, waitForMachines } from "./poolChanges";
import { tagsOf } from "../lifecycle/ownership";
import { hourlyPrice } from "./prices";
import { reportReplacement } from "./replacement";
import { comparable } from "./rollout";
import { palette } from "../api/session";
import { reporter, waitFor } from "../api/wait";

export type { AttachedProfile, AwsClusterInputs, AwsClusterOutputs } from "./clusterInputs";
export type { BackupPolicy, OsPatch, RoleBinding, ScanSchedules } from "./featureInputs";

const KUBECONFIG_MINUTES = 10;

const checkName = nameCheck(refusalOfCluster);

/** A cluster on EC2: `/v1/spectroclusters/aws`, in project scope. */
export const awsCluster: Provider<AwsClusterInputs, AwsClusterOutputs> = {
    async check(olds, news) {
        const time = refusalOfTime(news, isNew(olds) ? undefined : olds.osPatch);
        const failures = [
            ...clusterMistakes(news),
            ...(time === undefined ? [] : [{ property: "", reason: time }]),
        ];
        const { name, project, region, pools } = news;
        if (failures.length === 0 && isNew(olds) && !isUnknown([name, project, region, pools])) {
            const price = await estimate(news);
            if (price !== undefined) {
                const dollars = price.toFixed(2);
                console.log(`${refOf("", news).subject}: Palette estimates ${dollars} USD an hour`);
            }
        }
        return failures.length > 0 ? { inputs: news, failures } : checkName(olds, news);
    },

    async create(inputs) {
        const { uid, claimed, rolledOut } = await provide(inputs);
        try {
            return { id: uid, outs: await settled(uid, claimed, undefined, rolledOut) };
        } catch (error) {
            throw partialFailure(error, uid, { ...claimed, uid });
        }
    },

    async read(id, recorded) {
        const props = upgraded(recorded);
        const ref = refOf(props.uid, props);
        const cluster = await palette().find<Cluster>(clusterCall(ref));
        if (isGone(cluster)) {
            return { id: "" };
        }
        const outputs: AwsClusterOutputs = {
            ...withoutFeatures(props),
            name: cluster.metadata.name,
            description: cluster.metadata.annotations?.description ?? props.description,
            tags: tagsOf(cluster.metadata.labels, props.tags, props.owner),
            pools: observedPools(await readPools(poolsOf(cluster, props)), props.pools),
            profiles: await observedProfiles(ref, cluster, props.profiles, props.packDigests),
            ...(await observedFeatures(ref, cluster, props)),
            state: cluster.status?.state ?? props.state,
            health: await healthOf(ref, props.health),
        };
        const observed = likeRecorded(outputs, recorded);
        return { id, props: observed, inputs: inputsOf(observed) };
    },

    async diff(_id, recorded, news) {
        const olds = upgraded(recorded);
        const answer = changes(comparableOf(olds), comparableOf(news), {
            replace: [
                ...(["name", "project", "cloudAccount", "region", "sshKeyName", "vpcId"] as const),
                "controlPlaneLoadBalancer",
            ],
            update: [...CONTENT, ...RUN_SETTINGS],
            deleteBeforeReplace: true,
        });
        reportReplacement(olds, news, answer.replaces ?? []);
        if (!isUnknown(news.pools)) {
            const { subject } = refOf("", news);
            machineChanges(olds.pools, news.pools).forEach((line) =>
                console.log(`${subject}: ${line}`),
            );
        }
        const isLost = !answer.changes && (await isLostInPalette(olds));
        return { ...answer, changes: answer.changes || isLost };
    },

    async update(id, recorded, news) {
        const olds = upgraded(recorded);
        const ref = refOf(olds.uid, news);
        const cluster = await palette().find<Cluster>(clusterCall(ref));
        if (isGone(cluster) || isGoing(cluster.status?.state)) {
            if (!isGone(cluster)) {
                await waitUntilGone(ref, deletionOf(news));
            }
            const { osPatch } = news;
            const patch = osPatch && { osPatch: withoutSpentTime(osPatch, olds.osPatch) };
            const { uid, claimed: sent, rolledOut } = await provide({ ...news, ...patch });
            const claimed = { ...sent, ...(osPatch && { osPatch }) };
            try {
                return { outs: await settled(uid, claimed, undefined, rolledOut) };
            } catch (error) {
                throw partialFailure(error, id, { ...claimed, uid });
            }
        }
        const claimed = { ...news, ...(olds.claim && { claim: olds.claim }) };
        const unchanged = CONTENT.every(
            (key) => !differ(comparableOf(olds)[key], comparableOf(news)[key]),
        );
        if (unchanged && isComplete(olds)) {
            return { outs: { ...olds, ...claimed } };
        }
        try {
            const rolledOut = await applyChanges(olds.uid, claimed, olds);
            return { outs: await settled(olds.uid, claimed, olds, rolledOut) };
        } catch (error) {
            throw partialFailure(error, id, withAttempted(olds, news));
        }
    },

    async delete(_id, props) {
        const ref = refOf(props.uid, props);
        const cluster = await palette().find<Cluster>(clusterCall(ref));
        if (cluster !== undefined) {
            const object = { ...ref, labels: cluster.metadata.labels };
            await deleteUnlessReclaimed(object, props, () => deleteCluster(ref, deletionOf(props)));
        }
    },
};

/** What can change in place, and is in Palette. */
const CONTENT = ["description", "tags", "profiles", "pools", ...FEATURES] as const;

/** Finds this stack's cluster of that name, claims it and makes it the wanted one; or creates it. */
async function provide(inputs: AwsClusterInputs) {
    const existing = await findExisting(inputs);
    if (existing === undefined) {
        return { uid: await createNew(inputs), claimed: inputs, rolledOut: false };
    }
    const { uid } = existing.metadata;
    const claimed = { ...inputs, claim: newClaim() };
    await claimCluster(uid, claimed);
    try {
        return { uid, claimed, rolledOut: await applyChanges(uid, claimed, undefined) };
    } catch (error) {
        throw partialFailure(error, uid, { ...claimed, uid });
    }
}

/** Whether the cluster was deleted, or is being deleted, although the stack wants it; tells so. */
async function isLostInPalette(olds: AwsClusterOutputs): Promise<boolean> {
    const ref = refOf(olds.uid, olds);
    const cluster = await palette().find<Cluster>(clusterCall(ref));
    const isLost = isGone(cluster) || isGoing(cluster.status?.state);
    if (isLost) {
        const state = cluster?.status?.state ?? "not in Palette any more";
        console.log(`${ref.subject} is ${state}: it is made anew`);
    }
    return isLost;
}

function withoutFeatures(props: AwsClusterOutputs): AwsClusterOutputs {
    const rest = { ...props };
    FEATURES.forEach((key) => delete rest[key]);
    return rest;
}

/** What means the same, told in one way. */
function comparableOf(inputs: AwsClusterInputs) {
    return {
        ...inputs,
        vpcId: inputs.vpcId ?? "",
        controlPlaneLoadBalancer: inputs.controlPlaneLoadBalancer ?? "Internet-facing",
        profiles: mapKnown(inputs.profiles, comparable),
    };
}

/** In the layout of the record where nothing changed, so that a refresh shows nothing. */
function likeRecorded(outputs: AwsClusterOutputs, recorded: RecordedCluster): AwsClusterOutputs {
    const { profiles, ...rest } = outputs;
    return "profiles" in recorded || differ(profiles, [recorded.profile])
        ? outputs
        : ({ ...rest, profile: recorded.profile } as unknown as AwsClusterOutputs);
}

/** What a program would have to say for things to be as they are. */
function inputsOf(outputs: AwsClusterOutputs): AwsClusterInputs {
    const { uid: _uid, state: _state, health: _health, kubeconfig: _kubeconfig, ...rest } = outputs;
    const { cloudConfigUid: _config, hourlyPrice: _price, packDigests: _digests, ...more } = rest;
    const { claim: _claim, ...inputs } = more;
    return inputs;
}

/**
 * Waits until the cluster runs as wanted, and collects what only Palette knows.
 *
 * @param olds What it was before a change; absent for a new one.
 * @param rolledOut Whether its profiles were changed.
 */
async function settled(
    uid: string,
    inputs: ClaimedCluster,
    olds: AwsClusterInputs | undefined,
    rolledOut: boolean,
): Promise<AwsClusterOutputs> {
    const ref = refOf(uid, inputs);
    const report = reporter(ref.subject);
    const { createTimeout: minutes, profiles, repave } = inputs;
    const former = olds?.profiles.map((one) => one.uid) ?? [];
    const health = await waitUntilReady(ref, {
        profiles,
        detached: former.filter((one) => !profiles.some((profile) => profile.uid === one)),
        changed: olds !== undefined,
        rolledOut,
        repave,
        minutes,
        report,
    });
    const cluster = await palette().request<Cluster>(clusterCall(ref));
    const pools = poolsOf(cluster, inputs);
    await waitForMachines(pools, inputs.pools, olds?.pools ?? [], minutes, report, async () =>
        requireAlive(await palette().request<Cluster>(clusterCall(ref)), ref),
    );
    const kubeconfig = await readKubeconfig(ref);
    const price = await estimate(inputs);
    report("Running, Healthy, all packs Ready");
    return {
        ...inputs,
        uid,
        ...health,
        cloudConfigUid: pools.cloudConfigUid,
        kubeconfig,
        ...(price !== undefined && { hourlyPrice: price }),
        packDigests: packDigests(cluster),
    };
}

/** An estimate is a help only: a failure to get it is no failure of the run. */
async function estimate(inputs: AwsClusterInputs): Promise<number | undefined> {
    try {
        return await hourlyPrice(palette(), inputs);
    } catch (error) {
        if (error instanceof PaletteError) {
            return undefined;
        }
        throw error;
    }
}

/** The cluster-admin file; it appears some time after the cluster runs, and may come as base64. */
async function readKubeconfig(ref: ClusterRef): Promise<string> {
    const what = `the kubeconfig of ${ref.subject}`;
    const { text } = await waitFor(what, KUBECONFIG_MINUTES, reporter(ref.subject), async () => {
        const answer = await palette().find<unknown>({
            ...clusterCall(ref, "GET", "/assets/adminKubeconfig"),
            answer: "text",
        });
        if (answer === undefined) {
            requireAlive(await palette().request<Cluster>(clusterCall(ref)), ref);
        }
        const raw = typeof answer === "string" ? answer : "";
        const decoded = Buffer.from(raw, "base64").toString();
        const text = [raw, decoded].find((one) => one.includes("clusters:"));
        return text === undefined ? "waiting for the kubeconfig" : { text };
    });
    return text;
}
