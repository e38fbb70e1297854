import { execFileSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import {
    closeSync,
    cpSync,
    mkdirSync,
    mkdtempSync,
    openSync,
    readFileSync,
    rmSync,
    writeFileSync,
    writeSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { projectDirectory } from "./environment";

/** What `npm run -s bench:pack -- --json` prints. */
export interface PackBench {
    /** Size of the pack, whose files are random bytes that nothing compresses. */
    megabytes: number;
    /** Peak memory (resident set) of `pack build`: of this pack, of the sample, and the difference. */
    peakMegabytes: number;
    baselineMegabytes: number;
    extraMegabytes: number;
    /** Best time of each over the rounds, in seconds, the start of the programs included. */
    buildSeconds: number;
    tarGzipSeconds: number;
    /** Speed of `pack build` divided by that of `tar | gzip -6`. */
    speedRatio: number;
    /**
     * Processor time of `palette-pack build` (as it is published) beside its check, divided by that of `tar -czf`, for a pack of
     * 1 MB of text: at most 4.
     */
    buildCpuRatio: number;
    /** Best time of `pack check` of each sample, in seconds, with Node's start. */
    checkSeconds: Record<string, number>;
}

const SAMPLES = ["hello-universe-pack", "hello-helm-pack"];
const tool = path.join(projectDirectory, "scripts/pack.js");
const MEGABYTE = 1_000_000;

/** Measures the pack tool on a pack that it makes and removes again. */
function benchPack(megabytes: number, rounds: number, log: (line: string) => void): PackBench {
    const folder = mkdtempSync(path.join(os.tmpdir(), "pack-bench-"));
    try {
        log(`a pack of ${megabytes} MB`);
        const sample = path.join(projectDirectory, "packs", SAMPLES[0] as string);
        const large = path.join(folder, "large");
        cpSync(sample, large, { recursive: true });
        writeRandomFiles(path.join(large, "data"), megabytes);
        const out = path.join(folder, "out");
        const baseline = peakOfBuild(sample, out);
        const peak = peakOfBuild(large, out);

        const seconds = { build: [] as number[], tarGzip: [] as number[] };
        for (let round = 1; round <= rounds; round++) {
            log(`round ${round} of ${rounds}`);
            seconds.tarGzip.push(
                timed(() => run("sh", ["-c", `tar -cf - large | gzip -6 > tar.gz`], folder)),
            );
            seconds.build.push(timed(() => run(process.execPath, [tool, "build", large], folder)));
        }
        const [build, tarGzip] = [Math.min(...seconds.build), Math.min(...seconds.tarGzip)];
        const check = (name: string) => {
            const args = [tool, "check", path.join(projectDirectory, "packs", name)];
            const times = Array.from({ length: rounds }, () =>
                timed(() => run(process.execPath, args, folder)),
            );
            return [name, Math.min(...times)] as const;
        };
        return {
            megabytes,
            peakMegabytes: peak,
            baselineMegabytes: baseline,
            extraMegabytes: round1(peak - baseline),
            buildSeconds: build,
            tarGzipSeconds: tarGzip,
            speedRatio: Math.round((100 * tarGzip) / build) / 100,
            buildCpuRatio: buildCpuRatio(sample, folder, rounds),
            checkSeconds: Object.fromEntries(SAMPLES.map(check)),
        };
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** See `PackBench`. The text is this project's own packages, as `npm ci` has them. */
function buildCpuRatio(sample: string, folder: string, rounds: number): number {
    const text = readFileSync(require.resolve("typescript/lib/lib.dom.d.ts")).subarray(0, MEGABYTE);
    const pack = path.join(folder, "text");
    cpSync(sample, pack, { recursive: true });
    writeFileSync(path.join(pack, "text.md"), text);
    const best = (command: string, ...args: string[]) =>
        Math.min(...Array.from({ length: rounds }, () => cpuSeconds(folder, command, args)));
    const tar = best("tar", "-czf", "text.tar.gz", "text");
    const workspace = path.join(projectDirectory, "packages/pack");
    run(process.execPath, ["build.mjs"], workspace);
    const bundle = path.join(workspace, "dist/palette-pack.js");
    const check = best(process.execPath, bundle, "check", pack);
    const build = best(process.execPath, bundle, "build", pack, "--output", "out");
    return Math.round((100 * (build - check)) / tar) / 100;
}

/** Processor time of a command and what it starts, in seconds. */
function cpuSeconds(cwd: string, command: string, args: readonly string[]): number {
    const script = 'TIMEFORMAT="%3U %3S"; time "$@" >/dev/null 2>&1';
    const shell = ["-c", `{ ${script}; } 2>&1`, "bash", command, ...args];
    const [user, system] = run("bash", shell, cwd).trim().split(" ").map(Number);
    return (user as number) + (system as number);
}

/** Files of 10 MB at most. */
function writeRandomFiles(folder: string, megabytes: number): void {
    mkdirSync(folder);
    const block = Buffer.alloc(MEGABYTE);
    for (let first = 0; first < megabytes; first += 10) {
        const file = openSync(path.join(folder, `${first}.bin`), "w");
        for (let n = first; n < Math.min(first + 10, megabytes); n++) {
            writeSync(file, randomFillSync(block));
        }
        closeSync(file);
    }
}

/** Peak resident set of a build, in MB. */
function peakOfBuild(pack: string, out: string): number {
    const report =
        'data:text/javascript,process.once("exit",()=>process.stdout.write("\\n"+process.resourceUsage().maxRSS))';
    const args = ["--import", report, tool, "build", pack, "--output", out];
    const lines = run(process.execPath, args, projectDirectory).trim().split("\n");
    return round1((Number(lines.at(-1)) * 1024) / MEGABYTE);
}

function run(command: string, args: readonly string[], cwd: string): string {
    return execFileSync(command, args, { cwd, encoding: "utf8" });
}

function timed(action: () => void): number {
    const started = performance.now();
    action();
    return Math.round(performance.now() - started) / 1000;
}

function round1(value: number): number {
    return Math.round(10 * value) / 10;
}

function count(text: string): number {
    const value = Number(text);
    if (Number.isInteger(value) && value > 0) {
        return value;
    }
    throw new InvalidArgumentError("Give a whole number above 0.");
}

const options = new Command("bench:pack")
    .description("Measure memory and speed of the pack tool.")
    .option("--json", "print JSON for machines")
    .option("--megabytes <count>", "size of the pack", count, 200)
    .option("--rounds <count>", "rounds of each measurement", count, 3)
    .parse()
    .opts<{ json?: boolean; megabytes: number; rounds: number }>();
const result = benchPack(options.megabytes, options.rounds, (line) =>
    process.stderr.write(`${line}\n`),
);
if (options.json) {
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
} else {
    process.stdout.write(
        `${result.megabytes} MB: ${result.extraMegabytes} MB of memory above ${result.baselineMegabytes} MB; ` +
            `${result.buildSeconds} s, ${result.speedRatio} times the speed of tar | gzip -6 (${result.tarGzipSeconds} s)\n` +
            `building 1 MB of text beside the check: ${result.buildCpuRatio} times the processor time of tar -czf\n` +
            `check: ${SAMPLES.map((name) => `${name} ${result.checkSeconds[name]} s`).join(", ")}\n`,
    );
}
