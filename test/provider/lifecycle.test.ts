import { DeadlineError } from "../../packages/pack/userError";
import type * as pulumi from "@pulumi/pulumi";
import { unknownValue } from "@pulumi/pulumi/runtime";
import { applicationUrls } from "../../packages/palette/cluster/applicationUrls";
import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import type { AwsClusterOutputs } from "../../packages/palette/cluster/aws/awsInputs";
import { contentDigest } from "../../packages/palette/profile/profileContent";
import { clusterProfile } from "../../packages/palette/profile/clusterProfile";
import type { Call } from "../../packages/palette/api/call";
import { differ } from "../../packages/palette/lifecycle/comparison";
import { createOnce, remove } from "../../packages/palette/lifecycle/createOnce";
import { changes, partialFailure } from "../../packages/palette/lifecycle/provider";
import { ociRegistry } from "../../packages/palette/registry/ociRegistry";
import { disconnect } from "../../packages/palette/api/session";
import { connectWithFake } from "./connect";
import { fakePalette, type Answer, type FakePalette } from "./fakePalette";

jest.mock("node:timers/promises", () => ({ setTimeout: async () => undefined }));

test.each<[string, unknown, unknown, boolean]>([
    ["equal texts", "a", "a", false],
    ["other texts", "a", "b", true],
    ["a number and its text", 1, "1", true],
    ["null and nothing", null, undefined, true],
    ["absent and undefined", { a: 1 }, { a: 1, b: undefined }, false],
    ["absent and undefined, inside", [{ a: 1, b: undefined }], [{ a: 1 }], false],
    ["another order of keys", { a: 1, b: 2 }, { b: 2, a: 1 }, false],
    ["another order of items", [1, 2], [2, 1], true],
    ["one more item", [1], [1, 2], true],
    ["a value that is not known yet", { uid: "1" }, { uid: unknownValue }, true],
])("differ: %s", (_, old, now, expected) => {
    expect(differ(old, now)).toBe(expected);
});

describe("changes", () => {
    interface Inputs {
        name: string;
        tags: string[];
        deadline: number;
    }
    const inputs: Inputs = { name: "a", tags: ["t"], deadline: 1 };
    const olds = { ...inputs, uid: "1" };
    const keys = {
        replace: ["name" as const],
        update: ["tags" as const],
        deleteBeforeReplace: true,
    };
    test.each<[string, Partial<Inputs>, pulumi.dynamic.DiffResult]>([
        ["nothing", {}, { changes: false, replaces: [] }],
        ["what has no effect", { deadline: 2 }, { changes: false, replaces: [] }],
        ["what can change in place", { tags: [] }, { changes: true, replaces: [] }],
        ["identity", { name: "b" }, { changes: true, replaces: ["name"] }],
        ["both", { name: "b", tags: [] }, { changes: true, replaces: ["name"] }],
        ["what will be known later", { tags: [unknownValue] }, { changes: true, replaces: [] }],
        // Nobody can say that it will be replaced, and nobody that it stays as it is.
        ["identity to be known later", { name: unknownValue }, { changes: true, replaces: [] }],
    ])("%s", (_, change, expected) => {
        expect(changes<Inputs>(olds, { ...inputs, ...change }, keys)).toEqual({
            ...expected,
            deleteBeforeReplace: true,
        });
    });
});

