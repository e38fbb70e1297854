import * as pulumi from "@pulumi/pulumi";
import { Command } from "@pulumi/command/local";
import type { StackProfile } from "./clusterProfiles";
import type { StackCluster } from "./clusters";
import { PACK_IMAGES, type PackArtifact } from "./packArtifact";

export interface PackRetentionArgs {
    artifact: PackArtifact;
    /** How many older versions stay. */
    keepVersions: number;
    /** `name:version` of every pack that a profile still holds, known once the clusters have left the others. */
    needed: pulumi.Input<string[]>;
}

/** Removes older versions of a pack from its repository that nothing needs any more. */
export class PackRetention extends pulumi.ComponentResource {
    constructor(name: string, args: PackRetentionArgs, opts?: pulumi.ComponentResourceOptions) {
        const { artifact, keepVersions, needed } = args;
        const { aliases } = artifact;
        super("palette-custom-pack:index:PackRetention", name, {}, { aliases, ...opts });
        new Command(
            `${name}-retention`,
            {
                create: `${PACK_IMAGES} prune`,
                environment: {
                    ...artifact.environment,
                    PACK_HISTORY: artifact.history,
                    PACK_NEEDED: pulumi.output(needed).apply((packs) => JSON.stringify(packs)),
                    PACK_KEEP: String(keepVersions),
                },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}

/**
 * Keeps so many older versions of each pack beside those that the profiles hold; all of them when `keepVersions` is not
 * set.
 */
export function pruneVersions(
    keepVersions: number | undefined,
    artifacts: PackArtifact[],
    profiles: Record<string, StackProfile>,
    clusters: Record<string, StackCluster>,
): void {
    if (keepVersions === undefined) {
        return;
    }
    const held = pulumi
        // They may be a secret for the sake of their digests; what packs they name is none.
        .all(Object.values(profiles).map(({ resource }) => pulumi.unsecret(resource.versions)))
        .apply((versions) => versions.flatMap((of) => (of ?? []).flatMap(({ packs }) => packs)));
    // The clusters are only waited for: until they have moved, they may ask for a version that the profile has left.
    const moved = pulumi.all(Object.values(clusters).map(({ resource }) => resource.uid));
    const needed = pulumi.all([held, moved]).apply(([packs]) => [...new Set(packs)].sort());
    for (const artifact of artifacts) {
        new PackRetention(artifact.name, { artifact, keepVersions, needed });
    }
}
