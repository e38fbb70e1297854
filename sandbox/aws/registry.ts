import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** A CNCF distribution process: a store of blobs and manifests by digest, without any rule. */
export interface Registry {
    port: number;
    agent: http.Agent;
    fetch(path: string, init?: RequestInit): Promise<Response>;
    /** Deletes a manifest or a blob; one that is not there is no error. */
    remove(path: string): Promise<void>;
    removeRepository(name: string): Promise<void>;
    close(): Promise<void>;
}

/**
 * Runs the registry on an ephemeral port of 127.0.0.1 with its files in `<dir>/registry` and its
 * output in `<dir>/log/registry.log`. It ends with this process, also when that is killed.
 * Throws when the binary is missing or does not start to listen.
 */
export async function startRegistry(dir: string, binary: string): Promise<Registry> {
    const root = path.join(dir, "registry");
    const repositories = path.join(root, "docker", "registry", "v2", "repositories");
    const blobs = path.join(root, "docker", "registry", "v2", "blobs");
    const log = path.join(dir, "log", "registry.log");
    const configuration = path.join(dir, "registry.json");
    fs.mkdirSync(repositories, { recursive: true });
    fs.mkdirSync(blobs, { recursive: true });
    fs.mkdirSync(path.dirname(log), { recursive: true });
    // The configuration is YAML, of which JSON is a part.
    const settings = {
        version: "0.1",
        log: { accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: root }, delete: { enabled: true } },
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
    shell.stderr.pipe(output, { end: false });
    shell.stdin.on("error", () => {});
    const port = await new Promise<number>((resolve, reject) => {
        createInterface({ input: shell.stderr }).on("line", (line) => {
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
        port,
        agent,
        fetch: call,
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
