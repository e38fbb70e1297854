import { clusterCall, type Cluster, type ClusterRef } from "./clusterStatus";
import { palette } from "./session";

interface Reason {
    code?: string;
    message?: string;
}

const textOf = (reasons: Reason[] | undefined) =>
    (reasons ?? []).map(({ code, message }) => message || code).join("; ") || "no reason told";

/**
 * The reasons of a repave that waits for an approval: `GET …/repave/status`.
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
    const status = await palette().find<{ spec?: { reasons?: Reason[] } }>(
        clusterCall(ref, "GET", "/repave/status"),
    );
    return textOf(status?.spec?.reasons);
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
        { isRepaveRequired?: boolean; reasons?: Reason[] } | undefined
    >({
        ...clusterCall(ref, "POST", "/validate/repave"),
        body: { profiles },
        repeatable: true,
    });
    return answer?.isRepaveRequired ? textOf(answer.reasons) : undefined;
}

export function approveRepave(ref: ClusterRef): Promise<void> {
    return palette().request(clusterCall(ref, "PATCH", "/repave/approve"));
}

/** @param standing How things stand, such as "would be needed, so nothing was changed". */
export function refusedRepave({ subject }: ClusterRef, reasons: string, standing: string): Error {
    return new Error(
        `${subject}: a replacement of its nodes (repave) ${standing}: ${reasons}. ` +
            "Set cluster.repave: approve to let it happen, or take back what it is for",
    );
}
