import { configKey } from "../lifecycle/configKeys";
import { differ, isUnknown } from "../lifecycle/lifecycle";
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
 * Versions of this profile that are in Palette already and may be taken for this stack's: those with its owner id, and one
 * that it adopts.
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
    const own = profiles.filter(({ metadata }) => isOwnedBy(metadata.labels, inputs.owner));
    const others = profiles.filter((one) => !own.includes(one));
    const entries = await Promise.all(own.map((one) => entryOf(one, inputs, packs)));
    const candidate = await candidateOf(inputs, packs, others, own.length > 0);
    if (candidate !== undefined) {
        entries.push(await takeOver(candidate, inputs, packs));
    }
    return inSequence(entries);
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
    return found.filter((one): one is Profile => {
        // Profiles of the tenant are listed in projects too.
        const scope = one?.metadata.annotations?.scope ?? wanted;
        return one !== undefined && scope === wanted;
    });
}

/** The versions of a profile that bear the stack's owner id. */
export async function ownedProfiles(inputs: ClusterProfileInputs): Promise<Profile[]> {
    const profiles = await profilesOf(inputs);
    return profiles.filter(({ metadata }) => isOwnedBy(metadata.labels, inputs.owner));
}

/**
 * Why a new profile, or another version of one, may not be made: the name is taken by somebody else's, or there is none of
 * the uid to adopt.
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
    const others = profiles.filter(({ metadata }) => !isOwnedBy(metadata.labels, owner));
    const hasOwn = olds !== undefined || others.length < profiles.length;
    if (typeof adopt === "string" && !hasOwn && !wasDeleted(adopt)) {
        return named(inputs, others) === undefined ? refusalOfUid(inputs, others) : undefined;
    }
    const newest = hasOwn ? undefined : newestFirst(others)[0];
    const inTheWay =
        version === undefined ? newest : others.find(({ spec }) => spec.version === version);
    return inTheWay && refusalOf(inTheWay.metadata, wantedOf(inputs, inTheWay));
}

/** The version of somebody else's that has the uid to be adopted. */
function named({ adopt, version }: ClusterProfileInputs, others: Profile[]): Profile | undefined {
    return others.find(
        ({ metadata, spec }) =>
            metadata.uid === adopt && (version === undefined || spec.version === version),
    );
}

function refusalOfUid(inputs: ClusterProfileInputs, others: Profile[]): string {
    const uids = others.map((one) => `${one.spec.version}: ${one.metadata.uid}`).join(", ");
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

/** The version of somebody else's that is in the way or to be adopted. */
async function candidateOf(
    inputs: ClusterProfileInputs,
    packs: PackEntity[],
    others: Profile[],
    hasOwn: boolean,
): Promise<Profile | undefined> {
    const { adopt, version } = inputs;
    if (typeof adopt === "string" && !hasOwn && !wasDeleted(adopt)) {
        const one = named(inputs, others);
        throwRefusal(one === undefined ? refusalOfUid(inputs, others) : undefined);
        return one;
    }
    if (version !== undefined) {
        return others.find(({ spec }) => spec.version === version);
    }
    if (hasOwn) {
        return undefined;
    }
    const digests = valuesDigests(packs);
    const newest = newestFirst(others);
    return newest.find((one) => hasContent(one, inputs.layers, digests)) ?? newest[0];
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
        const there = profilePacks(profile).map(
            (pack) => `${pack.name}:${pack.tag ?? pack.version}`,
        );
        throw new UserError(
            `${subject} cannot be adopted as it is: its content (${there.join(", ")}) is not the configured one. Correct ` +
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
    const other = digestOf(JSON.stringify(observed));
    return {
        version: profile.spec.version ?? "",
        uid,
        revision: fits ? revisionOf(packs, inputs) : other,
        contentDigest: fits ? contentDigest(inputs) : other,
        packs: observed.map((pack) => `${pack.name}:${pack.version ?? pack.tag}`),
        valuesDigests: valuesDigests(observed),
    };
}
