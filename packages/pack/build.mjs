// Bundles the command into one file and the entry for programs into another, with all they need: `npm pack` runs it.
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import ts from "typescript";

const folder = path.dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
const dist = path.join(folder, "dist");
rmSync(dist, { recursive: true, force: true });

/** Puts zlib's WebAssembly into the bundle: decoded when a command compresses. */
const zlibInside = {
    name: "zlib",
    setup(bundle) {
        bundle.onLoad({ filter: /format\/zlibModule\.ts$/ }, () => {
            const wasm = createRequire(import.meta.url).resolve(
                "@zip.js/zip.js/dist/zip-module.wasm",
            );
            const text = JSON.stringify(readFileSync(wasm).toString("base64"));
            return { contents: `export const zlibModule = () => Buffer.from(${text}, "base64");` };
        });
    },
};

const common = {
    absWorkingDir: folder,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minify: true,
    keepNames: true,
    define: { PACK_VERSION: JSON.stringify(version) },
    logLevel: "warning",
    plugins: [zlibInside],
};
await build({
    ...common,
    entryPoints: ["cli/main.ts"],
    outfile: path.join(dist, "palette-pack.js"),
    banner: { js: "#!/usr/bin/env node" },
});
await build({ ...common, entryPoints: ["index.ts"], outfile: path.join(dist, "index.js") });

// Types: declarations of the entry and of what it exports.
const program = ts.createProgram([path.join(folder, "index.ts")], {
    declaration: true,
    emitDeclarationOnly: true,
    outDir: path.join(dist, "types"),
    rootDir: folder,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    strict: true,
    esModuleInterop: true,
    skipLibCheck: true,
    types: ["node"],
    typeRoots: [path.join(folder, "../../node_modules/@types")],
});
const { diagnostics, emitSkipped } = program.emit();
if (emitSkipped || diagnostics.length > 0) {
    process.stderr.write(ts.formatDiagnostics(diagnostics, ts.createCompilerHost({})));
    process.exit(1);
}
