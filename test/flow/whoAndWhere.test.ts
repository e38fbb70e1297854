import { ListImagesCommand } from "@aws-sdk/client-ecr";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { withEcr } from "../../scripts/ecr";
import { passphraseFile } from "../../scripts/environment";
import { leftovers } from "../../scripts/leftovers";
import { recover } from "../../scripts/recover";
import { pulumiOutput } from "../../scripts/stack";
import { succeeded, TestEnvironment, type TestStack } from "./environment";
import { killAtCall } from "./killedRun";

jest.setTimeout(900_000);

let environment: TestEnvironment;
let stack: TestStack;

beforeAll(async () => {
    environment = await TestEnvironment.create(undefined, { speed: 2000 });
    // Three packs in two registries.
    stack = await environment.stack("who", {}, "collection");
});
afterAll(() => environment?.close());

const images = () =>
    withEcr(environment.sandbox, async (ecr) => {
        const repositoryName = "spectro-oci-registry/spectro-packs/archive/hellouniverse";
        return (await ecr.send(new ListImagesCommand({ repositoryName }))).imageIds!;
    });

test("a configuration file and a passphrase of the command's own serve everything that a run does", async () => {
    const configFile = path.join(environment.directory, "other.yaml");
    await copyFile(stack.stack.configFile, configFile);
    const own = {
        PULUMI_OPTION_CONFIG_FILE: undefined,
        PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
        PULUMI_CONFIG_PASSPHRASE: await readFile(passphraseFile(environment.directory), "utf8"),
    };
    const run = (...args: string[]) =>
        stack.run([...args, "--yes", "--skip-preview", "--config-file", configFile], own);
    succeeded(await run("up"));
    expect(await images()).toHaveLength(2);
    succeeded(await run("destroy"));
    expect(await leftovers(environment.sandbox)).toEqual([]);
});

test("images that a killed destroy has deleted are there again after cancel, recover and up", async () => {
    succeeded(await stack.up());
    const before = await images();
    const call = { service: "aws", route: "ecr BatchDeleteImage" };
    await killAtCall(environment, stack, ["destroy", "--yes", "--skip-preview"], call, "cli");
    expect(await images()).toEqual([]);
    succeeded(await stack.run(["cancel", "--yes"]));
    await recover({ environment: stack.stack.environment, log: () => undefined });
    succeeded(await stack.up());
    expect(await images()).toEqual(before);
    succeeded(await stack.run(["preview", "--expect-no-changes"]));
});

test("a destroy that runs the program and cannot, as a pack is gone, takes nothing and names its flag", async () => {
    const packs = await stack.configured<object[]>("packs");
    await stack.configure({ packs: [{ path: "packs/gone" }] });
    const run = await stack.destroy("--run-program");
    expect(run.code).not.toBe(0);
    expect(run.output).toMatch(
        /packs\/gone[\s\S]*pulumi destroy runs the program for --run-program .* only/,
    );
    expect(await images()).toHaveLength(2);
    await stack.configure({ packs });
});

test("a stack that was moved to another backend is destroyed there, and leaves nothing", async () => {
    const folder = path.join(environment.directory, "another place");
    const backend = path.join(folder, "backend");
    await mkdir(backend, { recursive: true });
    const state = path.join(folder, "state.json");
    const configFile = path.join(folder, path.basename(stack.stack.configFile));
    await copyFile(stack.stack.configFile, configFile);
    const there = {
        PULUMI_BACKEND_URL: pathToFileURL(backend).href,
        PULUMI_OPTION_CONFIG_FILE: configFile,
    };
    succeeded(await stack.run(["stack", "export", "--file", state]));
    // The file of a new stack is written beside the Pulumi.yaml.
    await writeFile(
        path.join(folder, "Pulumi.yaml"),
        "name: palette-custom-pack\nruntime: nodejs\n",
    );
    succeeded(await stack.run(["stack", "init", stack.stack.name, "--cwd", folder], there));
    succeeded(await stack.run(["stack", "import", "--file", state], there));
    succeeded(await stack.run(["preview", "--expect-no-changes"], there));
    succeeded(await stack.run(["destroy", "--yes", "--skip-preview"], there));
    expect(await leftovers(environment.sandbox)).toEqual([]);
});

test("a stack that was renamed is destroyed by its new name, and leaves nothing", async () => {
    const before = await environment.stack("before", {}, "collection");
    succeeded(await before.up());
    await pulumiOutput(before.stack, ["stack", "rename", "after"]);
    succeeded(await before.run(["destroy", "--yes", "--skip-preview", "--stack", "after"]));
    expect(await leftovers(environment.sandbox)).toEqual([]);
});
