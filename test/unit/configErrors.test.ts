import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../../packages/pack/userError";
import { readConfig } from "../../components/config/config";
import { registryKinds } from "../../components/registries/kinds";

const REQUIRED = { cloudAccount: "aws-1", sshKeyName: "mine" };

beforeAll(async () => {
    delete process.env.SPECTROCLOUD_APIKEY;
    await pulumi.runtime.setMocks(
        {
            newResource: ({ type }) => Promise.reject(new Error(`not expected: ${type}`)),
            call: ({ token }) => Promise.reject(new Error(`not expected: ${token}`)),
        },
        "palette-custom-pack",
        "dev",
    );
});

/** The problems of a configuration with the required keys and these, one line each. Texts are set as they are. */
function problems(config: Record<string, unknown>): string[] {
    const values = { paletteApiKey: "the-key", cluster: REQUIRED, ...config };
    const set: Record<string, string> = { "aws:region": "us-east-1" };
    for (const [key, value] of Object.entries(values)) {
        set[`palette-custom-pack:${key}`] =
            typeof value === "string" ? value : JSON.stringify(value);
    }
    pulumi.runtime.setAllConfig(set);
    try {
        readConfig(registryKinds);
    } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        const [title, ...lines] = (error as Error).message.split("\n");
        return lines.length > 0 ? lines.map((line) => line.trim()) : [title!];
    }
    return [];
}

const cluster = (wrong: object) => ({ cluster: { ...REQUIRED, ...wrong } });
const registry = (wrong: object) => ({ registries: [wrong] });

