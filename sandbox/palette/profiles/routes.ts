import type { FastifyInstance } from "fastify";
import {
    ApiError,
    type Context,
    type InputMetadata,
    invalid,
    keptMetadata,
    ownerOf,
    timestamp,
} from "../context";
import { type ProfilePack, type ProfileTemplate, type Variable } from "../stored";
import { inputMetadata, listOf, object, oneOf, optional, text, texts } from "../schema";
import { describeProfile } from "./answers";
import { profileImportRoutes } from "./importRoutes";
import { layerErrors, type PackInput, packSchema, resolveLayers } from "./layers";
import { profileLists } from "./lists";
import { profilePackRoutes } from "./packRoutes";
import {
    changeableProfile,
    cloneProfile,
    createProfile,
    deleteProfile,
    editable,
    findProfile,
    publishProfile,
    refuseTakenProfile,
} from "./profiles";
import { variableSchema, variableRoutes } from "./variables";

type Uid = { Params: { uid: string } };
type Template = { type?: ProfileTemplate["type"]; cloudType?: string; packs?: PackInput[] };

const template = object({
    type: oneOf("cluster", "infra", "add-on", "system"),
    cloudType: text,
    packs: listOf(packSchema),
});
const spec = object({ version: text, template, variables: listOf(variableSchema) });
const cloneMetadata = object(
    {
        name: text,
        version: text,
        target: object({ scope: text, projectUid: text }, ["scope"]),
    },
    ["name"],
);
interface CloneMetadata {
    name: string;
    version?: string;
    target?: { scope: string; projectUid?: string };
}

/** `/v1/clusterprofiles` and `/v1/dashboard/clusterprofiles`. */
export function profileRoutes(app: FastifyInstance, context: Context): void {
    createAndRead(app, context);
    change(app, context);
    clone(app, context);
    remove(app, context);
    validation(app, context);
    profileImportRoutes(app, context);
    profileLists(app, context);
    profilePackRoutes(app, context);
    variableRoutes(app, context);
}

function createAndRead(app: FastifyInstance, context: Context): void {
    app.post<{
        Body: {
            metadata: InputMetadata;
            spec?: { version?: string; template?: Template; variables?: Variable[] };
        };
        Querystring: { publish?: string };
    }>(
        "/v1/clusterprofiles",
        { schema: { body: object({ metadata: inputMetadata, spec }, ["metadata"]) } },
        ({ scope, body, query }, reply) => {
            const profile = createProfile(context, scope, body);
            if (query.publish === "true") {
                publishProfile(context, profile);
            }
            return reply.code(201).send({ uid: profile.uid });
        },
    );
    app.get<Uid & { Querystring: { includePackMeta?: string } }>(
        "/v1/clusterprofiles/:uid",
        ({ scope, params, query }) =>
            describeProfile(
                context,
                findProfile(context, scope, params.uid),
                (query.includePackMeta ?? "").split(","),
            ),
    );
    app.patch<Uid>("/v1/clusterprofiles/:uid/publish", ({ scope, params }, reply) => {
        publishProfile(context, changeableProfile(context, scope, params.uid));
        return reply.code(204).send();
    });
}

