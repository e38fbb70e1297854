import { spawn } from "node:child_process";
import { mkdir, open, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, fetch } from "undici";
import type { SandboxFile } from "../sandbox/sandboxFile";
import { projectDirectory, sandboxEnvironment } from "./environment";

/** What a running sandbox says of itself in its sandbox.json. */
export type Sandbox = SandboxFile & { pid: number };

const START_SECONDS = 60;
const STOP_SECONDS = 20;

/** The sandbox that runs in this folder; undefined when none answers. */
export async function runningSandbox(directory: string): Promise<Sandbox | undefined> {
    let sandbox: Sandbox;
    try {
        sandbox = JSON.parse(await readFile(path.join(directory, "sandbox.json"), "utf8"));
    } catch {
        return undefined;
    }
    // The token tells that it is this sandbox and no other process with a recycled pid or port.
    const answers = await control<{ speed: number }>(sandbox, "GET", "/clock").catch(
        () => undefined,
    );
    return answers && sandbox;
}

/**
 * Starts the sandbox as a background process that outlives this one, and waits until its Palette
 * answers. One that already runs in the folder is returned as it is, unless it has another speed.
 *
 * @param options.speed seconds of the sandbox's time per second; its own default if not given.
 * @throws Error with the end of its log when it does not come up.
 */
export async function startSandbox(
    engine: { path: string },
    directory: string,
    options: { speed?: number; log?: (line: string) => void } = {},
): Promise<Sandbox> {
    const log = options.log ?? (() => {});
    const running = await runningSandbox(directory);
    if (running) {
        const { speed } = await control<{ speed: number }>(running, "GET", "/clock");
        // One that an earlier version of the project has started knows one registry only.
        const current = "harbor" in running;
        if (current && (options.speed === undefined || options.speed === speed)) {
            log(`the sandbox is running (process ${running.pid}, speed ${speed})`);
            return running;
        }
        log(
            current
                ? `restarting the sandbox at speed ${options.speed} (it ran at ${speed})`
                : "restarting the sandbox, which is of an earlier version",
        );
        await stopSandbox(directory);
    }

    await mkdir(path.join(directory, "log"), { recursive: true });
    const logFile = path.join(directory, "log", "sandbox.log");
    const output = await open(logFile, "a");
    const args = ["--import", "tsx", path.join("sandbox", "main.ts"), "--dir", directory];
    if (options.speed !== undefined) {
        args.push("--speed", String(options.speed));
    }
    const child = spawn(process.execPath, args, {
        cwd: projectDirectory,
        env: sandboxEnvironment(engine, directory),
        stdio: ["ignore", output.fd, output.fd],
        detached: true,
    });
    await output.close();
    let ended = false;
    child.on("exit", () => (ended = true));
    child.on("error", () => (ended = true));
    child.unref();

    for (const start = Date.now(); !ended && Date.now() - start < START_SECONDS * 1000;) {
        const sandbox = await runningSandbox(directory);
        if (sandbox?.pid === child.pid && (await paletteAnswers(sandbox as Sandbox))) {
            log(`the sandbox has started (process ${child.pid}, log in ${logFile})`);
            return sandbox as Sandbox;
        }
        await sleep(150);
    }
    if (!ended) {
        child.kill();
    }
    const tail = (await readFile(logFile, "utf8")).trimEnd().split("\n").slice(-15).join("\n");
    throw new Error(`the sandbox did not start; the end of ${logFile}:\n${tail}`);
}

/**
 * Stops the sandbox of this folder and waits until its process is gone; its state stays on disk.
 *
 * @returns false when none was running.
 */
export async function stopSandbox(directory: string): Promise<boolean> {
    const sandbox = await runningSandbox(directory);
    if (!sandbox) {
        return false;
    }
    process.kill(sandbox.pid, "SIGTERM");
    for (const start = Date.now(); alive(sandbox.pid); await sleep(50)) {
        if (Date.now() - start > STOP_SECONDS * 1000) {
            process.kill(sandbox.pid, "SIGKILL");
            throw new Error(
                `the sandbox (process ${sandbox.pid}) did not end within ${STOP_SECONDS} s and was ` +
                    `killed; processes that it had started may be left`,
            );
        }
    }
    return true;
}

/** A call to the sandbox's control address: counters, request log, faults, switches, clock. */
export async function control<R>(
    sandbox: Sandbox,
    method: string,
    route: string,
    body?: unknown,
): Promise<R> {
    const response = await fetch(new URL(route, sandbox.control.endpoint), {
        method,
        headers: {
            authorization: `Bearer ${sandbox.control.token}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(5_000),
    });
    if (!response.ok) {
        throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`);
    }
    return (response.status === 204 ? undefined : await response.json()) as R;
}

/** A GET (or a POST, with a body) to the sandbox's Palette as its tenant administrator. */
export function callPalette<R>(
    sandbox: Sandbox,
    route: string,
    options: { project?: boolean; method?: string; body?: unknown } = {},
): Promise<R> {
    const headers = {
        ApiKey: sandbox.palette.apiKey,
        ...(options.project ? { ProjectUid: sandbox.palette.projectUid } : {}),
    };
    return call(sandbox, new URL(route, sandbox.palette.endpoint), { ...options, headers });
}

/** A GET to the sandbox's basic registry (OCI distribution API). */
export function callHarbor<R>(sandbox: Sandbox, route: string): Promise<R> {
    const { endpoint, username, password } = sandbox.harbor;
    const login = Buffer.from(`${username}:${password}`).toString("base64");
    const headers = { authorization: `Basic ${login}` };
    return call(sandbox, new URL(route, endpoint), { headers });
}

async function call<R>(
    { caFile }: Sandbox,
    url: URL,
    { method, body, headers }: { method?: string; body?: unknown; headers: Record<string, string> },
): Promise<R> {
    const dispatcher = new Agent({ connect: { ca: await readFile(caFile, "utf8") } });
    try {
        const response = await fetch(url, {
            method: method ?? (body === undefined ? "GET" : "POST"),
            headers: { "content-type": "application/json", ...headers },
            body: body === undefined ? undefined : JSON.stringify(body),
            dispatcher,
            signal: AbortSignal.timeout(10_000),
        });
        if (!response.ok) {
            throw new Error(`${url.pathname}: ${response.status} ${await response.text()}`);
        }
        const text = await response.text();
        return (text === "" ? undefined : JSON.parse(text)) as R;
    } finally {
        await dispatcher.close();
    }
}

async function paletteAnswers(sandbox: Sandbox): Promise<boolean> {
    return callPalette(sandbox, "/v1/users/info").then(
        () => true,
        () => false,
    );
}

function alive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch {
        return false;
    }
}
