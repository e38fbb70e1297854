import { createReadStream, statSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import type { Readable } from "node:stream";

/** One plain file of a pack. */
export interface PackFile {
    /** Path inside the pack, with forward slashes. */
    path: string;
    /** Size in bytes. */
    size: number;
    /** The content as a stream. */
    open(): Readable;
}

/** A file on disk that is in no pack. */
export function fileOnDisk(path: string): PackFile {
    return { path, size: statSync(path).size, open: () => createReadStream(path) };
}

/** Whole content of a file. */
export function readFileOf(file: PackFile): Promise<Buffer> {
    return buffer(file.open());
}

/** Content of a small text file, decoded as UTF-8 with bad bytes replaced. */
export async function readTextOf(file: PackFile): Promise<string> {
    return (await readFileOf(file)).toString("utf8");
}
