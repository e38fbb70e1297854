import type { ClusterFeatures } from "./featureInputs";
import type { MachinePool } from "./machinePools";
import type { Claimed, Owner } from "../lifecycle/ownership";

/** A profile that a cluster runs. */
export interface AttachedProfile {
    uid: string;
    /** Changes with every change of the profile's layers, so that an edited profile is rolled out again. */
    revision: string;
    /** Custom packs that must become Ready. */
    packs: { name: string; version: string }[];
    /** Name of the profile, for people who read a preview; it is not compared. */
    name?: string;
    /** Variable → value in this cluster. Absent, or a name that is absent: the profile's default. */
    variables?: Record<string, string>;
    /** Pack → YAML text that is merged into the profile's values of that pack, in this cluster. */
    packValues?: Record<string, string>;
}

/** What the program says about a cluster. What is optional is absent when it is not configured. */
export interface AwsClusterInputs extends ClusterFeatures {
    /** Name in Palette, unique in the project. */
    name: string;
    description: string;
    /** `key:value` or bare words. */
    tags: string[];
    /** Uid of the project. */
    project: string;
    /** Uid of the AWS cloud account in Palette. */
    cloudAccount: string;
    region: string;
    sshKeyName: string;
    /** Id of an existing VPC (static placement; then every pool has `subnets`). Absent: Palette makes one. */
    vpcId?: string;
    /** Load balancer of the API server. Absent means internet-facing, and Palette's SaaS needs that. */
    controlPlaneLoadBalancer?: "Internet-facing" | "internal";
    /** The one of type Full or Infrastructure first, then add-ons. */
    profiles: AttachedProfile[];
    /** The control plane first. */
    pools: MachinePool[];
    /**
     * What to do when a change of profile replaces the nodes (repave): `approve` it, or `stop` the run with the reasons
     * before anything is changed. Absent means `stop`.
     */
    repave?: "approve" | "stop";
    owner: Owner;
    /** Take over a cluster of this name that somebody else made; as a text, only if that is its uid. */
    adopt: boolean | string;
    /** Deadline until Running and Healthy, in minutes; of a change as well. */
    createTimeout: number;
    /** Deadline until gone, in minutes. */
    deleteTimeout: number;
    /** Force the deletion of a cluster that is stuck, as soon as Palette allows it. May leave cloud resources behind. */
    forceDelete: boolean;
}

/** A cluster's inputs with what its labels tell beside the tags. */
export type ClaimedCluster = AwsClusterInputs & Pick<Claimed, "claim">;

export interface AwsClusterOutputs extends AwsClusterInputs {
    uid: string;
    /** What it bears where a create found it there. */
    claim?: string;
    state: string;
    health: string;
    cloudConfigUid: string;
    /** Cluster-admin kubeconfig, YAML. Secret. */
    kubeconfig: string;
    /** Palette's estimate in US dollars. Absent where Palette told none, and in states of earlier programs. */
    hourlyPrice?: number;
    /** Profile uid → pack → SHA-256 of the values that the cluster got, to recognise an edit in the console. */
    packDigests?: Record<string, Record<string, string>>;
}

/** The inputs as programs up to 0.1 recorded them: with one profile. */
export type RecordedCluster<C extends AwsClusterInputs = AwsClusterOutputs> =
    C | (Omit<C, "profiles"> & { profile: AttachedProfile });

/** Reads a record of any layout as one of today's. */
export function upgraded<C extends AwsClusterInputs>(recorded: RecordedCluster<C>): C {
    if ("profiles" in recorded) {
        return recorded;
    }
    const { profile, ...rest } = recorded;
    return { ...rest, profiles: [profile] } as unknown as C;
}
