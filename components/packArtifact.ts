import type * as pulumi from "@pulumi/pulumi";
import type { PackRegistry } from "./packRegistry";

export interface PackArtifactArgs {
    /** Name of the pack, which is the last segment of its repository. */
    pack: string;
    /** Where it goes. */
    registry: PackRegistry;
    /** All wanted versions of the pack → its folder or archive, and the digest of the OCI manifest it makes. */
    versions: Record<string, { path: string; digest: string }>;
    /** Content may change under a published version: development stacks. */
    overwrite: boolean;
    /**
     * How many older versions that this stack has pushed stay beside the wanted ones; absent: all, until destroy. They
     * are pruned by {@link PackRetention}.
     */
    keepVersions?: number;
}

/** One pack's repository contents: every wanted version, pushed. Name the resource after the pack. */
export declare class PackArtifact {
    constructor(name: string, args: PackArtifactArgs, opts?: pulumi.ComponentResourceOptions);
    /** Version → `<repository>:<version>@<digest>`. */
    readonly references: Record<string, pulumi.Output<string>>;
    /** Version → digest that the registry has: known once it is pushed. */
    readonly digests: Record<string, pulumi.Output<string>>;
    /** What the stack has pushed so far, as JSON: input of {@link PackRetention}. */
    readonly history: pulumi.Output<string>;
}

export interface PackRetentionArgs {
    artifact: PackArtifact;
    /** How many older versions stay. */
    keepVersions: number;
    /**
     * `name:version` of every pack that a profile still holds: `versions[].packs` of the ClusterProfiles, through an
     * output of the clusters, so that pruning comes after them.
     */
    needed: pulumi.Input<pulumi.Input<string>[]>;
}

/** Removes older versions of a pack that nothing needs any more, after the clusters have left them. */
export declare class PackRetention {
    constructor(name: string, args: PackRetentionArgs, opts?: pulumi.ComponentResourceOptions);
}
