import * as pulumi from "@pulumi/pulumi";
import { EcrRepositories } from "../../components/ecrRepositories";
import { PackArtifact } from "../../components/packArtifact";
import {
    packRegistry,
    type BasicRegistryArgs,
    type EcrRegistryArgs,
    type PackRegistry,
    type RegistryArgs,
} from "../../components/packRegistry";
import { PackRetention } from "../../components/packRetention";
import { paletteRegistry } from "../../components/paletteRegistry";
import { recordProgram, urnOf, valueOf, type Program } from "./recordProgram";

const HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const PLACE = "base/path/spectro-packs/archive/hellouniverse";
const DIGEST = `sha256:${"a".repeat(64)}`;
const OLD_DIGEST = `sha256:${"b".repeat(64)}`;
const SECRET = "the-secret-access-key";
/** What the command of a pack with two versions prints. */
const HISTORY = {
    repository: `${HOST}/${PLACE}`,
    images: [
        { version: "0.9.0", digest: OLD_DIGEST },
        { version: "1.0.0", digest: DIGEST },
    ],
};

let program: Program;
beforeEach(async () => void (program = await recordProgram(computed)));
afterEach(() => jest.restoreAllMocks());

/** What a provider adds to the inputs. */
function computed(type: string, inputs: Record<string, unknown>): Record<string, unknown> {
    switch (type) {
        case "aws:ecr/repository:Repository":
            return {
                repositoryUrl: `${HOST}/${inputs.name}`,
                arn: `arn:aws:ecr:us-east-1:123456789012:repository/${inputs.name}`,
            };
        case "aws:iam/role:Role":
            return { name: "reader-1", arn: "arn:aws:iam::123456789012:role/reader-1" };
        case "pulumi-nodejs:dynamic/palette:PaletteAwsAccount":
            return { accountId: "210987654321", externalId: "external-1" };
        case "aws:iam/user:User":
            return { name: "reader-1" };
        case "aws:iam/accessKey:AccessKey":
            return { secret: SECRET };
        case "pulumi-nodejs:dynamic/palette:PackVersions":
            return { foreign: [] };
        case "command:local:Command":
            return { stdout: JSON.stringify(HISTORY) };
        default:
            return {};
    }
}

