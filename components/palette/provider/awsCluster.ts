import type { Call } from "./client";
import { requireNoFindings, type Finding } from "./clusterProfile";
import {
    clusterCall,
    findCluster,
    waitUntilGone,
    waitUntilReady,
    type Cluster,
    type ClusterRef,
} from "./clusterStatus";
import {
    changes,
    createOnce,
    differ,
    isFinished,
    notReady,
    remove,
    sendOnce,
    type Provider,
} from "./lifecycle";
import {
    changePools,
    poolEntity,
    readPools,
    seenPools,
    waitForMachines,
    type MachinePool,
} from "./machinePools";
import { labelsOf, requireOwn, tagsOf, type Owner } from "./ownership";
import { palette } from "./session";
import { reporter, waitFor } from "./wait";

/** The profile that a cluster runs. */
export interface AttachedProfile {
    uid: string;
    /** Changes with every change of the profile's layers, so that an edited profile is rolled out again. */
    revision: string;
    /** Custom packs that must become Ready. */
    packs: { name: string; version: string }[];
}

/** Schedules of the security scans, as cron expressions. */
export interface ScanSchedules {
    /** kube-bench. */
    configuration: string;
    /** kube-hunter. */
    penetration: string;
    /** sonobuoy. */
    conformance: string;
}

export interface AwsClusterInputs {
    /** Name in Palette, unique in the project. */
    name: string;
    description: string;
    /** `key:value` or bare words. */
    tags: string[];
    /** Uid of the project. */
    project: string;
    /** Uid of the AWS cloud account in Palette. */
    cloudAccount: string;
    region: string;
    sshKeyName: string;
    profile: AttachedProfile;
    /** The control plane first. */
    pools: MachinePool[];
    scans: ScanSchedules;
    owner: Owner;
    /** Take over a cluster of this name that somebody else made. */
    adopt: boolean;
    /** Deadline until Running and Healthy, in minutes. */
    createTimeout: number;
    /** Deadline until gone, in minutes. */
    deleteTimeout: number;
    /** Force the deletion of a cluster that is stuck, as soon as Palette allows it. May leave cloud resources behind. */
    forceDelete: boolean;
}

export interface AwsClusterOutputs extends AwsClusterInputs {
    uid: string;
    state: string;
    health: string;
    cloudConfigUid: string;
    /** Cluster-admin kubeconfig, YAML. Secret. */
    kubeconfig: string;
}

const KUBECONFIG_MINUTES = 10;

/** A cluster on EC2, with a VPC that Palette makes: `/v1/spectroclusters/aws`, in project scope. */
export const awsCluster: Provider<AwsClusterInputs, AwsClusterOutputs> = {
    async create(inputs) {
        let existing = await findCluster(inputs);
        if (existing?.status?.state === "Deleting") {
            await waitUntilGone(refOf(existing.metadata.uid, inputs), inputs);
            existing = undefined;
        }
        if (existing !== undefined) {
            await requireOwn(
                { uid: existing.metadata.uid, labels: existing.metadata.labels },
                {
                    subject: subjectOf(inputs),
                    type: "AwsCluster",
                    name: inputs.name,
                    owner: inputs.owner,
                    adopt: inputs.adopt,
                    adoptKey: "cluster.adopt",
                    sameSpecification: () => runsProfile(existing!, inputs.profile.uid),
                },
            );
        } else {
            await validate(inputs);
        }
        const uid =
            existing?.metadata.uid ??
            (await createOnce(
                {
                    method: "POST",
                    path: "/v1/spectroclusters/aws",
                    project: inputs.project,
                    subject: subjectOf(inputs),
                    body: entityOf(inputs),
                },
                async () => (await findCluster(inputs))?.metadata.uid,
            ));
        try {
            if (existing !== undefined) {
                // Made by somebody else, or by an interrupted run, maybe of another configuration.
                await apply(uid, inputs, undefined);
            }
            return { id: uid, outs: await settled(uid, inputs, false) };
        } catch (error) {
            throw notReady(error, uid, { ...inputs, uid });
        }
    },

    async read(id, props) {
        const cluster = await palette().find<Cluster>(clusterCall(refOf(id, props)));
        if (cluster === undefined || cluster.status?.state === "Deleted") {
            return { id: "" };
        }
        const pools = await readPools(poolsOf(cluster, props));
        const seen: AwsClusterInputs = {
            ...props,
            name: cluster.metadata.name,
            description: cluster.metadata.annotations?.description ?? props.description,
            tags: tagsOf(cluster.metadata.labels, props.tags, props.owner),
            pools: seenPools(pools, props.pools),
            profile: runsProfile(cluster, props.profile.uid)
                ? props.profile
                : {
                      ...props.profile,
                      uid: cluster.spec?.clusterProfileTemplates?.[0]?.uid ?? "",
                  },
        };
        const outputs = { ...props, ...seen, state: cluster.status?.state ?? props.state };
        const {
            uid: _uid,
            state: _state,
            health: _health,
            cloudConfigUid: _config,
            kubeconfig: _kubeconfig,
            ...inputs
        } = outputs;
        return { id, props: outputs, inputs };
    },

    async diff(_id, olds, news) {
        return changes<AwsClusterInputs>(olds, news, {
            replace: ["name", "project", "cloudAccount", "region", "sshKeyName"],
            update: ["description", "tags", "profile", "pools", "scans"],
            deleteBeforeReplace: true,
        });
    },

    async update(id, olds, news) {
        await apply(id, news, isFinished(olds) ? olds : undefined);
        return { outs: await settled(id, news, true) };
    },

    async delete(id, props) {
        const ref = refOf(id, props);
        await remove(clusterCall(ref, "DELETE"));
        await waitUntilGone(ref, props);
    },
};

