import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { withPlainMistakes } from "../../components/config/userErrors";
import { DeadlineError, UserError } from "../../packages/pack/userError";
import { PaletteError } from "../../packages/palette/api/paletteError";
import { partialFailure } from "../../packages/palette/lifecycle/provider";
import { isBug } from "../../packages/registry/bug";

/** What an error of the file system looks like. */
function missingFile(): unknown {
    try {
        return readFileSync("/nowhere/at/all");
    } catch (error) {
        return error;
    }
}

const DENIED = Object.assign(new Error("not authorized to perform: ecr:ListImages"), {
    name: "AccessDeniedException",
    $fault: "client",
    $metadata: {},
});
const NO_CREDENTIALS = Object.assign(new Error("Could not load credentials"), {
    tryNextLink: false,
});

test.each<[string, unknown]>([
    ["what this program says of a mistake", new UserError("packs: expected at least one pack")],
    ["the end of a wait", new DeadlineError("waited 10 minutes")],
    ["an answer of Palette", new PaletteError("registry: 403", 403)],
    ["a file that is not there", missingFile()],
    ["an answer of AWS", DENIED],
    ["a source of AWS credentials that has none", NO_CREDENTIALS],
])("%s is one message without a stack", async (_, error) => {
    expect(isBug(error)).toBe(false);
    const told = await withPlainMistakes(() => Promise.reject(error))().catch((e: unknown) => e);
    expect(pulumi.RunError.isInstance(told)).toBe(true);
    expect(told).toMatchObject({ message: (error as Error).message, stack: undefined });
});

test.each<[string, () => unknown]>([
    ["a value that is not there", () => (undefined as unknown as string[]).length],
    ["a text that is no JSON", () => JSON.parse("{")],
    [
        "what cannot be",
        () => {
            throw new Error("the provider has not been configured");
        },
    ],
])("%s is a bug, which keeps its stack in the program and in a resource", async (_, fail) => {
    const error = await withPlainMistakes(async () => fail())().catch((e: unknown) => e);
    expect(isBug(error)).toBe(true);
    expect((error as Error).stack).toContain("userErrors.test.ts");
    // All that the engine shows of a resource's error is its message.
    expect(partialFailure(error, "uid", {}).message).toContain("userErrors.test.ts");
});

test("a resource that is not finished for a reason of the user's is told by that reason alone", () => {
    const failure = partialFailure(new UserError("the cluster failed"), "uid", { name: "c" });
    expect(failure).toMatchObject({ message: "the cluster failed", id: "uid" });
    expect(isBug(failure)).toBe(false);
});
