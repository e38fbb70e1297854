import { setTimeout as sleep } from "node:timers/promises";
import type { EnvHttpProxyAgent, Response } from "undici";
import { requireEngine } from "./engine";
import { API_KEY_SOURCES, type PaletteSettings } from "./settings";

/** One call of the Palette API. */
export interface Call {
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    /** Path below the host, such as `/v1/packs`. */
    path: string;
    query?: Record<string, string | number | boolean | undefined>;
    body?: unknown;
    /** Project uid, sent as the `ProjectUid` header. Absent means tenant scope (Palette's rule). */
    project?: string;
    /** What the call is about, for error messages: `cluster "pack-tutorial-cluster"`. */
    subject: string;
    /** Whether a repetition does no harm. Default: every method but POST. */
    repeatable?: boolean;
}

/** A call that Palette refused, or that never got an answer. */
export class PaletteError extends Error {
    constructor(
        message: string,
        /** HTTP status; undefined when no complete answer arrived. */
        readonly status?: number,
        /** Palette's own error code, such as `ResourceNotFound`. */
        readonly code?: string,
    ) {
        super(message);
        this.name = "PaletteError";
    }

    /** Gone, or never there: by status or by code, as Palette has codes of its own for some kinds. */
    get notFound(): boolean {
        return this.status === 404 || this.code === "ResourceNotFound";
    }

    /** The server may have acted on the request although its answer says otherwise or got lost. */
    get ambiguous(): boolean {
        return this.status === undefined || [502, 503, 504].includes(this.status);
    }

    /** Likely to pass by itself. */
    get transient(): boolean {
        return this.ambiguous || this.status === 429 || (this.status ?? 0) >= 500;
    }
}

const REQUEST_TIMEOUT_MS = 60_000;
const ATTEMPTS = 6;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 20_000;
const MAX_RETRY_AFTER_MS = 120_000;

/**
 * The one way to call Palette. It holds no scope: each call names its own, so calls of different scopes
 * can run side by side. Every request has a deadline. Failures that pass by themselves (429, 502, 503, 504,
 * no connection) are repeated with exponential backoff and jitter, honouring Retry-After, if a repetition
 * does no harm; a 429 is safe to repeat for every method since Palette did not act.
 */
export class PaletteClient {
    readonly #origin: string;
    readonly #apiKey: string;
    readonly #ca: string | undefined;
    #dispatcher: EnvHttpProxyAgent | undefined;

    constructor(settings: PaletteSettings) {
        this.#origin = `${settings.scheme}://${settings.host}`;
        this.#apiKey = settings.apiKey;
        this.#ca = settings.ca;
    }

