import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectDirectory } from "../../scripts/environment";

/** Runs JavaScript in a Node.js of its own, because Jest has its own way to load modules, and returns what it prints. */
function node(args: string[], script: string): unknown {
    const output = execFileSync(process.execPath, [...args, "-e", script], {
        cwd: projectDirectory,
        encoding: "utf8",
    });
    return JSON.parse(output);
}

const late = ["--require", "./startup/lateLibraries.js"];

/** Files of the libraries in question, and one of a library that is always needed. */
const files = [
    "typescript/lib/typescript.js",
    "@npmcli/arborist/lib/arborist/index.js",
    "@pulumi/pulumi/automation/localWorkspace.js",
    "@opentelemetry/sdk-trace-node/build/src/NodeTracerProvider.js",
    "@grpc/grpc-js/build/src/index.js",
];

describe("libraries that @pulumi/pulumi loads at every start", () => {
    const load = `
        require("@pulumi/pulumi");
        require("@pulumi/pulumi/cmd/run/tracing");
        const loaded = Object.keys(require.cache);
        const named = (name) => loaded.some((file) => file.endsWith("/node_modules/" + name));
        console.log(JSON.stringify(${JSON.stringify(files)}.filter(named)))`;

    test("are all loaded without lateLibraries.js", () => {
        expect(node([], load)).toEqual(files);
    });

    test("wait for their first use with it", () => {
        expect(node(late, load)).toEqual(["@grpc/grpc-js/build/src/index.js"]);
    });

    test("do the same as ever when they are used", () => {
        const use = `
            const pulumi = require("@pulumi/pulumi");
            const { start } = require("@pulumi/pulumi/cmd/run/tracing");
            const { trace } = require("@opentelemetry/api");
            start("http://127.0.0.1:9/api/v2/spans");
            const span = trace.getTracer("test").startSpan("span");
            const factor = 3;
            Promise.all([
                pulumi.runtime.serializeFunction((n) => n * factor),
                pulumi.automation.LocalWorkspace.create({
                    workDir: process.cwd(),
                    pulumiCommand: { command: "pulumi", version: null, run: async () => ({}) },
                }),
            ]).then(([{ text }, workspace]) => {
                console.log(JSON.stringify({
                    text,
                    workDir: workspace.workDir,
                    isWorkspace: workspace instanceof pulumi.automation.LocalWorkspace,
                    recording: span.isRecording(),
                }));
                process.exit();
            });`;
        const used = node(late, use);
        expect(used).toEqual(node([], use));
        expect(used).toMatchObject({
            text: expect.stringContaining("n * factor"),
            workDir: projectDirectory,
            isWorkspace: true,
            recording: true,
        });
    });
});

test("an error in TypeScript tells its line where Pulumi maps those of JavaScript, with Pulumi's own function", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "palette-start-"));
    try {
        const file = path.join(folder, "fails.ts");
        writeFileSync(
            file,
            `interface Away {\n    gone: true;\n}\n\nexport function fail(_: Away): never {\n    throw new Error("here");\n}\n`,
        );
        const script = `
            require("source-map-support/register");
            const { prepareStackTrace } = Error;
            require("./startup/typescript");
            const isPulumis = prepareStackTrace === Error.prepareStackTrace;
            try { require(${JSON.stringify(file)}).fail(); } catch ({ stack }) { console.log(JSON.stringify({ stack, isPulumis })); }`;
        expect(node([], script)).toEqual({
            stack: expect.stringContaining(`${file}:6:11`),
            isPulumis: true,
        });
    } finally {
        rmSync(folder, { recursive: true });
    }
});

test("tsx reads no JavaScript", () => {
    const script = `
        const before = require.extensions[".js"];
        require("./startup/typescript");
        console.log(require.extensions[".js"] === before && ".ts" in require.extensions)`;
    expect(node([], script)).toBe(true);
});

describe("promises of the SDK", () => {
    const leak = `
        require("./startup/promiseTraces");
        const { Resource } = require("@pulumi/pulumi");
        const { debuggablePromise, leakedPromises } = require("@pulumi/pulumi/runtime/debuggable");
        const { length } = new Error().stack.split("\\n");
        void debuggablePromise(new Promise(() => {}), "a test");
        const [leaked, message] = leakedPromises();
        console.log(JSON.stringify({
            told: /1 promise was still active/.test(message),
            count: leaked.size,
            traced: / at /.test([...leaked][0]._debugStackTrace),
            others: length > 1 && new Error().stack.split("\\n").length === length,
        }));
        process.exit();`;

    test("have no stack traces, and are told all the same when they are never kept", () => {
        expect(node([], leak)).toEqual({ told: true, count: 1, traced: false, others: true });
    });

    test.each(["PULUMI_DEBUG_PROMISE_LEAKS", "PALETTE_PLAIN_START"])(
        "have stack traces with %s=1",
        (variable) => {
            const script = `process.env.${variable} = "1"; ${leak}`;
            expect(node([], script)).toMatchObject({ traced: true, others: true });
        },
    );
});
