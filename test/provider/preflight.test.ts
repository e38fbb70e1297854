import { getAuthorizationToken } from "@pulumi/aws/ecr/getAuthorizationToken";
import { findOras } from "../../packages/registry/oras";
import { checkPushTools, preflight } from "../../components/preflight/preflight";
import { EC2, paletteWithNames, type PaletteWithNames } from "./paletteWithNames";

jest.mock("node:timers/promises", () => ({ setTimeout: async () => undefined }));
jest.mock("@pulumi/aws/getCallerIdentity", () => ({
    getCallerIdentity: async () => ({ accountId: "123456789012", arn: "arn:aws:iam::1:user/u" }),
}));
jest.mock("@pulumi/aws/ecr/getAuthorizationToken", () => ({ getAuthorizationToken: jest.fn() }));
jest.mock("../../packages/registry/oras", () => ({ findOras: jest.fn() }));

let palette: PaletteWithNames;
beforeEach(async () => void (palette = await paletteWithNames()));
afterEach(() => palette.close());

/** The lines of the error that the preflight ends with. */
async function failure(): Promise<string[]> {
    const error: unknown = await preflight(palette.config).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(Error);
    return (error as Error).message.split("\n");
}

test("a mistake of the program's own is thrown as it is, with its stack", async () => {
    palette.config.registries = null as never;
    await expect(preflight(palette.config)).rejects.toBeInstanceOf(TypeError);
});

test("finds project, account, layers and zones", async () => {
    expect(await preflight(palette.config)).toEqual({
        project: "p1",
        registries: {},
        layers: {
            full: [
                {
                    name: "kubernetes",
                    version: "1.28.9",
                    registryUid: "public",
                    values: "a: 1\n",
                },
            ],
        },
        clusters: {
            one: {
                cloudAccount: "a2",
                pools: [
                    expect.objectContaining({
                        name: "control-plane-pool",
                        // The first zone is impaired and the second one has no such machines.
                        availabilityZones: ["us-east-1c"],
                        machine: { cpu: 4, memory: 16384 },
                    }),
                    expect.objectContaining({
                        name: "worker-pool",
                        availabilityZones: ["us-east-1d"],
                    }),
                ],
            },
        },
        existingClusters: [],
    });
});

test("of several clusters it tells which are there already; one that is being deleted is not", async () => {
    const [cluster] = palette.config.clusters;
    palette.config.clusters = ["one", "two", "three"].map((name) => ({ ...cluster!, name }));
    const item = (name: string, state: string) => ({
        metadata: { name, uid: name },
        status: { state },
    });
    palette.answers["/v1/dashboard/spectroclusters/search"] = {
        body: { items: [item("two", "Running"), item("one", "Deleting")] },
    };
    expect((await preflight(palette.config)).existingClusters).toEqual(["two"]);
});

test("takes the same zone in whatever order Palette tells them", async () => {
    const { clusters } = await preflight(palette.config);
    const answer = palette.answers[`${EC2}/availabilityzones`] as { body: { zones: unknown[] } };
    answer.body.zones.reverse();
    expect((await preflight(palette.config)).clusters).toEqual(clusters);
});

test("only reads, registries and users in the tenant and the rest in the project", async () => {
    await preflight(palette.config);
    expect(new Set(palette.seen.map(({ method }) => method))).toEqual(new Set(["GET"]));
    const inTenant = palette.seen
        .filter(({ headers }) => headers.projectuid === undefined)
        .map(({ path }) => path);
    expect(inTenant).toEqual(
        expect.arrayContaining(["/v1/dashboard/projects/metadata", "/v1/users"]),
    );
    const inProject = palette.seen.filter(({ headers }) => headers.projectuid === "p1");
    expect(inProject.map(({ path }) => path)).toEqual(
        expect.arrayContaining(["/v1/dashboard/cloudaccounts/metadata", "/v1/packs"]),
    );
    expect(inTenant.length + inProject.length).toBe(palette.seen.length);
});

