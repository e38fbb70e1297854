import { nextVersion } from "../../packages/pack/format/nextVersion";
import type { FileChange } from "../../packages/pack/format/diffPacks";
import type { History, Image } from "./history";
import type { PackRepository, WantedVersion } from "./repository";

/** Version → what it shall be. */
export type WantedVersions = Record<string, WantedVersion>;

/**
 * Pushes the wanted versions that are not there, each by itself; what is there already is not touched.
 *
 * @param options.history What earlier runs have done.
 * @param options.foreign Digests that were there before the stack pushed anything.
 * @param options.overwrite Push over a version that has other content.
 * @returns the history with this run in it.
 * @throws Error when a version is taken by other content.
 */
export async function publish(
    repository: PackRepository,
    pack: string,
    wanted: WantedVersions,
    options: { history: History; foreign: string[]; overwrite: boolean },
): Promise<History> {
    const { history, foreign, overwrite } = options;
    const images = [...history.images];
    for (const [version, one] of Object.entries(wanted)) {
        const standing = await repository.standingOf(version, one);
        if (standing === "other" && !overwrite) {
            throw new Error(await conflictOf(repository, pack, version, one));
        }
        const known = images.findIndex(({ digest }) => digest === one.digest);
        const [earlier] = known < 0 ? [] : images.splice(known, 1);
        const image: Image = { version, digest: one.digest };
        if (standing !== "same") {
            await repository.upload(version, one);
        } else if (earlier ? earlier.foreign : foreign.includes(one.digest)) {
            image.foreign = true;
        }
        images.push(image);
    }
    return { ...history, images };
}

/** What a registry has of the wanted versions. */
export interface Lookup {
    /** Digests that are there. */
    present: string[];
    /** A message for each version that is taken by other content. */
    conflicts: string[];
}

/**
 * Looks up what a registry has of the wanted versions, with reads only.
 *
 * @param overwrite Other content is no conflict.
 */
export async function lookUpVersions(
    repository: PackRepository,
    pack: string,
    wanted: WantedVersions,
    overwrite: boolean,
): Promise<Lookup> {
    const found: Lookup = { present: [], conflicts: [] };
    for (const [version, one] of Object.entries(wanted)) {
        const standing = await repository.standingOf(version, one);
        if (standing === "same") {
            found.present.push(one.digest);
        } else if (standing === "other" && !overwrite) {
            found.conflicts.push(await conflictOf(repository, pack, version, one));
        }
    }
    return found;
}

/** Of a list of files, no more than a reader takes in. */
const SHOWN_FILES = 8;

async function conflictOf(
    repository: PackRepository,
    pack: string,
    version: string,
    { path }: WantedVersion,
): Promise<string> {
    const changes = await repository.changesOf(version, path).catch((error: Error) => error);
    const next = nextVersion(version);
    return (
        `pack ${pack} ${version} (${path}) is published already with other content in ${repository.address}: ${describe(changes)}. ` +
        `A published version never changes: set "version" in pack.json to ${next ? `"${next}"` : "another one"}, ` +
        "or overwritePacks: true in a development stack"
    );
}

function describe(changes: FileChange[] | Error): string {
    if (changes instanceof Error) {
        return `which files differ cannot be told (${changes.message})`;
    }
    if (changes.length === 0) {
        return "the files are the same, but the archive was made in another way";
    }
    const shown = changes.slice(0, SHOWN_FILES).map(({ path, change }) => `${path} ${change}`);
    const more = changes.length - shown.length;
    return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
