import { leftovers } from "../../scripts/leftovers";
import { succeeded, TestEnvironment, type TestStack } from "./environment";
import { killAtCall } from "./killedRun";

jest.setTimeout(600_000);

let environment: TestEnvironment;
let stack: TestStack;

beforeAll(async () => {
    environment = await TestEnvironment.create();
    stack = await environment.stack("interrupted");
    succeeded(await stack.up());
});
afterAll(() => environment?.close());

async function urnOf(type: string): Promise<string> {
    const { deployment } = await stack.export();
    return deployment.resources!.find((resource) => resource.type.endsWith(`palette:${type}`))!.urn;
}

/** Forces a replacement, and kills the CLI and its plugins at a call. */
async function killReplacement(type: string, method: string, route: string): Promise<void> {
    const replace = ["up", "--yes", "--skip-preview", "--replace", await urnOf(type)];
    await killAtCall(environment, stack, replace, { method, route });
    succeeded(await stack.run(["cancel", "--yes"]));
}

const points: [type: string, method: string, route: string][] = [
    ["OciRegistry", "PUT", "/v1/registries/oci/{uid}/ecr"],
    ["ClusterProfile", "PATCH", "/v1/clusterprofiles/{uid}/metadata"],
    ["AwsCluster", "DELETE", "/v1/spectroclusters/{uid}"],
];

test.each(points)("of %s, killed at %s %s, is finished by the next up", async (...point) => {
    const objects = await leftovers(environment.sandbox);
    await killReplacement(...point);
    succeeded(await stack.up());
    expect(await leftovers(environment.sandbox)).toEqual(objects);
    succeeded(
        await stack.run([
            ...["refresh", "--yes", "--skip-preview", "--clear-pending-creates"],
            "--expect-no-changes",
        ]),
    );
    succeeded(await stack.up("--expect-no-changes"));
});

test("that was killed before it was recorded is no obstacle to a destroy, which leaves nothing", async () => {
    await killReplacement(...points[1]!);
    await killReplacement(...points[0]!);
    succeeded(await stack.destroy());
    expect(await leftovers(environment.sandbox)).toEqual([]);
});
