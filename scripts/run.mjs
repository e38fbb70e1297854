// Runs a TypeScript script of this folder by its name, on a fresh clone too: `node scripts/run.mjs start`.
// It is plain JavaScript without dependencies, because it installs them when they are missing.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

if (process.platform === "win32") {
    process.stderr.write(
        "This project's scripts do not run on Windows itself: its tools and tests need a POSIX shell. " +
            "Use WSL 2 (wsl --install), and clone the repository there.\n",
    );
    process.exit(1);
}

const project = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Whether node_modules holds every package of the lock file in its version. */
function installed() {
    try {
        const read = (file) => JSON.parse(readFileSync(path.join(project, file), "utf8")).packages;
        const present = read("node_modules/.package-lock.json");
        return Object.entries(read("package-lock.json")).every(
            ([name, locked]) =>
                !name.startsWith("node_modules/") ||
                locked.optional ||
                (name in present && present[name].version === locked.version),
        );
    } catch {
        return false;
    }
}

if (!installed()) {
    process.stderr.write("installing dependencies (npm ci)\n");
    const options = { cwd: project, stdio: ["ignore", 2, 2] };
    const { status } = spawnSync(
        "npm",
        ["ci", "--no-audit", "--no-fund", "--loglevel=error"],
        options,
    );
    if (status !== 0) {
        process.stderr.write("npm ci failed: see above\n");
        process.exit(1);
    }
}

const [name] = process.argv.splice(2, 1);
await import("tsx");
await import(`./${name}.ts`);
