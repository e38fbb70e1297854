import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { runCommand } from "./runCommand";

/**
 * The path of the oras executable: on PATH, else in the project's cache, `.engine/oras/<version>/`.
 *
 * @throws Error that says how to get oras.
 */
export function findOras(): string {
    const cache = resolve(process.env.PALETTE_ENGINE_DIR ?? ".engine", "oras");
    const found = findExecutable("oras", subfolders(cache));
    if (found === undefined) {
        throw new Error(
            "oras is not on PATH; packs are pushed with it. Install oras 1.0 or newer (https://oras.land/docs/installation), " +
                "or run `npm run engine`, which puts it into the project's cache",
        );
    }
    return found;
}

/** The path of an executable: on PATH, else in one of these folders; undefined where it is in none. */
export function findExecutable(name: string, others: string[]): string | undefined {
    return [...(process.env.PATH ?? "").split(delimiter), ...others]
        .map((folder) => join(folder, name))
        .find(isExecutable);
}

/** Major and minor version of an oras executable. @throws Error when it does not tell. */
export async function orasVersion(oras: string): Promise<[number, number]> {
    const stdout = await runCommand(oras, ["version"], {
        purpose: `${oras} version`,
        advice: "expected oras 1.0 or newer: put it on PATH in its place",
    });
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
