import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    utimesSync,
    writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureEngine } from "../../engine";
import { recipes } from "../../engine/tools";
import packageJson from "../../package.json";

let folder: string;
let bin: string;
let cache: string;
const before = { ...process.env };

beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "ensure engine "));
    bin = path.join(folder, "bin");
    cache = path.join(folder, "cache");
    mkdirSync(bin);
    Object.assign(process.env, {
        PATH: bin,
        PALETTE_ENGINE_DIR: cache,
        PULUMI_HOME: path.join(folder, "pulumi"),
        // No release can be downloaded: nothing listens there.
        HTTPS_PROXY: "http://127.0.0.1:1",
        NO_PROXY: "",
    });
});

afterEach(() => {
    for (const name of ["PATH", "PALETTE_ENGINE_DIR", "PULUMI_HOME", "HTTPS_PROXY", "NO_PROXY"]) {
        if (before[name] === undefined) {
            delete process.env[name];
        } else {
            process.env[name] = before[name];
        }
    }
    rmSync(folder, { recursive: true, force: true });
});

function executable(file: string, script: string): string {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
}

/** A Go that writes a file where a binary is to be built, and notes that it was called. */
const fakeGo = () =>
    executable(
        path.join(bin, "go"),
        `
echo "$@" >> '${folder}/go.calls'
while [ "$1" != -o ]; do shift; done
echo "example.com/package" >&2
printf '#!/bin/sh\\n' > "$2"
/bin/chmod 755 "$2"`,
    );

const goCalls = () => readFileSync(path.join(folder, "go.calls"), "utf8").trim().split("\n");

test("an installed tool of a right version is used as it is", async () => {
    const oras = executable(path.join(bin, "oras"), "echo 'Version:        1.2.0'");
    const engine = await ensureEngine({ need: ["oras"] });
    expect(engine).toMatchObject({ oras, path: bin, sources: { oras: "installed" } });
    expect(existsSync(cache)).toBe(false);
});

test("a plugin in Pulumi's home is used when it has the pinned version", async () => {
    const file = path.join(
        process.env.PULUMI_HOME as string,
        `plugins/resource-command-v${recipes.command.version}/pulumi-resource-command`,
    );
    executable(file, "");
    const engine = await ensureEngine({ need: ["command"] });
    expect(engine).toMatchObject({ command: file, sources: { command: "installed" } });
});

test.each([
    ["an old version", "echo 'Version: 0.16.0'"],
    ["something else by that name", "echo 'oras, the other one'"],
    ["a broken one", "exit 1"],
])("%s is passed over; without Go the error says what to install", async (_what, script) => {
    executable(path.join(bin, "oras"), script);
    const lines: string[] = [];
    const start = Date.now();
    await expect(ensureEngine({ need: ["oras"], log: (line) => lines.push(line) })).rejects.toThrow(
        /github\.com cannot be reached \(ECONNREFUSED\).*Install Go/,
    );
    expect(Date.now() - start).toBeLessThan(5_000);
    expect(lines).toEqual([
        expect.stringContaining("downloading https://github.com/oras-project/oras/"),
        expect.stringContaining("cannot be reached (ECONNREFUSED); building it from source"),
    ]);
    expect(readdirSync(cache)).toEqual([]);
});

test("what was built is in the cache the next time", async () => {
    fakeGo();
    const first = await ensureEngine({ need: ["pulumi", "command"] });
    expect(first.sources).toEqual({ pulumi: "built", command: "built" });
    const home = path.join(cache, "versions", recipes.pulumi.version, "bin");
    expect(readdirSync(home).sort()).toEqual([
        "pulumi",
        "pulumi-language-nodejs",
        "pulumi-resource-pulumi-nodejs",
    ]);
    expect(first.pulumiRoot).toBe(path.dirname(home));
    expect(goCalls()).toHaveLength(3);

    const second = await ensureEngine({ need: ["pulumi", "command"] });
    expect(second).toEqual({ ...first, sources: { pulumi: "cached", command: "cached" } });
    expect(goCalls()).toHaveLength(3);
});

test("a failed build shows the end of Go's output and leaves nothing", async () => {
    executable(path.join(bin, "go"), "echo 'missing go.sum entry' >&2; exit 1");
    await expect(ensureEngine({ need: ["helm"] })).rejects.toThrow("missing go.sum entry");
    expect(readdirSync(cache)).toEqual([]);
});

test("two at once do the work once", async () => {
    fakeGo();
    const lines: string[] = [];
    const ensure = () => ensureEngine({ need: ["oras"], log: (line) => lines.push(line) });
    const engines = await Promise.all([ensure(), ensure()]);
    expect(engines.map(({ sources }) => sources.oras).sort()).toEqual(["built", "cached"]);
    expect(goCalls()).toHaveLength(1);
    expect(lines).toContainEqual(expect.stringContaining(`waiting for process ${process.pid}`));
});

test("what a killed run has left is cleared away", async () => {
    fakeGo();
    mkdirSync(path.join(cache, "tmp-abcdef"), { recursive: true });
    // Above the highest process id that Linux and macOS give.
    writeFileSync(path.join(cache, "lock"), "99999999");
    await ensureEngine({ need: ["oras"] });
    expect(readdirSync(cache)).toEqual(["oras"]);
});

test("a lock whose maker was killed before it named itself is taken over, and a new one waited for", async () => {
    fakeGo();
    mkdirSync(cache);
    const lock = path.join(cache, "lock");
    writeFileSync(lock, "");
    const lines: string[] = [];
    const ensured = ensureEngine({ need: ["oras"], log: (line) => lines.push(line) });
    while (lines.length === 0) {
        await sleep(20);
    }
    expect(lines).toEqual([expect.stringContaining("waiting for a process")]);
    const before = Date.now() / 1000 - 11;
    utimesSync(lock, before, before);
    await ensured;
    expect(readdirSync(cache)).toEqual(["oras"]);
});

test("the sandbox's aws plugin stands in, and the download is not tried again at once", async () => {
    const lines: string[] = [];
    const ensure = () => ensureEngine({ need: ["aws"], log: (line) => lines.push(line) });
    const engine = await ensure();
    expect(engine.sources.aws).toBe("stand-in");
    expect(path.basename(path.dirname(engine.aws))).toBe("pulumi-resource-aws");
    expect(lines).toHaveLength(2);
    expect(await ensure()).toEqual(engine);
    expect(lines).toHaveLength(2);
});

test("the versions are those of package.json and of the Go modules", () => {
    const { dependencies, devDependencies } = packageJson;
    expect(dependencies["@pulumi/pulumi"]).toBe(recipes.pulumi.version);
    expect(devDependencies.pulumi).toBe(recipes.pulumi.version);
    expect(dependencies["@pulumi/command"]).toBe(recipes.command.version);
    expect(dependencies["@pulumi/aws"]).toBe(recipes.aws.version);
    const module = (name: string) =>
        readFileSync(path.join(__dirname, "../../engine/go", name, "go.mod"), "utf8");
    expect(module("core")).toContain(`pulumi/pkg/v3 v${recipes.pulumi.version}`);
    expect(module("core")).toContain(`oras.land/oras v${recipes.oras.version}`);
    expect(module("core")).toContain(`distribution/v3 v${recipes.registry.version}`);
    expect(module("helm")).toContain(`helm.sh/helm/v3 v${recipes.helm.version}`);
});
