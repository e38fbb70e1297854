import type { Cloud } from "./cloud";
import type { ClusterInputs } from "./clusterInputs";
import { setting } from "../api/session";

/**
 * Reports why a cluster is to be replaced. Of a protected one the engine only says that it is protected: neither what asks
 * for the replacement nor which key of the configuration lifts the protection.
 *
 * @param replaces The inputs that identify the cluster and are other ones now.
 */
export function reportReplacement(
    cloud: Pick<Cloud, "shown">,
    olds: ClusterInputs,
    news: ClusterInputs,
    replaces: string[],
): void {
    if (replaces.length === 0) {
        return;
    }
    const shown: string[] = ["name", ...cloud.shown];
    const value = (inputs: ClusterInputs, key: string) =>
        String(inputs[key as keyof ClusterInputs] ?? "none");
    const changed = replaces.map((key) =>
        shown.includes(key) ? `${key} (${value(olds, key)} → ${value(news, key)})` : key,
    );
    const why = `cluster "${olds.name}" is to be deleted and created again, as these cannot change in place: ${changed.join(", ")}`;
    console.log(
        setting("allowClusterDeletion") === "true"
            ? why
            : `${why}. It is protected from that: set them back, or, to let it go, set them back first, run ` +
                  "pulumi config set allowClusterDeletion true and pulumi up, and then make the change",
    );
}
