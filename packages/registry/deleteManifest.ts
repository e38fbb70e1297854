import type { Dispatcher } from "undici";
import { caOf, type Login } from "./access";
import { reasonOf } from "./fetchError";
import { OrasError } from "./orasClient";
import { dispatcherFor } from "./proxyAgent";

const TIMEOUT_MS = 60_000;
const WHAT = "manifest delete";

/**
 * Removes a manifest and its tags from a registry by the OCI distribution specification, without oras: a destroy has deleted
 * clusters by then, and a missing tool would end it half-way. One that is gone already counts as removed.
 *
 * @throws OrasError with the registry's words.
 */
export async function deleteManifest(
    login: Login,
    repository: string,
    digest: string,
): Promise<void> {
    const { host, username, password = "", token } = login;
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const own = token ? `Bearer ${token}` : username ? basic : undefined;
    const trust = { ca: await caOf(login), rejectUnauthorized: !login.insecureSkipVerify };
    const url = new URL(`https://${host}/v2/${repository}/manifests/${digest}`);
    let answer = await request("DELETE", url, own, trust);
    const challenge = /^Bearer (.*)/i.exec(answer.challenge)?.[1];
    if (answer.status === 401 && challenge !== undefined && !token) {
        const bearer = await fetchToken(challenge, repository, own, trust);
        answer = await request("DELETE", url, `Bearer ${bearer}`, trust);
    }
    if (answer.status >= 300 && answer.status !== 404) {
        throw refused(`DELETE "${url}"`, answer);
    }
}

/** A token that allows to delete, from the service that the registry has named (Docker's token authentication). */
async function fetchToken(
    challenge: string,
    repository: string,
    own: string | undefined,
    trust: Trust,
): Promise<string> {
    const parameters = Object.fromEntries(
        [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value!]),
    );
    const url = new URL(parameters.realm ?? "");
    // A password goes over TLS alone.
    if (url.protocol !== "https:") {
        throw new OrasError(WHAT, `its token service ${url.href} is not https`);
    }
    if (parameters.service !== undefined) {
        url.searchParams.set("service", parameters.service);
    }
    url.searchParams.set("scope", parameters.scope ?? `repository:${repository}:pull,delete`);
    const answer = await request("GET", url, own, trust);
    if (answer.status >= 300) {
        throw refused(`GET "${url}"`, answer);
    }
    const { token, access_token } = JSON.parse(answer.text) as Record<string, string | undefined>;
    return token ?? access_token ?? "";
}

type Trust = { ca: string | undefined; rejectUnauthorized: boolean };

interface Answer {
    status: number;
    challenge: string;
    text: string;
}

async function request(
    method: string,
    url: URL,
    authorization: string | undefined,
    trust: Trust,
): Promise<Answer> {
    const { fetch } = await import("undici");
    const dispatcher: Dispatcher = await dispatcherFor(url, trust);
    try {
        const answer = await fetch(url, {
            method,
            headers: authorization ? { authorization } : {},
            dispatcher,
            signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        const challenge = answer.headers.get("www-authenticate") ?? "";
        return { status: answer.status, challenge, text: await answer.text() };
    } catch (error) {
        throw new OrasError(WHAT, `${method} "${url}": ${reasonOf(error)}`);
    } finally {
        await dispatcher.close();
    }
}

/** The registry's words as oras tells them: `response status code 405: unsupported: …`. */
function refused(what: string, { status, text }: Answer): OrasError {
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
    return new OrasError(
        WHAT,
        `${what}: response status code ${status}${words === "" ? "" : `: ${words}`}`,
    );
}