const subjectOf = ({ name }: { name: string }) => `cluster "${name}"`;

/**
 * Makes a cluster that exists the wanted one: pools, metadata, profile, scans.
 *
 * @param recorded What it was the last time, so that only differences are sent; absent for one that somebody else made.
 */
async function apply(
    uid: string,
    wanted: AwsClusterInputs,
    recorded: AwsClusterInputs | undefined,
): Promise<void> {
    const ref = refOf(uid, wanted);
    const changed = (...keys: (keyof AwsClusterInputs)[]) =>
        keys.some((key) => differ(recorded?.[key], wanted[key]));
    const cluster = await palette().request<Cluster>(clusterCall(ref));
    await changePools(poolsOf(cluster, wanted), wanted.pools);
    if (changed("description", "tags")) {
        await palette().request({
            ...clusterCall(ref, "PATCH", "/metadata"),
            body: { metadata: metadataOf(wanted) },
        });
    }
    if (changed("profile") || !runsProfile(cluster, wanted.profile.uid)) {
        const attached = (cluster.spec?.clusterProfileTemplates ?? []).map((one) => one.uid);
        const old = attached.find((one) => one === recorded?.profile.uid) ?? attached[0] ?? "";
        await rollOut(ref, cluster, old, wanted.profile.uid);
    }
    if (changed("scans")) {
        await scheduleScans(ref, wanted.scans);
    }
}

function refOf(uid: string, inputs: AwsClusterInputs): ClusterRef {
    return { uid, project: inputs.project, subject: subjectOf(inputs) };
}

function poolsOf(cluster: Cluster, { project, name }: AwsClusterInputs) {
    const cloudConfigUid = cluster.spec?.cloudConfigRef?.uid ?? "";
    return { cloudConfigUid, project, subject: subjectOf({ name }) };
}

function runsProfile(cluster: Cluster, uid: string): boolean {
    return cluster.spec?.clusterProfileTemplates?.some((template) => template.uid === uid) ?? false;
}

function metadataOf({ name, description, tags, owner }: AwsClusterInputs) {
    return { name, annotations: { description }, labels: labelsOf(tags, owner) };
}

/** The request's form of a cluster (`v1SpectroAwsClusterEntity`; `machinepoolconfig` is its spelling there). */
function entityOf(inputs: AwsClusterInputs) {
    return {
        metadata: metadataOf(inputs),
        spec: {
            cloudAccountUid: inputs.cloudAccount,
            cloudConfig: {
                region: inputs.region,
                sshKeyName: inputs.sshKeyName,
                vpcId: "",
                controlPlaneLoadBalancer: "",
            },
            profiles: [profileEntity(inputs.profile.uid)],
            machinepoolconfig: inputs.pools.map(poolEntity),
            policies: { scanPolicy: scanPolicy(inputs.scans) },
            clusterConfig: {},
        },
    };
}

