import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Dispatcher, Response } from "undici";
import { dispatcherFor } from "../../registry/proxyAgent";
import { requireEngine } from "./engine";
import type { Call } from "./call";
import { networkFailure } from "./networkFailure";
import { PaletteError } from "./paletteError";
import { RateLimit } from "./rateLimit";
import { retryAfterMs, RetryBudget } from "./retryPolicy";
import { Scopes } from "./scope";
import { API_KEY_SOURCES, type PaletteSettings } from "./settings";
import { lazyLibraries } from "../../registry/lazyLibraries";

const REQUEST_TIMEOUT_MS = 60_000;
/** Of a read that Palette answers with 500 and a code. */
const CODED_500_ATTEMPTS = 3;

/**
 * The one way to call Palette. It holds no scope: each call names its own, so calls of different scopes
 * can run side by side. Every request has a deadline, and waits its turn below Palette's rate limits. Failures that pass
 * by themselves (429, 502, 503, 504, no connection, 500 of a read) are repeated if a repetition does no harm, for as long
 * as {@link RetryBudget} allows; a call that Palette did not act on is safe to repeat whatever its method.
 */
export class PaletteClient {
    readonly #origin: string;
    readonly #apiKey: string;
    readonly #ca: string | undefined;
    readonly #limit = new RateLimit();
    readonly #scopes: Scopes;
    #dispatcher: Promise<Dispatcher> | undefined;
    /** Whether Palette has ever answered, so that the host's name and the way to it are right. */
    #hasAnswered = false;

    constructor(settings: PaletteSettings) {
        this.#origin = `${settings.scheme}://${settings.host}`;
        this.#scopes = new Scopes(this, this.#origin);
        this.#apiKey = settings.apiKey;
        this.#ca = settings.ca;
    }

