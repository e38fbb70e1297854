import * as pulumi from "@pulumi/pulumi";
import type { Config, RegistryConfig } from "../config/config";
import type { CustomPack } from "./customPack";
import { EcrRepositories, type FoundRepository } from "../registries/ecrRepositories";
import { knownValue } from "../config/knownValue";
import { packPush } from "./packPush";
import { archivePath, packRegistry, type PackRegistry, type RegistryArgs } from "../registries/packRegistry";
import type { FoundRegistry } from "../../packages/palette/registry/registryLookup";
import { PackRepository, type StackOwner } from "../../packages/palette/resources";
import { paletteRegistry } from "../registries/paletteRegistry";
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
    name: string;
    access: RegistryAccess;
    /** Path in the registry. */
    path: string;
    pack: string;
    versions: Record<string, { path: string; digest: string }>;
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

/** What was found out before anything is made. */
export interface FoundRegistries {
    /** What Palette knows of the registries of kind `existing`, by name. */
    existing: Record<string, FoundRegistry>;
    /** Host of the ECR of the stack's AWS account and region, where a registry is one. */
    ecrHost?: string;
}

/** Repositories → images → registration in Palette, for every registry of the stack. */
export async function publishPacks(
    config: Config,
    packs: CustomPack[],
    { existing, ecrHost }: FoundRegistries,
    owner: StackOwner,
): Promise<PublishedPacks> {
    const parts = await Promise.all(
        config.registries.map((configured) => {
            const own = packs.filter((pack) => pack.registry === configured.name);
            const registry = packRegistry(registryArgs(configured, existing), ecrHost);
            return publishTo(registry, configured, own, config.overwritePacks, owner);
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
    configured: RegistryConfig,
    packs: CustomPack[],
    overwrite: boolean,
    owner: StackOwner,
): Promise<PublishedPacks> {
    const { args, access } = registry;
    const { name } = args;
    const common = {
        registry: access,
        overwrite,
        forceDelete: args.kind === "ecr" && args.forceDelete,
        keep: args.kind === "ecr" ? (args.existingRepositories ?? false) : access.kind === "ecr",
        owner,
    };
    const repository = (
        path: string,
        pack: string,
        versions: PublishedRepository["versions"],
        dependsOn: PackRepository[] = [],
    ): PublishedRepository => {
        const place = `${access.host}/${path}`;
        const made = { ...common, repository: path, pack, versions };
        const resource = new PackRepository(place, made, { dependsOn });
        return { name: place, access, path, pack, versions, resource };
    };
    // Of an ECR the one that the packs' are below is a repository, too.
    const base = args.kind === "ecr" ? repository(archivePath(args.basePath), "", {}) : undefined;
    const repositories = [...new Set(packs.map((pack) => pack.name))].map((pack) => {
        const versions = packs
            .filter((one) => one.name === pack)
            .map(({ version, path, digest }) => [version, { path, digest }] as const);
        return repository(
            registry.repositoryPath(pack),
            pack,
            Object.fromEntries(versions),
            base && [base.resource],
        );
    });
    const made =
        args.kind === "ecr"
            ? new EcrRepositories(name, {
                  registry: args,
                  access,
                  base: await found(base!),
                  packs: await Promise.all(repositories.map(found)),
                  owner,
              })
            : undefined;
    const push = packPush(
        `${name}-push`,
        {
            access,
            registry: args,
            repositories: Object.fromEntries(repositories.map((one) => [one.path, one])),
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
        const { resource, name: place } = repositories.find((one) => one.pack === pack.name)!;
        const digest = resource.published.apply((digests) => digests[pack.version]!);
        const reference = pulumi.interpolate`${place}:${pack.version}@${digest}`;
        return { ...pack, published: digest, reference, generation: resource.generation };
    });
    const { uid } = paletteRegistry(
        name,
        { ...registry, credentials: made?.credentials ?? registry.credentials },
        {
            packs: published.map(({ name: pack, version, published: digest, generation }) => ({
                name: pack,
                version,
                digest,
                generation,
            })),
            owner,
            adopt: "adopt" in configured && configured.adopt,
            syncTimeout: configured.syncTimeout,
        },
        { dependsOn: push },
    );
    const repositoryUrls = Object.fromEntries(repositories.map((one) => [one.pack, one.name]));
    return {
        packs: published.map((pack) => ({ ...pack, registryUid: uid })),
        repositories,
        registries: { [name]: { uid, repositoryUrls } },
    };
}

/** What the look at a repository has brought, as plain values: they decide which resources there are. */
async function found({
    path,
    resource,
}: Pick<PublishedRepository, "path" | "resource">): Promise<FoundRepository> {
    const managed = await knownValue(resource.managed);
    return { path, resource, managed: managed ?? true, made: await knownValue(resource.made) };
}

function registryArgs(
    registry: RegistryConfig,
    existing: Record<string, FoundRegistry>,
): RegistryArgs {
    return registry.kind === "existing"
        ? { ...registry, found: existing[registry.name]! }
        : registry;
}