const REPOSITORY = "aws:ecr/repository:Repository";
const COMMAND = "command:local:Command";
const INDEX = "palette-custom-pack:index";
describe("EcrRepositories", () => {
    const args: EcrRegistryArgs = {
        kind: "ecr",
        name: "ecr-registry",
        basePath: "base/path",
        packNames: ["hellouniverse", "other"],
        forceDelete: false,
        credentials: { type: "sts" },
    };
    const archive = "base/path/spectro-packs/archive";
    const other = `${archive}/other`;
    const parts = [archive, `${archive}/hellouniverse`, other];
    const repositories = [
        `${INDEX}:PackRegistry packs`,
        ...parts.map((part) => `${REPOSITORY} ${part}`),
        ...parts.map((part) => `${COMMAND} ${part}-contents`),
    ];

    test("makes Palette's repositories, each with a look at what is in it before it goes", async () => {
        const packs = new EcrRepositories("packs", args);
        expect(await valueOf(packs.endpoint)).toBe(HOST);
        expect(await valueOf(pulumi.output(packs.repositoryUrls))).toEqual({
            hellouniverse: `${HOST}/${archive}/hellouniverse`,
            other: `${HOST}/${archive}/other`,
        });
        expect(program.find(REPOSITORY, archive).inputs).toEqual({
            name: archive,
            forceDelete: false,
        });
        expect(program.find(REPOSITORY, other).inputs).toEqual({
            name: other,
            forceDelete: false,
        });
        expect(program.find(COMMAND, `${other}-contents`).inputs).toEqual({
            delete: expect.stringMatching(/ assert-empty$/),
            environment: {
                ECR_REPOSITORY: other,
                ECR_FORCE_DELETE: "false",
                PULUMI_STACK_NAME: "acme/palette-custom-pack/dev",
            },
        });
    });

    test("makes by default a role that Palette alone can assume, and that can read its repositories only", async () => {
        const packs = new EcrRepositories("packs", args);
        expect(await valueOf(packs.credentials)).toEqual({
            type: "sts",
            roleArn: "arn:aws:iam::123456789012:role/reader-1",
            externalId: "external-1",
        });
        expect(program.typesAndNames()).toEqual(
            [
                ...repositories,
                "aws:iam/role:Role packs-reader",
                "aws:iam/rolePolicy:RolePolicy packs-reader",
                "pulumi-nodejs:dynamic/palette:PaletteAwsAccount packs-palette",
            ].sort(),
        );
        const role = program.find("aws:iam/role:Role", "packs-reader").inputs;
        expect(JSON.parse(role.assumeRolePolicy as string).Statement).toEqual([
            {
                Effect: "Allow",
                Action: "sts:AssumeRole",
                Principal: { AWS: "arn:aws:iam::210987654321:root" },
                Condition: { StringEquals: { "sts:ExternalId": "external-1" } },
            },
        ]);
        const { policy, role: of } = program.find(
            "aws:iam/rolePolicy:RolePolicy",
            "packs-reader",
        ).inputs;
        expect(of).toBe("reader-1");
        const statements: { Action: string[]; Resource: string | string[] }[] = JSON.parse(
            policy as string,
        ).Statement;
        const actions = statements.flatMap(({ Action }) => Action);
        expect(
            actions.filter((one) => !/^ecr:(Get|List|Describe|Batch(Get|Check))/.test(one)),
        ).toEqual([]);
        expect(actions.join()).not.toContain("*");
        // AWS knows no narrower resource for what concerns the registry as a whole.
        const everywhere = statements.filter(({ Resource }) => Resource === "*");
        expect(everywhere.flatMap(({ Action }) => Action)).not.toContain("ecr:BatchGetImage");
        const arn = `arn:aws:ecr:us-east-1:123456789012:repository/${archive}`;
        expect(statements.filter((one) => !everywhere.includes(one))).toMatchObject([
            { Resource: [arn, `${arn}/*`] },
        ]);
    });

    test.each<[string, EcrRegistryArgs["credentials"], object, boolean]>([
        [
            "a role",
            { type: "sts", roleArn: "arn:aws:iam::1:role/r", externalId: "e" },
            { type: "sts", roleArn: "arn:aws:iam::1:role/r", externalId: "e" },
            false,
        ],
        [
            "a key pair",
            { type: "secret", accessKey: "AKIA", secretKey: SECRET },
            { type: "secret", accessKey: "AKIA", secretKey: SECRET },
            true,
        ],
    ])(
        "hands %s on, makes no role, and tells no secret",
        async (_, credentials, expected, secret) => {
            const packs = new EcrRepositories("packs", { ...args, credentials });
            expect(await valueOf(packs.credentials)).toEqual(expected);
            expect(await pulumi.isSecret(packs.credentials)).toBe(secret);
            await valueOf(pulumi.output(packs.repositoryUrls));
            expect(program.typesAndNames()).toEqual([...repositories].sort());
            expect(JSON.stringify(program)).not.toContain(SECRET);
        },
    );

    test("makes a user that may do no more than the role, and its key, when asked for a key pair without one", async () => {
        const packs = new EcrRepositories("packs", { ...args, credentials: { type: "secret" } });
        expect(await valueOf(packs.credentials)).toEqual({
            type: "secret",
            accessKey: "packs-reader-id",
            secretKey: SECRET,
        });
        expect(program.typesAndNames()).toEqual(
            [
                ...repositories,
                "aws:iam/user:User packs-reader",
                "aws:iam/userPolicy:UserPolicy packs-reader",
                "aws:iam/accessKey:AccessKey packs-reader",
            ].sort(),
        );
        const { user, policy } = program.find(
            "aws:iam/userPolicy:UserPolicy",
            "packs-reader",
        ).inputs;
        expect(user).toBe("reader-1");
        expect(policy).toContain("ecr:GetAuthorizationToken");
        expect(policy).toContain("ecr:BatchGetImage");
        expect(policy).not.toMatch(/ecr:(Put|Delete|Create|\*)/);
    });

    test("names accounts in the partition of the AWS provider", async () => {
        jest.restoreAllMocks();
        const arnOf = (inputs: Record<string, unknown>) =>
            `arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/${inputs.name}`;
        program = await recordProgram(
            (type, inputs) => ({
                ...computed(type, inputs),
                ...(type === REPOSITORY && { arn: arnOf(inputs) }),
            }),
            "aws-us-gov",
        );
        const packs = new EcrRepositories("packs", { ...args, pullAccounts: ["210987654321"] });
        await valueOf(pulumi.all([packs.credentials, pulumi.output(packs.repositoryUrls)]));
        const account = "pulumi-nodejs:dynamic/palette:PaletteAwsAccount";
        expect(program.find(account, "packs-palette").inputs).toMatchObject({
            partition: "aws-us-gov",
        });
        const role = program.find("aws:iam/role:Role", "packs-reader").inputs;
        expect(role.assumeRolePolicy).toContain("arn:aws-us-gov:iam::210987654321:root");
        for (const { inputs } of program.registered) {
            expect(JSON.stringify(inputs)).not.toMatch(/arn:aws:/);
        }
    });

    const iamRules = {
        permissionsBoundary: "arn:aws:iam::123456789012:policy/boundary",
        path: "/teams/packs/",
    };
    test.each([
        ["role", "sts", "aws:iam/role:Role"],
        ["user", "secret", "aws:iam/user:User"],
    ] as const)(
        "gives the %s that it makes a permissions boundary and a path",
        async (_, type, resource) => {
            const credentials = { type, ...iamRules };
            const packs = new EcrRepositories("packs", { ...args, credentials });
            await valueOf(packs.credentials);
            expect(program.find(resource, "packs-reader").inputs).toMatchObject(iamRules);
        },
    );

    test("hands AWS's options on, and a policy for each repository", async () => {
        const lifecyclePolicy = { rules: [{ rulePriority: 1 }] };
        const packs = new EcrRepositories("packs", {
            ...args,
            immutableTags: true,
            scanOnPush: true,
            encryption: { type: "KMS", kmsKey: "arn:aws:kms:us-east-1:123456789012:key/1" },
            lifecyclePolicy,
            pullAccounts: ["210987654321"],
        });
        await valueOf(pulumi.output(packs.repositoryUrls));
        expect(program.find(REPOSITORY, other).inputs).toMatchObject({
            imageTagMutability: "IMMUTABLE",
            imageScanningConfiguration: { scanOnPush: true },
            encryptionConfigurations: [
                { encryptionType: "KMS", kmsKey: "arn:aws:kms:us-east-1:123456789012:key/1" },
            ],
        });
        for (const part of parts) {
            // Another encryption would replace a repository, and lose what is in it.
            const { ignoreChanges } = program.find(REPOSITORY, part);
            expect(ignoreChanges).toEqual(["encryptionConfigurations"]);
            const type = "aws:ecr/lifecyclePolicy:LifecyclePolicy";
            const { policy, repository } = program.find(type, part).inputs;
            expect(JSON.parse(policy as string)).toEqual(lifecyclePolicy);
            expect(repository).toMatch(/^base\/path\/spectro-packs\/archive/);
        }
        const { policy } = program.find("aws:ecr/repositoryPolicy:RepositoryPolicy", other).inputs;
        const [statement] = JSON.parse(policy as string).Statement;
        expect(statement.Principal).toEqual({ AWS: ["arn:aws:iam::210987654321:root"] });
        expect(statement.Action).toContain("ecr:BatchGetImage");
        expect(statement.Action.join()).not.toMatch(/Put|Delete|\*/);
    });

    test("looks repositories up that exist already, and has nothing to do when they go", async () => {
        const packs = new EcrRepositories("packs", { ...args, existingRepositories: true });
        await valueOf(packs.credentials);
        const read = program.typesAndNames().filter((one) => /ecr|Command/.test(one));
        expect(read).toEqual([]);
    });

    test("passes forceDelete to the repositories and their commands", async () => {
        const packs = new EcrRepositories("packs", { ...args, forceDelete: true });
        await valueOf(pulumi.output(packs.repositoryUrls));
        expect(program.find(REPOSITORY, other).inputs).toMatchObject({ forceDelete: true });
        expect(program.find(COMMAND, `${other}-contents`).inputs).toMatchObject({
            environment: { ECR_FORCE_DELETE: "true" },
        });
    });

    test("is the parent of all its resources and registers its outputs", async () => {
        const packs = new EcrRepositories("packs", args);
        await valueOf(packs.credentials);
        const own = urnOf(`${INDEX}:PackRegistry`, "packs");
        const urns = program.registered.map(({ urn }) => urn);
        const foreign = urns.filter(
            (urn) => urn !== own && !urn.includes(`::${INDEX}:PackRegistry$`),
        );
        expect(foreign).toEqual([]);
        expect(program.outputs[own]).toMatchObject({
            endpoint: HOST,
            repositoryUrls: { other: expect.stringContaining("/other") },
        });
    });
});

