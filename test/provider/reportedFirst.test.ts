import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import type { AwsClusterOutputs } from "../../packages/palette/cluster/aws/awsInputs";
import { clusterProfile } from "../../packages/palette/profile/clusterProfile";
import { ownerToken } from "../../packages/palette/lifecycle/ownerToken";
import { contentDigest } from "../../packages/palette/profile/profileContent";
import type {
    ClusterProfileInputs,
    ClusterProfileOutputs,
    ProfileVersion,
} from "../../packages/palette/profile/profileInputs";
import { configure, disconnect } from "../../packages/palette/api/session";
import { connectWithFake } from "./connect";
import { fakePalette, recordedCluster } from "./fakePalette";

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
    const olds: AwsClusterOutputs = { ...recordedCluster, name: "one", sshKeyName: "mine" };
    const news = { ...olds, region: "eu-west-1", sshKeyName: "yours" };

    test("and, of a protected one, with the key that lifts the protection", async () => {
        await configured({});
        const { replaces } = await awsCluster.diff("1", olds, news);
        expect(replaces).toEqual(["region", "sshKeyName"]);
        const line = printed.find((printedLine) => printedLine.includes("created again"));
        expect(line).toMatch(
            /^cluster "one" is to be deleted .*: region \(us-east-1 → eu-west-1\), sshKeyName\. It is protected/,
        );
        expect(line).toContain("pulumi config set allowClusterDeletion true");
        expect(line).not.toMatch(/mine|yours/);
    });

    test("without it where the deletion is allowed", async () => {
        await configured({ allowClusterDeletion: "true" });
        await awsCluster.diff("1", olds, news);
        const line = printed.find((printedLine) => printedLine.includes("created again"));
        expect(line).toMatch(/sshKeyName$/);
    });

    test("and what is not replaced is not told", async () => {
        await configured({});
        await awsCluster.diff("1", olds, { ...olds, description: "other" } as typeof olds);
        expect(printed.filter((printedLine) => printedLine.includes("created again"))).toEqual([]);
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