describe("diff", () => {
    // The cluster is looked for: it is there.
    let palette: FakePalette;
    beforeAll(async () => {
        const running = { metadata: {}, status: { state: "Running" } };
        palette = await fakePalette(() => ({ body: running }));
        await connectWithFake(palette);
    });
    afterAll(async () => {
        await disconnect();
        await palette.close();
    });

    const owner = { id: "m", stack: "o/p/s" };
    const recorded = {
        registry: {
            provider: ociRegistry,
            olds: {
                name: "r",
                endpoint: "e",
                basePath: "b",
                credentials: {},
                packs: [],
                owner,
                adopt: false,
                syncTimeout: 10,
                uid: "1",
            },
        },
        profile: {
            provider: clusterProfile,
            olds: {
                name: "p",
                version: "1.0.0",
                description: "",
                tags: [],
                project: "1",
                layers: [],
                owner,
                adopt: false,
                uid: "1",
                valuesDigests: {},
                revision: "r",
                versions: [
                    {
                        version: "1.0.0",
                        uid: "1",
                        revision: "r",
                        contentDigest: contentDigest({ layers: [], owner }),
                        packs: [],
                        valuesDigests: {},
                    },
                ],
            },
        },
        cluster: {
            provider: awsCluster,
            olds: {
                name: "c",
                description: "",
                tags: [],
                project: "1",
                cloudAccount: "1",
                region: "us-east-1",
                sshKeyName: "k",
                profiles: [{ uid: "1", revision: "r", packs: [] }],
                pools: [],
                scans: {},
                owner,
                adopt: false,
                createTimeout: 60,
                deleteTimeout: 60,
                forceDelete: false,
                uid: "1",
                state: "Running",
                health: "Healthy",
                cloudConfigUid: "1",
                kubeconfig: "k",
            },
        },
        applications: {
            provider: applicationUrls,
            olds: { cluster: "1", name: "c", project: "1", packs: [], timeout: 15, urls: {} },
        },
    };
    test.each<[keyof typeof recorded, object, boolean, string[]]>([
        ["registry", { name: "x" }, true, ["name"]],
        ["registry", { packs: [{ name: "h", version: "1.0.0", digest: "d" }] }, true, []],
        ["registry", { credentials: { type: "sts" } }, true, []],
        ["registry", { adopt: true, syncTimeout: 1, owner: { ...owner, id: "x" } }, false, []],
        ["profile", { version: "1.1.0" }, true, []],
        ["profile", { name: "q", type: "infra" }, true, ["name", "type"]],
        ["profile", { type: "cluster", scope: "project", variables: [] }, false, []],
        ["profile", { description: "x" }, true, []],
        [
            "profile",
            {
                layers: [{ name: "l", version: "1", registryUid: unknownValue }],
                editInPlace: true,
            },
            true,
            [],
        ],
        ["profile", { adopt: true }, false, []],
        ["cluster", { region: "eu-west-1", sshKeyName: "x" }, true, ["region", "sshKeyName"]],
        ["cluster", { profiles: [{ uid: unknownValue, revision: "r", packs: [] }] }, true, []],
        [
            "cluster",
            { profiles: [{ name: "p", uid: "1", revision: "r", packs: [], variables: {} }] },
            false,
            [],
        ],
        ["cluster", { vpcId: "vpc-1" }, true, ["vpcId"]],
        ["cluster", { controlPlaneLoadBalancer: "internal" }, true, ["controlPlaneLoadBalancer"]],
        ["cluster", { vpcId: "", controlPlaneLoadBalancer: "Internet-facing" }, false, []],
        ["cluster", { osPatch: { onBoot: true } }, true, []],
        ["cluster", { createTimeout: 1 }, true, []],
        ["cluster", { deleteTimeout: 1 }, true, []],
        ["cluster", { forceDelete: true }, true, []],
        ["cluster", { repave: "approve" }, true, []],
        ["applications", { cluster: "2" }, true, []],
        ["applications", { cluster: unknownValue }, false, []],
        ["applications", { timeout: 1 }, false, []],
    ])("of the %s: %j", async (which, change, expected, replaces) => {
        const { provider, olds } = recorded[which];
        const diff = provider.diff as unknown as typeof awsCluster.diff;
        const before = olds as unknown as AwsClusterOutputs;
        expect(await diff("1", before, { ...before, ...change })).toMatchObject({
            changes: expected,
            replaces,
        });
        expect(await diff("1", before, before)).toMatchObject({ changes: false, replaces: [] });
    });
});

