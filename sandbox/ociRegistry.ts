import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** A CNCF distribution process: a real OCI registry, without any rule of a product. */
export interface Registry {
    fetch(path: string, init?: RequestInit): Promise<Response>;
    /**
     * Hands a request over as a stream, and the answer back. `authorization`: what the registry gets
     * instead of the client's (none by default).
     */
    forward(
        request: IncomingMessage,
        response: ServerResponse,
        path: string,
        authorization?: string,
    ): Promise<void>;
    /** Deletes a manifest or a blob; one that is not there is no error. */
    remove(path: string): Promise<void>;
    removeRepository(name: string): Promise<void>;
    close(): Promise<void>;
}

export interface RegistryOptions {
    dir: string;
    /** CNCF distribution's `registry`: its path, or its name on PATH. */
    binary: string;
    /** Of its folder in `dir`, its configuration and its log. */
    name: string;
    /** Only users of this htpasswd file get in. Without the file the registry makes one. */
    htpasswd?: { file: string; realm: string };
    /** Sees each line that the registry prints; `false` keeps it out of the log. */
    watch?: (line: string) => boolean;
}

/**
 * Runs a registry on an ephemeral port of 127.0.0.1 with its files in `<dir>/<name>` and its output
 * in `<dir>/log/<name>.log`. It ends with this process, also when that is killed.
 * Throws when the binary is missing or does not start to listen.
 */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
    const { dir, binary, name, htpasswd, watch = () => true } = options;
    const root = path.join(dir, name);
    const repositories = path.join(root, "docker", "registry", "v2", "repositories");
    const blobs = path.join(root, "docker", "registry", "v2", "blobs");
    const log = path.join(dir, "log", `${name}.log`);
    const configuration = path.join(dir, `${name}.json`);
    fs.mkdirSync(repositories, { recursive: true });
    fs.mkdirSync(blobs, { recursive: true });
    fs.mkdirSync(path.dirname(log), { recursive: true });
    // The configuration is YAML, of which JSON is a part.
    const settings = {
        version: "0.1",
        log: { accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: root }, delete: { enabled: true } },
        ...(htpasswd && { auth: { htpasswd: { realm: htpasswd.realm, path: htpasswd.file } } }),
        http: {
            addr: "127.0.0.1:0",
            relativeurls: true,
            secret: randomBytes(20).toString("hex"),
        },
    };
    fs.writeFileSync(configuration, JSON.stringify(settings), { mode: 0o600 });
    // No REGISTRY_* variable of the user's shell may change the configuration.
    const env = { PATH: process.env.PATH, HOME: dir, OTEL_TRACES_EXPORTER: "none" };
    // Frees the files of blobs that were deleted before.
    await promisify(execFile)(binary, ["garbage-collect", configuration], { env }).catch(
        (error: NodeJS.ErrnoException & { stderr?: string }) => {
            throw new Error(
                error.code === "ENOENT"
                    ? `registry: '${binary}' is not there`
                    : `registry: ${error.stderr ?? error.message}`,
            );
        },
    );

    // The shell ends the registry as soon as its input ends, that is, when this process is gone.
    const script =
        'exec 3<&0; "$0" serve "$1" 3<&- & child=$!; { cat <&3; kill $child; } >/dev/null 2>&1 & wait $child';
    const shell = spawn("sh", ["-c", script, binary, configuration], { env, stdio: "pipe" });
    const ended = new Promise<void>((resolve) => shell.once("close", () => resolve()));
    const output = fs.createWriteStream(log, { flags: "a", mode: 0o600 });
    shell.stdout.pipe(output, { end: false });
    shell.stdin.on("error", () => {});
    const port = await new Promise<number>((resolve, reject) => {
        createInterface({ input: shell.stderr }).on("line", (line) => {
            if (watch(line)) {
                output.write(`${line}\n`);
            }
            const listening = /listening on 127\.0\.0\.1:(\d+)/.exec(line);
            if (listening) {
                resolve(Number(listening[1]));
            }
        });
        void ended.then(() => reject(new Error(`registry: it ended at once, see ${log}`)));
    });

    const agent = new http.Agent({ keepAlive: true });
    const call = (where: string, init?: RequestInit) =>
        fetch(`http://127.0.0.1:${port}${where}`, { signal: AbortSignal.timeout(30_000), ...init });
    return {
        fetch: call,
        forward: (request, response, where, authorization) =>
            new Promise<void>((resolve, reject) => {
                const { method } = request;
                const headers = { ...request.headers, authorization };
                delete headers.connection;
                if (authorization === undefined) {
                    delete headers.authorization;
                }
                const target = { host: "127.0.0.1", port, agent, path: where, method, headers };
                const upstream = http.request(target, (answer) => {
                    const { location } = answer.headers;
                    delete answer.headers.connection;
                    response.writeHead(answer.statusCode ?? 502, {
                        ...answer.headers,
                        ...(location && { location: `https://${headers.host}${location}` }),
                    });
                    answer.pipe(response);
                    answer.on("error", () => response.destroy());
                    response.on("close", resolve);
                });
                upstream.on("error", reject);
                response.on("close", () => upstream.destroy());
                request.pipe(upstream);
            }),
        async remove(where) {
            const answer = await call(where, { method: "DELETE" });
            if (!answer.ok && answer.status !== 404) {
                throw new Error(`registry: DELETE ${where}: ${answer.status}`);
            }
        },
        async removeRepository(name) {
            // Only its own folders: names nest, and another repository may live below.
            for (const part of ["_layers", "_manifests", "_uploads"]) {
                const folder = path.join(repositories, name, part);
                await fs.promises.rm(folder, { recursive: true, force: true });
            }
        },
        async close() {
            agent.destroy();
            shell.stdin.end();
            await ended;
            output.end();
        },
    };
}