function profileEntity(uid: string, replaceWithProfile?: string) {
    return {
        uid,
        packValues: [],
        variables: [],
        ...(replaceWithProfile && { replaceWithProfile }),
    };
}

function scanPolicy({ configuration, penetration, conformance }: ScanSchedules) {
    const at = (scheduledRunTime: string) => ({ schedule: { scheduledRunTime } });
    return { kubeBench: at(configuration), kubeHunter: at(penetration), sonobuoy: at(conformance) };
}

/** Palette's own check of a cluster. It answers 200 whatever it finds: the findings are in the body. */
async function validate(inputs: AwsClusterInputs): Promise<void> {
    const answer = await palette().request<{
        machinePools?: { results?: Finding[] };
        profiles?: { packs?: { results?: Finding[] } }[];
    }>({
        method: "POST",
        path: "/v1/spectroclusters/aws/validate",
        project: inputs.project,
        subject: subjectOf(inputs),
        body: entityOf(inputs),
        repeatable: true,
    });
    requireNoFindings(subjectOf(inputs), [
        ...(answer?.machinePools?.results ?? []),
        ...(answer?.profiles ?? []).flatMap(({ packs }) => packs?.results ?? []),
    ]);
}

/** Waits until the cluster runs as wanted, and collects what only Palette knows. */
async function settled(
    uid: string,
    inputs: AwsClusterInputs,
    changed: boolean,
): Promise<AwsClusterOutputs> {
    const ref = refOf(uid, inputs);
    const report = reporter(ref.subject);
    const minutes = inputs.createTimeout;
    const { uid: profileUid, packs } = inputs.profile;
    const health = await waitUntilReady(ref, { profileUid, packs, changed, minutes, report });
    const cluster = await palette().request<Cluster>(clusterCall(ref));
    const pools = poolsOf(cluster, inputs);
    await waitForMachines(pools, inputs.pools, minutes, report);
    const kubeconfig = await readKubeconfig(ref);
    report("Running, Healthy, all packs Ready");
    return { ...inputs, uid, ...health, cloudConfigUid: pools.cloudConfigUid, kubeconfig };
}

/** The cluster-admin file; it appears some time after the cluster runs, and may come as base64. */
async function readKubeconfig(ref: ClusterRef): Promise<string> {
    const what = `the kubeconfig of ${ref.subject}`;
    const { text } = await waitFor(what, KUBECONFIG_MINUTES, reporter(ref.subject), async () => {
        const answer = await palette().find<unknown>({
            ...clusterCall(ref, "GET", "/assets/adminKubeconfig"),
            answer: "text",
        });
        const raw = typeof answer === "string" ? answer : "";
        const decoded = Buffer.from(raw, "base64").toString();
        const text = [raw, decoded].find((one) => one.includes("clusters:"));
        return text === undefined ? "waiting for the kubeconfig" : { text };
    });
    return text;
}

/** Puts a profile in the place of the one that the cluster runs, or applies an edited one again. */
async function rollOut(ref: ClusterRef, cluster: Cluster, old: string, now: string): Promise<void> {
    const replaces = !runsProfile(cluster, now) && runsProfile(cluster, old) ? old : undefined;
    const call: Call = {
        ...clusterCall(ref, "PATCH", "/profiles"),
        query: { resolveNotification: true },
        body: {
            profiles: [profileEntity(now, replaces)],
            spcApplySettings: { actionType: "DownloadAndInstall" },
        },
    };
    if (replaces === undefined) {
        await palette().request(call);
        return;
    }
    // A repetition would name a profile that is not attached any more.
    await sendOnce(call, async () => {
        const seen = await palette().request<Cluster>(clusterCall(ref));
        return runsProfile(seen, now) ? seen : undefined;
    });
}

async function scheduleScans(ref: ClusterRef, scans: ScanSchedules): Promise<void> {
    const path = "/features/complianceScan";
    const scheduled = await palette().find(clusterCall(ref, "GET", path));
    await palette().request({
        ...clusterCall(ref, scheduled === undefined ? "POST" : "PUT", path),
        body: scanPolicy(scans),
    });
}
