import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../../packages/pack/userError";
import { readConfig, type Config } from "../../components/config/config";
import type { EcrEntry } from "../../components/registries/ecr";
import { registryKinds } from "../../components/registries/kinds";
import { consoleUrl } from "../../packages/palette/api/settings";

const REQUIRED = { cloudAccount: "aws-1", sshKeyName: "mine" };
const environment = { ...process.env };
const mocks: pulumi.runtime.Mocks = {
    newResource: () => {
        throw new Error("the configuration makes no resource");
    },
    call: ({ token }) => {
        throw new Error(`the configuration calls nothing: ${token}`);
    },
};

beforeEach(async () => {
    process.env = { ...environment };
    delete process.env.SPECTROCLOUD_HOST;
    delete process.env.SPECTROCLOUD_APIKEY;
    Object.assign(process.env, { AWS_REGION: "", AWS_DEFAULT_REGION: "", AWS_PROFILE: "" });
    process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = "/nowhere";
    await pulumi.runtime.setMocks(mocks, "palette-custom-pack", "dev");
});
afterAll(() => void (process.env = environment));

/** Reads a configuration: the required keys and these. Objects are set as the engine does, as JSON. */
function read(config: Record<string, unknown>): Config {
    const values = {
        "aws:region": "us-east-1",
        paletteApiKey: "the-key",
        cluster: REQUIRED,
        ...config,
    };
    const entries = Object.entries(values).filter(([, value]) => value !== undefined);
    pulumi.runtime.setAllConfig(
        Object.fromEntries(
            entries.map(([key, value]) => [
                key.includes(":") ? key : `palette-custom-pack:${key}`,
                typeof value === "string" ? value : JSON.stringify(value),
            ]),
        ),
    );
    return readConfig(registryKinds);
}

/** The one registry, profile and cluster of a configuration. */
function one({ registries, profiles, clusters, ...rest }: Config) {
    expect([registries, profiles, clusters].map(({ length }) => length)).toEqual([1, 1, 1]);
    return { ...rest, registry: registries[0]!, profile: profiles[0]!, cluster: clusters[0]! };
}

/** The problems that a configuration has, one line each. */
function problems(config: Record<string, unknown>): string[] {
    try {
        read(config);
    } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        const [title, ...lines] = (error as Error).message.split("\n");
        expect(title).toContain("stack dev");
        return lines.map((line) => line.trim());
    }
    return [];
}

describe("defaults", () => {
    test("are the tutorial's", () => {
        const pool = {
            size: 1,
            instanceType: "m4.xlarge",
            diskSize: 60,
            availabilityZones: [],
            updateStrategy: "RollingUpdateScaleOut",
        };
        const tags = ["spectro-cloud-education", "app:hello-universe", "terraform_managed:false"];
        expect(read({})).toEqual({
            palette: {
                host: "api.spectrocloud.com",
                scheme: "https",
                apiKey: "the-key",
                ca: undefined,
            },
            project: "Default",
            packs: [{ path: "packs/hello-universe-pack", registry: "ecr-registry-dev" }],
            overwritePacks: false,
            allowClusterDeletion: false,
            severalClusters: false,
            registries: [
                {
                    kind: "ecr",
                    name: "ecr-registry-dev",
                    basePath: "spectro-oci-registry-dev",
                    credentials: { type: "sts" },
                    adopt: false,
                    forceDelete: false,
                    existingRepositories: false,
                    immutableTags: false,
                    scanOnPush: false,
                    syncTimeout: 10,
                },
            ],
            profiles: [
                {
                    key: "profile",
                    secret: false,
                    type: "cluster",
                    scope: "project",
                    editInPlace: false,
                    name: "pack-tutorial-profile-dev",
                    description: "My cluster profile as part of the packs tutorial.",
                    tags,
                    layers: [
                        { name: "ubuntu-aws", version: "22.04", registry: "Public Repo" },
                        { name: "kubernetes", version: "1.32.3", registry: "Public Repo" },
                        { name: "cni-calico", version: "3.29.3", registry: "Public Repo" },
                        { name: "csi-aws-ebs", version: "1.41.0", registry: "Public Repo" },
                    ],
                    defaultLayers: true,
                    adopt: false,
                },
            ],
            clusters: [
                {
                    key: "cluster",
                    secret: false,
                    profiles: ["pack-tutorial-profile-dev"],
                    rolloutGroup: 1,
                    repave: "stop",
                    cloud: "aws",
                    name: "pack-tutorial-cluster-dev",
                    description: expect.any(String),
                    tags,
                    ...REQUIRED,
                    region: "us-east-1",
                    regionKey: "aws:region",
                    availabilityZones: [],
                    pools: [
                        {
                            ...pool,
                            name: "control-plane-pool",
                            controlPlane: true,
                            controlPlaneAsWorker: true,
                            labels: {
                                owner: "docs",
                                purpose: "tutorial",
                                type: "control-plane-node",
                            },
                        },
                        {
                            ...pool,
                            name: "worker-pool",
                            controlPlane: false,
                            controlPlaneAsWorker: false,
                            labels: { owner: "docs", purpose: "tutorial", type: "worker-node" },
                        },
                    ],
                    scans: {
                        configuration: "0 0 * * SUN",
                        penetration: "0 0 * * SUN",
                        conformance: "0 0 1 * *",
                    },
                    adopt: false,
                    createTimeout: 60,
                    deleteTimeout: 60,
                    forceDelete: false,
                    applicationTimeout: 15,
                },
            ],
        });
    });

    test("are taken for what Pulumi.yaml declares as empty", () => {
        const declared = {
            paletteHost: "",
            paletteCaFile: "",
            registries: [{ kind: "ecr" }],
            profile: {},
            profiles: [],
            clusters: [],
        };
        expect(read(declared)).toEqual(read({}));
    });

    test.each([
        ["prod", "prod"],
        ["Feature_7", "feature-7"],
    ])("of names end with the stack's: %s", async (stack, ending) => {
        await pulumi.runtime.setMocks(mocks, "palette-custom-pack", stack);
        const { registry, profile, cluster } = one(read({}));
        const names = [registry.name, (registry as EcrEntry).basePath, profile.name, cluster.name];
        expect(names.every((name) => name.endsWith(`-${ending}`))).toBe(true);
        expect(new Set(names).size).toBe(4);
    });
});

