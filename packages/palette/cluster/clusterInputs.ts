import type { ClusterFeatures } from "./featureInputs";
import type { MachinePool } from "./poolInputs";
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

/** What the program says about a cluster in any cloud. What is optional is absent when it is not configured. */
export interface ClusterInputs<Pool extends MachinePool = MachinePool> extends ClusterFeatures {
    /** Name in Palette, unique in the project. */
    name: string;
    description: string;
    /** `key:value` or bare words. */
    tags: string[];
    /** Uid of the project. */
    project: string;
    /** Uid of the cloud account in Palette. */
    cloudAccount: string;
    /** The profile of type Full or Infrastructure first, then add-ons. */
    profiles: AttachedProfile[];
    /** The control plane first. */
    pools: Pool[];
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
    /** Palette's estimate in US dollars an hour, which the check puts in. Absent where Palette reports none. */
    hourlyPrice?: number;
}

/** A cluster's inputs with what its labels hold beside the tags. */
export type ClaimedCluster<Inputs extends ClusterInputs = ClusterInputs> = Inputs &
    Pick<Claimed, "claim">;

/** What is recorded of a cluster beside its inputs. */
export interface ClusterState extends Pick<Claimed, "claim"> {
    uid: string;
    state: string;
    health: string;
    cloudConfigUid: string;
    /** Cluster-admin kubeconfig, YAML. Secret. */
    kubeconfig: string;
    /** Profile uid → pack → SHA-256 of the values that the cluster got, to recognise an edit in the console. */
    packDigests?: Record<string, Record<string, string>>;
}

/** What is recorded of a cluster. */
export type ClusterOutputs<Inputs extends ClusterInputs = ClusterInputs> = Inputs & ClusterState;
