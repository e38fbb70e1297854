import { succeeded, TestEnvironment, type TestStack } from "./environment";

jest.setTimeout(600_000);

let environment: TestEnvironment;
let stack: TestStack;

beforeAll(async () => {
    environment = await TestEnvironment.create();
    stack = await environment.stack("asked");
    succeeded(await stack.up());
});
afterAll(() => environment?.close());

/** What the provider says when it takes an input that is not known for one that is. */
const UNPREPARED = /is not a function|undefined|Cannot read/;

test("targets that others depend on are no riddle to what depends on them", async () => {
    const { deployment } = await stack.export();
    const targets = deployment.resources!.filter(({ type }) =>
        /palette:(OwnerToken|OciRegistry|ClusterProfile|AwsCluster)|ecr\/repository|iam\/role:/.test(
            type,
        ),
    );
    expect(targets.length).toBeGreaterThan(4);
    for (const { urn } of targets) {
        const { output } = await stack.run(["destroy", "--preview-only", "--target", urn]);
        expect(output).not.toMatch(UNPREPARED);
        expect(output).toMatch(/depends on|dependent|delete/);
    }
});

test("a registry of another kind under the same name is planned as a replacement", async () => {
    const { harbor, caFile } = environment.sandbox;
    const { endpoint, project, username, password } = harbor;
    const basic = {
        kind: "basic",
        name: "ecr-registry",
        endpoint,
        basePath: project,
        username,
        caFile,
    };
    await stack.configure({ registries: [basic] });
    await stack.configureSecret("registries[0].password", password);
    const run = await stack.run(["preview", "--diff"]);
    expect(run.output).not.toMatch(UNPREPARED);
    succeeded(run);
    expect(run.output).toMatch(
        /palette:OciRegistry: \(delete-replace\)|palette:OciRegistry: \(replace\)/,
    );
});
