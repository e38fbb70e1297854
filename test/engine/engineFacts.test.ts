import { spawnSync } from "node:child_process";
import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureEngine } from "../../engine";
import { projectDirectory } from "../../scripts/environment";
import { tinyProject, type State, type TinyProject } from "./tinyProject";

// What the design rests on, shown on the real engine, so that an upgrade of Pulumi tells.

/** The shell that a program stores in state: each method loads its implementation by name. */
const program = `
const pulumi = require("@pulumi/pulumi");
const provider = {
    configure: async (request) => require("facts-provider").configure(request),
    create: async (inputs) => require("facts-provider").create(inputs),
    update: async (id, olds, news) => require("facts-provider").update(id, olds, news),
    delete: async (id, props) => require("facts-provider").delete(id, props),
};
class Thing extends pulumi.dynamic.Resource {
    constructor(name, props, opts) { super(provider, name, props, opts, "facts", "Thing"); }
}
new Thing("thing", {
    token: pulumi.secret("token-in-clear"),
    echo: undefined,
    marked: undefined,
    size: Number(process.env.FACTS_SIZE ?? 1),
}, { additionalSecretOutputs: ["marked"] });
`;

/** The implementation: a TypeScript file behind a two-line JavaScript one. */
const implementation = (version: number) => `
import { appendFileSync, writeFileSync } from "node:fs";
class Impl {
    #version: number = ${version};
    note(what: string, more: object = {}): void {
        const env = process.env.FACTS_MODE;
        appendFileSync("calls", JSON.stringify({ what, version: this.#version, env, ...more }) + "\\n");
    }
    configure({ config }: any): void {
        this.note("configure", { plain: config.get("plain"), nested: config.get("nested") });
    }
    async create(inputs: any): Promise<any> {
        this.note("create");
        console.log("hello from the provider");
        if (process.env.FACTS_MODE === "hang") {
            writeFileSync("provider.pid", String(process.pid));
            await new Promise((resolve) => setTimeout(resolve, 60_000));
        }
        const outs = { ...inputs, echo: inputs.token, marked: inputs.token };
        if (process.env.FACTS_MODE === "fail") {
            throw Object.assign(new Error("it is there but not well"), {
                id: "thing-1", properties: outs, reasons: ["sick at heart"],
            });
        }
        return { id: "thing-1", outs };
    }
    async update(_id: string, _olds: any, news: any): Promise<any> {
        this.note("update");
        return { outs: { ...news, echo: news.token, marked: news.token } };
    }
    async delete(): Promise<void> {
        this.note("delete");
    }
}
module.exports = new Impl();
`;

const providerFiles = (version: number) => ({
    "index.js": program,
    "node_modules/facts-provider/package.json": `{ "name": "facts-provider", "main": "index.js" }`,
    "node_modules/facts-provider/index.js": `require("tsx/cjs");\nmodule.exports = require("./impl.ts");\n`,
    "node_modules/facts-provider/impl.ts": implementation(version),
});

const up = "up --yes --skip-preview";
const secretMark = "4dabf18193072939515e22adb298388d";

const projects: TinyProject[] = [];
async function make(files: Record<string, string>): Promise<TinyProject> {
    const project = await tinyProject(files);
    projects.push(project);
    return project;
}
afterAll(() => projects.forEach((project) => project.remove()));

function calls(project: TinyProject): Record<string, unknown>[] {
    const file = path.join(project.folder, "calls");
    const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    rmSync(file, { force: true });
    return lines.map((line) => JSON.parse(line));
}

/** The processes that a process has started, and theirs. */
function descendants(pid: number): number[] {
    const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
    const pairs = stdout
        .trim()
        .split("\n")
        .map((line) => line.trim().split(/\s+/).map(Number));
    const below = (parent: number): number[] =>
        pairs.flatMap(([child, of]) =>
            of === parent ? [child as number, ...below(child as number)] : [],
        );
    return below(pid);
}

