import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import fastify, { type FastifyInstance } from "fastify";
import type { Clock } from "./clock";
import type { Switches } from "./palette/switches";

/** Palette; AWS with ECR's registry; the registries of the other kinds. */
export const services = ["palette", "aws", "harbor", "spectro"] as const;
export type Service = (typeof services)[number];

/** Sees every request before it is served; to let it be served it calls `next`. */
export type Observer = (
    request: IncomingMessage,
    response: ServerResponse,
    next: () => void,
) => void;

/** A call as the servers report it, once they know which operation it is. */
export interface ObservedCall {
    service: Service;
    method: string;
    /** Path without the query. */
    path: string;
    /** The operation: a path with `{parameters}`, or the name of an AWS action. */
    route: string;
    /** Who called for what, read when the call is over. */
    scope?: () => string;
    response: ServerResponse;
}

/** Servers await it before they act. `true`: the call is answered, do nothing. */
export type Observe = (call: ObservedCall) => Promise<boolean>;

/** A finished call. `status` is 0 when the answer did not get out whole. */
export interface LoggedCall {
    number: number;
    time: string;
    service: string;
    method: string;
    path: string;
    route: string;
    scope: string;
    status: number;
    milliseconds: number;
}

/** What to do to some calls. All given matchers must fit; `*` in a route stands for anything. */
export interface Fault {
    service?: Service;
    method?: string;
    route?: string;
    /** The first matching call that is hit, counted from 1 (default 1). */
    nth?: number;
    /** How many calls are hit from there on (default 1; 0: all). */
    times?: number;
    /** Real milliseconds before anything else happens. */
    delay?: number;
    /** Answer this instead of acting; `body` is an object (JSON) or text. */
    status?: number;
    body?: unknown;
    headers?: Record<string, string>;
    /**
     * `reset`: cut the connection before acting. `resetAfter`: act, then cut instead of answering.
     * `hang`: never act, never answer. `truncate`: act, then send half of the answer's body and cut.
     */
    action?: "reset" | "resetAfter" | "hang" | "truncate";
}

/** How many calls the log keeps. */
const logSize = 5000;

/**
 * The request log and the fault injector of all servers. Bodies and headers are not kept, so that
 * no secret can be in the log.
 */
export class Control {
    private log: LoggedCall[] = [];
    private number = 0;
    private counters = new Map<string, { count: number; statuses: Record<number, number> }>();
    private faults: { fault: Fault; seen: number }[] = [];

    /** How far the clock of the AWS is off, in milliseconds: signatures then fail. */
    awsSkew = 0;

    readonly observe: Observe = async (call) => {
        const start = performance.now();
        call.response.once("close", () => this.record(call, start));
        const fault = this.next(call);
        if (!fault) {
            return false;
        }
        if (fault.delay) {
            await new Promise((resolve) => setTimeout(resolve, fault.delay));
        }
        return apply(fault, call.response);
    };

    /** `observe` in the form that servers take which are not Palette's. */
    observer(
        service: Service,
        routeOf: (request: IncomingMessage, path: string) => string,
    ): Observer {
        return (request, response, next) => {
            const path = request.url!.split("?")[0]!;
            const route = routeOf(request, path);
            const call = { service, method: request.method!, path, route, response };
            void this.observe(call).then((answered) => answered || next());
        };
    }

    setFaults(faults: Fault[]): void {
        this.faults = faults.map((fault) => ({ fault, seen: 0 }));
    }

    addFault(fault: Fault): void {
        this.faults.push({ fault, seen: 0 });
    }

    /** The kept calls after the given number, oldest first. */
    calls(after = 0): LoggedCall[] {
        return this.log.filter((call) => call.number > after);
    }

    /** Per `service METHOD route`: how many calls since the last reset, and their statuses. */
    counts(): Record<string, { count: number; statuses: Record<number, number> }> {
        return Object.fromEntries(this.counters);
    }

    resetLog(): void {
        this.log = [];
        this.counters.clear();
    }

    private record(call: ObservedCall, start: number): void {
        const { service, method, path, route, response } = call;
        const status = response.writableFinished ? response.statusCode : 0;
        this.log.push({
            number: ++this.number,
            time: new Date().toISOString(),
            service,
            method,
            path,
            route,
            scope: call.scope?.() ?? "",
            status,
            milliseconds: Math.round((performance.now() - start) * 10) / 10,
        });
        // Twice the size before a cut, so that a cut is rare.
        if (this.log.length > 2 * logSize) {
            this.log = this.log.slice(-logSize);
        }
        const key = `${service} ${method} ${route}`;
        const counter = this.counters.get(key) ?? { count: 0, statuses: {} };
        counter.count++;
        counter.statuses[status] = (counter.statuses[status] ?? 0) + 1;
        this.counters.set(key, counter);
    }

