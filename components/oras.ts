import { execFile } from "node:child_process";
import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";

/**
 * The path of the oras executable: on PATH, else in the project's cache, `.engine/oras/<version>/`.
 *
 * @throws Error that says how to get oras.
 */
export function findOras(): string {
    const cache = resolve(process.env.PALETTE_ENGINE_DIR ?? ".engine", "oras");
    const folders = [...(process.env.PATH ?? "").split(delimiter), ...subfolders(cache)];
    const found = folders.map((folder) => join(folder, "oras")).find(isExecutable);
    if (found === undefined) {
        throw new Error(
            "oras is not on PATH; packs are pushed with it. Install oras 1.0 or newer (https://oras.land/docs/installation), " +
                "or run `npm run engine`, which puts it into the project's cache",
        );
    }
    return found;
}

/** Major and minor version of an oras executable. @throws Error when it does not tell. */
export async function orasVersion(oras: string): Promise<[number, number]> {
    const { stdout } = await promisify(execFile)(oras, ["version"]);
    const [, major, minor] = /^Version:\s+v?(\d+)\.(\d+)/m.exec(stdout) ?? [];
    if (major === undefined) {
        throw new Error(`${oras} version does not tell its version; expected oras 1.0 or newer`);
    }
    return [Number(major), Number(minor)];
}

function subfolders(folder: string): string[] {
    try {
        return readdirSync(folder).map((name) => join(folder, name));
    } catch {
        return [];
    }
}

function isExecutable(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
    } catch {
        return false;
    }
}
