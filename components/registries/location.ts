import { brokenNameRule } from "../config/names";
import type { RegistryConfig } from "../config/registryKeys";
import { pathOf } from "../../packages/palette/registry/registryLookup";
import { hostOf } from "../../packages/registry/host";
import type { PackRegistry, PushEntry, RegistryContext, Transport } from "./registryKind";

/** The repository below which those of the packs are, as Palette looks for them. */
export function archivePath(basePath: string): string {
    return `${basePath}/spectro-packs/archive`;
}

/** The path of a pack's repository where Palette looks for packs below a prefix. */
export function pathBelow(prefix: string, pack: string): string {
    return `${archivePath(prefix)}/${pack}`;
}

/** What {@link locate} answers: the part of a registry that its transport decides. */
type Located = Pick<
    PackRegistry,
    | "name"
    | "access"
    | "endpoint"
    | "forceDelete"
    | "keepRepositories"
    | "repositoryPath"
    | "repositoryMistake"
    | "pushConfig"
>;

/**
 * Where the packs of a registry are, and how they get there.
 *
 * @param place.basePath Path before `/spectro-packs/archive`; absent for a registry without such paths.
 * @param place.isBasePathConfigured The stack's configuration says so, under `basePath`.
 */
export function locate(
    transport: Transport,
    entry: RegistryConfig & PushEntry,
    { key }: RegistryContext,
    place: { endpoint: string; basePath?: string; isBasePathConfigured?: boolean },
): Located {
    const { name, pushEndpoint } = entry;
    const { endpoint, basePath = "", isBasePathConfigured } = place;
    const prefix = [pathOf(pushEndpoint ?? ""), basePath].filter(Boolean).join("/");
    const repositoryPath = (pack: string) => transport.repositoryPath(prefix, pack);
    return {
        name,
        access: { name, kind: transport.kind, host: hostOf(pushEndpoint || endpoint) },
        endpoint,
        forceDelete: false,
        keepRepositories: transport.needsRepositories,
        repositoryPath,
        repositoryMistake({ name: pack, path }) {
            const repository = repositoryPath(pack);
            const broken =
                transport.repositoryNames && brokenNameRule(transport.repositoryNames, repository);
            return (
                broken &&
                `${path}: the repository of ${pack} in registry ${name} would be ${repository}: ${broken}; ` +
                    `change name in ${path}/pack.json` +
                    (isBasePathConfigured ? `, or ${key}.basePath` : "")
            );
        },
        pushConfig: () => transport.pushConfig(entry),
    };
}
