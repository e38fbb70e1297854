import * as pulumi from "@pulumi/pulumi";
import type { BasicEntry } from "../../components/registries/basic";
import type { EcrEntry } from "../../components/registries/ecr";
import { EcrRepositories } from "../../components/registries/ecrRepositories";
import { packPush } from "../../components/packs/packPush";
import { declareRegistries } from "../../components/registries/kinds";
import type { PackRegistry, ResolvedRepository } from "../../components/registries/registryKind";
import type { FoundRegistry } from "../../packages/palette/registry/registryLookup";
import { PackRepository } from "../../packages/palette/resources";
import { recordProgram, urnOf, valueOf, type Program } from "./recordProgram";

const HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const PLACE = "base/path/spectro-packs/archive/hellouniverse";
const DIGEST = `sha256:${"a".repeat(64)}`;
const OLD_DIGEST = `sha256:${"b".repeat(64)}`;
const SECRET = "the-secret-access-key";
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
        case "pulumi-nodejs:dynamic/palette:PackRepository":
            return {
                published: { "0.9.0": OLD_DIGEST, "1.0.0": DIGEST },
                generation: 3,
                arn: "arn:of:theirs",
            };
        default:
            return {};
    }
}

const REPOSITORY = "aws:ecr/repository:Repository";
const COMMAND = "command:local:Command";
const LOOK = "pulumi-nodejs:dynamic/palette:PackRepository";
const INDEX = "palette-custom-pack:index";
const owner = { id: "m", stack: "acme/palette-custom-pack/dev" };

/** What a look has found at a path. */
function looked(path: string, managed = true): ResolvedRepository {
    const resource = new PackRepository(`${HOST}/${path}`, {
        registry: { name: "ecr-registry", kind: "ecr", host: HOST },
        repository: path,
        pack: path.split("/").at(-1)!,
        versions: {},
        overwrite: false,
        forceDelete: false,
        keep: false,
        owner,
    });
    return { name: path, path, resource, managed, generation: 2 };
}

