import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import type { AwsClusterOutputs } from "../../packages/palette/cluster/aws/awsInputs";
import { clusterProfile } from "../../packages/palette/profile/clusterProfile";
import { ownerToken, type OwnerTokenInputs } from "../../packages/palette/lifecycle/ownerToken";
import * as pulumiCli from "../../packages/palette/lifecycle/pulumiCli";
import type { StateResource } from "../../packages/palette/lifecycle/pulumiCli";
import { contentDigest } from "../../packages/palette/profile/profileContent";
import type {
    ClusterProfileInputs,
    ClusterProfileOutputs,
    ProfileVersion,
} from "../../packages/palette/profile/profileInputs";
import { configure, disconnect } from "../../packages/palette/api/session";
import { connectWithFake } from "./connect";
import { fakePalette, recordedCluster } from "./fakePalette";
import { pool } from "./tutorial";

jest.mock("../../packages/palette/lifecycle/pulumiCli", () => ({
    ...jest.requireActual<object>("../../packages/palette/lifecycle/pulumiCli"),
    readState: jest.fn(),
}));
const readState = jest.mocked(pulumiCli.readState);

let printed: string[];

beforeEach(() => {
    printed = [];
    jest.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
});
afterEach(async () => {
    jest.restoreAllMocks();
    await disconnect();
});

async function configured(keys: Record<string, string>) {
    await configure({ config: { get: (key: string) => keys[key] } } as never);
}

describe("a replacement of a cluster is told with its reason", () => {
    const olds: AwsClusterOutputs = {
        ...recordedCluster,
        name: "one",
        sshKeyName: "mine",
        pools: [pool("control-plane", true)],
    };
    const news = { ...olds, region: "eu-west-1", sshKeyName: "yours" };
    /** What a preview says of it, where the stack's state has these clusters. */
    async function reasons(state: object[], now: AwsClusterOutputs) {
        readState.mockResolvedValue({ resources: state as StateResource[] });
        const palette = await fakePalette(() => ({ body: {} }));
        try {
            await connectWithFake(palette);
            const { failures } = await awsCluster.check!(olds, now);
            return (failures ?? []).map(({ reason }) => reason);
        } finally {
            await disconnect();
            await palette.close();
        }
    }
    const recorded = (name: string, protect: boolean) => ({
        type: "pulumi-nodejs:dynamic/palette:AwsCluster",
        protect,
        outputs: { name },
    });

    test("a protected one is refused with the key that lifts the protection", async () => {
        const [reason, ...more] = await reasons([recorded("one", true)], news);
        expect(more).toEqual([]);
        expect(reason).toMatch(
            /^cluster "one" is to be deleted .*: region \(us-east-1 → eu-west-1\), sshKeyName\. It is protected/,
        );
        expect(reason).toContain("pulumi config set allowClusterDeletion true");
        expect(reason).not.toMatch(/mine|yours/);
    });

    test.each([
        ["is not protected", [recorded("one", false)]],
        ["is not in the state", [recorded("another", true)]],
    ])("one that %s is not refused", async (_, state) => {
        expect(await reasons(state, news)).toEqual([]);
    });

    test("the state is not read where nothing is replaced", async () => {
        readState.mockClear();
        expect(await reasons([recorded("one", true)], { ...olds, description: "other" })).toEqual(
            [],
        );
        expect(readState).not.toHaveBeenCalled();
    });

    test("what is replaced, and not what is not", async () => {
        await configured({});
        await awsCluster.diff("1", olds, news);
        await awsCluster.diff("1", olds, { ...olds, description: "other" } as typeof olds);
        expect(printed.filter((line) => line.includes("created again"))).toEqual([
            expect.stringMatching(/sshKeyName$/),
        ]);
    });
});

