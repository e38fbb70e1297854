import type { AwsClusterInputs } from "./clusterInputs";
import { setting } from "../api/session";

/** Settings of runs: nothing of them is in Palette. A change of them is recorded, and that is all. */
export const RUN_SETTINGS = [
    "createTimeout",
    "deleteTimeout",
    "forceDelete",
    "repave",
    "adopt",
] as const satisfies (keyof AwsClusterInputs)[];

/** What a deletion is told. */
export interface Deletion {
    /** Deadline, in minutes. */
    deleteTimeout: number;
    /** Whether to force a stuck one. Absent: it is not this stack's, so that is not for its configuration to say. */
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
export function deletionOf(props: AwsClusterInputs): Required<Omit<Deletion, "key">> & Deletion {
    const { deleteTimeout, forceDelete } = props;
    const found = configured(props.name);
    return found === undefined
        ? { deleteTimeout, forceDelete }
        : {
              deleteTimeout: found.cluster.deleteTimeout ?? deleteTimeout,
              forceDelete: found.cluster.forceDelete ?? false,
              key: found.key,
          };
}

function configured(name: string): { key: string; cluster: Configured } | undefined {
    const several = parsed<Configured[]>("clusters") ?? [];
    const index = several.findIndex((one) => one.name === name);
    if (several.length > 0) {
        return index < 0 ? undefined : { key: `clusters[${index}]`, cluster: several[index]! };
    }
    const cluster = parsed<Configured>("cluster");
    // Without a name it is the only one.
    return cluster && (cluster.name ?? name) === name ? { key: "cluster", cluster } : undefined;
}

function parsed<T>(key: string): T | undefined {
    const text = setting(key);
    return text ? (JSON.parse(text) as T) : undefined;
}