describe("an error names the key's path, its value and what is expected", () => {
    test.each<[string, Record<string, unknown>, string, string, RegExp]>([
        [
            "a text for a number",
            cluster({ workerPools: [{}, { name: "b", size: "two" }] }),
            "cluster.workerPools[1].size",
            '"two"',
            /expected a number/i,
        ],
        [
            "no machines",
            cluster({ controlPlanePool: { size: 0 } }),
            "cluster.controlPlanePool.size",
            "0",
            /at least 1/,
        ],
        [
            "a part of a machine",
            cluster({ workerPools: [{ size: 1.5 }] }),
            "cluster.workerPools[0].size",
            "1.5",
            /integer/,
        ],
        [
            "a disk too big",
            cluster({ workerPools: [{ diskSize: 2001 }] }),
            "cluster.workerPools[0].diskSize",
            "2001",
            /at most 2000/,
        ],
        ["another cloud", cluster({ cloud: "azure" }), "cluster.cloud", '"azure"', /expected aws/],
        [
            "a name for no URL",
            cluster({ name: "My Cluster" }),
            "cluster.name",
            '"My Cluster"',
            /lower-case/,
        ],
        [
            "an unknown strategy",
            cluster({ workerPools: [{ updateStrategy: "X" }] }),
            "cluster.workerPools[0].updateStrategy",
            '"X"',
            /RollingUpdateScaleIn/,
        ],
        [
            "a tag of three parts",
            cluster({ tags: ["fine", "a:b:c"] }),
            "cluster.tags[1]",
            '"a:b:c"',
            /key:value/,
        ],
        [
            "a label that Kubernetes refuses",
            cluster({ workerPools: [{ labels: { fine: "", team: "a b" } }] }),
            "cluster.workerPools[0].labels.team",
            '"a b"',
            /value of Kubernetes/,
        ],
        [
            "a label's key that Kubernetes refuses",
            cluster({ controlPlanePool: { labels: { "example.com/x": "1", "a b": "1" } } }),
            "cluster.controlPlanePool.labels.a b",
            '"a b"',
            /key of Kubernetes/,
        ],
        [
            "a taint's key that Kubernetes refuses",
            cluster({ workerPools: [{ taints: [{ key: "-x", effect: "NoExecute" }] }] }),
            "cluster.workerPools[0].taints[0].key",
            '"-x"',
            /key of Kubernetes/,
        ],
        [
            "a share of nodes that is none",
            cluster({ workerPools: [{ maxSurge: "many" }] }),
            "cluster.workerPools[0].maxSurge",
            '"many"',
            /a number or a percentage/,
        ],
        ["a project without a name", { paletteProject: "" }, "paletteProject", '""', /name/],
        ["no minutes", cluster({ createTimeout: 0 }), "cluster.createTimeout", "0", /at least 1/],
        ["an empty text", cluster({ sshKeyName: " " }), "cluster.sshKeyName", '""', /not empty/],
        [
            "a time without quotes, in the form that the CLI gives it",
            cluster({ osPatch: { after: "2027-01-31 02:00:00 +0000 UTC" } }),
            "cluster.osPatch.after",
            '"2027-01-31 02:00:00 +0000 UTC"',
            /in quotes; write it in quotes in the stack's file, or set it with: pulumi config set --type string --path 'cluster\.osPatch\.after'/,
        ],
        ["a number as a version", { profile: { version: 1 } }, "profile.version", "1", /in quotes/],
        ["half a version", { profile: { version: "1.0" } }, "profile.version", '"1.0"', /1\.0\.0/],
        [
            "a layer's version",
            { profile: { layers: [{ name: "a", version: [] }] } },
            "profile.layers[0].version",
            "[]",
            /expected a version/,
        ],
        ["no packs", { packs: [] }, "packs", "[]", /at least one pack/],
        [
            "a digest of a pack that is a tag",
            { packs: [{ path: "a", digest: "1.0.0" }] },
            "packs[0].digest",
            '"1.0.0"',
            /sha256: and 64 hexadecimal digits.*packReferences/,
        ],
        [
            "a slash at the end",
            registry({ basePath: "a/" }),
            "registries[0].basePath",
            '"a/"',
            /without a leading or trailing slash/,
        ],
        [
            "Palette's part of the path",
            registry({ basePath: "a/spectro-packs/archive" }),
            "registries[0].basePath",
            '"a/spectro-packs/archive"',
            /before spectro-packs/,
        ],
        [
            "another kind of registry",
            registry({ kind: "harbor" }),
            "registries[0].kind",
            '"harbor"',
            /ecr/,
        ],
        [
            "a role that is none",
            registry({ credentials: { type: "sts", roleArn: "role", externalId: "x" } }),
            "registries[0].credentials.roleArn",
            '"role"',
            /ARN/,
        ],
        [
            "another credential",
            registry({ credentials: { type: "token" } }),
            "registries[0].credentials.type",
            '"token"',
            /sts.*secret/,
        ],
    ])("%s", (_, config, path, value, expected) => {
        const [problem, ...rest] = problems(config);
        expect(rest).toEqual([]);
        expect(problem).toMatch(expected);
        expect(problem!.startsWith(`${path}: ${value}: `)).toBe(true);
    });

    test.each<[Record<string, unknown>, string]>([
        [{ cluster: { cloudAccount: "a" } }, "cluster.sshKeyName"],
        [{ cluster: { sshKeyName: "a" } }, "cluster.cloudAccount"],
        [{ packs: [{}] }, "packs[0].path"],
        [{ profile: { layers: [{ name: "a" }] } }, "profile.layers[0].version"],
        [
            registry({ kind: "spectro", endpoint: "https://a.example.com", username: "a" }),
            "registries[0].password",
        ],
    ])("%j: what is missing is told with the command that sets it", (config, path) => {
        const [problem, ...rest] = problems(config);
        expect(rest).toEqual([]);
        expect(problem).toMatch(/^\S+: required; set it with: pulumi config set /);
        expect(problem).toContain(`--path '${path}'`);
        expect(problem!.startsWith(`${path}: `)).toBe(true);
        // A command that leaves the secret in plain text in the stack's file is no advice.
        expect(problem!.includes(" --secret ")).toBe(path.endsWith("password"));
    });

    test.each<[Record<string, unknown>, string]>([
        [cluster({ workerPool: [] }), "cluster.workerPool"],
        [cluster({ workerPools: [{ sise: 1 }] }), "cluster.workerPools[0].sise"],
        [{ profile: { pack: [] } }, "profile.pack"],
        [registry({ secretKey: "s3cr3t" }), "registries[0].secretKey"],
    ])("%j: an unknown key", (config, path) => {
        expect(problems(config)).toEqual([expect.stringMatching(/: unknown key/)]);
        expect(problems(config)[0]).toContain(`${path}: `);
    });

    test.each<[Record<string, unknown>, string]>([
        [{ credentials: { type: "sts", accessKey: "A" } }, 'credentials.accessKey: .*type "sts"'],
        [{ username: "u" }, 'username: .*kind "ecr"'],
        [
            { kind: "existing", name: "a", existingRepositories: true },
            'existingRepositories: .*kind "existing"',
        ],
    ])("%j: a key of others is not advised", (entry, expected) => {
        const [problem, ...others] = problems(registry(entry));
        expect(others).toEqual([]);
        expect(problem).toMatch(new RegExp(`^registries\\[0\\]\\.${expected}; others have it: `));
        expect(problem).not.toMatch(/Use one of|Did you mean/);
    });

    test.each<[string, Record<string, unknown>, RegExp]>([
        [
            "half a key pair",
            registry({ credentials: { type: "secret", accessKey: "A" } }),
            /^registries\[0\]\.credentials: .*accessKey and secretKey together/,
        ],
        [
            "a basic registry without credentials",
            registry({ kind: "basic", endpoint: "https://h.example.com", basePath: "p" }),
            /^registries\[0\]: expected username and password, or a token/,
        ],
        [
            "a public registry whose push has half a login",
            registry({
                kind: "basic",
                endpoint: "https://h.example.com",
                basePath: "p",
                paletteCredentials: "none",
                username: "u",
            }),
            /^registries\[0\]: expected username and password, or a token/,
        ],
        [
            "half a login for Palette",
            registry({
                kind: "basic",
                endpoint: "https://h.example.com",
                basePath: "p",
                token: "t",
                paletteCredentials: { password: "s3cr3t" },
            }),
            /^registries\[0\]\.paletteCredentials: expected username and password, or a token$/,
        ],
        [
            "an address for pushes with a login in it",
            registry({
                kind: "basic",
                endpoint: "https://h.example.com",
                basePath: "p",
                token: "t",
                pushEndpoint: "https://u:p@h.example.com",
            }),
            /^registries\[0\]\.pushEndpoint: .*without credentials/,
        ],
        [
            "a permissions boundary beside a role of the user's own",
            registry({
                credentials: {
                    type: "sts",
                    roleArn: "arn:aws:iam::123456789012:role/r",
                    externalId: "e",
                    permissionsBoundary: "arn:aws:iam::123456789012:policy/b",
                },
            }),
            /^registries\[0\]\.credentials: .*no permissionsBoundary and no path beside roleArn/,
        ],
        [
            "a path that is none",
            registry({ credentials: { type: "secret", path: "teams" } }),
            /^registries\[0\]\.credentials\.path: .*\/teams\/packs\//,
        ],
        [
            "a basic registry without a scheme",
            registry({
                kind: "basic",
                endpoint: "h.example.com",
                basePath: "p",
                username: "u",
                password: "p",
            }),
            /^registries\[0\]\.endpoint: "h\.example\.com": .*https:/,
        ],
        [
            "a pack for no registry",
            { packs: [{ path: "p", registry: "x" }] },
            /^packs\[0\]\.registry: "x": expected a registry of this stack: ecr-registry-dev/,
        ],
        [
            "two registries of one name",
            { registries: [{}, { basePath: "other" }] },
            /^registries: "ecr-registry-dev" is there twice/,
        ],
        [
            "two registries of one given name",
            { registries: [{ name: "a" }, { name: "a", basePath: "other" }] },
            /: "a" is there twice; expected every registry to have a name of its own/,
        ],
        [
            "a key beside an encryption without keys",
            registry({ encryption: { type: "AES256", kmsKey: "arn:aws:kms:eu-west-1:1:key/k" } }),
            /^registries\[0\]\.encryption: .*kmsKey goes with type: KMS/,
        ],
        [
            "two ECR registries of one default base path",
            { registries: [{}, { name: "second" }] },
            /^registries\[1\]\.basePath: "spectro-oci-registry-dev": registries\[0\] has it too; expected .*: set another one/,
        ],
        [
            "two ECR registries of one given base path, among others",
            {
                registries: [
                    { name: "first", basePath: "team/packs" },
                    {
                        kind: "basic",
                        endpoint: "https://h.example.com",
                        basePath: "team/packs",
                        token: "t",
                    },
                    { name: "second", basePath: "team/packs", existingRepositories: true },
                ],
            },
            /^registries\[2\]\.basePath: "team\/packs": registries\[0\] has it too/,
        ],
        ["cluster beside clusters", { clusters: [REQUIRED] }, /^cluster: set beside clusters/],
        [
            "a profile that is none",
            cluster({ profiles: ["x"] }),
            /^cluster\.profiles: "x": expected profiles of this stack: pack-tutorial-profile-dev/,
        ],
        [
            "two infrastructures",
            {
                profiles: [
                    { name: "a", type: "infra" },
                    { name: "b", type: "cluster" },
                ],
            },
            /^cluster\.profiles: a, b: expected one profile .*several: a, b/,
        ],
        [
            "only add-ons",
            { profiles: [{ name: "a", type: "add-on" }] },
            /^cluster\.profiles: a: expected one profile of type cluster or infra/,
        ],
        [
            "subnets without a VPC",
            cluster({ workerPools: [{ subnets: { "us-east-1a": "subnet-1" } }] }),
            /^cluster\.workerPools\[0\]\.subnets: subnets need the cluster's vpcId/,
        ],
        [
            "a size outside its limits",
            cluster({ workerPools: [{ size: 5, minSize: 1, maxSize: 3 }] }),
            /^cluster\.workerPools\[0\]\.size: 5 is not between minSize 1 and maxSize 3/,
        ],
        [
            "a price for no spot machine",
            cluster({ workerPools: [{ spotMaxPrice: "0.1" }] }),
            /^cluster\.workerPools\[0\]\.spotMaxPrice: .*needs capacityType: spot/,
        ],
        [
            "a RoleBinding without a namespace",
            cluster({
                roleBindings: [
                    {
                        type: "RoleBinding",
                        role: { kind: "Role", name: "r" },
                        subjects: [{ type: "User", name: "u" }],
                    },
                ],
            }),
            /^cluster\.roleBindings\[0\]: a RoleBinding needs a namespace/,
        ],
    ])("what does not fit together: %s", (_, config, expected) => {
        expect(problems(config)).toEqual([expect.stringMatching(expected)]);
    });

    test("an autoscaled or even control plane", () => {
        const controlPlanePool = { size: 2, minSize: 1, maxSize: 3 };
        expect(problems(cluster({ controlPlanePool }))).toEqual([
            "cluster.controlPlanePool: a control plane is not autoscaled",
            "cluster.controlPlanePool.size: a control plane has 1, 3 or 5 machines, not 2",
        ]);
    });

    test("two pools of one name, by the key of the second one", () => {
        expect(problems(cluster({ workerPools: [{}, {}] }))).toEqual([
            expect.stringMatching(
                /^cluster\.workerPools\[1\]\.name: "worker-pool": cluster\.workerPools\[0\] has this name too/,
            ),
        ]);
        const second = { ...REQUIRED, name: "b", workerPools: [{ name: "control-plane-pool" }] };
        const clusters = [{ ...REQUIRED, name: "a" }, second];
        expect(problems({ cluster: {}, clusters })).toEqual([
            expect.stringMatching(
                /^clusters\[1\]\.workerPools\[0\]\.name: "control-plane-pool": clusters\[1\]\.controlPlanePool has/,
            ),
        ]);
    });
});

