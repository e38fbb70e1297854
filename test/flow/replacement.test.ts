import { leftovers } from "../../scripts/leftovers";
import { succeeded, TestEnvironment, type TestStack } from "./environment";

jest.setTimeout(600_000);

let environment: TestEnvironment;
let stack: TestStack;

beforeAll(async () => {
    environment = await TestEnvironment.create();
    stack = await environment.stack("replaced");
    succeeded(await stack.up());
});
afterAll(() => environment?.close());

async function urnOf(type: string): Promise<string> {
    const { deployment } = await stack.export();
    return deployment.resources!.find((resource) => resource.type.endsWith(`palette:${type}`))!.urn;
}

/** Whatever the next runs are asked, they find everything as it is recorded. */
async function expectSettled(objects: string[]): Promise<void> {
    expect(await leftovers(environment.sandbox)).toEqual(objects);
    succeeded(await stack.run(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]));
    succeeded(await stack.up("--expect-no-changes"));
}

describe.each(["OciRegistry", "ClusterProfile", "AwsCluster", "ApplicationUrls"])(
    "a forced replacement of %s",
    (type) => {
        test.each([
            ["up --replace", async (urn: string) => stack.up("--replace", urn)],
            [
                "state taint",
                async (urn: string) => {
                    succeeded(await stack.run(["state", "taint", urn, "--yes"]));
                    return stack.up();
                },
            ],
        ])("by %s loses nothing", async (_, replace) => {
            const objects = await leftovers(environment.sandbox);
            const before = await stack.outputs();
            const run = await replace(await urnOf(type));
            succeeded(run);
            const after = await stack.outputs();
            expect(after.registryUid).toBe(before.registryUid);
            expect(after.profileUid).toBe(before.profileUid);
            // What nodes run is really made anew.
            expect(after.clusterUid === before.clusterUid).toBe(type !== "AwsCluster");
            if (/Registry|Profile/.test(type)) {
                expect(run.output).toMatch(/stays: another resource of this stack stands for it/);
            }
            await expectSettled(objects);
        });
    },
);

test("the owner id is not replaced while anything bears it, and nothing is lost", async () => {
    const objects = await leftovers(environment.sandbox);
    const { code, output } = await stack.up("--replace", await urnOf("OwnerToken"));
    expect(code).not.toBe(0);
    expect(output).toMatch(/An owner id is not replaced while something bears it/);
    await expectSettled(objects);
});

test("a destroy afterwards leaves nothing", async () => {
    succeeded(await stack.destroy());
    expect(await leftovers(environment.sandbox)).toEqual([]);
});
