import { STATUS_CODES } from "node:http";
import { createSecureContext } from "node:tls";
import type { Dispatcher, Response } from "undici";
import { MANIFEST_TYPES, sha256 } from "../pack/format/ociManifest";
import { caOf, type Login } from "./access";
import { reasonOf } from "./fetchError";
import { dispatcherFor, type Trust } from "./proxyAgent";
import { RegistryError } from "./registryError";
import { systemAuthorities } from "./systemAuthorities";
import { lazyLibraries } from "./lazyLibraries";

const TIMEOUT_MS = 60_000;

/**
 * One repository by the OCI distribution specification, without oras: look-ups are many, and a process for each takes longer
 * than the answer; a destroy has deleted clusters by then, and a missing tool would end it half-way.
 */
export interface RegistryApi {
    /** The digest of a tag; undefined when there is none. @throws RegistryError with the registry's words */
    digestOf(tag: string): Promise<string | undefined>;
    /** Removes a manifest and its tags; one that is gone already counts as removed. @throws RegistryError as above */
    remove(digest: string): Promise<void>;
    /** Closes its connections. */
    close(): Promise<void>;
}

/** @param repository Its path. */
export function registryApi(login: Login, repository: string): RegistryApi {
    const { host, username, password = "", token } = login;
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const configured = username ? basic : undefined;
    let authorization = configured;
    // The token service may be another host, with another way to it.
    const dispatchers = new Map<string, Promise<Dispatcher>>();

    async function send(
        action: string,
        method: string,
        url: URL,
        headers: Record<string, string>,
    ): Promise<Response> {
        const { fetch } = lazyLibraries.undici();
        try {
            const trust = await trustOf(login);
            const dispatcher = dispatchers.get(url.origin) ?? dispatcherFor(url, trust);
            dispatchers.set(url.origin, dispatcher);
            return await fetch(url, {
                method,
                headers,
                dispatcher: await dispatcher,
                signal: AbortSignal.timeout(TIMEOUT_MS),
            });
        } catch (error) {
            throw new RegistryError(action, `${method} "${url}": ${reasonOf(error)}`);
        }
    }

    /** An answer of the registry's, after the way that it asks for credentials. */
    async function ask(action: string, method: string, reference: string): Promise<Response> {
        const url = new URL(`https://${host}/v2/${repository}/manifests/${reference}`);
        const once = () =>
            send(action, method, url, {
                accept: MANIFEST_TYPES.join(", "),
                ...(authorization && { authorization }),
            });
        const answer = await once();
        if (answer.status !== 401) {
            return answer;
        }
        const challenge = answer.headers.get("www-authenticate") ?? "";
        const [, parameters] = /^Bearer (.*)/i.exec(challenge) ?? [];
        if (parameters === undefined) {
            if (token) {
                throw new RegistryError(action, `${host} asks for basic auth (${challenge})`);
            }
            return answer;
        }
        await answer.text();
        const scope = `repository:${repository}:pull${method === "DELETE" ? ",delete" : ""}`;
        authorization = `Bearer ${token ?? (await fetchToken(action, parameters, scope))}`;
        return once();
    }

    /** A token of the service that the registry has named (Docker's token authentication). */
    async function fetchToken(action: string, challenge: string, scope: string): Promise<string> {
        const parameters = Object.fromEntries(
            [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value!]),
        );
        const url = new URL(parameters.realm ?? "");
        // A password goes over TLS alone.
        if (url.protocol !== "https:") {
            throw new RegistryError(action, `its token service ${url.href} is not https`);
        }
        if (parameters.service !== undefined) {
            url.searchParams.set("service", parameters.service);
        }
        url.searchParams.set("scope", parameters.scope ?? scope);
        const answer = await send(action, "GET", url, {
            ...(configured && { authorization: configured }),
        });
        const text = await answer.text();
        if (answer.status >= 300) {
            throw refused(action, `GET "${url}"`, answer.status, text);
        }
        const issued = JSON.parse(text) as Record<"token" | "access_token", string | undefined>;
        return issued.token ?? issued.access_token ?? "";
    }

    /** The text of an answer; undefined when what was asked for is not there. */
    async function textOf(
        action: string,
        method: string,
        answer: Response,
    ): Promise<string | undefined> {
        const text = await answer.text();
        if (answer.status === 404) {
            return undefined;
        }
        if (answer.status >= 300) {
            throw refused(action, `${method} "${answer.url}"`, answer.status, text);
        }
        return text;
    }

    return {
        async digestOf(tag) {
            const action = "manifest look-up";
            const head = await ask(action, "HEAD", tag);
            const digest = head.headers.get("docker-content-digest");
            if (head.status === 404) {
                return undefined;
            }
            if (head.status < 300 && digest) {
                return digest;
            }
            // An answer to HEAD holds no words, and need not tell the digest.
            const manifest = await textOf(action, "GET", await ask(action, "GET", tag));
            return manifest === undefined ? undefined : sha256(manifest);
        },
        async remove(digest) {
            const action = "manifest delete";
            await textOf(action, "DELETE", await ask(action, "DELETE", digest));
        },
        async close() {
            await Promise.all(
                [...dispatchers.values()].map(async (dispatcher) => (await dispatcher).close()),
            );
        },
    };
}

const trusts = new WeakMap<Login, Promise<Trust>>();

/**
 * Without a CA of its own, the authorities that the other tools on this machine trust, oras among them. One for all
 * connections of a login: to read so many certificates takes longer than a look-up.
 */
function trustOf(login: Login): Promise<Trust> {
    const trust = trusts.get(login) ?? readTrust(login);
    trusts.set(login, trust);
    return trust;
}

async function readTrust(login: Login): Promise<Trust> {
    const ca = (await caOf(login)) ?? (await systemAuthorities());
    return {
        secureContext: createSecureContext({ ca }),
        rejectUnauthorized: !login.insecureSkipVerify,
    };
}

/** The registry's words as oras tells them: `response status code 405: unsupported: …`. */
function refused(action: string, request: string, status: number, text: string): RegistryError {
    let words = text.trim().slice(0, 500);
    try {
        const { errors } = JSON.parse(text) as { errors: { code: string; message?: string }[] };
        words = errors
            .map(({ code, message = "" }) =>
                [code.toLowerCase().replaceAll("_", " "), message].filter(Boolean).join(": "),
            )
            .join("; ");
    } catch {
        // Something that is not a registry has answered.
    }
    const reason = words || STATUS_CODES[status];
    return new RegistryError(
        action,
        `${request}: response status code ${status}${reason ? `: ${reason}` : ""}`,
    );
}
