import { createHash } from "node:crypto";
import type { Collection } from "../../journal";
import {
    type Context,
    type InputMetadata,
    type Layer,
    notFound,
    type PackType,
    type ProfileTemplate,
    type Scope,
    type Stored,
    uid,
} from "../context";
import type { Rendered } from "./render";
import { deletedAt, kept } from "./timeline";

/** What came of deploying a pack's revision: how it failed, or what it rendered to. */
export type Outcome = { error: string } | Rendered;

/** One revision of a pack in a cluster. Times are virtual milliseconds. */
export interface ClusterPack {
    name: string;
    displayName: string;
    uid: string;
    registryUid: string;
    layer: Layer;
    type: PackType;
    tag: string;
    version: string;
    digest: string;
    /** Key in `texts`: the values of the profile or those the cluster overrides them with. */
    values: string;
    overridden: boolean;
    manifests: { uid: string; name: string; content: string }[];
    /** `spectrocloud.com/install-priority`; lower ones are deployed first. */
    priority: number;
    /** The cluster was made with it and it has not been ready yet: health waits for it. */
    initial: boolean;
    /** When the cluster was told to run it, and when its installation starts. */
    asked: number;
    start: number;
    outcome?: Outcome;
    /** The revision that answers until this one is ready. */
    previous?: Pick<ClusterPack, "displayName" | "version"> & { outcome: Rendered };
}

/** A profile as the cluster took it over. */
export interface AttachedProfile {
    uid: string;
    name: string;
    version: string;
    type: ProfileTemplate["type"];
    cloudType: string;
    revision: number;
    packs: ClusterPack[];
    variables: { name: string; value: string }[];
    packValues: PackOverride[];
}

/** `v1PackValuesEntity`. */
export interface PackOverride {
    name: string;
    tag?: string;
    type?: PackType;
    values?: string;
    manifests?: { name: string; content?: string; uid?: string }[];
}

/** A node. */
export interface Machine {
    uid: string;
    name: string;
    az: string;
    /** Number in the cluster; its private address follows from it. */
    index: number;
    start: number;
    /** When its deletion started. */
    removed?: number;
}

/** A machine pool: `config` is the pool as the cloud configuration answers it (flat). */
export interface Pool {
    uid: string;
    name: string;
    config: PoolConfig;
    machines: Machine[];
}

/** `v1AwsMachinePoolConfig`, as far as the sandbox acts on it; the rest is kept as it came. */
export interface PoolConfig {
    name: string;
    isControlPlane: boolean;
    size: number;
    instanceType: string;
    azs: string[];
    rootDeviceSize: number;
    capacityType: string;
    subnetIds?: Record<string, string>;
    labels: string[];
    [other: string]: unknown;
}

/** Something that happened to the cluster by a call (what the clock brings is derived). */
export interface Happening {
    at: number;
    reason: string;
    message: string;
    severity: "Info" | "Warning" | "Error";
}

/** Nodes that a change of profile makes anew. */
export interface Repave {
    at: number;
    state: "Pending" | "Approved";
    reasons: { code: string; message: string; pack: string }[];
}

/** The last change of the profiles. */
export interface SpcApply {
    at: number;
    actionType: "DownloadAndInstall" | "DownloadAndInstallLater";
    /** What waits for the user (`DownloadAndInstallLater`, or a repave to approve). */
    waiting?: AttachedProfile[];
    applied?: number;
}

/** The facts of a cluster. Its state, health, conditions and events follow from them and the time. */
export interface Cluster extends Stored {
    createdAt: number;
    cloudAccountUid: string;
    cloudConfigUid: string;
    cloudConfig: { region: string; sshKeyName?: string; vpcId?: string; [other: string]: unknown };
    clusterConfig: Record<string, unknown>;
    policies: { scanPolicy?: ScanPolicy; backupPolicy?: Record<string, unknown> };
    profiles: AttachedProfile[];
    pools: Pool[];
    nextIndex: number;
    /** Loopback address of its load balancers. */
    address: string;
    /** Ports that are not the Service's own, by `<service port>`: only where that one was taken. */
    ports: Record<string, number>;
    kubeconfigSecret: string;
    namespaces: ClusterResource[];
    rbacs: ClusterResource[];
    location?: Record<string, unknown>;
    history: Happening[];
    spcApply?: SpcApply;
    repave?: Repave;
    deletion?: number;
    forced?: number;
    fault?: ClusterFault;
}

/** A namespace or RBAC setting as requests spell it. */
export interface ResourceRequest {
    metadata?: InputMetadata;
    spec?: object;
}

/** A namespace or RBAC setting (`v1ClusterNamespaceResource`, `v1ClusterRbac`). */
export interface ClusterResource {
    metadata: InputMetadata & { uid: string; name: string };
    spec: object;
}

export function clusterResource({ metadata, spec }: ResourceRequest): ClusterResource {
    return { metadata: { ...metadata, uid: uid(), name: metadata?.name ?? "" }, spec: spec ?? {} };
}

/** `v1ClusterComplianceScheduleConfig`. */
export type ScanPolicy = Partial<
    Record<"kubeBench" | "kubeHunter" | "sonobuoy", { schedule?: { scheduledRunTime?: string } }>
>;

/** Trouble that tests arrange, by the cluster's name, before or after it is created. */
export interface ClusterFault {
    /** Provisioning ends in state `Error` with this message. */
    provisioning?: string;
    /** The deletion never ends by itself. */
    deletionSticks?: boolean;
    /** The cluster is in state `Error` with this message, whatever it was before. */
    error?: string;
    /** It runs, but is unhealthy with this message. */
    unhealthy?: string;
    /** Answers about it lack `status`. */
    withoutStatus?: boolean;
    /** Its overview is not found. */
    withoutOverview?: boolean;
    /** When it was arranged, in virtual milliseconds. */
    since?: number;
}

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
        return this.all.values().filter((cluster) => inScope(cluster, scope) && kept(cluster, now));
    }

    /** Throws 404, also for a cluster of another scope and one that was deleted long ago. */
    find(uid: string, scope: Scope): Cluster {
        const cluster = this.all.get(uid);
        const now = this.context.clock.now();
        if (!cluster || !inScope(cluster, scope) || !kept(cluster, now)) {
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
