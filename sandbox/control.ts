import type { IncomingMessage, ServerResponse } from "node:http";

/** Palette; AWS with ECR's registry; the registries of the other kinds. */
export const SERVICES = ["palette", "aws", "harbor", "spectro"] as const;
export type Service = (typeof SERVICES)[number];

/**
 * Sees every request before it is served; to let it be served it calls `next`. `route`: the operation,
 * where the server knows it better than the observer.
 */
export type Observer = (
    request: IncomingMessage,
    response: ServerResponse,
    next: () => void,
    route?: string,
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
    /** The path without the query, for a call about one object; `*` as in `route`. */
    path?: string;
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
     * `hang`: never act, never answer. `hangAfter`: act, never answer. `truncate`: act, then send half
     * of the answer's body and cut. `corrupt`: act, then answer with another digest, in the header
     * and in the body.
     */
    action?: (typeof ACTIONS)[number];
}

/** What a fault can do beside answering. */
export const ACTIONS = ["reset", "resetAfter", "hang", "hangAfter", "truncate", "corrupt"] as const;

/** A fault that is set, and how far it has come. */
export interface SetFault {
    fault: Fault;
    /** Calls that matched. */
    seen: number;
    /** Calls that it has hit; where the server acts first, those that it has acted on. */
    hit: number;
}

/** How many calls the log keeps. */
const LOG_SIZE = 5000;

/**
 * The request log and the fault injector of all servers. Bodies and headers are not kept, so that
 * no secret can be in the log.
 */
export class Control {
    private log: LoggedCall[] = [];
    private number = 0;
    private counters = new Map<string, { count: number; statuses: Record<number, number> }>();
    private faults: SetFault[] = [];

    /** How far the clock of the AWS is off, in milliseconds: signatures then fail. */
    awsSkew = 0;

    readonly observe: Observe = async (call) => {
        const start = performance.now();
        let isOver = false;
        const over = (): void => {
            if (!isOver) {
                isOver = true;
                this.record(call, start);
            }
        };
        // Before the client can have the answer, so that its next look at the log finds the call.
        call.response.once("finish", over);
        call.response.once("close", over);
        const entry = this.next(call);
        if (!entry) {
            return false;
        }
        if (entry.fault.delay) {
            await new Promise((resolve) => setTimeout(resolve, entry.fault.delay));
        }
        return apply(entry.fault, call.response, () => entry.hit++);
    };

    /** `observe` in the form that servers take which are not Palette's. */
    observer(service: Service, routeOf = (path: string): string => path): Observer {
        return (request, response, next, known) => {
            const path = request.url!.split("?")[0]!;
            const route = known ?? routeOf(path);
            const call = { service, method: request.method!, path, route, response };
            void this.observe(call).then((answered) => answered || next());
        };
    }

    setFaults(faults: Fault[]): void {
        this.faults = [];
        faults.forEach((fault) => this.addFault(fault));
    }

    addFault(fault: Fault): void {
        this.faults.push({ fault, seen: 0, hit: 0 });
    }

    allFaults(): SetFault[] {
        return this.faults;
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
        if (this.log.length > 2 * LOG_SIZE) {
            this.log = this.log.slice(-LOG_SIZE);
        }
        const key = `${service} ${method} ${route}`;
        const counter = this.counters.get(key) ?? { count: 0, statuses: {} };
        counter.count++;
        counter.statuses[status] = (counter.statuses[status] ?? 0) + 1;
        this.counters.set(key, counter);
    }

    private next(call: ObservedCall): SetFault | undefined {
        for (const entry of this.faults) {
            const { fault } = entry;
            if (matches(fault, call)) {
                entry.seen++;
                const first = fault.nth ?? 1;
                const times = fault.times ?? 1;
                if (entry.seen >= first && (times === 0 || entry.seen < first + times)) {
                    return entry;
                }
            }
        }
        return undefined;
    }
}

/** `/v2/{name}/manifests/{reference}` and the like. */
export function registryRoute(path: string): string {
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
        (fault.route === undefined || pattern(fault.route).test(call.route)) &&
        (fault.path === undefined || pattern(fault.path).test(call.path))
    );
}

function pattern(route: string): RegExp {
    const parts = route.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`);
}

/**
 * Whether the call is over; for the faults that act first the response is changed instead. `done` is
 * called when it has come about.
 */
function apply(fault: Fault, response: ServerResponse, done: () => void): boolean {
    switch (fault.action) {
        case "reset":
            response.socket?.destroy();
            done();
            return true;
        case "hang":
            done();
            return true;
        case "resetAfter":
            instead(response, () => {
                response.socket?.destroy();
                done();
            });
            return false;
        case "hangAfter":
            instead(response, done);
            return false;
        case "truncate":
            instead(response, (body, send) => {
                // The header still promises the whole body.
                send(body.subarray(0, Math.floor(body.length / 2)), () =>
                    response.socket?.destroy(),
                );
                done();
            });
            return false;
        case "corrupt":
            corruptDigest(response);
            instead(response, (body, send, end) => {
                send(corrupted(body), end);
                done();
            });
            return false;
        case undefined:
    }
    done();
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

/** Holds the body back; when the server has written it all, `act` decides what becomes of it. */
function instead(
    response: ServerResponse,
    act: (body: Buffer, send: (bytes: Buffer, then: () => void) => void, end: () => void) => void,
): void {
    const { write, end } = response;
    const chunks: Buffer[] = [];
    const take = (chunk: unknown): void => {
        if (chunk !== undefined && chunk !== null && typeof chunk !== "function") {
            chunks.push(Buffer.from(chunk as string | Buffer));
        }
    };
    response.write = ((chunk: unknown) => {
        take(chunk);
        return true;
    }) as ServerResponse["write"];
    response.end = ((chunk?: unknown) => {
        take(chunk);
        act(
            Buffer.concat(chunks),
            (bytes, then) => {
                // An empty write would never call back.
                if (bytes.length > 0) {
                    write.call(response, bytes, "utf8", then);
                } else {
                    response.flushHeaders();
                    then();
                }
            },
            () => end.call(response, undefined, "utf8"),
        );
        return response;
    }) as ServerResponse["end"];
}

const DIGEST_HEADER = "docker-content-digest";
const wrongDigest = `sha256:${"0".repeat(64)}`;

function corruptDigest(response: ServerResponse): void {
    const { writeHead } = response;
    response.writeHead = ((status: number, ...rest: unknown[]) => {
        const headers = rest.at(-1) as Record<string, unknown> | undefined;
        return writeHead.call(response, status, {
            ...headers,
            ...(headers && DIGEST_HEADER in headers && { [DIGEST_HEADER]: wrongDigest }),
        } as never);
    }) as ServerResponse["writeHead"];
}

/** Of the same length; a manifest stays JSON. */
function corrupted(body: Buffer): Buffer {
    const text = body.toString("latin1");
    const changed = text.replace(/sha256:[0-9a-f]{64}/, wrongDigest);
    if (changed !== text || body.length === 0) {
        return Buffer.from(changed, "latin1");
    }
    const bytes = Buffer.from(body);
    bytes[bytes.length - 1]! ^= 0xff;
    return bytes;
}
