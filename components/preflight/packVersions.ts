import * as semver from "semver";
import { unknownName, type Get } from "./lookup";
import type { Layer as PackLayer } from "../../packages/pack/format/schema";
import type { Preset } from "../../packages/pack/format/values";
import { PaletteError } from "../../packages/palette/api/paletteError";
import { packNameOf, type UnresolvedLayer } from "../../packages/palette/profile/profileInputs";

/** A version of a pack in a registry. */
export interface ResolvedPack {
    version: string;
    layer?: PackLayer;
    /** Undefined where the version is not in the registry. */
    values?: string;
    presets: Preset[];
    /** That it is deprecated. */
    notice?: string;
    /** Why it is not offered for new profiles. */
    unresolved?: UnresolvedLayer;
}

/** What a layer asks for. */
interface Wanted {
    /** Key of the configuration that says the version. */
    key: string;
    name: string;
    version: string;
    /** Name of the registry. */
    registry: string;
    registryUid: string;
}

/** Finds the version of a pack that a layer names, or that its moving tag stands for. */
export async function findPack(get: Get, project: string, wanted: Wanted): Promise<ResolvedPack> {
    const { version } = wanted;
    const exact = await findExact(get, project, wanted);
    const state = exact && stateOf(exact);
    if (exact !== undefined && state !== "disabled") {
        const { layer, values = "", presets } = exact;
        const pack = { version, layer, values, presets: presets ?? [] };
        return state === "deprecated"
            ? { ...pack, notice: deprecated(wanted, await listVersions(get, project, wanted)) }
            : pack;
    }
    const offered = await listVersions(get, project, wanted);
    const newest = state === "disabled" ? undefined : matching(offered, version);
    if (newest !== undefined) {
        return { ...describe(offered, newest), version: newest };
    }
    return unresolvedPack(get, project, wanted, offered);
}

/** A pack whose version is not offered: disabled, or not in the registry. */
async function unresolvedPack(
    get: Get,
    project: string,
    wanted: Wanted,
    offered: PackVersions,
): Promise<ResolvedPack> {
    const { key, name, version, registry, registryUid } = wanted;
    const inState = await listVersions(get, project, wanted, "deprecated,disabled");
    const disabled = matching(inState, version);
    const successor = inSequence(offered)[0];
    const message =
        disabled !== undefined
            ? `${key} of ${name}: "${version}" is disabled in ${registry}, so no new profile can have it` +
              (successor === undefined ? "" : `; its newest version there is ${successor}`)
            : (offered.failure ??
              unknownName(
                  `${key} of ${name}`,
                  version,
                  (offered.tags ?? []).flatMap((tag) => [tag.version, ...(tag.parentTags ?? [])]),
              ));
    return {
        presets: [],
        layer: offered.layer,
        ...(disabled !== undefined && describe(inState, disabled)),
        version: disabled ?? version,
        unresolved: {
            name,
            registryUid,
            version,
            message,
            ...(successor !== undefined && { successor }),
        },
    };
}

function deprecated({ key, name, version, registry }: Wanted, offered: PackVersions): string {
    const successor = inSequence(offered).find((candidate) => candidate !== version);
    return (
        `${key} of ${name}: "${version}" is deprecated in ${registry}` +
        (successor === undefined ? "" : `; its newest version there is ${successor}`)
    );
}

/** The pack of an exact version, as Palette lists it. */
async function findExact(
    get: Get,
    project: string,
    { name, version, registryUid }: Wanted,
): Promise<PackSpec | undefined> {
    if (!semver.valid(semver.coerce(version)) || !/^\d[\d.]*\d$/.test(version)) {
        return undefined;
    }
    const pack = packNameOf({ name });
    const { items } = await get<{ items?: { spec: PackSpec }[] }>(
        "/v1/packs",
        `pack ${pack}:${version}`,
        { filters: `spec.name=${pack}ANDspec.version=${version}` },
        project,
    );
    return items?.find(({ spec }) => spec.registryUid === registryUid)?.spec;
}

/** The versions of a pack in its registry. Of a pack that is not there, with Palette's words. */
async function listVersions(
    get: Get,
    project: string,
    { name, version, registryUid }: Wanted,
    states?: string,
): Promise<PackVersions> {
    const pack = packNameOf({ name });
    try {
        return await get<PackVersions>(
            `/v1/packs/${pack}/registries/${registryUid}`,
            `pack ${pack}:${version}`,
            { cloudType: "aws", ...(states && { states }) },
            project,
        );
    } catch (error) {
        if (error instanceof PaletteError && error.notFound) {
            return { failure: error.message };
        }
        throw error;
    }
}

/** The newest version that a version or a moving tag stands for. */
function matching(versions: PackVersions, wanted: string): string | undefined {
    return inSequence({
        tags: versions.tags?.filter(
            (tag) => [tag.version, tag.tag].includes(wanted) || tag.parentTags?.includes(wanted),
        ),
    })[0];
}

/** Newest first. */
function inSequence({ tags }: PackVersions): string[] {
    const number = (version: string) => semver.coerce(version) ?? "0.0.0";
    return (tags ?? [])
        .map(({ version }) => version)
        .sort((left, right) => semver.rcompare(number(left), number(right)));
}

function describe({ layer, tags, packValues }: PackVersions, version: string) {
    const uid = tags?.find((tag) => tag.version === version)?.packUid;
    const pack = packValues?.find(({ packUid }) => packUid === uid);
    return { layer, values: pack?.values ?? "", presets: pack?.presets ?? [] };
}

/** The fields of a pack (`v1PackSummarySpec`) that are read here. */
interface PackSpec {
    registryUid: string;
    version: string;
    layer?: PackLayer;
    values?: string;
    presets?: Preset[] | null;
    annotations?: Record<string, string> | null;
}

/** Palette says it in an annotation of the pack, if at all. */
function stateOf({ annotations }: PackSpec): string | undefined {
    return annotations?.system_state;
}

/** The fields of `v1PackTagEntity` that are read here. */
interface PackVersions {
    layer?: PackLayer;
    tags?: { version: string; tag?: string; packUid: string; parentTags?: string[] }[] | null;
    packValues?: { packUid: string; values?: string; presets?: Preset[] | null }[] | null;
    /** Why Palette lists none. */
    failure?: string;
}
