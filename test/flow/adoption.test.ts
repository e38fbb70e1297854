import { leftovers } from "../../scripts/leftovers";
import { callPalette, control } from "../../scripts/sandbox";
import { succeeded, TestEnvironment } from "./environment";

jest.setTimeout(600_000);

let environment: TestEnvironment;

beforeAll(async () => {
    environment = await TestEnvironment.create();
});
afterAll(() => environment?.close());

/** What is there beside the repositories of the stack whose state was lost, and its role: AWS is never asked for them. */
const rest = async () =>
    (await leftovers(environment.sandbox)).filter((name) => !/^(ECR repo|IAM role)/.test(name));

test("what somebody else made is refused, and taken over when the user says so", async () => {
    // A stack whose state was lost: its objects are there, and belong to nobody.
    const lost = await environment.stack("lost");
    succeeded(await lost.up());
    const before = await lost.outputs();
    succeeded(await lost.run(["stack", "rm", "--force", "--yes", "--preserve-config"]));

    const registry = { name: "ecr-registry", basePath: "another-base" };
    const finder = await environment.stack("finder", { registries: [registry] });
    // One of them was made by hand: it bears no owner id at all.
    const cluster = `/v1/spectroclusters/${before.clusterUid}/metadata`;
    await callPalette(environment.sandbox, cluster, {
        project: true,
        method: "PATCH",
        body: { metadata: { name: "pack-tutorial-cluster", labels: { app: "hello-universe" } } },
    });
    for (const [refused, whose, adopted] of [
        [
            'registry "ecr-registry"',
            "belongs to another stack",
            { registries: [{ ...registry, adopt: true }] },
        ],
        [
            'cluster profile "pack-tutorial-profile" 1.0.0',
            "belongs to another stack",
            { "profile.adopt": true },
        ],
        [
            'cluster "pack-tutorial-cluster"',
            "was not created by this stack",
            { "cluster.adopt": true, "cluster.tags": ["finders-keepers"] },
        ],
    ] as const) {
        const { code, output } = await finder.run(["preview"]);
        expect(code).not.toBe(0);
        expect(output).toMatch(
            new RegExp(`${refused} exists already \\(uid \\w+\\).* ${whose}.*adopt: true`),
        );
        await finder.configure(adopted);
    }
    succeeded(await finder.up());

    const after = await finder.outputs();
    for (const key of ["registryUid", "profileUid", "clusterUid"]) {
        expect(after[key]).toBe(before[key]);
    }
    succeeded(await finder.run(["preview", "--expect-no-changes"]));
    succeeded(await finder.run(["refresh", "--yes", "--expect-no-changes"]));
    succeeded(await finder.destroy());
    expect(await rest()).toEqual([]);
});

test("what a replacement has not got to delete is there again when the configuration is set back", async () => {
    // Names of its own: the repositories of the test before are there.
    const stack = await environment.stack("undecided", {
        registries: undefined,
        profile: undefined,
        "cluster.name": undefined,
    });
    succeeded(await stack.up());
    const before = await stack.outputs();
    await stack.configure({ "profile.scope": "tenant" });
    await control(environment.sandbox, "POST", "/faults", {
        service: "palette",
        method: "DELETE",
        route: "/v1/clusterprofiles/{uid}",
        times: 0,
        status: 403,
    });
    expect((await stack.up()).code).not.toBe(0);
    await control(environment.sandbox, "DELETE", "/faults");

    await stack.configure({ "profile.scope": undefined });
    succeeded(await stack.up());
    const after = await stack.outputs();
    for (const key of ["registryUid", "profileUid", "clusterUid"]) {
        expect(after[key]).toBe(before[key]);
    }
    succeeded(await stack.run(["refresh", "--yes", "--expect-no-changes"]));
    succeeded(await stack.up("--expect-no-changes"));
    succeeded(await stack.destroy());
    expect(await rest()).toEqual([]);
});