/** A registry of each kind, for one pack. */
function registry(args: Partial<RegistryArgs> & Pick<RegistryArgs, "kind">): PackRegistry {
    const defaults = {
        name: "the-registry",
        packNames: ["hellouniverse"],
        basePath: "base/path",
        credentials: { type: "sts" as const },
        forceDelete: false,
    };
    return packRegistry("packs", { ...defaults, ...args } as RegistryArgs);
}

const HARBOR = {
    kind: "basic" as const,
    endpoint: "https://harbor.example.com:8443",
    username: "robot$packs",
    password: SECRET,
};
const LEGACY = {
    kind: "spectro" as const,
    endpoint: "https://58ec.ngrok-free.app",
    username: "admin",
    password: SECRET,
};

describe("packRegistry", () => {
    test.each<[string, Parameters<typeof registry>[0], object]>([
        [
            "ECR",
            { kind: "ecr" },
            {
                access: { name: "the-registry", kind: "ecr" },
                endpoint: HOST,
                url: `${HOST}/base/path/spectro-packs/archive/hellouniverse`,
            },
        ],
        [
            "Harbor",
            HARBOR,
            {
                access: { name: "the-registry", kind: "basic", host: "harbor.example.com:8443" },
                endpoint: "https://harbor.example.com:8443",
                url: "harbor.example.com:8443/base/path/spectro-packs/archive/hellouniverse",
            },
        ],
        [
            "the legacy registry",
            LEGACY,
            {
                access: { name: "the-registry", kind: "spectro", host: "58ec.ngrok-free.app" },
                endpoint: "https://58ec.ngrok-free.app",
                url: "58ec.ngrok-free.app/hellouniverse",
            },
        ],
        [
            "an existing ECR",
            {
                kind: "existing",
                found: { uid: "r1", kind: "ecr", endpoint: HOST, basePath: "their/path" },
            },
            {
                access: { name: "the-registry", kind: "ecr", host: HOST },
                endpoint: HOST,
                url: `${HOST}/their/path/spectro-packs/archive/hellouniverse`,
            },
        ],
    ])("knows where the packs of %s are and how they get there", async (_, args, expected) => {
        const { access, endpoint, repositoryUrls } = registry(args);
        const url = repositoryUrls.hellouniverse;
        const [host, address] = await valueOf(pulumi.all([endpoint, url!]));
        expect({ access, endpoint: host, url: address }).toEqual(expected);
    });

    test.each([
        ["user and password", {}, { type: "basic", username: "robot$packs", password: SECRET }],
        ["a token", { username: undefined, token: SECRET }, { type: "token", token: SECRET }],
    ])("keeps %s secret", async (_, args, expected) => {
        const { credentials } = registry({ ...HARBOR, ...args });
        expect(await valueOf(credentials!)).toEqual(expected);
        expect(await pulumi.isSecret(credentials!)).toBe(true);
    });

    test.each<[string, Partial<BasicRegistryArgs>, object, boolean]>([
        [
            "a login of its own",
            { paletteCredentials: { username: "reader", password: SECRET } },
            { type: "basic", username: "reader", password: SECRET },
            true,
        ],
        [
            "a token of its own",
            { paletteCredentials: { token: SECRET } },
            { type: "token", token: SECRET },
            true,
        ],
        ["nothing", { paletteCredentials: "none" }, { type: "noAuth" }, false],
    ])("gives Palette %s in place of the push's", async (_, args, expected, secret) => {
        const { credentials } = registry({ ...HARBOR, password: "of the push", ...args });
        expect(await valueOf(credentials!)).toEqual(expected);
        expect(await pulumi.isSecret(credentials!)).toBe(secret);
    });

    test.each<[string, Parameters<typeof registry>[0]]>([
        ["a registry of its own", HARBOR],
        [
            "an existing one",
            {
                kind: "existing",
                found: {
                    uid: "r1",
                    kind: "basic",
                    endpoint: HARBOR.endpoint,
                    basePath: "base/path",
                },
            },
        ],
    ])("pushes to another address than Palette's: %s", async (_, args) => {
        const pushEndpoint = "https://push.example.com/packs-local";
        const { access, endpoint, repositoryUrls } = registry({
            ...args,
            pushEndpoint,
        } as Parameters<typeof registry>[0]);
        const [palettes, url] = await valueOf(
            pulumi.all([endpoint, repositoryUrls.hellouniverse!]),
        );
        expect(access.host).toBe("push.example.com");
        expect(palettes).toBe(HARBOR.endpoint);
        expect(url).toBe(
            "push.example.com/packs-local/base/path/spectro-packs/archive/hellouniverse",
        );
    });

    test("manages nothing of an existing registry, and has no credentials of it", () => {
        const { credentials } = registry({
            kind: "existing",
            found: { uid: "r1", kind: "basic", endpoint: "https://h", basePath: "b" },
        });
        expect(credentials).toBeUndefined();
        expect(program.typesAndNames()).toEqual([]);
    });

    test("reads the CA's file, and names one that is not there", () => {
        const caFile = "test/fixtures/states/0.1.0/sandbox/ca.pem";
        expect(registry({ ...HARBOR, caFile }).tls).toEqual({
            certificate: expect.stringContaining("BEGIN CERTIFICATE"),
        });
        expect(() => registry({ ...HARBOR, caFile: "nowhere.pem" })).toThrow(
            /^caFile of registries\[\] "the-registry": "nowhere.pem" cannot be read \(ENOENT\)/,
        );
    });
});

