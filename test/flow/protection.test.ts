import { leftovers } from "../../scripts/leftovers";
import { succeeded, TestEnvironment, type TestStack } from "./environment";

jest.setTimeout(300_000);

let environment: TestEnvironment;
let stack: TestStack;
let uid: string;

beforeAll(async () => {
    environment = await TestEnvironment.create();
    stack = await environment.stack("guarded", {
        allowClusterDeletion: false,
        "cluster.name": "kept",
    });
    succeeded(await stack.up());
    uid = (await stack.outputs<{ clusterUid: string }>()).clusterUid;
});
afterAll(() => environment?.close());

/** The refusal of a preview, which is ours and not the engine's. */
async function refusal(): Promise<string> {
    const { code, output } = await stack.run(["preview"]);
    expect(code).not.toBe(0);
    expect(output).not.toMatch(/protect` flag|marked for protection/);
    expect(output).toContain("pulumi config set allowClusterDeletion true");
    const [, diagnostics] = output.split("Diagnostics:");
    const lines = diagnostics!.split("\n").filter((line) => line.includes("allowClusterDeletion"));
    expect(lines).toHaveLength(1);
    return lines[0]!;
}

test("a protected cluster is not replaced: why, and what lets it go", async () => {
    await stack.configure({ "cluster.controlPlaneLoadBalancer": "internal" });
    expect(await refusal()).toMatch(
        /cluster "kept" is to be deleted .*: controlPlaneLoadBalancer\./,
    );
    await stack.configure({ "cluster.controlPlaneLoadBalancer": undefined });
});

test("clusters in place of cluster keep what has the same name", async () => {
    const cluster = await stack.configured<object>("cluster");
    await stack.configure({ cluster: undefined, clusters: [cluster] });
    succeeded(await stack.up("--expect-no-changes"));
    const { clusters } = await stack.outputs<{ clusters: { kept: { clusterUid: string } } }>();
    expect(clusters.kept.clusterUid).toBe(uid);
});

test("a protected cluster that the configuration does not name any more stays, and nothing is made in its place", async () => {
    await stack.configure({ "clusters.0.name": "renamed" });
    expect(await refusal()).toMatch(
        /cluster "kept": .* does not name it any more; it names renamed/,
    );
    const before = await leftovers(environment.sandbox);
    expect((await stack.up()).code).not.toBe(0);
    expect(await leftovers(environment.sandbox)).toEqual(before);
});

test("it goes when its protection is lifted first, which a preview tells", async () => {
    await stack.configure({ "clusters.0.name": "kept", allowClusterDeletion: true });
    const preview = await stack.run(["preview"]);
    succeeded(preview);
    expect(preview.output).toContain("cluster kept: not protected from deletion any more");
    succeeded(await stack.up());
    expect((await stack.run(["preview"])).output).not.toContain("protected");

    await stack.configure({ "clusters.0.name": "renamed" });
    succeeded(await stack.up());
    const { clusters } = await stack.outputs<{ clusters: object }>();
    expect(Object.keys(clusters)).toEqual(["renamed"]);
    succeeded(await stack.destroy());
    expect(await leftovers(environment.sandbox)).toEqual([]);
});
