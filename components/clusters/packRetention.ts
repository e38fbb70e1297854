import * as pulumi from "@pulumi/pulumi";
import type { StackProfile } from "../profiles/clusterProfiles";
import type { StackCluster } from "./clusters";
import { PackRetention, type StackOwner } from "../../packages/palette/resources";
import type { PublishedRepository } from "../packs/publishedPacks";

/**
 * Keeps so many older versions of each pack beside those that the profiles hold; all of them when `keepVersions` is not
 * set.
 */
export function pruneVersions(
    keepVersions: number | undefined,
    repositories: PublishedRepository[],
    profiles: Record<string, StackProfile>,
    clusters: Record<string, StackCluster>,
    owner: StackOwner,
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
    for (const { name, access, path, pack, resource } of repositories) {
        new PackRetention(`${name}-retention`, {
            registry: access,
            repository: path,
            pack,
            images: resource.images,
            current: resource.published.apply((published) => Object.values(published).sort()),
            needed,
            keepVersions,
            ownerId: owner.id,
        });
    }
}
