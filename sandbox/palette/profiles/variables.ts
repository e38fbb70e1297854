import type { FastifyInstance } from "fastify";
import { ApiError, type Context, invalid, timestamp } from "../context";
import { type Profile, type Variable } from "../stored";
import { flag, listOf, object, oneOf, text, texts } from "../schema";
import { changeableProfile, findProfile } from "./profiles";

/** `v1Variable`. */
export const variableSchema = object(
    {
        name: text,
        displayName: text,
        description: text,
        format: oneOf(
            "string",
            "number",
            "boolean",
            "ipv4",
            "ipv4cidr",
            "ipv6",
            "version",
            "base64",
        ),
        defaultValue: text,
        regex: text,
        required: flag,
        immutable: flag,
        hidden: flag,
        isSensitive: flag,
        inputType: oneOf("text", "dropdown", "multiline"),
        options: listOf(
            object({ value: text, label: text, description: text, default: flag }, ["value"]),
        ),
    },
    ["name"],
);

type Uid = { Params: { uid: string } };
type Variables = { Body: { variables?: Variable[] } };

/** `/v1/clusterprofiles/{uid}/variables`. Sensitive values are answered masked. */
export function variableRoutes(app: FastifyInstance, context: Context): void {
    const path = "/v1/clusterprofiles/:uid/variables";
    const schema = { body: object({ variables: listOf(variableSchema) }) };
    const store = (profile: Profile, variables: Variable[]): void => {
        const names = variables.map(({ name }) => name);
        if (new Set(names).size < names.length) {
            throw invalid("variables: a name is given twice");
        }
        context.profiles.put(profile.uid, { ...profile, variables, modified: timestamp(context) });
    };
    app.get<Uid>(path, ({ scope, params }) => ({
        variables: findProfile(context, scope, params.uid).variables.map((variable) => ({
            ...variable,
            ...(variable.isSensitive && variable.defaultValue ? { defaultValue: "********" } : {}),
        })),
    }));
    app.put<Uid & Variables>(path, { schema }, ({ scope, params, body }, reply) => {
        store(changeableProfile(context, scope, params.uid), body.variables ?? []);
        return reply.code(204).send();
    });
    app.patch<Uid & Variables>(path, { schema }, ({ scope, params, body }, reply) => {
        const profile = changeableProfile(context, scope, params.uid);
        const changes = new Map(
            (body.variables ?? []).map((variable) => [variable.name, variable]),
        );
        const changed = profile.variables.map((variable) => ({
            ...variable,
            ...changes.get(variable.name),
        }));
        const added = [...changes.values()].filter(
            ({ name }) => !profile.variables.some((variable) => variable.name === name),
        );
        store(profile, [...changed, ...added]);
        return reply.code(204).send();
    });
    app.delete<Uid & { Body: { variables: string[] } }>(
        path,
        { schema: { body: object({ variables: texts }, ["variables"]) } },
        ({ scope, params, body }, reply) => {
            const profile = changeableProfile(context, scope, params.uid);
            const unknown = body.variables.find(
                (name) => !profile.variables.some((variable) => variable.name === name),
            );
            if (unknown !== undefined) {
                throw new ApiError(404, "ResourceNotFound", `Variable '${unknown}' is not found`);
            }
            store(
                profile,
                profile.variables.filter(({ name }) => !body.variables.includes(name)),
            );
            return reply.code(204).send();
        },
    );
}