test("what is set stays as it is", () => {
    const { registry, profile, cluster, project } = one(
        read({
            paletteProject: "Team",
            registries: [{ name: "ecr-registry", basePath: "spectro-oci-registry" }],
            profile: {
                name: "pack-tutorial-profile",
                spectroProxy: "1.4.x",
                layers: [
                    { name: "kubernetes", version: "1.28", registry: "Mine", values: { a: [1] } },
                ],
            },
            cluster: {
                ...REQUIRED,
                name: "pack-tutorial-cluster",
                region: "eu-west-1",
                availabilityZones: ["eu-west-1a"],
                controlPlanePool: { size: 3, asWorker: false },
                workerPools: [
                    { name: "a", size: 2 },
                    { name: "b", availabilityZones: ["eu-west-1b"], labels: {} },
                ],
            },
        }),
    );
    expect(project).toBe("Team");
    expect(registry).toMatchObject({ name: "ecr-registry", basePath: "spectro-oci-registry" });
    expect(profile).toMatchObject({
        name: "pack-tutorial-profile",
        spectroProxy: "1.4.x",
        layers: [{ name: "kubernetes", version: "1.28", registry: "Mine", values: { a: [1] } }],
    });
    expect(cluster).toMatchObject({ name: "pack-tutorial-cluster", region: "eu-west-1" });
    expect(cluster.pools).toMatchObject([
        { size: 3, controlPlaneAsWorker: false, availabilityZones: ["eu-west-1a"] },
        { name: "a", size: 2, availabilityZones: ["eu-west-1a"] },
        { name: "b", size: 1, availabilityZones: ["eu-west-1b"], labels: {} },
    ]);
});

