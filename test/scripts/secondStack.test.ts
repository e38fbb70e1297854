import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { ensureEngine } from "../../engine";
import {
    configureStack,
    prepareBackend,
    pulumiOutput,
    sandboxStack,
    stackOutputs,
    type Stack,
} from "../../scripts/stack";
import { madeUpSandbox } from "./madeUpSandbox";

jest.setTimeout(120_000);

const directory = mkdtempSync(path.join(os.tmpdir(), "second stack "));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("a second stack beside the sandbox's gets none of its configuration, and none of its commands", async () => {
    const folder = path.join(directory, "project");
    mkdirSync(folder);
    const file = (name: string) => path.join(folder, name);
    writeFileSync(file("Pulumi.yaml"), "name: palette-custom-pack\nruntime: nodejs\n");
    const engine = await ensureEngine({ need: ["pulumi"] });
    const stack: Stack = {
        ...sandboxStack(engine, directory),
        projectFolder: folder,
        configFile: file("Pulumi.sandbox.yaml"),
    };
    await prepareBackend(stack);
    await configureStack(stack, madeUpSandbox);

    await pulumiOutput(stack, ["stack", "init", "second"]);
    const before = readFileSync(file("Pulumi.second.yaml"), "utf8");
    const rotated = { ...madeUpSandbox.palette, apiKey: "another-key" };
    await configureStack(stack, { ...madeUpSandbox, palette: rotated });

    expect(readFileSync(file("Pulumi.second.yaml"), "utf8")).toBe(before);
    const key = await pulumiOutput(stack, ["config", "get", "paletteApiKey"]);
    expect(key.trim()).toBe("another-key");
    expect(await stackOutputs(stack)).toEqual({});
    expect((await pulumiOutput(stack, ["stack", "--show-name"])).trim()).toBe("sandbox");
});

test("the sandbox's stack is named even where no stack is selected", async () => {
    const engine = await ensureEngine({ need: ["pulumi"] });
    const stack = sandboxStack(engine, directory);
    expect((await pulumiOutput(stack, ["stack", "--show-name"])).trim()).toBe("sandbox");
});
