import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { packFolders } from "../../spectroRegistry";
import type { Context } from "../context";
import type { Pack } from "../stored";
import { readPack, sha256, store, type PackFiles } from "./archive";
import type { Pulled } from "./pull";
import type { RegistryOf } from "./registry";

/**
 * What a sync of a legacy Spectro registry finds. How Palette pulls from one is not public: the packs
 * of the sandbox's own are read from its folder, any other is taken for empty.
 */
export function readLegacy(context: Context, { spec }: RegistryOf<"pack">, known: Pack[]): Pulled {
    const pulled: Pulled = { found: [], kept: [], refused: [], ignored: [] };
    if (spec.endpoint.replace(/\/$/, "") !== context.spectroRegistry.endpoint) {
        return pulled;
    }
    for (const { name, version, path: folder } of packFolders(context.spectroRegistry.folder)) {
        try {
            const files = filesOf(folder);
            const digest = digestOf(files);
            const before = known.find((pack) => pack.name === name && pack.version === version);
            if (before?.digest === digest) {
                pulled.kept.push(before);
            } else {
                const content = readPack(files, name, version);
                const stored = store(context.dir, digest, files);
                pulled.found.push({ content, digest, files: stored });
            }
        } catch (error) {
            pulled.refused.push({ image: `${name}:${version}`, reason: (error as Error).message });
        }
    }
    return pulled;
}

function filesOf(folder: string): PackFiles {
    const files: PackFiles = new Map();
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
        const file = path.join(entry.parentPath, entry.name);
        if (!entry.isFile() && !entry.isDirectory()) {
            throw new Error(`${entry.name} is neither a file nor a folder`);
        }
        if (entry.isFile()) {
            files.set(path.relative(folder, file).split(path.sep).join("/"), readFileSync(file));
        }
    }
    return new Map([...files].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function digestOf(files: PackFiles): string {
    const listing = [...files].map(([name, content]) => `${name} ${sha256(content)}\n`);
    return sha256(Buffer.from(listing.join("")));
}
