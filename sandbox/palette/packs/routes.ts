import type { FastifyInstance } from "fastify";
import { type Context, metadata, notFound } from "../context";
import { type Stored } from "../stored";
import { type Pack } from "../stored";
import { list, type ListQuery, matchesText, page, type TextFilter } from "../lists";
import { registries } from "../registries/registry";
import { flag, listOf, object, oneOf, optional, textFilter, texts } from "../schema";
import { availablePacks, newestFirst } from "./resolve";
import { annotationsOf, stateOf } from "./state";

/** `v1PackFilterSpec`. */
interface PackFilter {
    name?: TextFilter;
    displayName?: TextFilter;
    registryUid?: string[];
    layer?: string[];
    type?: string[];
    addOnType?: string[];
    environment?: string[];
    source?: string[];
    state?: string[];
    isFips?: boolean;
}

const filter = object({
    name: textFilter,
    displayName: textFilter,
    registryUid: texts,
    layer: texts,
    type: texts,
    addOnType: texts,
    environment: texts,
    source: texts,
    state: texts,
    isFips: flag,
});
const sort = listOf(
    object({
        field: oneOf("name", "type", "layer", "addOnType", "displayName"),
        order: oneOf("asc", "desc"),
    }),
);
type Sort = { field: "name" | "type" | "layer" | "addOnType" | "displayName"; order?: string }[];

/** `/v1/packs`: system and tenant packs, seen from every scope. */
export function packRoutes(app: FastifyInstance, context: Context): void {
    app.get<{ Querystring: ListQuery }>("/v1/packs", ({ query }) =>
        list(
            availablePacks(context)
                .filter(
                    (pack) =>
                        stateOf(pack) !== "disabled" ||
                        context.switches.get("disabledPacks") === "listed",
                )
                .map((pack) => describePack(context, pack)),
            query,
        ),
    );
    app.post<{ Body?: { filter?: PackFilter; sort?: Sort }; Querystring: ListQuery }>(
        "/v1/packs/search",
        { schema: { body: optional(object({ filter, sort })) } },
        ({ body, query }) => {
            const found = availablePacks(context).filter((pack) => passes(pack, body?.filter));
            return page(sorted(byName(context, found), body?.sort ?? []), query);
        },
    );
    app.get<{
        Params: { packName: string; registryUid: string };
        Querystring: { cloudType?: string; layer?: string; states?: string };
    }>("/v1/packs/:packName/registries/:registryUid", ({ params, query }) => {
        const { cloudType = "all", layer, states } = query;
        const versions = availablePacks(context).filter(
            (pack) =>
                pack.name === params.packName &&
                pack.registryUid === params.registryUid &&
                inEnvironment(pack, [cloudType]) &&
                (!layer || pack.layer === layer) &&
                inState(pack, states?.split(",")),
        );
        return describeVersions(context, newestFirst(versions), params.packName);
    });
    app.get<{ Params: { uid: string } }>("/v1/packs/:uid", ({ params }) =>
        describeVersions(context, [find(context, params.uid)], params.uid),
    );
    app.get<{ Params: { uid: string } }>("/v1/packs/:uid/readme", ({ params }) => ({
        readme: find(context, params.uid).readme,
    }));
}

/** `v1PackSummary`. */
export interface PackSummary {
    metadata: object;
    spec: { values: string; manifests: object[]; [key: string]: unknown };
    status: object;
}

export function describePack(context: Context, pack: Pack): PackSummary {
    return {
        metadata: packMetadata(context, pack),
        spec: {
            name: pack.name,
            displayName: pack.displayName,
            version: pack.version,
            layer: pack.layer,
            type: pack.type,
            addonType: pack.addonType,
            addonSubType: "",
            annotations: annotationsOf(context, pack),
            cloudTypes: pack.cloudTypes,
            digest: pack.digest,
            eol: "",
            group: pack.group,
            logoUrl: "",
            manifests: manifestNames(pack).map((name) => ({ kind: "manifest", name, uid: pack.uid })),
            presets: pack.presets,
            registryUid: pack.registryUid,
            schema: [],
            values: pack.values,
        },
        status: {},
    };
}

/** Whether one that left its registry can still be asked for says the switch `removedPack`. */
function find(context: Context, uid: string): Pack {
    const pack = context.packs.get(uid);
    if (!pack || (pack.deleted && context.switches.get("removedPack") === "404")) {
        throw notFound("Pack", uid);
    }
    return pack;
}

/** `metadata` of a pack. */
function packMetadata(context: Context, pack: Pack): ReturnType<typeof metadata> {
    const stored: Stored = {
        uid: pack.uid,
        name: pack.name,
        owner: { scope: "system" },
        labels: {},
        annotations: {},
        created: pack.created,
        modified: pack.created,
    };
    return { ...metadata(stored), annotations: annotationsOf(context, pack) };
}

