import { createOnce, differ, partialFailure } from "../lifecycle/lifecycle";
import { existingVersions } from "./profileAdoption";
import {
    creation,
    findProfile,
    listVersions,
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
 * Makes the wanted content the current version: an existing one becomes it again, or a new one is made.
 *
 * @param packs Looks the packs up. A version that has the content already is not sent, so its packs may be gone.
 * @param recorded The versions that are known to be this stack's.
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
    const asked = inputs.version ?? (inputs.editInPlace ? current : undefined);
    const version = chooseVersion(asked, content, recorded, current);
    const wanted = { ...inputs, version };
    let versions = recorded;
    let known = versions.find((one) => one.version === version);
    let profile = known && (await findProfile(wanted, known.uid));
    if (profile === undefined) {
        versions = versions.filter((one) => one !== known);
        // An interrupted update may have made it.
        [known] = last ? await existingVersions(wanted, await packs(), version) : [];
        profile = known && (await findProfile(wanted, known.uid));
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
        ? versions.map((one) => (one.uid === uid ? now : one))
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
        versions = versions.map((one) =>
            one.uid === uid && isNew ? { ...one, partial: true } : one,
        );
        throw partialFailure(error, last?.id ?? uid, outs());
    }
    return outs();
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
            const all = await listVersions(wanted);
            return all.find((one) => one.version === version)?.uid;
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

/** Looks the packs of the layers up when they are asked for, once. */
export function lookUpPacks(inputs: ClusterProfileInputs): () => Promise<PackEntity[]> {
    let packs: Promise<PackEntity[]> | undefined;
    return () => (packs ??= resolveLayers(inputs));
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
