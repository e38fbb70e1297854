import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { AwsClusterOutputs } from "../../packages/palette/cluster/aws/awsInputs";
import type { PaletteSettings } from "../../packages/palette/api/settings";

export const API_KEY = "0123456789abcdef-the-api-key";

/** A request as it arrived. */
export interface Seen {
    method: string;
    path: string;
    query: Record<string, string>;
    headers: IncomingHttpHeaders;
    body: unknown;
}

/**
 * What to answer: an object is JSON, a text is sent as it is; `reset` cuts the connection, `cut` does so in the
 * middle of the answer, `hang` never answers.
 */
export interface Answer {
    status?: number;
    headers?: Record<string, string>;
    body?: unknown;
    fault?: "reset" | "cut" | "hang";
}

/** A cluster as a state has it, without pools. */
export const recordedCluster: AwsClusterOutputs = {
    name: "c",
    description: "",
    tags: [],
    project: "p",
    cloudAccount: "a",
    region: "us-east-1",
    sshKeyName: "k",
    profiles: [{ uid: "profile", revision: "r", packs: [{ name: "hello", version: "1" }] }],
    pools: [],
    owner: { id: "m", stack: "o/p/s" },
    adopt: false,
    createTimeout: 60,
    deleteTimeout: 60,
    forceDelete: true,
    uid: "1",
    state: "Running",
    health: "Healthy",
    cloudConfigUid: "config",
    kubeconfig: "clusters: []\n",
};

export interface FakePalette {
    settings: PaletteSettings;
    /** All requests, in the order of their arrival. */
    seen: Seen[];
    close(): Promise<void>;
}

/** Uids of the projects that it has: those of the tests' inputs. Nothing but this tells whether an object can be gone. */
const PROJECTS = ["p", "1", "project"];

/**
 * A server on the loopback that answers what `answer` says; `number` counts the requests from 0. What it answers about
 * projects is its own, and not counted, unless `answersProjects`.
 */
export async function fakePalette(
    answer: (request: Seen, number: number) => Answer,
    { answersProjects = false } = {},
): Promise<FakePalette> {
    const observed: Seen[] = [];
    const server = createServer(async (request, response) => {
        const url = new URL(request.url!, "http://palette");
        const sent = await text(request);
        if (url.pathname === "/v1/dashboard/projects/metadata" && !answersProjects) {
            const items = PROJECTS.map((uid) => ({ metadata: { uid, name: uid } }));
            response.setHeader("content-type", "application/json").end(JSON.stringify({ items }));
            return;
        }
        const arrived: Seen = {
            method: request.method!,
            path: url.pathname,
            query: Object.fromEntries(url.searchParams),
            headers: request.headers,
            body: sent === "" ? undefined : JSON.parse(sent),
        };
        observed.push(arrived);
        const { status = 200, headers = {}, body, fault } = answer(arrived, observed.length - 1);
        if (fault === "hang") {
            return;
        }
        if (fault === "reset") {
            request.socket.destroy();
            return;
        }
        const isText = typeof body === "string" || body === undefined;
        const content = isText ? (body ?? "") : JSON.stringify(body);
        response.writeHead(status, {
            ...(!isText && { "content-type": "application/json" }),
            "content-length": Buffer.byteLength(content) + (fault === "cut" ? 10 : 0),
            ...headers,
        });
        response.write(content, () =>
            fault === "cut" ? request.socket.destroy() : response.end(),
        );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return {
        settings: { scheme: "http", host: `127.0.0.1:${port}`, apiKey: API_KEY },
        seen: observed,
        async close() {
            if (!server.listening) {
                return;
            }
            const closed = once(server, "close");
            server.close();
            server.closeAllConnections();
            await closed;
        },
    };
}
