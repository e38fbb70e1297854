import { zlibModule } from "./zlibModule";

/** How much leaves the compressor at a call (zlib manual, "flush"). */
export const flushes = { none: 0, sync: 2, finish: 4 } as const;

/** What Node.js has and its types leave out. */
declare const WebAssembly: {
    Module: new (bytes: Uint8Array) => object;
    Instance: new (module: object) => { exports: unknown };
};

/** The functions of zip.js's build of zlib that are used here (its `zlib-streams.js` calls them alike). */
interface Zlib {
    memory: { buffer: ArrayBuffer };
    _initialize(): void;
    malloc(size: number): number;
    deflate_new(): number;
    deflate_init_raw(stream: number, level: number): number;
    /** zlib's status in the upper 8 bits, the number of bytes written in the lower 24. */
    deflate_process(
        stream: number,
        input: number,
        inputSize: number,
        output: number,
        outputSize: number,
        flush: number,
    ): number;
    /** How many bytes of input the last call has taken. */
    deflate_last_consumed(stream: number): number;
    deflate_end(stream: number): number;
}

const BUFFER_SIZE = 64 * 1024;
const LEVEL = 6;
const BUFFER_ERROR = 0xfb;

let loaded: { zlib: Zlib; input: number; output: number } | undefined;

/**
 * A raw deflate stream (RFC 1951) whose bytes are the same on every machine: zlib in WebAssembly, because the zlib in
 * Node.js differs between processors.
 */
export class Deflate {
    private readonly stream: number;

    /** @param onData Receives the compressed bytes piece by piece. */
    constructor(private readonly onData: (bytes: Uint8Array) => void) {
        const { zlib } = load();
        this.stream = zlib.deflate_new();
        const status = zlib.deflate_init_raw(this.stream, LEVEL);
        if (status !== 0) {
            throw new Error(`Compression failed with zlib status ${status}.`);
        }
    }

    /** Takes bytes; with a flush, everything up to here leaves the compressor. */
    push(bytes: Uint8Array, flush: number = flushes.none): void {
        const { zlib, input, output } = load();
        let start = 0;
        for (let written = BUFFER_SIZE; start < bytes.length || written === BUFFER_SIZE;) {
            const piece = bytes.subarray(start, start + BUFFER_SIZE);
            // The memory moves when it grows: no view outlives a call.
            new Uint8Array(zlib.memory.buffer).set(piece, input);
            const isLast = start + piece.length === bytes.length;
            const result = zlib.deflate_process(
                this.stream,
                input,
                piece.length,
                output,
                BUFFER_SIZE,
                isLast ? flush : flushes.none,
            );
            const status = (result >> 24) & 0xff;
            if (status > 1 && status !== BUFFER_ERROR) {
                throw new Error(`Compression failed with zlib status ${status - 256}.`);
            }
            written = result & 0xffffff;
            if (written > 0) {
                this.onData(new Uint8Array(zlib.memory.buffer, output, written).slice());
            }
            start += zlib.deflate_last_consumed(this.stream);
        }
    }

    /** Gives back the stream's memory. */
    close(): void {
        load().zlib.deflate_end(this.stream);
    }
}

/** zlib with one input and one output buffer: a call leaves nothing in them. */
function load(): NonNullable<typeof loaded> {
    if (loaded) {
        return loaded;
    }
    const zlib = new WebAssembly.Instance(new WebAssembly.Module(zlibModule())).exports as Zlib;
    zlib._initialize();
    loaded = { zlib, input: zlib.malloc(BUFFER_SIZE), output: zlib.malloc(BUFFER_SIZE) };
    return loaded;
}
