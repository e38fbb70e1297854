import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import * as provider from "../../packages/palette";
import {
    ApplicationUrls,
    AwsCluster,
    ClusterProfile,
    OciRegistry,
    OwnerToken,
    PackRepository,
    PackRetention,
    PaletteAwsAccount,
    RegistrySync,
    SpectroRegistry,
} from "../../packages/palette/resources";
import { recordProgram, urnOf, valueOf, type Program } from "./recordProgram";

const KUBECONFIG = "apiVersion: v1\nclusters: []\n";
const SECRET = "the-secret-access-key";

let program: Program;
beforeEach(async () => {
    program = await recordProgram((type) =>
        type.endsWith(":AwsCluster") ? { uid: "c1", kubeconfig: KUBECONFIG } : { uid: "u1" },
    );
});
afterEach(() => jest.restoreAllMocks());

const owner = { id: "m", stack: "acme/palette-custom-pack/dev" };
const registry = {
    name: "ecr-registry",
    endpoint: "host",
    basePath: "base",
    credentials: { type: "sts" as const, roleArn: "arn", externalId: "e" },
    packs: [{ name: "hellouniverse", version: "1.0.0", digest: "sha256:1" }],
    owner,
    adopt: false,
    syncTimeout: 10,
};
const profile = {
    name: "p",
    version: "1.0.0",
    description: "",
    tags: ["a", "b:c"],
    project: "p1",
    layers: [{ name: "kubernetes", version: "1.32.3", registryUid: "r1" }],
    owner,
    adopt: false,
};
const cluster = {
    name: "c",
    description: "",
    tags: [],
    project: "p1",
    cloudAccount: "a1",
    region: "us-east-1",
    sshKeyName: "mine",
    profiles: [{ uid: "u1", revision: "r", packs: [] }],
    pools: [],
    scans: { configuration: "", penetration: "", conformance: "" },
    owner,
    adopt: false,
    createTimeout: 60,
    deleteTimeout: 60,
    forceDelete: false,
};
const applications = {
    cluster: "c1",
    name: "c",
    project: "p1",
    packs: [],
    revisions: [],
    timeout: 15,
};

const place = {
    registry: { name: "ecr-registry", kind: "ecr" as const, host: "host" },
    repository: "base/spectro-packs/archive/hellouniverse",
    pack: "hellouniverse",
};
const repository = {
    ...place,
    versions: { "1.0.0": { digest: "sha256:1", path: "packs/hello-universe-pack" } },
    overwrite: false,
    forceDelete: false,
    keep: false,
    owner,
};
const old = { ...place, images: [], current: [], needed: [], keepVersions: 1, ownerId: "m" };
const spectro = {
    name: "spectro-pack-registry",
    endpoint: "https://packs.example.com",
    credentials: { type: "basic" as const, username: "admin", password: "p" },
    packs: registry.packs,
    owner,
    adopt: false,
    syncTimeout: 10,
};
const synchronized = { name: "theirs", packs: registry.packs, syncTimeout: 10 };

/** Every type: how one is made, its inputs, and its outputs. */
const types: [
    string,
    (name: string, opts?: pulumi.CustomResourceOptions) => pulumi.CustomResource,
    object,
    string[],
][] = [
    [
        "OwnerToken",
        (name, opts) => new OwnerToken(name, { stack: owner.stack }, opts),
        { stack: owner.stack },
        ["ownerId"],
    ],
    [
        "PaletteAwsAccount",
        (name, opts) => new PaletteAwsAccount(name, { partition: "aws-us-gov" }, opts),
        { partition: "aws-us-gov" },
        ["accountId", "externalId"],
    ],
    ["OciRegistry", (name, opts) => new OciRegistry(name, registry, opts), registry, ["uid"]],
    [
        "PackRepository",
        (name, opts) => new PackRepository(name, repository, opts),
        repository,
        ["published", "images", "generation", "managed", "repositoryGeneration", "arn"],
    ],
    ["PackRetention", (name, opts) => new PackRetention(name, old, opts), old, ["removed"]],
    ["SpectroRegistry", (name, opts) => new SpectroRegistry(name, spectro, opts), spectro, ["uid"]],
    [
        "RegistrySync",
        (name, opts) => new RegistrySync(name, synchronized, opts),
        synchronized,
        ["uid"],
    ],
    [
        "ClusterProfile",
        (name, opts) => new ClusterProfile(name, profile, opts),
        profile,
        ["uid", "version", "revision"],
    ],
    [
        "AwsCluster",
        (name, opts) => new AwsCluster(name, cluster, opts),
        cluster,
        ["uid", "state", "health", "kubeconfig"],
    ],
    [
        "ApplicationUrls",
        (name, opts) => new ApplicationUrls(name, applications, opts),
        applications,
        ["urls"],
    ],
];

