import { conflictMessage, pushedOverMessage } from "./conflict";
import { withImages, type Image } from "./history";
import type { WantedVersions } from "./publish";
import type { RepositoryClient, WantedVersion } from "./repository";
import { UNKNOWN_DIGEST } from "./unknownDigest";

/** What a stack knows of its versions in a repository. */
export interface Known {
    /** Version → digest of the manifest that the stack's pack makes. */
    wanted: Record<string, string>;
    /** Version → digest that the registry has, or gets. */
    published: Record<string, string>;
    images: Image[];
}

/** What a registry has of the wanted versions. */
export interface Observation {
    /** Whether the repository is there, or is made by a push. */
    exists: boolean;
    /** Version → digest that the registry has, or gets. */
    published: Record<string, string>;
    /** Including those that are to be pushed. */
    images: Image[];
    /** Versions that were there before and are not any more, or not as they were. */
    missing: string[];
    /** A message for each version that is taken by other content. */
    conflicts: string[];
}

/**
 * Looks up what a registry has of the wanted versions, with reads only.
 *
 * @param before What was known until now.
 * @param options.overwrite Other content is no conflict.
 */
export async function observeVersions(
    client: RepositoryClient,
    pack: string,
    wanted: WantedVersions,
    { before, overwrite }: { before: Known; overwrite: boolean },
): Promise<Observation> {
    const versions = Object.keys(wanted).sort();
    const found = await client.lookUp(versions);
    const result: Observation = {
        exists: found !== undefined,
        published: {},
        images: [],
        missing: [],
        conflicts: [],
    };
    const images: Image[] = [];
    for (const version of versions) {
        const archive = wanted[version]!;
        const digest = found?.[version];
        const known = before.wanted[version] === archive.digest;
        const recorded = known ? before.published[version] : undefined;
        const state =
            recorded !== undefined && isDigest(digest, recorded)
                ? { digest: recorded, present: true }
                : await compare(client, version, archive, digest);
        if (state.changes !== undefined && !overwrite) {
            const isOurs = ({ version: which, digest: pushed, preexisting }: Image) =>
                which === version && pushed === archive.digest && !preexisting;
            result.conflicts.push(
                known && before.images.some(isOurs)
                    ? pushedOverMessage(
                          client,
                          pack,
                          version,
                          { digest: archive.digest, found: digest },
                          state.changes,
                      )
                    : conflictMessage(client, pack, version, archive.path, state.changes),
            );
        }
        if (known && !state.present) {
            result.missing.push(version);
        }
        result.published[version] = state.digest;
        const earlier = before.images.find((image) => image.digest === state.digest);
        const preexisting = state.present && (earlier ? earlier.preexisting : true);
        images.push({ version, digest: state.digest, ...(preexisting && { preexisting }) });
    }
    result.images = withImages(before.images, images);
    return result;
}

const isDigest = (found: string | undefined, recorded: string) =>
    found === recorded || found === UNKNOWN_DIGEST;

/** What is there under a version: the same archive, the same files in another one, nothing, or something else. */
async function compare(
    client: RepositoryClient,
    version: string,
    { path, digest: wanted }: WantedVersion,
    found: string | undefined,
): Promise<{
    digest: string;
    present: boolean;
    changes?: Awaited<ReturnType<RepositoryClient["changesOf"]>> | Error;
}> {
    if (found === undefined || found === wanted) {
        return { digest: wanted, present: found === wanted };
    }
    const changes = await client.changesOf(version, path).catch((error: Error) => error);
    return !(changes instanceof Error) && changes.length === 0
        ? { digest: found || wanted, present: true }
        : { digest: wanted, present: false, changes };
}
