import type { FastifyInstance } from "fastify";
import semver from "semver";
import { type Context, type Scope, visible } from "../context";
import { type Profile } from "../stored";
import { type ListQuery, matchesText, page, type TextFilter } from "../lists";
import { flag, listOf, object, oneOf, optional, text, textFilter, texts } from "../schema";
import { newestFirst } from "../packs/resolve";
import { summarizeProfile, versionsOf } from "./answers";
import { findProfile } from "./profiles";

/** `v1ClusterProfileFilterSpec`. */
interface ProfileFilter {
    profileName?: TextFilter;
    profileType?: string[];
    environment?: string[];
    scope?: string;
    tags?: { eq?: string[]; ne?: string[]; beginsWith?: string[]; ignoreCase?: boolean };
    version?: { eq?: string; ne?: string; gt?: string; lt?: string; beginsWith?: string };
}
interface ProfileSort {
    field?:
        | "profileName"
        | "environment"
        | "profileType"
        | "creationTimestamp"
        | "lastModifiedTimestamp";
    order?: "asc" | "desc";
}

const listBody = optional(
    object({
        filter: object({
            profileName: textFilter,
            profileType: texts,
            environment: texts,
            scope: oneOf("system", "tenant", "project"),
            tags: object({ eq: texts, ne: texts, beginsWith: texts, ignoreCase: flag }),
            version: object({ eq: text, ne: text, gt: text, lt: text, beginsWith: text }),
        }),
        sort: listOf(
            object({
                field: oneOf(
                    "profileName",
                    "environment",
                    "profileType",
                    "creationTimestamp",
                    "lastModifiedTimestamp",
                ),
                order: oneOf("asc", "desc"),
            }),
        ),
    }),
);

/** `/v1/dashboard/clusterprofiles`. */
export function profileLists(app: FastifyInstance, context: Context): void {
    const seen = (scope: Scope): Profile[] =>
        context.profiles.values().filter(({ owner }) => visible(scope, owner));
    app.get("/v1/dashboard/clusterprofiles/metadata", ({ scope }) => ({
        items: seen(scope).map((profile) => ({
            metadata: { uid: profile.uid, name: profile.name },
            spec: { version: profile.version, cloudType: side(profile)?.cloudType ?? "" },
        })),
    }));
    app.post<{ Body?: { filter?: ProfileFilter; sort?: ProfileSort[] }; Querystring: ListQuery }>(
        "/v1/dashboard/clusterprofiles",
        { schema: { body: listBody } },
        ({ scope, body, query }) => {
            const versions = byName(seen(scope));
            const passed = [...versions.values()].flatMap((siblings) =>
                siblings.filter((profile) => passes(profile, body?.filter)).slice(0, 1),
            );
            const { items, listmeta } = page(sorted(passed, body?.sort ?? []), query);
            return {
                items: items.map((profile) =>
                    summarizeProfile(context, profile, versions.get(nameKey(profile))!),
                ),
                listmeta,
            };
        },
    );
    app.get<{ Params: { uid: string } }>(
        "/v1/dashboard/clusterprofiles/:uid",
        ({ scope, params }) => {
            const profile = findProfile(context, scope, params.uid);
            return summarizeProfile(context, profile, versionsOf(context, profile));
        },
    );
}

function side(profile: Profile): Profile["draft"] {
    return profile.published ?? profile.draft;
}

function nameKey({ name, owner }: Profile): string {
    return [owner.scope, owner.projectUid, name].join(" ");
}

/**
 * Profiles by name, each with all its versions, newest first. The list has one item for a name: the
 * newest of its versions that passes the filter.
 */
function byName(profiles: Profile[]): Map<string, Profile[]> {
    const groups = new Map<string, Profile[]>();
    for (const profile of profiles) {
        const key = nameKey(profile);
        const group = groups.get(key);
        if (group) {
            group.push(profile);
        } else {
            groups.set(key, [profile]);
        }
    }
    groups.forEach((group, key) => group.length > 1 && groups.set(key, newestFirst(group)));
    return groups;
}

function passes(profile: Profile, filter: ProfileFilter = {}): boolean {
    const { type = "", cloudType = "" } = side(profile) ?? {};
    return (
        matchesText(profile.name, filter.profileName) &&
        (!filter.profileType?.length || filter.profileType.includes(type)) &&
        (!filter.environment?.length || filter.environment.includes(cloudType)) &&
        (!filter.scope || filter.scope === profile.owner.scope) &&
        hasTags(profile, filter.tags) &&
        hasVersion(profile.version, filter.version)
    );
}

/** A tag is a label: `key`, or `key:value`. */
function hasTags(profile: Profile, filter: ProfileFilter["tags"] = {}): boolean {
    const fold = (tag: string): string => (filter.ignoreCase === false ? tag : tag.toLowerCase());
    const tags = Object.entries(profile.labels)
        .flatMap(([key, value]) => [key, `${key}:${value}`])
        .map(fold);
    const { eq = [], ne = [], beginsWith = [] } = filter;
    return (
        (eq.length === 0 || eq.some((tag) => tags.includes(fold(tag)))) &&
        !ne.some((tag) => tags.includes(fold(tag))) &&
        (beginsWith.length === 0 ||
            beginsWith.some((start) => tags.some((tag) => tag.startsWith(fold(start)))))
    );
}

function hasVersion(version: string, filter: ProfileFilter["version"] = {}): boolean {
    const order = (candidate: string): number =>
        semver.compare(semver.coerce(version) ?? "0.0.0", semver.coerce(candidate) ?? "0.0.0");
    return (
        (!filter.eq || version === filter.eq) &&
        (!filter.ne || version !== filter.ne) &&
        (!filter.gt || order(filter.gt) > 0) &&
        (!filter.lt || order(filter.lt) < 0) &&
        (!filter.beginsWith || version.startsWith(filter.beginsWith))
    );
}

function sorted(profiles: Profile[], keys: ProfileSort[]): Profile[] {
    const member = (profile: Profile, field: ProfileSort["field"]): string => {
        switch (field) {
            case "environment":
                return side(profile)?.cloudType ?? "";
            case "profileType":
                return side(profile)?.type ?? "";
            case "creationTimestamp":
                return profile.created;
            case "lastModifiedTimestamp":
                return profile.modified;
            case "profileName":
            case undefined:
                return profile.name;
        }
    };
    return [...profiles].sort((left, right) => {
        for (const { field, order } of keys) {
            const [a, b] = [member(left, field), member(right, field)];
            if (a !== b) {
                return a < b === (order !== "desc") ? -1 : 1;
            }
        }
        return 0;
    });
}
