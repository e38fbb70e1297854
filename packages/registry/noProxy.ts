import { BlockList, isIP } from "node:net";
import { domainToASCII } from "node:url";
import { UserError } from "../pack/userError";

/** Which proxy requests go through, and which hosts they reach without one. */
export interface ProxySettings {
    /** Of `http:` addresses. */
    http?: string;
    /** Of `https:` addresses. */
    https?: string;
    /** Hosts without a proxy, as NO_PROXY lists them. */
    noProxy?: string;
}

/** The proxies of the environment. Where a variable is set in both cases, upper case counts, as in Go. */
export function environmentProxies(env: NodeJS.ProcessEnv = process.env): ProxySettings {
    const either = (name: string) => env[name] || env[name.toLowerCase()] || undefined;
    return {
        http: either("HTTP_PROXY"),
        https: either("HTTPS_PROXY"),
        noProxy: either("NO_PROXY"),
    };
}

/**
 * The proxy for an address, by the rules of Go's `golang.org/x/net/http/httpproxy`, which oras, Pulumi and its AWS provider
 * follow, so that all parts of a run take one way: the loopback never has a proxy; NO_PROXY is a list with commas of
 * hosts (which stand for their subdomains too), `.suffixes` and `*.suffixes` (subdomains only), IP addresses, each with
 * a port or without, networks in CIDR notation, and `*` for everything.
 *
 * @returns undefined where the address is reached without one.
 * @throws Error for a proxy that is neither `http:` nor `https:`.
 */
export function proxyFor(
    url: URL,
    proxies: ProxySettings = environmentProxies(),
): string | undefined {
    const proxy = url.protocol === "https:" ? proxies.https : proxies.http;
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const port = url.port || (url.protocol === "https:" ? "443" : "80");
    if (!proxy || isExempt(host, port, proxies.noProxy ?? "")) {
        return undefined;
    }
    const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
    const scheme = address.slice(0, address.indexOf(":")).toLowerCase();
    if (!URL.canParse(address) || !["http", "https"].includes(scheme)) {
        // Not quoted: it may hold a password.
        throw new UserError(
            `the proxy for ${url.host} is none of http:// or https://: correct HTTPS_PROXY or HTTP_PROXY, or aws:httpsProxy or aws:httpProxy, ` +
                "or list the host in NO_PROXY",
        );
    }
    return address;
}

function isExempt(host: string, port: string, noProxy: string): boolean {
    const family = isIP(host);
    const isLoopback =
        host === "localhost" ||
        isWithin("127.0.0.0", 8, host, family) ||
        isWithin("::1", 128, host, family);
    if (isLoopback) {
        return true;
    }
    const entries = noProxy
        .toLowerCase()
        .split(",")
        .map((entry) => entry.trim())
        .filter(Boolean);
    return entries.some((entry) => entry === "*" || matches(entry, host, port, family));
}

function matches(entry: string, host: string, port: string, family: number): boolean {
    const [, network, bits] = /^(.+)\/(\d+)$/.exec(entry) ?? [];
    if (network !== undefined && isIP(network)) {
        return isWithin(network, Number(bits), host, family);
    }
    // An IPv6 address has brackets where it has a port, and none where it has not.
    const [, bracketed, plain, entryPort = ""] =
        /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(entry) ?? [];
    const name = bracketed ?? plain ?? entry;
    if (name === "" || (entryPort !== "" && entryPort !== port)) {
        return false;
    }
    if (isIP(name)) {
        return isWithin(name, isIP(name) === 4 ? 32 : 128, host, family);
    }
    if (family !== 0) {
        return false;
    }
    const suffix = name.replace(/^\*(?=\.)/, "");
    const isSuffix = suffix.startsWith(".");
    const bare = isSuffix ? suffix.slice(1) : suffix;
    const domain = domainToASCII(bare) || bare;
    return host.endsWith(`.${domain}`) || (!isSuffix && host === domain);
}

/** Whether an IP address is in a network of a number of bits. */
function isWithin(network: string, bits: number, host: string, family: number): boolean {
    if (family === 0 || bits > (isIP(network) === 4 ? 32 : 128)) {
        return false;
    }
    const list = new BlockList();
    list.addSubnet(network, bits, isIP(network) === 4 ? "ipv4" : "ipv6");
    return list.check(host, family === 4 ? "ipv4" : "ipv6");
}
