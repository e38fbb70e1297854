import { type InputMetadata, uid } from "../context";
import { type Stored } from "../stored";
import { type Layer, type PackType, type ProfileTemplate } from "../stored";
import type { Rendered } from "./render";

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
    /** When the cluster was asked to run it, and when its installation starts. */
    requestedAt: number;
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
    [key: string]: unknown;
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
    cloudConfig: { region: string; sshKeyName?: string; vpcId?: string; [key: string]: unknown };
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
