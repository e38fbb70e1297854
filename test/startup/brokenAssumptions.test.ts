import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectDirectory } from "../../scripts/environment";

// Each trick of startup/ in a project whose libraries are not what the trick assumes.

let folder: string;
beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "palette-start-"));
    cpSync(path.join(projectDirectory, "startup"), path.join(folder, "startup"), {
        recursive: true,
    });
    write({
        "node_modules/@pulumi/pulumi/index.js": "exports.log = { debug: console.log };",
        "node_modules/@pulumi/pulumi/runtime/debuggable.js":
            "exports.debuggablePromise = () => new Error('promise').stack;",
        "node_modules/tsx/cjs.js": `require.extensions[".js"] = require.extensions[".js"].bind();`,
        "packages/registry/engineWatch.js": "exports.watchAsPlugin = () => {};",
    });
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
        const file = path.join(folder, name);
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, text);
        chmodSync(file, 0o755);
    }
}

/** Runs Node.js in the folder; PATH has the folder `bin` first. */
function node(args: string[], env: NodeJS.ProcessEnv = {}) {
    const PATH = [path.join(folder, "bin"), process.env.PATH].join(path.delimiter);
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, PATH, ...env },
    });
    return { status, stderr, lines: stdout.split("\n").filter((line) => line !== "") };
}

/** What a start says that loads the tricks of the program and goes on. */
function start(before = "", env: NodeJS.ProcessEnv = {}) {
    const script = `${before}
        require("./startup/lateLibraries");
        require("./startup/typescript");
        require("./startup/promiseTraces");
        require("./startup/tricks").report(require("@pulumi/pulumi").log.debug);
        console.log("goes on");`;
    return node(["-e", script], env);
}

const withoutLine = (what: string) =>
    expect.stringMatching(`^start-up goes on without ${what}: \\S.*$`);

test("modules that the SDK does not have are told, each in a line, and the start goes on", () => {
    write({
        "node_modules/@pulumi/pulumi/automation/index.js": "",
        "node_modules/source-map-support/index.js": "",
    });
    const { status, stderr, lines } = start();
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(lines).toContainEqual(withoutLine("late loading of ./runtime/closure/codePaths"));
    expect(lines).toContainEqual(withoutLine("late loading of @opentelemetry/resources"));
    expect(lines.filter((line) => line.includes("./automation"))).toEqual([]);
    expect(lines).toHaveLength(9);
    expect(lines.at(-1)).toBe("goes on");
});

test("source-map-support that is not there, or has another interface, is told", () => {
    expect(start().lines).toContainEqual(withoutLine("source maps of TypeScript alone"));
    write({ "node_modules/source-map-support/index.js": "exports.setUp = () => {};" });
    const { status, lines } = start(`require("source-map-support");`);
    expect(lines).toContainEqual(withoutLine("source maps of TypeScript alone"));
    expect(status).toBe(0);
});

test("an SDK that gives its promises no stack traces, or in another way, is told", () => {
    write({ "node_modules/@pulumi/pulumi/runtime/debuggable.js": "exports.promise = () => {};" });
    const { status, lines } = start();
    expect(lines).toContainEqual(withoutLine("promises without stack traces"));
    expect(status).toBe(0);
});

test("another way of tsx into Node.js is told", () => {
    write({ "node_modules/tsx/cjs.js": "" });
    const { status, lines } = start();
    expect(lines).toContainEqual(withoutLine("leaving JavaScript to Node.js"));
    expect(status).toBe(0);
});

const plugin = "startup/plugin/pulumi-resource-pulumi-nodejs";
const pulumisOwn = {
    "bin/pulumi-resource-pulumi-nodejs": `#!/bin/sh\necho "Pulumi's own $*"\nexit 7\n`,
};
const provider = {
    "node_modules/@pulumi/pulumi/cmd/dynamic-provider/index.js":
        "console.log('fast', ...process.argv.slice(2));",
};

test("where the SDK's dynamic provider has moved, Pulumi's own script runs", () => {
    write(pulumisOwn);
    const { status, lines } = node([plugin, "127.0.0.1:9"]);
    expect(lines).toContainEqual(withoutLine("the fast start of the dynamic providers"));
    expect(lines.at(-1)).toBe("Pulumi's own 127.0.0.1:9");
    expect(status).toBe(7);
});

test("where the plugin has neither, it says so", () => {
    const { status, stderr } = node([plugin, "127.0.0.1:9"], { PATH: "" });
    expect(stderr).toMatch(/Pulumi's script of the dynamic providers does not start: .*ENOENT/);
    expect(status).toBe(1);
});

test("PALETTE_PLAIN_START=1 leaves out every trick", () => {
    write({ ...pulumisOwn, ...provider });
    const plain = { PALETTE_PLAIN_START: "1" };
    const { lines } = node([plugin, "127.0.0.1:9"]);
    expect(lines.at(-1)).toBe("fast 127.0.0.1:9");
    expect(node([plugin, "127.0.0.1:9"], plain).lines).toEqual(["Pulumi's own 127.0.0.1:9"]);
    write({
        "node_modules/source-map-support/index.js":
            "exports.install = () => console.log('maps of TypeScript');",
        "node_modules/@pulumi/pulumi/automation/index.js": "console.log('automation');",
    });
    const use = `
        const before = require.extensions[".js"];
        require("source-map-support");
        process.on("exit", () => console.log(before === require.extensions[".js"] ? "Node.js" : "tsx", "reads JavaScript"));
        process.nextTick(() => require("@pulumi/pulumi/automation"));
        const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable");
        process.on("exit", () => {
            const exports = require("@pulumi/pulumi/runtime/debuggable");
            console.log(exports.debuggablePromise === debuggablePromise ? "with traces" : exports.debuggablePromise());
        });`;
    const fast = start(use).lines;
    expect(fast).toContain("maps of TypeScript");
    expect(fast).not.toContain("automation");
    expect(fast.slice(-3)).toEqual(["goes on", "Node.js reads JavaScript", "Error: promise"]);
    expect(start(use, plain).lines).toEqual([
        "goes on",
        "automation",
        "tsx reads JavaScript",
        "with traces",
    ]);
});
