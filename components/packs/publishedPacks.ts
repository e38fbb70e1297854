import * as pulumi from "@pulumi/pulumi";
import type { Config } from "../config/config";
import type * as clusterChanges from "./clusterChanges";
import type { CustomPack } from "./customPack";
import { repositoryResourceName } from "../config/names";
import { knownValue } from "../config/knownValue";
import { packPush } from "./packPush";
import type { PackRegistry, ResolvedRepository } from "../registries/registryKind";
import { PackRepository, type StackOwner } from "../../packages/palette/resources";
import type { RegistryAccess } from "../../packages/registry/access";

/** A custom pack in its registry, and in Palette. */
export interface PublishedPack extends CustomPack {
    /** Digest that the registry has, or gets. */
    published: pulumi.Output<string>;
    /** `<repository>:<version>@<digest>`. */
    reference: pulumi.Output<string>;
    /** Uid of its registry in Palette: known once the pack is visible there. */
    registryUid: pulumi.Output<string>;
}

/** A repository with all wanted versions of a pack. */
export interface PublishedRepository {
    /** `host/path`. */
    address: string;
    /** Name of its resources. */
    name: string;
    access: RegistryAccess;
    /** Path in the registry. */
    path: string;
    pack: string;
    versions: Record<string, { path: string; digest: string; pinnedDigest?: string }>;
    resource: PackRepository;
}

/** What {@link publishPacks} has made. */
export interface PublishedPacks {
    packs: PublishedPack[];
    repositories: PublishedRepository[];
    /** Name of a registry → its uid in Palette, and the URLs of its repositories by pack. */
    registries: Record<
        string,
        { uid: pulumi.Output<string>; repositoryUrls: Record<string, string> }
    >;
}

/** Repositories → images → registration in Palette, for every registry of the stack. */
export async function publishPacks(
    config: Pick<Config, "overwritePacks">,
    packs: CustomPack[],
    registries: Record<string, PackRegistry>,
    owner: StackOwner,
): Promise<PublishedPacks> {
    const parts = await Promise.all(
        Object.values(registries).map((registry) => {
            const own = packs.filter((pack) => pack.registry === registry.name);
            return publishTo(registry, own, config.overwritePacks, owner);
        }),
    );
    return {
        packs: parts.flatMap((part) => part.packs),
        repositories: parts.flatMap((part) => part.repositories),
        registries: Object.assign({}, ...parts.map((part) => part.registries)),
    };
}

async function publishTo(
    registry: PackRegistry,
    packs: CustomPack[],
    overwrite: boolean,
    owner: StackOwner,
): Promise<PublishedPacks> {
    const { name, access } = registry;
    const common = {
        registry: access,
        overwrite,
        forceDelete: registry.forceDelete,
        keep: registry.keepRepositories,
        owner,
    };
    const repository = (
        path: string,
        pack: string,
        versions: PublishedRepository["versions"],
        dependsOn: PackRepository[] = [],
    ): PublishedRepository => {
        const address = `${access.host}/${path}`;
        const name = repositoryResourceName(pack, address);
        const made = { ...common, repository: path, pack, versions };
        const resource = new PackRepository(name, made, { dependsOn });
        return { address, name, access, path, pack, versions, resource };
    };
    const created = registry.repositories;
    const base = created && repository(created.basePath, "", {});
    const repositories = [...new Set(packs.map((pack) => pack.name))].map((pack) => {
        const versions = packs
            .filter((candidate) => candidate.name === pack)
            .map(({ version, path, digest, pinnedDigest }) => {
                const pinned = pinnedDigest !== undefined && { pinnedDigest };
                return [version, { path, digest, ...pinned }] as const;
            });
        return repository(
            registry.repositoryPath(pack),
            pack,
            Object.fromEntries(versions),
            base && [base.resource],
        );
    });
    // As a plain value, where it is known: the engine deletes what is named after an output before it replaces the output's
    // resource, and the owner token refuses that.
    const id = (await knownValue(pulumi.output(owner.id))) ?? owner.id;
    const made = created?.create(name, {
        base: await resolve(base!),
        packs: await Promise.all(repositories.map(resolve)),
        owner: { ...owner, id },
    });
    const push = packPush(
        `${name}-push`,
        {
            registry,
            repositories: Object.fromEntries(repositories.map((entry) => [entry.path, entry])),
            overwrite,
        },
        {
            dependsOn: [
                ...repositories.map(({ resource }) => resource),
                ...(made?.resources ?? []),
            ],
        },
    );
    const published = packs.map((pack) => {
        const { resource, address } = repositories.find((candidate) => candidate.pack === pack.name)!;
        const digest = resource.published.apply((digests) => digests[pack.version]!);
        const reference = pulumi.interpolate`${address}:${pack.version}@${digest}`;
        return { ...pack, published: digest, reference, generation: resource.generation };
    });
    const credentials = made?.credentials ?? registry.credentials;
    const { uid } = registry.register(
        name,
        {
            packs: published.map(({ name: pack, version, published: digest, generation }) => ({
                name: pack,
                version,
                digest,
                generation,
            })),
            owner,
            ...(credentials && { credentials }),
        },
        { dependsOn: push },
    );
    // Last, when the engine has everything to work on.
    if (pulumi.runtime.isDryRun()) {
        // Loaded only in a preview: it takes a third of a second.
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        const { showClusterChanges } = require("./clusterChanges") as typeof clusterChanges;
        await Promise.all(
            repositories.map((repository) => showClusterChanges(registry, repository)),
        );
    }
    const repositoryUrls = Object.fromEntries(repositories.map((entry) => [entry.pack, entry.address]));
    return {
        packs: published.map((pack) => ({ ...pack, registryUid: uid })),
        repositories,
        registries: { [name]: { uid, repositoryUrls } },
    };
}

/** What the look at a repository has brought, as plain values: they decide which resources there are. */
async function resolve({
    name,
    path,
    resource,
}: Pick<PublishedRepository, "name" | "path" | "resource">): Promise<ResolvedRepository> {
    const managed = await knownValue(resource.managed);
    return { name, path, resource, managed: managed ?? true, generation: await knownValue(resource.repositoryGeneration) };
}
