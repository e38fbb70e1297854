import { readFileSync } from "node:fs";

/** The WebAssembly module of zlib, from zip.js; the bundled command carries it inside. */
export function zlibModule(): Uint8Array {
    return readFileSync(require.resolve("@zip.js/zip.js/dist/zip-module.wasm"));
}