describe("paletteRegistry", () => {
    const args = {
        packs: [{ name: "hellouniverse", version: "1.0.0", digest: DIGEST }],
        owner: { mark: "m", stack: "acme/palette-custom-pack/dev" },
        adopt: false,
        syncTimeout: 10,
    };
    const typeOf = (name: string) => `pulumi-nodejs:dynamic/palette:${name}`;
    const inputsOf = async (type: string, one: PackRegistry) => {
        await valueOf(paletteRegistry("registry", one, args).uid);
        const { __provider: _, ...inputs } = program.find(typeOf(type), "registry").inputs;
        return inputs;
    };

    test("registers an ECR as it always did, so that old states show no change", async () => {
        expect(await inputsOf("OciRegistry", registry({ kind: "ecr" }))).toEqual({
            name: "the-registry",
            endpoint: HOST,
            basePath: "base/path",
            credentials: {
                type: "sts",
                roleArn: "arn:aws:iam::123456789012:role/reader-1",
                externalId: "external-1",
            },
            ...args,
        });
    });

    test("registers Harbor with its kind and how to trust it", async () => {
        const harbor = registry({ ...HARBOR, insecureSkipVerify: true });
        expect(await inputsOf("OciRegistry", harbor)).toMatchObject({
            kind: "basic",
            endpoint: HARBOR.endpoint,
            basePath: "base/path",
            tls: { insecureSkipVerify: true },
        });
    });

    test("registers a registry whose API is not at the root of its host", async () => {
        const addresses = {
            endpointSuffix: "artifactory/api/docker/packs-local",
            pushEndpoint: "https://push.example.com/packs-local",
        };
        expect(await inputsOf("OciRegistry", registry({ ...HARBOR, ...addresses }))).toMatchObject({
            endpoint: HARBOR.endpoint,
            ...addresses,
        });
    });

    test("registers the legacy registry", async () => {
        expect(await inputsOf("SpectroRegistry", registry(LEGACY))).toMatchObject({
            endpoint: LEGACY.endpoint,
            name: "the-registry",
        });
    });

    test("only synchronizes an existing one", async () => {
        const existing = registry({
            kind: "existing",
            found: { uid: "r1", kind: "basic", endpoint: "https://h", basePath: "b" },
        });
        const { packs, owner, syncTimeout } = args;
        expect(await inputsOf("RegistrySync", existing)).toEqual({
            name: "the-registry",
            packs,
            stack: owner.stack,
            syncTimeout,
        });
    });
});

