import { createHash, randomBytes } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Collection } from "../journal";
import { ApiError, type Context, DELETED_PROJECT, forbidden, notFound } from "./context";
import { type Stored } from "./stored";
import { type User } from "./stored";

/** An API key; only a hash of it is kept. */
export interface ApiKey extends Stored {
    hash: string;
    userUid: string;
    expiry: string;
    isActive: boolean;
}

/** How long a token of `POST /v1/auth/authenticate` lives ("REST API, authentication"). */
const TOKEN_LIFETIME = 15 * 60 * 1000;

export function apiKeys(context: Context): Collection<ApiKey> {
    return context.journal.collection<ApiKey>("apiKeys");
}

export function hashOf(secret: string): string {
    return createHash("sha256").update(secret).digest("hex");
}

/** A token for the `Authorization` header. */
export function issueToken(context: Context, userUid: string): string {
    const token = randomBytes(32).toString("base64url");
    context.tokens.set(token, { userUid, expires: context.clock.now() + TOKEN_LIFETIME });
    return token;
}

/**
 * Puts `request.scope`. 401 without a valid key or token; 403 for a project the user has no part in,
 * and what `deletedProject` says for one that does not exist. A request without `ProjectUid` is the tenant's.
 */
export function authentication(context: Context): (request: FastifyRequest) => Promise<void> {
    return async (request) => {
        if (request.routeOptions.config.anonymous) {
            return;
        }
        const user = userOf(context, request);
        // The documentation's samples also show it as a parameter of the query.
        const query = request.query as { ProjectUid?: string };
        const projectUid = header(request, "projectuid") ?? query.ProjectUid;
        request.scope = { userUid: user.uid, tenantAdmin: user.tenantAdmin };
        if (projectUid === undefined || projectUid === "") {
            return;
        }
        if (!context.projects.has(projectUid)) {
            request.scope.projectUid = inDeletedProject(context, projectUid);
            return;
        }
        if (!user.tenantAdmin && !user.projectUids.includes(projectUid)) {
            throw forbidden(`You do not have access to project '${projectUid}'`);
        }
        request.scope.projectUid = projectUid;
    };
}

/**
 * Refuses a call in a project that is not there (any more), as the switch `deletedProject` says.
 * Returns where the call is answered all the same: nothing is seen then, and nothing can be made.
 */
function inDeletedProject(context: Context, projectUid: string): string {
    switch (context.switches.get("deletedProject")) {
        case "404":
            throw notFound("Project", projectUid);
        case "403":
            throw forbidden(`You do not have access to project '${projectUid}'`);
        case "401":
            throw new ApiError(401, "InvalidCredentials", "The API key has no such project");
        case "emptyProject":
            return `${DELETED_PROJECT}${projectUid}`;
    }
}

function userOf(context: Context, request: FastifyRequest): User {
    const key = header(request, "apikey");
    const token = header(request, "authorization");
    const userUid =
        key === undefined
            ? token === undefined
                ? undefined
                : userOfToken(context, token)
            : userOfKey(context, key);
    const user = userUid === undefined ? undefined : context.users.get(userUid);
    if (!user) {
        throw new ApiError(
            401,
            "InvalidCredentials",
            key === undefined && token === undefined
                ? "Authentication is required: send an ApiKey header"
                : "The API key or token is invalid or expired",
        );
    }
    return user;
}

function userOfKey(context: Context, key: string): string | undefined {
    const found = apiKeys(context).get(hashOf(key));
    return found?.isActive && Date.parse(found.expiry) > context.clock.now()
        ? found.userUid
        : undefined;
}

function userOfToken(context: Context, token: string): string | undefined {
    const found = context.tokens.get(token);
    return found && found.expires > context.clock.now() ? found.userUid : undefined;
}

function header(request: FastifyRequest, name: string): string | undefined {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
}

declare module "fastify" {
    interface FastifyContextConfig {
        /** The route needs no credentials. */
        anonymous?: boolean;
    }
}
