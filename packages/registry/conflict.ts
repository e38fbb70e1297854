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

/** What is reported of a version that the stack has pushed, and over which somebody else has. @param found The digest that is there. */
export function pushedOverMessage(
    { address }: RepositoryClient,
    pack: string,
    version: string,
    { digest, found }: { digest: string; found: string | undefined },
    changes: FileChange[] | Error,
): string {
    return (
        `pack ${pack} ${version}: this stack pushed ${digest} to ${address}, and ${found || "other content"} is there now: ${describe(changes)}. ` +
        `Somebody else pushed over it: remove the tag ${version} there, and pulumi up pushes this stack's image again; ` +
        "or set overwritePacks: true in a development stack"
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
