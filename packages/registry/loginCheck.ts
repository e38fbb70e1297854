import { dispatcherFor } from "./proxyAgent";
import type { Login } from "./access";
import { reasonOf } from "./fetchError";
import { lazyLibraries } from "./lazyLibraries";

const TIMEOUT_MS = 20_000;

/**
 * Whether a registry accepts a user and password at all, whatever they may do: `GET /v2/` of the OCI distribution
 * specification, or the token service that its answer names.
 *
 * @returns undefined when it accepts them; else what it says.
 */
export async function refusesLogin(
    login: Omit<Login, "caFile" | "ecr"> & { /** PEM text. */ ca?: string },
): Promise<string | undefined> {
    const { fetch } = lazyLibraries.undici();
    const { host, username, password = "", token, ca, insecureSkipVerify } = login;
    const trust = { ca, rejectUnauthorized: !insecureSkipVerify };
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const authorization = token ? `Bearer ${token}` : username ? basic : undefined;
    const get = async (url: URL) => {
        // Of each address: that of the token service may be another host.
        const dispatcher = await dispatcherFor(url, trust);
        try {
            const answer = await fetch(url, {
                headers: authorization ? { authorization } : {},
                dispatcher,
                signal: AbortSignal.timeout(TIMEOUT_MS),
            });
            await answer.body?.cancel();
            const challenge = answer.headers.get("www-authenticate") ?? "";
            return { status: answer.status, challenge };
        } finally {
            await dispatcher.close();
        }
    };
    try {
        let answer = await get(new URL(`https://${host}/v2/`));
        const [, realm] = /^Bearer .*?realm="([^"]+)"/i.exec(answer.challenge) ?? [];
        if (answer.status === 401 && realm !== undefined && !token) {
            const url = new URL(realm);
            // A password goes to the address that it was meant for, or at least over TLS.
            if (url.protocol !== "https:") {
                return `its token service ${realm} is not https`;
            }
            const [, service] = /service="([^"]+)"/i.exec(answer.challenge) ?? [];
            if (service !== undefined) {
                url.searchParams.set("service", service);
            }
            answer = await get(url);
        }
        return answer.status < 300 ? undefined : `it answers ${answer.status}`;
    } catch (error) {
        return reasonOf(error);
    }
}
