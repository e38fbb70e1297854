import { Agent, type AgentOptions } from "node:https";

/**
 * The agent for HTTPS requests to a host: through the proxy that HTTPS_PROXY (or https_proxy) names, unless NO_PROXY lists
 * the host. For clients that do not look at these variables by themselves, as the AWS SDK's.
 *
 * @param ca PEM text of an authority to trust in place of the usual ones.
 */
export async function httpsAgent(host: string, ca?: string): Promise<Agent> {
    const tls: AgentOptions = ca === undefined ? {} : { ca };
    const proxy = process.env.https_proxy ?? process.env.HTTPS_PROXY;
    if (!proxy || isExempt(host, process.env.no_proxy ?? process.env.NO_PROXY ?? "")) {
        return new Agent(tls);
    }
    const { HttpsProxyAgent } = await import("https-proxy-agent");
    const agent = new HttpsProxyAgent(proxy);
    // What it is given here is for the proxy; the certificate of the host is judged by the request's own options.
    Object.assign(agent.options, tls);
    return agent;
}

/** Whether NO_PROXY holds a host (`host[:port]`): itself, a domain that it belongs to, or `*`. */
function isExempt(host: string, noProxy: string): boolean {
    const [name] = host.toLowerCase().split(":");
    return noProxy
        .toLowerCase()
        .split(/[\s,]+/)
        .map((entry) => entry.replace(/^\*?\./, ""))
        .some(
            (entry) =>
                entry === "*" ||
                (entry !== "" &&
                    (entry === host.toLowerCase() ||
                        entry === name ||
                        name!.endsWith(`.${entry}`))),
        );
}