    /**
     * Makes one call.
     *
     * @returns the JSON answer, the text of an answer that is not JSON, or undefined for an empty one.
     * @throws PaletteError; or ScopeError where the project or the tenant of the call is the cause.
     */
    async request<T>(call: Call): Promise<T> {
        const isRead = call.method === "GET";
        const repeatable = call.repeatable ?? call.method !== "POST";
        const turn = this.#limit.turn(call.path);
        if (turn > 0) {
            await sleep(turn);
        }
        const budget = new RetryBudget();
        for (let attempt = 1; ; attempt++) {
            await requireEngine();
            const sent = performance.now();
            let error: PaletteError;
            let retryAfter = 0;
            let isNotPalette = false;
            try {
                const response = await this.#send(call);
                const text = await response.text();
                isNotPalette = response.ok;
                if (response.ok) {
                    const answer = this.#accept(call, response, text) as T;
                    this.#hasAnswered = true;
                    return answer;
                }
                retryAfter = retryAfterMs(response.headers.get("retry-after"));
                error = this.#refused(call, response, text);
            } catch (cause) {
                error = cause instanceof PaletteError ? cause : this.#unanswered(call, cause);
            }
            if (error.status === 429) {
                this.#limit.spent(call.path);
            }
            // With a code it may be a refusal for good.
            const isPassing500 =
                error.status === 500 &&
                !error.notFound &&
                isRead &&
                (error.code === undefined || attempt < CODED_500_ATTEMPTS);
            const again = error.refusedForNow || (error.ambiguous && repeatable) || isPassing500;
            const pause = budget.next({
                took: performance.now() - sent,
                requestedPause: Math.max(retryAfter, this.#limit.turn(call.path)),
                isDoubtful: !this.#hasAnswered && (isNotPalette || error.reach === "notSent"),
            });
            if (!again || pause === undefined) {
                throw await this.#scopes.explain(call, error);
            }
            if (budget.isReportDue()) {
                const { method, path, subject } = call;
                const answer = error.status ? `Palette answers ${error.status}` : "no answer comes";
                console.log(`${subject}: ${answer} to ${method} ${path}; trying again`);
            }
            await sleep(pause);
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
                answer: "object",
                query: { ...call.query, continue: token },
            });
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

    /** Uid of the API key's tenant; undefined where Palette does not report it. */
    tenant(): Promise<string | undefined> {
        return this.#scopes.tenant();
    }

    /** @throws ScopeError when the API key belongs to another tenant than the one that is known. */
    requireTenant(subject: string, tenant: string | undefined): Promise<void> {
        return this.#scopes.requireTenant(subject, tenant);
    }

    /** Closes the connections. */
    async close(): Promise<void> {
        await (await this.#dispatcher?.catch(() => undefined))?.close();
    }

    async #send(call: Call): Promise<Response> {
        // On first use: most runs of a provider compare inputs only, and undici takes longest to load.
        const { fetch } = lazyLibraries.undici();
        this.#dispatcher ??= dispatcherFor(this.#origin, this.#ca ? { ca: this.#ca } : {});
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
            dispatcher: await this.#dispatcher,
            // The API key would go with it.
            redirect: "manual",
            signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        });
    }

    /** @throws PaletteError that counts as no answer, when a success does not bring what it must. */
    #accept(call: Call, response: Response, text: string): unknown {
        const wanted = call.answer ?? (call.method === "GET" ? "object" : "any");
        if (wanted === "text" && !isJson(response)) {
            return text;
        }
        const body = parse(text);
        const isEmpty = text === "" || body === null;
        const fits = isEmpty ? wanted === "any" : typeof body === "object";
        if (fits || (wanted === "text" && typeof body === "string")) {
            return body;
        }
        // JSON is not quoted: that of a registry or a kubeconfig could hold a secret.
        const observed = /^[[{"]/.test(text)
            ? "it is cut off"
            : text.slice(0, 200) || "it is empty";
        throw new PaletteError(
            this.#redact(
                `${call.subject}: the answer ${response.status} of ${this.#origin} to ${call.method} ${call.path} is not Palette's: ` +
                    `${observed}; check paletteHost and what lies between (proxy, login page)`,
            ),
        );
    }

    #refused(call: Call, response: Response, text: string): PaletteError {
        if (response.status >= 300 && response.status < 400) {
            const target = response.headers.get("location") ?? "nowhere";
            const origin = URL.canParse(target, this.#origin)
                ? new URL(target, this.#origin).origin
                : target;
            return new PaletteError(
                `${call.subject}: ${this.#origin} redirects ${call.method} ${call.path} to ${origin}; set paletteHost to the host of the API itself`,
                response.status,
            );
        }
        const body = parse(text);
        const { code, message } = isErrorBody(body)
            ? {
                  code: body.code ?? (response.status === 404 ? "NotFound" : undefined),
                  message: body.message,
              }
            : { code: undefined, message: this.#redact(text).slice(0, 300) };
        const said = [code, message].filter(Boolean).join(": ") || response.statusText;
        return new PaletteError(
            this.#redact(
                `${call.subject}: Palette answered ${response.status} to ${call.method} ${call.path}: ${said}${adviceFor(response.status, code)}`,
            ),
            response.status,
            code,
        );
    }

    /** @throws the cause itself, when it is no failure of the network: waiting does not help, and its stack does. */
    #unanswered(call: Call, cause: unknown): PaletteError {
        const failure = networkFailure(cause);
        if (failure === undefined) {
            throw cause;
        }
        const { reasons, reach, advice } = failure;
        return new PaletteError(
            this.#redact(
                `${call.subject}: no answer from ${this.#origin} to ${call.method} ${call.path}: ${reasons}; ${advice}`,
            ),
            undefined,
            undefined,
            reach,
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

function isJson(response: Response): boolean {
    return /json/.test(response.headers.get("content-type") ?? "");
}

function parse(text: string): unknown {
    try {
        return text === "" ? undefined : JSON.parse(text);
    } catch {
        return text;
    }
}

/** Palette's error body (`v1Error` in its OpenAPI document), of which every field may be absent. */
function isErrorBody(body: unknown): body is { code?: string; message?: string } {
    const isOne = typeof body === "object" && body !== null && !Array.isArray(body);
    const keys = Object.keys(isOne ? body : {});
    const isPalettes = keys.some((key) => /^(code|message)$/.test(key));
    return isOne && (isPalettes || keys.every((key) => /^(details|ref)$/.test(key)));
}

/** What to do about a refusal. */
function adviceFor(status: number, code: string | undefined): string {
    switch (status) {
        case 401:
            return `; the API key is wrong or has expired: ${API_KEY_SOURCES}`;
        case 403:
            return "; the API key's user lacks the permission (registries need a tenant admin)";
        case 404:
            return code === undefined
                ? "; that is no answer of Palette's: check paletteHost"
                : "; something is gone: run pulumi refresh, then the command again";
        case 429:
            return "; other clients use up Palette's rate limit: run the command again later";
        default:
            return status >= 500
                ? "; run the command again, and ask Spectro Cloud if it stays like this"
                : "";
    }
}
