// Makes what `npm pack` puts into a package: bundles of the sources, which need nothing of this repository, and their types.
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import ts from "typescript";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

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

/**
 * Bundles each entry into one file of the package's `dist`.
 *
 * @param folder Of the package.
 * @param bundles Name of a file in `dist` → its entry and what else esbuild is to know of it.
 * @param types The entry whose declarations, and those of what it exports, go to `dist/types`.
 * @param rootDir What the paths in `dist/types` are relative to.
 */
export async function bundlePackage({ folder, bundles, types, rootDir }) {
    const dist = path.join(folder, "dist");
    rmSync(dist, { recursive: true, force: true });
    for (const [file, { entry, ...options }] of Object.entries(bundles)) {
        await build({
            absWorkingDir: folder,
            entryPoints: [entry],
            outfile: path.join(dist, file),
            bundle: true,
            platform: "node",
            target: "node20",
            format: "cjs",
            minify: true,
            keepNames: true,
            logLevel: "warning",
            plugins: [zlibInside],
            ...options,
        });
    }
    const program = ts.createProgram([path.join(folder, types)], {
        declaration: true,
        emitDeclarationOnly: true,
        outDir: path.join(dist, "types"),
        rootDir,
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.Node16,
        moduleResolution: ts.ModuleResolutionKind.Node16,
        strict: true,
        esModuleInterop: true,
        skipLibCheck: true,
        // `npm test` does that.
        noCheck: true,
        types: ["node"],
        typeRoots: [path.join(root, "node_modules/@types")],
    });
    const { diagnostics, emitSkipped } = program.emit();
    if (emitSkipped || diagnostics.length > 0) {
        process.stderr.write(ts.formatDiagnostics(diagnostics, ts.createCompilerHost({})));
        process.exit(1);
    }
}
