import { ApiError, type Context, invalid, type Scope } from "../context";
import type { CloudAccounts } from "./accounts";
import type { ClusterAnswers } from "./clusterAnswers";
import type { ClusterStore } from "./clusterStore";
import type { Cluster } from "./records";
import { deletedAt } from "./timeline";

/** What the routes of clusters share. */
export interface RouteParts {
    context: Context;
    store: ClusterStore;
    accounts: CloudAccounts;
    answers: ClusterAnswers;
}

/** A cluster that can be changed: one that nobody deletes. Throws 404 or 400. */
export function changeableCluster({ store }: RouteParts, wanted: string, scope: Scope): Cluster {
    const cluster = store.find(wanted, scope);
    if (cluster.deletion !== undefined) {
        throw new ApiError(400, "ClusterDeleting", `Cluster '${cluster.name}' is being deleted`);
    }
    return cluster;
}

/** Throws 400 for a name that a cluster cannot have. */
export function checkName(name: string | undefined): void {
    // The name becomes part of Kubernetes names, a DNS label; its length leaves room for suffixes.
    if (!name || !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
        throw invalid(
            `metadata.name '${name ?? ""}' must be lower case letters, digits and dashes, at most 63`,
        );
    }
}

/** Whether a cluster of this scope has the name and is not deleted. */
export function isNameTaken({ context, store }: RouteParts, scope: Scope, name: string): boolean {
    const now = context.clock.now();
    return store.listed(scope).some((cluster) => cluster.name === name && now < deletedAt(cluster));
}

/** The refusal of a name that is taken. */
export function nameTaken(context: Context, name: string): ApiError {
    const status = context.switches.get("duplicateName") === "500" ? 500 : 409;
    return new ApiError(status, "ClusterNameAlreadyExists", `Cluster name '${name}' is taken`);
}
