import {
    deviations,
    profileEntity,
    readProfile,
    readVariableValues,
    type Deviations,
    type ProfileEntity,
} from "./attachedProfiles";
import type { AttachedProfile, ClusterInputs } from "./clusterInputs";
import {
    clusterCall,
    templatesOf,
    type Cluster,
    type ClusterRef,
    type ProfileTemplate,
} from "./clusterStatus";
import { differ } from "../lifecycle/comparison";
import { sendOnce } from "../lifecycle/createOnce";
import { typeOf, type Profile } from "../profile/profileApi";
import { pendingRepave, refusedRepave, repaveReasons } from "./repave";
import { palette } from "../api/session";

/** What has to be done to a cluster's profiles. */
export interface Rollout {
    /** New, replacing or changed ones, as they are sent. */
    changed: ProfileEntity[];
    /** Uids of those to detach. */
    removed: string[];
}

/** An attached profile as it is compared: its name is for people. */
export function comparable({ uid, revision, packs, variables, packValues }: AttachedProfile) {
    return {
        uid,
        revision,
        packs,
        variables: variables && Object.keys(variables).length > 0 ? variables : undefined,
        packValues: packValues && Object.keys(packValues).length > 0 ? packValues : undefined,
    };
}

/**
 * Finds out what has to be done, by reads only.
 *
 * @param before What the cluster was the last time; absent where that is not known, so that it is compared with what is
 *     there.
 * @param managed Uids of the profiles that the stack has attached: others that are not wanted are left alone, and a refresh
 *     shows them.
 */
export async function planRollout(
    ref: ClusterRef,
    cluster: Cluster,
    wanted: AttachedProfile[],
    before: AttachedProfile[] | undefined,
    managed: string[],
): Promise<Rollout> {
    const attached = templatesOf(cluster);
    const isWanted = ({ uid }: ProfileTemplate) => wanted.some((profile) => profile.uid === uid);
    const stale = attached.filter((template) => !isWanted(template));
    const changed: ProfileEntity[] = [];
    for (const profile of wanted) {
        if (!attached.some(({ uid }) => uid === profile.uid)) {
            const old = replacedBy(await readProfile(ref, profile.uid), stale);
            const entity = await profileEntity(ref, profile);
            changed.push({ ...entity, ...(old && { replaceWithProfile: old.uid }) });
            stale.splice(0, stale.length, ...stale.filter((template) => template !== old));
            continue;
        }
        const previous = before?.find(({ uid }) => uid === profile.uid);
        const due = previous
            ? differ(comparable(previous), comparable(profile)) && previousSettings(previous)
            : await deviations(ref, cluster, profile);
        if (due) {
            changed.push(await profileEntity(ref, profile, await resets(ref, profile, due)));
        }
    }
    const removed = stale.map(({ uid }) => uid).filter((uid) => managed.includes(uid));
    return { changed, removed };
}

/**
 * Reports a replacement of nodes before it happens.
 *
 * @throws Error with the reasons, when the configuration does not approve it. Nothing has been changed then.
 */
export async function requireRepaveAllowed(
    ref: ClusterRef,
    cluster: Cluster,
    { changed }: Rollout,
    decision: ClusterInputs["repave"],
): Promise<void> {
    const pending = await pendingRepave(ref, cluster);
    const due = changed.length > 0 ? await repaveReasons(ref, changed) : undefined;
    const reasons = due ?? pending;
    if (reasons === undefined) {
        return;
    }
    if (decision !== "approve") {
        const status =
            due === undefined
                ? "waits for an approval already, so nothing was changed"
                : "would be needed, so nothing was changed";
        throw refusedRepave(ref, reasons, status);
    }
    console.log(`${ref.subject}: the nodes will be replaced one by one (repave): ${reasons}`);
}

/**
 * Detaches, attaches, replaces, applies again. Palette answers at once. Detaching comes first: a pack may move from one
 * profile to another, and Palette refuses the same pack twice.
 */
export async function rollOut(ref: ClusterRef, { changed, removed }: Rollout): Promise<void> {
    if (removed.length > 0) {
        await palette().find({
            ...clusterCall(ref, "DELETE", "/profiles"),
            body: { profileUids: removed },
        });
    }
    if (changed.length > 0) {
        await patch(ref, changed);
    }
}

/**
 * The attached profile in whose place another is put: the one of its name, that is another version of it; else, as a
 * cluster has just one, the full or infrastructure profile; else, where Palette reports neither, the only one left.
 */
function replacedBy(profile: Profile, stale: ProfileTemplate[]): ProfileTemplate | undefined {
    const isBase = (type: string | undefined) => type === "cluster" || type === "infra";
    const { name } = profile.metadata;
    const base = isBase(typeOf(profile)) ? stale.find(({ type }) => isBase(type)) : undefined;
    const onlyOne = stale.length === 1 && stale[0]!.name === undefined ? stale[0] : undefined;
    return stale.find((template) => template.name === name) ?? base ?? onlyOne;
}

/** What was set for a profile in the cluster. */
function previousSettings({ packValues = {}, variables = {} }: AttachedProfile): Deviations {
    return { packs: Object.keys(packValues), variables: Object.keys(variables) };
}

/** How what is set for a profile in the cluster, or was, goes back to what the profile says where nothing is wanted. */
async function resets(ref: ClusterRef, wanted: AttachedProfile, set: Deviations) {
    const { packValues = {}, variables = {} } = wanted;
    const names = set.variables.filter((name) => !(name in variables));
    const byProfile = names.length > 0 ? await readVariableValues(ref) : [];
    const known = byProfile.find(({ profileUid }) => profileUid === wanted.uid)?.variables ?? [];
    return {
        packs: set.packs.filter((name) => !(name in packValues)),
        // The default of a sensitive one is masked; leaving the variable out is all that can be done.
        variables: known
            .filter(({ name, isSensitive }) => names.includes(name) && !isSensitive)
            .map(({ name, defaultValue = "" }) => ({ name, value: defaultValue })),
    };
}

async function patch(ref: ClusterRef, profiles: ProfileEntity[]): Promise<void> {
    const call = {
        ...clusterCall(ref, "PATCH", "/profiles"),
        query: { resolveNotification: true },
        body: { profiles, spcApplySettings: { actionType: "DownloadAndInstall" } },
    };
    if (profiles.every(({ replaceWithProfile }) => replaceWithProfile === undefined)) {
        await palette().request(call);
        return;
    }
    // A repetition would name a profile that is not attached any more.
    await sendOnce(call, async () => {
        const observed = await palette().request<Cluster>(clusterCall(ref));
        const attached = templatesOf(observed).map(({ uid }) => uid);
        return profiles.every(({ uid }) => attached.includes(uid)) ? observed : undefined;
    });
}
