import type { FastifyInstance } from "fastify";
import { allClusters } from "./clusters";
import {
    ApiError,
    type Context,
    type InputMetadata,
    metadata,
    notFound,
    requireTenantAdmin,
    type Scope,
    timestamp,
    uid,
} from "./context";
import { type Stored } from "./stored";
import { list, type ListQuery, matchesText, type TextFilter } from "./lists";
import { inputMetadata, object, optional, textFilter } from "./schema";

export function addProject(context: Context, input: InputMetadata & { name: string }): Stored {
    const now = timestamp(context);
    const project: Stored = {
        uid: uid(),
        name: input.name,
        owner: { scope: "tenant" },
        labels: input.labels ?? {},
        annotations: input.annotations ?? {},
        created: now,
        modified: now,
    };
    return context.projects.put(project.uid, project);
}

/**
 * Deletes a project although there are objects in it: they stay as they are, and clusters go on
 * running, but no call reaches them any more. Throws 404.
 */
export function deleteProject(context: Context, name: string): void {
    const project = context.projects.values().find((candidate) => candidate.name === name);
    if (!project) {
        throw notFound("Project", name);
    }
    context.projects.delete(project.uid);
    for (const user of context.users.values()) {
        const projectUids = user.projectUids.filter((projectUid) => projectUid !== project.uid);
        context.users.put(user.uid, { ...user, projectUids });
    }
}

/** `/v1/projects` and its lists. A user without tenant rights sees the projects they are in. */
export function projectRoutes(app: FastifyInstance, context: Context): void {
    const seen = (scope: Scope): Stored[] => {
        const own = context.users.get(scope.userUid)?.projectUids ?? [];
        return context.projects
            .values()
            .filter((project) => scope.tenantAdmin || own.includes(project.uid));
    };
    const find = (scope: Scope, wanted: string): Stored => {
        const project = seen(scope).find((candidate) => candidate.uid === wanted);
        if (!project) {
            throw notFound("Project", wanted);
        }
        return project;
    };
    app.get<{ Querystring: { name?: string } }>(
        "/v1/dashboard/projects/metadata",
        ({ scope, query: { name } }) => ({
            items: seen(scope)
                .filter(
                    (project) =>
                        !name ||
                        (context.switches.get("projectName") === "prefix"
                            ? project.name.startsWith(name)
                            : project.name === name),
                )
                .map((project) => ({ metadata: { uid: project.uid, name: project.name } })),
        }),
    );
    app.post<{ Body?: { filter?: { name?: TextFilter } }; Querystring: ListQuery }>(
        "/v1/dashboard/projects",
        { schema: { body: optional(object({ filter: object({ name: textFilter }) })) } },
        ({ scope, body, query }) =>
            list(
                seen(scope)
                    .filter((project) => matchesText(project.name, body?.filter?.name))
                    .map((project) => ({ metadata: metadata(project) })),
                query,
            ),
    );
    app.get<{ Params: { uid: string } }>("/v1/projects/:uid", ({ params, scope }) => ({
        metadata: metadata(find(scope, params.uid)),
        spec: { logoUrl: "", teams: [], users: [] },
        status: { isDisabled: false },
    }));
    app.post<{ Body: { metadata: InputMetadata & { name: string } } }>(
        "/v1/projects",
        { schema: { body: object({ metadata: inputMetadata }, ["metadata"]) } },
        ({ body, scope }, reply) => {
            requireTenantAdmin(scope);
            if (!body.metadata.name) {
                throw new ApiError(400, "InvalidRequest", "metadata.name is required");
            }
            if (context.projects.values().some(({ name }) => name === body.metadata.name)) {
                throw new ApiError(409, "ProjectAlreadyExists", "The project's name is taken");
            }
            return reply.code(201).send({ uid: addProject(context, body.metadata).uid });
        },
    );
    app.delete<{ Params: { uid: string } }>("/v1/projects/:uid", ({ params, scope }, reply) => {
        requireTenantAdmin(scope);
        const project = find(scope, params.uid);
        const kinds = objectsIn(context, project.uid);
        if (kinds.length > 0) {
            throw new ApiError(
                500,
                "ProjectInUse",
                `Project '${project.name}' is not empty: it has ${kinds.join(", ")}`,
            );
        }
        context.projects.delete(project.uid);
        return reply.code(204).send();
    });
}

/** The kinds of objects that are in the project, each with their number: a deleted cluster is none. */
function objectsIn(context: Context, projectUid: string): string[] {
    const owned = (collection: string): number =>
        context.journal
            .collection<Stored>(collection)
            .values()
            .filter(({ owner }) => owner.projectUid === projectUid).length;
    const clusters = allClusters(context).filter(
        (cluster) => cluster.projectUid === projectUid && cluster.state !== "Deleted",
    );
    const kinds = {
        clusters: clusters.length,
        "cluster profiles": owned("profiles"),
        "cloud accounts": owned("cloudAccounts"),
    };
    return Object.entries(kinds).flatMap(([kind, count]) => (count > 0 ? `${count} ${kind}` : []));
}
