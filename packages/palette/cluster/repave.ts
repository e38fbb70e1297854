import { clusterCall, type Cluster, type ClusterRef } from "./clusterStatus";
import { palette } from "../api/session";
import { UserError } from "../../pack/userError";

interface Reason {
    code?: string;
    message?: string;
}

const textOf = (reasons: Reason[]) =>
    reasons.map(({ code, message }) => message || code).join("; ");

/**
 * The reasons of a repave that waits for an approval: `GET …/repave/status`. Without a reason there is none: `Pending` is
 * the default of `v1ClusterRepaveState`.
 *
 * @returns undefined when none does.
 */
export async function pendingRepave(
    ref: ClusterRef,
    cluster: Cluster,
): Promise<string | undefined> {
    if (cluster.status?.repave?.state !== "Pending") {
        return undefined;
    }
    const status = await palette().find<{ spec?: { reasons?: Reason[] | null } }>(
        clusterCall(ref, "GET", "/repave/status"),
    );
    const reasons = status?.spec?.reasons ?? [];
    return reasons.length === 0 ? undefined : textOf(reasons);
}

/**
 * Why a change of profiles would replace nodes: `POST …/validate/repave`. A read.
 *
 * @param profiles As they would be sent (`v1SpectroClusterProfileEntity`).
 * @returns undefined when it would not.
 */
export async function repaveReasons(
    ref: ClusterRef,
    profiles: object[],
): Promise<string | undefined> {
    const answer = await palette().request<
        { isRepaveRequired?: boolean; reasons?: Reason[] | null } | undefined
    >({
        ...clusterCall(ref, "POST", "/validate/repave"),
        body: { profiles },
        repeatable: true,
    });
    return answer?.isRepaveRequired
        ? textOf(answer.reasons ?? []) || "no reason reported"
        : undefined;
}

/** Approves the repave that waits. @throws PaletteError */
export function approveRepave(ref: ClusterRef): Promise<void> {
    return palette().request(clusterCall(ref, "PATCH", "/repave/approve"));
}

/** The error about a repave that the configuration does not approve. @param status Such as "would be needed, so nothing was changed". */
export function refusedRepave({ subject }: ClusterRef, reasons: string, status: string): Error {
    return new UserError(
        `${subject}: a replacement of its nodes (repave) ${status}: ${reasons}. ` +
            "Set cluster.repave: approve to let it happen, or take back what it is for",
    );
}
