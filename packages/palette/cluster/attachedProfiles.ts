import { mergeValues, ValuesError } from "../../pack/format/values";
import type { AttachedProfile } from "./clusterInputs";
import { clusterCall, templatesOf, type Cluster, type ClusterRef } from "./clusterStatus";
import { differ } from "../lifecycle/comparison";
import { profilePacks, type Profile, type ObservedPack } from "../profile/profileApi";
import { valuesDigest } from "../profile/valuesDigest";
import { palette } from "../api/session";
import { observedOverrides } from "../profile/valuesDrift";
import { UserError } from "../../pack/userError";

/** A profile as requests about a cluster take it (`v1SpectroClusterProfileEntity`). */
export interface ProfileEntity {
    uid: string;
    packValues: { name: string; tag?: string; type?: string; values: string }[];
    variables: { name: string; value: string }[];
    replaceWithProfile?: string;
}

/**
 * What to send for a profile of a cluster: the values of a pack are sent whole, so they are merged from the profile's.
 *
 * @param reset Names of packs and variables that shall go back to what the profile says.
 * @throws Error when the profile does not have a pack that is named.
 */
export async function profileEntity(
    ref: Omit<ClusterRef, "uid">,
    attached: AttachedProfile,
    reset: { packs: string[]; variables: { name: string; value: string }[] } = NOTHING,
): Promise<ProfileEntity> {
    const { uid, packValues = {}, variables = {} } = attached;
    const names = [...new Set([...Object.keys(packValues), ...reset.packs])];
    const packs = names.length > 0 ? await readProfilePacks(ref, uid) : [];
    const values = names.flatMap((name) => {
        const pack = packs.find((candidate) => candidate.name === name);
        if (pack === undefined && packValues[name] === undefined) {
            return [];
        }
        return [packValue(ref, name, pack, packs, packValues[name])];
    });
    const set = Object.entries(variables).map(([name, value]) => ({ name, value }));
    return { uid, packValues: values, variables: [...set, ...reset.variables] };
}

const NOTHING = { packs: [], variables: [] };

/** Reads a profile in the scope of a cluster, where profiles of the tenant are visible too. @throws PaletteError */
export function readProfile(
    { project, subject }: Omit<ClusterRef, "uid">,
    uid: string,
): Promise<Profile> {
    return palette().request({
        method: "GET",
        path: `/v1/clusterprofiles/${uid}`,
        project,
        subject,
    });
}

/**
 * Makes sure that profiles hold the packs whose status will be waited for: a run with `--target` or `--exclude` can leave out
 * the change that brings them. Reads only.
 *
 * @throws UserError that names what a profile holds instead.
 */
export async function requirePacksHeld(
    ref: Omit<ClusterRef, "uid">,
    profiles: AttachedProfile[],
): Promise<void> {
    for (const { uid, name = uid, packs } of profiles.filter(({ packs }) => packs.length > 0)) {
        const held = await readProfilePacks(ref, uid);
        const missing = packs.filter((wanted) => held.length > 0 && !held.some(holds(wanted)));
        if (missing.length > 0) {
            const texts = missing.map(({ name, version }) => {
                const other = held.find((pack) => pack.name === name);
                return `${name} ${version} (it has ${other ? (other.version ?? other.tag) : "none"})`;
            });
            throw new UserError(
                `${ref.subject}: its profile ${name} does not hold ${texts.join(", ")}: the run leaves out the profile's own change. ` +
                    "Run pulumi up without --target and --exclude, or name the profile among the targets, too",
            );
        }
    }
}

/** Pack → digest of the values that a cluster has, by the uid of the profile. */
export function packDigests(cluster: Cluster): Record<string, Record<string, string>> {
    return Object.fromEntries(
        templatesOf(cluster).map(({ uid, packs }) => [
            uid,
            Object.fromEntries(
                (packs ?? []).map(({ name, values = "" }) => [name, valuesDigest(values)] as const),
            ),
        ]),
    );
}

/** Names of the packs and variables of a profile that a cluster has otherwise than they would be sent. */
export interface Deviations {
    packs: string[];
    variables: string[];
}

/** What a cluster has of an attached profile otherwise than it is wanted; undefined when there is nothing. */
export async function deviations(
    ref: ClusterRef,
    cluster: Cluster,
    wanted: AttachedProfile,
): Promise<Deviations | undefined> {
    const template = templatesOf(cluster).find(({ uid }) => uid === wanted.uid);
    const unedited = await readProfilePacks(ref, wanted.uid);
    const packs = (template?.packs ?? []).filter(({ name, values }) => {
        const base = unedited.find((pack) => pack.name === name)?.values ?? "";
        const due = merged(ref.subject, name, base, wanted.packValues?.[name]);
        return values !== undefined && valuesDigest(values) !== valuesDigest(due);
    });
    const [observed] = await observedVariableValues(ref, [wanted]);
    const [is, due] = [observed?.variables ?? {}, wanted.variables ?? {}];
    const variables = Object.keys({ ...is, ...due }).filter((name) => is[name] !== due[name]);
    return packs.length + variables.length === 0
        ? undefined
        : { packs: packs.map(({ name }) => name), variables };
}

