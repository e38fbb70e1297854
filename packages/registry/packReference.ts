import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { PackRegistry, PulledPack, RegistryOptions } from "../pack/cli/packRegistry";
import { findOras } from "./oras";
import { sha256 } from "../pack/format/ociManifest";
import { isMapping } from "../pack/format/positioned";
import { archiveLimits } from "../pack/format/tarReader";
import { UserError } from "../pack/userError";

const referencePattern =
    /^(?<repository>(?:localhost|[A-Za-z0-9][A-Za-z0-9-]*(?=[.:])[A-Za-z0-9.-]*)(?::\d+)?(?:\/[a-z0-9._-]+)+)(?:(?::\w[\w.-]{0,127})?@sha256:[0-9a-f]{64}|:\w[\w.-]{0,127})$/;

/**
 * Whether a text names a pack in a registry: `host[:port]/repository:version` or `…@sha256:…`. The
 * host needs a point or a port, unless it is localhost.
 */
export function isPackReference(text: string): boolean {
    return referencePattern.test(text);
}

/**
 * Fetches a pack with oras, which takes the credentials from the user's Docker configuration. The
 * blob is fetched as it is: `oras pull` would write files under names of the registry's choice.
 *
 * @throws Error when oras is missing or fails, or when what is there is no pack.
 */
export async function pullPack(
    reference: string,
    options: RegistryOptions = {},
): Promise<PulledPack> {
    const repository = referencePattern.exec(reference)?.groups?.repository;
    if (repository === undefined) throw new UserError(`${reference} is not a reference to a pack.`);
    const oras = findOras();
    const flags = [
        ...(options.plainHttp ? ["--plain-http"] : []),
        ...(options.insecure ? ["--insecure"] : []),
        ...(options.caFile === undefined ? [] : ["--ca-file", options.caFile]),
    ];
    const run = (...args: string[]) => runOras(oras, [...args, ...flags], reference);
    const manifest = await run("manifest", "fetch", reference);
    const layer = packLayer(manifest, reference);
    const folder = await mkdtemp(join(tmpdir(), "pack-"));
    const remove = () => rm(folder, { recursive: true, force: true });
    try {
        const archive = join(folder, archiveName(layer.title));
        await run("blob", "fetch", "--output", archive, `${repository}@${layer.digest}`);
        return { reference, manifest, manifestDigest: sha256(manifest), archive, remove };
    } catch (error) {
        await remove();
        throw error;
    }
}

/** Packs in registries, for the pack command. */
export const packReferences: PackRegistry = { isReference: isPackReference, pull: pullPack };

/** The one layer of a pack's manifest. @throws Error when the manifest is of another kind. */
function packLayer(manifest: string, reference: string): { digest: string; title: string } {
    const refuse = (what: string): never => {
        throw new UserError(`${reference} is no pack: ${what}.`);
    };
    let parsed: unknown;
    try {
        parsed = JSON.parse(manifest);
    } catch {
        return refuse("its manifest is not JSON");
    }
    const layers = isMapping(parsed) ? parsed.layers : undefined;
    if (!Array.isArray(layers)) return refuse("it is not an image manifest");
    if (layers.length !== 1) return refuse(`its manifest has ${layers.length} layers instead of 1`);
    const [layer] = layers as unknown[];
    if (!isMapping(layer) || typeof layer.digest !== "string" || typeof layer.size !== "number") {
        return refuse("its layer has no digest and size");
    }
    if (layer.size > archiveLimits.unpackedBytes) return refuse(`it has ${layer.size} bytes`);
    const annotations = isMapping(layer.annotations) ? layer.annotations : {};
    const title = annotations["org.opencontainers.image.title"];
    return { digest: layer.digest, title: typeof title === "string" ? title : "" };
}

/** File name for what a registry calls `title`, which may be anything. */
function archiveName(title: string): string {
    const name = basename(title);
    return /^\w[\w.+-]*\.tar\.gz$/.test(name) ? name : "pack.tar.gz";
}

function runOras(oras: string, args: readonly string[], reference: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const child = execFile(
            oras,
            args,
            { maxBuffer: 16 * 1024 * 1024 },
            (error, stdout, stderr) => {
                if (!error) return resolve(stdout);
                const reason = stderr.trim().replace(/^Error( response from registry)?: /, "");
                const help = /unauthorized|denied|basic credential/i.test(reason)
                    ? `\nLog in first: oras login ${reference.slice(0, reference.indexOf("/"))}`
                    : "";
                reject(new UserError(`${reference}: ${reason || error.message}${help}`));
            },
        );
        child.stdin?.end();
    });
}