/** A manifest goes by its file's base name without extension. */
function manifestNames(pack: Pack): string[] {
    return pack.kubeManifests.map((file) => file.replace(/^.*\//, "").replace(/\.\w+$/, ""));
}

/** `v1PackTagEntity` of versions of one pack, newest first. */
function describeVersions(context: Context, versions: Pack[], wanted: string): object {
    const [first] = versions;
    if (!first) {
        throw notFound("Pack", wanted);
    }
    return {
        name: first.name,
        displayName: first.displayName,
        layer: first.layer,
        addonType: first.addonType,
        addonSubType: "",
        cloudTypes: first.cloudTypes,
        logoUrl: "",
        registryUid: first.registryUid,
        tags: versions.map(({ uid: packUid, version, tag, parentTags, group }) => ({
            packUid,
            version,
            tag,
            parentTags,
            group,
        })),
        packValues: versions.map((pack) => ({
            packUid: pack.uid,
            values: pack.values,
            presets: pack.presets,
            schema: [],
            dependencies: [],
            annotations: annotationsOf(context, pack),
            readme: pack.readme,
        })),
    };
}

function passes(pack: Pack, wanted: PackFilter | undefined): boolean {
    const among = (values: string[] | undefined, value: string): boolean =>
        !values?.length || values.includes(value);
    return (
        matchesText(pack.name, wanted?.name) &&
        matchesText(pack.displayName, wanted?.displayName) &&
        among(wanted?.registryUid, pack.registryUid) &&
        among(wanted?.layer, pack.layer) &&
        among(wanted?.type, pack.type) &&
        among(wanted?.addOnType, pack.addonType) &&
        among(wanted?.source, pack.annotations["source"] ?? "") &&
        inEnvironment(pack, wanted?.environment) &&
        inState(pack, wanted?.state) &&
        (wanted?.isFips !== true || pack.annotations["fips"] === "true")
    );
}

/** `all` asks for packs of every cloud, and a pack for all clouds fits each. */
function inEnvironment(pack: Pack, clouds: string[] | undefined): boolean {
    return (
        !clouds?.length ||
        clouds.includes("all") ||
        pack.cloudTypes.includes("all") ||
        pack.cloudTypes.some((cloud) => clouds.includes(cloud))
    );
}

/** Disabled and deleted packs are left out unless asked for. */
function inState(pack: Pack, states: string[] | undefined): boolean {
    const state = stateOf(pack);
    return states?.length ? states.includes(state) : !["disabled", "deleted"].includes(state);
}

/** `v1PackMetadata`: a pack with the registries that have it. */
interface PackOverview {
    metadata: object;
    spec: {
        name: string;
        displayName: string;
        layer: string;
        type: string;
        addonType: string;
        [key: string]: unknown;
    };
}

function byName(context: Context, packs: Pack[]): PackOverview[] {
    const stored = registries(context);
    const groups = new Map<string, Pack[]>();
    for (const pack of newestFirst(packs)) {
        const group = groups.get(pack.name);
        if (group) {
            group.push(pack);
        } else {
            groups.set(pack.name, [pack]);
        }
    }
    return [...groups.values()].map((group) => {
        const first = group[0]!;
        // The first of each registry is its newest.
        const latest = new Map<string, Pack>();
        group.forEach((pack) => latest.has(pack.registryUid) || latest.set(pack.registryUid, pack));
        return {
            metadata: packMetadata(context, first),
            spec: {
                name: first.name,
                displayName: first.displayName,
                layer: first.layer,
                type: first.type,
                addonType: first.addonType,
                addonSubType: "",
                cloudTypes: first.cloudTypes,
                group: first.group,
                registries: [...latest.values()].map((pack) => ({
                    uid: pack.registryUid,
                    name: stored.get(pack.registryUid)?.name ?? "",
                    scope: stored.get(pack.registryUid)?.owner.scope ?? "",
                    latestVersion: pack.version,
                    latestPackUid: pack.uid,
                    annotations: annotationsOf(context, pack),
                    logoUrl: "",
                })),
            },
        };
    });
}

function sorted(items: PackOverview[], keys: Sort): PackOverview[] {
    return items.sort((left, right) => {
        for (const { field, order } of keys) {
            const key = field === "addOnType" ? "addonType" : field;
            if (left.spec[key] !== right.spec[key]) {
                return left.spec[key] < right.spec[key] === (order !== "desc") ? -1 : 1;
            }
        }
        return 0;
    });
}