    /**
     * Makes one call.
     *
     * @returns the JSON answer, the text of an answer that is not JSON, or undefined for an empty one.
     * @throws PaletteError
     */
    async request<T>(call: Call): Promise<T> {
        const repeatable = call.repeatable ?? call.method !== "POST";
        for (let attempt = 1; ; attempt++) {
            await requireEngine();
            let error: PaletteError;
            let retryAfter = 0;
            try {
                const response = await this.#send(call);
                const text = await response.text();
                if (response.ok) {
                    const json = /json/.test(response.headers.get("content-type") ?? "");
                    return (json && text !== "" ? JSON.parse(text) : parse(text)) as T;
                }
                retryAfter = retryAfterMs(response.headers.get("retry-after"));
                error = this.#refused(call, response, text);
            } catch (cause) {
                error = this.#unanswered(call, cause);
            }
            const again = error.status === 429 || (error.ambiguous && repeatable);
            if (!again || attempt === ATTEMPTS) {
                throw error;
            }
            const backoff = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), MAX_DELAY_MS);
            const jittered = backoff * (0.75 + Math.random() / 2);
            await sleep(Math.max(jittered, retryAfter));
        }
    }

    /** Follows `listmeta.continue` through all pages of a list (at most 50 items each). */
    async list<T>(call: Call): Promise<T[]> {
        const items: T[] = [];
        let token: string | undefined;
        do {
            const page = await this.request<Page<T>>({
                ...call,
                repeatable: true,
                query: { ...call.query, continue: token },
            });
            if (typeof page !== "object") {
                throw new PaletteError(
                    `${call.subject}: the answer to ${call.method} ${call.path} is not a list; check that paletteHost is a Palette API`,
                );
            }
            items.push(...(page.items ?? []));
            token = page.listmeta?.continue || undefined;
        } while (token !== undefined);
        return items;
    }

    /** Like {@link request}, but undefined when the object does not exist. */
    async find<T>(call: Call): Promise<T | undefined> {
        try {
            return await this.request<T>(call);
        } catch (error) {
            if (error instanceof PaletteError && error.notFound) {
                return undefined;
            }
            throw error;
        }
    }

    /** Closes the connections. */
    async close(): Promise<void> {
        await this.#dispatcher?.close();
    }

    async #send(call: Call): Promise<Response> {
        // On first use: most runs of a provider compare inputs only, and undici takes longest to load.
        const { EnvHttpProxyAgent, fetch } = await import("undici");
        const tls = this.#ca ? { ca: this.#ca } : {};
        this.#dispatcher ??= new EnvHttpProxyAgent({ connect: tls, requestTls: tls });
        const url = new URL(call.path, this.#origin);
        for (const [key, value] of Object.entries(call.query ?? {})) {
            if (value !== undefined) {
                url.searchParams.set(key, String(value));
            }
        }
        const headers: Record<string, string> = {
            accept: "application/json",
            ApiKey: this.#apiKey,
        };
        if (call.project !== undefined) {
            headers.ProjectUid = call.project;
        }
        if (call.body !== undefined) {
            headers["content-type"] = "application/json";
        }
        return fetch(url, {
            method: call.method,
            headers,
            body: call.body === undefined ? undefined : JSON.stringify(call.body),
            dispatcher: this.#dispatcher,
            redirect: "error",
            signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        });
    }

    #refused(call: Call, response: Response, text: string): PaletteError {
        const body = parse(text);
        const { code, message } = isErrorBody(body)
            ? body
            : { code: undefined, message: this.#redact(text).slice(0, 300) };
        const said = [code, message].filter(Boolean).join(": ") || response.statusText;
        return new PaletteError(
            this.#redact(
                `${call.subject}: Palette answered ${response.status} to ${call.method} ${call.path}: ${said}${adviceFor(response.status)}`,
            ),
            response.status,
            code,
        );
    }

    #unanswered(call: Call, cause: unknown): PaletteError {
        const reasons = [];
        for (let error = cause; error instanceof Error; error = error.cause) {
            // A host with several addresses fails with one error for each and no message of its own.
            const all = error instanceof AggregateError ? error.errors : [error];
            reasons.push(all.map((one: Error) => one.message).join(", "));
        }
        return new PaletteError(
            this.#redact(
                `${call.subject}: no answer from ${this.#origin} to ${call.method} ${call.path}: ${reasons.join(": ")}; ` +
                    "check paletteHost, paletteCaFile and the network",
            ),
        );
    }

    #redact(text: string): string {
        // A text of a few letters is no key, and could be part of any word.
        return this.#apiKey.length < 8 ? text : text.replaceAll(this.#apiKey, "[API key]");
    }
}

interface Page<T> {
    items?: T[] | null;
    listmeta?: { continue?: string };
}

function parse(text: string): unknown {
    try {
        return text === "" ? undefined : JSON.parse(text);
    } catch {
        return text;
    }
}

/** Palette's error body (`v1Error` in its OpenAPI document). */
function isErrorBody(body: unknown): body is { code?: string; message?: string } {
    return typeof body === "object" && body !== null && ("code" in body || "message" in body);
}

function retryAfterMs(header: string | null): number {
    if (header === null) {
        return 0;
    }
    const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
    return Math.min(Math.max(ms || 0, 0), MAX_RETRY_AFTER_MS);
}

function adviceFor(status: number): string {
    switch (status) {
        case 401:
            return `; the API key is wrong or has expired: ${API_KEY_SOURCES}`;
        case 403:
            return "; the API key's user lacks the permission (registries need a tenant admin)";
        default:
            return "";
    }
}
