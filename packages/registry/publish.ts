import { conflictMessage } from "./conflict";
import type { RepositoryClient, WantedVersion } from "./repository";
import { UNKNOWN_DIGEST } from "./unknownDigest";
import { UserError } from "../pack/userError";

/** Version → what it shall be. */
export type WantedVersions = Record<string, WantedVersion>;

/** What {@link publish} has done: versions by what became of them. */
export interface Published {
    pushed: string[];
    present: string[];
}

/**
 * Pushes the wanted versions that are not there; what is there already is not touched.
 *
 * @param overwrite Push over a version that has other content.
 * @throws Error when a version is taken by other content, or the repository is not there.
 */
export async function publish(
    client: RepositoryClient,
    pack: string,
    wanted: WantedVersions,
    overwrite: boolean,
): Promise<Published> {
    const found = await client.lookUp(Object.keys(wanted));
    if (found === undefined) {
        throw new UserError(
            `the repository ${client.address} is not there: somebody deleted it while the update was running; run pulumi up again`,
        );
    }
    const published: Published = { pushed: [], present: [] };
    for (const [version, archive] of Object.entries(wanted)) {
        if (await isThere(client, pack, version, archive, { digest: found[version], overwrite })) {
            published.present.push(version);
        } else {
            await client.upload(version, archive);
            published.pushed.push(version);
        }
    }
    return published;
}

/** Whether a version is there as it shall be. @throws Error when something else is, and must not be pushed over. */
async function isThere(
    client: RepositoryClient,
    pack: string,
    version: string,
    { path, digest: wanted }: WantedVersion,
    { digest, overwrite }: { digest: string | undefined; overwrite: boolean },
): Promise<boolean> {
    if (digest === undefined || digest === wanted) {
        return digest === wanted;
    }
    if (digest !== UNKNOWN_DIGEST && overwrite) {
        return false;
    }
    const changes = await client.changesOf(version, path).catch((error: Error) => error);
    if (digest === UNKNOWN_DIGEST && !(changes instanceof Error) && changes.length === 0) {
        return true;
    }
    if (!overwrite) {
        throw new UserError(conflictMessage(client, pack, version, path, changes));
    }
    return false;
}
