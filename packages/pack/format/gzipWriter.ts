import { crc32 } from "node:zlib";
import { Deflate, flushes } from "./deflate";

/** Receives compressed bytes and may keep them; a returned promise holds back the next ones. */
export type OnData = (bytes: Uint8Array) => void | Promise<void>;

/** Size in bytes of the stretches that are looked at before they are compressed. */
const STRETCH_SIZE = 128 * 1024;

/** Most bytes that a stored block of deflate holds (RFC 1951, 3.2.4). */
const STORED_BLOCK_SIZE = 0xffff;

/**
 * Writes one gzip member (RFC 1952) whose bytes depend on the content alone, however it is cut: the
 * header has no name and no time.
 */
export class GzipWriter {
    private deflate: Deflate | undefined;
    private readonly ready: Uint8Array[] = [];
    private checksum = 0;
    private size = 0;
    private stretch = Buffer.alloc(0);
    private filled = 0;

    /**
     * @param storing Whether stretches that cannot be compressed (images, archives, random bytes)
     *     are stored as they are, which is much faster and hardly longer.
     */
    constructor(
        private readonly storing: boolean,
        private readonly onData: OnData,
    ) {
        // Magic number, deflate, no flags, no time, usual compression, Unix.
        this.ready.push(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3));
    }

    async write(bytes: Uint8Array): Promise<void> {
        this.checksum = crc32(bytes, this.checksum);
        this.size += bytes.length;
        if (!this.storing) {
            this.compress(bytes);
        } else {
            for (let start = 0; start < bytes.length;) {
                start += this.fill(bytes.subarray(start));
            }
        }
        await this.drain();
    }

    async end(): Promise<void> {
        this.compress(this.stretch.subarray(0, this.filled));
        this.compress(new Uint8Array(0), flushes.finish);
        this.discard();
        const trailer = Buffer.alloc(8);
        trailer.writeUInt32LE(this.checksum, 0);
        trailer.writeUInt32LE(this.size % 2 ** 32, 4);
        this.ready.push(trailer);
        await this.drain();
    }

    /** Takes what fits into the current stretch, and deals with the stretch once it is full. */
    private fill(bytes: Uint8Array): number {
        // A new one each time: what is stored belongs to the consumer.
        if (this.filled === 0) {
            this.stretch = Buffer.allocUnsafeSlow(STRETCH_SIZE);
        }
        const taken = bytes.subarray(0, STRETCH_SIZE - this.filled);
        this.stretch.set(taken, this.filled);
        this.filled += taken.length;
        if (this.filled === STRETCH_SIZE) {
            if (isIncompressible(this.stretch)) {
                this.store(this.stretch);
            } else {
                this.compress(this.stretch);
            }
            this.filled = 0;
        }
        return taken.length;
    }

    /** Gives back what the compressor holds, where the content does not come to its end. */
    discard(): void {
        this.deflate?.close();
        this.deflate = undefined;
    }

    private compress(bytes: Uint8Array, flush: number = flushes.none): void {
        this.deflate ??= new Deflate((piece) => this.ready.push(piece));
        this.deflate.push(bytes, flush);
    }

    /** Ends what was compressed so far on a byte boundary and adds stored blocks. */
    private store(bytes: Uint8Array): void {
        if (this.deflate) {
            this.compress(new Uint8Array(0), flushes.sync);
        }
        this.discard();
        for (let start = 0; start < bytes.length; start += STORED_BLOCK_SIZE) {
            const block = bytes.subarray(start, start + STORED_BLOCK_SIZE);
            const header = Buffer.alloc(5);
            header.writeUInt16LE(block.length, 1);
            header.writeUInt16LE(block.length ^ 0xffff, 3);
            this.ready.push(header, block);
        }
    }

    private async drain(): Promise<void> {
        for (const bytes of this.ready.splice(0)) {
            await this.onData(bytes);
        }
    }
}

/**
 * Whether all byte values are about equally frequent in a stretch, as they are in compressed and in
 * random data, give or take the headers and the padding of a tar: at most 0.6 of 8 bits could be
 * gained. Whole numbers only, so that every machine decides alike.
 */
function isIncompressible(stretch: Uint8Array): boolean {
    const counts = new Uint32Array(256);
    // An iterator over the bytes would take longer than everything else.
    for (let index = 0; index < stretch.length; index += 1) {
        counts[stretch[index]!]! += 1;
    }
    const squares = counts.reduce((sum, count) => sum + count * count, 0);
    return 2 * 256 * squares <= 3 * stretch.length ** 2;
}
