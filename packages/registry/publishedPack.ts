import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pack } from "../pack/format/pack";
import { readPack } from "../pack/check/readPack";
import type { OrasClient } from "./orasClient";
import { UserError } from "../pack/userError";

/** What of an OCI manifest matters here. */
interface Manifest {
    layers?: { digest: string }[];
}

/**
 * Does something with a pack that a registry holds.
 *
 * @throws Error when what is there under the version is no pack.
 */
export async function withPublishedPack<T>(
    oras: OrasClient,
    repository: string,
    version: string,
    work: (pack: Pack) => Promise<T>,
): Promise<T> {
    const reference = `${repository}:${version}`;
    const manifest: Manifest = JSON.parse((await oras.manifestOf(reference)) ?? "{}");
    const [layer, ...rest] = manifest.layers ?? [];
    if (layer === undefined || rest.length > 0) {
        throw new UserError(`${reference} is no pack: its manifest has not exactly one layer`);
    }
    const folder = await mkdtemp(join(tmpdir(), "published-pack-"));
    try {
        const file = join(folder, "pack.tar.gz");
        await oras.fetchBlob(repository, layer.digest, file);
        return await withPack(file, work);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

/** Does something with a pack of this machine's. */
export async function withPack<T>(path: string, work: (pack: Pack) => Promise<T>): Promise<T> {
    const pack = await readPack(path);
    try {
        return await work(pack);
    } finally {
        pack.close();
    }
}