describe("in Palette", () => {
    let palette: FakePalette;
    async function answering(...answers: Answer[]): Promise<void> {
        palette = await fakePalette((_, number) => answers[Math.min(number, answers.length - 1)]!);
        await connectWithFake(palette);
    }
    afterEach(async () => {
        await disconnect();
        await palette.close();
    });

    const call: Call = { method: "POST", path: "/v1/things", subject: "thing", body: {} };
    const absent = async () => undefined;
    const lost: Answer = { fault: "reset" };
    const created: Answer = { status: 201, body: { uid: "new" } };

    test("an object is created with one call", async () => {
        await answering(created);
        const find = jest.fn(absent);
        expect(await createOnce(call, find)).toBe("new");
        expect(palette.seen).toHaveLength(1);
        expect(find).not.toHaveBeenCalled();
    });

    test.each<[string, Answer]>([
        ["lost", lost],
        ["cut", { ...created, fault: "cut" }],
        ["that of a gateway", { status: 502 }],
        ["a timeout of the gateway", { status: 504 }],
    ])("the answer is %s: an object that is there is taken, not made twice", async (_, answer) => {
        await answering(answer);
        expect(await createOnce(call, async () => "first")).toBe("first");
        expect(palette.seen).toHaveLength(1);
    });

    test("the answer is lost and nothing is there: the call is repeated", async () => {
        await answering(lost, lost, created);
        const find = jest.fn(absent);
        expect(await createOnce(call, find)).toBe("new");
        expect(palette.seen).toHaveLength(3);
        expect(find).toHaveBeenCalledTimes(2);
    });

    test("the repeated call collides with the first one, which was only slow to show: it is taken", async () => {
        await answering(lost, { status: 409, body: { code: "Exists" } });
        const find = jest
            .fn(absent)
            .mockResolvedValueOnce(undefined)
            .mockResolvedValue("first" as never);
        expect(await createOnce(call, find)).toBe("first");
        expect(palette.seen).toHaveLength(2);
    });

    test("it ends after some minutes, with the error of the last attempt", async () => {
        await answering(lost);
        await expect(createOnce(call, absent)).rejects.toThrow(/^thing: no answer /);
        expect(palette.seen.length).toBeGreaterThan(10);
        expect(palette.seen.length).toBeLessThan(50);
    });

    test.each([400, 403, 409, 500])("a refusal with %i is no lost answer", async (status) => {
        await answering({ status, body: { code: "No", message: "not like this" } });
        const find = jest.fn(async () => "somebody else's");
        await expect(createOnce(call, find)).rejects.toThrow("not like this");
        expect(palette.seen).toHaveLength(1);
        expect(find).not.toHaveBeenCalled();
    });

    test.each([204, 404])("deleted is what answers %i", async (status) => {
        await answering({ status, ...(status === 404 && { body: { message: "not there" } }) });
        await expect(remove({ ...call, method: "DELETE" })).resolves.toBeUndefined();
    });

    test("a 404 without Palette's error body is no deletion: it may be of a gateway or another host", async () => {
        await answering({ status: 404, body: "default backend - 404" });
        await expect(remove({ ...call, method: "DELETE" })).rejects.toThrow(
            "default backend - 404; that is no answer of Palette's: check paletteHost",
        );
    });

    test("a refusal to delete is an error", async () => {
        await answering({ status: 409, body: { code: "InUse", message: "used by a cluster" } });
        await expect(remove({ ...call, method: "DELETE" })).rejects.toThrow("used by a cluster");
    });
});

test("what is there but not ready keeps its id and its properties, for the next run", () => {
    const error = partialFailure(new DeadlineError("waited"), "1", { name: "c", uid: "1" });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
        message: "waited",
        id: "1",
        properties: { name: "c", uid: "1" },
        reasons: ["waited"],
    });
});
