import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { parseDocument } from "yaml";
import { ensureEngine } from "../../engine";
import { projectDirectory } from "../../scripts/environment";
import { control, startSandbox, stopSandbox, type Sandbox } from "../../scripts/sandbox";
import {
    configureStack,
    pulumiOutput,
    sandboxStack,
    type Packs,
    type Stack,
} from "../../scripts/stack";

/** What a run of the CLI said and how it ended. */
export interface Run {
    code: number;
    output: string;
}

/** A sandbox of a test's own, in a folder that is removed in the end. */
export class TestEnvironment {
    /** Processes that a killed CLI may have left; they are ended in the end. */
    readonly orphans: SeenProcess[] = [];

    private constructor(
        readonly directory: string,
        readonly engine: Awaited<ReturnType<typeof ensureEngine>>,
        readonly sandbox: Sandbox,
    ) {}

    /**
     * @param prepare Lays out the folder before the sandbox starts in it.
     * @param options.speed Virtual seconds of the sandbox in a real one; three times as many as its default, if not given.
     */
    static async create(
        prepare: (directory: string) => Promise<void> = async () => {},
        options: { speed?: number } = { speed: 600 },
    ): Promise<TestEnvironment> {
        const engine = await ensureEngine();
        const directory = await mkdtemp(path.join(tmpdir(), "palette flow "));
        await prepare(directory);
        const sandbox = await startSandbox(engine, directory, options);
        return new TestEnvironment(directory, engine, sandbox);
    }

    /** A stack with the sandbox's endpoints and the tutorial's choices, or with names of its own. */
    async stack(
        name: string,
        config: Record<string, unknown> = {},
        packs?: Packs,
    ): Promise<TestStack> {
        const folder = path.join(this.directory, "stacks", name);
        await mkdir(folder, { recursive: true });
        const stack = this.stackFor(name);
        await configureStack(stack, this.sandbox, packs);
        const created = new TestStack(stack);
        await created.configure(config);
        return created;
    }

    /** What the CLI needs for a stack of a test, which need not be there. */
    stackFor(name: string): Stack {
        const folder = path.join(this.directory, "stacks", name);
        return sandboxStack(this.engine, this.directory, { name, folder });
    }

    async close(): Promise<void> {
        stillThere(this.orphans).forEach(({ pid }) => kill(pid));
        await stopSandbox(this.directory);
        await rm(this.directory, { recursive: true, force: true });
    }

    /** Palette calls since the last reset, by route and by method. */
    async calls(): Promise<{ method: string; route: string; status: number }[]> {
        const { items } = await control<{
            items: { service: string; method: string; route: string; status: number }[];
        }>(this.sandbox, "GET", "/requests");
        return items.filter(({ service }) => service === "palette");
    }

    async resetCalls(): Promise<void> {
        await control(this.sandbox, "DELETE", "/requests");
    }
}

/** A stack of the program, driven by the real CLI. */
export class TestStack {
    constructor(readonly stack: Stack) {}

    /** Sets keys of the program's configuration in the stack's file; undefined removes one. `a.b` is a path, and `a.0` an item. */
    async configure(values: Record<string, unknown>): Promise<void> {
        const document = parseDocument(await readFile(this.stack.configFile, "utf8"));
        for (const [key, value] of Object.entries(values)) {
            const [top, ...rest] = key.split(".");
            const steps = rest.map((step) => (/^\d+$/.test(step) ? Number(step) : step));
            const at = ["config", `palette-custom-pack:${top}`, ...steps];
            if (value === undefined) {
                document.deleteIn(at);
            } else {
                document.setIn(at, document.createNode(value));
            }
        }
        await writeFile(this.stack.configFile, document.toString());
    }

    /** What the stack's file says under a key. */
    async configured<T>(key: string): Promise<T> {
        const document = parseDocument(await readFile(this.stack.configFile, "utf8"));
        return document.toJS().config[`palette-custom-pack:${key}`];
    }

    /** Sets a secret by its path, as a user does. */
    async configureSecret(key: string, value: string): Promise<void> {
        await pulumiOutput(this.stack, ["config", "set", "--secret", "--path", key], value);
    }

    /** Starts the CLI without waiting for it. */
    start(args: string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
        return spawn(this.stack.pulumi, [...args, "--non-interactive", "--color", "never"], {
            cwd: projectDirectory,
            env: { ...this.stack.environment, ...environment },
            stdio: ["ignore", "pipe", "pipe"],
        });
    }

    async run(args: string[], environment: NodeJS.ProcessEnv = {}): Promise<Run> {
        const child = this.start(args, environment);
        const [stdout, stderr, code] = await Promise.all([
            text(child.stdout!),
            text(child.stderr!),
            new Promise<number>((resolve) => child.on("close", (status) => resolve(status ?? 1))),
        ]);
        return { code, output: stdout + stderr };
    }

    up = (...args: string[]) => this.run(["up", "--yes", "--skip-preview", ...args]);
    destroy = (...args: string[]) => this.run(["destroy", "--yes", "--skip-preview", ...args]);

    async outputs<T = Record<string, unknown>>(...args: string[]): Promise<T> {
        return JSON.parse(await pulumiOutput(this.stack, ["stack", "output", "--json", ...args]));
    }

    async export(): Promise<{
        deployment: { resources?: Resource[]; pending_operations?: unknown[] };
    }> {
        return JSON.parse(await pulumiOutput(this.stack, ["stack", "export"]));
    }
}

interface Resource {
    urn: string;
    type: string;
    inputs?: Record<string, unknown>;
    outputs?: Record<string, unknown>;
}

/** The last lines of a run, for a failed expectation. */
export function succeeded({ code, output }: Run): void {
    if (code !== 0) {
        throw new Error(`the run failed with ${code}:\n${output.slice(-4000)}`);
    }
}

/** Ends a process; one that is gone already is fine. */
export function kill(pid: number): void {
    try {
        process.kill(pid, "SIGKILL");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
            throw error;
        }
    }
}

/** A process, as far as it can be told from a later one of the same number. */
export interface SeenProcess {
    pid: number;
    parent: number;
    started: string;
    /** Its command line. */
    command: string;
}

/** Those of the processes that are still there. */
export function stillThere(seen: SeenProcess[]): SeenProcess[] {
    // A number alone may be another process's by now.
    const now = seeProcesses();
    return seen.filter((seenProcess) =>
        now.some((p) => p.pid === seenProcess.pid && p.started === seenProcess.started),
    );
}

function seeProcesses(): SeenProcess[] {
    return execFileSync("ps", ["-A", "-o", "pid=,ppid=,lstart=,args="], {
        encoding: "utf8",
        maxBuffer: 2 ** 26,
    })
        .trim()
        .split("\n")
        .map((line) => {
            const [pid, parent, ...rest] = line.trim().split(/\s+/);
            // `Mon Nov 30 12:00:00 2026`, and the command line.
            const [started, command] = [rest.slice(0, 5).join(" "), rest.slice(5).join(" ")];
            return { pid: Number(pid), parent: Number(parent), started, command };
        });
}

/** All processes below one. */
export function descendantsOf(pid: number, processes = seeProcesses()): SeenProcess[] {
    const children = processes.filter(({ parent }) => parent === pid);
    return children.flatMap((child) => [child, ...descendantsOf(child.pid, processes)]);
}