function alive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch {
        return false;
    }
}

const isThing = ({ type }: { type: string }) => type === "pulumi-nodejs:dynamic/facts:Thing";

describe("a dynamic provider by reference", () => {
    let project: TinyProject;
    let thing: State;
    let output: string;
    let stateText: string;

    beforeAll(async () => {
        project = await make(providerFiles(1));
        await project.pulumi("config set plain one");
        await project.pulumi("config set --path nested.open yes");
        await project.pulumi("config set --path nested.key --secret", {}, "key-in-clear");
        ({ output } = await project.pulumi(up));
        const state = await project.state();
        stateText = state.text;
        thing = state.resources.find(isThing) as State;
    });

    test("has only its shell in state", () => {
        expect(output).toContain("2 created");
        const shell = JSON.stringify(thing.outputs.__provider);
        expect(shell).toContain("facts-provider");
        expect(shell).not.toContain("#version");
        expect(shell.length).toBeLessThan(4_000);
    });

    test("gets the stack's configuration, nested secrets in clear", () => {
        const configured = calls(project).find(({ what }) => what === "configure");
        expect(configured?.plain).toBe("one");
        const nested = configured?.nested as string | object;
        expect(typeof nested === "string" ? JSON.parse(nested) : nested).toEqual({
            open: "yes",
            key: "key-in-clear",
        });
    });

    test("leaves secret configuration and secret inputs encrypted in state", () => {
        expect(stateText).not.toContain("key-in-clear");
        expect(thing.inputs.token).toHaveProperty(secretMark);
        expect(thing.outputs.token).toHaveProperty(secretMark);
    });

    test("passes secretness on under the same key only, or where the program asks for it", () => {
        expect(thing.outputs.echo).toBe("token-in-clear");
        expect(thing.outputs.marked).toHaveProperty(secretMark);
    });

    test("speaks to the user by console.log", () => {
        expect(output).toContain("hello from the provider");
    });

    test("can be edited without a change, and destroy runs the edited code", async () => {
        project.write({ "node_modules/facts-provider/impl.ts": implementation(2) });
        const preview = await project.pulumi("preview --expect-no-changes");
        expect(preview.code).toBe(0);
        calls(project);

        await project.pulumi("config set plain two");
        const destroyed = await project.pulumi("destroy --yes --skip-preview", {
            FACTS_MODE: "now",
        });
        expect(destroyed.code).toBe(0);
        const [configured, deleted] = calls(project);
        // The configuration is the recorded one, the environment is the current one.
        expect(configured).toMatchObject({ what: "configure", plain: "one", env: "now" });
        expect(deleted).toMatchObject({ what: "delete", version: 2, env: "now" });
    });
});

