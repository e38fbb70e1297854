import type { Call } from "../api/call";
import { differ } from "../lifecycle/comparison";
import { labelsOf, ownerLabels, type Claimed } from "../lifecycle/ownership";
import {
    DEFAULT_CLOUD,
    type ClaimedProfile,
    type ClusterProfileInputs,
    type ProfileVariable,
} from "./profileInputs";
import { palette } from "../api/session";
import { requireValid, type ValidationResult } from "../cluster/validation";
import { UserError } from "../../pack/userError";

/** The fields of `v1ClusterProfile` that the providers read. */
export interface Profile {
    metadata: {
        uid: string;
        name: string;
        labels?: Record<string, string>;
        annotations?: Record<string, string>;
        creationTimestamp?: string;
    };
    spec: { version?: string; published?: Template; draft?: Template };
    status?: { isPublished?: boolean; inUseClusters?: { name?: string; uid?: string }[] };
}

interface Template {
    packs?: ObservedPack[];
    type?: string;
    cloudType?: string;
}

/** A pack of a profile as Palette answers it (`v1PackRef`). */
export interface ObservedPack {
    name: string;
    tag?: string;
    version?: string;
    registryUid?: string;
    values?: string;
    isInvalid?: boolean;
    inValidReason?: string;
}

/** A pack of a profile as the API takes it (`v1PackManifestEntity`). */
export interface PackEntity {
    name: string;
    tag: string;
    uid: string;
    registryUid: string;
    type?: string;
    layer?: string;
    values: string;
}

/** What a call about a profile needs to know. */
export type ProfileRef = Pick<ClusterProfileInputs, "name" | "version" | "project" | "scope"> &
    Partial<Pick<ClusterProfileInputs, "owner">>;

/** `cluster profile "p" 1.0.0`. */
export function profileSubject({ name, version }: Pick<ProfileRef, "name" | "version">): string {
    return [`cluster profile "${name}"`, version].filter(Boolean).join(" ");
}

/** A call about a profile, in its scope: no `ProjectUid` header for one of the tenant. */
export function profileCall(of: ProfileRef, method: Call["method"], path: string): Call {
    const scope = of.scope === "tenant" ? { tenant: of.owner?.tenant } : { project: of.project };
    return { method, path, ...scope, subject: profileSubject(of) };
}

const BASE = "/v1/clusterprofiles";

/** Reads a version; undefined where there is none of that uid in the scope. @throws PaletteError */
export function findProfile(of: ProfileRef, uid: string): Promise<Profile | undefined> {
    return palette().find<Profile>(profileCall(of, "GET", `${BASE}/${uid}`));
}

/** The packs of the published side; of the draft where nothing was published yet. */
export function profilePacks({ spec }: Profile): ObservedPack[] {
    return spec.published?.packs ?? spec.draft?.packs ?? [];
}

/** `cluster`, `infra` or `add-on`; undefined where Palette reports none. */
export function typeOf({ spec }: Profile): string | undefined {
    return spec.published?.type ?? spec.draft?.type;
}

/** Uid and version of every profile of that name; those of other scopes may be among them. */
export async function listVersions(of: ProfileRef): Promise<{ uid: string; version: string }[]> {
    const { items } = await palette().request<{
        items?: { metadata: { uid: string; name: string }; spec?: { version?: string } }[];
    }>(profileCall(of, "GET", "/v1/dashboard/clusterprofiles/metadata"));
    return (items ?? [])
        .filter(({ metadata }) => metadata.name === of.name)
        .map(({ metadata, spec }) => ({ uid: metadata.uid, version: spec?.version ?? "" }));
}

/** The call that creates a version and publishes it at once. */
export function creation(inputs: ClaimedProfile, packs: PackEntity[]): Call {
    const { version, variables } = inputs;
    return {
        ...profileCall(inputs, "POST", BASE),
        query: { publish: true },
        body: {
            metadata: metadataOf(inputs),
            spec: {
                version,
                template: templateOf(inputs, packs),
                ...(variables?.length && { variables }),
            },
        },
    };
}

