import type { RegistryAccess } from "../../registry/access";
import { lazyRegistry } from "../../registry/lazyRegistry";
import { configuration, palette } from "../api/session";
import type { PublishedPack } from "./synchronization";

/** What of a registry's `spec` decides which packs Palette finds (OpenAPI document: `v1EcrRegistrySpec` and its like). */
interface RegistrySpec {
    providerType?: string;
    baseContentPath?: string;
    isSyncSupported?: boolean;
}

/** Where a pack was published, and how to look at it there. */
export interface PublishedAt {
    /** Path of the registry in Palette's API. */
    path: string;
    subject: string;
    access: RegistryAccess;
    /** Repository prefix before `/spectro-packs/archive`; absent for a legacy registry. */
    basePath?: string;
    /** Path before that prefix in the registry that packs are pushed to. */
    pushPath?: string;
}

/**
 * Looks for the reason why Palette does not show a pack after a synchronization that succeeded: first at how the registry
 * is registered, then at the pack in the registry.
 *
 * @returns a sentence or two, for the user; undefined when everything is as it should be.
 */
export async function whyInvisible(
    at: PublishedAt,
    pack: PublishedPack,
): Promise<string | undefined> {
    return (await registrationProblem(at)) ?? (await contentProblem(at, pack));
}

/** What is wrong with how a registry of packs is registered in Palette; undefined when nothing is. */
export async function registrationProblem({
    path,
    subject,
    basePath,
}: PublishedAt): Promise<string | undefined> {
    if (basePath === undefined) {
        return undefined;
    }
    const { spec = {} } =
        (await palette().find<{ spec?: RegistrySpec }>({ method: "GET", path, subject })) ?? {};
    const { providerType = "helm", baseContentPath = "", isSyncSupported } = spec;
    if (providerType !== "pack") {
        return `Palette has ${subject} with the provider type ${providerType}, so it looks for other things than packs there; it has to be pack: delete the registration in Palette and run pulumi up again`;
    }
    if (baseContentPath.split("/").includes("spectro-packs")) {
        const prefix = baseContentPath.split(/\/?spectro-packs/)[0];
        return `Palette has ${subject} with the base content path ${baseContentPath}; it adds spectro-packs/archive by itself, so the path has to end before that: ${prefix}`;
    }
    if (baseContentPath !== basePath) {
        return `Palette looks below ${baseContentPath || "the registry's root"}, and the pack was published below ${basePath}: run pulumi refresh, then pulumi up`;
    }
    if (isSyncSupported === false) {
        return `Palette has ${subject} with synchronization switched off, and it cannot be switched on: delete the registration in Palette and run pulumi up again`;
    }
    return undefined;
}

async function contentProblem(
    { access, basePath, pushPath }: PublishedAt,
    { name, version, digest }: PublishedPack,
): Promise<string | undefined> {
    const path =
        basePath === undefined
            ? name
            : [pushPath, basePath, "spectro-packs/archive", name].filter(Boolean).join("/");
    const repository = await lazyRegistry().openRepository(
        { registry: access, repository: path, pack: name },
        configuration(),
    );
    try {
        const there = await repository.lookUp([version]);
        if (there?.[version] === undefined) {
            return `${repository.address}:${version} is not in the registry: leave --target and --exclude away, so that the stack pushes it; if that is no reason, run pulumi refresh, then pulumi up`;
        }
        const problem = await repository.problemOf(version, digest);
        return problem && `${problem}; Palette skips such a pack`;
    } finally {
        await repository.close();
    }
}
