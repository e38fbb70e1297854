import { control } from "../../scripts/sandbox";
import { succeeded, TestEnvironment, type TestStack } from "./environment";

jest.setTimeout(600_000);

let environment: TestEnvironment;
let stack: TestStack;

beforeAll(async () => {
    environment = await TestEnvironment.create();
    stack = await environment.stack("aging");
    succeeded(await stack.up());
});
afterAll(() => environment?.close());

test("a layer that is taken out of its registry stops no change but that of the profile", async () => {
    await control(environment.sandbox, "PUT", "/packs/Public%20Repo/csi-aws-ebs/1.41.0/fault", {
        removed: true,
    });
    await environment.resetCalls();
    const unchanged = await stack.up("--expect-no-changes");
    succeeded(unchanged);
    expect(unchanged.output).toMatch(
        /warning: profile\.layers\[3\]\.version of csi-aws-ebs: "1\.41\.0"/,
    );

    await stack.configure({ "cluster.workerPools": [{ size: 2 }] });
    const scaled = await stack.run(["up", "--yes"]);
    succeeded(scaled);
    const writes = (await environment.calls()).filter(({ method }) => method !== "GET");
    expect(writes.filter(({ route }) => route.includes("machinePools"))).toHaveLength(1);
    expect(writes.filter(({ route }) => /^\/v1\/clusterprofiles/.test(route))).toEqual([]);

    await stack.configure({
        "profile.layers": [
            { name: "ubuntu-aws", version: "22.04" },
            { name: "kubernetes", version: "1.32.3", values: { pack: { own: true } } },
            { name: "cni-calico", version: "3.29.3" },
            { name: "csi-aws-ebs", version: "1.41.0" },
        ],
    });
    const changed = await stack.run(["preview"]);
    expect(changed.code).not.toBe(0);
    expect(changed.output).toMatch(
        /profile\.layers\[3\]\.version of csi-aws-ebs: "1\.41\.0" is not known[^]*take csi-aws-ebs 1\.22\.0, or take the change back/,
    );
    succeeded(await stack.destroy());
});
