import { control } from "../../scripts/sandbox";
import { leftovers } from "../../scripts/leftovers";
import { recover } from "../../scripts/recover";
import { succeeded, TestEnvironment, type TestStack } from "./environment";
import { killAtCall } from "./killedRun";

jest.setTimeout(600_000);

/** Whether Palette keeps labels of registries is not known; here it does not. */
let environment: TestEnvironment;
let stack: TestStack;

beforeAll(async () => {
    environment = await TestEnvironment.create();
    await control(environment.sandbox, "PATCH", "/switches", { labels: "droppedOnRegistries" });
    stack = await environment.stack("unlabelled");
});
afterAll(() => environment?.close());

const registries = async () =>
    (await leftovers(environment.sandbox)).filter((object) => object.startsWith("registry "));

test("a registry that an interrupted run has made is the stack's own", async () => {
    await killAtCall(environment, stack, ["up", "--yes", "--skip-preview"], {
        method: "POST",
        route: "/v1/registries/oci/ecr",
    });
    succeeded(await stack.run(["cancel", "--yes"]));
    await recover({ environment: stack.stack.environment, log: () => undefined });
    expect(await registries()).toHaveLength(1);
    succeeded(await stack.up());
    expect(await registries()).toHaveLength(1);
    succeeded(await stack.run(["refresh", "--yes", "--skip-preview", "--clear-pending-creates"]));
    succeeded(await stack.up("--expect-no-changes"));
});

test("a forced replacement that cannot tell whose the registry is loses nothing", async () => {
    const { deployment } = await stack.export();
    const { urn } = deployment.resources!.find(({ type }) => type.endsWith(":OciRegistry"))!;
    const { code, output } = await stack.up("--replace", urn);
    expect(code).not.toBe(0);
    expect(output).toMatch(/registry "ecr-registry" exists already/);
    expect(await registries()).toHaveLength(1);
    succeeded(await stack.up("--expect-no-changes"));
});

test("a registry of somebody else's is refused, and stays", async () => {
    const finder = await environment.stack("finder", {
        registries: [{ name: "ecr-registry", basePath: "another-base" }],
        profile: undefined,
        "cluster.name": undefined,
    });
    const { code, output } = await finder.up();
    expect(code).not.toBe(0);
    expect(output).toMatch(
        /registry "ecr-registry" exists already .* was not created by this stack/,
    );
    succeeded(await finder.destroy());
    expect(await registries()).toHaveLength(1);
    succeeded(await stack.destroy());
    expect(await registries()).toEqual([]);
});
