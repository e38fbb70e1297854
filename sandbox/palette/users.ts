import { randomBytes, timingSafeEqual } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { type ApiKey, apiKeys, hashOf, issueToken } from "./authentication";
import {
    ApiError,
    type Context,
    forbidden,
    metadata,
    notFound,
    requireTenantAdmin,
    timestamp,
    uid,
} from "./context";
import { type Stored } from "./stored";
import { type User } from "./stored";
import { list, type ListQuery } from "./lists";
import { object, text } from "./schema";

/** Passwords of the users, hashed, by e-mail address. */
interface Login {
    userUid: string;
    hash: string;
}

/** Permissions by the kind of object that they are about (`v1Permission`). */
const permissions = [
    { name: "Registry", scope: "tenant", kind: "packRegistry" },
    { name: "Project", scope: "tenant", kind: "project" },
    { name: "Cluster Profile", scope: "project", kind: "clusterProfile" },
    { name: "Cluster", scope: "project", kind: "cluster" },
    { name: "Cloud Account", scope: "project", kind: "cloudaccount" },
].map(({ name, scope, kind }) => ({
    name,
    scope,
    permissions: ["create", "delete", "get", "list", "update"].map((verb) => `${kind}.${verb}`),
}));

const NO_EXPIRY = "2999-12-31T00:00:00.000Z";

/** A user with a password for `POST /v1/auth/authenticate`. */
export function addUser(
    context: Context,
    user: Pick<User, "emailId" | "firstName" | "lastName" | "tenantAdmin" | "projectUids">,
    password: string,
): User {
    const stored: User = {
        ...newStored(context, `${user.firstName} ${user.lastName}`),
        ...user,
    };
    context.users.put(stored.uid, stored);
    context.journal
        .collection<Login>("logins")
        .put(user.emailId, { userUid: stored.uid, hash: hashOf(password) });
    return stored;
}

/** An API key; the answer is the only place where it stands in full. */
export function addApiKey(
    context: Context,
    name: string,
    userUid: string,
    { key = randomBytes(24).toString("base64url"), expiry = NO_EXPIRY } = {},
): { key: string; uid: string } {
    const stored: ApiKey = {
        ...newStored(context, name),
        hash: hashOf(key),
        userUid,
        expiry,
        isActive: true,
    };
    apiKeys(context).put(stored.hash, stored);
    return { key, uid: stored.uid };
}

/** `/v1/users`, `/v1/auth`. */
export function userRoutes(app: FastifyInstance, context: Context): void {
    app.get("/v1/users/info", ({ scope }) => ({
        orgName: context.orgName,
        tenantUid: context.tenantUid,
        userUid: scope.userUid,
    }));
    app.get<{ Querystring: ListQuery }>("/v1/users", ({ scope, query }) => {
        requireTenantAdmin(scope);
        return list(
            context.users.values().map((user) => describeUser(user)),
            query,
        );
    });
    app.get("/v1/users/meta", ({ scope }) => {
        requireTenantAdmin(scope);
        return {
            items: context.users.values().map(({ uid, name, emailId }) => ({ uid, name, emailId })),
        };
    });
    app.get<{ Querystring: { scope?: string } }>("/v1/permissions", ({ query }) =>
        permissions.filter(({ scope }) => !query.scope || scope === query.scope),
    );
    app.post<{ Body: { emailId: string; password: string; org?: string } }>(
        "/v1/auth/authenticate",
        {
            config: { anonymous: true },
            schema: { body: object({ emailId: text, password: text, org: text }, ["emailId"]) },
        },
        ({ body: { emailId, password = "" } }) => {
            const login = context.journal.collection<Login>("logins").get(emailId);
            const hash = Buffer.from(hashOf(password));
            if (!login || !timingSafeEqual(hash, Buffer.from(login.hash))) {
                throw new ApiError(401, "InvalidCredentials", "Wrong e-mail address or password");
            }
            return { Authorization: issueToken(context, login.userUid), isMfa: false };
        },
    );
    app.get("/v1/auth/orgs", { config: { anonymous: true } }, () => ({
        organizations: [
            { name: context.orgName, authType: "password", redirectUrl: "", ssoLogins: [] },
        ],
    }));
}