test.each(types)(
    "%s is stored with its inputs and a reference to its provider",
    async (type, make, inputs, outputs) => {
        const resource = make("one");
        const token = `pulumi-nodejs:dynamic/palette:${type}`;
        expect(await valueOf(resource.urn)).toBe(urnOf(token, "one"));
        expect(program.find(token, "one").inputs).toEqual({
            ...inputs,
            // A change of this text is a diff in every stack that exists.
            __provider: `exports.handler = () => require("palette-provider").${type};`,
        });
        for (const name of outputs) {
            expect(pulumi.Output.isInstance(resource[name as keyof typeof resource])).toBe(true);
        }
    },
);

test.each(types)("%s takes the resource options", async (type, make) => {
    class Parent extends pulumi.ComponentResource {}
    const parent = new Parent("palette-custom-pack:index:Parent", "parent");
    const resource = make("child", { parent });
    expect(await valueOf(resource.urn)).toBe(
        urnOf(`palette-custom-pack:index:Parent$pulumi-nodejs:dynamic/palette:${type}`, "child"),
    );
});

test.each(types)("the reference of %s leads to a provider with every operation", (type) => {
    const implementation = (provider as Record<string, pulumi.dynamic.ResourceProvider>)[type]!;
    expect(implementation.configure).toBeInstanceOf(Function);
    expect(implementation.create).toBeInstanceOf(Function);
    expect(implementation.diff).toBeInstanceOf(Function);
});

test("there is a class for every provider, and the package has the name that is stored", () => {
    expect(Object.keys(provider).sort()).toEqual(types.map(([type]) => type).sort());
    const { name } = JSON.parse(readFileSync("packages/palette/package.json", "utf8"));
    expect(name).toBe("palette-provider");
});

test("a cluster's kubeconfig is a secret output", async () => {
    const resource = new AwsCluster("cluster", cluster);
    await valueOf(resource.urn);
    const token = "pulumi-nodejs:dynamic/palette:AwsCluster";
    expect(program.find(token, "cluster").secretOutputs).toEqual(["kubeconfig"]);
});

test("a registry's secret key goes to the engine as a secret", async () => {
    const credentials = pulumi.output({
        type: "secret" as const,
        accessKey: "AKIA",
        secretKey: pulumi.secret(SECRET),
    });
    const resource = new OciRegistry("registry", { ...registry, credentials });
    await valueOf(resource.urn);
    const { inputs } = program.find("pulumi-nodejs:dynamic/palette:OciRegistry", "registry");
    const ownerId = "4dabf18193072939515e22adb298388d";
    expect(inputs.credentials).toMatchObject({
        [ownerId]: "1b47061264138c4ac30d75fd1eb44270",
        value: { secretKey: SECRET },
    });
    expect(JSON.stringify({ ...inputs, credentials: undefined })).not.toContain(SECRET);
});

test("an input may be the output of another resource", async () => {
    const first = new ClusterProfile("profile", profile);
    const second = new AwsCluster("cluster", {
        ...cluster,
        profiles: [{ uid: first.uid, revision: first.revision, packs: [] }],
    });
    await valueOf(second.urn);
    const { inputs } = program.find("pulumi-nodejs:dynamic/palette:AwsCluster", "cluster");
    expect(inputs.profiles).toMatchObject([{ uid: "u1", packs: [] }]);
});
