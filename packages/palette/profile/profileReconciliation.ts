import { differ } from "../lifecycle/comparison";
import { reportTaken } from "../lifecycle/claims";
import { createOnce } from "../lifecycle/createOnce";
import { partialFailure } from "../lifecycle/provider";
import { existingVersions } from "./profileAdoption";
import {
    creation,
    findProfile,
    listVersions,
    profileSubject,
    putMetadata,
    putPacks,
    putVariables,
    readVariables,
    requirePublished,
    validatePacks,
    type PackEntity,
    type Profile,
} from "./profileApi";
import {
    contentDigest,
    hasContent,
    resolveLayers,
    revisionOf,
    observedVariables,
    valuesDigests,
} from "./profileContent";
import type {
    ClaimedProfile,
    ClusterProfileInputs,
    ClusterProfileOutputs,
    ProfileVersion,
} from "./profileInputs";
import { otherContent } from "./profileRules";
import { chooseVersion, inSequence, prune } from "./profileVersions";

/**
 * Makes the wanted content the current version: an existing version becomes current again, or a new one is created.
 *
 * @param packs Looks the packs up. A version that has the content already is not sent, so its packs may be gone.
 * @param recorded The versions of this stack, as they are recorded.
 * @param last What was recorded the last time; absent for a new resource.
 */
export async function reconcileProfile(
    inputs: ClaimedProfile,
    packs: () => Promise<PackEntity[]>,
    recorded: ProfileVersion[],
    last?: { id: string; olds: ClusterProfileOutputs },
): Promise<ClusterProfileOutputs> {
    const content = contentDigest(inputs);
    const current = recorded.find(({ uid }) => uid === last?.olds.uid)?.version;
    const requested = inputs.version ?? (inputs.editInPlace ? current : undefined);
    const version = chooseVersion(requested, content, recorded, current);
    const wanted = { ...inputs, version };
    let versions = recorded;
    let known = versions.find((entry) => entry.version === version);
    let profile = known && (await findProfile(wanted, known.uid));
    if (profile === undefined) {
        versions = versions.filter((entry) => entry !== known);
        // An interrupted update may have made it.
        [known] = last ? await existingVersions(wanted, await packs(), version) : [];
        profile = known && (await findProfile(wanted, known.uid));
        if (profile !== undefined) {
            reportTaken(profileSubject(wanted), profile.metadata, inputs);
        }
        versions = inSequence([...versions, ...(known ? [known] : [])]);
    }
    const isOther = known !== undefined && known.contentDigest !== content;
    const mayChange = !recorded.includes(known!) || known!.partial || inputs.editInPlace;
    if (last && isOther && !mayChange) {
        throw otherContent(inputs, known!, recorded);
    }
    const fits =
        profile !== undefined &&
        !isOther &&
        hasContent(profile, inputs.layers, known!.valuesDigests);
    const { partial: _, ...now } = fits ? known! : await send(wanted, await packs(), known?.uid);
    const { uid } = now;
    versions = known
        ? versions.map((entry) => (entry.uid === uid ? now : entry))
        : inSequence([...versions, now]);
    const outs = (): ClusterProfileOutputs => ({
        ...inputs,
        version,
        uid,
        revision: now.revision,
        valuesDigests: now.valuesDigests,
        versions,
        ...(inputs.version === undefined && { automaticVersion: true }),
    });
    try {
        if (profile !== undefined) {
            await correct(profile, wanted, packs, fits);
        }
        const isProven = !!last && fits && recorded.includes(known!) && !known!.partial;
        await requirePublished(uid, wanted, isProven);
        versions = await prune(wanted, versions, version, inputs.keepVersions);
    } catch (error) {
        const isNew = known === undefined || known.partial;
        versions = versions.map((entry) =>
            entry.uid === uid && isNew ? { ...entry, partial: true } : entry,
        );
        throw partialFailure(error, last?.id ?? uid, outs());
    }
    return outs();
}

/** Looks the packs of the layers up when they are asked for, once. */
export function lookUpPacks(inputs: ClusterProfileInputs): () => Promise<PackEntity[]> {
    let packs: Promise<PackEntity[]> | undefined;
    return () => (packs ??= resolveLayers(inputs));
}

/** Lets Palette check the content and makes the version, where there is none. @returns what is to be recorded of it. */
async function send(
    wanted: ClaimedProfile & { version: string },
    packs: PackEntity[],
    known: string | undefined,
): Promise<ProfileVersion> {
    const { version, layers } = wanted;
    await validatePacks(wanted, packs);
    const uid =
        known ??
        (await createOnce(creation(wanted, packs), async () => {
            const listed = await listVersions(wanted);
            return listed.find((profile) => profile.version === version)?.uid;
        }));
    return {
        version,
        uid,
        revision: revisionOf(packs, wanted),
        contentDigest: contentDigest(wanted),
        packs: layers.map((layer) => `${layer.name}:${layer.version}`),
        valuesDigests: valuesDigests(packs),
    };
}

/** Writes what an existing version lacks, and nothing else. */
async function correct(
    profile: Profile,
    wanted: ClaimedProfile,
    packs: () => Promise<PackEntity[]>,
    fits: boolean,
): Promise<void> {
    const { uid } = profile.metadata;
    const variables = await readVariables(uid, wanted);
    const reported = observedVariables(variables, wanted.variables);
    if (differ(reported, wanted.variables) || (!fits && wanted.variables?.length)) {
        await putVariables(uid, wanted);
    }
    if (!fits) {
        await putPacks(uid, wanted, await packs());
    }
    await putMetadata(profile, wanted);
}
