import { type Context, type Metadata, metadata } from "../context";
import { type Profile, type ProfilePack, type ProfileTemplate } from "../stored";
import { newestFirst } from "../packs/resolve";
import { annotationsOf, stateOf } from "../packs/state";
import { answeredValues } from "../valuesLayout";
import { invalidReason } from "./layers";

/** All versions of a profile, newest first. */
export function versionsOf(context: Context, profile: Profile): Profile[] {
    const versions = context.profiles
        .values()
        .filter(
            (candidate) =>
                candidate.name === profile.name &&
                candidate.owner.scope === profile.owner.scope &&
                candidate.owner.projectUid === profile.owner.projectUid,
        );
    return newestFirst(versions);
}

/** `v1ClusterProfile`; `meta` is what `includePackMeta` asks for. */
export function describeProfile(context: Context, profile: Profile, meta: string[]): object {
    const { draft, published } = profile;
    const inUse = context.clustersUsing(profile.uid);
    return {
        kind: "ClusterProfile",
        metadata: metadata(profile),
        spec: {
            version: profile.version,
            versions: versionsOf(context, profile).map(({ uid, version }) => ({ uid, version })),
            ...(draft ? { draft: describeTemplate(context, profile, draft, meta) } : {}),
            ...(published
                ? { published: describeTemplate(context, profile, published, meta) }
                : {}),
        },
        status: {
            hasUserMacros: false,
            isPublished: published !== undefined,
            inUseClusterTemplates: [],
            inUseClusterUids: inUse.map(({ uid }) => uid),
            inUseClusters: inUse.map((cluster) => ({
                ...cluster,
                kind: "spectrocluster",
                tenantUid: context.tenantUid,
            })),
        },
    };
}

/** `v1ClusterProfileSummary`. */
export interface ProfileSummary {
    metadata: Metadata;
    specSummary: object;
    status: object;
}

export function summarizeProfile(
    context: Context,
    profile: Profile,
    versions: Profile[],
): ProfileSummary {
    const { draft, published } = profile;
    const inUse = context.clustersUsing(profile.uid).map(({ uid, name }) => ({ uid, name }));
    const states = ((published ?? draft)?.packs ?? []).map((layer) => {
        const pack = context.packs.get(layer.uid);
        return pack && stateOf(pack);
    });
    const inState = (wanted: string): number => states.filter((state) => state === wanted).length;
    return {
        metadata: metadata(profile),
        specSummary: {
            version: profile.version,
            versions: versions.map(({ uid, version }) => ({ uid, version })),
            ...(draft ? { draft: summarizeTemplate(context, draft) } : {}),
            ...(published ? { published: summarizeTemplate(context, published) } : {}),
        },
        status: {
            isPublished: published !== undefined,
            fips: { mode: "none" },
            inUseClusterTemplates: [],
            inUseClusterUids: inUse.map(({ uid }) => uid),
            inUseClusters: inUse,
            pack: {
                deleted: inState("deleted"),
                deprecated: inState("deprecated"),
                disabled: inState("disabled"),
            },
        },
    };
}

function describeTemplate(
    context: Context,
    profile: Profile,
    template: ProfileTemplate,
    meta: string[],
): object {
    return {
        uid: profile.uid,
        name: profile.name,
        type: template.type,
        cloudType: template.cloudType,
        version: template.revision,
        profileVersion: profile.version,
        packServerRefs: [],
        packServerSecret: "",
        packs: template.packs.map((layer) => describeLayer(context, layer, meta)),
    };
}

/** `v1PackRef`. */
function describeLayer(context: Context, layer: ProfilePack, meta: string[]): object {
    const pack = context.packs.get(layer.uid);
    const reason = invalidReason(context, layer);
    return {
        name: layer.name,
        packUid: layer.uid,
        registryUid: layer.registryUid,
        layer: layer.layer,
        type: layer.type,
        tag: layer.tag,
        version: layer.version,
        values: answeredValues(context, layer.values),
        manifests: layer.manifests.map(({ uid, name }) => ({ kind: "manifest", uid, name })),
        annotations: pack ? annotationsOf(context, pack) : {},
        digest: pack?.digest ?? "",
        isInvalid: reason !== undefined,
        inValidReason: reason ?? "",
        logo: "",
        params: {},
        server: "",
        ...(meta.includes("presets") ? { presets: pack?.presets ?? [] } : {}),
        ...(meta.includes("schema") ? { schema: [] } : {}),
    };
}

function summarizeTemplate(context: Context, template: ProfileTemplate): object {
    return {
        type: template.type,
        cloudType: template.cloudType,
        packs: template.packs.map((layer) => summarizeLayer(context, layer)),
    };
}

function summarizeLayer(context: Context, layer: ProfilePack): object {
    const pack = context.packs.get(layer.uid);
    return {
        name: layer.name,
        displayName: pack?.displayName ?? layer.name,
        packUid: layer.uid,
        layer: layer.layer,
        type: layer.type,
        addonType: pack?.addonType ?? "",
        tag: layer.tag,
        version: layer.version,
        logoUrl: "",
        annotations: pack ? annotationsOf(context, pack) : {},
    };
}
