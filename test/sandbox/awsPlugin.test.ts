import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import {
    CreateRepositoryCommand,
    DeleteLifecyclePolicyCommand,
    DeleteRepositoryCommand,
    DescribeImagesCommand,
    DescribeRepositoriesCommand,
    GetAuthorizationTokenCommand,
    ListImagesCommand,
    PutImageTagMutabilityCommand,
} from "@aws-sdk/client-ecr";
import {
    CreateRoleCommand,
    GetRoleCommand,
    ListAccessKeysCommand,
    ListRolePoliciesCommand,
    ListRolesCommand,
    PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
    AwsSandbox,
    accountId,
    administrator,
    describeWith,
    region,
    searchPath,
} from "./awsSandbox";

/** A user of the stack's own with a key, and a repository that somebody else made. */
const keysProgram = `
const pulumi = require("@pulumi/pulumi");
const aws = require("@pulumi/aws");
const config = new pulumi.Config();
const found = aws.ecr.getRepositoryOutput({ name: config.require("repository") });
const user = new aws.iam.User("reader", { tags: config.getObject("tags") });
const key = new aws.iam.AccessKey("reader", { user: user.name, status: config.get("status") });
new aws.iam.UserPolicy("reader", {
    user: user.name,
    policy: found.arn.apply((Resource) => JSON.stringify({ Statement: [
        { Effect: "Allow", Action: ["ecr:DescribeImages"], Resource },
        { Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: "*" },
    ] })),
});
exports.url = found.repositoryUrl;
exports.mutability = found.imageTagMutability;
exports.id = key.id;
exports.secret = key.secret;
`;

const program = `
const pulumi = require("@pulumi/pulumi");
const aws = require("@pulumi/aws");
const config = new pulumi.Config();
const own = config.getBoolean("explicitProvider");
const options = own && { provider: new aws.Provider("own", config.requireObject("provider")) };
const archive = new aws.ecr.Repository("archive", {
    name: config.get("name") ?? "base/archive",
    imageTagMutability: config.get("mutability"),
    forceDelete: config.getBoolean("forceDelete"),
    tags: config.getObject("tags"),
}, { ...options, import: config.get("import") });
if (!config.getBoolean("alone")) {
    const auto = new aws.ecr.Repository("Auto", {}, options);
    new aws.ecr.LifecyclePolicy("lifecycle", {
        repository: archive.name,
        policy: JSON.stringify({ rules: [{
            rulePriority: 1,
            selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 5 },
            action: { type: "expire" },
        }] }),
    }, options);
    const caller = aws.getCallerIdentityOutput({}, options);
    const role = new aws.iam.Role(config.get("roleName") ?? "palette", {
        assumeRolePolicy: pulumi.all([caller.accountId, pulumi.secret("external-id-1")]).apply(
            ([account, id]) => JSON.stringify({ Statement: [{
                Effect: "Allow",
                Principal: { AWS: account },
                Action: "sts:AssumeRole",
                Condition: { StringEquals: { "sts:ExternalId": id } },
            }] })),
        description: config.get("description"),
    }, options);
    const policy = new aws.iam.RolePolicy("pull", {
        role,
        policy: archive.arn.apply((Resource) => JSON.stringify({ Statement: [
            { Effect: "Allow", Action: ["ecr:BatchGetImage"], Resource },
        ] })),
    }, options);
    new aws.ecr.RepositoryPolicy("readers", {
        repository: auto.name,
        policy: role.arn.apply((AWS) => JSON.stringify({ Statement: [
            { Effect: "Allow", Principal: { AWS }, Action: "ecr:BatchGetImage" },
        ] })),
    }, options);
    exports.auto = auto.name;
    exports.role = role.name;
    exports.policy = policy.id;
    exports.caller = caller.arn;
}
exports.url = archive.repositoryUrl;
exports.arn = archive.arn;
exports.tagsAll = archive.tagsAll;
exports.where = aws.getRegionOutput({}, options).description;
exports.partition = aws.getPartitionOutput({}, options).partition;
`;

