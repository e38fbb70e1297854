import { execFileSync, spawnSync } from "node:child_process";
import {
    cpSync,
    existsSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { Scratch } from "./packFolder";

const scratch = new Scratch();
afterAll(() => scratch.clear());

const root = join(__dirname, "../..");
const folder = join(scratch.path, "elsewhere");

/** Environment without what npm tells the scripts that it runs, this test among them. */
const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD)/i.test(name)),
);

function npm(cwd: string, ...args: string[]): string {
    const quiet = ["--offline", "--no-audit", "--no-fund", "--loglevel=error"];
    return execFileSync("npm", [...quiet, ...args], { cwd, env, encoding: "utf8" });
}

function command(...args: string[]) {
    const tool = join(folder, "node_modules/.bin/palette-pack");
    const { status, stdout, stderr } = spawnSync(tool, args, {
        cwd: folder,
        env,
        encoding: "utf8",
    });
    return { status, stdout, stderr };
}

beforeAll(() => {
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), "{}");
    npm(root, "pack", "--workspace", "packages/pack", "--pack-destination", scratch.path);
    npm(folder, "install", join(scratch.path, "palette-pack-1.0.0.tgz"));
    cpSync(join(root, "packs/hello-helm-pack"), join(folder, "pack"), { recursive: true });
}, 300_000);

test("the install is small, alone and without scripts", () => {
    const packages = join(folder, "node_modules");
    expect(readdirSync(packages).filter((name) => !name.startsWith("."))).toEqual(["palette-pack"]);
    const files = readdirSync(packages, { recursive: true, encoding: "utf8" });
    const bytes = files
        .map((name) => statSync(join(packages, name)))
        .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);
    expect(bytes).toBeLessThan(5e6);
    const description = JSON.parse(
        readFileSync(join(packages, "palette-pack/package.json"), "utf8"),
    );
    expect(description.dependencies).toBeUndefined();
    expect(Object.keys(description.scripts)).toEqual(["prepack"]);
});

test("every command works outside of this repository", () => {
    expect(command("--version")).toMatchObject({ status: 0, stdout: "1.0.0\n" });
    expect(command("check", "--no-render", "pack")).toEqual({
        status: 0,
        stdout: "pack: clean\n",
        stderr: "",
    });
    expect(command("new", "mine", "--helm", "-o", "mine").stdout).toContain(
        "palette-pack check mine",
    );
    expect(command("check", "mine").status).toBe(0);
    expect(command("build", "pack", "-o", "out")).toMatchObject({ status: 0, stderr: "" });
    const [archive = ""] = readdirSync(join(folder, "out"));
    expect(command("inspect", join("out", archive)).stdout).toContain("hello");
    expect(command("diff", "pack", join("out", archive))).toMatchObject({ status: 0, stderr: "" });
    const charts = readdirSync(join(folder, "pack/charts"), { withFileTypes: true });
    const unpacked = charts.find((entry) => entry.isDirectory())?.name ?? "";
    expect(command("chart", join("pack/charts", unpacked), "-o", "out").status).toBe(0);
});

test("a reader that stops early is no failure, and sees no stack", () => {
    const tool = join(folder, "node_modules/.bin/palette-pack");
    const { stdout, stderr } = spawnSync(
        "bash",
        ["-c", `'${tool}' explain | head -1; echo "\${PIPESTATUS[0]}"`],
        { cwd: folder, env, encoding: "utf8" },
    );
    expect(stdout).toMatch(/^pack-not-found .*\n0\n$/);
    expect(stderr).toBe("");
});

test("a pack is made of a chart with a sub-chart, and of manifests", () => {
    const chart = join(folder, "upstream");
    const files = {
        "Chart.yaml":
            "apiVersion: v2\nname: shop\nversion: 1.2.3\ndependencies: [{name: db, version: 0.1.0}]\n",
        "values.yaml": "# How many.\nreplicas: 1\n",
        "templates/a.yaml": "apiVersion: v1\nkind: List\nitems: []\n# {{ .Values.replicas }}\n",
        "charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 0.1.0\n",
    };
    for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(chart, path)), { recursive: true });
        writeFileSync(join(chart, path), text);
    }
    const made = command("new", "shop", "--from-chart", "upstream", "-o", "shop");
    expect(made).toMatchObject({ status: 0, stderr: "" });
    expect(command("check", "shop").status).toBe(0);
    writeFileSync(join(folder, "a.yaml"), "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n");
    expect(command("new", "a", "--from-manifests", "a.yaml", "-o", "a").status).toBe(0);
    expect(command("inspect", "a", "--files").stdout).toContain("manifests/a.yaml");
});

test("what takes Helm or oras says so where they are not, and nothing else takes them", () => {
    const env = { PATH: dirname(process.execPath), PALETTE_ENGINE_DIR: join(folder, "none") };
    const bare = (...args: string[]) => {
        const tool = join(folder, "node_modules/palette-pack/dist/palette-pack.js");
        const options = { cwd: folder, env, encoding: "utf8" } as const;
        return spawnSync(process.execPath, [tool, ...args], options);
    };
    const helm = ["helm", "oras"].every((name) => existsSync(join(env.PATH, name)));
    expect(helm).toBe(false);
    expect(bare("check", "pack").status).toBe(0);
    expect(bare("diff", "pack", "pack").status).toBe(0);
    expect(bare("diff", "pack", "pack", "--render")).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/^--render needs Helm, which is not on PATH: install/),
    });
    for (const args of [["inspect"], ["push", "pack"]]) {
        const { status, stderr } = bare(...args, "localhost:1/base/hellohelm:1.0.0");
        expect(status).toBe(1);
        expect(stderr).toContain("is reached with oras, which is not on PATH: install oras 1.0");
    }
});

test("npx and npm scripts take paths from the folder that the user is in", () => {
    writeFileSync(
        join(folder, "package.json"),
        JSON.stringify({ scripts: { pack: "palette-pack" } }),
    );
    const inside = join(folder, "pack/charts");
    expect(npm(inside, "exec", "--", "palette-pack", "check", "--no-render", "..")).toBe(
        "..: clean\n",
    );
    const options = { cwd: inside, env, encoding: "utf8" } as const;
    const output = execFileSync(
        "npm",
        ["run", "-s", "pack", "--", "check", "--no-render", ".."],
        options,
    );
    expect(output).toBe("..: clean\n");
});

test("programs can use it", () => {
    const script = `
        const { checkPack, rules } = require("palette-pack");
        checkPack("pack").then((findings) => console.log(findings.length, rules["name-missing"].severity));`;
    const output = execFileSync(process.execPath, ["-e", script], { cwd: folder, env });
    expect(output.toString()).toBe("0 error\n");
});