/** A variable of a cluster (`v1SpectroClusterVariableResponse`). */
export interface ClusterVariable {
    name: string;
    value?: string;
    defaultValue?: string;
    isSensitive?: boolean;
}

/** The variables of a cluster by the uid of their profile; values of sensitive ones are masked. */
export async function readVariableValues(
    ref: ClusterRef,
): Promise<{ profileUid: string; variables?: ClusterVariable[] | null }[]> {
    const call = clusterCall(ref, "GET", "/variables");
    return (await palette().find<[] | null>({ ...call, answer: "any" })) ?? [];
}

const MASKED = /^\*+$/;

/** The profiles that a cluster runs, in the recorded form and order wherever nothing was changed. */
export async function observedProfiles(
    ref: ClusterRef,
    cluster: Cluster,
    recorded: AttachedProfile[],
    digests: Record<string, Record<string, string>> | undefined,
): Promise<AttachedProfile[]> {
    const templates = templatesOf(cluster);
    const kept = recorded.filter(({ uid }) => templates.some((template) => template.uid === uid));
    const preexisting = templates.filter(
        ({ uid }) => !recorded.some((profile) => profile.uid === uid),
    );
    const observed = await observedVariableValues(ref, kept);
    const reported = await Promise.all(
        observed.map(async (profile) => {
            const { packs } = templates.find(({ uid }) => uid === profile.uid)!;
            const edited = (packs ?? []).filter(({ name, values }) => {
                const sent = digests?.[profile.uid]?.[name];
                return sent !== undefined && values !== undefined && valuesDigest(values) !== sent;
            });
            if (edited.length === 0) {
                return profile;
            }
            const unedited = await readProfilePacks(ref, profile.uid).catch(() => []);
            const values = edited.map(({ name, values }) => {
                const overrides = profile.packValues?.[name];
                const base = unedited.find((pack) => pack.name === name)?.values;
                const due = base === undefined ? base : merged(ref.subject, name, base, overrides);
                return [name, observedOverrides(values!, due, overrides)];
            });
            return {
                ...profile,
                packValues: { ...profile.packValues, ...Object.fromEntries(values) },
            };
        }),
    );
    const unmanaged = preexisting.map(({ uid, name }) => ({
        uid,
        revision: "",
        packs: [],
        ...(name && { name }),
    }));
    return [...reported, ...unmanaged];
}

/** A pack that Palette reports without a version is taken for the wanted one. */
function holds({ name, version }: { name: string; version: string }) {
    return (pack: ObservedPack) =>
        pack.name === name &&
        ([pack.version, pack.tag].includes(version) || (pack.version ?? pack.tag) === undefined);
}

function packValue(
    { subject }: Omit<ClusterRef, "uid">,
    name: string,
    pack: (ObservedPack & { type?: string }) | undefined,
    packs: ObservedPack[],
    overrides: string | undefined,
): ProfileEntity["packValues"][number] {
    if (pack === undefined) {
        const known = packs.map((candidate) => candidate.name).join(", ");
        throw new UserError(
            `${subject}: packValues name the pack ${name}, which the profile does not have; it has ${known}`,
        );
    }
    const { tag, type } = pack;
    return {
        name,
        ...(tag && { tag }),
        ...(type && { type }),
        values: merged(subject, name, pack.values ?? "", overrides),
    };
}

function merged(subject: string, name: string, values: string, overrides?: string): string {
    try {
        return overrides ? mergeValues(values, overrides) : values;
    } catch (error) {
        if (error instanceof ValuesError) {
            throw new UserError(`${subject}: packValues of ${name}: ${error.message}`);
        }
        throw error;
    }
}

async function readProfilePacks(ref: Omit<ClusterRef, "uid">, uid: string) {
    return profilePacks(await readProfile(ref, uid)) as (ObservedPack & { type?: string })[];
}

/** The profiles with the values that their variables have in Palette: those recorded, and others that are not the default. */
async function observedVariableValues(
    ref: ClusterRef,
    recorded: AttachedProfile[],
): Promise<AttachedProfile[]> {
    const byProfile = await readVariableValues(ref);
    return recorded.map((profile) => {
        const known = profile.variables ?? {};
        const observed =
            byProfile.find(({ profileUid }) => profileUid === profile.uid)?.variables ?? [];
        const values = observed.flatMap(({ name, value = "", defaultValue = "", isSensitive }) => {
            const hidden = isSensitive && (value === "" || MASKED.test(value));
            if (hidden) {
                return known[name] === undefined ? [] : [[name, known[name]]];
            }
            const isDefault = value === "" || value === defaultValue;
            return isDefault && known[name] === undefined
                ? []
                : [[name, value || (known[name] === defaultValue ? defaultValue : value)]];
        });
        const variables = Object.fromEntries(values) as Record<string, string>;
        const { variables: _recorded, ...rest } = profile;
        const none = values.length === 0 && profile.variables === undefined;
        return none
            ? profile
            : { ...rest, variables: differ(variables, known) ? variables : known };
    });
}