function change(app: FastifyInstance, context: Context): void {
    // Replaces the packs of the draft; a changed version renames the object.
    app.put<
        Uid & {
            Body: { metadata?: InputMetadata; spec?: { version?: string; template?: Template } };
        }
    >(
        "/v1/clusterprofiles/:uid",
        { schema: { body: object({ metadata: inputMetadata, spec }) } },
        ({ scope, params, body }, reply) => {
            const profile = changeableProfile(context, scope, params.uid);
            const name = body.metadata?.name || profile.name;
            const version = body.spec?.version || profile.version;
            refuseTakenProfile(context, profile.owner, { name, version }, profile.uid);
            const before = editable(profile);
            const type = body.spec?.template?.type ?? before.type;
            const { cloudType, revision } = before;
            const packs = body.spec?.template?.packs;
            const layers = packs
                ? resolveLayers(context, { type, cloudType, packs }, before.packs)
                : before.packs;
            context.profiles.put(profile.uid, {
                ...profile,
                name,
                version,
                modified: timestamp(context),
                draft: { type, cloudType, packs: layers, revision },
            });
            return reply.code(204).send();
        },
    );
    app.patch<Uid & { Body: { metadata: InputMetadata; spec?: { version?: string } } }>(
        "/v1/clusterprofiles/:uid/metadata",
        {
            schema: {
                body: object({ metadata: inputMetadata, spec: object({ version: text }) }, [
                    "metadata",
                ]),
            },
        },
        ({ scope, params, body }, reply) => {
            const profile = changeableProfile(context, scope, params.uid);
            const name = body.metadata.name || profile.name;
            const version = body.spec?.version || profile.version;
            refuseTakenProfile(context, profile.owner, { name, version }, profile.uid);
            const kept = keptMetadata(context, "profile", {
                labels: body.metadata.labels ?? profile.labels,
                annotations: body.metadata.annotations ?? profile.annotations,
            });
            context.profiles.put(profile.uid, {
                ...profile,
                name,
                version,
                ...kept,
                modified: timestamp(context),
            });
            return reply.code(204).send();
        },
    );
}

function clone(app: FastifyInstance, context: Context): void {
    app.post<Uid & { Body: { metadata: CloneMetadata } }>(
        "/v1/clusterprofiles/:uid/clone",
        { schema: { body: object({ metadata: cloneMetadata }, ["metadata"]) } },
        ({ scope, params, body }, reply) => {
            const source = findProfile(context, scope, params.uid);
            const profile = cloneProfile(context, scope, source, body.metadata);
            return reply.code(201).send({ uid: profile.uid });
        },
    );
    app.post<Uid & { Body: CloneMetadata }>(
        "/v1/clusterprofiles/:uid/clone/validate",
        { schema: { body: cloneMetadata } },
        ({ scope, params, body }, reply) => {
            findProfile(context, scope, params.uid);
            const { name, version = "1.0.0" } = body;
            refuseTakenProfile(context, ownerOf(scope), { name, version });
            return reply.code(204).send();
        },
    );
}

function remove(app: FastifyInstance, context: Context): void {
    app.delete<Uid>("/v1/clusterprofiles/:uid", ({ scope, params }, reply) => {
        deleteProfile(context, changeableProfile(context, scope, params.uid));
        return reply.code(204).send();
    });
    app.delete<{ Body: { uids: string[] } }>(
        "/v1/clusterprofiles/bulk",
        { schema: { body: object({ uids: texts }, ["uids"]) } },
        ({ scope, body }) => {
            const failures = body.uids.flatMap((uid) => {
                try {
                    deleteProfile(context, changeableProfile(context, scope, uid));
                    return [];
                } catch (error) {
                    const name = context.profiles.get(uid)?.name ?? "";
                    return [{ uid, name, errMsg: (error as ApiError).message }];
                }
            });
            return {
                deletedCount: body.uids.length - failures.length,
                failures,
                isSucceeded: failures.length === 0,
                message: "",
            };
        },
    );
}

function validation(app: FastifyInstance, context: Context): void {
    app.get<{ Querystring: { name?: string; version?: string } }>(
        "/v1/clusterprofiles/validate/name",
        ({ scope, query: { name, version = "1.0.0" } }, reply) => {
            if (!name) {
                throw invalid("name is required");
            }
            refuseTakenProfile(context, ownerOf(scope), { name, version });
            return reply.code(204).send();
        },
    );
    const results = (body: Template, before: ProfilePack[] = []): object => {
        const packs = body.packs ?? [];
        return {
            packs: {
                results: packs.map((input) => ({
                    name: input.name,
                    displayName: input.name,
                    errors: layerErrors(context, { ...body, packs }, input, before),
                })),
            },
        };
    };
    app.post<{ Body: Template }>(
        "/v1/clusterprofiles/validate/packs",
        { schema: { body: template } },
        ({ body }) => results(body),
    );
    app.post<Uid & { Body?: Template }>(
        "/v1/clusterprofiles/:uid/validate/packs",
        { schema: { body: optional(template) } },
        ({ scope, params, body }) => {
            const profile = findProfile(context, scope, params.uid);
            const template = editable(profile);
            return results(body ?? template, template.packs);
        },
    );
}
