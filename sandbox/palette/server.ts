import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from "fastify";
import type { Observe } from "../control";
import { ApiError, type Context } from "./context";
import { authentication } from "./authentication";
import { UNLIMITED } from "./lists";
import { RateLimiter } from "./rateLimit";

/** Adds the routes of one part of the API. */
export type Routes = (app: FastifyInstance, context: Context) => void;

/**
 * The Palette API over TLS on 127.0.0.1. Every path starts with `/v1/`; refusals are `v1Error`
 * bodies; a JSON body is read as Go reads it: members that are null count as absent and unknown
 * ones are let through (the Terraform provider sends both).
 */
export async function startPalette(
    context: Context,
    options: { port: number; observe: Observe; routes: Routes[] },
): Promise<{ port: number; operations: string[]; close(): Promise<void> }> {
    const app = fastify({
        https: await context.ca.issue(["127.0.0.1", "localhost"]),
        genReqId: () => randomUUID(),
        bodyLimit: 16 * 1024 * 1024,
        forceCloseConnections: true,
        routerOptions: { maxParamLength: 500 },
        ajv: { customOptions: { coerceTypes: false, removeAdditional: true } },
    }) as unknown as FastifyInstance;
    readBodiesAsGoDoes(app);
    app.decorateRequest("scope");
    app.addHook("onRequest", async (request, reply) => {
        const answered = await options.observe({
            service: "palette",
            method: request.method,
            path: request.url.split("?")[0]!,
            route: routeOf(request),
            scope: () => describeScope(request),
            response: reply.raw,
        });
        if (answered) {
            reply.hijack();
        }
    });
    const limiter = new RateLimiter(context.switches);
    app.addHook("onRequest", async (request, reply) => {
        const wait = limiter.take(request.ip, request.url);
        if (wait > 0) {
            if (context.switches.get("retryAfter") === "seconds") {
                reply.header("retry-after", String(Math.ceil(wait)));
            }
            throw new ApiError(429, "TooManyRequests", "Too many requests, try again later");
        }
    });
    app.addHook("onRequest", authentication(context));
    app.addHook<{ Querystring: { limit?: string } }>("preValidation", async ({ query }) => {
        if (query.limit === "0" && context.switches.get("limitZero") === "all") {
            query.limit = UNLIMITED;
        }
    });
    app.addHook("onSend", async (request, reply) => {
        if (request.method !== "GET" && reply.statusCode < 300) {
            reply.header("AuditUid", request.id);
        }
    });
    answerErrors(app, context);
    const operations: string[] = [];
    app.addHook("onRoute", ({ method, url }) => {
        // Fastify adds a HEAD to every GET.
        if (method !== "HEAD") {
            operations.push(`${String(method)} ${template(url)}`);
        }
    });
    options.routes.forEach((routes) => routes(app, context));
    await app.listen({ host: "127.0.0.1", port: options.port });
    return {
        port: (app.server.address() as AddressInfo).port,
        operations,
        close: () => app.close(),
    };
}

/** The route as the API's document spells it: `/v1/packs/{uid}`. */
function routeOf(request: FastifyRequest): string {
    return template(request.routeOptions.url ?? "(unknown)");
}

function template(url: string): string {
    return url.replace(/:(\w+)/g, "{$1}");
}

function describeScope(request: FastifyRequest): string {
    const scope = request.scope as typeof request.scope | undefined;
    return scope ? (scope.projectUid ?? "tenant") : "";
}

function readBodiesAsGoDoes(app: FastifyInstance): void {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "string" }, (_request, text, done) => {
        if (text === "") {
            done(null, undefined);
            return;
        }
        try {
            const body: unknown = JSON.parse(text as string, (_key, value: unknown) =>
                value === null ? undefined : value,
            );
            done(null, body);
        } catch (error) {
            const reason = (error as Error).message;
            done(new ApiError(400, "InvalidRequest", `The body is not JSON: ${reason}`));
        }
    });
}

function answerErrors(app: FastifyInstance, context: Context): void {
    app.setNotFoundHandler((request) => {
        throw new ApiError(
            404,
            "RouteNotFound",
            `path ${request.url.split("?")[0]} was not found for ${request.method}`,
        );
    });
    app.setErrorHandler((error: FastifyError | ApiError, request, reply) => {
        const refusal = asApiError(error);
        if (refusal.status >= 500 && !(error instanceof ApiError)) {
            context.log(`${request.method} ${routeOf(request)}: ${error.stack ?? error.message}`);
        }
        return reply.code(refusal.status).send({
            code: refusal.code,
            message: refusal.message,
            details: refusal.details,
            ref: request.id,
        });
    });
}

function asApiError(error: FastifyError | ApiError): ApiError {
    if (error instanceof ApiError) {
        return error;
    }
    if (error.validation) {
        return new ApiError(400, "InvalidRequest", error.message);
    }
    const status = error.statusCode ?? 500;
    return status < 500
        ? new ApiError(status, "InvalidRequest", error.message)
        : new ApiError(500, "InternalError", "An internal error, see the sandbox's log");
}
