import type { FastifyInstance } from "fastify";
import { invalid, notFound, type Scope } from "../context";
import { list, type ListQuery, matchesText, page, type TextFilter } from "../lists";
import { object, optional, text, textFilter } from "../schema";
import { searchBody } from "./bodies";
import type { RouteParts } from "./routeParts";
import { DashboardAnswers, tags } from "./dashboardAnswers";
import { events } from "./events";
import type { Cluster } from "./records";
import { state } from "./timeline";

interface SearchFilter {
    property?: string;
    type?: string;
    condition?: {
        string?: {
            operator?: "eq" | "contains" | "beginsWith";
            negation?: boolean;
            ignoreCase?: boolean;
            match?: { conjunction?: string; values?: string[] };
        };
        bool?: { value?: boolean };
        keyValue?: { key?: string; negation?: boolean; match?: { values?: string[] } };
    };
}

/** `v1SearchFilterSummarySpec`. */
interface Search {
    filter?: {
        conjunction?: string;
        filterGroups?: { conjunction?: string; filters?: SearchFilter[] }[];
    };
    sort?: { field?: string; order?: string }[];
}

/** The properties that a search may name; the API's own list is longer. */
const searchProperties = [
    { name: "clusterName", displayName: "Cluster Name", type: "string" },
    { name: "clusterUid", displayName: "Cluster UID", type: "string" },
    { name: "clusterState", displayName: "Cluster State", type: "string" },
    { name: "healthState", displayName: "Health", type: "string" },
    { name: "environment", displayName: "Environment", type: "string" },
    { name: "tags", displayName: "Tags", type: "keyValue" },
    { name: "isDeleted", displayName: "Is Deleted", type: "bool" },
];

/** Overviews, searches, lists of names, and events. */
export function dashboardRoutes(app: FastifyInstance, parts: RouteParts): void {
    const { store, answers, accounts, context } = parts;
    const dashboard = new DashboardAnswers(context, accounts, answers);
    const now = (): number => context.clock.now();
    const exists = (scope: Scope): Cluster[] =>
        store.listed(scope).filter((cluster) => state(cluster, now()) !== "Deleted");
    const search = (scope: Scope, body: Search | undefined): Cluster[] =>
        sorted(
            parts,
            store.listed(scope).filter((cluster) => found(parts, cluster, body)),
            body,
        );

    for (const path of [
        "/v1/dashboard/spectroclusters/:uid",
        "/v1/dashboard/spectroclusters/:uid/overview",
    ]) {
        app.get<{ Params: { uid: string } }>(path, ({ params, scope }) => {
            const cluster = store.find(params.uid, scope);
            if (cluster.fault?.withoutOverview) {
                throw notFound("Cluster", cluster.uid);
            }
            return dashboard.overview(cluster);
        });
    }
    app.post<{ Body?: Search; Querystring: ListQuery }>(
        "/v1/dashboard/spectroclusters/search",
        { schema: { body: searchBody } },
        ({ scope, body, query }) => {
            const { items, listmeta } = page(search(scope, body), query);
            return { items: items.map((cluster) => dashboard.summary(cluster)), listmeta };
        },
    );
    app.post<{ Body?: Search; Querystring: ListQuery }>(
        "/v1/dashboard/spectroclusters/metadata/search",
        { schema: { body: searchBody } },
        ({ scope, body, query }) => {
            const { items, listmeta } = page(search(scope, body), query);
            return {
                items: items.map((cluster) => {
                    const { metadata, spec, state: current } = dashboard.meta(cluster);
                    const health = answers.health(cluster);
                    return {
                        metadata,
                        specSummary: { ...spec, projectMeta: dashboard.projectMeta(cluster) },
                        status: {
                            state: current,
                            ...(health && { health: { state: health.state } }),
                            updates: { isUpdatesPending: answers.updates(cluster).length > 0 },
                        },
                    };
                }),
                listmeta,
            };
        },
    );
    app.get("/v1/dashboard/spectroclusters/search/schema", () => ({
        schema: { properties: searchProperties },
    }));
    app.get("/v1/dashboard/spectroclusters/search/input", ({ scope }) => ({
        inputs: {
            clusterName: { values: exists(scope).map(({ name, uid }) => ({ name, uid })) },
        },
    }));
    app.get("/v1/dashboard/spectroclusters/meta", ({ scope }) =>
        exists(scope).map((cluster) => {
            const { metadata, spec, state: current } = dashboard.meta(cluster);
            return { metadata, spec, status: { state: current } };
        }),
    );
    app.get("/v1/dashboard/spectroclusters/metadata", ({ scope }) => ({
        items: exists(scope).map((cluster) => answers.metadata(cluster)),
    }));
    app.post<{ Body?: { filter?: { name?: TextFilter; environment?: string; state?: string } } }>(
        "/v1/dashboard/spectroclusters/metadata",
        {
            schema: {
                body: optional(
                    object({
                        filter: object({ name: textFilter, environment: text, state: text }),
                    }),
                ),
            },
        },
        ({ scope, body }) => {
            const { name, environment, state: wanted } = body?.filter ?? {};
            return {
                items: exists(scope)
                    .filter((cluster) => matchesText(cluster.name, name))
                    .filter(() => !environment || environment === "aws")
                    .filter((cluster) => !wanted || state(cluster, now()) === wanted)
                    .map((cluster) => answers.metadata(cluster)),
            };
        },
    );
    app.get<{ Querystring: ListQuery & { repaveState?: string } }>(
        "/v1/dashboard/spectroclusters/repaveStatus",
        ({ scope, query }) => {
            const wanted = query.repaveState ?? "Pending";
            const matching = exists(scope).filter(({ repave }) => repave?.state === wanted);
            const { items, listmeta } = page(matching, query);
            return { items: items.map((cluster) => dashboard.summary(cluster)), listmeta };
        },
    );
    app.get("/v1/spectroclusters/tags", ({ scope }) => ({
        tags: [...new Set(exists(scope).flatMap(tags))].sort(),
    }));
    app.get<{ Params: { objectKind: string; objectUid: string }; Querystring: ListQuery }>(
        "/v1/events/components/:objectKind/:objectUid",
        ({ params, query, scope }) => {
            if (params.objectKind !== "spectrocluster") {
                throw invalid(`Events of kind '${params.objectKind}' are not kept by the sandbox`);
            }
            const cluster = store.find(params.objectUid, scope);
            const heeded = context.switches.get("eventOrder") === "heeded";
            return list(eventAnswers(cluster, now()), {
                ...query,
                ...(!heeded && { orderBy: undefined }),
            });
        },
    );
}

