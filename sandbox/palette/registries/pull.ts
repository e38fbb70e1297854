import type { Context } from "../context";
import type { Pack } from "../stored";
import { limits, type PackContent, readPack, sha256, store, unpack } from "./archive";
import type { Manifest } from "./oci";
import type { Source } from "./source";

/** A valid pack version in a registry. */
export interface FoundPack {
    content: PackContent;
    digest: string;
    files: string;
}

export interface Pulled {
    /** New or changed versions. */
    found: FoundPack[];
    /** Known packs that are still there, unchanged. */
    kept: Pack[];
    /** Images that are no valid packs, with the reason. */
    refused: { image: string; reason: string }[];
    /** Repositories that are not looked into, with the reason. */
    ignored: { repository: string; reason: string }[];
}

/** `pull` for each of the base content paths. */
export async function pullAll(
    context: Context,
    source: Source,
    options: { baseContentPaths: string[]; known: Pack[]; force: boolean },
): Promise<Pulled> {
    const { baseContentPaths, ...rest } = options;
    const result: Pulled = { found: [], kept: [], refused: [], ignored: [] };
    const prefixes = baseContentPaths.map(prefixOf);
    const names = await source.repositories();
    const reason = `packs lie directly below ${prefixes.join(" or ")}`;
    result.ignored = names
        // The tutorial makes the folder of all packs a repository of its own.
        .filter((name) => !prefixes.some((prefix) => `${name}/`.startsWith(prefix)))
        .map((repository) => ({ repository, reason }));
    for (const baseContentPath of baseContentPaths) {
        const prefix = prefixOf(baseContentPath);
        const repositories = names.filter((name) => name.startsWith(prefix));
        const pulled = await pull(context, source, { ...rest, prefix, repositories });
        // Of a version that lies below two paths the first counts.
        const taken = new Set(
            [...result.found.map(({ content }) => content), ...result.kept].map(label),
        );
        result.found.push(...pulled.found.filter(({ content }) => !taken.has(label(content))));
        result.kept.push(...pulled.kept.filter((pack) => !taken.has(label(pack))));
        result.refused.push(...pulled.refused);
    }
    return result;
}

const label = ({ name, version }: { name: string; version: string }) => `${name}:${version}`;

/** Below it packs lie: Palette adds the rest to the base content path itself. */
function prefixOf(baseContentPath: string): string {
    const base = baseContentPath.replace(/^\/|\/$/g, "");
    return `${base === "" ? "" : `${base}/`}spectro-packs/archive/`;
}

/**
 * Pulls every pack version directly below the prefix ("Add packs to an OCI registry"). `known`: the registry's packs of earlier runs; a version of theirs with the same
 * digest is not pulled again. Throws an Error when the registry can't be read.
 */
async function pull(
    context: Context,
    source: Source,
    options: { prefix: string; repositories: string[]; known: Pack[]; force: boolean },
): Promise<Pulled> {
    const { prefix } = options;
    const pulled: Pulled = { found: [], kept: [], refused: [], ignored: [] };
    for (const repository of options.repositories) {
        const name = repository.slice(prefix.length);
        for (const { tag, digest } of await source.images(repository)) {
            const image = `${repository}:${tag}`;
            if (name.includes("/")) {
                const reason = `packs lie directly below ${prefix}, not deeper`;
                pulled.refused.push({ image, reason });
                continue;
            }
            const known = options.known.find((pack) => pack.name === name && pack.version === tag);
            if (known && keeps(context, known, digest, options.force)) {
                pulled.kept.push(known);
                continue;
            }
            try {
                const found = await pullPack(context, source, { repository, name, tag, known });
                if (found === known) {
                    pulled.kept.push(known as Pack);
                } else {
                    pulled.found.push(found as FoundPack);
                }
            } catch (error) {
                if (!(error instanceof Refusal)) {
                    throw error;
                }
                pulled.refused.push({ image, reason: error.message });
            }
        }
    }
    return pulled;
}

/** The image is no valid pack; the rest of the sync goes on. */
class Refusal extends Error {}

/** Whether a known version needs no look: same content, or changes of it are not taken over. */
function keeps(context: Context, known: Pack, digest: string | undefined, force: boolean): boolean {
    const position = context.switches.get("changedDigest");
    return digest === known.digest || position === "never" || (position === "forcedSync" && !force);
}

async function pullPack(
    context: Context,
    source: Source,
    image: { repository: string; name: string; tag: string; known?: Pack },
): Promise<FoundPack | Pack> {
    const { client } = source;
    const { digest, manifest } = await client.manifest(image.repository, image.tag);
    if (image.known?.digest === digest) {
        return image.known;
    }
    const layer = refuse(() => layerOf(context, manifest));
    const archive = await client.blob(image.repository, layer, limits.compressed);
    try {
        const files = await unpack(archive, context.switches.get("archiveLayout") === "anyRoot");
        const content = readPack(files, image.name, image.tag);
        return { content, digest, files: store(context.dir, sha256(archive), files) };
    } catch (error) {
        throw new Refusal((error as Error).message);
    }
}

function refuse<T>(read: () => T): T {
    try {
        return read();
    } catch (error) {
        throw new Refusal((error as Error).message);
    }
}

/** Digest of the one layer of a manifest in the shape that ORAS 1.0 makes; throws for others. */
function layerOf(context: Context, manifest: Manifest): string {
    const anyShape = context.switches.get("manifestShape") === "v1.1";
    const { config, layers = [], artifactType } = manifest;
    if (manifest.mediaType !== "application/vnd.oci.image.manifest.v1+json") {
        throw new Error(`the manifest is of type ${manifest.mediaType}, not an OCI image manifest`);
    }
    if (!anyShape && artifactType !== undefined) {
        throw new Error(
            `the manifest has an artifactType (${artifactType}): image-spec v1.0 has none`,
        );
    }
    if (!anyShape && config?.mediaType !== "application/vnd.unknown.config.v1+json") {
        throw new Error(
            `the config is of type ${config?.mediaType}, not application/vnd.unknown.config.v1+json`,
        );
    }
    const [layer] = layers;
    const first = context.switches.get("packLayers") === "first";
    if ((layers.length !== 1 && !first) || layer?.digest === undefined) {
        throw new Error(`the manifest has ${layers.length} layers, a pack has one`);
    }
    const types = ["application/vnd.oci.image.layer.v1.tar"];
    if (context.switches.get("layerMediaType") === "tarOrGzip") {
        types.push("application/vnd.oci.image.layer.v1.tar+gzip");
    }
    if (!types.includes(layer.mediaType ?? "")) {
        throw new Error(`the layer is of type ${layer.mediaType}, not ${types.join(" or ")}`);
    }
    const title = layer.annotations?.["org.opencontainers.image.title"];
    if (title === undefined || title === "" || title.includes("/")) {
        throw new Error(
            `the layer's title is ${JSON.stringify(title)}: it must be the archive's bare file name`,
        );
    }
    if ((layer.size ?? 0) > limits.compressed) {
        throw new Error(`the layer has ${layer.size} bytes, more than ${limits.compressed}`);
    }
    return layer.digest;
}
