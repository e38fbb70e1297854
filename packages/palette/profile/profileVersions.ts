import { PaletteError } from "../api/client";
import { remove } from "../lifecycle/lifecycle";
import { contentDigest } from "./profileContent";
import { findProfile, profileCall, profileSubject, type ProfileRef } from "./profileApi";
import type { ClusterProfileOutputs, ProfileVersion } from "./profileInputs";
import { reporter, waitFor } from "../api/wait";

const FIRST_VERSION = "1.0.0";

/** A refusal to delete a profile may be left over from the cluster that has just gone. */
const DELETE_MINUTES = 5;

/** The versions that a stack has recorded; programs up to 0.1 recorded the current one only. */
export function recordedVersions(recorded: ClusterProfileOutputs): ProfileVersion[] {
    const { version, uid, revision, valuesDigests, layers } = recorded;
    const packs = layers.map((layer) => `${layer.name}:${layer.version}`);
    return (
        recorded.versions ?? [
            {
                version,
                uid,
                revision,
                contentDigest: contentDigest(recorded),
                packs,
                valuesDigests,
            },
        ]
    );
}

/**
 * The version that shall be current: the one that is asked for, else the one that has the content already (the
 * current one first, then the newest), else the next one.
 */
export function chooseVersion(
    asked: string | undefined,
    content: string,
    versions: ProfileVersion[],
    current?: string,
): string {
    const fitting = versions.filter((one) => one.contentDigest === content);
    return (
        asked ??
        fitting.find(({ version }) => version === current)?.version ??
        fitting.at(-1)?.version ??
        nextVersion(versions.map(({ version }) => version))
    );
}

/** The patch after the highest of some versions. */
export function nextVersion(versions: string[]): string {
    const [highest] = versions.map(numbersOf).sort((one, other) => compare(other, one));
    if (highest === undefined) {
        return FIRST_VERSION;
    }
    const [major, minor, patch] = highest;
    return [major, minor, patch + 1].join(".");
}

function numbersOf(version: string): [number, number, number] {
    const [major = 0, minor = 0, patch = 0] = version.split(".").map((part) => parseInt(part) || 0);
    return [major, minor, patch];
}

function compare(one: number[], other: number[]): number {
    const index = one.findIndex((number, place) => number !== other[place]);
    return index < 0 ? 0 : one[index]! - other[index]!;
}

/** Oldest first. */
export function inSequence<T extends { version: string }>(versions: T[]): T[] {
    return [...versions].sort((one, other) =>
        compare(numbersOf(one.version), numbersOf(other.version)),
    );
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
    const old = versions.filter(({ version }) => version !== current);
    const surplus = keep === undefined ? [] : old.slice(0, Math.max(0, old.length - keep));
    const gone: ProfileVersion[] = [];
    for (const one of surplus) {
        const profile = await findProfile({ ...of, version: one.version }, one.uid);
        const users = profile?.status?.inUseClusters ?? [];
        if (users.length === 0 && (await tryToDelete({ ...of, version: one.version }, one.uid))) {
            gone.push(one);
        }
    }
    return versions.filter((one) => !gone.includes(one));
}

/** Palette may refuse for as long as a cluster uses the profile; how it says so is not known. */
async function tryToDelete(of: ProfileRef, uid: string): Promise<boolean> {
    const message = await refusal(of, uid);
    if (message !== undefined) {
        console.log(`${profileSubject(of)} is kept: ${message}`);
    }
    return message === undefined;
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
