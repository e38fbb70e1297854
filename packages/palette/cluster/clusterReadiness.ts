import { performance } from "node:perf_hooks";
import { PaletteError } from "../api/paletteError";
import { EventLog } from "./clusterEvents";
import type { AttachedProfile } from "./clusterInputs";
import {
    clusterCall,
    complaintsOf,
    requireAlive,
    templatesOf,
    type Cluster,
    type ClusterRef,
} from "./clusterStatus";
import { approveRepave, pendingRepave, refusedRepave } from "./repave";
import { palette } from "../api/session";
import { waitFor, type Report } from "../api/wait";
import { UserError } from "../../pack/userError";

/** How often a failure must be seen in a row before it counts: agents retry, and states flicker. */
const FAILURE_SIGHTINGS = 8;

/** How long a download is believed to last, in milliseconds, when nothing reports its end. */
const DOWNLOAD_MS = 180_000;

/** What {@link waitUntilReady} waits for. */
export interface Readiness {
    /** What the cluster shall run. Their `packs` must be among the Ready ones, by name and version. */
    profiles: AttachedProfile[];
    /** Uids of profiles that it shall not run any more. */
    detached: string[];
    /** The cluster ran before: what happened up to now is no news. */
    changed: boolean;
    /** Its profiles were changed just now, so that its agent has them to download. */
    rolledOut?: boolean;
    repave?: "approve" | "stop";
    minutes: number;
    report: Report;
}

/**
 * Waits until a cluster is Running and Healthy and every pack of its profiles is Ready, telling about every change
 * of state and every new event meanwhile.
 *
 * @throws Error with Palette's conditions, failed packs and latest events, when the cluster or a pack stays in Error,
 * or at the deadline; or when a repave waits for an approval that the configuration does not give.
 */
export async function waitUntilReady(
    cluster: ClusterRef,
    options: Readiness,
): Promise<{ state: string; health: string }> {
    const { minutes, report } = options;
    const events = new EventLog(cluster);
    if (options.changed) {
        await events.readNew();
    }
    let failures = 0;
    const downloading = downloadWatch();
    const reported = new Set<string>();
    const wait = waitFor(
        `${cluster.subject} to be Running and Healthy`,
        minutes,
        report,
        async () => {
            const observed = await palette().request<Cluster>(clusterCall(cluster));
            (await events.readNew()).forEach((line) => console.log(`${cluster.subject}: ${line}`));
            requireAlive(observed, cluster);
            const state = observed.status?.state ?? "Unknown";
            const health = state === "Running" ? await healthOf(cluster, "health unknown") : "";
            const { failed, waiting } = packProgress(observed, options, reported);
            const download =
                options.rolledOut && downloading(observed)
                    ? ["the cluster downloads its profiles"]
                    : [];
            if (
                state === "Running" &&
                health === "Healthy" &&
                [failed, waiting, download].every(({ length }) => length === 0)
            ) {
                return { state, health };
            }
            const problems = [
                ...(await repave(observed, cluster, options.repave)),
                ...download,
                ...failed.map(
                    ({ name, condition }) => `pack ${name} failed: ${condition?.message}`,
                ),
                ...complaintsOf(observed),
            ];
            const status = [
                [state, health].filter(Boolean).join(", "),
                ...problems,
                ...(state === "Running" && waiting.length > 0
                    ? [`waiting for ${waiting.join(", ")}`]
                    : []),
            ].join("; ");
            failures = state === "Error" || failed.length > 0 ? failures + 1 : 0;
            if (failures >= FAILURE_SIGHTINGS) {
                throw new UserError(
                    `${cluster.subject} failed: ${status}${events.tail()}. Correct the pack, the profile or the cloud account and run pulumi up again`,
                );
            }
            return status;
        },
    );
    return wait.catch((error: Error) => {
        const reported = error.message.startsWith("waited ") ? events.tail() : "";
        throw Object.assign(error, { message: error.message + reported });
    });
}

