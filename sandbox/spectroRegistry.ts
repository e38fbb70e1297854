import fs from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import type { Observer } from "./control";
import { listen } from "./https";
import type { CertificateAuthority } from "./tls";

/** What a client of the legacy Spectro registry needs to know. */
export interface SpectroRegistryAccount {
    /** `https://127.0.0.1:port`; the CLI wants it without `https://`. */
    endpoint: string;
    username: string;
    password: string;
    /**
     * Its packs: `<name>/<version>/pack.json` and the other files. How the CLI brings them to the
     * server is not public, so there is no push: whoever plays the CLI writes here.
     */
    folder: string;
}

/**
 * The address of a legacy Spectro registry: of its API only `GET /health`, and `GET /v1/_catalog` with
 * user and password, are public; there is nothing else. The catalogue's body is a guess.
 */
export async function startSpectroRegistry(options: {
    ca: CertificateAuthority;
    account: SpectroRegistryAccount;
    port: number;
    observe?: Observer;
}): Promise<{ close(): void }> {
    const { username, password, folder } = options.account;
    fs.mkdirSync(folder, { recursive: true });
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const answer = (request: IncomingMessage): { status: number; body: object } => {
        const route = `${request.method} ${request.url!.split("?")[0]!}`;
        if (route === "GET /health") {
            return { status: 200, body: { status: "UP" } };
        }
        if (route !== "GET /v1/_catalog") {
            return { status: 404, body: { message: "not found" } };
        }
        return request.headers.authorization === authorization
            ? { status: 200, body: { repositories: subfolders(folder) } }
            : { status: 401, body: { message: "unauthorized" } };
    };
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        request.resume();
        const { status, body } = answer(request);
        response.writeHead(status, {
            "content-type": "application/json",
            ...(status === 401 && { "www-authenticate": 'Basic realm="spectro"' }),
        });
        response.end(JSON.stringify(body));
    };
    const leaf = await options.ca.issue(["127.0.0.1", "localhost"]);
    return listen({ leaf, port: options.port, observe: options.observe, serve });
}

/** Folders of packs, with the name and the version that they stand for. */
export function packFolders(folder: string): { name: string; version: string; path: string }[] {
    return subfolders(folder).flatMap((name) =>
        subfolders(path.join(folder, name)).map((version) => ({
            name,
            version,
            path: path.join(folder, name, version),
        })),
    );
}

function subfolders(folder: string): string[] {
    return fs
        .readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort();
}
