import { findTool } from "../pack/format/executables";
import { bundledAs } from "./bundledAs";
import { runCommand } from "./runCommand";
import { UserError } from "../pack/userError";

/**
 * The path of the oras executable: on PATH, else in the project's cache, `.engine/oras/<version>/`.
 *
 * @throws Error that says how to get oras.
 */
export function findOras(): string {
    const found = findTool("oras");
    if (found === undefined) {
        throw new UserError(
            "oras is not on PATH; packs are pushed with it. Install oras 1.0 or newer (https://oras.land/docs/installation)" +
                (bundledAs === undefined
                    ? ", or run `npm run engine`, which puts it into the project's cache"
                    : ""),
        );
    }
    return found;
}

/** Major and minor version of an oras executable. @throws Error when it does not tell. */
export async function orasVersion(oras: string): Promise<[number, number]> {
    const stdout = await runCommand(oras, ["version"], {
        purpose: `${oras} version`,
        advice: "expected oras 1.0 or newer: put it on PATH in its place",
    });
    const [, major, minor] = /^Version:\s+v?(\d+)\.(\d+)/m.exec(stdout) ?? [];
    if (major === undefined) {
        throw new UserError(
            `${oras} version does not tell its version; expected oras 1.0 or newer`,
        );
    }
    return [Number(major), Number(minor)];
}
