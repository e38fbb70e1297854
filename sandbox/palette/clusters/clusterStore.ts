import { createHash } from "node:crypto";
import type { Collection } from "../../journal";
import { type Context, notFound, type Scope } from "../context";
import type { Cluster, ClusterFault } from "./records";
import { deletedAt, isListed } from "./timeline";

/** The clusters of the sandbox and the texts they share. */
export class ClusterStore {
    readonly all: Collection<Cluster>;
    readonly faults: Collection<ClusterFault>;
    /** Values texts by digest, so that a thousand clusters of one profile hold them once. */
    private readonly texts: Collection<string>;
    /** Told of each change, with the cluster's uid. */
    readonly listeners: ((uid: string) => void)[] = [];

    constructor(private readonly context: Context) {
        this.all = context.journal.collection("clusters");
        this.faults = context.journal.collection("clusterFaults");
        this.texts = context.journal.collection("clusterTexts");
    }

    /** Keeps the text and answers its key. */
    keep(text: string): string {
        const key = createHash("sha256").update(text).digest("hex");
        if (!this.texts.has(key)) {
            this.texts.put(key, text);
        }
        return key;
    }

    text(key: string): string {
        return this.texts.get(key) ?? "";
    }

    /** Stores the change. `modified` moves unless it is only the work of the sandbox itself. */
    save(cluster: Cluster, byUser = true): void {
        if (byUser) {
            cluster.modified = this.context.clock.date().toISOString();
        }
        this.all.put(cluster.uid, cluster);
        this.listeners.forEach((listener) => listener(cluster.uid));
    }

    /** Clusters that a call of this scope sees, deleted ones included as long as they are listed. */
    listed(scope: Scope): Cluster[] {
        const now = this.context.clock.now();
        return this.all
            .values()
            .filter((cluster) => inScope(cluster, scope) && isListed(cluster, now));
    }

    /** Throws 404, also for a cluster of another scope and one that was deleted long ago. */
    find(uid: string, scope: Scope): Cluster {
        const cluster = this.all.get(uid);
        const now = this.context.clock.now();
        if (!cluster || !inScope(cluster, scope) || !isListed(cluster, now)) {
            throw notFound("Cluster", uid);
        }
        const gone = now >= deletedAt(cluster);
        if (gone && this.context.switches.get("deletedCluster") === "404") {
            throw notFound("Cluster", uid);
        }
        return cluster;
    }

    /** The cluster of a cloud configuration. Throws 404. */
    byCloudConfig(configUid: string, scope: Scope): Cluster {
        const found = this.all.values().find((cluster) => cluster.cloudConfigUid === configUid);
        if (!found) {
            throw notFound("CloudConfig", configUid);
        }
        return this.find(found.uid, scope);
    }
}

function inScope(cluster: Cluster, scope: Scope): boolean {
    return cluster.owner.projectUid === scope.projectUid;
}
