import type { Cluster, ClusterPack, Machine, Pool } from "./records";
import type { Rendered } from "./render";

/** One virtual minute in milliseconds. */
export const MINUTE = 60_000;
/** A time that does not come. */
export const never = Number.POSITIVE_INFINITY;

/**
 * When a cluster's stages end, in minutes after its creation. The tutorial says "up to 20 minutes"
 * for all; how they share it is our choice.
 */
export const stage = {
    pending: 0.5,
    images: 1,
    network: 3,
    infrastructure: 6,
    controlPlane: 9.5,
    kubeconfig: 10,
    workers: 12.5,
    running: 13,
    healthy: 15,
};

/** Minutes after its start until a machine is Provisioning, Provisioned, Running. */
const machineStage = { provisioning: 0.3, provisioned: 2.5, running: 3, removed: 1.5 };
/** Minutes from a pack's start until it is known to fail, is ready, and its Services have a host. */
export const packStage = { failed: 0.75, ready: 1.5, host: 1.5 };
/** Minutes a profile takes to be downloaded by the cluster's agent. */
const DOWNLOAD = 0.5;
/** Minutes until a cluster is `Deleted`; its workers and control plane go before. */
export const deletion = { workers: 1, controlPlane: 3, deleted: 6, forced: 0.2 };
/** Deleted clusters stay listed for about 72 hours ("Remove clusters"). */
const KEPT_FOR = 72 * 60 * MINUTE;
/** Force delete is offered after 15 minutes in `Deleting` ("Remove clusters"). */
export const FORCE_DELETE_AFTER = 15 * MINUTE;

export type State = "Pending" | "Provisioning" | "Running" | "Deleting" | "Deleted" | "Error";
export type Health = "Healthy" | "UnHealthy" | "Unknown";

/** When the cluster is `Deleted`; infinite while nobody deletes it or the deletion is stuck. */
export function deletedAt(cluster: Cluster): number {
    const normal =
        cluster.deletion === undefined || cluster.fault?.deletionSticks
            ? never
            : cluster.deletion + deletion.deleted * MINUTE;
    return Math.min(
        normal,
        cluster.forced === undefined ? never : cluster.forced + deletion.forced * MINUTE,
    );
}

/** Whether a call still finds it. */
export function isListed(cluster: Cluster, now: number): boolean {
    return now < deletedAt(cluster) + KEPT_FOR;
}

/** So many minutes after the cluster's creation. */
export function minutesIn(cluster: Cluster, minutes: number): number {
    return cluster.createdAt + minutes * MINUTE;
}

export function state(cluster: Cluster, now: number): State {
    if (cluster.deletion !== undefined) {
        return now >= deletedAt(cluster) ? "Deleted" : "Deleting";
    }
    if (cluster.fault?.error !== undefined) {
        return "Error";
    }
    if (now < minutesIn(cluster, stage.pending)) {
        return "Pending";
    }
    if (cluster.fault?.provisioning !== undefined && now >= minutesIn(cluster, stage.network)) {
        return "Error";
    }
    return now < minutesIn(cluster, stage.running) ? "Provisioning" : "Running";
}

/** Whether add-ons run: from `Running` until somebody deletes the cluster. */
export function runs(cluster: Cluster, now: number): boolean {
    return state(cluster, now) === "Running";
}

/** Kubeconfigs can be downloaded. */
export function hasKubeconfig(cluster: Cluster, now: number): boolean {
    return cluster.fault?.provisioning === undefined && now >= minutesIn(cluster, stage.kubeconfig);
}

export function packs(cluster: Cluster): { pack: ClusterPack; profileUid: string }[] {
    return cluster.profiles.flatMap((profile) =>
        profile.packs.map((pack) => ({ pack, profileUid: profile.uid })),
    );
}

/**
 * Sets when each of the asked packs is installed: infrastructure at once (in a new cluster together
 * with its nodes), add-ons by install priority, a level after the one before is ready.
 */
export function schedule(requested: ClusterPack[], cluster: Cluster, now: number): void {
    const first = { kernel: 8, os: 8, k8s: 8.5, cni: 10, csi: 11, addon: 12.5 };
    const fresh = now === cluster.createdAt;
    const soon = Math.max(now + DOWNLOAD * MINUTE, minutesIn(cluster, stage.running));
    for (const pack of requested) {
        pack.start = fresh ? minutesIn(cluster, first[pack.layer]) : soon;
    }
    const addOns = requested.filter((pack) => pack.layer === "addon");
    const levels = [...new Set(addOns.map((pack) => pack.priority))].sort((a, b) => a - b);
    addOns.forEach((pack) => {
        pack.start += levels.indexOf(pack.priority) * packStage.ready * MINUTE;
    });
}

export type PackState = "Waiting" | "Installing" | "Ready" | "Error";