/**
 * `status.health` of the dashboard's overview; the overview can be missing for a while.
 *
 * @param unknown What to answer then.
 */
export async function healthOf(
    { uid, project, subject }: ClusterRef,
    unknown: string,
): Promise<string> {
    const overview = await palette().find<{ status?: { health?: { state?: string } } }>({
        method: "GET",
        path: `/v1/dashboard/spectroclusters/${uid}/overview`,
        project,
        subject,
    });
    return overview?.status?.health?.state ?? unknown;
}

/**
 * Watches whether a cluster's agent still downloads what was rolled out. That it stays marked as downloaded is not
 * promised, nor that every agent marks it, so once is enough, and in the end there is the status of the packs.
 */
function downloadWatch(): (observed: Cluster) => boolean {
    const begun = performance.now();
    let [waiting, over] = [false, false];
    return ({ status }) => {
        const pending = status?.spcApply?.canBeApplied === false;
        over ||= (waiting && !pending) || performance.now() - begun > DOWNLOAD_MS;
        waiting ||= pending;
        return pending && !over;
    };
}

/**
 * Which packs failed and what is still to come.
 *
 * @param reported Names of packs that Palette has reported a status of; grows.
 */
function packProgress(observed: Cluster, { profiles, detached }: Readiness, reported: Set<string>) {
    const reportedStatuses = observed.status?.packs ?? [];
    reportedStatuses.forEach(({ name }) => reported.add(name));
    const uids = profiles.map(({ uid }) => uid);
    const templates = templatesOf(observed);
    const copies = templates.filter(({ uid }) => uids.includes(uid));
    const held = [...profiles, ...copies].flatMap(({ packs }) =>
        (packs ?? []).map(({ name }) => name),
    );
    // Palette may report packs of its own as well.
    const statuses = reportedStatuses.filter(({ profileUid, name }) =>
        profileUid === undefined ? held.includes(name) : uids.includes(profileUid),
    );
    const failed = statuses.filter(({ condition }) => condition?.type === "Error");
    const isReady = (name: string, versions: (string | undefined)[]) =>
        statuses.some(
            (pack) =>
                pack.name === name &&
                (pack.version === undefined || versions.includes(pack.version)) &&
                pack.condition?.type === "Ready" &&
                pack.condition.status === "True",
        );
    const wanted = [
        ...profiles.flatMap(({ packs }) =>
            packs.map(({ name, version }) => ({ name, versions: [version] })),
        ),
        ...copies
            .flatMap(({ packs }) => packs ?? [])
            // That Palette reports a status of every layer below the add-ons is not known.
            .filter(({ name, layer }) => layer === "addon" || reported.has(name))
            .map(({ name, version, tag }) => ({ name, versions: [version, tag] })),
    ];
    const waiting = [
        ...wanted.filter(({ name, versions }) => !isReady(name, versions)).map(({ name }) => name),
        ...statuses
            .filter((status) => !isReady(status.name, [status.version]))
            .map(({ name }) => name),
    ].filter((name) => !failed.some((status) => status.name === name));
    const runs = (uid: string) => templates.some((template) => template.uid === uid);
    const applied = templates.length === 0 || (uids.every(runs) && !detached.some(runs));
    return {
        failed,
        waiting: [...new Set([...waiting, ...(applied ? [] : ["the profiles to be applied"])])],
    };
}

/** Lets a repave that waits for an approval go on, where that is allowed. */
async function repave(
    observed: Cluster,
    ref: ClusterRef,
    decision: Readiness["repave"],
): Promise<string[]> {
    const reasons = await pendingRepave(ref, observed);
    if (reasons === undefined) {
        return [];
    }
    if (decision !== "approve") {
        throw refusedRepave(ref, reasons, "is prepared and waits for an approval");
    }
    try {
        await approveRepave(ref);
        return [`nodes are replaced (repave): ${reasons}`];
    } catch (error) {
        if (error instanceof PaletteError && !error.transient && error.status !== 403) {
            return [error.message];
        }
        throw error;
    }
}
