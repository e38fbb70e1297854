import { createHash, randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ociManifest, sha256 } from "./ociManifest";
import type { Pack } from "./pack";
import { writeTarGz } from "./tarWriter";

/**
 * What a pack is in a registry: one archive and the manifest that names it. All digests are
 * `sha256:…`.
 */
export interface Artifact {
    /** Bare archive name, `<name>-<version>.tar.gz`, which is also the title of the layer. */
    title: string;
    /** Digest and size in bytes of the archive. */
    layerDigest: string;
    layerSize: number;
    /** Digest of the manifest, known before any push. */
    manifestDigest: string;
    /** The manifest itself, byte for byte. */
    manifest: string;
}

/**
 * Computes the artifact of a pack without keeping its bytes. The same content gives the same
 * digests on every machine.
 *
 * @throws Error when a file cannot be read or changes its size meanwhile.
 */
export function describeArtifact(pack: Pack): Promise<Artifact> {
    return build(pack, () => undefined);
}

/**
 * Writes the archive of a pack to the path `destination`, in place of a file that may be there; a
 * run that fails leaves that file alone.
 *
 * @throws Error when a file of the pack cannot be read or changes its size meanwhile, or on a
 *     failed write.
 */
export async function writeArchive(pack: Pack, destination: string): Promise<Artifact> {
    const partial = join(dirname(destination), `.${randomUUID()}-${basename(destination)}`);
    const file = await open(partial, "wx");
    try {
        const artifact = await build(pack, async (bytes) => {
            await file.writeFile(bytes);
        });
        await file.close();
        await rename(partial, destination);
        return artifact;
    } catch (error) {
        await file.close().catch(() => undefined);
        await rm(partial, { force: true });
        throw error;
    }
}

async function build(
    pack: Pack,
    onData: (bytes: Uint8Array) => void | Promise<void>,
): Promise<Artifact> {
    const root = `${pack.name}-${pack.version}`;
    const hash = createHash("sha256");
    let layerSize = 0;
    const inputs = pack.files.map((file) => ({ ...file, path: `${root}/${file.path}` }));
    await writeTarGz(inputs, (bytes) => {
        hash.update(bytes);
        layerSize += bytes.length;
        return onData(bytes);
    });
    const title = `${root}.tar.gz`;
    const layerDigest = `sha256:${hash.digest("hex")}`;
    const manifest = ociManifest({ title, digest: layerDigest, size: layerSize });
    return { title, layerDigest, layerSize, manifestDigest: sha256(manifest), manifest };
}