describe("clusters that the configuration does not name any more", () => {
    const olds: OwnerTokenInputs = {
        stack: "o/p/dev",
        clusters: ["first", "second"],
        protectClusters: true,
    };
    const cluster = (name: string, protect: boolean) => ({
        type: "pulumi-nodejs:dynamic/palette:AwsCluster",
        protect,
        outputs: { name },
    });
    /** What a preview refuses. */
    async function reasons(state: object[], news: Partial<OwnerTokenInputs>) {
        readState.mockResolvedValue({ resources: state as StateResource[] });
        const { failures } = await ownerToken.check!(olds, { ...olds, ...news });
        return (failures ?? []).map(({ reason }) => reason);
    }

    test("are refused where the state protects them", async () => {
        const state = [cluster("first", true), cluster("second", false)];
        const [reason, ...more] = await reasons(state, { clusters: ["third"] });
        expect(more).toEqual([]);
        expect(reason).toMatch(/^cluster "first": .*it names third\..*allowClusterDeletion true/);
        expect(reason).not.toContain("the stack was called");
    });

    test("with the stack's other name, which default names follow", async () => {
        const [reason] = await reasons([cluster("first", true)], {
            stack: "o/p/prod",
            clusters: ["first-prod"],
        });
        expect(reason).toContain("the stack was called o/p/dev");
    });

    test("go where nothing protects them, or the state does not know them", async () => {
        expect(await reasons([cluster("first", false)], { clusters: ["second"] })).toEqual([]);
        expect(await reasons([], { clusters: ["second"] })).toEqual([]);
    });

    test("are looked for only where there are any", async () => {
        readState.mockClear();
        expect(await reasons([], { clusters: ["second", "first", "third"] })).toEqual([]);
        expect(readState).not.toHaveBeenCalled();
    });

    test.each([
        [
            false,
            ["cluster first, second: not protected from deletion any more (allowClusterDeletion)"],
        ],
        [true, []],
    ])("and a change of the protection is told: protected %s", async (protectClusters, lines) => {
        expect(await reasons([], { protectClusters })).toEqual([]);
        expect(printed).toEqual(lines);
    });
});

describe("another name of the stack", () => {
    /** What is printed where Palette has a registry of this name that the stack has made. */
    async function diff(name: string, now: string) {
        const labels = { "pulumi-owner": "m" };
        const palette = await fakePalette(({ path }) => ({
            body: {
                items: path.endsWith("/oci/summary")
                    ? [{ metadata: { uid: "r", name, labels } }]
                    : [],
            },
        }));
        try {
            await connectWithFake(palette);
            const outs = { stack: "o/p/dev", ownerId: "m", tenant: "" };
            expect(await ownerToken.diff!("1", outs, { stack: now })).toEqual({ changes: false });
        } finally {
            await disconnect();
            await palette.close();
        }
        return printed.filter((line) => line.includes("the stack was called"));
    }

    test("is told where default names follow it", async () => {
        expect(await diff("ecr-registry-dev", "o/p/prod")).toEqual([
            expect.stringMatching(
                /^the stack was called o\/p\/dev and is called o\/p\/prod: .*ecr-registry-dev.*registries\[\]\.name/,
            ),
        ]);
    });

    test.each([
        ["a name that is set", "mine", "o/p/prod"],
        ["a name of the new stack", "ecr-registry-prod", "o/p/prod"],
        ["the same name", "ecr-registry-dev", "o/p/dev"],
    ])("is no matter with %s", async (_, name, now) => {
        expect(await diff(name, now)).toEqual([]);
    });
});

describe("the version of a profile that a change makes the current one is told", () => {
    const layer = (version: string) => ({ name: "web", version, registryUid: "r" });
    const inputs = (version: string, more: object = {}) =>
        ({
            name: "full",
            description: "",
            tags: [],
            project: "p",
            layers: [layer(version)],
            owner: recordedCluster.owner,
            adopt: false,
            ...more,
        }) as ClusterProfileInputs;
    const version = (number: string, pack: string): ProfileVersion => ({
        version: number,
        uid: number,
        revision: number,
        contentDigest: contentDigest(inputs(pack)),
        packs: [`web:${pack}`],
        valuesDigests: {},
    });
    const olds: ClusterProfileOutputs = {
        ...inputs("2"),
        version: "1.0.1",
        uid: "1.0.1",
        revision: "1.0.1",
        valuesDigests: {},
        versions: [version("1.0.0", "1"), version("1.0.1", "2")],
        automaticVersion: true,
    };
    const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

    test.each<[string, ClusterProfileInputs, string[]]>([
        ["a new one", inputs("3"), ['cluster profile "full" 1.0.2 follows 1.0.1']],
        [
            "one that is kept",
            inputs("1"),
            ['cluster profile "full" 1.0.0 becomes the current one again, after 1.0.1'],
        ],
        [
            "one that is asked for",
            inputs("3", { version: "2.0.0" }),
            ['cluster profile "full" 2.0.0 follows 1.0.1'],
        ],
        [
            "a new one, with a registry that is not there yet",
            inputs("3", { layers: [{ ...layer("3"), registryUid: UNKNOWN }] }),
            ['cluster profile "full" 1.0.2 follows 1.0.1'],
        ],
        ["none where nothing changes", inputs("2"), []],
        ["none in place", inputs("3", { editInPlace: true }), []],
        [
            "none where it is not known whether anything changes",
            inputs("2", { layers: [{ ...layer("2"), registryUid: UNKNOWN }] }),
            [],
        ],
    ])("%s", async (_, news, lines) => {
        await clusterProfile.diff("1.0.1", olds, news);
        expect(printed.filter((line) => line.includes("cluster profile"))).toEqual(lines);
    });
});