describe("EcrRepositories", () => {
    const args = { credentials: { type: "sts" as const } };
    const archive = "base/path/spectro-packs/archive";
    const otherFolder = `${archive}/other`;
    const parts = [archive, `${archive}/hellouniverse`, otherFolder];
    const repositories = [
        `${INDEX}:PackRegistry packs`,
        ...parts.map((part) => `${REPOSITORY} ${part}`),
        ...parts.map((part) => `${LOOK} ${HOST}/${part}`),
    ];
    /** @param shared Paths that were there before. */
    const make = (fields: Partial<EcrEntry> = {}, shared: string[] = []) => {
        const [base, ...packs] = parts.map((part) => looked(part, !shared.includes(part)));
        const registry = { ...args, ...fields };
        return new EcrRepositories("packs", {
            registry,
            access: { name: "packs", kind: "ecr", host: HOST },
            base: base!,
            packs,
            owner,
        });
    };
    const settled = (packs: EcrRepositories) =>
        valueOf(pulumi.all(packs.resources.map(({ id }) => id)));

    test("makes Palette's repositories, marks them as the stack's, and leaves their end to whoever knows of others", async () => {
        await settled(make());
        const { inputs, ignoreChanges, retainOnDelete, dependencies } = program.find(
            REPOSITORY,
            otherFolder,
        );
        expect(inputs).toEqual({
            name: otherFolder,
            tags: {
                "palette-custom-pack:made-by": owner.stack,
                "palette-custom-pack:used-by:m": owner.stack,
            },
        });
        expect(ignoreChanges).toEqual(["encryptionConfigurations", "tags", "tagsAll"]);
        expect(retainOnDelete).toBe(true);
        // So that it goes first, and what knows of others last.
        expect(dependencies).toEqual([urnOf(LOOK, `${HOST}/${otherFolder}`)]);
    });

    test("makes by default a role that Palette alone can assume, and that can read its repositories only", async () => {
        const packs = make();
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
        // So that the next run finds what a killed one has not recorded; a stranger's policy is no obstacle to its end.
        expect(role).toMatchObject({ name: "packs-reader-m", forceDetachPolicies: true });
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
            actions.filter((action) => !/^ecr:(Get|List|Describe|Batch(Get|Check))/.test(action)),
        ).toEqual([]);
        expect(actions.join()).not.toContain("*");
        // AWS knows no narrower resource for what concerns the registry as a whole.
        const everywhere = statements.filter(({ Resource }) => Resource === "*");
        expect(everywhere.flatMap(({ Action }) => Action)).not.toContain("ecr:BatchGetImage");
        const arn = `arn:aws:ecr:us-east-1:123456789012:repository/${archive}`;
        expect(statements.filter((statement) => !everywhere.includes(statement))).toMatchObject([
            { Resource: [arn, `${arn}/*`] },
        ]);
    });

    test.each<[string, EcrEntry["credentials"], object, boolean]>([
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
            const packs = make({ credentials });
            expect(await valueOf(packs.credentials)).toEqual(expected);
            expect(await pulumi.isSecret(packs.credentials)).toBe(secret);
            await settled(packs);
            expect(program.typesAndNames()).toEqual([...repositories].sort());
            expect(JSON.stringify(program)).not.toContain(SECRET);
        },
    );

    test("makes a user that may do no more than the role, and its key, when asked for a key pair without one", async () => {
        const packs = make({ credentials: { type: "secret" } });
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
        const packs = make({ pullAccounts: ["210987654321"] });
        const ids = packs.resources.map(({ id }) => id);
        await valueOf(pulumi.all([packs.credentials, pulumi.all(ids)]));
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
            await valueOf(make({ credentials }).credentials);
            expect(program.find(resource, "packs-reader").inputs).toMatchObject(iamRules);
        },
    );

    test("hands AWS's options on, and a policy for each repository", async () => {
        const lifecyclePolicy = { rules: [{ rulePriority: 1 }] };
        const packs = make({
            immutableTags: true,
            scanOnPush: true,
            encryption: { type: "KMS", kmsKey: "arn:aws:kms:us-east-1:123456789012:key/1" },
            lifecyclePolicy,
            pullAccounts: ["210987654321"],
        });
        await settled(packs);
        expect(program.find(REPOSITORY, otherFolder).inputs).toMatchObject({
            imageTagMutability: "IMMUTABLE",
            imageScanningConfiguration: { scanOnPush: true },
            encryptionConfigurations: [
                { encryptionType: "KMS", kmsKey: "arn:aws:kms:us-east-1:123456789012:key/1" },
            ],
        });
        for (const part of parts) {
            // Another encryption would replace a repository, and lose what is in it.
            const { ignoreChanges } = program.find(REPOSITORY, part);
            expect(ignoreChanges).toContain("encryptionConfigurations");
            const type = "aws:ecr/lifecyclePolicy:LifecyclePolicy";
            const { policy, repository } = program.find(type, part).inputs;
            expect(JSON.parse(policy as string)).toEqual(lifecyclePolicy);
            expect(repository).toMatch(/^base\/path\/spectro-packs\/archive/);
        }
        const { policy } = program.find(
            "aws:ecr/repositoryPolicy:RepositoryPolicy",
            otherFolder,
        ).inputs;
        const [statement] = JSON.parse(policy as string).Statement;
        expect(statement.Principal).toEqual({ AWS: ["arn:aws:iam::210987654321:root"] });
        expect(statement.Action).toContain("ecr:BatchGetImage");
        expect(statement.Action.join()).not.toMatch(/Put|Delete|\*/);
    });

    test("leaves repositories as they are that were there before, settings too", async () => {
        const lifecyclePolicy = { rules: [{ rulePriority: 1 }] };
        const packs = make({ lifecyclePolicy, pullAccounts: ["210987654321"] }, [
            archive,
            otherFolder,
        ]);
        await valueOf(packs.credentials);
        const made = program.typesAndNames().filter((resource) => resource.startsWith("aws:ecr"));
        expect(made.map((resource) => resource.split(" ")[1])).toEqual(Array(3).fill(parts[1]));
        const { policy } = program.find("aws:iam/rolePolicy:RolePolicy", "packs-reader").inputs;
        expect(policy).toContain("arn:of:theirs/*");
    });

    test("is the parent of all its resources and registers its outputs", async () => {
        const packs = make();
        await valueOf(packs.credentials);
        const own = urnOf(`${INDEX}:PackRegistry`, "packs");
        const foreign = program.registered
            .map(({ urn }) => urn)
            .filter(
                (urn) => !urn.includes(`::${INDEX}:PackRegistry$`) && !urn.includes(`::${LOOK}`),
            );
        expect(foreign).toEqual([own]);
        expect(program.outputs[own]).toEqual({});
    });
});

/** The registry of one entry. @param found What Palette has under its name. */
function registry({ found, ...entry }: Entry): PackRegistry {
    const defaults = {
        name: "the-registry",
        basePath: "base/path",
        credentials: { type: "sts" as const },
        forceDelete: false,
        adopt: false,
        syncTimeout: 10,
    };
    const registries: Record<string, FoundRegistry> = found ? { "the-registry": found } : {};
    const declared = declareRegistries([{ ...defaults, ...entry }], { registries, ecrHost: HOST });
    return declared["the-registry"]!;
}

