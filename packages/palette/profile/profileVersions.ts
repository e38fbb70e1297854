import { PaletteError } from "../api/paletteError";
import { remove } from "../lifecycle/createOnce";
import { findProfile, profileCall, profileSubject, type ProfileRef } from "./profileApi";
import type { ProfileVersion } from "./profileInputs";
import { reporter, waitFor } from "../api/wait";

const FIRST_VERSION = "1.0.0";

/** A refusal to delete a profile may be left over from the cluster that has just gone. */
const DELETE_MINUTES = 5;

/**
 * The version that shall be current: the one that is asked for, else the one that has the content already (the
 * current one first, then the newest), else the next one.
 */
export function chooseVersion(
    requested: string | undefined,
    content: string,
    versions: ProfileVersion[],
    current?: string,
): string {
    const fitting = versions.filter((known) => known.contentDigest === content);
    return (
        requested ??
        fitting.find(({ version }) => version === current)?.version ??
        fitting.at(-1)?.version ??
        nextVersion(versions.map(({ version }) => version))
    );
}

/** The patch after the highest of some versions. */
export function nextVersion(versions: string[]): string {
    const [highest] = versions.map(numbersOf).sort((a, b) => compare(b, a));
    if (highest === undefined) {
        return FIRST_VERSION;
    }
    const [major, minor, patch] = highest;
    return [major, minor, patch + 1].join(".");
}

/** Oldest first. */
export function inSequence<T extends { version: string }>(versions: T[]): T[] {
    return [...versions].sort((a, b) => compare(numbersOf(a.version), numbersOf(b.version)));
}

/**
 * Deletes old versions beyond the number to keep, oldest first, unless a cluster uses them.
 *
 * @returns the versions that are left.
 */
export async function prune(
    of: ProfileRef,
    versions: ProfileVersion[],
    current: string,
    keep: number | undefined,
): Promise<ProfileVersion[]> {
    const previous = versions.filter(({ version }) => version !== current);
    const surplus =
        keep === undefined ? [] : previous.slice(0, Math.max(0, previous.length - keep));
    const gone: ProfileVersion[] = [];
    for (const old of surplus) {
        const profile = await findProfile({ ...of, version: old.version }, old.uid);
        const users = profile?.status?.inUseClusters ?? [];
        if (users.length === 0 && (await tryToDelete({ ...of, version: old.version }, old.uid))) {
            gone.push(old);
        }
    }
    return versions.filter((version) => !gone.includes(version));
}

/**
 * Deletes a version, and waits until it is gone: Palette refuses for as long as it takes the cluster that used it for one
 * that does.
 */
export async function deleteVersion(of: ProfileRef, uid: string): Promise<void> {
    const subject = profileSubject(of);
    await waitFor(`${subject} to be deleted`, DELETE_MINUTES, reporter(subject), async () => {
        const refused = await refusal(of, uid);
        if (refused !== undefined) {
            return refused;
        }
        return (await findProfile(of, uid)) === undefined
            ? {}
            : "still there, though Palette has confirmed its deletion";
    });
}

function numbersOf(version: string): [number, number, number] {
    const [major = 0, minor = 0, patch = 0] = version.split(".").map((part) => parseInt(part) || 0);
    return [major, minor, patch];
}

function compare(a: number[], b: number[]): number {
    const index = a.findIndex((number, place) => number !== b[place]);
    return index < 0 ? 0 : a[index]! - b[index]!;
}

/** Palette may refuse for as long as a cluster uses the profile; how it says so is not known. */
async function tryToDelete(of: ProfileRef, uid: string): Promise<boolean> {
    const message = await refusal(of, uid);
    if (message !== undefined) {
        console.log(`${profileSubject(of)} is kept: ${message}`);
    }
    return message === undefined;
}

async function refusal(of: ProfileRef, uid: string): Promise<string | undefined> {
    try {
        await remove(profileCall(of, "DELETE", `/v1/clusterprofiles/${uid}`));
        return undefined;
    } catch (error) {
        if (error instanceof PaletteError && ![401, 403].includes(error.status ?? 0)) {
            return error.message;
        }
        throw error;
    }
}
