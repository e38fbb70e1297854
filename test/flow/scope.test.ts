import { callPalette, control } from "../../scripts/sandbox";
import { succeeded, TestEnvironment, type TestStack } from "./environment";

jest.setTimeout(600_000);

let environment: TestEnvironment;
let stack: TestStack;

beforeAll(async () => {
    environment = await TestEnvironment.create();
    stack = await environment.stack("orphaned");
    succeeded(await stack.up());
});
afterAll(() => environment?.close());

async function urns(...types: string[]): Promise<string[]> {
    const { deployment } = await stack.export();
    return (deployment.resources ?? [])
        .filter(({ type }) => types.some((name) => type.endsWith(`palette:${name}`)))
        .map(({ urn }) => urn);
}

const REST = ["OciRegistry", "ClusterProfile", "AwsCluster"];

test("a stack whose project is gone forgets nothing, says so in every run, and is taken back as docs/day-two.md says", async () => {
    const before = await urns(...REST);
    expect(before).toHaveLength(REST.length);
    const { project } = environment.sandbox.palette;
    await control(environment.sandbox, "DELETE", `/projects/${encodeURIComponent(project)}`);
    for (const deletedProject of ["404", "403", "401", "emptyProject"]) {
        await control(environment.sandbox, "PATCH", "/switches", { deletedProject });
        const runs = [
            () => stack.run(["refresh", "--yes", "--skip-preview"]),
            () => stack.destroy(),
        ];
        for (const run of runs) {
            const { code, output } = await run();
            expect(code).not.toBe(0);
            expect(output).toMatch(
                /its project \(uid \w+\) does not exist at https:.*, or the API key may not see it/,
            );
            expect(await urns(...REST)).toEqual(before);
        }
    }
    // Nothing of the project can be planned either, and the message names what is missing.
    const planned = await stack.run(["preview"]);
    expect(planned.output).toMatch(/paletteProject/);

    for (const urn of [
        ...(await urns("ApplicationUrls")),
        ...(await urns("AwsCluster")),
        ...(await urns("ClusterProfile")),
    ]) {
        succeeded(await stack.run(["state", "delete", urn, "--yes", "--force"]));
    }
    succeeded(await stack.destroy());
    const { items } = await callPalette<{ items: { name: string; scope: string }[] }>(
        environment.sandbox,
        "/v1/registries/metadata?scope=all",
    );
    expect(items.filter(({ scope }) => scope !== "system")).toEqual([]);
});
