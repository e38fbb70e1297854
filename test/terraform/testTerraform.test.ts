import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describeWith } from "../sandbox/awsSandbox";

const root = path.join(__dirname, "../..");

/** Runs `npm run test:terraform` with a folder for temporary files of its own. */
function testTerraform(provider: string | undefined, temporary: string) {
    const env: NodeJS.ProcessEnv = { ...process.env, TMPDIR: temporary };
    delete env.TERRAFORM;
    delete env.TERRAFORM_PROVIDER_SPECTROCLOUD;
    if (provider !== undefined) {
        env.TERRAFORM_PROVIDER_SPECTROCLOUD = provider;
    }
    const script = path.join(root, "scripts", "run.mjs");
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, "testTerraform"], {
        cwd: root,
        env,
        encoding: "utf8",
    });
    return { status, stdout, stderr };
}

let temporary: string;
beforeEach(() => {
    temporary = fs.mkdtempSync(path.join(os.tmpdir(), "terraform test "));
});
afterEach(() => fs.rmSync(temporary, { recursive: true }));

test.each([
    ["unset", undefined, ""],
    ["a folder", root, ` ('${root}' is not one)`],
    ["not there", "/nowhere/provider", " ('/nowhere/provider' is not one)"],
])("a provider that is %s: one line that says what to set", (_, provider, now) => {
    expect(testTerraform(provider, temporary)).toEqual({
        status: 2,
        stdout: "",
        stderr: `set TERRAFORM_PROVIDER_SPECTROCLOUD to the path of the provider's executable${now}\n`,
    });
});

describeWith(
    "terraform",
    "registry",
    "helm",
    "oras",
)("with Terraform", () => {
    test("the configurations are well-formed and formatted", () => {
        const args = ["fmt", "-check", "-diff", "-recursive", __dirname];
        const { status, stdout, stderr } = spawnSync("terraform", args, { encoding: "utf8" });
        expect({ status, stdout, stderr: status === 0 ? "" : stderr }).toEqual({
            status: 0,
            stdout: "",
            stderr: "",
        });
    });

    test("a provider that ends at once fails the first step, and nothing stays", () => {
        const provider = path.join(temporary, "provider");
        fs.writeFileSync(provider, "#!/bin/sh\nexit 3\n", { mode: 0o755 });
        const { status, stdout, stderr } = testTerraform(provider, temporary);
        expect(status).toBe(1);
        expect({ stdout, stderr }).toEqual({
            stdout: expect.stringMatching(/^ok +ECR: repositories and push/m),
            stderr: expect.stringMatching(/^FAILED registry: apply/m),
        });
        expect(stderr).toContain("Could not load the schema for provider");
        expect(stderr).toContain("ended with exit code 1 instead of 0");
        const left = fs.readdirSync(temporary).filter((name) => name.startsWith("palette-"));
        expect(left).toEqual([]);
        const processes = spawnSync("ps", ["-A", "-o", "args"], { encoding: "utf8" }).stdout;
        expect(processes.split("\n").filter((line) => line.includes(temporary))).toEqual([]);
    });
});