/** `/v1/apiKeys`: everyone's own keys, all of them for a tenant admin. */
export function apiKeyRoutes(app: FastifyInstance, context: Context): void {
    const keys = apiKeys(context);
    const find = (wanted: string, scope: { userUid: string; tenantAdmin: boolean }): ApiKey => {
        const key = keys.values().find((apiKey) => apiKey.uid === wanted);
        if (!key || !(scope.tenantAdmin || key.userUid === scope.userUid)) {
            throw notFound("API key", wanted);
        }
        return key;
    };
    const setActive = (key: ApiKey, isActive: boolean): void => {
        keys.put(key.hash, { ...key, isActive, modified: timestamp(context) });
    };
    app.get("/v1/apiKeys", ({ scope }) => ({
        items: keys
            .values()
            .filter((key) => scope.tenantAdmin || key.userUid === scope.userUid)
            .map((key) => describeKey(context, key)),
    }));
    app.get<{ Params: { uid: string } }>("/v1/apiKeys/:uid", ({ params, scope }) =>
        describeKey(context, find(params.uid, scope)),
    );
    app.post<{
        Body: { metadata: { name: string }; spec?: { expiry?: string; userUid?: string } };
    }>(
        "/v1/apiKeys",
        {
            schema: {
                body: object(
                    {
                        metadata: object({ name: text }, ["name"]),
                        spec: object({ expiry: { ...text, format: "date-time" }, userUid: text }),
                    },
                    ["metadata"],
                ),
            },
        },
        ({ body, scope }, reply) => {
            const userUid = body.spec?.userUid ?? scope.userUid;
            if (!scope.tenantAdmin && userUid !== scope.userUid) {
                throw forbidden("You can make API keys for yourself only");
            }
            if (!context.users.has(userUid)) {
                throw new ApiError(404, "UserNotFound", `User '${userUid}' is not found`);
            }
            const made = addApiKey(context, body.metadata.name, userUid, {
                expiry: body.spec?.expiry,
            });
            return reply.code(201).send({ apiKey: made.key, uid: made.uid });
        },
    );
    app.put<{ Params: { uid: string }; Body: { isActive: boolean } }>(
        "/v1/apiKeys/:uid/state",
        { schema: { body: object({ isActive: { type: "boolean" } }, ["isActive"]) } },
        ({ params, body, scope }, reply) => {
            setActive(find(params.uid, scope), body.isActive);
            return reply.code(204).send();
        },
    );
    app.delete<{ Params: { uid: string } }>("/v1/apiKeys/:uid", ({ params, scope }, reply) => {
        keys.delete(find(params.uid, scope).hash);
        return reply.code(204).send();
    });
}

function newStored(context: Context, name: string): Stored {
    const now = timestamp(context);
    return {
        uid: uid(),
        name,
        owner: { scope: "tenant" },
        labels: {},
        annotations: {},
        created: now,
        modified: now,
    };
}

function describeUser(user: User): object {
    return {
        metadata: metadata(user),
        spec: {
            emailId: user.emailId,
            firstName: user.firstName,
            lastName: user.lastName,
            roles: [user.tenantAdmin ? "Tenant Admin" : "Project Editor"],
        },
        status: { isActive: true, isPasswordResetting: false, activationLink: "" },
    };
}

function describeKey(context: Context, key: ApiKey): object {
    const user = context.users.get(key.userUid);
    return {
        metadata: metadata(key),
        spec: {
            expiry: key.expiry,
            key: "********",
            user: { uid: key.userUid, firstName: user?.firstName, lastName: user?.lastName },
        },
        status: { isActive: key.isActive },
    };
}
