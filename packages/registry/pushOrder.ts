import type { RegistryAccess } from "./access";

/** The input of the command that pushes: settings in one variable, and a line for each version on standard input. */

/** Name of the variable; its value is the JSON text of {@link PushSettings}. */
export const SETTINGS_VARIABLE = "PACK_PUSH_SETTINGS";

/** How to reach the registry. Secret. */
export interface PushSettings {
    access: RegistryAccess;
    /** Keys of the stack's configuration. */
    config: Record<string, string>;
}

/** One version to be in the registry. */
export interface PushOrder {
    /** Path of the repository. */
    repository: string;
    version: string;
    digest: string;
    /** Another one is another push. */
    generation: number;
    /** Folder or archive. */
    path: string;
}

export function pushLine({ repository, version, digest, generation, path }: PushOrder): string {
    return `${repository}:${version} ${digest} ${generation} ${path}`;
}

/** The reverse of {@link pushLine}. @throws Error */
export function parsePushLine(line: string): PushOrder {
    const [, repository, version, digest, generation, path] =
        /^(\S+):(\S+) (\S+) (\d+) (.+)$/.exec(line) ?? [];
    if (path === undefined) {
        throw new Error(
            `"${line}" is no version to push; this program is run by the stack's commands`,
        );
    }
    return {
        repository: repository!,
        version: version!,
        digest: digest!,
        generation: Number(generation),
        path,
    };
}
