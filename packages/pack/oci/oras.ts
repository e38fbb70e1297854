import { execFile } from "node:child_process";
import { findTool } from "../format/executables";
import type { RegistryOptions } from "./reference";
import { UserError } from "../userError";

/**
 * oras failed. What is in the way of a login or a push is its work: credential helpers, tokens,
 * proxies, certificates, retries.
 */
export class OrasError extends UserError {
    /** @param said What oras said, which ends with the registry's own words. */
    constructor(
        reference: string,
        readonly said: string,
    ) {
        super(`${reference}: ${said}${adviceOn(reference, said)}`);
    }

    /** Whether the registry has no such repository, tag or blob. */
    get notFound(): boolean {
        return /not found|name unknown|manifest unknown|status code 404/i.test(this.said);
    }
}

/** Runs oras with the logins of the Docker configuration. */
export type Oras = (...args: string[]) => Promise<string>;

const MAXIMUM_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * oras for one reference.
 *
 * @throws Error when oras is not installed.
 */
export function orasFor(reference: string, options: RegistryOptions): Oras {
    const oras = findTool("oras");
    if (oras === undefined) {
        throw new UserError(
            `${reference} is reached with oras, which is not on PATH: install oras 1.0 or newer (https://oras.land/docs/installation).`,
        );
    }
    const flags = [
        ...(options.plainHttp ? ["--plain-http"] : []),
        ...(options.insecure ? ["--insecure"] : []),
        ...(options.caFile === undefined ? [] : ["--ca-file", options.caFile]),
    ];
    return (...args) =>
        new Promise((resolve, reject) => {
            const settings = { maxBuffer: MAXIMUM_OUTPUT_BYTES, env: process.env };
            const child = execFile(oras, [...args, ...flags], settings, (error, stdout, stderr) => {
                if (!error) {
                    return resolve(stdout);
                }
                const said = stderr.trim().replace(/^Error( response from registry)?: /, "");
                reject(new OrasError(reference, said || error.message));
            });
            child.stdin?.end();
        });
}

function adviceOn(reference: string, said: string): string {
    const host = reference.slice(0, reference.indexOf("/"));
    if (/unauthorized|denied|basic credential/i.test(said)) {
        return `\nLog in first: oras login ${host}`;
    }
    if (/server gave HTTP response to HTTPS client/.test(said)) {
        return "\nThe registry has no HTTPS: --plain-http reaches it.";
    }
    const missing = /repository with name '([^']+)' does not exist/.exec(said)?.[1];
    return missing === undefined
        ? ""
        : `\nMake it first: aws ecr create-repository --repository-name ${missing}`;
}