describe("a cluster without a region has that of the AWS provider:", () => {
    test.each<[string, Record<string, string>, Record<string, string>, string]>([
        ["eu-west-1", { "aws:region": "eu-west-1" }, { AWS_REGION: "eu-west-2" }, "aws:region"],
        ["eu-west-2", {}, { AWS_REGION: "eu-west-2", AWS_DEFAULT_REGION: "r" }, "AWS_REGION"],
        ["eu-west-3", {}, { AWS_DEFAULT_REGION: "eu-west-3" }, "AWS_DEFAULT_REGION"],
        ["ap-south-1", { "aws:profile": "work" }, {}, "the AWS profile work"],
        ["sa-east-1", {}, {}, "the AWS profile default"],
    ])("%s", (region, config, env, regionKey) => {
        const folder = mkdtempSync(join(tmpdir(), "aws "));
        const file = join(folder, "config");
        writeFileSync(file, "[default]\nregion = sa-east-1\n[profile work]\nregion=ap-south-1\n");
        Object.assign(process.env, env, { AWS_CONFIG_FILE: file });
        try {
            const { cluster } = one(read({ "aws:region": undefined, ...config }));
            expect(cluster).toMatchObject({ region, regionKey });
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});

test("several registries, profiles and clusters", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const config = read({
        packs: [{ path: "a" }, { path: "b", registry: "harbor", digest }],
        registries: [
            {},
            {
                kind: "basic",
                name: "harbor",
                endpoint: "https://harbor.example.com/",
                basePath: "team",
                username: "robot",
                password: "secret",
            },
            { kind: "existing", name: "theirs" },
        ],
        profiles: [
            { name: "infra", type: "infra" },
            { name: "apps", type: "add-on" },
        ],
        cluster: undefined,
        clusters: [
            { ...REQUIRED, name: "one", rolloutGroup: 2 },
            { ...REQUIRED, name: "two", profiles: ["infra"] },
        ],
        keepVersions: 3,
    });
    expect(config.packs.map(({ registry }) => registry)).toEqual(["ecr-registry-dev", "harbor"]);
    expect(config.packs.map((pack) => pack.digest)).toEqual([undefined, digest]);
    expect(config.registries[1]).toMatchObject({ endpoint: "https://harbor.example.com" });
    expect(config.profiles.map(({ layers }) => layers.length)).toEqual([4, 0]);
    expect(config).toMatchObject({ severalClusters: true, keepVersions: 3 });
    expect(config.clusters).toMatchObject([
        { name: "one", key: "clusters[0]", profiles: ["infra", "apps"], rolloutGroup: 2 },
        { name: "two", key: "clusters[1]", profiles: ["infra"], rolloutGroup: 2 },
    ]);
});

describe("the connection to Palette", () => {
    test.each<[string, string | undefined, string | undefined, string, string]>([
        ["the public one", undefined, undefined, "https", "api.spectrocloud.com"],
        ["the environment's", undefined, "env.example.com", "https", "env.example.com"],
        ["the configured one first", "a.example.com", "env.example.com", "https", "a.example.com"],
        ["with a port", "a.example.com:8443", undefined, "https", "a.example.com:8443"],
        [
            "with a scheme and a slash",
            "https://a.example.com/",
            undefined,
            "https",
            "a.example.com",
        ],
        ["http on the loopback", "http://127.0.0.1:8080", undefined, "http", "127.0.0.1:8080"],
        ["http on localhost", "http://localhost:8080", undefined, "http", "localhost:8080"],
        ["http on the loopback of IPv6", "http://[::1]:80", undefined, "http", "[::1]:80"],
    ])("host: %s", (_, paletteHost, variable, scheme, host) => {
        process.env.SPECTROCLOUD_HOST = variable ?? "";
        expect(read({ paletteHost }).palette).toMatchObject({ scheme, host });
    });

    test.each([
        ["http://palette.example.com", /unencrypted/],
        ["http://127.0.0.1.example.com", /unencrypted/],
        ["http://localhost.example.com:80", /unencrypted/],
        ["http://10.0.0.1", /unencrypted/],
        ["https://palette.example.com/v1", /host or host:port/],
        ["https://user:hidden@palette.example.com", /host or host:port/],
        ["ftp://palette.example.com", /host or host:port/],
        ["two words", /host or host:port/],
    ])("host %s is refused", (paletteHost, expected) => {
        expect(problems({ paletteHost })).toEqual([expect.stringMatching(expected)]);
        expect(problems({ paletteHost })[0]).toMatch(/^paletteHost: /);
    });

    test("the API key of the environment comes first", () => {
        process.env.SPECTROCLOUD_APIKEY = "the-environment's";
        expect(read({}).palette.apiKey).toBe("the-environment's");
        expect(read({ paletteApiKey: undefined }).palette.apiKey).toBe("the-environment's");
    });

    test("without an API key says how to set it", () => {
        expect(problems({ paletteApiKey: undefined })).toEqual([
            expect.stringMatching(/^paletteApiKey: .*SPECTROCLOUD_APIKEY.*--secret paletteApiKey/),
        ]);
    });

    test("the authority of a self-hosted Palette is read from its file", () => {
        const folder = mkdtempSync(join(tmpdir(), "ca-"));
        try {
            const [ca, otherFile] = [join(folder, "ca.pem"), join(folder, "other")] as const;
            writeFileSync(ca, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
            writeFileSync(otherFile, "no certificate");
            expect(read({ paletteCaFile: ca }).palette.ca).toContain("AAAA");
            expect(problems({ paletteCaFile: otherFile })).toEqual([
                `paletteCaFile: "${otherFile}" holds no PEM certificate`,
            ]);
            expect(problems({ paletteCaFile: `${ca}.no` })).toEqual([
                expect.stringMatching(/^paletteCaFile: ".*ca\.pem\.no" cannot be read \(ENOENT\)/),
            ]);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    test("the console of the public Palette has a host of its own", () => {
        const of = (host: string) => consoleUrl({ host, scheme: "https", apiKey: "" });
        expect(of("api.spectrocloud.com")).toBe("https://console.spectrocloud.com");
        expect(of("palette.example.com:8443")).toBe("https://palette.example.com:8443");
    });
});