test("all errors are told at once", () => {
    const wrong = {
        paletteHost: "http://palette.example.com",
        packs: [{ path: "" }],
        registries: [{ name: "X" }, { kind: "x" }],
        profile: { version: "1", tags: ["-"] },
        cluster: { region: "", workerPools: [{ size: "a" }, { size: "b" }] },
    };
    const keys = problems(wrong).map((line) => line.slice(0, line.indexOf(": ")));
    expect(keys.sort()).toEqual([
        "cluster.cloudAccount",
        "cluster.region",
        "cluster.sshKeyName",
        "cluster.workerPools[0].size",
        "cluster.workerPools[1].size",
        "packs[0].path",
        "paletteHost",
        "profile.tags[0]",
        "profile.version",
        "registries[0].name",
        "registries[1].kind",
    ]);
});

test("no region at all is told with both keys that can set it", () => {
    pulumi.runtime.setAllConfig({
        "palette-custom-pack:cluster": JSON.stringify(REQUIRED),
        "palette-custom-pack:paletteApiKey": "k",
    });
    const environment = process.env;
    const none = { AWS_CONFIG_FILE: "/nowhere", AWS_SHARED_CREDENTIALS_FILE: "/nowhere" };
    process.env = { ...environment, ...none, AWS_REGION: "", AWS_DEFAULT_REGION: "" };
    try {
        expect(() => readConfig(registryKinds)).toThrow(
            /cluster\.region: .*aws:region, AWS_REGION/,
        );
    } finally {
        process.env = environment;
    }
});

