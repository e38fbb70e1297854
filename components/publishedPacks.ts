import type * as pulumi from "@pulumi/pulumi";
import type { Config, RegistryConfig } from "./config";
import type { CustomPack } from "./customPack";
import { PackArtifact } from "./packArtifact";
import { packRegistry, type PackRegistry, type RegistryArgs } from "./packRegistry";
import type { FoundRegistry } from "./palette/provider/registryLookup";
import type { StackOwner } from "./palette/resources";
import { paletteRegistry } from "./paletteRegistry";

/** A custom pack in its registry, and in Palette. */
export interface PublishedPack extends CustomPack {
    /** Digest that the registry has: known once the pack is pushed. */
    published: pulumi.Output<string>;
    /** `<repository>:<version>@<digest>`. */
    reference: pulumi.Output<string>;
    /** Uid of its registry in Palette: known once the pack is visible there. */
    registryUid: pulumi.Output<string>;
}

/** What {@link publishPacks} has made. */
export interface PublishedPacks {
    packs: PublishedPack[];
    /** Everything of one pack name in one registry. */
    artifacts: PackArtifact[];
    /** Name of a registry → its uid in Palette, and the URLs of its repositories by pack. */
    registries: Record<
        string,
        { uid: pulumi.Output<string>; repositoryUrls: PackRegistry["repositoryUrls"] }
    >;
}

/**
 * Repositories → images → registration in Palette, for every registry of the stack.
 *
 * @param existing What Palette knows of the registries of kind `existing`, by name.
 */
export function publishPacks(
    config: Config,
    packs: CustomPack[],
    existing: Record<string, FoundRegistry>,
    owner: StackOwner,
): PublishedPacks {
    const result: PublishedPacks = { packs: [], artifacts: [], registries: {} };
    config.registries.forEach((registry, index) => {
        const own = packs.filter((pack) => pack.registry === registry.name);
        const packNames = [...new Set(own.map(({ name }) => name))];
        // The names that stacks had before there could be several registries.
        const formerly = (name: string) => (index === 0 ? { aliases: [{ name }] } : {});
        const repositories = packRegistry(
            registry.name,
            registryArgs(registry, packNames, existing),
            formerly("packs"),
        );
        const artifacts = new Map(
            packNames.map((pack) => {
                const versions = own.filter(({ name }) => name === pack);
                const place = [repositories.access.host, repositories.repositoryPath(pack)];
                const artifact = new PackArtifact(place.filter(Boolean).join("/"), {
                    pack,
                    registry: repositories,
                    versions: Object.fromEntries(
                        versions.map(({ version, path, digest }) => [version, { path, digest }]),
                    ),
                    overwrite: config.overwritePacks,
                    // After the pack, and after one version of it.
                    formerNames: [
                        index === 0 ? pack : `${registry.name}-${pack}`,
                        ...versions.map(({ version }) => `${pack}-${version}`),
                    ],
                });
                return [pack, artifact];
            }),
        );
        const pushed = own.map((pack) => {
            const artifact = artifacts.get(pack.name)!;
            const published = artifact.digests[pack.version]!;
            return { ...pack, published, reference: artifact.references[pack.version]! };
        });
        const { uid } = paletteRegistry(
            registry.name,
            repositories,
            {
                packs: pushed.map(({ name, version, published }) => ({
                    name,
                    version,
                    digest: published,
                })),
                owner,
                adopt: "adopt" in registry && registry.adopt,
                syncTimeout: registry.syncTimeout,
            },
            formerly("registry"),
        );
        result.packs.push(...pushed.map((pack) => ({ ...pack, registryUid: uid })));
        result.artifacts.push(...artifacts.values());
        result.registries[registry.name] = { uid, repositoryUrls: repositories.repositoryUrls };
    });
    return result;
}

function registryArgs(
    registry: RegistryConfig,
    packNames: string[],
    existing: Record<string, FoundRegistry>,
): RegistryArgs {
    return registry.kind === "existing"
        ? { ...registry, packNames, found: existing[registry.name]! }
        : { ...registry, packNames };
}
