import { configKey } from "../lifecycle/configKeys";
import { differ, isUnknown } from "../lifecycle/comparison";
import { isOwnedBy, refusalOf, requireMatch, throwRefusal } from "../lifecycle/ownership";
import {
    findProfile,
    listVersions,
    profilePacks,
    readVariables,
    profileSubject,
    typeOf,
    type PackEntity,
    type Profile,
    type ProfileRef,
} from "./profileApi";
import {
    contentDigest,
    digestOf,
    hasContent,
    revisionOf,
    observedVariables,
    valuesDigests,
} from "./profileContent";
import type { ClusterProfileInputs, ProfileVersion } from "./profileInputs";
import { inSequence } from "./profileVersions";
import { wasDeleted } from "../lifecycle/runNotes";
import { UserError } from "../../pack/userError";

/**
 * Versions of this profile that are in Palette already and may become this stack's: those with its owner id, and one that
 * it adopts.
 *
 * @param only The one version to look for; all, where absent.
 * @throws Error when a version is in the way that the stack may not take.
 */
export async function existingVersions(
    inputs: ClusterProfileInputs,
    packs: PackEntity[],
    only?: string,
): Promise<ProfileVersion[]> {
    const profiles = await profilesOf(inputs, only);
    const owned = profiles.filter(({ metadata }) => isOwnedBy(metadata.labels, inputs.owner));
    const preexisting = profiles.filter((profile) => !owned.includes(profile));
    const entries = await Promise.all(owned.map((profile) => entryOf(profile, inputs, packs)));
    const candidate = await candidateOf(inputs, packs, preexisting, owned.length > 0);
    if (candidate !== undefined) {
        entries.push(await takeOver(candidate, inputs, packs));
    }
    return inSequence(entries);
}

/** The versions of a profile that bear the stack's owner id. */
export async function ownedProfiles(inputs: ClusterProfileInputs): Promise<Profile[]> {
    const profiles = await profilesOf(inputs);
    return profiles.filter(({ metadata }) => isOwnedBy(metadata.labels, inputs.owner));
}

/**
 * Why a new profile, or another version of one, may not be made: somebody else has the name, or no profile has the uid to
 * adopt.
 */
export async function refusalOfProfile(
    inputs: ClusterProfileInputs,
    olds: ClusterProfileInputs | undefined,
): Promise<string | undefined> {
    const { name, project, scope, version, adopt, owner } = inputs;
    if (isUnknown([name, project, scope, version, adopt])) {
        return undefined;
    }
    if (olds !== undefined && (version === undefined || version === olds.version)) {
        return undefined;
    }
    const profiles = await profilesOf(inputs, olds && version);
    const preexisting = profiles.filter(({ metadata }) => !isOwnedBy(metadata.labels, owner));
    const ownsAny = olds !== undefined || preexisting.length < profiles.length;
    if (typeof adopt === "string" && !ownsAny && !wasDeleted(adopt)) {
        return named(inputs, preexisting) === undefined
            ? refusalOfUid(inputs, preexisting)
            : undefined;
    }
    const newest = ownsAny ? undefined : newestFirst(preexisting)[0];
    const inTheWay =
        version === undefined ? newest : preexisting.find(({ spec }) => spec.version === version);
    return inTheWay && refusalOf(inTheWay.metadata, wantedOf(inputs, inTheWay));
}

/** The versions of a name in a scope; all, or one. */
async function profilesOf(of: Omit<ProfileRef, "version">, only?: string): Promise<Profile[]> {
    const listed = await listVersions(of);
    const found = await Promise.all(
        listed
            .filter(({ version }) => only === undefined || version === only)
            .map(({ uid }) => findProfile(of, uid)),
    );
    const { scope: wanted = "project" } = of;
    return found.filter((profile): profile is Profile => {
        // Profiles of the tenant are listed in projects too.
        const scope = profile?.metadata.annotations?.scope ?? wanted;
        return profile !== undefined && scope === wanted;
    });
}

