import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Command } from "commander";
import { ensureEngine } from "../engine";
import { projectDirectory } from "./environment";
import { control, startSandbox, stopSandbox, type Sandbox } from "./sandbox";
import { configureStack, pulumiOutput, sandboxStack, type Stack } from "./stack";

/** What `npm run -s bench -- --json` prints. */
export interface Bench {
    /** Median time of an `up` without changes, divided by that of an empty TypeScript program. */
    noopRatio: number;
    noopSeconds: number;
    emptySeconds: number;
    /**
     * Calls to Palette: of the first `up` and the `destroy` with all their waiting, and of an `up`
     * without changes; each runs the program once (`--skip-preview`; `destroy` does not run it).
     */
    calls: { up: number; noop: number; destroy: number };
    /** Calls to Palette in that `up` without changes that were not reads. */
    writes: { noop: number };
    /** Mean size of a Palette resource in the exported state, as JSON. */
    stateBytesPerPaletteResource: number;
}

/** Calls by which Palette looks something up, although their method is POST. */
const READS = /^palette (GET|HEAD) |^palette POST \/v1\/dashboard\/|\/(validate|search|rate)$/;

/** Measures the program in a sandbox and on stacks of its own, which it removes again. */
async function bench(rounds: number, log: (line: string) => void): Promise<Bench> {
    const engine = await ensureEngine({ log });
    const directory = mkdtempSync(path.join(os.tmpdir(), "palette-bench-"));
    try {
        const sandbox = await startSandbox(engine, directory, { log });
        const stack = sandboxStack(engine, directory, {
            name: "bench",
            folder: path.join(directory, "project"),
        });
        await configureStack(stack, sandbox);
        const empty = await emptyStack(stack, path.join(directory, "empty"));

        log("up");
        const up = await counted(sandbox, () => run(stack, "up", "--skip-preview"));
        const state = await run(stack, "stack", "export");
        const seconds = { noop: [] as number[], empty: [] as number[] };
        await run(empty, "up");
        for (let round = 1; round <= rounds; round++) {
            log(`up without changes, round ${round} of ${rounds}`);
            seconds.empty.push(await timed(() => run(empty, "up")));
            seconds.noop.push(await timed(() => run(stack, "up", "--expect-no-changes")));
        }
        const noop = await counted(sandbox, () =>
            run(stack, "up", "--skip-preview", "--expect-no-changes"),
        );
        log("destroy");
        const destroy = await counted(sandbox, () => run(stack, "destroy", "--skip-preview"));

        const [noopSeconds, emptySeconds] = [median(seconds.noop), median(seconds.empty)];
        return {
            noopRatio: round2(noopSeconds / emptySeconds),
            noopSeconds: round2(noopSeconds),
            emptySeconds: round2(emptySeconds),
            calls: { up: up.calls, noop: noop.calls, destroy: destroy.calls },
            writes: { noop: noop.writes },
            stateBytesPerPaletteResource: paletteBytes(state),
        };
    } finally {
        await stopSandbox(directory);
        rmSync(directory, { recursive: true, force: true });
    }
}

async function run(stack: Stack, command: string, ...args: string[]): Promise<string> {
    const yes = command === "stack" ? [] : ["--yes"];
    return pulumiOutput(stack, [command, ...args, ...yes]);
}

/** The Palette calls that the sandbox counts while something runs. */
async function counted(
    sandbox: Sandbox,
    work: () => Promise<unknown>,
): Promise<{ calls: number; writes: number }> {
    await control(sandbox, "DELETE", "/requests");
    await work();
    const counters = await control<Record<string, { count: number }>>(sandbox, "GET", "/counters");
    const palette = Object.entries(counters).filter(([call]) => call.startsWith("palette "));
    const sum = (entries: typeof palette) => entries.reduce((n, [, { count }]) => n + count, 0);
    return { calls: sum(palette), writes: sum(palette.filter(([call]) => !READS.test(call))) };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
    const start = performance.now();
    await work();
    return (performance.now() - start) / 1000;
}

/**
 * A stack in the same backend whose program is empty, set up as `pulumi new typescript` does it:
 * the language host compiles it with type checks, with the same SDK and compiler as ours.
 */
async function emptyStack(stack: Stack, folder: string): Promise<Stack> {
    const modules = path.join(folder, "node_modules");
    mkdirSync(path.join(modules, "@pulumi"), { recursive: true });
    mkdirSync(path.join(modules, "@types"));
    for (const name of ["@pulumi/pulumi", "@types/node", "typescript"]) {
        symlinkSync(path.join(projectDirectory, "node_modules", name), path.join(modules, name));
    }
    const files = {
        "Pulumi.yaml":
            "name: empty\nruntime:\n  name: nodejs\n  options:\n    packagemanager: npm\n",
        "package.json": JSON.stringify({
            name: "empty",
            main: "index.ts",
            dependencies: { "@pulumi/pulumi": "*" },
            devDependencies: { "@types/node": "*", typescript: "*" },
        }),
        "tsconfig.json": JSON.stringify({
            compilerOptions: {
                strict: true,
                outDir: "bin",
                target: "es2020",
                module: "commonjs",
                moduleResolution: "node",
                sourceMap: true,
                forceConsistentCasingInFileNames: true,
            },
            files: ["index.ts"],
        }),
        "index.ts": `import * as pulumi from "@pulumi/pulumi";\n\nexport const stack = pulumi.getStack();\n`,
    };
    for (const [name, content] of Object.entries(files)) {
        writeFileSync(path.join(folder, name), content);
    }
    const environment: NodeJS.ProcessEnv = { ...stack.environment, PULUMI_STACK: "empty" };
    delete environment.PULUMI_OPTION_CONFIG_FILE;
    const empty = { ...stack, name: "empty", projectFolder: folder, environment };
    await run(empty, "stack", "init", "empty");
    return empty;
}

function paletteBytes(exported: string): number {
    const { resources }: { resources: { type: string }[] } = JSON.parse(exported).deployment;
    const palette = resources.filter(({ type }) =>
        type.startsWith("pulumi-nodejs:dynamic/palette:"),
    );
    const bytes = palette.map((resource) => Buffer.byteLength(JSON.stringify(resource)));
    return Math.round(bytes.reduce((sum, size) => sum + size, 0) / (bytes.length || 1));
}

function median(values: number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function round2(value: number): number {
    return Math.round(value * 100) / 100;
}

const command = new Command("npm run -s bench --")
    .description("Measure the program in a sandbox of its own.")
    .option("--json", "print one JSON object")
    .option("--rounds <n>", "how many runs without changes", "5")
    .parse();
const { json, rounds } = command.opts<{ json?: boolean; rounds: string }>();
bench(Number(rounds), (line) => console.error(line)).then(
    (result) => console.log(json ? JSON.stringify(result) : result),
    (error: Error) => {
        console.error(error.message);
        process.exitCode = 1;
    },
);