    private next(call: ObservedCall): Fault | undefined {
        for (const entry of this.faults) {
            const { fault } = entry;
            if (matches(fault, call)) {
                entry.seen++;
                const first = fault.nth ?? 1;
                const times = fault.times ?? 1;
                if (entry.seen >= first && (times === 0 || entry.seen < first + times)) {
                    return fault;
                }
            }
        }
        return undefined;
    }
}

/** `ecr CreateRepository`; of the services with query bodies (`sts`, `iam`) the name alone. */
export function actionOf({ headers }: IncomingMessage): string {
    const service = /\/(\w+)\/aws4_request/.exec(headers.authorization ?? "")?.[1] ?? "(unsigned)";
    const action = String(headers["x-amz-target"] ?? "").split(".")[1];
    return action === undefined ? service : `${service} ${action}`;
}

/** `/v2/{name}/manifests/{reference}` and the like. */
export function registryRoute(_request: IncomingMessage, path: string): string {
    return path
        .replace(/^\/v2\/.+\/(manifests|blobs|tags|referrers)\//, "/v2/{name}/$1/")
        .replace(
            /(manifests\/|blobs\/uploads\/|blobs\/(?!uploads)|referrers\/).+$/,
            "$1{reference}",
        );
}

function matches(fault: Fault, call: ObservedCall): boolean {
    return (
        (fault.service === undefined || fault.service === call.service) &&
        (fault.method === undefined || fault.method === call.method) &&
        (fault.route === undefined || pattern(fault.route).test(call.route))
    );
}

function pattern(route: string): RegExp {
    const parts = route.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`);
}

/** Whether the call is over; for the faults that act first the response is changed instead. */
function apply(fault: Fault, response: ServerResponse): boolean {
    switch (fault.action) {
        case "reset":
            response.socket?.destroy();
            return true;
        case "hang":
            return true;
        case "resetAfter":
            response.end = (() => {
                response.socket?.destroy();
                return response;
            }) as ServerResponse["end"];
            response.write = () => true;
            return false;
        case "truncate":
            truncate(response);
            return false;
        case undefined:
    }
    if (fault.status === undefined) {
        return false;
    }
    const text = typeof fault.body === "string";
    response.writeHead(fault.status, {
        "content-type": text ? "text/plain" : "application/json",
        ...fault.headers,
    });
    response.end(text || fault.body === undefined ? fault.body : JSON.stringify(fault.body));
    return true;
}

function truncate(response: ServerResponse): void {
    response.end = ((chunk?: unknown) => {
        const body = Buffer.from((chunk as string | Buffer | undefined) ?? "");
        // The header still promises the whole body.
        response.write(body.subarray(0, Math.floor(body.length / 2)), () =>
            response.socket?.destroy(),
        );
        return response;
    }) as ServerResponse["end"];
}

/** What the control address acts on, once the sandbox is up. */
export interface ControlParts {
    clock: Clock;
    switches: Switches;
    /** Trouble for the cluster of that name. */
    clusterFault(name: string, fault: object): void;
    /** Makes a project of the basic registry. */
    addHarborProject(name: string): void;
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
    app.put<{ Params: { name: string }; Body: Record<string, unknown> }>(
        "/clusters/:name/fault",
        ({ params, body: fault }, reply) => {
            parts().clusterFault(params.name, fault);
            return reply.code(204).send();
        },
    );
    app.put<{ Params: { name: string } }>("/harbor/projects/:name", ({ params }, reply) => {
        parts().addHarborProject(params.name);
        return reply.code(204).send();
    });
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
    service: { enum: services },
    method: { type: "string" },
    route: { type: "string" },
    nth: { type: "integer", minimum: 1 },
    times: { type: "integer", minimum: 0 },
    delay: { type: "number", minimum: 0 },
    status: { type: "integer", minimum: 100, maximum: 599 },
    body: {},
    headers: { type: "object", additionalProperties: { type: "string" } },
    action: { enum: ["reset", "resetAfter", "hang", "truncate"] },
});

function faultRoutes(app: FastifyInstance, control: Control): void {
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
