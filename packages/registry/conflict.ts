import { nextVersion } from "../pack/format/nextVersion";
import type { FileChange } from "../pack/format/diffPacks";
import type { RepositoryClient } from "./repository";

/** Of a list of files, no more than a reader takes in. */
const SHOWN_FILES = 8;

/** What a version that is taken by other content is told with. @param changes Or why they cannot be told. */
export function conflictMessage(
    { address }: RepositoryClient,
    pack: string,
    version: string,
    path: string,
    changes: FileChange[] | Error,
): string {
    const next = nextVersion(version);
    return (
        `pack ${pack} ${version} (${path}) is published already with other content in ${address}: ${describe(changes)}. ` +
        `A published version never changes: set "version" in pack.json to ${next ? `"${next}"` : "another one"}, ` +
        "or overwritePacks: true in a development stack"
    );
}

function describe(changes: FileChange[] | Error): string {
    if (changes instanceof Error) {
        return `which files differ cannot be told (${changes.message})`;
    }
    const shown = changes.slice(0, SHOWN_FILES).map(({ path, change }) => `${path} ${change}`);
    const more = changes.length - shown.length;
    return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
