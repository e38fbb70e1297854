import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { UserError } from "../userError";

/** Caps that protect a reader from archives made to exhaust it. */
export interface ArchiveLimits {
    /** Number of entries, folders included. */
    entries: number;
    /** Bytes after decompression. */
    unpackedBytes: number;
    /** Decompressed to compressed bytes, looked at once an archive has more than 16 MiB. */
    ratio: number;
}

/** Far above every real pack (the largest public one has 426 files in 5 MB). */
export const archiveLimits: ArchiveLimits = { entries: 20_000, unpackedBytes: 2 ** 31, ratio: 200 };

const RATIO_FROM = 16 * 1024 * 1024;

/** An archive is cut off, damaged, of another format, or above a limit. */
export class ArchiveError extends UserError {
    constructor(
        message: string,
        /** Whether a limit was the reason. */
        readonly limit: boolean = false,
    ) {
        super(message);
    }
}

/** One entry of a tar archive as its header tells it: nothing about it has been checked. */
export interface TarEntry {
    /** Path as recorded, possibly absolute, with `..`, or with a leading `./`. */
    path: string;
    /**
     * tar's type, for example `file`, `directory`, `symlink`; `unknown` for anything out of the
     * ordinary.
     */
    type: string;
    /** Bytes of content. */
    size: number;
    /** The content; usable until the archive is closed. */
    open(): Readable;
}

/** An opened archive. */
export interface TarArchive {
    entries: TarEntry[];
    /** Gives back the space that the decompressed content takes. */
    close(): void;
}

/**
 * Opens a gzip-compressed tar. Nothing is extracted under a recorded name: the decompressed bytes
 * go to one unnamed temporary file, and entries are ranges of it, so memory stays flat and no path
 * of the archive is ever used.
 *
 * @throws ArchiveError when the archive cannot be read or is above a limit; a system error for the
 *     file itself.
 */
export async function openTarGz(
    input: () => Readable,
    limits = archiveLimits,
): Promise<TarArchive> {
    const spool = new Spool();
    try {
        const entries = await readEntries(input(), spool, limits);
        return { entries, close: () => spool.close() };
    } catch (error) {
        spool.close();
        throw archiveErrorFrom(error);
    }
}

/** A temporary file without a name: the system removes it when it is closed, also after a crash. */
class Spool {
    private descriptor: number | undefined;

    constructor() {
        const folder = mkdtempSync(join(tmpdir(), "pack-"));
        try {
            this.descriptor = openSync(join(folder, "tar"), "wx+", 0o600);
        } finally {
            rmSync(folder, { recursive: true });
        }
    }

    append(bytes: Buffer): void {
        for (let done = 0; done < bytes.length;) {
            done += writeSync(this.opened(), bytes, done);
        }
    }

    async *read(start: number, size: number): AsyncIterable<Buffer> {
        for (let done = 0; done < size;) {
            const piece = Buffer.allocUnsafe(Math.min(size - done, 64 * 1024));
            const count = readSync(this.opened(), piece, 0, piece.length, start + done);
            if (count === 0) {
                throw new ArchiveError("unexpected end of the archive");
            }
            yield piece.subarray(0, count);
            done += count;
        }
    }

    close(): void {
        if (this.descriptor !== undefined) {
            closeSync(this.descriptor);
        }
        this.descriptor = undefined;
    }

    private opened(): number {
        if (this.descriptor === undefined) {
            throw new ArchiveError("the archive is closed");
        }
        return this.descriptor;
    }
}

async function readEntries(
    input: Readable,
    spool: Spool,
    limits: ArchiveLimits,
): Promise<TarEntry[]> {
    const entries: TarEntry[] = [];
    let packed = 0;
    let unpacked = 0;
    input.on("data", (bytes: Buffer) => (packed += bytes.length));
    input.pause();

    async function* spoolAndCap(source: AsyncIterable<Buffer>) {
        for await (const bytes of source) {
            unpacked += bytes.length;
            if (unpacked > limits.unpackedBytes) {
                throw new ArchiveError(`more than ${limits.unpackedBytes} bytes unpacked`, true);
            }
            if (unpacked > RATIO_FROM && unpacked > packed * limits.ratio) {
                throw new ArchiveError(`more than ${limits.ratio} times its size unpacked`, true);
            }
            spool.append(bytes);
            yield bytes;
        }
    }

    const tar = extract();
    tar.on("entry", (header, content, next) => {
        // The error that ends the archive ends its current entry too, and reaches the pipeline
        // either way.
        content.on("error", () => undefined);
        if (entries.length >= limits.entries) {
            next(new ArchiveError(`more than ${limits.entries} entries`, true));
            return;
        }
        entries.push(toEntry(header as LocatedHeader, spool));
        content.on("end", () => next());
        content.resume();
    });
    await pipeline(input, createGunzip(), spoolAndCap, tar);
    return entries;
}

/**
 * tar-stream tells where the content begins in the decompressed archive, but does not declare it.
 */
type LocatedHeader = Header & { byteOffset: number };

function toEntry(header: LocatedHeader, spool: Spool): TarEntry {
    const { byteOffset: start, size } = header;
    return {
        path: header.name,
        type: header.type === "contiguous-file" ? "file" : (header.type ?? "unknown"),
        size,
        open: () => Readable.from(spool.read(start, size), { objectMode: false }),
    };
}

/**
 * Reading errors of gzip and tar come as plain errors of their libraries; those of the file system
 * stay as they are.
 */
function archiveErrorFrom(error: unknown): unknown {
    if (error instanceof ArchiveError) {
        return error;
    }
    const { code, message } = error as NodeJS.ErrnoException;
    const ofFile = code !== undefined && /^E[A-Z]+$/.test(code);
    return ofFile ? error : new ArchiveError(readableReason(code, message));
}

/** What the libraries of gzip and tar say, in words of who made the archive. */
function readableReason(code: string | undefined, message: string): string {
    if (/header check|gunzip|not in gzip/i.test(message)) {
        return "it is not compressed with gzip";
    }
    if (code === "Z_BUF_ERROR" || /unexpected end/i.test(message)) {
        return "it is cut off";
    }
    if (code?.startsWith("Z_")) {
        return "it is damaged";
    }
    if (/tar header|checksum/i.test(message)) {
        return "it holds no tar archive";
    }
    return message;
}
