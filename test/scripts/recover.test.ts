import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ensureEngine } from "../../engine";
import { projectDirectory } from "../../scripts/environment";
import { prepareBackend, pulumiOutput, sandboxStack } from "../../scripts/stack";

jest.setTimeout(120_000);

const directory = mkdtempSync(path.join(os.tmpdir(), "recover "));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("npm run recover takes the project's CLI where none is installed, and downloads nothing", async () => {
    const engine = await ensureEngine({ need: ["pulumi"] });
    const folder = path.join(directory, "project");
    mkdirSync(folder);
    writeFileSync(path.join(folder, "Pulumi.yaml"), "name: palette-custom-pack\nruntime: nodejs\n");
    const stack = sandboxStack(engine, directory, { name: "interrupted", folder });
    await prepareBackend(stack);
    await pulumiOutput({ ...stack, projectFolder: folder }, ["stack", "init", "interrupted"]);
    const home = path.join(directory, "empty home");
    mkdirSync(home);
    const { stdout, stderr } = await promisify(execFile)(
        "npm",
        ["run", "-s", "recover", "--", "interrupted"],
        {
            cwd: projectDirectory,
            env: {
                ...stack.environment,
                PATH: [path.dirname(process.execPath), "/usr/bin", "/bin"].join(path.delimiter),
                PULUMI_HOME: home,
                PALETTE_ENGINE_DIR: process.env.PALETTE_ENGINE_DIR,
            },
        },
    );
    expect(stdout).toBe("nothing of AWS was being created when the last run was interrupted\n");
    expect(stderr).toBe("");
    expect(readdirSync(home)).not.toContain("versions");
});
