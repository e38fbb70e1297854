import { timingSafeEqual } from "node:crypto";
import fastify, { type FastifyInstance } from "fastify";
import type { Aws } from "./aws";
import { AwsError } from "./aws/protocol";
import type { Clock } from "./clock";
import { ACTIONS, type Control, type Fault, SERVICES } from "./control";
import type { Harbor } from "./harbor";
import { type HarborProject, HarborRefusal, type HarborSystem } from "./harborRules";
import type { Switches } from "./palette/switches";

/** What the control address acts on, once the sandbox is up. */
export interface ControlParts {
    clock: Clock;
    switches: Switches;
    /** Trouble for the cluster, or the registry, of that name. */
    clusterFault(name: string, fault: object): void;
    registryFault(name: string, fault: object): void;
    /** What becomes of one version of a pack. */
    packFault(pack: { registry: string; name: string; version: string }, fault: object): void;
    /** Deletes a project with all that is in it unasked, as somebody else would. */
    deleteProject(name: string): void;
    /** All clusters, whoever may see them. */
    clusters(): object[];
    /** Ends all of ECR's authorization tokens that are out. */
    expireTokens(): void;
    /** All operations of Palette and of the AWS's control plane, as `METHOD route`. */
    operations: string[];
    aws: Pick<Aws, "registryHosts" | "removeImages" | "expireImages" | "webIdentity">;
    harbor: Pick<Harbor, "setProject" | "deleteProject" | "setSystem" | "removeImages">;
}

/**
 * The control address: `http://127.0.0.1:<port>`, every call with `Authorization: Bearer <token>`.
 * Its port is bound before anything else starts; until `ready` it answers 503.
 */
export async function startControl(options: {
    control: Control;
    port: number;
    token: string;
}): Promise<{ ready(parts: ControlParts): void; close(): Promise<void> }> {
    const { control, token } = options;
    let parts: ControlParts | undefined;
    const app = fastify({ forceCloseConnections: true });
    app.addHook("onRequest", async (request, reply) => {
        if (!equal(request.headers.authorization ?? "", `Bearer ${token}`)) {
            await reply.code(401).send({ message: "wrong control token" });
        } else if (!parts) {
            await reply.code(503).send({ message: "the sandbox is starting" });
        }
    });
    logRoutes(app, control);
    faultRoutes(app, control);
    partRoutes(app, control, () => parts!);
    harborRoutes(app, () => parts!.harbor);
    awsRoutes(app, () => parts!.aws);
    await app.listen({ host: "127.0.0.1", port: options.port });
    return {
        ready(started) {
            parts = started;
        },
        close: () => app.close(),
    };
}

function partRoutes(app: FastifyInstance, control: Control, parts: () => ControlParts): void {
    const time = (): object => {
        const { clock } = parts();
        return { now: clock.date().toISOString(), speed: clock.speed, awsSkew: control.awsSkew };
    };
    app.get("/operations", () => ({ items: parts().operations }));
    app.get("/switches", () => parts().switches.all());
    app.patch<{ Body: Record<string, string> }>("/switches", ({ body }) => {
        parts().switches.set(body);
        return parts().switches.all();
    });
    app.delete("/switches", () => {
        parts().switches.reset();
        return parts().switches.all();
    });
    app.get("/clock", time);
    app.post<{ Body: { advance?: number; awsSkew?: number } }>(
        "/clock",
        {
            schema: {
                body: body({
                    advance: { type: "number", minimum: 0 },
                    awsSkew: { type: "number" },
                }),
            },
        },
        ({ body: { advance = 0, awsSkew = control.awsSkew } }) => {
            control.awsSkew = awsSkew;
            parts().clock.advance(advance);
            return time();
        },
    );
    for (const [kind, set] of [
        ["clusters", "clusterFault"],
        ["registries", "registryFault"],
    ] as const) {
        app.put<{ Params: { name: string }; Body: object | undefined }>(
            `/${kind}/:name/fault`,
            ({ params, body: fault }, reply) => {
                parts()[set](params.name, fault ?? {});
                return reply.code(204).send();
            },
        );
    }
    app.put<{
        Params: { registry: string; name: string; version: string };
        Body: object | undefined;
    }>("/packs/:registry/:name/:version/fault", ({ params, body: fault }, reply) => {
        parts().packFault(params, fault ?? {});
        return reply.code(204).send();
    });
    app.delete<{ Params: { name: string } }>("/projects/:name", ({ params }, reply) => {
        parts().deleteProject(params.name);
        return reply.code(204).send();
    });
    app.get("/clusters", () => ({ items: parts().clusters() }));
    app.delete("/tokens", (_, reply) => {
        parts().expireTokens();
        return reply.code(204).send();
    });
}