describe("a create that goes wrong", () => {
    let project: TinyProject;
    beforeAll(async () => {
        project = await make(providerFiles(1));
    });

    test("with an id in the error, the object is kept and the next run updates it", async () => {
        const failed = await project.pulumi(up, { FACTS_MODE: "fail" });
        expect(failed.code).not.toBe(0);
        // Of such an error the user sees the reasons, not the message.
        expect(failed.output).toContain("sick at heart");
        expect(failed.output).not.toContain("it is there but not well");
        const saved = (await project.state()).resources.find(isThing);
        expect(saved).toMatchObject({ id: "thing-1", initErrors: ["sick at heart"] });

        calls(project);
        const repaired = await project.pulumi(up);
        expect(repaired.code).toBe(0);
        expect(calls(project).map(({ what }) => what)).toEqual(["configure", "update"]);
        expect((await project.state()).resources.find(isThing)?.initErrors).toBeUndefined();
        await project.pulumi("destroy --yes --skip-preview");
    });

    test("kill -9 leaves its processes alive, a lock, and a pending operation", async () => {
        const cli = project.start(up, { FACTS_MODE: "hang" });
        const closed = new Promise((resolve) => cli.on("exit", resolve));
        const pidFile = path.join(project.folder, "provider.pid");
        while (!existsSync(pidFile) && cli.exitCode === null) {
            await sleep(100);
        }
        const started = descendants(cli.pid as number);
        cli.kill("SIGKILL");
        await closed;
        await sleep(1_000);
        const left = started.filter(alive);
        left.forEach((pid) => process.kill(pid, "SIGKILL"));
        expect(left).toContain(Number(readFileSync(pidFile, "utf8")));

        const locked = await project.pulumi(up);
        expect(locked.code).not.toBe(0);
        expect(locked.output).toContain("the stack is currently locked");

        expect((await project.pulumi("cancel --yes")).code).toBe(0);
        expect((await project.state()).pending).toMatchObject([{ type: "creating" }]);
        const again = await project.pulumi(up);
        expect(again.output).toContain("pending");
        expect((await project.state()).pending).toHaveLength(1);

        const refreshed = await project.pulumi(
            "refresh --yes --skip-preview --clear-pending-creates",
        );
        expect(refreshed.code).toBe(0);
        expect((await project.state()).pending).toEqual([]);
    });
});

describe("local.Command", () => {
    const commandProgram = (more: string) => `
const { local } = require("@pulumi/command");
const pulumi = require("@pulumi/pulumi");
exports.stdout = new local.Command("where", {
    create: 'pwd; printf %s "$WORD" | tr a-z A-Z',
    environment: { WORD: pulumi.secret("word-in-clear") },
    ${more}
}).stdout;
`;

    test("runs in the project's folder; a secret in its environment is encrypted", async () => {
        const project = await make({ "index.js": commandProgram("") });
        const { code, output } = await project.pulumi(`${up} --show-secrets`);
        expect({ code, output }).toMatchObject({ code: 0 });
        expect(output).toContain("pulumi-resource-command from $PATH");
        const shown = await project.pulumi("stack output stdout --show-secrets");
        expect(shown.output.trim()).toBe(`${project.folder}\nWORD-IN-CLEAR`);
        expect((await project.state()).text).not.toContain("word-in-clear");
    });

    test.each(['logging: "none"', "addPreviousOutputInEnv: false"])(
        "of the plugin built from source does not know %s",
        async (field) => {
            const { command } = await ensureEngine({ need: ["command"] });
            const project = await make({ "index.js": commandProgram(field) });
            const { code, output } = await project.pulumi(up);
            if (path.basename(path.dirname(command)) === "0.9.2") {
                expect(output).toContain("Unrecognized field");
                expect(code).not.toBe(0);
            } else {
                expect(code).toBe(0);
            }
        },
    );
});