describe("a wrong name is told with those that exist", () => {
    test.each<[string, () => void, RegExp]>([
        [
            "project",
            () => (palette.config.project = "X"),
            /^paletteProject: "X" .* Default, Other$/,
        ],
        [
            "cloud account",
            () => (palette.config.clusters[0]!.cloudAccount = "X"),
            /^cluster\.cloudAccount: "X" .* aws-1, aws-2$/,
        ],
        [
            "key pair",
            () => (palette.config.clusters[0]!.sshKeyName = "X"),
            /^cluster\.sshKeyName: "X" .* mine, yours$/,
        ],
        [
            "instance type",
            () => (palette.config.clusters[0]!.pools[1]!.instanceType = "X"),
            /^cluster\.workerPools\[0\]\.instanceType: "X" .*us-east-1 \(aws:region\).* m4\.xlarge, p5\.huge, t3\.large$/,
        ],
        [
            "zone",
            () => (palette.config.clusters[0]!.pools[1]!.availabilityZones = ["us-east-9z"]),
            /^cluster\.workerPools\[0\]\.availabilityZones: "us-east-9z" .* us-east-1b, us-east-1c, us-east-1d$/,
        ],
        [
            "zone without such machines",
            () => (palette.config.clusters[0]!.pools[0]!.availabilityZones = ["us-east-1b"]),
            /^cluster\.controlPlanePool\.availabilityZones: "us-east-1b" .* us-east-1c, us-east-1d$/,
        ],
        [
            "instance type without a zone",
            () => (palette.config.clusters[0]!.pools[0]!.instanceType = "p5.huge"),
            /^cluster\.controlPlanePool\.instanceType: "p5\.huge": no zone of us-east-1 /,
        ],
        [
            "registry",
            () => (palette.config.profiles[0]!.layers[0]!.registry = "X"),
            /^profile\.layers\[0\]\.registry: "X" .* Public Repo$/,
        ],
        [
            "version",
            () => palette.wantLayers("kubernetes:9.9.9"),
            /kubernetes: "9\.9\.9" .* 1\.28\.11, 1\.28\.9/,
        ],
        ["pack", () => palette.wantLayers("kubernetez:1.28.9"), /kubernetez/],
    ])("%s", async (_, spoil, message) => {
        spoil();
        const lines = await failure();
        expect(lines).toEqual([expect.stringMatching(message)]);
    });

    test("several are told at once, each once", async () => {
        palette.config.clusters[0]!.cloudAccount = "X";
        palette.wantLayers("kubernetes:9.9.9", "ubuntu-aws:1");
        const lines = await failure();
        expect(lines).toEqual([
            expect.stringMatching(/kubernetes: "9\.9\.9"/),
            expect.stringMatching(/ubuntu-aws: "1"/),
            expect.stringMatching(/^cluster\.cloudAccount/),
        ]);
    });

    test("a long list is cut, and an empty one says so", async () => {
        const keyNames = Array.from({ length: 300 }, (_, number) => `key-${number}`);
        palette.answers[`${EC2}/keypairs`] = { body: { keyNames } };
        palette.config.clusters[0]!.sshKeyName = "X";
        expect((await failure())[0]).toMatch(/^.{1,250}…$/);
        palette.answers[`${EC2}/keypairs`] = { body: {} };
        expect((await failure())[0]).toMatch(/there are none$/);
    });

    test("and of a long list the nearest one is told", async () => {
        const keyNames = Array.from({ length: 300 }, (_, number) => `key-${number}`);
        palette.answers[`${EC2}/keypairs`] = { body: { keyNames: [...keyNames, "zoe-laptop"] } };
        palette.config.clusters[0]!.sshKeyName = "zoe-labtop";
        expect((await failure())[0]).toMatch(/…; did you mean zoe-laptop\?$/);
    });

    test("a region that does not exist is one message, by the key that it comes from", async () => {
        palette.config.clusters[0]!.region = "us-esat-1";
        palette.answers["/v1/clouds/aws/regions"] = {
            body: { regions: [{ name: "us-east-1" }, { name: "eu-west-1" }] },
        };
        expect(await failure()).toEqual([
            'aws:region: "us-esat-1" is not known to Palette; it knows eu-west-1, us-east-1',
        ]);
    });

    test("a region that cannot be asked for keeps its own message", async () => {
        palette.config.clusters[0]!.region = "eu-west-1";
        palette.answers["/v1/clouds/aws/regions"] = { body: { regions: [{ name: "eu-west-1" }] } };
        expect((await failure())[0]).toMatch(/SSH key pairs of eu-west-1 \(aws:region\)/);
    });

    test("a key pair of another region is told with the region and the account", async () => {
        palette.answers[`${EC2}/keypairs`] = { body: { keyNames: null } };
        expect(await failure()).toEqual([
            'cluster.sshKeyName: "mine" is not among the EC2 key pairs in us-east-1 (aws:region) ' +
                "in the account of aws-2; there are none",
        ]);
    });
});