/** Where this revision of the pack is; in a cluster that is deleted, where it was then. */
export function packState(cluster: Cluster, pack: ClusterPack, now: number): PackState {
    const then = Math.min(now, cluster.deletion ?? never);
    if (then < pack.start || isBlocked(cluster, pack, then)) {
        return "Waiting";
    }
    if (pack.outcome && "error" in pack.outcome) {
        return then >= pack.start + packStage.failed * MINUTE ? "Error" : "Installing";
    }
    return isDone(pack, then) ? "Ready" : "Installing";
}

export function readyAt(pack: ClusterPack): number {
    return pack.start + packStage.ready * MINUTE;
}

/** The revision whose objects run: this one when it is ready, else the one before. */
export function serving(
    cluster: Cluster,
    pack: ClusterPack,
    now: number,
): { displayName: string; version: string; outcome: Rendered } | undefined {
    if (packState(cluster, pack, now) === "Ready") {
        return { ...pack, outcome: pack.outcome as Rendered };
    }
    return pack.previous;
}

/** When the Services of what is served now have a host: at once after an update. */
export function hostAt(pack: ClusterPack): number {
    return pack.previous ? pack.requestedAt : readyAt(pack) + packStage.host * MINUTE;
}

/** `undefined` before the cluster runs: its agent has not reported. */
export function health(cluster: Cluster, now: number): Health | undefined {
    if (!runs(cluster, now)) {
        return undefined;
    }
    const members = packs(cluster).map(({ pack }) => pack);
    const failed = members.some((pack) => packState(cluster, pack, now) === "Error");
    if (failed || cluster.fault?.unhealthy !== undefined) {
        return "UnHealthy";
    }
    const settled =
        now >= minutesIn(cluster, stage.healthy) &&
        members.every((pack) => !pack.initial || packState(cluster, pack, now) === "Ready");
    return settled ? "Healthy" : "Unknown";
}

/** When the first machines of a new cluster's pool start. */
export function firstMachines(cluster: Cluster, isControlPlane: boolean): number {
    return minutesIn(cluster, isControlPlane ? stage.infrastructure : stage.controlPlane);
}

/** How long a machine takes until it is `Running`, in virtual milliseconds. */
export const machineTime = machineStage.running * MINUTE;

/** Machines that are there now, with their state. */
export function machines(
    cluster: Cluster,
    pool: Pool,
    now: number,
): { machine: Machine; state: string }[] {
    return pool.machines.flatMap((machine) => {
        const present = now >= Math.min(machine.start, machine.removed ?? never);
        const current = present ? machineState(cluster, machine, pool, now) : undefined;
        return current === undefined ? [] : [{ machine, state: current }];
    });
}

/** `status.spcApply.canBeApplied`: the cluster's agent has downloaded the profiles. */
export function canBeApplied(cluster: Cluster, now: number): boolean {
    return cluster.spcApply === undefined || now >= cluster.spcApply.at + DOWNLOAD * MINUTE;
}

/** The next moment after `now` at which what the cluster serves can change. */
export function nextChange(cluster: Cluster, now: number): number {
    const times = [
        minutesIn(cluster, stage.running),
        cluster.deletion ?? never,
        deletedAt(cluster),
        deletedAt(cluster) + KEPT_FOR,
        ...packs(cluster).flatMap(({ pack }) => [pack.start, readyAt(pack), hostAt(pack)]),
    ];
    return Math.min(...times.filter((time) => time > now));
}

/** A level waits for the ones before it: one failure there keeps this pack from starting. */
function isBlocked(cluster: Cluster, pack: ClusterPack, now: number): boolean {
    return (
        pack.layer === "addon" &&
        packs(cluster).some(
            ({ pack: earlier }) =>
                earlier.layer === "addon" &&
                earlier.priority < pack.priority &&
                !isDone(earlier, now),
        )
    );
}

function isDone(pack: ClusterPack, now: number): boolean {
    return pack.outcome !== undefined && !("error" in pack.outcome) && now >= readyAt(pack);
}

/** `status.instanceState` of a machine; undefined when it is gone. */
function machineState(
    cluster: Cluster,
    machine: Machine,
    pool: Pool,
    now: number,
): string | undefined {
    const removed = Math.min(machine.removed ?? never, removedByDeletion(cluster, pool));
    if (now >= removed) {
        return now < removed + machineStage.removed * MINUTE ? "Deleting" : undefined;
    }
    const age = (now - machine.start) / MINUTE;
    if (cluster.fault?.provisioning !== undefined || age < machineStage.provisioning) {
        return "Pending";
    }
    if (age < machineStage.provisioned) {
        return "Provisioning";
    }
    return age < machineStage.running ? "Provisioned" : "Running";
}

function removedByDeletion(cluster: Cluster, pool: Pool): number {
    if (cluster.forced !== undefined) {
        return cluster.forced - machineStage.removed * MINUTE;
    }
    if (cluster.deletion === undefined || cluster.fault?.deletionSticks) {
        return never;
    }
    const { workers, controlPlane } = deletion;
    return cluster.deletion + (pool.config.isControlPlane ? controlPlane : workers) * MINUTE;
}
