import { differ } from "./lifecycle";
import { isOwn, requireMatch, requireOwn } from "./ownership";
import {
    findProfile,
    listVersions,
    packsOf,
    readVariables,
    subjectOf,
    typeOf,
    type PackEntity,
    type Profile,
} from "./profileApi";
import {
    contentDigest,
    digestOf,
    hasContent,
    revisionOf,
    seenVariables,
    valuesDigests,
} from "./profileContent";
import type { ClusterProfileInputs, ProfileVersion } from "./profileInputs";
import { inSequence } from "./profileVersions";

/**
 * Versions of this profile that are in Palette already and may be taken for this stack's: those with its mark, and one
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
    const own = profiles.filter(({ metadata }) => isOwn(metadata.labels, inputs.owner));
    const others = profiles.filter((one) => !own.includes(one));
    const entries = await Promise.all(own.map((one) => entryOf(one, inputs, packs)));
    const candidate = await candidateOf(inputs, packs, others, own.length > 0);
    if (candidate !== undefined) {
        entries.push(await adopt(candidate, inputs, packs));
    }
    return inSequence(entries);
}

/** The versions of a name in a scope; all, or one. */
async function profilesOf(
    of: Pick<ClusterProfileInputs, "name" | "project" | "scope">,
    only?: string,
): Promise<Profile[]> {
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

/** The versions of a profile that bear the stack's mark. */
export async function ownProfiles(inputs: ClusterProfileInputs): Promise<Profile[]> {
    const profiles = await profilesOf(inputs);
    return profiles.filter(({ metadata }) => isOwn(metadata.labels, inputs.owner));
}

/** The version of somebody else's that is in the way or to be adopted. */
async function candidateOf(
    inputs: ClusterProfileInputs,
    packs: PackEntity[],
    others: Profile[],
    hasOwn: boolean,
): Promise<Profile | undefined> {
    const { adopt, version, name } = inputs;
    if (typeof adopt === "string" && !hasOwn) {
        const named = others.find(({ metadata }) => metadata.uid === adopt);
        if (named === undefined || (version !== undefined && named.spec.version !== version)) {
            const uids = others.map((one) => `${one.spec.version}: ${one.metadata.uid}`).join(", ");
            throw new Error(
                `${subjectOf({ name, version })} with uid ${adopt} does not exist, so it cannot be adopted; ` +
                    `Palette has of that name: ${uids || "none"}`,
            );
        }
        return named;
    }
    if (version !== undefined) {
        return others.find(({ spec }) => spec.version === version);
    }
    if (hasOwn) {
        return undefined;
    }
    const digests = valuesDigests(packs);
    const newest = inSequence(
        others.map((profile) => ({ profile, version: profile.spec.version ?? "" })),
    ).reverse();
    const fitting = newest.find(({ profile }) => hasContent(profile, inputs.layers, digests));
    return (fitting ?? newest[0])?.profile;
}

/** Takes over a version that somebody else made. */
async function adopt(
    profile: Profile,
    inputs: ClusterProfileInputs,
    packs: PackEntity[],
): Promise<ProfileVersion> {
    const { uid, labels } = profile.metadata;
    const version = profile.spec.version;
    const subject = subjectOf({ ...inputs, version });
    const fits = hasContent(profile, inputs.layers, valuesDigests(packs));
    await requireOwn(
        { uid, labels },
        {
            subject,
            type: "ClusterProfile",
            name: inputs.name,
            owner: inputs.owner,
            adopt: inputs.adopt,
            adoptKey: "profile.adopt",
            sameSpecification: () => fits,
        },
    );
    requireMatch(subject, {
        type: { is: typeOf(profile) ?? inputs.type, wanted: inputs.type ?? "cluster" },
    });
    if (!fits && inputs.version !== undefined && !inputs.editInPlace) {
        const there = packsOf(profile).map((pack) => `${pack.name}:${pack.tag ?? pack.version}`);
        throw new Error(
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
    const seen = packsOf(profile);
    const variables = await readVariables(uid, inputs);
    const fits =
        hasContent(profile, inputs.layers, valuesDigests(packs)) &&
        !differ(seenVariables(variables, inputs.variables), inputs.variables);
    const other = digestOf(JSON.stringify(seen));
    return {
        version: profile.spec.version ?? "",
        uid,
        revision: fits ? revisionOf(packs, inputs) : other,
        contentDigest: fits ? contentDigest(inputs) : other,
        packs: seen.map((pack) => `${pack.name}:${pack.version ?? pack.tag}`),
        valuesDigests: valuesDigests(seen),
    };
}
