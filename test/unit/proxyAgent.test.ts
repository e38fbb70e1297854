import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createHttpServer, type Server } from "node:http";
import dns from "node:dns";
import { createServer, get } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { PaletteClient } from "../../packages/palette/api/client";
import { proxyAgents } from "../../packages/registry/proxyAgent";
import { certificateAuthority } from "../../sandbox/tls";

/** A server with a certificate of a private authority, and a proxy in front of it. */
let folder: string;
let ca: string;
let host: string;
let server: ReturnType<typeof createServer>;
let proxy: Server;
let tunnels: string[];

beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "proxy "));
    const authority = await certificateAuthority(folder);
    ca = authority.pem;
    const { key, cert } = await authority.issue(["palette.test"]);
    server = createServer({ key, cert }, (_request, response) => {
        response.setHeader("content-type", "application/json");
        response.end('{"orgName":"sandbox"}');
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    host = `palette.test:${(server.address() as AddressInfo).port}`;
    proxy = createHttpServer().listen(0, "127.0.0.1");
    proxy.on("connect", ({ url }, socket, head) => {
        tunnels.push(url!);
        const port = Number(url!.split(":")[1]);
        const upstream = connect(port, "127.0.0.1", () => {
            socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
            upstream.write(head);
            upstream.pipe(socket).pipe(upstream);
        });
        socket.on("error", () => upstream.destroy());
        upstream.on("error", () => socket.destroy());
    });
    await once(proxy, "listening");
});
afterAll(async () => {
    for (const listener of [server, proxy]) {
        listener.closeAllConnections();
        listener.close();
    }
    await rm(folder, { recursive: true });
});

const VARIABLES = [
    "https_proxy",
    "HTTPS_PROXY",
    "no_proxy",
    "NO_PROXY",
    "http_proxy",
    "HTTP_PROXY",
];
let saved: Record<string, string | undefined>;
beforeEach(() => {
    tunnels = [];
    // The loopback never has a proxy, so the server has a name that only this process resolves.
    jest.spyOn(dns, "lookup").mockImplementation(((_name: string, ...rest: unknown[]) => {
        const [options] = rest as [{ all?: boolean }];
        const answer = rest.at(-1) as (error: null, address: unknown, family?: number) => void;
        const address = "127.0.0.1";
        return options.all ? answer(null, [{ address, family: 4 }]) : answer(null, address, 4);
    }) as never);
    saved = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
    VARIABLES.forEach((name) => delete process.env[name]);
    process.env.HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterEach(() => {
    jest.restoreAllMocks();
    for (const [name, value] of Object.entries(saved)) {
        if (value === undefined) {
            delete process.env[name];
        } else {
            process.env[name] = value;
        }
    }
});

async function askPalette(): Promise<unknown> {
    const client = new PaletteClient({ scheme: "https", host, apiKey: "0123456789", ca });
    try {
        return await client.request({ method: "GET", path: "/v1/users/info", subject: "the user" });
    } finally {
        await client.close();
    }
}

async function askByAgent(): Promise<unknown> {
    const { httpsAgent: agent } = await proxyAgents({ ca });
    const request = get(`https://${host}/`, { agent });
    const [response] = await once(request, "response");
    const answer = JSON.parse(await text(response));
    agent.destroy();
    return answer;
}

describe.each([
    ["Palette's client", askPalette],
    ["the agent of AWS's clients", askByAgent],
])("%s", (_, ask) => {
    test("goes through the proxy of HTTPS_PROXY, end to end encrypted", async () => {
        expect(await ask()).toEqual({ orgName: "sandbox" });
        expect(tunnels).toEqual([host]);
    });

    test.each(["palette.test", "*", "example.com, .test", "other,*.test"])(
        "goes straight to a host of NO_PROXY: %s",
        async (exempt) => {
            process.env.NO_PROXY = exempt;
            expect(await ask()).toEqual({ orgName: "sandbox" });
            expect(tunnels).toEqual([]);
        },
    );

    test("goes through the proxy to a host that NO_PROXY only resembles", async () => {
        process.env.NO_PROXY = "tte.test,palette,10.0.0.0/8";
        await ask();
        expect(tunnels).toEqual([host]);
    });

    test("goes straight where no proxy is named", async () => {
        delete process.env.HTTPS_PROXY;
        expect(await ask()).toEqual({ orgName: "sandbox" });
        expect(tunnels).toEqual([]);
    });
});

test("a certificate that is not trusted is not trusted through the proxy either", async () => {
    const { httpsAgent: agent } = await proxyAgents();
    const request = get(`https://${host}/`, { agent });
    await expect(once(request, "response")).rejects.toThrow(/certificate/);
    agent.destroy();
});

test("a certificate that is not trusted ends a call of Palette's at once, with its cause", async () => {
    const client = new PaletteClient({ scheme: "https", host, apiKey: "0123456789" });
    const begun = Date.now();
    const call = { method: "GET", path: "/v1/users/info", subject: "the user" } as const;
    await expect(client.request(call)).rejects.toThrow(
        /certificate.*check paletteHost, paletteCaFile/,
    );
    expect(Date.now() - begun).toBeLessThan(1_000);
    await client.close();
});
