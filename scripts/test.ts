import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { ensureEngine } from "../engine";
import { cleanEnvironment, projectDirectory } from "./environment";

/**
 * `npm test`: lint, format and types (one check each), then every jest test (`*.test.ts`; with `--long` those that take
 * hours, `*.long.ts`). Other arguments go to jest. The last line counts all of them: `N passed, N failed`.
 */
async function main(): Promise<void> {
    const args = process.argv.slice(2).filter((one) => one !== "--long");
    const engine = await ensureEngine({ log: (line) => console.log(line) });
    const environment = cleanEnvironment();
    environment.PATH = [engine.path, environment.PATH].join(path.delimiter);
    environment.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
    if (process.argv.includes("--long")) {
        environment.LONG = "true";
    }
    const run = (tool: string, ...args: string[]): boolean => {
        console.log(`\n> ${tool} ${args.join(" ")}`);
        const file = path.join(projectDirectory, "node_modules", ".bin", tool);
        const options = { cwd: projectDirectory, env: environment, stdio: "inherit" as const };
        return spawnSync(file, args, options).status === 0;
    };

    const checks = [run("eslint", "."), run("prettier", "--check", "."), run("tsc", "--noEmit")];
    const jest = runJest(run, args);
    const passed = checks.filter((ok) => ok).length + jest.passed;
    const failed = checks.filter((ok) => !ok).length + jest.failed;
    console.log(`\n${passed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
}

/** A suite that does not even load counts as one failure, and so does a run that breaks off. */
function runJest(
    run: (tool: string, ...args: string[]) => boolean,
    args: string[],
): { passed: number; failed: number } {
    const folder = mkdtempSync(path.join(os.tmpdir(), "jest-"));
    const report = path.join(folder, "report.json");
    try {
        const ok = run("jest", "--json", `--outputFile=${report}`, ...args);
        const counts = JSON.parse(readFileSync(report, "utf8"));
        const failed = counts.numFailedTests + counts.numRuntimeErrorTestSuites;
        return { passed: counts.numPassedTests, failed: failed || (ok ? 0 : 1) };
    } catch (error) {
        console.error(`jest wrote no report: ${(error as Error).message}`);
        return { passed: 0, failed: 1 };
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

main().catch((error: Error) => {
    console.error(error.message);
    console.log("\n0 passed, 1 failed");
    process.exitCode = 1;
});
