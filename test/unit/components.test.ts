import * as pulumi from "@pulumi/pulumi";
import { PackArtifact } from "../../components/packArtifact";
import { PackRegistry, type PackRegistryArgs } from "../../components/packRegistry";
import { recordProgram, urnOf, valueOf, type Program } from "./recordProgram";

const HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const DIGEST = `sha256:${"a".repeat(64)}`;
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
        case "command:local:Command":
            return { stdout: DIGEST };
        default:
            return {};
    }
}

const REPOSITORY = "aws:ecr/repository:Repository";
const COMMAND = "command:local:Command";
const INDEX = "palette-custom-pack:index";
describe("PackRegistry", () => {
    const args: PackRegistryArgs = {
        basePath: "base/path",
        packNames: ["hellouniverse", "other"],
        forceDelete: false,
        credentials: { type: "sts" },
    };
    const parts = ["packs", "packs-hellouniverse", "packs-other"];
    const repositories = [
        `${INDEX}:PackRegistry packs`,
        ...parts.map((part) => `${REPOSITORY} ${part}`),
        ...parts.map((part) => `${COMMAND} ${part}-contents`),
    ];

    test("makes Palette's repositories, each with a look at what is in it before it goes", async () => {
        const packs = new PackRegistry("packs", args);
        expect(await valueOf(packs.endpoint)).toBe(HOST);
        expect(await valueOf(pulumi.output(packs.repositoryUrls))).toEqual({
            hellouniverse: `${HOST}/base/path/spectro-packs/archive/hellouniverse`,
            other: `${HOST}/base/path/spectro-packs/archive/other`,
        });
        expect(program.find(REPOSITORY, "packs").inputs).toEqual({
            name: "base/path/spectro-packs/archive",
            forceDelete: false,
        });
        expect(program.find(REPOSITORY, "packs-other").inputs).toEqual({
            name: "base/path/spectro-packs/archive/other",
            forceDelete: false,
        });
        expect(program.find(COMMAND, "packs-other-contents").inputs).toEqual({
            delete: expect.stringMatching(/ assert-empty$/),
            environment: {
                ECR_REPOSITORY: "base/path/spectro-packs/archive/other",
                ECR_FORCE_DELETE: "false",
                PULUMI_STACK_NAME: "acme/palette-custom-pack/dev",
            },
        });
    });

    test("makes by default a role that Palette alone can assume, and that can read its repositories only", async () => {
        const packs = new PackRegistry("packs", args);
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
        const archive =
            "arn:aws:ecr:us-east-1:123456789012:repository/base/path/spectro-packs/archive";
        expect(statements.filter((one) => !everywhere.includes(one))).toMatchObject([
            { Resource: [archive, `${archive}/*`] },
        ]);
    });

    test.each<[string, PackRegistryArgs["credentials"], object, boolean]>([
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
            const packs = new PackRegistry("packs", { ...args, credentials });
            expect(await valueOf(packs.credentials)).toEqual(expected);
            expect(await pulumi.isSecret(packs.credentials)).toBe(secret);
            await valueOf(pulumi.output(packs.repositoryUrls));
            expect(program.typesAndNames()).toEqual([...repositories].sort());
            expect(JSON.stringify(program)).not.toContain(SECRET);
        },
    );

    test("passes forceDelete to the repositories and their commands", async () => {
        const packs = new PackRegistry("packs", { ...args, forceDelete: true });
        await valueOf(pulumi.output(packs.repositoryUrls));
        expect(program.find(REPOSITORY, "packs-other").inputs).toMatchObject({ forceDelete: true });
        expect(program.find(COMMAND, "packs-other-contents").inputs).toMatchObject({
            environment: { ECR_FORCE_DELETE: "true" },
        });
    });

    test("is the parent of all its resources and registers its outputs", async () => {
        const packs = new PackRegistry("packs", args);
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

describe("PackArtifact", () => {
    const args = {
        path: "packs/hello-universe-pack",
        version: "1.0.0",
        digest: DIGEST,
        repositoryUrl: `${HOST}/a/hellouniverse`,
    };

    test("pushes by a command that has no secret in its text or environment", async () => {
        const artifact = new PackArtifact("hellouniverse-1.0.0", args);
        expect(await valueOf(artifact.digest)).toBe(DIGEST);
        const reference = `${HOST}/a/hellouniverse:1.0.0@${DIGEST}`;
        expect(await valueOf(artifact.reference)).toBe(reference);
        expect(program.find(COMMAND, "hellouniverse-1.0.0-image").inputs).toEqual({
            create: expect.stringMatching(/ecrImage\.ts push$/),
            delete: expect.stringMatching(/ecrImage\.ts delete$/),
            environment: {
                PACK_FOLDER: "packs/hello-universe-pack",
                PACK_DIGEST: DIGEST,
                PACK_REFERENCE: `${HOST}/a/hellouniverse:1.0.0`,
                PULUMI_STACK_NAME: "acme/palette-custom-pack/dev",
            },
            triggers: [DIGEST],
        });
        const own = urnOf(`${INDEX}:PackArtifact`, "hellouniverse-1.0.0");
        expect(program.outputs[own]).toEqual({ reference, digest: DIGEST });
        expect(program.registered.map(({ urn }) => urn)).toEqual([
            own,
            urnOf(`${INDEX}:PackArtifact$${COMMAND}`, "hellouniverse-1.0.0-image"),
        ]);
    });
});
