import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/**
 * The path of a tool that this project also builds itself: on PATH, else in the project's cache,
 * `.engine/<name>/<version>/`. Undefined where it is in neither.
 */
export function findTool(name: string): string | undefined {
    const cache = resolve(process.env.PALETTE_ENGINE_DIR ?? ".engine", name);
    return findExecutable(name, subfolders(cache));
}

/** The path of an executable: on PATH, else in one of these folders; undefined where it is in none. */
export function findExecutable(name: string, folders: readonly string[] = []): string | undefined {
    return [...(process.env.PATH ?? "").split(delimiter), ...folders]
        .map((folder) => join(folder, name))
        .find(isExecutable);
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