/** `v1Event`s, oldest first. */
function eventAnswers(cluster: Cluster, now: number): object[] {
    return events(cluster, now).map((event, index) => {
        const creationTimestamp = new Date(event.at).toISOString();
        return {
            involvedObject: { kind: "spectrocluster", name: cluster.name, uid: cluster.uid },
            relatedObject: { kind: "spectrocluster", name: cluster.name, uid: cluster.uid },
            metadata: {
                name: `${cluster.name}.${index}`,
                uid: `${cluster.uid.slice(0, 18)}${index.toString(16).padStart(6, "0")}`,
                creationTimestamp,
                lastModifiedTimestamp: creationTimestamp,
            },
            reason: event.reason,
            message: event.message,
            severity: event.severity,
            source: { component: "palette", host: "sandbox" },
        };
    });
}

function found(parts: RouteParts, cluster: Cluster, search: Search | undefined): boolean {
    const groups = search?.filter?.filterGroups ?? [];
    return joined(groups, search?.filter?.conjunction, (group) =>
        joined(group.filters ?? [], group.conjunction, (filter) => holds(parts, cluster, filter)),
    );
}

function joined<T>(
    items: T[],
    conjunction: string | undefined,
    test: (item: T) => boolean,
): boolean {
    return items.length === 0 || (conjunction === "or" ? items.some(test) : items.every(test));
}

function holds(parts: RouteParts, cluster: Cluster, filter: SearchFilter): boolean {
    const { property, condition = {} } = filter;
    const current = state(cluster, parts.context.clock.now());
    const { string, bool, keyValue } = condition;
    switch (property) {
        case "isDeleted":
            return (current === "Deleted") === (bool?.value ?? false);
        case "clusterName":
            return matches([cluster.name], string);
        case "clusterUid":
            return matches([cluster.uid], string);
        case "clusterState":
            return matches([current], string);
        case "healthState":
            return matches([parts.answers.health(cluster)?.state ?? ""], string);
        case "environment":
        case "cloudType":
            return matches(["aws"], string);
        case "projectUid":
            return matches([cluster.owner.projectUid ?? ""], string);
        case "tags": {
            if (keyValue?.key === undefined) {
                return matches(tags(cluster), string);
            }
            const value = cluster.labels[keyValue.key];
            const values = keyValue.match?.values ?? [];
            const has = value !== undefined && (values.length === 0 || values.includes(value));
            return has !== (keyValue.negation ?? false);
        }
        default:
            throw invalid(`filter: property '${property ?? ""}' is not one to search by`);
    }
}

function matches(
    subjects: string[],
    condition: NonNullable<SearchFilter["condition"]>["string"],
): boolean {
    const { operator = "eq", negation = false, ignoreCase = true, match } = condition ?? {};
    const fold = (value: string): string => (ignoreCase ? value.toLowerCase() : value);
    const test = {
        eq: (subject: string, value: string) => subject === value,
        contains: (subject: string, value: string) => subject.includes(value),
        beginsWith: (subject: string, value: string) => subject.startsWith(value),
    }[operator];
    const has = joined(match?.values ?? [], match?.conjunction ?? "or", (value) =>
        subjects.some((subject) => test(fold(subject), fold(value))),
    );
    return has !== negation;
}

function sorted(parts: RouteParts, clusters: Cluster[], search: Search | undefined): Cluster[] {
    const now = parts.context.clock.now();
    const keys: Record<string, (cluster: Cluster) => string> = {
        clusterName: ({ name }) => name,
        clusterState: (cluster) => state(cluster, now),
        healthState: (cluster) => parts.answers.health(cluster)?.state ?? "",
        environment: () => "aws",
        creationTimestamp: ({ created }) => created,
        lastModifiedTimestamp: ({ modified }) => modified,
    };
    return (search?.sort ?? []).reduceRight((sofar, { field, order }) => {
        const key = keys[field ?? ""];
        if (!key) {
            throw invalid(`sort: field '${field ?? ""}' is not one to sort by`);
        }
        const direction = order === "desc" ? -1 : 1;
        return [...sofar].sort((a, b) => {
            const [left, right] = [key(a), key(b)];
            return left === right ? 0 : left < right ? -direction : direction;
        });
    }, clusters);
}
