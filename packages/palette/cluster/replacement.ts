import type { AwsClusterInputs } from "./clusterInputs";
import { setting } from "../api/session";

/** Keys whose values are shown; others are uids, or may be secrets. */
const SHOWN: string[] = ["name", "region"] satisfies (keyof AwsClusterInputs)[];

/**
 * Tells why a cluster is to be replaced. Of a protected one the engine only says that it is protected: neither what asks
 * for the replacement nor which key of the configuration lifts the protection.
 *
 * @param replaces The inputs that identify the cluster and are other ones now.
 */
export function reportReplacement(
    olds: AwsClusterInputs,
    news: AwsClusterInputs,
    replaces: string[],
): void {
    if (replaces.length === 0) {
        return;
    }
    const value = (inputs: AwsClusterInputs, key: string) =>
        String(inputs[key as keyof AwsClusterInputs] ?? "none");
    const changed = replaces.map((key) =>
        SHOWN.includes(key) ? `${key} (${value(olds, key)} → ${value(news, key)})` : key,
    );
    const why = `cluster "${olds.name}" is to be deleted and made anew, as these cannot change in place: ${changed.join(", ")}`;
    console.log(
        setting("allowClusterDeletion") === "true"
            ? why
            : `${why}. It is protected from that: set them back, or, to let it go, set them back first, run ` +
                  "pulumi config set allowClusterDeletion true and pulumi up, and then make the change",
    );
}
