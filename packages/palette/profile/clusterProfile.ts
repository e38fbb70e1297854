import { deleteUnlessReclaimed, newClaim, reportTaken } from "../lifecycle/claims";
import { isUnknown, mapKnown } from "../lifecycle/comparison";
import { changes, type Provider } from "../lifecycle/provider";
import { nameCheck } from "../lifecycle/nameCheck";
import { tagsOf } from "../lifecycle/ownership";
import { noteManaged } from "../lifecycle/runNotes";
import { existingVersions, ownedProfiles, refusalOfProfile } from "./profileAdoption";
import {
    claimVersion,
    findProfile,
    listVersions,
    readVariables,
    profileSubject,
} from "./profileApi";
import { contentDigest, observedLayers, observedVariables } from "./profileContent";
import {
    DEFAULT_CLOUD,
    type ClusterProfileInputs,
    type ClusterProfileOutputs,
    type Layer,
    type ProfileVersion,
} from "./profileInputs";
import { reportVersion } from "./profilePreview";
import { requireNewName, requireNewVersion } from "./profileRules";
import { deleteVersion, inSequence } from "./profileVersions";
import { reconcileProfile, lookUpPacks } from "./profileReconciliation";
import { requireResolved, takeRecorded } from "./unresolvedLayers";

/**
 * A published cluster profile for AWS with the history of its versions: `/v1/clusterprofiles`. Each version is an object
 * of its own in Palette; old ones stay for the clusters that use them, and for the way back.
 */
export const clusterProfile: Provider<ClusterProfileInputs, ClusterProfileOutputs> = {
    async check(olds, news) {
        const { inputs, reasons } = takeRecorded(olds, news);
        const answer = await nameCheck(refusalOfProfile)(olds, inputs);
        const failures = reasons.map((reason) => ({ property: "", reason }));
        return { inputs, failures: [...(answer.failures ?? []), ...failures] };
    },

    async create(inputs) {
        const packs = lookUpPacks(inputs);
        const versions = await existingVersions(inputs, await packs());
        const claim = versions.length > 0 ? newClaim() : undefined;
        for (const { uid, version } of versions) {
            const profile = await findProfile(inputs, uid);
            if (profile !== undefined) {
                reportTaken(profileSubject({ ...inputs, version }), profile.metadata, inputs);
                await claimVersion(profile, { ...inputs, claim });
                noteManaged(uid);
            }
        }
        const outs = await reconcileProfile(
            { ...inputs, ...(claim && { claim }) },
            packs,
            versions,
        );
        return { id: outs.uid, outs };
    },

    async read(id, props) {
        const recorded = props.versions;
        const { versions, current, profile } = await present(props, recorded);
        if (profile === undefined || current === undefined) {
            return { id: "" };
        }
        const version = profile.spec.version ?? current.version;
        const variables = observedVariables(
            await readVariables(current.uid, props),
            props.variables,
        );
        const observed: ClusterProfileInputs = {
            ...props,
            name: profile.metadata.name,
            version,
            description: profile.metadata.annotations?.description ?? props.description,
            tags: tagsOf(profile.metadata.labels, props.tags, props.owner),
            layers: await observedLayers(profile, props, current.valuesDigests),
            ...(variables && { variables }),
        };
        const outputs: ClusterProfileOutputs = {
            ...props,
            ...observed,
            version,
            uid: current.uid,
            revision: current.revision,
            valuesDigests: current.valuesDigests,
            versions,
        };
        return { id, props: outputs, inputs: inputsOf(outputs, current) };
    },

    async diff(_id, olds, news) {
        requireNewVersion(olds, news);
        requireNewName(olds, news);
        requireResolved(olds, news);
        const current = olds.versions.find(({ uid }) => uid === olds.uid);
        const reported = { ...news, version: news.version ?? current?.version ?? olds.version };
        const answer = changes<ClusterProfileInputs>(withDefaults(olds), withDefaults(reported), {
            replace: ["name", "project", "scope", "type", "cloudType"],
            update: ["version", "description", "tags", "layers", "variables", "keepVersions"],
            deleteBeforeReplace: false,
        });
        // The record holds another version than the current one, where that was deleted in Palette.
        const outdated = !isUnknown(news) && current?.contentDigest !== contentDigest(news);
        reportVersion(olds, news);
        return { ...answer, changes: answer.changes || outdated };
    },

    async update(id, olds, news) {
        const claimed = { ...news, ...(olds.claim && { claim: olds.claim }) };
        return {
            outs: await reconcileProfile(claimed, lookUpPacks(news), olds.versions, {
                id,
                olds,
            }),
        };
    },

    async delete(_id, props) {
        const recorded = props.versions;
        // An interrupted update may have made one that no state knows.
        const owned = (await ownedProfiles(props)).map(({ metadata, spec }) => ({
            uid: metadata.uid,
            version: spec.version ?? "",
        }));
        const unrecorded = owned.filter(
            ({ uid }) => !recorded.some((version) => version.uid === uid),
        );
        for (const { uid, version } of [...recorded, ...inSequence(unrecorded)].reverse()) {
            const of = { ...props, version };
            const profile = await findProfile(of, uid);
            if (profile !== undefined) {
                const { labels } = profile.metadata;
                await deleteUnlessReclaimed(
                    { subject: profileSubject(of), uid, labels },
                    props,
                    () => deleteVersion(of, uid),
                );
            }
        }
    },
};

function withDefaults<I extends ClusterProfileInputs>(inputs: I): I {
    const { type = "cluster", scope = "project", layers, variables } = inputs;
    const { cloudType = DEFAULT_CLOUD } = inputs;
    return {
        ...inputs,
        type,
        cloudType,
        scope,
        layers: mapKnown(layers, ({ presets, movingTag: _, ...layer }): Layer => ({
            ...layer,
            ...(presets?.length && { presets }),
        })),
        variables: variables?.length ? variables : undefined,
    };
}

/** The inputs that describe the profile as it is. */
function inputsOf(outputs: ClusterProfileOutputs, current: ProfileVersion): ClusterProfileInputs {
    const { uid: _uid, valuesDigests: _values, revision: _revision, claim: _, ...rest } = outputs;
    const { versions: _versions, automaticVersion, version, ...inputs } = rest;
    const asChosen = automaticVersion && version === current.version;
    return { ...inputs, ...(!asChosen && { version }) };
}

/** The recorded versions that Palette still has, and which of them is the current one. */
async function present(props: ClusterProfileOutputs, recorded: ProfileVersion[]) {
    const profile = await findProfile(props, props.uid);
    const listed = recorded.length > 1 || !profile ? await listVersions(props) : [];
    const versions: ProfileVersion[] = [];
    for (const version of recorded) {
        const existing =
            version.uid === props.uid
                ? profile
                : (listed.find(({ uid }) => uid === version.uid) ??
                  (await findProfile(props, version.uid)));
        if (existing !== undefined) {
            versions.push(version);
        }
    }
    const current = versions.find(({ uid }) => uid === props.uid) ?? versions.at(-1);
    return {
        versions,
        current,
        profile: profile ?? (current && (await findProfile(props, current.uid))),
    };
}