/** The version, not of this stack, that has the uid to be adopted. */
function named(
    { adopt, version }: ClusterProfileInputs,
    preexisting: Profile[],
): Profile | undefined {
    return preexisting.find(
        ({ metadata, spec }) =>
            metadata.uid === adopt && (version === undefined || spec.version === version),
    );
}

function refusalOfUid(inputs: ClusterProfileInputs, preexisting: Profile[]): string {
    const uids = preexisting
        .map((profile) => `${profile.spec.version}: ${profile.metadata.uid}`)
        .join(", ");
    return (
        `${profileSubject(inputs)} with uid ${inputs.adopt} does not exist, so it cannot be adopted; ` +
        `Palette has of that name: ${uids || "none"}; correct ${configKey("profiles", inputs.name, "profile")}.adopt or the name`
    );
}

function newestFirst(profiles: Profile[]): Profile[] {
    const versions = profiles.map((profile) => ({ profile, version: profile.spec.version ?? "" }));
    return inSequence(versions)
        .reverse()
        .map(({ profile }) => profile);
}

function wantedOf({ name, owner, adopt }: ClusterProfileInputs, { spec: { version } }: Profile) {
    const adoptKey = `${configKey("profiles", name, "profile")}.adopt`;
    return { subject: profileSubject({ name, version }), owner, adopt, adoptKey };
}

/** The version, not of this stack, that is in the way or to be adopted. */
async function candidateOf(
    inputs: ClusterProfileInputs,
    packs: PackEntity[],
    preexisting: Profile[],
    ownsAny: boolean,
): Promise<Profile | undefined> {
    const { adopt, version } = inputs;
    if (typeof adopt === "string" && !ownsAny && !wasDeleted(adopt)) {
        const candidate = named(inputs, preexisting);
        throwRefusal(candidate === undefined ? refusalOfUid(inputs, preexisting) : undefined);
        return candidate;
    }
    if (version !== undefined) {
        return preexisting.find(({ spec }) => spec.version === version);
    }
    if (ownsAny) {
        return undefined;
    }
    const digests = valuesDigests(packs);
    const newest = newestFirst(preexisting);
    return newest.find((profile) => hasContent(profile, inputs.layers, digests)) ?? newest[0];
}

/** Takes over a version that somebody else made. */
async function takeOver(
    profile: Profile,
    inputs: ClusterProfileInputs,
    packs: PackEntity[],
): Promise<ProfileVersion> {
    const version = profile.spec.version;
    const subject = profileSubject({ ...inputs, version });
    const fits = hasContent(profile, inputs.layers, valuesDigests(packs));
    throwRefusal(refusalOf(profile.metadata, wantedOf(inputs, profile)));
    requireMatch(subject, {
        type: { is: typeOf(profile) ?? inputs.type, wanted: inputs.type ?? "cluster" },
    });
    if (!fits && inputs.version !== undefined && !inputs.editInPlace) {
        const reportedPacks = profilePacks(profile).map(
            (pack) => `${pack.name}:${pack.tag ?? pack.version}`,
        );
        throw new UserError(
            `${subject} cannot be adopted as it is: its content (${reportedPacks.join(", ")}) is not the configured one. Correct ` +
                "the layers and values, or remove the version for a new one to be made, or set editInPlace: true",
        );
    }
    return entryOf(profile, inputs, packs);
}

/** How a version that Palette has is recorded. */
async function entryOf(
    profile: Profile,
    inputs: ClusterProfileInputs,
    packs: PackEntity[],
): Promise<ProfileVersion> {
    const { uid } = profile.metadata;
    const observed = profilePacks(profile);
    const variables = await readVariables(uid, inputs);
    const fits =
        hasContent(profile, inputs.layers, valuesDigests(packs)) &&
        !differ(observedVariables(variables, inputs.variables), inputs.variables);
    const observedDigest = digestOf(JSON.stringify(observed));
    return {
        version: profile.spec.version ?? "",
        uid,
        revision: fits ? revisionOf(packs, inputs) : observedDigest,
        contentDigest: fits ? contentDigest(inputs) : observedDigest,
        packs: observed.map((pack) => `${pack.name}:${pack.version ?? pack.tag}`),
        valuesDigests: valuesDigests(observed),
    };
}
