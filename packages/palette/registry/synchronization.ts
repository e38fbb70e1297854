import { performance } from "node:perf_hooks";
import { findRegistryPack } from "../profile/packLookup";
import { palette } from "../api/session";
import { reporter, waitFor } from "../api/wait";
import { DeadlineError, UserError } from "../../pack/userError";

/** A pack version that must be in the registry. */
export interface PublishedPack {
    name: string;
    version: string;
    /** Digest of its OCI manifest; another one means another synchronization. */
    digest: string;
    /** Grows when the same pack has to be pushed again, which needs another synchronization, too. */
    generation?: number;
}

/** A registry in Palette that packs are read from. */
export interface Registration {
    uid: string;
    /** For messages: `registry "ecr-registry"`. */
    subject: string;
    /** Of the API, such as `/v1/registries/oci/<uid>/ecr`. */
    path: string;
    /** Where its packs are, for messages. */
    place: string;
    /** Finds out why a synchronization fails; undefined when nothing is found. */
    whyFailed(): Promise<string | undefined>;
    /** Finds out why a pack cannot become visible; undefined when nothing is found. */
    whyInvisible(pack: PublishedPack): Promise<string | undefined>;
}

/** `v1RegistrySyncStatus`. */
interface SyncStatus {
    status?: string;
    message?: string;
    isSyncSupported?: boolean;
    lastRunTime?: string;
    lastSyncedTime?: string;
}

/** After this long an end that shows the times of an earlier run is taken for one that came within the same second. */
const STALE_STATUS_MS = 60_000;

/** How long packs may take to show up after the synchronization that brought them has succeeded. */
const VISIBILITY_MINUTES = 5;

/** After so many looks at Palette the registry is looked at: where it is wrong, waiting does not help. */
const MISSES_BEFORE_LOOK = 3;

/**
 * Starts a synchronization, waits for its end and then until every pack is visible. A status left over from an
 * earlier run is recognised by its times. Which words Palette uses is not known for certain: unknown ones count as running.
 *
 * @param minutes Deadline of the synchronization.
 * @throws Error with the cause, as far as that can be found out.
 */
export async function synchronize(
    registration: Registration,
    packs: PublishedPack[],
    minutes: number,
): Promise<void> {
    const { subject, path } = registration;
    const report = reporter(subject);
    const status = () =>
        palette().request<SyncStatus>({ method: "GET", path: `${path}/sync/status`, subject });
    const before = await status();
    await palette().request({
        method: "POST",
        path: `${path}/sync`,
        subject,
        query: { forceSync: true },
        repeatable: true,
    });
    const begun = performance.now();
    await waitFor(`${subject} to be synchronized`, minutes, report, async () => {
        const now = await status();
        const word = (now.status ?? "").toLowerCase();
        const fresh =
            now.lastRunTime !== before.lastRunTime ||
            now.lastSyncedTime !== before.lastSyncedTime ||
            performance.now() - begun > STALE_STATUS_MS;
        if (["failed", "error"].includes(word) && fresh) {
            const cause = await found(() => registration.whyFailed());
            throw new UserError(
                `${subject}: Palette's synchronization failed: ${now.message || "no reason given"}; ` +
                    (cause ?? `check that Palette may read ${registration.place}`),
            );
        }
        const done = ["success", "completed"].includes(word) && fresh;
        return done || now.isSyncSupported === false
            ? now
            : `synchronization ${now.status || "not started"}`;
    });
    for (const pack of packs) {
        await waitUntilVisible(registration, pack);
        report(`pack ${pack.name}:${pack.version} is visible`);
    }
}

async function waitUntilVisible(registration: Registration, pack: PublishedPack): Promise<void> {
    const { subject, uid } = registration;
    const what = `pack ${pack.name}:${pack.version}`;
    let misses = 0;
    try {
        await waitFor(
            `${what} to appear in ${subject}`,
            VISIBILITY_MINUTES,
            reporter(subject),
            async () => {
                const address = { ...pack, registryUid: uid };
                if (await findRegistryPack(address, { subject: `pack "${pack.name}"` })) {
                    return pack;
                }
                misses++;
                if (misses === MISSES_BEFORE_LOOK) {
                    // A look that fails is made again at the deadline.
                    const cause = await registration.whyInvisible(pack).catch(() => undefined);
                    if (cause !== undefined) {
                        throw new UserError(`${subject}: ${what} does not appear: ${cause}`);
                    }
                }
                return `synchronized, ${what} not visible yet`;
            },
        );
    } catch (error) {
        if (!(error instanceof DeadlineError)) {
            throw error;
        }
        const cause = await found(() => registration.whyInvisible(pack));
        throw new UserError(
            `${error.message}. ${cause ?? "It is in the registry as it should be, and the registration is right: Palette may need longer"}`,
        );
    }
}

/** The cause that a search has found; a failure of the search is reported, and does not hide what happened first. */
async function found<T extends string | undefined>(search: () => Promise<T>): Promise<T | string> {
    try {
        return await search();
    } catch (error) {
        return `The cause could not be looked for: ${(error as Error).message}`;
    }
}
