import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { helmPack, manifestPack, Scratch } from "./packFolder";

const scratch = new Scratch();
afterAll(() => scratch.clear());

const root = join(__dirname, "../..");
const sample = join(root, "packs/hello-universe-pack");

/** Tells on file 3 how long the processor was busy, in microseconds: what else runs does not count. */
const processorTime = `data:text/javascript,${encodeURIComponent(
    'import { writeSync } from "node:fs";' +
        'process.once("exit", () => writeSync(3, JSON.stringify(process.cpuUsage())));',
)}`;

function pack(...args: string[]) {
    const command = ["--import", processorTime, join(root, "scripts/pack.js"), ...args];
    // CI makes some libraries colour what no terminal shows.
    const env = { ...process.env, CI: "1" };
    const { status, stdout, stderr, output } = spawnSync(process.execPath, command, {
        cwd: root,
        env,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    const { user, system } = JSON.parse(output[3] ?? "") as NodeJS.CpuUsage;
    return { status, stdout, stderr, seconds: (user + system) / 1e6 };
}

test("check: a clean pack is status 0", () => {
    const { status, stdout, stderr } = pack("check", "--no-render", sample);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toBe(`${sample}: clean\n`);
});

test.each(["hello-universe-pack", "hello-helm-pack"])(
    "check: %s keeps the processor busy for less than a second, Node's start included, mistake or not",
    async (name) => {
        const best = (path: string) =>
            Math.min(
                ...Array.from({ length: 5 }, () => pack("check", "--no-render", path).seconds),
            );
        expect(best(join(root, "packs", name))).toBeLessThan(1);
        const broken = join(scratch.path, name);
        cpSync(join(root, "packs", name), broken, { recursive: true });
        const values = readFileSync(join(broken, "values.yaml"), "utf8");
        const mistake = values
            .replace("    replicas: 2", "    replicaz: 2")
            .replace("tag:", "tga:");
        writeFileSync(join(broken, "values.yaml"), mistake);
        expect(pack("check", "--no-render", broken).stdout).toMatch(
            /Did you mean replicas|rename one/,
        );
        expect(best(broken)).toBeLessThan(1);
    },
);

test("check: errors are status 1, printed as compilers do, without colours", async () => {
    const folder = await scratch.write({ ...manifestPack(), "pack.json": '{"name": "demo",}' });
    const { status, stdout } = pack("check", "--no-render", folder);
    expect(status).toBe(1);
    expect(stdout.split("\n")[0]).toBe(
        `${folder}/pack.json:1:16: error: pack.json is not valid JSON: ` +
            "this comma is one too many [pack-json-syntax]",
    );
    expect(stdout).not.toContain("\u001b");
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("1 error");
});

test("check: warnings are status 0, with --strict 1; --json is for machines", async () => {
    const folder = await scratch.write({ ...helmPack(), "README.md": undefined });
    expect(pack("check", "--no-render", folder).status).toBe(0);
    const { status, stdout } = pack("check", "--no-render", "--strict", "--json", folder, sample);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
        packs: [
            { path: folder, findings: [{ rule: "readme-missing", severity: "error" }] },
            { path: sample, findings: [] },
        ],
        error: 1,
        warning: 0,
    });
});

test("check: text from a pack cannot reach the terminal's controls", async () => {
    const folder = await scratch.write({
        ...manifestPack(),
        "pack.json": { name: "de\u001b[31mmo", displayName: "D", version: "1.0.0", layer: "addon" },
    });
    expect(pack("check", "--no-render", folder).stdout).not.toContain("\u001b");
});

test.each([
    [["check"]],
    [["nonsense"]],
    [["check", "--nonsense", sample]],
    [["check", "--kube-version", "1.x", sample]],
    [["diff", "--kube-version", "latest", sample, sample]],
    [["new", "Bad Name"]],
    [["new", "fine", "--chart-version", "1.0.0"]],
])("wrong usage is status 2: %j", (args) => {
    const { status, stderr } = pack(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: /);
});

test("help is status 0 and names the statuses", () => {
    const { status, stdout } = pack("--help");
    expect(status).toBe(0);
    expect(stdout).toMatch(/check[^]*new[^]*build[^]*inspect[^]*diff[^]*Exit status/);
});

test("new, build, inspect and diff", () => {
    const folder = join(scratch.path, "fresh");
    expect(pack("new", "fresh", "--helm", "--output", folder).status).toBe(0);
    const second = join(scratch.path, "second");
    expect(pack("new", "second", "--pack-version", "2.0.0", "-o", second).status).toBe(0);
    expect(readFileSync(join(second, "pack.json"), "utf8")).toContain('"version": "2.0.0"');
    const out = join(scratch.path, "out");
    const built = pack("build", folder, "--output", out, "--json");
    expect(built.status).toBe(0);
    const { archive, manifestDigest } = JSON.parse(built.stdout) as Record<string, string>;
    expect(archive).toBe(join(out, "fresh-0.1.0.tar.gz"));
    const inspected = pack("inspect", archive as string);
    expect(inspected.stdout).toContain(`Manifest:  ${manifestDigest}`);
    expect(inspected.stdout).toContain("fresh 0.1.0, installs 1.27.3 (charts/fresh-0.1.0.tgz)");
    expect(pack("diff", folder, archive as string).stdout).toContain("no difference");
    const changed = pack("diff", sample, archive as string, "--json");
    expect(changed.status).toBe(0);
    expect(JSON.parse(changed.stdout)).toMatchObject({
        before: { name: "hellouniverse" },
        after: { name: "fresh" },
    });
    expect(pack("diff", sample, folder, "--exit-code").status).toBe(1);
    expect(pack("diff", folder, archive as string, "--exit-code").status).toBe(0);
    expect(readFileSync(join(folder, "charts/fresh-0.1.0.tgz")).length).toBeGreaterThan(0);
});

test("build: a pack with errors is not built", async () => {
    const folder = await scratch.write({ ...manifestPack(), "logo.png": undefined });
    const { status, stderr } = pack("build", folder, "-o", join(scratch.path, "none"));
    expect(status).toBe(1);
    expect(stderr).toContain("[logo-missing]");
    expect(existsSync(join(scratch.path, "none"))).toBe(false);
});

test("build: warnings are told, and the archive is built without junk", async () => {
    const folder = await scratch.write({ ...manifestPack(), ".DS_Store": "x" });
    const out = join(scratch.path, "warned");
    const { status, stdout, stderr } = pack("build", folder, "-o", out, "--json");
    expect(status).toBe(0);
    expect(stderr).toContain("[junk-file]");
    const { archive } = JSON.parse(stdout) as { archive: string };
    expect(pack("inspect", archive).stdout).not.toContain(".DS_Store");
    expect(pack("check", archive, "--fix").stderr).toContain(
        `${archive} is an archive, which is not corrected`,
    );
});

test("inspect: what is no pack is one message, not a stack trace", () => {
    const { status, stderr } = pack("inspect", "/nowhere/at/all");
    expect(status).toBe(1);
    expect(stderr).toBe("/nowhere/at/all is not a usable pack.\n/nowhere/at/all does not exist.\n");
});
