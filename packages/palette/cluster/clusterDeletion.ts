import { performance } from "node:perf_hooks";
import { PaletteError } from "../api/paletteError";
import { clusterCall, complaintsOf, isGoing, type Cluster, type ClusterRef } from "./clusterStatus";
import type { Deletion } from "./clusterSettings";
import { remove } from "../lifecycle/createOnce";
import { palette } from "../api/session";
import { reporter, waitFor } from "../api/wait";
import { UserError } from "../../pack/userError";

/** Palette offers the force delete of a cluster that has been in Deleting for this long ("Remove Clusters"). */
const FORCE_DELETE_MINUTES = 15;

/** Deletes a cluster and waits until it is gone. One that is gone, or that somebody deletes already, is fine. */
export async function deleteCluster(ref: ClusterRef, options: Deletion): Promise<void> {
    try {
        await remove(clusterCall(ref, "DELETE"));
    } catch (error) {
        const cluster = await palette().find<Cluster>(clusterCall(ref));
        if (cluster !== undefined && !isGoing(cluster.status?.state)) {
            throw error;
        }
    }
    await waitUntilGone(ref, options);
}

/**
 * Waits until a deleted cluster answers 404 or is Deleted; forces a stuck deletion where that is allowed. Nothing else
 * means that it is gone: not an answer without a status, not Error, not Running and Healthy right after the deletion.
 *
 * @throws Error at the deadline, in minutes, with what can be done.
 */
export async function waitUntilGone(
    ref: ClusterRef,
    { deleteTimeout, forceDelete, key, leftovers }: Deletion,
): Promise<void> {
    const report = reporter(ref.subject);
    const stuck = new Stopwatch();
    let forced = false;
    try {
        await waitFor(`${ref.subject} to be deleted`, deleteTimeout, report, async () => {
            const cluster = await palette().find<Cluster>(clusterCall(ref));
            const state = cluster?.status?.state;
            if (cluster === undefined || state === "Deleted") {
                return {};
            }
            const isOverdue = stuck.minutesOf(cluster) >= FORCE_DELETE_MINUTES;
            if (isOverdue && forceDelete && !forced) {
                const refusal = await force(ref, leftovers);
                if (refusal !== undefined) {
                    return refusal;
                }
                forced = true;
            }
            const offer = isOverdue && !forced ? [`stuck for ${FORCE_DELETE_MINUTES} minutes`] : [];
            return [state ?? "no status reported", ...complaintsOf(cluster), ...offer].join("; ");
        });
    } catch (error) {
        throw new UserError(
            `${(error as Error).message}. A cluster that has been in Deleting for ` +
                `${FORCE_DELETE_MINUTES} minutes can be force-deleted in Palette${forceDelete === false && key ? `, or by this stack: ${forcing(key)}` : ""}; ` +
                `then look in the ${leftovers.account} for ${leftovers.resources}`,
        );
    }
}

/** The commands that force a deletion; without `--run-program` a destroy has the configuration of the run before it. */
function forcing(key: string): string {
    const path = key.includes("[") ? `'${key}.forceDelete'` : `${key}.forceDelete`;
    return `pulumi config set --path ${path} true, then the same command again, a destroy as pulumi destroy --run-program`;
}

/** @returns why Palette refused; by its clock it may be too early still, and how it says so is not known. */
async function force(
    ref: ClusterRef,
    { account, resources }: Deletion["leftovers"],
): Promise<string | undefined> {
    try {
        await remove({ ...clusterCall(ref, "DELETE"), query: { forceDelete: true } });
    } catch (error) {
        if (error instanceof PaletteError) {
            return error.message;
        }
        throw error;
    }
    console.log(
        `${ref.subject}: deletion forced; check the ${account} for what may be left: ${resources}`,
    );
    return undefined;
}

/** How long a cluster has been in Deleting, never too long. */
class Stopwatch {
    #since: number | undefined;

    /**
     * Minutes by our own clock since Deleting was first seen in a row, or by Palette's, which knows about the time
     * before this run: from the deletion's time to the latest time in the same answer. Neither compares two clocks, and a
     * clock that is set does not matter.
     */
    minutesOf({ metadata, status }: Cluster): number {
        if (status?.state !== "Deleting") {
            // An answer without a status says nothing.
            this.#since = status?.state === undefined ? this.#since : undefined;
            return 0;
        }
        this.#since ??= performance.now();
        const times = (status.conditions ?? []).flatMap((condition) => [
            Date.parse(condition.lastProbeTime ?? ""),
            Date.parse(condition.lastTransitionTime ?? ""),
        ]);
        const latest = Math.max(...times.filter((time) => !Number.isNaN(time)));
        const byPalette = latest - Date.parse(metadata.deletionTimestamp ?? "");
        const byOurClock = performance.now() - this.#since;
        return Math.max(byOurClock, Number.isFinite(byPalette) ? byPalette : 0) / 60_000;
    }
}
