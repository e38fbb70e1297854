import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { parseDocument } from "yaml";
import { ensureEngine } from "../engine";
import { projectDirectory } from "./environment";
import { measure, round, type Usage } from "./measure";
import { control, startSandbox, stopSandbox, type Sandbox } from "./sandbox";
import { configureStack, sandboxStack, type Stack } from "./stack";

/** A run of the CLI, and what it asked of the sandbox. */
interface MeasuredRun extends Usage {
    /** Calls to Palette. */
    paletteCalls: number;
    /** Authorization tokens that it has fetched of ECR. */
    tokens: number;
}

/** A stack of so many small packs in one ECR, its profile and its cluster with one of them. */
interface PackScale {
    packs: number;
    up: MeasuredRun;
    noChange: MeasuredRun;
    destroy: MeasuredRun;
    /** A loop of `oras push` of as many archives into a registry of the same sandbox. */
    orasPush: Usage;
}

/** Clusters of one profile, created by one run. */
interface ClusterScale {
    clusters: number;
    up: MeasuredRun;
    destroy: MeasuredRun;
    /** How long the creation took by the sandbox's clock. */
    virtualMinutes: number;
}

/** What `npm run -s bench:scale -- --json` prints. */
interface ScaleBench {
    packs: PackScale[];
    /** CPU seconds of a pack more, between the smallest and the largest stack. */
    perAdditionalPack: Record<"up" | "noChange" | "destroy" | "orasPush", number> | undefined;
    clusters?: ClusterScale;
}

const NAMESPACE = "palette-custom-pack";

/** Measures the program on stacks of its own in a sandbox of its own, and removes both. */
async function benchScale(
    sizes: number[],
    clusters: number,
    log: (line: string) => void,
): Promise<ScaleBench> {
    const engine = await ensureEngine({ log });
    const directory = mkdtempSync(path.join(os.tmpdir(), "palette-bench-scale-"));
    try {
        const sandbox = await startSandbox(engine, directory, { log });
        const makeStack = async (name: string, config: Record<string, unknown>) => {
            const folder = path.join(directory, name);
            const stack = sandboxStack(engine, directory, { name, folder });
            await configureStack(stack, sandbox);
            configure(stack, config);
            return stack;
        };
        const packs: PackScale[] = [];
        for (const size of sizes) {
            log(`${size} packs`);
            const folders = writePacks(path.join(directory, `packs-${size}`), size);
            const stack = await makeStack(`packs-${size}`, {
                packs: folders.map((folder) => ({ path: folder })),
                "profile.packs": [{ name: "small-1", version: "1.0.0" }],
            });
            packs.push({
                packs: size,
                up: await run(sandbox, stack, "up"),
                noChange: await run(sandbox, stack, "up", "--expect-no-changes"),
                destroy: await run(sandbox, stack, "destroy"),
                orasPush: await pushAll(sandbox, engine.path, directory, folders),
            });
            log(JSON.stringify(packs.at(-1)));
        }
        const [first, last] = [packs[0], packs.at(-1)];
        const perAdditionalPack =
            first && last && last.packs > first.packs ? slope(first, last) : undefined;
        if (clusters === 0) {
            return { packs, perAdditionalPack };
        }
        log(`${clusters} clusters`);
        const { cloudAccount, sshKeyName, region } = sandbox.seed;
        const stack = await makeStack("clusters", {
            cluster: undefined,
            clusters: Array.from({ length: clusters }, (_, index) => ({
                name: `scale-${index + 1}`,
                cloudAccount,
                sshKeyName,
                region,
            })),
        });
        const up = await run(sandbox, stack, "up");
        const { speed } = await control<{ speed: number }>(sandbox, "GET", "/clock");
        const virtualMinutes = round((up.wallSeconds * speed) / 60);
        const destroy = await run(sandbox, stack, "destroy");
        return {
            packs,
            perAdditionalPack,
            clusters: { clusters, up, destroy, virtualMinutes },
        };
    } finally {
        await stopSandbox(directory);
        rmSync(directory, { recursive: true, force: true });
    }
}

function slope(first: PackScale, last: PackScale): NonNullable<ScaleBench["perAdditionalPack"]> {
    const of = (phase: "up" | "noChange" | "destroy" | "orasPush") =>
        round((last[phase].cpuSeconds - first[phase].cpuSeconds) / (last.packs - first.packs));
    return {
        up: of("up"),
        noChange: of("noChange"),
        destroy: of("destroy"),
        orasPush: of("orasPush"),
    };
}

