import {
    Agent as HttpAgent,
    type AgentOptions as HttpOptions,
    type ClientRequest,
} from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { SecureContext } from "node:tls";
import type { Dispatcher } from "undici";
import { environmentProxies, proxyFor, type ProxySettings } from "./noProxy";
import { lazyLibraries } from "./lazyLibraries";

/** How a certificate is judged. */
export interface Trust {
    /** PEM text of the authorities to trust in place of the usual ones. */
    ca?: string;
    /** Holds such authorities, read once for many connections. */
    secureContext?: SecureContext;
    rejectUnauthorized?: boolean;
}

/**
 * What undici's `fetch` reaches an address with: the proxy that there is for it ({@link proxyFor}), or none. Undici's own
 * reader of NO_PROXY knows neither networks nor what the loopback is.
 */
export async function dispatcherFor(
    address: string | URL,
    trust: Trust & { timeout?: number } = {},
    options: { headersTimeout?: number; bodyTimeout?: number } = {},
): Promise<Dispatcher> {
    const { Agent, ProxyAgent } = lazyLibraries.undici();
    const uri = proxyFor(new URL(address));
    return uri === undefined
        ? new Agent({ ...options, connect: trust })
        : new ProxyAgent({ ...options, uri, connect: trust, requestTls: trust });
}

/** Connections are used again, and few at once: to open one takes more time than most calls. */
const CONNECTIONS = { keepAlive: true, maxSockets: 8 };

/** Agents for clients that ask for one and do not look for a proxy by themselves, as the AWS SDK's: the same way as above. */
export async function proxyAgents(
    trust: Trust = {},
    proxies: ProxySettings = environmentProxies(),
): Promise<{ httpAgent: HttpAgent; httpsAgent: HttpsAgent }> {
    const options = { ...trust, ...CONNECTIONS };
    const agents = { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
    if (proxies.http || proxies.https) {
        const { HttpsProxyAgent } = lazyLibraries.httpsProxyAgent();
        const through = (proxy: string): HttpAgent => {
            const agent = new HttpsProxyAgent(proxy, options);
            // What it is given above is for the proxy; the certificate of the host is judged by the request's own options.
            Object.assign(agent.options, trust);
            return agent;
        };
        choose(agents.httpAgent, "http", proxies, through);
        choose(agents.httpsAgent, "https", proxies, through);
    }
    return agents;
}

/** The method by which Node.js hands a request to an agent; its types leave it out. */
interface Queue {
    addRequest(request: ClientRequest, options: HttpOptions & { host?: string }): void;
}

/** Lets an agent hand requests over to the agent of a proxy, each by its own host. */
function choose(
    agent: HttpAgent,
    scheme: "http" | "https",
    proxies: ProxySettings,
    through: (proxy: string) => HttpAgent,
): void {
    const queue = agent as unknown as Queue;
    const direct = queue.addRequest.bind(agent);
    let last: { proxy: string; agent: HttpAgent } | undefined;
    queue.addRequest = (request, options) => {
        const host = options.host ?? "localhost";
        const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
        const port = options.port ? `:${options.port}` : "";
        let proxy: string | undefined;
        try {
            proxy = proxyFor(new URL(`${scheme}://${name}${port}`), proxies);
        } catch (error) {
            request.destroy(error as Error);
            return;
        }
        if (proxy === undefined) {
            direct(request, options);
            return;
        }
        last = last?.proxy === proxy ? last : { proxy, agent: through(proxy) };
        (last.agent as unknown as Queue).addRequest(request, options);
    };
}
