import { leftovers } from "../../scripts/leftovers";
import { succeeded, TestEnvironment, type Run, type TestStack } from "./environment";
import { restoreSavedState, savedLayouts } from "./savedState";

jest.setTimeout(300_000);

describe.each(savedLayouts)("a stack that was made by program %s", (layout) => {
    let environment: TestEnvironment;
    let stack: TestStack;
    beforeAll(async () => {
        environment = await TestEnvironment.create((directory) =>
            restoreSavedState(layout, directory),
        );
        stack = await environment.stack("sandbox");
    });
    afterAll(() => environment?.close());

    test("goes on with today's: commands and addresses are told what they depend on, nothing else changes", async () => {
        const place = "spectro-oci-registry/spectro-packs/archive/hellouniverse";
        const before = await stack.outputs();
        await environment.resetCalls();
        const run = await stack.up();
        succeeded(run);
        expect(changed(run)).toEqual([
            ["+", "pulumi-nodejs:dynamic/palette:PackVersions", `${place}-versions`],
            ["~", "command:local:Command", `${place}-image`],
            ["~", "pulumi-nodejs:dynamic/palette:ApplicationUrls", "pack-tutorial-cluster"],
        ]);
        const writes = (await environment.calls()).filter(({ method }) => method !== "GET");
        expect(writes).toEqual([]);
        const after = await stack.outputs();
        for (const key of ["applicationUrls", "clusterUid", "profileUid", "registryUid"]) {
            expect(after[key]).toEqual(before[key]);
        }
        succeeded(await stack.up("--expect-no-changes"));
        succeeded(await stack.run(["refresh", "--yes", "--expect-no-changes"]));
    });

    test("is destroyed by today's", async () => {
        succeeded(await stack.destroy());
        expect(await leftovers(environment.sandbox)).toEqual([]);
    });
});

/** What a run did, but for what it left as it was: operation, type, name. */
function changed({ output }: Run): string[][] {
    return [...output.matchAll(/^ ([-+~]+) +(\S+:\S+) (\S+) .*(?:ed|replaced)\b/gm)].map(
        ([, operation, type, name]) => [operation!, type!, name!],
    );
}
