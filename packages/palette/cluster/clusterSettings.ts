import type { Cloud } from "./cloud";
import type { ClusterInputs } from "./clusterInputs";
import { setting } from "../api/session";

/** Settings of runs: nothing of them is in Palette. A change of them is recorded, and that is all. */
export const RUN_SETTINGS = [
    "createTimeout",
    "deleteTimeout",
    "forceDelete",
    "repave",
    "adopt",
] as const satisfies (keyof ClusterInputs)[];

/** How to delete a cluster. */
export interface Deletion {
    /** Deadline, in minutes. */
    deleteTimeout: number;
    /** What a forced deletion may leave. */
    leftovers: Cloud["leftovers"];
    /** Whether to force a stuck deletion. Absent for a cluster of another stack, which is not for this configuration to say. */
    forceDelete?: boolean;
    /** Key of the cluster in the stack's configuration, where it still has one. */
    key?: string;
}

interface Configured {
    name?: string;
    deleteTimeout?: number;
    forceDelete?: boolean;
}

/**
 * How to delete a cluster, by the configuration of this run: the record may be of an earlier one. That of a `pulumi destroy`
 * is the last run's, unless it has `--run-program`.
 */
export function deletionOf(
    { leftovers }: Pick<Cloud, "leftovers">,
    inputs: ClusterInputs,
): Deletion {
    const { deleteTimeout, forceDelete } = inputs;
    const found = configured(inputs.name);
    return found === undefined
        ? { deleteTimeout, forceDelete, leftovers }
        : {
              leftovers,
              deleteTimeout: found.cluster.deleteTimeout ?? deleteTimeout,
              forceDelete: found.cluster.forceDelete ?? false,
              key: found.key,
          };
}

function configured(name: string): { key: string; cluster: Configured } | undefined {
    const several = parsed<Configured[]>("clusters") ?? [];
    const index = several.findIndex((cluster) => cluster.name === name);
    if (several.length > 0) {
        return index < 0 ? undefined : { key: `clusters[${index}]`, cluster: several[index]! };
    }
    const cluster = parsed<Configured>("cluster");
    // A cluster without a name is the only one.
    return cluster && (cluster.name ?? name) === name ? { key: "cluster", cluster } : undefined;
}

function parsed<T>(key: string): T | undefined {
    const text = setting(key);
    return text ? (JSON.parse(text) as T) : undefined;
}