describe("programs and configuration", () => {
    let project: TinyProject;
    beforeAll(async () => {
        project = await make({ "index.js": "" });
    });

    test("TypeScript runs by tsx, without a type check", async () => {
        project.write({
            "Pulumi.yaml": [
                "name: facts",
                "main: main.ts",
                "runtime:",
                "  name: nodejs",
                "  options: { typescript: false, nodeargs: --require tsx/cjs }",
            ].join("\n"),
            "main.ts": `export const answer: string = 42 as unknown as number;\n`,
        });
        expect((await project.pulumi(up)).code).toBe(0);
        expect((await project.pulumi("stack output answer")).output.trim()).toBe("42");
        project.write({ "Pulumi.yaml": "name: facts\nruntime: nodejs\n" });
    });

    test("an error without a stack is one line at once", async () => {
        // With a stack, Node.js 20.20 needs half a minute and 512 MB to colour it: util.inspect does
        // not get past a frame in node_modules/@scope/file, which is how Pulumi's own are mapped.
        project.write({
            "index.js": `
const { RunError } = require("@pulumi/pulumi");
throw Object.assign(new RunError("no such account"), { stack: undefined });`,
        });
        const started = Date.now();
        const { code, output } = await project.pulumi("preview");
        expect(code).not.toBe(0);
        expect(output).toContain("error: no such account");
        expect(output).not.toMatch(/^\s+at /m);
        expect(Date.now() - started).toBeLessThan(15_000);
        project.write({ "index.js": "" });
    });

    test.each([
        ["is required without a default", "{ type: string }", "missing configuration value"],
        [
            "cannot be an optional secret",
            `{ type: string, secret: true, default: "" }`,
            "must be encrypted",
        ],
    ])("a declared key %s", async (_what, declaration, message) => {
        project.write({
            "Pulumi.yaml": `name: facts\nruntime: nodejs\nconfig:\n  key: ${declaration}\n`,
        });
        const { code, output } = await project.pulumi("preview");
        expect(code).not.toBe(0);
        expect(output).toContain(message);
        project.write({ "Pulumi.yaml": "name: facts\nruntime: nodejs\n" });
    });

    test("nodeargs and the plugins in Pulumi.yaml are found from a subfolder too, without a warning for them", async () => {
        const plugin = "plugin/pulumi-resource-pulumi-nodejs";
        project.write({
            "Pulumi.yaml": [
                "name: facts",
                "runtime: { name: nodejs, options: { nodeargs: --require ./first.js } }",
                "plugins: { providers: [{ name: pulumi-nodejs, path: plugin }] }",
            ].join("\n"),
            "first.js": `globalThis.first = "loaded first";`,
            [plugin]: `#!/usr/bin/env node
                require("node:fs").writeFileSync("plugin.started", process.argv.slice(2).join(" "));
                require("@pulumi/pulumi/cmd/dynamic-provider");`,
            "index.js": `
                const { dynamic } = require("@pulumi/pulumi");
                const provider = { create: async () => ({ id: "1", outs: {} }) };
                new dynamic.Resource(provider, "thing", {});
                exports.first = globalThis.first;`,
            "below/.keep": "",
        });
        chmodSync(path.join(project.folder, plugin), 0o755);
        const { code, output } = await project.pulumi(`${up} --cwd below`);
        expect(code).toBe(0);
        expect(output).not.toMatch(/warning: .*nodejs/);
        expect((await project.pulumi("stack output first")).output.trim()).toBe("loaded first");
        const started = readFileSync(path.join(project.folder, "plugin.started"), "utf8");
        expect(started).toMatch(/^127\.0\.0\.1:\d+$/);
        expect((await project.pulumi("destroy --yes --skip-preview")).code).toBe(0);
        project.write({ "Pulumi.yaml": "name: facts\nruntime: nodejs\n", "index.js": "" });
    });

    test("stack and configuration file can be given by environment", async () => {
        const file = path.join(project.folder, "elsewhere.yaml");
        writeFileSync(file, "config:\n  facts:key: here\n");
        const env = { PULUMI_OPTION_STACK: "test", PULUMI_OPTION_CONFIG_FILE: file };
        expect((await project.pulumi("config get key", env)).output.trim()).toBe("here");
    });
});

test("npx pulumi takes the CLI from the cache without a download", async () => {
    const { pulumi } = await ensureEngine({ need: ["pulumi"] });
    const home = mkdtempSync(path.join(os.tmpdir(), "pulumi home "));
    const versions = path.join(home, "versions", "3.259.0");
    mkdirSync(versions, { recursive: true });
    symlinkSync(path.dirname(pulumi), path.join(versions, "bin"));
    const { stdout, stderr } = spawnSync(
        process.execPath,
        [path.join(projectDirectory, "node_modules", "pulumi", "run.js"), "version"],
        { env: { ...process.env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "1" } },
    );
    expect({ stdout: String(stdout).trim(), stderr: String(stderr) }).toEqual({
        stdout: "v3.259.0",
        stderr: "",
    });
    rmSync(home, { recursive: true, force: true });
});