describe("no error holds a secret", () => {
    const SECRET = "87654321";
    const credentials = { type: "secret", accessKey: "AKIA", secretKey: SECRET };
    test.each<[string, unknown]>([
        ["that is a number", [{ credentials: { ...credentials, secretKey: Number(SECRET) } }]],
        ["that is a list", [{ credentials: { ...credentials, secretKey: [SECRET] } }]],
        [
            "below a key with a typing error",
            [{ credentials: { ...credentials, secretkey: SECRET } }],
        ],
        ["of an unknown type of credentials", [{ credentials: { ...credentials, type: "key" } }]],
        ["in place of the credentials", [{ credentials: SECRET }]],
        ["in place of a registry", [SECRET]],
        ["of the second registry", [{}, { credentials }]],
        ["of a registry that is in no list", { credentials }],
        ["of a registry in a list in a list", [[{ credentials }]]],
        ["in a text that is no JSON", `[{"credentials": {"secretKey": "${SECRET}"`],
    ])("%s", (_, registries) => {
        const lines = problems({ registries });
        expect(lines).not.toEqual([]);
        expect(lines.join("\n")).not.toContain(SECRET);
    });

    test("nor the API key", () => {
        const lines = problems({ paletteApiKey: SECRET, paletteHost: "http://a b", packs: [] });
        expect(lines).toHaveLength(2);
        expect(lines.join("\n")).not.toContain(SECRET);
    });

    test("nor a value anywhere below a key that Pulumi calls a secret one", () => {
        process.env.PULUMI_CONFIG_SECRET_KEYS = '["palette-custom-pack:profile"]';
        try {
            const lines = problems({
                profile: { variables: [{ name: "a", defaultValue: [SECRET] }] },
            });
            expect(lines).toEqual([
                "profile.variables[0].defaultValue: expected a text, in quotes",
            ]);
        } finally {
            delete process.env.PULUMI_CONFIG_SECRET_KEYS;
        }
    });
});
