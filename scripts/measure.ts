import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";

/** What a command has used, with all processes below it. */
export interface Usage {
    /** User and system time of the whole tree. */
    cpuSeconds: number;
    wallSeconds: number;
    /**
     * The most memory that the tree had at once. What processes share, such as the executable of Node.js, counts once on Linux;
     * elsewhere it is the sum of resident sets.
     */
    peakMegabytes: number;
}

const SAMPLE_MS = 250;

/**
 * Runs a command and measures it and everything that it starts, Pulumi's plugins too.
 *
 * @throws Error with what it says when it fails.
 */
export async function measure(
    command: string[],
    options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Usage> {
    const begun = performance.now();
    // A shell's `times` reports the processor time of its children, and of theirs.
    const script = '"$@" >&2; status=$?; times; exit $status';
    const child = spawn("sh", ["-c", script, "sh", ...command], {
        ...options,
        stdio: ["ignore", "pipe", "pipe"],
    });
    let peak = 0;
    const sampler = setInterval(() => {
        peak = Math.max(peak, memoryKilobytes(child.pid!));
    }, SAMPLE_MS);
    try {
        const [stdout, stderr, status] = await Promise.all([
            text(child.stdout),
            text(child.stderr),
            new Promise<number>((resolve, reject) => {
                child.once("error", reject);
                child.once("close", (code) => resolve(code ?? 1));
            }),
        ]);
        if (status !== 0) {
            throw new Error(`${command.slice(0, 2).join(" ")} failed:\n${stderr.slice(-4000)}`);
        }
        return {
            cpuSeconds: round(secondsOf(stdout)),
            wallSeconds: round((performance.now() - begun) / 1000),
            peakMegabytes: Math.round(peak / 1024),
        };
    } finally {
        clearInterval(sampler);
    }
}

/** `0m0.01s 0m0.02s`, once for the shell and once for what it has started. */
export function secondsOf(times: string): number {
    return [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
        (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
        0,
    );
}

export function round(value: number): number {
    return Math.round(value * 100) / 100;
}

function memoryKilobytes(root: number): number {
    const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,rss="], { encoding: "utf8" })
        .trim()
        .split("\n")
        .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number]);
    const below = (pid: number): number =>
        rows
            .filter(([, parent]) => parent === pid)
            .reduce((sum, [child, , rss]) => sum + (proportional(child) ?? rss) + below(child), 0);
    return below(root);
}

/** The process's own memory in kilobytes, with its part of what it shares; undefined where the system does not tell it. */
function proportional(pid: number): number | undefined {
    try {
        const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
        return Number(/^Pss:\s+(\d+)/m.exec(rollup)![1]);
    } catch {
        return undefined;
    }
}
