import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { engineDirectory } from "../../engine";
import { projectDirectory } from "../../scripts/environment";
import { leftovers } from "../../scripts/leftovers";
import { succeeded, TestEnvironment } from "../flow/environment";

jest.setTimeout(3_600_000);

/** The newest one of each line that package.json promises. */
const VERSIONS = ["20.19.6", "22.23.5", "24.22.3", "26.12.1"];
/** What depends on Node.js and needs no engine: the program, HTTP, and the bytes of an archive. */
const SUITES = ["test/unit", "test/registry", "test/pack/archive"];

/** Version → a column of the document → what it says. */
const results: Record<string, Record<string, string>> = {};

/** The folder of a Node.js of this version, which npm has as a package; it stays in the cache of the tools. */
function nodeFolder(version: string): string {
    const name = `node-${process.platform}-${process.arch}`;
    const cache = path.join(engineDirectory(), "node", version);
    const folder = path.join(cache, "node_modules", name, "bin");
    if (!existsSync(path.join(folder, "node"))) {
        mkdirSync(cache, { recursive: true });
        const options = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts"];
        execFileSync("npm", ["install", "--prefix", cache, ...options, `${name}@${version}`]);
    }
    return folder;
}

/** The environment in which everything runs on a Node.js: tests, Pulumi's language host, the plugins' scripts, the push. */
function on(version: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const PATH = [nodeFolder(version), environment.PATH].join(path.delimiter);
    const { LONG: _, JEST_WORKER_ID: _id, SKIP_REASONS: _skips, ...rest } = environment;
    return { ...rest, PATH };
}

interface Report {
    testResults: { name: string; message: string; assertionResults: { status: string }[] }[];
}

afterAll(() => {
    const columns = [...SUITES, "`up` and `destroy`"];
    const rows = Object.entries(results).map(([version, row]) =>
        [version, ...columns.map((column) => row[column] ?? "did not run")].join(" | "),
    );
    const table = [
        `| ${["Node.js", ...columns].join(" | ")} |`,
        `|${"---|".repeat(columns.length + 1)}`,
        ...rows.map((row) => `| ${row} |`),
    ].join("\n");
    const file = path.join(projectDirectory, "docs/node.md");
    const text = readFileSync(file, "utf8");
    const marks = /(<!-- generated -->\n)[\s\S]*(\n<!-- \/generated -->)/;
    writeFileSync(
        file,
        text.replace(marks, (_, begin, end) => begin + table + end),
    );
});

describe.each(VERSIONS)("Node.js %s", (version) => {
    beforeAll(() => {
        results[version] = {};
    });

    test("is what runs", () => {
        const env = on(version, process.env);
        const told = execFileSync("node", ["--version"], { env, encoding: "utf8" });
        expect(told).toBe(`v${version}\n`);
    });

    test("the tests without an engine pass", async () => {
        const file = path.join(engineDirectory(), "node", version, "report.json");
        const args = ["jest", "--json", `--outputFile=${file}`, ...SUITES];
        await promisify(execFile)("npx", args, {
            cwd: projectDirectory,
            env: on(version, process.env),
            maxBuffer: 2 ** 28,
        }).catch(() => undefined);
        const { testResults } = JSON.parse(readFileSync(file, "utf8")) as Report;
        for (const suite of SUITES) {
            const own = testResults.filter(({ name }) => name.includes(`/${suite}`));
            const tests = own.flatMap(({ assertionResults }) => assertionResults);
            const count = (status: string) => tests.filter((one) => one.status === status).length;
            const failed = count("failed");
            results[version]![suite] =
                `${count("passed")} passed${failed ? `, ${failed} failed` : ""}`;
            expect(tests.length).toBeGreaterThan(5);
        }
        expect(testResults.map(({ message }) => message).join("")).toBe("");
    });

    test("up and destroy do their work, and Node.js shows no warning", async () => {
        const environment = await TestEnvironment.create();
        try {
            const stack = await environment.stack("node");
            const own = on(version, stack.stack.environment);
            const up = await stack.run(["up", "--yes", "--skip-preview"], own);
            succeeded(up);
            const destroy = await stack.run(["destroy", "--yes", "--skip-preview"], own);
            succeeded(destroy);
            const warnings = (up.output + destroy.output)
                .split("\n")
                .filter((line) => /\(node:\d+\)|(Experimental|Deprecation)Warning/.test(line));
            expect(warnings).toEqual([]);
            expect(await leftovers(environment.sandbox)).toEqual([]);
            results[version]!["`up` and `destroy`"] = "passed, no warning";
        } finally {
            await environment.close();
        }
    });
});
