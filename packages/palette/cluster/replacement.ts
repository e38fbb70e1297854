import type { Cloud } from "./cloud";
import type { ClusterInputs } from "./clusterInputs";
import { LIFT_PROTECTION, protectedClusters } from "../lifecycle/protection";

/**
 * Why a cluster is to be replaced.
 *
 * @param replaces The inputs that identify the cluster and are other ones now.
 */
export function replacementReason(
    cloud: Pick<Cloud, "shown">,
    olds: ClusterInputs,
    news: ClusterInputs,
    replaces: string[],
): string {
    const shown: string[] = ["name", ...cloud.shown];
    const value = (inputs: ClusterInputs, key: string) =>
        String(inputs[key as keyof ClusterInputs] ?? "none");
    const changed = replaces.map((key) =>
        shown.includes(key) ? `${key} (${value(olds, key)} → ${value(news, key)})` : key,
    );
    return `cluster "${olds.name}" is to be deleted and created again, as these cannot change in place: ${changed.join(", ")}`;
}

/**
 * Why a protected cluster is not replaced. The engine only says that it is protected: neither what asks for the replacement
 * nor which key of the configuration lifts the protection.
 *
 * @param replaces The inputs that identify the cluster and are other ones now.
 * @returns undefined where the state does not protect it.
 * @throws Error of `execFile` when the state cannot be read.
 */
export async function refusalOfReplacement(
    cloud: Pick<Cloud, "shown">,
    olds: ClusterInputs,
    news: ClusterInputs,
    replaces: string[],
): Promise<string | undefined> {
    const isProtected =
        replaces.length > 0 && (await protectedClusters(news.owner.stack, [olds.name])).length > 0;
    return isProtected
        ? `${replacementReason(cloud, olds, news, replaces)}. It is protected from that: set them back, or, ${LIFT_PROTECTION}`
        : undefined;
}
