import { registrySubject } from "./registryKind";
import type { PaletteClient } from "../api/client";
import { UserError } from "../../pack/userError";

/** A registry as Palette knows it, without its credentials. */
export interface FoundRegistry {
    uid: string;
    /** What it is: an OCI registry on ECR, another OCI registry, or a legacy Spectro registry. */
    kind: "ecr" | "basic" | "spectro";
    /** In Palette's form: ECR a host, the others with a scheme. */
    endpoint: string;
    /** Repository path before `/spectro-packs/archive`; empty for a legacy registry. */
    basePath: string;
}

/** A registry in a list of all (`v1RegistryMetadata`). */
export interface RegistryMetadata {
    uid: string;
    name: string;
    kind?: string;
}

/** What is read of `v1EcrRegistry`, `v1BasicOciRegistry` and `v1PackRegistry`. */
interface Detail {
    spec: { endpoint: string; baseContentPath?: string; providerType?: string };
}

/** The path of an endpoint, without slashes around it. */
export function pathOf(endpoint: string): string {
    return endpoint.replace(/^(https?:\/\/)?[^/]*/, "").replace(/^\/+|\/+$/g, "");
}

/** All registries of the tenant, of every kind: `GET /v1/registries/metadata`. */
export async function listRegistries(
    client: PaletteClient,
    subject: string,
): Promise<RegistryMetadata[]> {
    const { items } = await client.request<{ items?: RegistryMetadata[] | null }>({
        method: "GET",
        path: "/v1/registries/metadata",
        query: { scope: "all" },
        subject,
    });
    return items ?? [];
}

/** The path of a registry in Palette's API. */
export function registryPath(kind: FoundRegistry["kind"], uid: string): string {
    return kind === "spectro" ? `/v1/registries/pack/${uid}` : `/v1/registries/oci/${uid}/${kind}`;
}

/**
 * Finds a registry of packs by its name, with reads that do not answer its credentials.
 *
 * @throws Error when there is none of that name, or several, or it is no registry of packs.
 */
export async function findRegistry(client: PaletteClient, name: string): Promise<FoundRegistry> {
    const subject = registrySubject({ name });
    const get = <T>(path: string) => client.find<T>({ method: "GET", path, subject });
    const items = await listRegistries(client, subject);
    const [registry, namesake] = items.filter((item) => item.name === name);
    if (registry === undefined) {
        const names = items.map((item) => item.name).sort();
        throw new UserError(
            `registries: "${name}" (kind existing) is not known to Palette; it knows ${names.join(", ") || "none"}`,
        );
    }
    if (namesake !== undefined) {
        throw new UserError(
            `registries: Palette has several registries named "${name}" (uids ${registry.uid}, ${namesake.uid}); rename one of them`,
        );
    }
    // Which words Palette has for the kinds is not known for certain: they only say where to look first.
    const kinds = /pack|spectro/i.test(registry.kind ?? "")
        ? (["spectro", "ecr", "basic"] as const)
        : (["ecr", "basic", "spectro"] as const);
    for (const kind of kinds) {
        const found = await get<Detail>(registryPath(kind, registry.uid));
        if (found === undefined) {
            continue;
        }
        const { endpoint, baseContentPath: basePath = "", providerType = "pack" } = found.spec;
        if (kind !== "spectro" && providerType !== "pack") {
            throw new UserError(
                `registries: "${name}" has the provider type ${providerType} in Palette; packs need a registry of type pack`,
            );
        }
        return { uid: registry.uid, kind, endpoint, basePath };
    }
    throw new UserError(
        `registries: "${name}" is a registry of kind ${registry.kind ?? "unknown"} in Palette, which holds no packs`,
    );
}
