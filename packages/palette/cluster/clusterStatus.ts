import type { Call } from "../api/call";
import { clusterSearch, type ClusterSummary } from "./clusterSearch";
import type { ObservedOsPatch } from "./featureInputs";
import { palette } from "../api/session";
import { UserError } from "../../pack/userError";

/** The fields of `v1SpectroCluster` that the providers read. */
export interface Cluster {
    metadata: {
        uid: string;
        name: string;
        labels?: Record<string, string>;
        annotations?: Record<string, string>;
        creationTimestamp?: string;
        /** When its deletion was asked for. */
        deletionTimestamp?: string;
    };
    spec?: {
        cloudConfigRef?: { uid?: string };
        clusterConfig?: { machineManagementConfig?: { osPatchConfig?: ObservedOsPatch } };
        clusterProfileTemplates?: ProfileTemplate[];
    };
    status?: {
        state?: string;
        conditions?: Condition[];
        packs?: PackStatus[];
        /** Whether the cluster's agent has downloaded the profiles. */
        spcApply?: { canBeApplied?: boolean };
        /** What becomes of a change that needs new nodes. */
        repave?: { state?: string };
    };
}

/** A profile that a cluster runs, with the cluster's own copy of its packs (`v1ClusterProfileTemplate`). */
export interface ProfileTemplate {
    uid: string;
    name?: string;
    type?: string;
    packs?:
        { name: string; tag?: string; version?: string; layer?: string; values?: string }[] | null;
}

interface Condition {
    type: string;
    status: string;
    reason?: string;
    message?: string;
    lastTransitionTime?: string;
    lastProbeTime?: string;
}

/** `v1ClusterPackStatus`. */
export interface PackStatus {
    name: string;
    version?: string;
    profileUid?: string;
    condition?: Condition;
    services?: { name?: string; host?: string; ports?: { port: number }[] | null }[] | null;
}

/** A cluster, by uid and project. */
export interface ClusterRef {
    uid: string;
    project: string;
    subject: string;
}

/** A call about a cluster below `/v1/spectroclusters/{uid}`. */
export function clusterCall(
    { uid, project, subject }: ClusterRef,
    method: Call["method"] = "GET",
    rest = "",
): Call {
    return { method, path: `/v1/spectroclusters/${uid}${rest}`, project, subject };
}

/** The cluster of that name in a project. */
export async function findCluster({
    name,
    project,
}: {
    name: string;
    project: string;
}): Promise<Cluster | undefined> {
    const subject = `cluster "${name}"`;
    const summaries = await palette().list<ClusterSummary>(clusterSearch([name], project, subject));
    const found = summaries.find(
        ({ metadata, status }) => metadata.name === name && status?.state !== "Deleted",
    );
    return (
        found && palette().find<Cluster>(clusterCall({ uid: found.metadata.uid, project, subject }))
    );
}

/** The profiles that a cluster runs. */
export function templatesOf({ spec }: Cluster): ProfileTemplate[] {
    return (spec?.clusterProfileTemplates ?? []).filter(({ uid }) => uid);
}

/** What Palette says is not done or not right: its conditions. */
export function complaintsOf({ status }: Cluster): string[] {
    return (status?.conditions ?? [])
        .filter((condition) => condition.status !== "True")
        .map(({ type, reason, message }) => message || reason || `${type} is not done`);
}

const GOING = ["Deleting", "Deleted"];

/** @throws Error when somebody deletes the cluster, so that nothing that is waited for can come. */
export function requireAlive(cluster: Cluster, { subject }: Pick<ClusterRef, "subject">): void {
    if (isGoing(cluster.status?.state)) {
        throw new UserError(
            `${subject} is ${cluster.status?.state}: somebody deletes it. Run pulumi up, which waits until it is gone and creates it again`,
        );
    }
}

/** Whether a state says that somebody deletes the cluster. */
export const isGoing = (state: string | undefined) => GOING.includes(state ?? "");

/** Whether a cluster is gone: it answers 404, or is Deleted, as it stays readable for a while. */
export function isGone(cluster: Cluster | undefined): cluster is undefined {
    return cluster === undefined || cluster.status?.state === "Deleted";
}
