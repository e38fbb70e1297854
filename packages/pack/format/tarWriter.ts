import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack as tarPack } from "tar-stream";
import { GzipWriter, type OnData } from "./gzipWriter";

/**
 * The one time stamp in everything that is built: `mtime` of every tar entry, and the `created`
 * annotation of the OCI manifest. Not the Unix epoch, because some tar programs warn about that on
 * extraction.
 */
export const archiveTime = new Date("1980-01-01T00:00:00Z");

/**
 * Archives of more content than this, in bytes, store what cannot be compressed. The largest public
 * pack has a third of it: what the smaller ones become, and with it their digest, stays as it is.
 */
const STORING_FROM = 16 * 1024 * 1024;

/** One file to be written into a tar archive. */
export interface TarInput {
    /** Path in the archive, with forward slashes. */
    path: string;
    /** Size in bytes; writing fails when the content has another size. */
    size: number;
    /** The content, opened when its turn comes. */
    open(): Readable;
}

/**
 * Writes a gzip-compressed tar whose bytes depend on paths and contents alone: entries in bytewise
 * order with a folder entry before its files, ustar headers (PAX for paths that don't fit), owner 0,
 * mode 0644 for files (Palette runs none of them), and one time stamp.
 *
 * @param onData Receives the compressed bytes piece by piece.
 */
export async function writeTarGz(inputs: readonly TarInput[], onData: OnData): Promise<void> {
    const tar = tarPack();
    const feeding = feed(tar, inputs).catch((error) => {
        tar.destroy(error as Error);
        throw error;
    });
    // Awaited at the end; without this, an early failure would count as unhandled.
    feeding.catch(() => undefined);

    const size = inputs.reduce((sum, input) => sum + input.size, 0);
    const gzip = new GzipWriter(size > STORING_FROM, onData);
    try {
        for await (const bytes of tar as AsyncIterable<Uint8Array>) {
            await gzip.write(bytes);
        }
        await feeding;
        await gzip.end();
    } finally {
        gzip.discard();
    }
}

async function feed(tar: ReturnType<typeof tarPack>, inputs: readonly TarInput[]): Promise<void> {
    const common = { uid: 0, gid: 0, mtime: archiveTime };
    for (const entry of withFolders(inputs)) {
        if (typeof entry === "string") {
            tar.entry({ ...common, name: entry, type: "directory", mode: 0o755 });
            continue;
        }
        const header = {
            ...common,
            name: entry.path,
            type: "file",
            mode: 0o644,
            size: entry.size,
        } as const;
        await pipeline(entry.open(), tar.entry(header));
    }
    tar.finalize();
}

/**
 * All files and, as strings that end with a slash, the folders they are in, in bytewise order of
 * their paths.
 */
function withFolders(inputs: readonly TarInput[]): (TarInput | string)[] {
    const folders = new Set<string>();
    for (const { path } of inputs) {
        for (let end = path.indexOf("/"); end !== -1; end = path.indexOf("/", end + 1)) {
            folders.add(path.slice(0, end + 1));
        }
    }
    const pathOf = (entry: TarInput | string) => (typeof entry === "string" ? entry : entry.path);
    return [...folders, ...inputs]
        .map((entry) => ({ entry, key: Buffer.from(pathOf(entry)) }))
        .sort((a, b) => Buffer.compare(a.key, b.key))
        .map(({ entry }) => entry);
}
