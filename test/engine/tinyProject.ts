import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { ensureEngine } from "../../engine";
import { projectDirectory, sandboxEnvironment } from "../../scripts/environment";

/** A Pulumi project with one stack in a temporary folder with a backend of its own. */
export interface TinyProject {
    folder: string;
    /** Writes files of the project by their relative path. */
    write(files: Record<string, string>): void;
    /** Runs the CLI; `env` is added to the environment. */
    pulumi(args: string, env?: NodeJS.ProcessEnv, input?: string): Promise<Run>;
    /** Starts the CLI and returns at once. */
    start(args: string, env?: NodeJS.ProcessEnv): ChildProcess;
    /** `stack export`. */
    state(): Promise<Deployment>;
    remove(): void;
}

/** What a command printed (both streams) and its exit code. */
export interface Run {
    code: number;
    output: string;
}

export interface Deployment {
    text: string;
    resources: State[];
    pending: { type: string }[];
}

export interface State {
    urn: string;
    type: string;
    id?: string;
    inputs: Record<string, unknown>;
    outputs: Record<string, unknown>;
    initErrors?: string[];
}

/** A project with these files, in which the packages of this one can be required, and its stack. */
export async function tinyProject(files: Record<string, string>): Promise<TinyProject> {
    const engine = await ensureEngine({ need: ["pulumi", "command"] });
    const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), "engine facts ")));
    const scope = path.join(folder, "node_modules", "@pulumi");
    mkdirSync(scope, { recursive: true });
    for (const name of ["pulumi", "command"]) {
        symlinkSync(
            path.join(projectDirectory, "node_modules", "@pulumi", name),
            path.join(scope, name),
        );
    }
    symlinkSync(
        path.join(projectDirectory, "node_modules", "tsx"),
        path.join(folder, "node_modules", "tsx"),
    );
    const environment: NodeJS.ProcessEnv = {
        ...sandboxEnvironment(engine, folder),
        PULUMI_CONFIG_PASSPHRASE_FILE: path.join(folder, "passphrase"),
    };
    mkdirSync(path.join(folder, "backend"));

    const start = (args: string, env: NodeJS.ProcessEnv = {}): ChildProcess =>
        spawn(engine.pulumi, [...args.split(" "), "--non-interactive", "--color=never"], {
            cwd: folder,
            env: { ...environment, ...env },
            stdio: "pipe",
        });
    const project: TinyProject = {
        folder,
        start,
        write(written) {
            for (const [name, content] of Object.entries(written)) {
                mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
                writeFileSync(path.join(folder, name), content);
            }
        },
        async pulumi(args, env, input = "") {
            const child = start(args, env);
            child.stdin?.end(input);
            const [stdout, stderr, code] = await Promise.all([
                text(child.stdout as NodeJS.ReadableStream),
                text(child.stderr as NodeJS.ReadableStream),
                new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1))),
            ]);
            return { code, output: stdout + stderr };
        },
        async state() {
            const { output } = await project.pulumi("stack export");
            const { resources = [], pending_operations = [] } = JSON.parse(output).deployment;
            return {
                text: output,
                resources,
                pending: pending_operations.map((operation: { type: string }) => operation),
            };
        },
        remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
    };
    project.write({
        passphrase: "only for this test",
        "Pulumi.yaml": "name: facts\nruntime: nodejs\n",
        "package.json": JSON.stringify({ name: "facts", main: "index.js" }),
        ...files,
    });
    const { code, output } = await project.pulumi("stack init test");
    if (code !== 0) {
        throw new Error(output);
    }
    return project;
}