describe("PackArtifact", () => {
    const versions = {
        "0.9.0": { path: "packs/old", digest: OLD_DIGEST },
        "1.0.0": { path: "packs/hello-universe-pack", digest: DIGEST },
    };
    const repository = HISTORY.repository;
    const make = () =>
        new PackArtifact(PLACE, {
            pack: "hellouniverse",
            registry: registry({ kind: "ecr" }),
            versions,
            overwrite: false,
            formerNames: ["hellouniverse", "hellouniverse-0.9.0"],
        });

    test("pushes all versions by one command that has no secret in its text or environment", async () => {
        const artifact = make();
        expect(await valueOf(pulumi.output(artifact.digests))).toEqual({
            "0.9.0": OLD_DIGEST,
            "1.0.0": DIGEST,
        });
        expect(await valueOf(artifact.references["1.0.0"]!)).toBe(`${repository}:1.0.0@${DIGEST}`);
        expect(program.find(COMMAND, `${PLACE}-image`).inputs).toEqual({
            create: expect.stringMatching(/packImages\.ts push$/),
            delete: expect.stringMatching(/packImages\.ts delete$/),
            environment: {
                PACK_NAME: "hellouniverse",
                PACK_VERSIONS: JSON.stringify(versions),
                PACK_REPOSITORY: repository,
                PACK_REGISTRY: JSON.stringify({ name: "the-registry", kind: "ecr" }),
                PACK_OVERWRITE: "false",
                PACK_FOREIGN: "[]",
                PULUMI_STACK_NAME: "acme/palette-custom-pack/dev",
            },
        });
    });

    test("has the versions looked up first, at a place that is known in a preview", async () => {
        await valueOf(make().history);
        const type = "pulumi-nodejs:dynamic/palette:PackVersions";
        expect(program.find(type, `${PLACE}-versions`).inputs).toMatchObject({
            registry: { name: "the-registry", kind: "ecr" },
            stack: "acme/palette-custom-pack/dev",
            repository: PLACE,
            pack: "hellouniverse",
            versions,
            overwrite: false,
        });
    });

    test("is what was called otherwise once", async () => {
        await valueOf(make().history);
        expect(program.find(`${INDEX}:PackArtifact`, PLACE).aliases).toEqual([
            "hellouniverse",
            "hellouniverse-0.9.0",
        ]);
        // Otherwise such a state's command would be replaced, and the old one would delete the image.
        expect(program.find(COMMAND, `${PLACE}-image`).ignoreChanges).toEqual(["triggers"]);
    });
});

describe("PackRetention", () => {
    test("prunes by a command that comes after what it is told of", async () => {
        const artifact = new PackArtifact(PLACE, {
            pack: "hellouniverse",
            registry: registry({ kind: "ecr" }),
            versions: { "1.0.0": { path: "p", digest: DIGEST } },
            overwrite: false,
            formerNames: ["hellouniverse"],
        });
        new PackRetention(artifact.name, {
            artifact,
            keepVersions: 2,
            needed: ["hellouniverse:0.9.0"],
        });
        await valueOf(artifact.history);
        expect(program.find(COMMAND, `${PLACE}-retention`).inputs).toEqual({
            create: expect.stringMatching(/packImages\.ts prune$/),
            environment: expect.objectContaining({
                PACK_HISTORY: JSON.stringify(HISTORY),
                PACK_NEEDED: '["hellouniverse:0.9.0"]',
                PACK_KEEP: "2",
            }),
        });
    });
});