/** Sets keys of the program's configuration; undefined removes one. */
function configure(stack: Stack, values: Record<string, unknown>): void {
    const document = parseDocument(readFileSync(stack.configFile, "utf8"));
    for (const [key, value] of Object.entries(values)) {
        const [top, ...rest] = key.split(".");
        const at = ["config", `${NAMESPACE}:${top}`, ...rest];
        if (value === undefined) {
            document.deleteIn(at);
        } else {
            document.setIn(at, document.createNode(value));
        }
    }
    writeFileSync(stack.configFile, document.toString());
}

/** Packs of a few kilobytes: the tutorial's, under other names. */
function writePacks(folder: string, count: number): string[] {
    const sample = path.join(projectDirectory, "packs", "hello-universe-pack");
    const pack = JSON.parse(readFileSync(path.join(sample, "pack.json"), "utf8"));
    mkdirSync(folder);
    return Array.from({ length: count }, (_, index) => {
        const name = `small-${index + 1}`;
        const copy = path.join(folder, name);
        cpSync(sample, copy, { recursive: true });
        writeFileSync(path.join(copy, "pack.json"), JSON.stringify({ ...pack, name }));
        return copy;
    });
}

async function run(
    sandbox: Sandbox,
    stack: Stack,
    command: string,
    ...args: string[]
): Promise<MeasuredRun> {
    await control(sandbox, "DELETE", "/requests");
    const usage = await measure(
        [stack.pulumi, command, "--yes", "--skip-preview", "--non-interactive", ...args],
        { cwd: stack.projectFolder, env: stack.environment },
    );
    const counters = await control<Record<string, { count: number }>>(sandbox, "GET", "/counters");
    const sum = (pattern: RegExp) =>
        Object.entries(counters)
            .filter(([call]) => pattern.test(call))
            .reduce((total, [, { count }]) => total + count, 0);
    return {
        ...usage,
        paletteCalls: sum(/^palette /),
        tokens: sum(/GetAuthorizationToken/),
    };
}

/** Pushes an archive of each folder into the sandbox's basic registry, one after another. */
async function pushAll(
    { harbor, caFile }: Sandbox,
    enginePath: string,
    directory: string,
    folders: string[],
): Promise<Usage> {
    const work = mkdtempSync(path.join(directory, "push-"));
    const env = {
        ...process.env,
        PATH: [enginePath, process.env.PATH].join(path.delimiter),
        PASSWORD: harbor.password,
    };
    const script = `
        for folder in "$@"; do
            name=$(basename "$folder")
            tar -czf "$name.tar.gz" -C "$(dirname "$folder")" "$name"
            printf %s "$PASSWORD" | oras push --username "$USER_NAME" --password-stdin --ca-file "$CA" \\
                "$BASE/$name:1.0.0" "$name.tar.gz" || exit 1
        done`;
    const base = `${new URL(harbor.endpoint).host}/${harbor.project}/bench-${path.basename(work)}`;
    return measure(["sh", "-c", script, "sh", ...folders], {
        cwd: work,
        env: { ...env, USER_NAME: harbor.username, CA: caFile, BASE: base.toLowerCase() },
    });
}

function sizesOf(text: string): number[] {
    const sizes = text.split(",").map(Number);
    if (!sizes.every((size) => Number.isInteger(size) && size > 0)) {
        throw new InvalidArgumentError("Give whole numbers above 0, with commas between them.");
    }
    return sizes.sort((a, b) => a - b);
}

function countOf(text: string): number {
    if (!/^\d+$/.test(text)) {
        throw new InvalidArgumentError("Give a whole number.");
    }
    return Number(text);
}

const { json, sizes, clusters } = new Command("npm run -s bench:scale --")
    .description("Measure the program with many packs, and with many clusters.")
    .option("--json", "print one JSON object")
    .option("--sizes <n,n>", "how many packs the stacks have", sizesOf, [1, 25, 100, 200])
    .option("--clusters <n>", "how many clusters one run creates; 0: none", countOf, 20)
    .parse()
    .opts<{ json?: boolean; sizes: number[]; clusters: number }>();
benchScale(sizes, clusters, (line) => console.error(line)).then(
    (result) => console.log(json ? JSON.stringify(result, null, 2) : result),
    (error: Error) => {
        console.error(error.message);
        process.exitCode = 1;
    },
);