test.each<[string, string, RegExp]>([
    ["/v1/dashboard/projects/metadata", "items", /^paletteProject: "Default" .* none$/],
    ["/v1/dashboard/cloudaccounts/metadata", "items", /^cluster\.cloudAccount: "aws-2" .* none$/],
    ["/v1/registries/metadata", "items", /^profile\.layers\[0\]\.registry: .* none$/],
    [`${EC2}/keypairs`, "keyNames", /^cluster\.sshKeyName: "mine" .* none$/],
    [`${EC2}/availabilityzones`, "zones", /"m4\.xlarge": no zone of us-east-1 /],
    [
        `${EC2}/instancetypes`,
        "instanceTypes",
        /controlPlanePool\.instanceType: "m4\.xlarge" .* none$/,
    ],
])("%s: null is a list without %s", async (path, list, message) => {
    palette.answers[path] = { body: { [list]: null } };
    expect((await failure())[0]).toMatch(message);
});

test("what several profiles and clusters have in common is asked once", async () => {
    palette.config.profiles.push({ ...palette.config.profiles[0]!, name: "second" });
    palette.config.clusters.push({ ...palette.config.clusters[0]!, name: "two" });
    const { layers, clusters } = await preflight(palette.config);
    expect(Object.keys(layers)).toEqual(["full", "second"]);
    expect(clusters.two).toEqual(clusters.one);
    const asked = palette.seen.map(({ path, query }) => path + JSON.stringify(query));
    expect(new Set(asked).size).toBe(asked.length);
});

test.each<[number, RegExp]>([
    [401, /API key is wrong or has expired/],
    [403, /lacks the permission/],
])("an API key refused with %i is one error", async (status, message) => {
    palette.answers["/v1/dashboard/projects/metadata"] = { status };
    expect(await failure()).toEqual([expect.stringMatching(message)]);
    expect(palette.seen).toHaveLength(1);
});

test("an API key without the right of a tenant admin is an error before anything is made", async () => {
    palette.answers["/v1/users"] = { status: 403 };
    expect(await failure()).toEqual([expect.stringMatching(/tenant-admin.*403/)]);
});

describe("what packs are pushed with is asked for where a registry needs it:", () => {
    const oras = jest.mocked(findOras);
    const aws = jest.mocked(getAuthorizationToken);
    beforeEach(() => {
        oras.mockReset();
        aws.mockReset().mockResolvedValue({ proxyEndpoint: "https://ecr.example.com" } as never);
    });

    /** Registries of these kinds; one that exists has what Palette says it is after a colon. */
    const check = (...kinds: string[]) => {
        const entries = kinds.map((kind) => kind.split(":"));
        const found = entries.flatMap(([, kind], index) => (kind ? [[`r${index}`, { kind }]] : []));
        palette.config.registries = entries.map(([kind]) => ({ kind })) as never;
        return checkPushTools(
            palette.config,
            Promise.resolve({ registries: Object.fromEntries(found) }),
        );
    };

    test.each<[string[], boolean, boolean]>([
        [["ecr"], true, true],
        [["basic"], true, false],
        [["spectro"], false, false],
        [["spectro", "basic", "ecr"], true, true],
        [["existing:ecr"], true, true],
        [["existing:basic", "spectro"], true, false],
        [["existing:spectro"], false, false],
    ])("%j: oras %s, AWS %s", async (kinds, needsOras, needsAws) => {
        const { ecrHost } = await check(...kinds);
        expect(ecrHost).toBe(needsAws ? "ecr.example.com" : undefined);
        expect([oras, aws].map((mock) => mock.mock.calls.length > 0)).toEqual([
            needsOras,
            needsAws,
        ]);
    });

    test("does not wait for Palette where the configuration decides", async () => {
        palette.config.registries = [{ kind: "ecr" }] as never;
        await checkPushTools(palette.config, new Promise(() => undefined));
        expect(aws).toHaveBeenCalled();
    });

    test("tells that oras is missing, and credentials that AWS refuses", async () => {
        aws.mockRejectedValue(new Error("InvalidClientTokenId"));
        await expect(check("ecr")).rejects.toThrow(
            /^AWS gives no token for its ECR: InvalidClientTokenId; allow ecr:GetAuthorizationToken/,
        );
        oras.mockImplementation(() => {
            throw new Error("oras is not on PATH");
        });
        await expect(check("ecr")).rejects.toThrow("oras is not on PATH");
    });
});
