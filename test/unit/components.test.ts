import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { PackArtifact } from "../../components/packArtifact";
import { PackRegistry, type PackRegistryArgs } from "../../components/packRegistry";
import {
    ApplicationUrls,
    AwsCluster,
    ClusterProfile,
    OciRegistry,
    Ownership,
    PaletteAwsAccount,
} from "../../components/palette/resources";

const HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const DIGEST = `sha256:${"a".repeat(64)}`;
const SECRET = "the-secret-access-key";

/** What the program registered. */
interface Registered {
    type: string;
    name: string;
    inputs: Record<string, unknown>;
    secretOutputs: string[];
}
let registered: Registered[];
let outputsOf: Record<string, unknown>;

const { registerResource, registerResourceOutputs } = MockMonitor.prototype;

beforeEach(async () => {
    registered = [];
    outputsOf = {};
    jest.spyOn(MockMonitor.prototype, "registerResource").mockImplementation(function (
        this: MockMonitor,
        request,
        callback,
    ) {
        registered.push({
            type: request.getType(),
            name: request.getName(),
            inputs: request.getObject().toJavaScript(),
            secretOutputs: request.getAdditionalsecretoutputsList(),
        });
        return registerResource.call(this, request, callback);
    });
    jest.spyOn(MockMonitor.prototype, "registerResourceOutputs").mockImplementation(function (
        this: MockMonitor,
        request,
        callback,
    ) {
        outputsOf[request.getUrn()] = request.getOutputs().toJavaScript();
        return registerResourceOutputs.call(this, request, callback);
    });
    await pulumi.runtime.setMocks(
        {
            newResource: ({ type, name, inputs }) => ({
                id: `${name}-id`,
                state: { ...inputs, ...computed(type, inputs) },
            }),
            call: ({ token }) => {
                throw new Error(`not expected: ${token}`);
            },
        },
        "palette-custom-pack",
        "dev",
        false,
        "acme",
    );
});
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

function valueOf<T>(output: pulumi.Output<T>): Promise<pulumi.Unwrap<T>> {
    return new Promise((resolve) => void pulumi.output(output).apply(resolve));
}

const find = (type: string, name: string) => {
    const found = registered.filter((one) => one.type === type && one.name === name);
    expect(found).toHaveLength(1);
    return found[0]!;
};
const typesAndNames = () => registered.map(({ type, name }) => `${type} ${name}`).sort();

const REPOSITORY = "aws:ecr/repository:Repository";
const COMMAND = "command:local:Command";
const INDEX = "palette-custom-pack:index";
const urnOf = (types: string, name: string) =>
    `urn:pulumi:dev::palette-custom-pack::${types}::${name}`;

describe("PackRegistry", () => {
    const args: PackRegistryArgs = {
        basePath: "base/path",
        packNames: ["hellouniverse", "other"],
        forceDelete: false,
        credentials: { type: "sts" },
    };
    const parts = ["archive", "hellouniverse", "other"];
    const repositories = [
        `${INDEX}:PackRegistry packs`,
        ...parts.map((part) => `${REPOSITORY} packs-${part}`),
        ...parts.map((part) => `${COMMAND} packs-${part}-contents`),
    ];

    test("makes Palette's repositories, each with a look at what is in it before it goes", async () => {
        const packs = new PackRegistry("packs", args);
        expect(await valueOf(packs.endpoint)).toBe(HOST);
        expect(await valueOf(pulumi.output(packs.repositoryUrls))).toEqual({
            hellouniverse: `${HOST}/base/path/spectro-packs/archive/hellouniverse`,
            other: `${HOST}/base/path/spectro-packs/archive/other`,
        });
        expect(find(REPOSITORY, "packs-archive").inputs).toEqual({
            name: "base/path/spectro-packs/archive",
            forceDelete: false,
        });
        expect(find(REPOSITORY, "packs-other").inputs).toEqual({
            name: "base/path/spectro-packs/archive/other",
            forceDelete: false,
        });
        expect(find(COMMAND, "packs-other-contents").inputs).toEqual({
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
        expect(typesAndNames()).toEqual(
            [
                ...repositories,
                "aws:iam/role:Role packs-reader",
                "aws:iam/rolePolicy:RolePolicy packs-reader",
                "pulumi-nodejs:dynamic/palette:PaletteAwsAccount packs-palette",
            ].sort(),
        );
        const role = find("aws:iam/role:Role", "packs-reader").inputs;
        expect(JSON.parse(role.assumeRolePolicy as string).Statement).toEqual([
            {
                Effect: "Allow",
                Action: "sts:AssumeRole",
                Principal: { AWS: "arn:aws:iam::210987654321:root" },
                Condition: { StringEquals: { "sts:ExternalId": "external-1" } },
            },
        ]);
        const { policy, role: of } = find("aws:iam/rolePolicy:RolePolicy", "packs-reader").inputs;
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
            expect(typesAndNames()).toEqual([...repositories].sort());
            expect(JSON.stringify([registered, outputsOf])).not.toContain(SECRET);
        },
    );

    test("passes forceDelete to the repositories and their commands", async () => {
        const packs = new PackRegistry("packs", { ...args, forceDelete: true });
        await valueOf(pulumi.output(packs.repositoryUrls));
        expect(find(REPOSITORY, "packs-other").inputs).toMatchObject({ forceDelete: true });
        expect(find(COMMAND, "packs-other-contents").inputs).toMatchObject({
            environment: { ECR_FORCE_DELETE: "true" },
        });
    });

    test("is the parent of all its resources and registers its outputs", async () => {
        const packs = new PackRegistry("packs", args);
        await valueOf(packs.credentials);
        const own = urnOf(`${INDEX}:PackRegistry`, "packs");
        const states = (
            pulumi.runtime.getMonitor() as unknown as MockMonitor
        ).getRegisteredResources();
        const foreign = [...states.keys()].filter(
            (urn) => urn !== own && !urn.includes(`::${INDEX}:PackRegistry$`),
        );
        expect(foreign).toEqual([]);
        expect(outputsOf[own]).toMatchObject({
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
        expect(find(COMMAND, "hellouniverse-1.0.0-image").inputs).toEqual({
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
        expect(outputsOf[own]).toEqual({ reference, digest: DIGEST });
        const states = (
            pulumi.runtime.getMonitor() as unknown as MockMonitor
        ).getRegisteredResources();
        expect([...states.keys()]).toEqual([
            own,
            urnOf(`${INDEX}:PackArtifact$${COMMAND}`, "hellouniverse-1.0.0-image"),
        ]);
    });
});
