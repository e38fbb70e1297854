import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, unwatchFile, watchFile, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { ensureEngine } from "../engine";
import { cleanEnvironment, projectDirectory } from "./environment";
import { skipsOf, type TestedFile } from "./skips";

/**
 * `npm test`: lint, format, types, the order of the rooms and what nothing uses (one check each), then every jest test (`*.test.ts`; with `--long` those that take
 * hours, `*.long.ts`). Other arguments go to jest. The last line counts all of them: `N passed, N failed, N skipped`.
 */
async function main(): Promise<void> {
    const args = process.argv.slice(2).filter((arg) => arg !== "--long");
    const engine = await ensureEngine({ log: (line) => console.log(line) });
    const environment = cleanEnvironment();
    environment.PATH = [engine.path, environment.PATH].join(path.delimiter);
    if (process.argv.includes("--long")) {
        environment.LONG = "true";
    }
    const run = async (tool: string, ...args: string[]): Promise<boolean> => {
        const [status] = await once(start(environment, tool, args), "close");
        return status === 0;
    };

    const checks = [
        await run("eslint", "."),
        await run("prettier", "--check", "."),
        await run("tsc", "--noEmit"),
        await run("depcruise", "--output-type", "err", ...ROOMS),
        await run("knip", "--no-progress"),
    ];
    const jest = await runJest(environment, args);
    const passed = checks.filter((ok) => ok).length + jest.passed;
    const failed = checks.filter((ok) => !ok).length + jest.failed;
    jest.notes.forEach((note) => console.log(note));
    console.log(`\n${passed} passed, ${failed} failed, ${jest.skipped} skipped`);
    process.exitCode = failed === 0 ? 0 : 1;
}

/** What `.dependency-cruiser.cjs` has rules for. */
const ROOMS = ["index.ts", "components", "packages", "startup", "sandbox", "engine", "scripts"];

/** Starts a tool of the project's, whose output is this command's. */
function start(env: NodeJS.ProcessEnv, tool: string, args: string[]): ChildProcess {
    console.log(`\n> ${tool} ${args.join(" ")}`);
    const file = path.join(projectDirectory, "node_modules", ".bin", tool);
    return spawn(file, args, { cwd: projectDirectory, env, stdio: "inherit" });
}

/** How long jest may take to end after its last test, in milliseconds. */
const JEST_END_MS = 60_000;

interface Counts {
    passed: number;
    failed: number;
    skipped: number;
    /** What is skipped and why. */
    notes: string[];
}

/** What of jest's report is read here. */
interface Report {
    numPassedTests: number;
    numFailedTests: number;
    numRuntimeErrorTestSuites: number;
    testResults: TestedFile[];
}

/**
 * A suite that does not even load counts as one failure, and so does a run that breaks off, and one that does not end
 * because a test has left something open: without this, that would take CI's whole time. So does a file with skipped tests
 * that gives no reason.
 */
async function runJest(environment: NodeJS.ProcessEnv, args: string[]): Promise<Counts> {
    const folder = mkdtempSync(path.join(os.tmpdir(), "jest-"));
    const report = path.join(folder, "report.json");
    const reasons = path.join(folder, "skips");
    writeFileSync(reasons, "");
    try {
        const jest = start({ ...environment, SKIP_REASONS: reasons }, "jest", [
            "--json",
            `--outputFile=${report}`,
            ...args,
        ]);
        const end = once(jest, "close");
        // It is written after the last test; until then its size is reported as 0.
        watchFile(report, { interval: 5000 }, ({ size }) => {
            if (size > 0) {
                setTimeout(() => jest.kill(), JEST_END_MS).unref();
            }
        });
        const [status] = await end;
        unwatchFile(report);
        if (jest.killed) {
            console.error("jest did not end: a test has left something open");
        }
        const counts: Report = JSON.parse(readFileSync(report, "utf8"));
        const skips = skipsOf(counts.testResults, readFileSync(reasons, "utf8"));
        // Those that a pattern of names leaves out count as skipped too.
        const chosen = args.some((arg) => /^(-t|--testNamePattern)/.test(arg));
        const failed =
            counts.numFailedTests +
            counts.numRuntimeErrorTestSuites +
            (chosen ? 0 : skips.unexplained);
        return {
            passed: counts.numPassedTests,
            failed: failed || (status === 0 ? 0 : 1),
            skipped: skips.count,
            notes: chosen ? [] : skips.notes,
        };
    } catch (error) {
        console.error(`jest wrote no report: ${(error as Error).message}`);
        return { passed: 0, failed: 1, skipped: 0, notes: [] };
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

main().catch((error: Error) => {
    console.error(error.message);
    console.log("\n0 passed, 1 failed, 0 skipped");
    process.exitCode = 1;
});