describeWith(
    "registry",
    "oras",
    "pulumi",
    "pulumi-language-nodejs",
)("the aws plugin under the real engine", () => {
    jest.setTimeout(240_000);
    let sandbox: AwsSandbox;
    let folder: string;
    let stacks = 0;
    beforeAll(async () => {
        sandbox = await AwsSandbox.start();
        folder = path.join(sandbox.dir, "a program");
        fs.mkdirSync(path.join(sandbox.dir, "backend"));
        fs.mkdirSync(folder);
        fs.symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"));
        fs.writeFileSync(path.join(folder, "index.js"), program);
        fs.writeFileSync(path.join(folder, "package.json"), '{"name":"program"}');
        fs.writeFileSync(
            path.join(folder, "Pulumi.yaml"),
            "name: program\nruntime: nodejs\nmain: index.js\n",
        );
    });
    afterAll(() => sandbox.remove());
    afterEach(async () => {
        const ecr = sandbox.ecr();
        const { repositories = [] } = await ecr.send(new DescribeRepositoriesCommand());
        for (const { repositoryName } of repositories) {
            await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
        }
    });

    const plugin = path.resolve("sandbox/pulumi-resource-aws");
    const env = (more: Record<string, string> = {}) => ({
        PATH: `${plugin}${path.delimiter}${searchPath}`,
        HOME: path.join(sandbox.dir, "home"),
        PULUMI_BACKEND_URL: `file://${encodeURI(path.join(sandbox.dir, "backend"))}`,
        PULUMI_CONFIG_PASSPHRASE: "passphrase",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        ...more,
    });
    const endpoints = () => {
        const { endpoint } = sandbox.aws;
        return [{ ecr: endpoint, sts: endpoint, iam: endpoint }];
    };
    const awsConfig = () => ({
        "aws:region": region,
        "aws:accessKey": administrator.accessKeyId,
        "aws:secretKey": administrator.secretAccessKey,
        "aws:endpoints": endpoints(),
        "aws:customCaBundle": sandbox.ca.file,
    });

    /** A stack of its own; each call sets its whole configuration. */
    const newStack = async (base: Record<string, unknown> = awsConfig()) => {
        const name = `stack${++stacks}`;
        const file = path.join(folder, `Pulumi.${name}.yaml`);
        const run = async (
            args: string[],
            config: Record<string, unknown> = {},
            more: Record<string, string> = {},
        ): Promise<string> => {
            const salt = fs.existsSync(file)
                ? fs.readFileSync(file, "utf8").match(/^encryptionsalt: .*$/m)?.[0]
                : undefined;
            // JSON is YAML too.
            const lines = [...(salt ? [salt] : [])].concat(
                `config: ${JSON.stringify({ ...base, ...config })}`,
            );
            if (salt) {
                fs.writeFileSync(file, lines.join("\n"));
            }
            const { stdout } = await promisify(execFile)(
                "pulumi",
                [...args, "--stack", name, "--non-interactive"],
                { cwd: folder, env: env(more), maxBuffer: 1e8 },
            ).catch((error: Error & { stdout: string; stderr: string }) => {
                throw new Error(`${error.stdout}\n${error.stderr}`);
            });
            return stdout;
        };
        await run(["stack", "init"]);
        return run;
    };
    const up = ["up", "--yes", "--skip-preview"];
    const destroy = ["destroy", "--yes", "--skip-preview"];

    test("preview, up, up again, refresh, change, drift, replace, destroy", async () => {
        const run = await newStack();
        const ecr = sandbox.ecr();
        const iam = sandbox.iam();
        const config = { "program:mutability": "IMMUTABLE", "program:tags": { a: "b" } };

        const preview = await run(["preview"], config);
        expect(preview).toMatch(/\+ 7 to create/);
        expect((await ecr.send(new DescribeRepositoriesCommand())).repositories).toEqual([]);

        expect(await run(up, config)).toMatch(/\+ 7 created/);
        const outputs = JSON.parse(await run(["stack", "output", "--json"], config)) as Record<
            "auto" | "role" | "policy",
            string
        >;
        expect(outputs).toEqual({
            auto: expect.stringMatching(/^auto-[0-9a-f]{7}$/),
            role: expect.stringMatching(/^palette-[0-9a-f]{7}$/),
            policy: expect.stringMatching(/^palette-[0-9a-f]{7}:pull-[0-9a-f]{7}$/),
            caller: `arn:aws:iam::${accountId}:user/administrator`,
            url: `${sandbox.aws.registryHost}/base/archive`,
            arn: `arn:aws:ecr:${region}:${accountId}:repository/base/archive`,
            tagsAll: { a: "b" },
            where: "US East (N. Virginia)",
            partition: "aws",
        });
        const RoleName = outputs.role;
        const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
        expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toContain("external-id-1");
        // A secret stays one on its way through the plugin.
        const state = await run(["stack", "export"], config);
        expect(state).not.toContain("external-id-1");

        expect(await run(up, config)).toMatch(/7 unchanged/);
        expect(await run(["refresh", "--yes", "--expect-no-changes"], config)).toMatch(
            /7 unchanged/,
        );

        // A change in place leaves the outputs known.
        const changed = {
            "program:mutability": "MUTABLE",
            "program:tags": { a: "c", d: "e" },
            "program:description": "reads packs",
        };
        const update = await run(["preview", "--diff"], changed);
        expect(update).toMatch(/~ 2 to update\n\s+5 unchanged/);
        expect(update).not.toMatch(/unknown/);
        expect(await run(up, changed)).toMatch(/~ 2 updated/);
        expect((await iam.send(new GetRoleCommand({ RoleName }))).Role!.Description).toBe(
            "reads packs",
        );

        // What somebody else changes is seen and put right.
        const repositoryName = "base/archive";
        await ecr.send(
            new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }),
        );
        await ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
        const refreshed = await run(["refresh", "--yes", "--skip-preview"], changed);
        expect(refreshed).toMatch(/~ 1 updated\n\s+- 1 deleted/);
        const repaired = await run(up, changed);
        expect(repaired).toMatch(/\+ 1 created\n\s+~ 1 updated/);

        // Another name is another repository.
        const renamed = { ...changed, "program:name": "base/other" };
        expect(await run(["preview"], renamed)).toMatch(/\+-2 to replace/);
        await run(up, renamed);
        const { repositories } = await ecr.send(new DescribeRepositoriesCommand());
        expect(repositories!.map((repository) => repository.repositoryName).sort()).toEqual([
            outputs.auto,
            "base/other",
        ]);
        expect(
            (await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames,
        ).toHaveLength(1);

        expect(await run(destroy, renamed)).toMatch(/- 7 deleted/);
        expect((await ecr.send(new DescribeRepositoriesCommand())).repositories).toEqual([]);
        expect((await iam.send(new ListRolesCommand())).Roles).toEqual([]);
    });

    test("a user with a least-privilege key; a repository that is looked up", async () => {
        const run = await newStack();
        const main = path.join(folder, "index.js");
        fs.writeFileSync(main, keysProgram);
        try {
            const ecr = sandbox.ecr();
            const repositoryName = "someone/elses";
            const missing = await run(["preview"], { "program:repository": repositoryName }).catch(
                (error: Error) => error.message,
            );
            expect(missing).toContain(
                "The repository with name 'someone/elses' does not exist in the registry",
            );
            await ecr.send(
                new CreateRepositoryCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }),
            );
            const config = { "program:repository": repositoryName, "program:tags": { a: "b" } };
            expect(await run(["preview"], config)).toMatch(/\+ 4 to create/);
            expect(await run(up, config)).toMatch(/\+ 4 created/);
            const shown = JSON.parse(await run(["stack", "output", "--json"], config));
            expect(shown).toMatchObject({
                url: `${sandbox.aws.registryHost}/${repositoryName}`,
                mutability: "IMMUTABLE",
                secret: "[secret]",
            });
            const { id, secret } = JSON.parse(
                await run(["stack", "output", "--json", "--show-secrets"], config),
            ) as { id: string; secret: string };
            expect(await run(["stack", "export"], config)).not.toContain(secret);
            const reader = sandbox.ecr({ accessKeyId: id, secretAccessKey: secret });
            await reader.send(new DescribeImagesCommand({ repositoryName }));
            await expect(reader.send(new ListImagesCommand({ repositoryName }))).rejects.toThrow(
                /ecr:ListImages/,
            );
            expect(await run(up, config)).toMatch(/4 unchanged/);
            await run(["refresh", "--yes", "--expect-no-changes"], config);
            const inactive = { ...config, "program:status": "Inactive", "program:tags": {} };
            expect(await run(up, inactive)).toMatch(/~ 2 updated/);
            await expect(
                reader.send(new DescribeImagesCommand({ repositoryName })),
            ).rejects.toMatchObject({ name: "UnrecognizedClientException" });
            expect(await run(destroy, inactive)).toMatch(/- 4 deleted/);
            const { AccessKeyMetadata } = await sandbox
                .iam()
                .send(new ListAccessKeysCommand({ UserName: "reader" }))
                .catch(() => ({ AccessKeyMetadata: [] }));
            expect(AccessKeyMetadata).toEqual([]);
        } finally {
            fs.writeFileSync(main, program);
        }
    });

    test("a repository with images is kept unless it is forced; one that is gone is no error", async () => {
        const run = await newStack();
        const ecr = sandbox.ecr();
        const config = { "program:alone": true };
        await run(up, config);
        const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand());
        const login = Buffer.from(authorizationData![0]!.authorizationToken!, "base64");
        fs.writeFileSync(path.join(sandbox.dir, "file"), "content");
        await sandbox.oras(
            ["push", `${sandbox.aws.registryHost}/base/archive:1`, "file", "--image-spec=v1.0"],
            { password: login.toString().slice(4) },
        );
        const refused = await run(destroy, config).catch((error: Error) => error.message);
        expect(refused).toContain(
            "ECR Repository (base/archive) not empty, consider using force_delete",
        );
        expect(refused).toContain(
            "RepositoryNotEmptyException: The repository with name 'base/archive'",
        );
        expect(refused).not.toContain("    at ");
        await run(up, { ...config, "program:forceDelete": true });
        await run(destroy, config);
        expect((await ecr.send(new DescribeRepositoriesCommand())).repositories).toEqual([]);

        await run(up, config);
        await ecr.send(new DeleteRepositoryCommand({ repositoryName: "base/archive" }));
        await run(destroy, config);
    });

    test("wrong inputs and wrong credentials are one clear error", async () => {
        const run = await newStack();
        const fails = async (config: Record<string, unknown>, of = run) =>
            of(["preview"], { "program:alone": true, ...config }).then(
                () => "no error",
                (error: Error) => error.message,
            );
        expect(await fails({ "program:mutability": "SOMETIMES" })).toContain(
            `Repository resource 'archive' has a problem: expected image_tag_mutability to be one of ["MUTABLE" "IMMUTABLE" "IMMUTABLE_WITH_EXCLUSION" "MUTABLE_WITH_EXCLUSION"], got SOMETIMES. Examine values at 'archive.imageTagMutability'.`,
        );
        const wrong = await fails({ "aws:secretKey": "wrong" });
        expect(wrong).toContain("unable to validate AWS credentials");
        expect(wrong).toContain("SignatureDoesNotMatch");
        expect(await fails({ "aws:allowedAccountIds": ["999999999999"] })).toContain(
            `AWS account ID not allowed: ${accountId}`,
        );
        const noRegion = await newStack({ ...awsConfig(), "aws:region": "" });
        expect(await fails({}, noRegion)).toContain(
            'missing required configuration key "aws:region"',
        );
        await sandbox.ecr().send(new CreateRepositoryCommand({ repositoryName: "base/archive" }));
        const taken = await run(up, { "program:alone": true }).catch(
            (error: Error) => error.message,
        );
        expect(taken).toMatch(
            /creating ECR Repository \(base\/archive\): operation error ECR: CreateRepository, https response error StatusCode: 400, RequestID: .*RepositoryAlreadyExistsException: The repository with name 'base\/archive' already exists/,
        );
        // It can be taken over instead.
        const imported = { "program:alone": true, "program:import": "base/archive" };
        expect(await run(up, imported)).toMatch(/= 1 imported/);
        await run(destroy, { "program:alone": true });
    });

    test("a key that does not exist, and a name that gets too long, are refused", async () => {
        const run = await newStack();
        await expect(run(["preview"], { "aws:regoin": "us-east-1" })).rejects.toThrow(
            /Invalid or unknown key. Check `pulumi config get aws:regoin`/,
        );
        await expect(run(["preview"], { "program:roleName": "r".repeat(60) })).rejects.toThrow(
            new RegExp(
                `name '${"r".repeat(60)}-' plus 7 random chars is longer than maximum length 64`,
            ),
        );
    });

    test("a web identity in a second region; a repository that goes is gone", async () => {
        const { token, provider } = sandbox.aws.webIdentity({ subject: "ci", audience: "a" }, 600);
        const file = path.join(sandbox.dir, "token");
        fs.writeFileSync(file, token);
        const { Role } = await sandbox.iam().send(
            new CreateRoleCommand({
                RoleName: "ci",
                AssumeRolePolicyDocument: JSON.stringify({
                    Statement: {
                        Effect: "Allow",
                        Principal: { Federated: provider },
                        Action: "sts:AssumeRoleWithWebIdentity",
                    },
                }),
            }),
        );
        const command = new PutRolePolicyCommand({
            RoleName: "ci",
            PolicyName: "all",
            PolicyDocument: JSON.stringify({
                Statement: { Effect: "Allow", Action: "*", Resource: "*" },
            }),
        });
        await sandbox.iam().send(command);
        const run = await newStack({
            "aws:region": "eu-west-1",
            "aws:endpoints": endpoints(),
            "aws:customCaBundle": sandbox.ca.file,
            "aws:useFipsEndpoint": true,
            "aws:assumeRoleWithWebIdentity": { roleArn: Role!.Arn, webIdentityTokenFile: file },
        });
        await run(up, { "program:alone": true });
        const outputs = JSON.parse(await run(["stack", "output", "--json"])) as { arn: string };
        expect(outputs.arn).toBe("arn:aws:ecr:eu-west-1:123456789012:repository/base/archive");
        await sandbox.aws.removeImages("base/archive", { region: "eu-west-1" });
        expect(
            await run(["refresh", "--yes", "--skip-preview"], { "program:alone": true }),
        ).toMatch(/- 1 deleted/);
        await run(destroy, { "program:alone": true });
    });

    test("an explicit provider, default tags, and credentials from the environment", async () => {
        const run = await newStack({});
        const config = {
            "program:alone": true,
            "program:explicitProvider": true,
            "program:tags": { own: "1" },
            "program:provider": {
                region,
                endpoints: endpoints(),
                defaultTags: { tags: { team: "packs" } },
            },
        };
        const environment = {
            AWS_ACCESS_KEY_ID: administrator.accessKeyId,
            AWS_SECRET_ACCESS_KEY: administrator.secretAccessKey,
            AWS_CA_BUNDLE: sandbox.ca.file,
        };
        await run(up, config, environment);
        const tagsAll = JSON.parse(await run(["stack", "output", "tagsAll"], config)) as object;
        expect(tagsAll).toEqual({ own: "1", team: "packs" });
        expect(await run(["refresh", "--yes", "--expect-no-changes"], config, environment)).toMatch(
            /unchanged/,
        );
        await run(destroy, config, environment);
    });
});