/** The registry of the kind `basic`. */
function harborRoutes(app: FastifyInstance, harbor: () => ControlParts["harbor"]): void {
    const flag = { type: "boolean" };
    const settings = body({
        quota: { type: "integer", minimum: 0 },
        proxy: flag,
        immutable: flag,
    });
    const project = "/harbor/projects/:name";
    app.put<{ Params: { name: string }; Body: object | null }>(
        project,
        { schema: { body: { ...settings, nullable: true } } },
        ({ params, body: wanted }, reply) => {
            harbor().setProject({
                ...(wanted as Omit<HarborProject, "name"> | null),
                name: params.name,
            });
            return reply.code(204).send();
        },
    );
    app.delete<{ Params: { name: string } }>(project, ({ params }, reply) => {
        harbor().deleteProject(params.name);
        return reply.code(204).send();
    });
    app.put<{ Body: object }>(
        "/harbor",
        { schema: { body: body({ readOnly: flag }) } },
        (request, reply) => {
            harbor().setSystem(request.body as HarborSystem);
            return reply.code(204).send();
        },
    );
    app.delete<{ Params: { "*": string }; Querystring: { tag?: string } }>(
        "/harbor/images/*",
        async ({ params, query }, reply) => {
            await harbor()
                .removeImages(params["*"], query.tag)
                .catch((error: Error) => {
                    const statusCode = error instanceof HarborRefusal ? error.status : 500;
                    throw Object.assign(error, { statusCode });
                });
            return reply.code(204).send();
        },
    );
}

/** What others, and time, do in the AWS account. */
function awsRoutes(app: FastifyInstance, aws: () => ControlParts["aws"]): void {
    const text = { type: "string" };
    app.get("/aws/registries", () => aws().registryHosts());
    app.delete<{ Params: { "*": string }; Querystring: { tag?: string; region?: string } }>(
        "/aws/repositories/*",
        async ({ params, query }, reply) => {
            await aws()
                .removeImages(params["*"], query)
                .catch((error: Error) => {
                    const statusCode = error instanceof AwsError ? 404 : 500;
                    throw Object.assign(error, { statusCode });
                });
            return reply.code(204).send();
        },
    );
    app.post<{ Body: { days?: number; region?: string } | null }>(
        "/aws/lifecycle",
        {
            schema: {
                body: {
                    ...body({ days: { type: "number", minimum: 0 }, region: text }),
                    nullable: true,
                },
            },
        },
        async (request) => ({
            expired: await aws().expireImages(request.body ?? {}),
        }),
    );
    app.post<{ Body: { subject: string; audience: string; seconds?: number } }>(
        "/aws/webIdentity",
        {
            schema: {
                body: body({ subject: text, audience: text, seconds: { type: "number" } }, [
                    "subject",
                    "audience",
                ]),
            },
        },
        ({ body: { seconds = 3600, ...identity } }) => aws().webIdentity(identity, seconds),
    );
}

function logRoutes(app: FastifyInstance, control: Control): void {
    app.get<{ Querystring: { after?: string } }>("/requests", ({ query }) => ({
        items: control.calls(Number(query.after ?? 0)),
    }));
    app.get("/counters", () => control.counts());
    app.delete("/requests", (_, reply) => {
        control.resetLog();
        return reply.code(204).send();
    });
}

const fault = body({
    service: { enum: SERVICES },
    method: { type: "string" },
    route: { type: "string" },
    path: { type: "string" },
    nth: { type: "integer", minimum: 1 },
    times: { type: "integer", minimum: 0 },
    delay: { type: "number", minimum: 0 },
    status: { type: "integer", minimum: 100, maximum: 599 },
    body: {},
    headers: { type: "object", additionalProperties: { type: "string" } },
    action: { enum: ACTIONS },
});

function faultRoutes(app: FastifyInstance, control: Control): void {
    app.get("/faults", () => ({
        items: control.allFaults().map(({ fault, ...progress }) => ({ ...fault, ...progress })),
    }));
    app.post<{ Body: Fault }>("/faults", { schema: { body: fault } }, (request, reply) => {
        control.addFault(request.body);
        return reply.code(204).send();
    });
    app.delete("/faults", (_, reply) => {
        control.setFaults([]);
        return reply.code(204).send();
    });
}

function body(properties: Record<string, object>, required: string[] = []): object {
    return { type: "object", additionalProperties: false, properties, required };
}

function equal(left: string, right: string): boolean {
    const [a, b] = [Buffer.from(left), Buffer.from(right)];
    return a.length === b.length && timingSafeEqual(a, b);
}