interface Entry extends Partial<Omit<BasicEntry, "kind" | "password">> {
    kind: string;
    password?: unknown;
    found?: FoundRegistry;
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

describe("a registry", () => {
    test.each<[string, Parameters<typeof registry>[0], object]>([
        [
            "ECR",
            { kind: "ecr" },
            {
                access: { name: "the-registry", kind: "ecr", host: HOST },
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
    ])("knows where the packs of %s are and how they get there", (_, args, expected) => {
        const { access, endpoint, repositoryPath } = registry(args);
        const url = `${access.host}/${repositoryPath("hellouniverse")}`;
        expect({ access, endpoint, url }).toEqual(expected);
    });

    test.each([
        ["user and password", {}, { type: "basic", username: "robot$packs", password: SECRET }],
        ["a token", { username: undefined, token: SECRET }, { type: "token", token: SECRET }],
    ])("keeps %s secret", async (_, args, expected) => {
        const { credentials } = registry({ ...HARBOR, ...args });
        expect(await valueOf(credentials!)).toEqual(expected);
        expect(await pulumi.isSecret(credentials!)).toBe(true);
    });

    test.each<[string, Partial<BasicEntry>, object, boolean]>([
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
    ])("pushes to another address than Palette's: %s", (_, args) => {
        const pushEndpoint = "https://push.example.com/packs-local";
        const { access, endpoint, repositoryPath } = registry({
            ...args,
            pushEndpoint,
        });
        expect(access.host).toBe("push.example.com");
        expect(endpoint).toBe(HARBOR.endpoint);
        expect(repositoryPath("hellouniverse")).toBe(
            "packs-local/base/path/spectro-packs/archive/hellouniverse",
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
        expect(registry({ ...HARBOR, caFile: "Pulumi.yaml" }).tls).toEqual({
            certificate: expect.stringContaining("palette-custom-pack"),
        });
        expect(() => registry({ ...HARBOR, caFile: "nowhere.pem" })).toThrow(
            /^caFile of registries\[\] "the-registry": "nowhere.pem" cannot be read \(ENOENT\)/,
        );
    });
});

describe("the registration of a registry", () => {
    const args = {
        packs: [{ name: "hellouniverse", version: "1.0.0", digest: DIGEST }],
        owner: { id: "m", stack: "acme/palette-custom-pack/dev" },
    };
    const keys = { adopt: false, syncTimeout: 10 };
    const typeOf = (name: string) => `pulumi-nodejs:dynamic/palette:${name}`;
    const inputsOf = async (type: string, one: PackRegistry) => {
        const { credentials } = one;
        await valueOf(
            one.register("registry", { ...args, ...(credentials && { credentials }) }).uid,
        );
        const { __provider: _, ...inputs } = program.find(typeOf(type), "registry").inputs;
        return inputs;
    };

    test("registers an ECR with what Palette reads it with", async () => {
        const credentials = { type: "sts" as const, roleArn: "arn", externalId: "e" };
        const ecr = { ...registry({ kind: "ecr" }), credentials: pulumi.output(credentials) };
        expect(await inputsOf("OciRegistry", ecr)).toEqual({
            name: "the-registry",
            endpoint: HOST,
            basePath: "base/path",
            credentials,
            ...args,
            ...keys,
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
        expect(await inputsOf("RegistrySync", existing)).toEqual({
            name: "the-registry",
            packs: args.packs,
            syncTimeout: 10,
        });
    });
});

describe("packPush", () => {
    const push = (args: Parameters<typeof registry>[0], overwrite = false) => {
        const { resource } = looked(PLACE);
        const versions = { "0.9.0": { path: "packs/old" }, "1.0.0": { path: "my packs/hello" } };
        return packPush("the-push", {
            registry: registry(args),
            repositories: { [PLACE]: { resource, versions } },
            overwrite,
        });
    };
    const settingsOf = () => {
        const { environment } = program.find(COMMAND, "the-push").inputs as {
            environment: { PACK_PUSH_SETTINGS: { value: string } };
        };
        return JSON.parse(environment.PACK_PUSH_SETTINGS.value);
    };

    test("pushes all versions by one command, which is told them line by line", async () => {
        await valueOf(push({ kind: "ecr" }).id);
        expect(program.find(COMMAND, "the-push").inputs).toEqual({
            interpreter: ["node", "--require", expect.anything(), "packages/registry/pushPacks.ts"],
            create: "push",
            stdin: [
                `${PLACE}:0.9.0 ${OLD_DIGEST} 3 packs/old`,
                `${PLACE}:1.0.0 ${DIGEST} 3 my packs/hello`,
            ].join("\n"),
            environment: { PACK_PUSH_SETTINGS: expect.anything() },
        });
    });

    test("hands over what the AWS provider has, as a secret", async () => {
        pulumi.runtime.setAllConfig(
            { "aws:region": "us-east-1", "aws:secretKey": SECRET, "palette-custom-pack:a": "b" },
            ["aws:secretKey"],
        );
        await valueOf(push({ kind: "ecr" }).id);
        expect(settingsOf()).toEqual({
            access: { name: "the-registry", kind: "ecr", host: HOST },
            config: { "aws:region": "us-east-1", "aws:secretKey": SECRET },
        });
    });

    test("hands over the one entry of the registry, as a secret", async () => {
        await valueOf(push({ ...HARBOR, password: pulumi.secret(SECRET) }, true).id);
        const { access, config } = settingsOf();
        expect(access).toMatchObject({ kind: "basic", host: "harbor.example.com:8443" });
        const { endpoint, username } = HARBOR;
        expect(JSON.parse(config.registries)).toEqual([
            { name: "the-registry", endpoint, username, password: SECRET },
        ]);
        expect(program.find(COMMAND, "the-push").inputs.create).toBe("overwrite");
    });
});
