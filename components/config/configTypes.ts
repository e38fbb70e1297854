import type * as v from "valibot";
import type { cluster as clusterKeys } from "./clusterKeys";
import type { profile as profileKeys } from "./profileKeys";
import type { RegistryConfig } from "./registryKeys";
import type { PaletteSettings } from "../../packages/palette/api/settings";
import type { ScanSchedules } from "../../packages/palette/cluster/featureInputs";
import type { AwsMachinePool } from "../../packages/palette/cluster/aws/awsInputs";

type Named<T> = T & { name: string };

/** A cluster profile, as configured. */
export type ProfileConfig = Named<v.InferOutput<typeof profileKeys>> & {
    layers: NonNullable<v.InferOutput<typeof profileKeys>["layers"]>;
    /** Whether the layers are the default ones. */
    defaultLayers: boolean;
    /** Where it stands, for messages: `profile` or `profiles[1]`. */
    key: string;
    /** Whether its configuration holds a secret; which part of it is one cannot be known. */
    secret: boolean;
};

/** A cluster, as configured. */
export type ClusterConfig = Omit<
    Named<v.InferOutput<typeof clusterKeys>>,
    "scans" | "controlPlanePool" | "workerPools" | "profiles" | "region" | "rolloutGroup"
> & {
    region: string;
    /** Where the region comes from, for messages: `cluster.region`, `aws:region`, or a variable. */
    regionKey: string;
    /** Names of the stack's profiles that it runs. */
    profiles: string[];
    scans: ScanSchedules;
    /** The control plane first; zones are empty where none are configured. */
    pools: AwsMachinePool[];
    /** Clusters of a group change side by side; groups follow one another in this order. */
    rolloutGroup: number;
    /** Where it stands, for messages: `cluster` or `clusters[1]`. */
    key: string;
    /** Whether its configuration holds a secret; which part of it is one cannot be known. */
    secret: boolean;
};

/** The whole configuration of a stack, checked, with all defaults in. */
export interface Config {
    palette: PaletteSettings;
    /** Name of the Palette project. */
    project: string;
    /** Folders or archives of the custom packs, relative to the project folder, and the registry of each. */
    packs: {
        path: string;
        registry: string;
        /** The image that has to be in the registry under the pack's version: it is promoted, not made anew. */
        digest?: string;
    }[];
    /** Whether content may change under a published version. */
    overwritePacks: boolean;
    /** How many replaced versions of profiles and packs stay; undefined: all, until the stack is destroyed. */
    keepVersions?: number;
    registries: RegistryConfig[];
    profiles: ProfileConfig[];
    clusters: ClusterConfig[];
    /** Whether `clusters` (and not `cluster`) is set: the outputs then name the clusters. */
    severalClusters: boolean;
    allowClusterDeletion: boolean;
}
