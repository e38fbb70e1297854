import { leftovers } from "../../scripts/leftovers";
import { control } from "../../scripts/sandbox";
import { succeeded, TestEnvironment, type TestStack } from "./environment";

jest.setTimeout(300_000);

let environment: TestEnvironment;
let stack: TestStack;

beforeAll(async () => {
    environment = await TestEnvironment.create();
    const { cloudAccount, sshKeyName, availabilityZones } = environment.sandbox.seed;
    const cluster = { cloudAccount, sshKeyName, availabilityZones: availabilityZones.slice(0, 1) };
    stack = await environment.stack("fleet", {
        profile: undefined,
        profiles: [
            { name: "base", type: "infra", variables: [{ name: "team", defaultValue: "docs" }] },
            { name: "apps", type: "add-on", scope: "tenant" },
        ],
        cluster: undefined,
        clusters: [
            { ...cluster, name: "first", variables: { team: "one" } },
            {
                ...cluster,
                name: "second",
                packValues: {
                    hellouniverse: { manifests: { "hello-universe": { tag: "1.1.3" } } },
                },
            },
        ],
    });
});
afterAll(() => environment?.close());

interface Cluster {
    applicationUrls: { hellouniverse: string };
    clusterHealth: string;
}

async function clusters(): Promise<Record<string, Cluster>> {
    return (await stack.outputs<{ clusters: Record<string, Cluster> }>()).clusters;
}

test("two clusters run an infrastructure and an add-on profile, each with values of its own, and are created side by side", async () => {
    await environment.resetCalls();
    succeeded(await stack.up());
    const calls = (await environment.calls()).map(({ method, route }) => `${method} ${route}`);
    // The kubeconfig of a cluster is read when it runs.
    expect(calls.lastIndexOf("POST /v1/spectroclusters/aws")).toBeLessThan(
        calls.findIndex((call) => /adminKubeconfig/.test(call)),
    );
    expect(calls.filter((call) => call === "POST /v1/spectroclusters/aws")).toHaveLength(2);
    const { first, second } = await clusters();
    const pages = await Promise.all(
        [first!, second!].map(async ({ applicationUrls: { hellouniverse } }) =>
            (await fetch(hellouniverse)).text(),
        ),
    );
    expect(pages[0]).toContain("hello-universe:1.2.0");
    expect(pages[1]).toContain("hello-universe:1.1.3");
    succeeded(await stack.up("--expect-no-changes"));
    succeeded(await stack.run(["refresh", "--yes", "--expect-no-changes"]));
});

test("a changed profile rolls over them one by one, and stops at one that does not become healthy", async () => {
    const values = { manifests: { "hello-universe": { tag: "1.1.1" } } };
    await stack.configure({ "profiles.1.packs": [{ name: "hellouniverse", values }] });
    const route = "/clusters/first/fault";
    await control(environment.sandbox, "PUT", route, { error: "no capacity" });
    const failed = await stack.up();
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(/cluster "first" failed: Error; .*no capacity/);
    expect(failed.output).not.toMatch(/AwsCluster second updat/);

    await control(environment.sandbox, "PUT", route, {});
    const run = await stack.up();
    succeeded(run);
    const order = [...run.output.matchAll(/AwsCluster (\w+) updated/g)].map(([, name]) => name);
    expect(order).toEqual(["first", "second"]);
});

test("a protected cluster is neither deleted nor replaced", async () => {
    await stack.configure({ allowClusterDeletion: false });
    succeeded(await stack.up());
    const refused = await stack.destroy();
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/protect/);
    expect(Object.keys(await clusters())).toEqual(["first", "second"]);
});

test("a cluster is let go of without being deleted, as docs/day-two.md says, and taken back", async () => {
    const { second } = await clusters();
    const { deployment } = await stack.export();
    const { urn } = deployment.resources!.find((resource) =>
        /AwsCluster::second$/.test(resource.urn),
    )!;
    succeeded(await stack.run(["state", "delete", urn, "--target-dependents", "--force", "--yes"]));
    const configured = await stack.configured<object[]>("clusters");
    await stack.configure({ clusters: configured.slice(0, 1) });
    const run = await stack.up();
    succeeded(run);
    expect(run.output).not.toMatch(/delet/);
    expect(Object.keys(await clusters())).toEqual(["first"]);
    const page = await fetch(second!.applicationUrls.hellouniverse);
    expect(page.status).toBe(200);

    await stack.configure({
        allowClusterDeletion: true,
        clusters: [configured[0], { ...configured[1], adopt: true }],
    });
    succeeded(await stack.up());
    succeeded(await stack.destroy());
    expect(await leftovers(environment.sandbox)).toEqual([]);
});