/** Palette's own check of the packs. It answers 200 whatever it finds: the findings are in the body. */
export async function validatePacks(
    inputs: ClusterProfileInputs,
    packs: PackEntity[],
): Promise<void> {
    const answer = await palette().request<
        { packs?: { results?: ValidationResult[] } } | undefined
    >({
        ...profileCall(inputs, "POST", `${BASE}/validate/packs`),
        body: templateOf(inputs, packs),
        repeatable: true,
        answer: "object",
    });
    requireValid(profileSubject(inputs), answer?.packs?.results);
}

/** Overwrites the draft and publishes it. */
export async function putPacks(
    uid: string,
    inputs: ClusterProfileInputs,
    packs: PackEntity[],
): Promise<void> {
    const { name, version, type = "cluster" } = inputs;
    await palette().request({
        ...profileCall(inputs, "PUT", `${BASE}/${uid}`),
        body: { metadata: { name, uid }, spec: { version, template: { type, packs } } },
    });
    await publish(uid, inputs);
}

/** Writes tags and description where they are not as wanted, and a version that somebody renamed. */
export async function putMetadata(profile: Profile, inputs: ClaimedProfile): Promise<void> {
    const { labels, annotations } = profile.metadata;
    const wanted = metadataOf(inputs);
    if (
        profile.metadata.name !== inputs.name ||
        profile.spec.version !== inputs.version ||
        annotations?.description !== inputs.description ||
        differ(sorted(labels ?? {}), sorted(wanted.labels))
    ) {
        await palette().request({
            ...profileCall(inputs, "PATCH", `${BASE}/${profile.metadata.uid}/metadata`),
            body: { metadata: wanted, spec: { version: inputs.version } },
        });
    }
}

/** Puts owner and claim among the labels of a version, and leaves all else as it is. */
export function claimVersion(profile: Profile, of: ProfileRef & Claimed): Promise<void> {
    const { uid, name, labels, annotations } = profile.metadata;
    const { version } = profile.spec;
    return palette().request({
        ...profileCall({ ...of, version }, "PATCH", `${BASE}/${uid}/metadata`),
        body: {
            metadata: {
                name,
                annotations: { description: annotations?.description ?? "" },
                labels: { ...labels, ...ownerLabels(of) },
            },
            spec: { version },
        },
    });
}

const sorted = (labels: Record<string, string>) => Object.entries(labels).sort();

/**
 * Makes sure that what was sent is published (an interrupted run may have left a draft) and that its packs are usable.
 *
 * @param isProven Whether the version has been usable before: packs that leave their registry do not end that.
 */
export async function requirePublished(
    uid: string,
    of: ProfileRef,
    isProven: boolean,
): Promise<void> {
    let profile = await findProfile(of, uid);
    if (!profile?.spec.published?.packs?.length) {
        await publish(uid, of);
        profile = await findProfile(of, uid);
    }
    const invalid = (profile?.spec.published?.packs ?? []).filter(({ isInvalid }) => isInvalid);
    if (invalid.length > 0 && !isProven) {
        throw new UserError(
            `${profileSubject(of)}: Palette finds packs invalid: ` +
                invalid.map(({ name, inValidReason }) => `${name}: ${inValidReason}`).join("; "),
        );
    }
}

/** The variables of a profile; values of sensitive ones are masked. */
export async function readVariables(uid: string, of: ProfileRef): Promise<ProfileVariable[]> {
    const answer = await palette().find<{ variables?: ProfileVariable[] | null }>(
        profileCall(of, "GET", `${BASE}/${uid}/variables`),
    );
    return answer?.variables ?? [];
}

/** Overwrites the variables of a version. @throws PaletteError */
export function putVariables(uid: string, inputs: ClusterProfileInputs): Promise<void> {
    return palette().request({
        ...profileCall(inputs, "PUT", `${BASE}/${uid}/variables`),
        body: { variables: inputs.variables ?? [] },
    });
}

function templateOf(inputs: ClusterProfileInputs, packs: PackEntity[]) {
    const { type = "cluster", cloudType = DEFAULT_CLOUD } = inputs;
    return { type, cloudType: type === "add-on" ? "all" : cloudType, packs };
}

function metadataOf({ name, description, tags, owner, claim }: ClaimedProfile) {
    return { name, annotations: { description }, labels: labelsOf(tags, { owner, claim }) };
}

function publish(uid: string, of: ProfileRef): Promise<void> {
    return palette().request(profileCall(of, "PATCH", `${BASE}/${uid}/publish`));
}
