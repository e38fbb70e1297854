import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { sha256 } from "../format/ociManifest";
import { isMapping } from "../format/sourceDocument";
import { archiveLimits } from "../format/tarReader";
import { orasFor } from "./oras";
import { repositoryOf, type RegistryOptions } from "./reference";
import { UserError } from "../userError";

/** A pack that was fetched from a registry. */
export interface PulledPack {
    reference: string;
    /** The manifest byte for byte, and its digest. */
    manifest: string;
    manifestDigest: string;
    /** Path of the archive, in a temporary folder. */
    archive: string;
    /** Removes that folder. */
    remove(): Promise<void>;
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
    const repository = repositoryOf(reference);
    if (repository === undefined) {
        throw new UserError(`${reference} is not a reference to a pack.`);
    }
    const oras = orasFor(reference, options);
    const manifest = await oras("manifest", "fetch", reference);
    const layer = packLayer(manifest, reference);
    const folder = await mkdtemp(join(tmpdir(), "pack-"));
    const remove = () => rm(folder, { recursive: true, force: true });
    try {
        const archive = join(folder, archiveName(layer.title));
        await oras("blob", "fetch", "--output", archive, `${repository}@${layer.digest}`);
        return { reference, manifest, manifestDigest: sha256(manifest), archive, remove };
    } catch (error) {
        await remove();
        throw error;
    }
}

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
    if (!Array.isArray(layers)) {
        return refuse("it is not an image manifest");
    }
    if (layers.length !== 1) {
        return refuse(`its manifest has ${layers.length} layers instead of 1`);
    }
    const [layer] = layers as unknown[];
    if (!isMapping(layer) || typeof layer.digest !== "string" || typeof layer.size !== "number") {
        return refuse("its layer has no digest and size");
    }
    if (layer.size > archiveLimits.unpackedBytes) {
        return refuse(`it has ${layer.size} bytes`);
    }
    const annotations = isMapping(layer.annotations) ? layer.annotations : {};
    const title = annotations["org.opencontainers.image.title"];
    return { digest: layer.digest, title: typeof title === "string" ? title : "" };
}

/** File name for what a registry calls `title`, which may be anything. */
function archiveName(title: string): string {
    const name = basename(title);
    return /^\w[\w.+-]*\.tar\.gz$/.test(name) ? name : "pack.tar.gz";
}
