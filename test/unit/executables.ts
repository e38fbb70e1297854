import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type * as childProcessModule from "node:child_process";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const actual = jest.requireActual<typeof childProcessModule>("node:child_process");

/**
 * `node:child_process` for `jest.mock`: `promisify(execFile)` runs in the environment that the test sees. Without it
 * a child gets that of the Jest process, of which `process.env` in a test is a copy.
 */
export const childProcess = {
    ...actual,
    execFile: Object.assign(jest.fn(), {
        [promisify.custom]: (file: string, args: string[], options?: object) =>
            promisify(actual.execFile)(file, args, { env: process.env, ...options }),
    }),
};

/** A temporary folder of executables. */
export interface Executables {
    folder: string;
    /** Makes a shell script that notes its arguments, prints the text, and ends with the exit code. */
    write(name: string, script: { prints?: string; complains?: string; exitCode?: number }): string;
    /** The arguments of every run of the script of that name, one line each. */
    runs(name: string): string[];
    /** Puts the folder before everything else on PATH. */
    prependToPath(): void;
    remove(): void;
}

export function executables(): Executables {
    const folder = mkdtempSync(join(tmpdir(), "fake executables "));
    const path = process.env.PATH;
    const log = (name: string) => join(folder, `${name}.runs`);
    return {
        folder,
        write(name, { prints = "", complains = "", exitCode = 0 }) {
            const file = join(folder, name);
            const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
            const lines = [
                "#!/bin/sh",
                `echo "$@" >> ${quoted(log(name))}`,
                `printf %s ${quoted(prints)}`,
                `printf %s ${quoted(complains)} >&2`,
                `exit ${exitCode}`,
            ];
            writeFileSync(file, lines.join("\n"));
            chmodSync(file, 0o755);
            return file;
        },
        runs(name) {
            try {
                return readFileSync(log(name), "utf8").trimEnd().split("\n");
            } catch {
                return [];
            }
        },
        prependToPath() {
            process.env.PATH = `${folder}${delimiter}${path}`;
        },
        remove() {
            process.env.PATH = path;
            rmSync(folder, { recursive: true });
        },
    };
}
