import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { environmentProxies, proxyFor } from "../../packages/registry/noProxy";
import { describeWith } from "../sandbox/binaries";

const PROXY = "http://proxy.example.com:3128";

/** NO_PROXY, the address, and whether it is reached without the proxy: what Go answers. */
const CASES: [noProxy: string, address: string, direct: boolean][] = [
    ["", "https://example.com", false],
    ["", "https://localhost:8443", true],
    ["", "https://127.0.0.1:8443", true],
    ["", "https://127.3.2.1", true],
    ["", "https://[::1]:8443", true],
    ["", "https://sub.localhost", false],
    ["*", "https://example.com", true],
    ["other.com,*", "https://example.com", true],
    ["example.com", "https://example.com", true],
    ["example.com", "https://sub.example.com", true],
    ["example.com", "https://notexample.com", false],
    ["EXAMPLE.com", "https://Example.COM", true],
    [".example.com", "https://sub.example.com", true],
    [".example.com", "https://example.com", false],
    ["*.example.com", "https://a.b.example.com", true],
    ["*.example.com", "https://example.com", false],
    ["a.com, example.com ,b.com", "https://example.com", true],
    ["a.com example.com", "https://example.com", false],
    ["example.com:443", "https://example.com", true],
    ["example.com:8443", "https://example.com", false],
    ["example.com:8443", "https://sub.example.com:8443", true],
    [".example.com:8443", "https://sub.example.com:8443", true],
    [".example.com:8443", "https://sub.example.com:9443", false],
    ["example.com:", "https://example.com:8443", true],
    [":8443", "https://example.com:8443", false],
    ["10.1.2.3", "https://10.1.2.3", true],
    ["10.1.2.3", "https://10.1.2.4", false],
    ["10.1.2.3:8443", "https://10.1.2.3:8443", true],
    ["10.1.2.3:8443", "https://10.1.2.3", false],
    ["10.0.0.0/8", "https://10.200.3.4:8443", true],
    ["10.0.0.0/8", "https://11.0.0.1", false],
    ["10.1.2.3/8", "https://10.9.9.9", true],
    ["10.0.0.0/33", "https://10.0.0.1", false],
    ["192.168.0.0/16,10.0.0.0/8", "https://10.0.0.1", true],
    ["2001:db8::1", "https://[2001:db8:0::1]", true],
    ["[2001:db8::1]:8443", "https://[2001:db8::1]:8443", true],
    ["[2001:db8::1]:8443", "https://[2001:db8::1]", false],
    ["2001:db8::/32", "https://[2001:db8:1::5]", true],
    ["2001:db8::/32", "https://[2001:db9::5]", false],
    ["2.3.4", "https://1.2.3.4", false],
    [".com", "https://example.com", true],
    ["com", "https://example.com", true],
    ["bücher.example", "https://xn--bcher-kva.example", true],
    ["xn--bcher-kva.example", "https://bücher.example", true],
];

test.each(CASES)("NO_PROXY=%s: %s without the proxy: %s", (noProxy, address, direct) => {
    expect(proxyFor(new URL(address), { https: PROXY, noProxy })).toBe(direct ? undefined : PROXY);
});

test.each<[Record<string, string>, string, string | undefined]>([
    [{ HTTPS_PROXY: PROXY }, "https://a.com", PROXY],
    [{ https_proxy: PROXY }, "https://a.com", PROXY],
    [{ HTTPS_PROXY: PROXY, https_proxy: "http://other" }, "https://a.com", PROXY],
    [{ HTTPS_PROXY: "", https_proxy: PROXY }, "https://a.com", PROXY],
    [{ HTTPS_PROXY: "proxy.example.com:3128" }, "https://a.com", PROXY],
    [{ HTTP_PROXY: PROXY }, "https://a.com", undefined],
    [{ HTTP_PROXY: PROXY }, "http://a.com", PROXY],
    [{ ALL_PROXY: PROXY }, "https://a.com", undefined],
    [{ HTTPS_PROXY: PROXY, no_proxy: "a.com" }, "https://a.com", undefined],
])("%j: %s goes through %s", (env, address, expected) => {
    expect(proxyFor(new URL(address), environmentProxies(env))).toBe(expected);
});

test("a proxy of another kind is refused, its password not shown", () => {
    expect(() => proxyFor(new URL("https://a.com"), { https: "socks5://u:s3cr3t@p:1080" })).toThrow(
        /^the proxy for a\.com is none of http:\/\/ or https:\/\/: correct HTTPS_PROXY(?!.*s3cr3t)/,
    );
});

describeWith("oras")("oras goes the same way:", () => {
    // Only those that stay on the loopback: the proxy is there, and asks nobody else.
    const cases = CASES.filter(([, address, direct]) => !direct || address.includes("127.0.0.1"));
    test.each(cases.filter(([, address]) => /^[ -~]*$/.test(address)))(
        "NO_PROXY=%s: %s without the proxy: %s",
        async (noProxy, address, direct) => {
            let tunnels = 0;
            const proxy = createServer().listen(0, "127.0.0.1");
            proxy.on("connect", (_, socket) => {
                tunnels++;
                socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
            });
            await once(proxy, "listening");
            const env = {
                PATH: process.env.PATH,
                HOME: tmpdir(),
                HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
                NO_PROXY: noProxy,
            };
            const reference = `${new URL(address).host}/a/b:c`;
            await promisify(execFile)("oras", ["manifest", "fetch", reference], {
                env,
                timeout: 1_000,
            }).catch(() => undefined);
            proxy.close();
            expect(tunnels > 0).toBe(!direct);
        },
    );
});
