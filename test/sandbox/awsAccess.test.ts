import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import {
    CreateRepositoryCommand,
    DeleteRepositoryCommand,
    DescribeImagesCommand,
    DescribeRepositoriesCommand,
    GetAuthorizationTokenCommand,
    ListImagesCommand,
    SetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";
import {
    CreateAccessKeyCommand,
    CreateRoleCommand,
    CreateUserCommand,
    DeleteAccessKeyCommand,
    DeleteRoleCommand,
    DeleteRolePolicyCommand,
    DeleteUserCommand,
    DeleteUserPolicyCommand,
    GetRoleCommand,
    GetRolePolicyCommand,
    GetUserCommand,
    ListAccessKeysCommand,
    ListAttachedRolePoliciesCommand,
    ListInstanceProfilesForRoleCommand,
    ListRolePoliciesCommand,
    ListRolesCommand,
    ListRoleTagsCommand,
    PutRolePolicyCommand,
    PutUserPolicyCommand,
    TagRoleCommand,
    UntagRoleCommand,
    UpdateAssumeRolePolicyCommand,
    UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { Observer } from "../../sandbox/control";
import {
    AwsSandbox,
    accountId,
    administrator,
    describeWith,
    palette,
    paletteAccountId,
    region,
    type Credentials,
} from "./awsSandbox";

const minute = 60_000;
const name = "base/spectro-packs/archive/hellouniverse";
const repositoryArn = `arn:aws:ecr:${region}:${accountId}:repository/${name}`;
const allow = (Action: string | string[], Resource = "*", more = {}) => ({
    Effect: "Allow",
    Action,
    Resource,
    ...more,
});
const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });

describeWith("registry", "oras")("who may do what in the local AWS", () => {
    let sandbox: AwsSandbox;
    let users = 0;
    beforeAll(async () => {
        sandbox = await AwsSandbox.start();
        fs.writeFileSync(path.join(sandbox.dir, "file"), "content");
    });
    afterAll(() => sandbox.remove());
    afterEach(() => {
        sandbox.skew = 0;
    });

    const withRepository = async () => {
        const ecr = sandbox.ecr();
        await ecr
            .send(new DeleteRepositoryCommand({ repositoryName: name, force: true }))
            .catch(() => {});
        await ecr.send(new CreateRepositoryCommand({ repositoryName: name }));
    };
    const userWith = async (
        document: string,
    ): Promise<{ UserName: string; arn: string; credentials: Credentials }> => {
        const iam = sandbox.iam();
        const UserName = `user-${++users}`;
        const { User } = await iam.send(new CreateUserCommand({ UserName }));
        await iam.send(
            new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument: document }),
        );
        const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
        const credentials = {
            accessKeyId: AccessKey!.AccessKeyId!,
            secretAccessKey: AccessKey!.SecretAccessKey!,
        };
        return { UserName, arn: User!.Arn!, credentials };
    };
    const password = async (credentials: Credentials): Promise<string> => {
        const { authorizationData } = await sandbox
            .ecr(credentials)
            .send(new GetAuthorizationTokenCommand());
        const token = Buffer.from(authorizationData![0]!.authorizationToken!, "base64").toString();
        return token.slice("AWS:".length);
    };
    const push = async (credentials: Credentials, tag = "1") =>
        sandbox.oras(
            ["push", `${sandbox.aws.registryHost}/${name}:${tag}`, "file"].concat(
                "--image-spec=v1.0",
                `--annotation=tag=${tag}`,
            ),
            { password: await password(credentials) },
        );
    const pull = async (credentials: Credentials) =>
        sandbox.oras(["pull", `${sandbox.aws.registryHost}/${name}:1`, "--output", "pulled"], {
            password: await password(credentials),
        });

    describe("signatures", () => {
        const list = new DescribeRepositoriesCommand();
        const whoami = new GetCallerIdentityCommand();

        test("a wrong secret, an unknown key, a wrong session token", async () => {
            const wrong = { ...administrator, secretAccessKey: "wrong" };
            await expect(sandbox.ecr(wrong).send(list)).rejects.toMatchObject({
                name: "InvalidSignatureException",
                message: expect.stringContaining("does not match the signature you provided"),
            });
            await expect(sandbox.sts(wrong).send(whoami)).rejects.toMatchObject({
                name: "SignatureDoesNotMatch",
                $metadata: expect.objectContaining({ httpStatusCode: 403 }),
            });
            for (const unknown of [
                { ...administrator, accessKeyId: "AKIANOBODY" },
                { ...administrator, sessionToken: "no session" },
            ]) {
                await expect(sandbox.ecr(unknown).send(list)).rejects.toMatchObject({
                    name: "UnrecognizedClientException",
                    message: "The security token included in the request is invalid.",
                });
                await expect(sandbox.sts(unknown).send(whoami)).rejects.toMatchObject({
                    name: "InvalidClientTokenId",
                });
            }
        });

        test("a wrong region, a body that was changed, no signature", async () => {
            // Another partition's, one that nobody has, and one put in after the request was signed.
            for (const region of ["cn-north-1", "eu-nowhere-1"]) {
                await expect(sandbox.ecr(administrator, region).send(list)).rejects.toMatchObject({
                    name: "InvalidSignatureException",
                    message: expect.stringContaining("scoped to a valid region"),
                });
            }
            const moved = sandbox.ecr();
            moved.middlewareStack.add(
                (next) => (args) => {
                    const { headers } = args.request as { headers: Record<string, string> };
                    headers.authorization = headers.authorization!.replace(
                        "us-east-1",
                        "eu-west-1",
                    );
                    return next(args);
                },
                { step: "deserialize", priority: "low" },
            );
            await expect(moved.send(list)).rejects.toMatchObject({
                name: "InvalidSignatureException",
                message: expect.stringContaining("does not match the signature you provided"),
            });

            const client = sandbox.ecr();
            client.middlewareStack.add(
                (next) => (args) => {
                    (args.request as { body: string }).body = "[]";
                    return next(args);
                },
                { step: "deserialize", priority: "low" },
            );
            await expect(client.send(list)).rejects.toMatchObject({
                name: "InvalidSignatureException",
            });

            const bare = await sandbox.fetch(sandbox.aws.endpoint, {
                method: "POST",
                headers: {
                    "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories",
                },
                body: "{}",
            });
            expect([bare.status, bare.text]).toEqual([
                400,
                expect.stringContaining("MissingAuthenticationTokenException"),
            ]);
        });

        test("a clock that is off by more than 15 minutes", async () => {
            // The SDK corrects its clock by the server's Date header, which is the true one here.
            sandbox.skew = 14 * minute;
            await sandbox.ecr().send(list);
            sandbox.skew = 16 * minute;
            await expect(sandbox.ecr().send(list)).rejects.toMatchObject({
                message: expect.stringMatching(/^Signature expired: \d{8}T\d{6}Z is now earlier/),
            });
            sandbox.skew = -16 * minute;
            await expect(sandbox.sts().send(whoami)).rejects.toMatchObject({
                name: "SignatureDoesNotMatch",
                message: expect.stringMatching(/^Signature not yet current/),
            });
        });

        test("everybody may ask who they are", async () => {
            expect(await sandbox.sts().send(whoami)).toMatchObject({
                Account: accountId,
                Arn: `arn:aws:iam::${accountId}:user/administrator`,
            });
            const { credentials, arn } = await userWith(
                policy({ Effect: "Deny", Action: "*", Resource: "*" }),
            );
            expect(await sandbox.sts(credentials).send(whoami)).toMatchObject({ Arn: arn });
            expect(await sandbox.sts(palette).send(whoami)).toMatchObject({
                Account: paletteAccountId,
            });
        });
    });

    describe("policies", () => {
        const pushActions = [
            "BatchCheckLayerAvailability",
            "InitiateLayerUpload",
            "UploadLayerPart",
            "CompleteLayerUpload",
            "BatchGetImage",
            "PutImage",
        ].map((action) => `ecr:${action}`);

        test("the AWS guide's push policy suffices for oras push", async () => {
            await withRepository();
            const { credentials } = await userWith(
                policy(allow("ecr:GetAuthorizationToken"), allow(pushActions, repositoryArn)),
            );
            await push(credentials);
            await expect(pull(credentials)).rejects.toMatchObject({
                stderr: expect.stringContaining(
                    "not authorized to perform: ecr:GetDownloadUrlForLayer",
                ),
            });
        });

        test("a policy that lacks one action fails at exactly that call", async () => {
            for (const missing of pushActions) {
                await withRepository();
                const { credentials, arn } = await userWith(
                    policy(
                        allow("ecr:GetAuthorizationToken"),
                        allow(
                            pushActions.filter((action) => action !== missing),
                            repositoryArn,
                        ),
                    ),
                );
                // oras only looks a manifest up before it pushes when the tag is there already.
                const attempt =
                    missing === "ecr:BatchGetImage"
                        ? sandbox.oras(["resolve", `${sandbox.aws.registryHost}/${name}:1`], {
                              password: await password(credentials),
                          })
                        : push(credentials);
                const error = await attempt.then(
                    () => "no error",
                    ({ stderr }: { stderr: string }) => stderr,
                );
                // A HEAD has no body, so that oras knows no more than the status.
                expect(error).toContain(
                    /Get|Check/.test(missing)
                        ? "403"
                        : `User: ${arn} is not authorized to perform: ${missing} on resource: ${repositoryArn} because no identity-based policy allows the ${missing} action`,
                );
            }
        });

        test("the tutorial's list of permissions can't log in", async () => {
            const { credentials, arn } = await userWith(
                policy(allow(["ecr:CreateRepository", "ecr:PutImage", "ecr:DescribeImages"])),
            );
            await expect(password(credentials)).rejects.toMatchObject({
                name: "AccessDeniedException",
                message: `User: ${arn} is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action`,
            });
        });

        test("wildcards, NotAction, an explicit deny, tagging at creation", async () => {
            const { credentials, arn } = await userWith(
                policy(
                    allow("ecr:*Repositor*", `arn:aws:ecr:*:${accountId}:repository/mine/*`),
                    allow("ECR:listimages"),
                    {
                        Effect: "Deny",
                        NotAction: "ecr:*",
                        Resource: "*",
                    },
                    {
                        Effect: "Deny",
                        Action: "ecr:Delete*",
                        Resource: `arn:aws:ecr:${region}:${accountId}:repository/mine/k?ep`,
                    },
                ),
            );
            const ecr = sandbox.ecr(credentials);
            const create = (repositoryName: string, tags?: { Key: string; Value: string }[]) =>
                ecr.send(new CreateRepositoryCommand({ repositoryName, tags }));
            const remove = (repositoryName: string) =>
                ecr.send(new DeleteRepositoryCommand({ repositoryName }));
            await create("mine/keep");
            await create("mine/drop");
            await remove("mine/drop");
            await expect(remove("mine/keep")).rejects.toMatchObject({
                message: `User: ${arn} is not authorized to perform: ecr:DeleteRepository on resource: arn:aws:ecr:${region}:${accountId}:repository/mine/keep with an explicit deny in an identity-based policy`,
            });
            await expect(create("yours/one")).rejects.toMatchObject({
                name: "AccessDeniedException",
            });
            await expect(create("mine/tagged", [{ Key: "a", Value: "b" }])).rejects.toMatchObject({
                message: expect.stringContaining("ecr:TagResource"),
            });
            await ecr.send(new ListImagesCommand({ repositoryName: "mine/keep" }));
            await expect(ecr.send(new DescribeRepositoriesCommand())).rejects.toMatchObject({
                message: expect.stringContaining(":repository/*"),
            });
            await expect(
                sandbox.iam(credentials).send(
                    new CreateRoleCommand({
                        RoleName: "r",
                        AssumeRolePolicyDocument: policy(),
                    }),
                ),
            ).rejects.toMatchObject({
                name: "AccessDenied",
                message: `User: ${arn} is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::${accountId}:role/r with an explicit deny in an identity-based policy`,
            });
        });

        test("a repository's own policy lets in another user of the account", async () => {
            await withRepository();
            const { credentials, arn } = await userWith(policy(allow("ecr:GetAuthorizationToken")));
            await push(administrator);
            await expect(pull(credentials)).rejects.toThrow();
            const policyText = JSON.stringify({
                Statement: {
                    Effect: "Allow",
                    Principal: { AWS: arn },
                    Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                },
            });
            await sandbox
                .ecr()
                .send(new SetRepositoryPolicyCommand({ repositoryName: name, policyText }));
            await pull(credentials);
            await expect(
                sandbox.ecr(credentials).send(new DescribeImagesCommand({ repositoryName: name })),
            ).rejects.toMatchObject({ name: "AccessDeniedException" });
        });

        test("a deleted user's token and key are worth nothing", async () => {
            await withRepository();
            const iam = sandbox.iam();
            const { credentials, UserName } = await userWith(policy(allow("ecr:*")));
            const token = await password(credentials);
            const authorization = `Basic ${Buffer.from(`AWS:${token}`).toString("base64")}`;
            const status = async () =>
                (await sandbox.fetch("/v2/", { headers: { authorization } })).status;
            expect(await status()).toBe(200);
            await expect(iam.send(new DeleteUserCommand({ UserName }))).rejects.toMatchObject({
                name: "DeleteConflictException",
            });
            await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: "p" }));
            const AccessKeyId = credentials.accessKeyId;
            await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
            expect(
                (await iam.send(new ListAccessKeysCommand({ UserName }))).AccessKeyMetadata,
            ).toEqual([]);
            await iam.send(new DeleteUserCommand({ UserName }));
            expect(await status()).toBe(401);
            await expect(password(credentials)).rejects.toMatchObject({
                name: "UnrecognizedClientException",
            });
            await expect(iam.send(new GetUserCommand({ UserName }))).rejects.toMatchObject({
                name: "NoSuchEntityException",
                message: `The user with name ${UserName} cannot be found.`,
            });
        });
    });

    describe("roles", () => {
        const RoleName = "palette-ecr";
        const RoleArn = `arn:aws:iam::${accountId}:role/${RoleName}`;
        const trust = (principal: object | string, ExternalId?: string) =>
            JSON.stringify({
                Version: "2012-10-17",
                Statement: [
                    {
                        Effect: "Allow",
                        Principal: principal,
                        Action: "sts:AssumeRole",
                        ...(ExternalId && {
                            Condition: { StringEquals: { "sts:ExternalId": ExternalId } },
                        }),
                    },
                ],
            });
        const paletteTrust = trust({ AWS: `arn:aws:iam::${paletteAccountId}:root` }, "ext-1");
        const assume = (credentials: Credentials, more = {}) =>
            sandbox
                .sts(credentials)
                .send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "palette", ...more }));
        const session = async (more = {}): Promise<Credentials> => {
            const { Credentials } = await assume(palette, { ExternalId: "ext-1", ...more });
            return {
                accessKeyId: Credentials!.AccessKeyId!,
                secretAccessKey: Credentials!.SecretAccessKey!,
                sessionToken: Credentials!.SessionToken!,
            };
        };
        const pullOnly = policy(
            allow("ecr:GetAuthorizationToken"),
            allow(
                [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
                repositoryArn,
            ),
        );

        beforeEach(async () => {
            const iam = sandbox.iam();
            await iam.send(
                new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: paletteTrust }),
            );
            await iam.send(
                new PutRolePolicyCommand({
                    RoleName,
                    PolicyName: "pull",
                    PolicyDocument: pullOnly,
                }),
            );
        });
        afterEach(async () => {
            sandbox.skew = 0;
            sandbox.aws.switches.propagation = 0;
            const iam = sandbox.iam();
            const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
            for (const PolicyName of PolicyNames!) {
                await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
            }
            await iam.send(new DeleteRoleCommand({ RoleName }));
        });

        test("another account assumes it with the right external id and may do what it allows", async () => {
            await withRepository();
            await push(administrator);
            const credentials = await session();
            expect(
                await sandbox.sts(credentials).send(new GetCallerIdentityCommand()),
            ).toMatchObject({
                Arn: `arn:aws:sts::${accountId}:assumed-role/${RoleName}/palette`,
                Account: accountId,
                UserId: expect.stringMatching(/^AROA.*:palette$/),
            });
            await pull(credentials);
            await expect(push(credentials, "2")).rejects.toMatchObject({
                stderr: expect.stringContaining(
                    `User: arn:aws:sts::${accountId}:assumed-role/${RoleName}/palette is not authorized to perform: ecr:PutImage`,
                ),
            });
            await expect(
                sandbox
                    .ecr({ ...credentials, sessionToken: "x" })
                    .send(new DescribeRepositoriesCommand()),
            ).rejects.toMatchObject({ name: "UnrecognizedClientException" });
        });

        test("a wrong or missing external id, a stranger, a role that is not there", async () => {
            const refused = {
                name: "AccessDenied",
                message: `User: arn:aws:iam::${paletteAccountId}:user/palette is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
            };
            await expect(assume(palette)).rejects.toMatchObject(refused);
            await expect(assume(palette, { ExternalId: "ext-2" })).rejects.toMatchObject(refused);
            await expect(
                assume(palette, { ExternalId: "ext-1", RoleArn: `${RoleArn}-not` }),
            ).rejects.toMatchObject({ ...refused, message: `${refused.message}-not` });
            const { credentials } = await userWith(policy(allow("sts:AssumeRole")));
            await expect(assume(credentials, { ExternalId: "ext-1" })).rejects.toMatchObject({
                name: "AccessDenied",
            });
            // Palette's account has nothing to say in this one.
            await expect(
                sandbox.ecr(palette).send(new DescribeRepositoriesCommand()),
            ).rejects.toMatchObject({ name: "AccessDeniedException" });
        });

        test("in the account itself: named is enough, the account's name needs a policy too", async () => {
            const iam = sandbox.iam();
            const may = await userWith(policy(allow("sts:AssumeRole", RoleArn)));
            const mayNot = await userWith(policy(allow("ecr:*")));
            const set = (PolicyDocument: string) =>
                iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
            await set(trust({ AWS: accountId }));
            await assume(may.credentials);
            await expect(assume(mayNot.credentials)).rejects.toMatchObject({
                name: "AccessDenied",
            });
            await set(trust({ AWS: mayNot.arn }));
            await assume(mayNot.credentials);
            await expect(assume(may.credentials)).rejects.toMatchObject({ name: "AccessDenied" });
        });

        test("a session ends, and a session policy makes it smaller", async () => {
            const credentials = await session({ DurationSeconds: 900 });
            const token = new GetAuthorizationTokenCommand();
            await sandbox.ecr(credentials).send(token);
            sandbox.skew = 14 * minute;
            await sandbox.ecr(credentials).send(token);
            const small = await session({
                Policy: policy(allow("ecr:ListImages")),
            });
            await expect(sandbox.ecr(small).send(token)).rejects.toMatchObject({
                message: expect.stringContaining("because no session policy allows"),
            });
            const longer = assume(palette, { ExternalId: "ext-1", DurationSeconds: 7200 });
            await expect(longer).rejects.toMatchObject({
                name: "ValidationError",
                message: expect.stringContaining("exceeds the MaxSessionDuration"),
            });
            await sandbox.iam().send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 }));
            await assume(palette, { ExternalId: "ext-1", DurationSeconds: 7200 });
        });

        test("expired temporary credentials are refused as such", async () => {
            const credentials = await session({ DurationSeconds: 900 });
            const client = sandbox.ecr(credentials);
            // The client's clock is right as well: only the session is over.
            client.config.systemClockOffset = 16 * minute;
            sandbox.skew = 16 * minute;
            await expect(client.send(new GetAuthorizationTokenCommand())).rejects.toMatchObject({
                name: "ExpiredTokenException",
            });
        });

        test("IAM can be made as slow as it is", async () => {
            sandbox.aws.switches.propagation = 10_000;
            await expect(session()).rejects.toMatchObject({ name: "AccessDenied" });
            sandbox.skew = 11_000;
            await session();
        });

        test("what IAM keeps of a role, and what it refuses", async () => {
            const iam = sandbox.iam();
            await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: "a", Value: "<b&c>" }] }));
            await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: "x", Value: "" }] }));
            await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ["x"] }));
            expect((await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags).toEqual([
                { Key: "a", Value: "<b&c>" },
            ]);
            const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
            expect(Role).toMatchObject({
                Arn: RoleArn,
                Path: "/",
                RoleId: expect.stringMatching(/^AROA/),
                MaxSessionDuration: 3600,
                CreateDate: expect.any(Date),
                Tags: [{ Key: "a", Value: "<b&c>" }],
            });
            expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toBe(paletteTrust);
            const PolicyName = "pull";
            const kept = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
            expect(decodeURIComponent(kept.PolicyDocument!)).toBe(pullOnly);
            const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
            expect(attached.AttachedPolicies).toEqual([]);
            const profiles = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
            expect(profiles.InstanceProfiles).toEqual([]);
            expect((await iam.send(new ListRolesCommand())).Roles).toHaveLength(1);

            await expect(iam.send(new DeleteRoleCommand({ RoleName }))).rejects.toMatchObject({
                name: "DeleteConflictException",
                message: "Cannot delete entity, must delete policies first.",
            });
            await expect(
                iam.send(
                    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: paletteTrust }),
                ),
            ).rejects.toMatchObject({
                name: "EntityAlreadyExistsException",
                message: `Role with name ${RoleName} already exists.`,
            });
            await expect(
                iam.send(new GetRoleCommand({ RoleName: "nobody" })),
            ).rejects.toMatchObject({
                name: "NoSuchEntityException",
                message: "The role with name nobody cannot be found.",
            });
            for (const document of [
                "{",
                policy(),
                policy({ ...allow("sts:AssumeRole"), Principal: "*" }),
                trust({ AWS: "somebody" }),
                JSON.stringify({ Statement: { Effect: "Allow", Action: "sts:AssumeRole" } }),
            ]) {
                await expect(
                    iam.send(
                        new CreateRoleCommand({
                            RoleName: "bad",
                            AssumeRolePolicyDocument: document,
                        }),
                    ),
                ).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
            }
            for (const document of [
                policy({ Effect: "Allow", Action: "ecr:*" }),
                policy(allow("everything")),
                policy(allow("ecr:*", "repository")),
                policy({ ...allow("ecr:*"), Principal: "*" }),
                policy({ ...allow("ecr:*"), Condition: { DateLessThan: {} } }),
            ]) {
                await expect(
                    iam.send(
                        new PutRolePolicyCommand({
                            RoleName,
                            PolicyName,
                            PolicyDocument: document,
                        }),
                    ),
                ).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
            }
        });
    });

    test("a kill of the whole account keeps its state and leaves no registry behind", async () => {
        const other = await AwsSandbox.start();
        const { dir } = other;
        await other.close();
        const program = `
            (async () => {
                const { startAws } = require(${JSON.stringify(path.resolve("sandbox/aws"))});
                const { Journal } = require(${JSON.stringify(path.resolve("sandbox/journal"))});
                const { certificateAuthority } = require(${JSON.stringify(path.resolve("sandbox/tls"))});
                const dir = ${JSON.stringify(dir)};
                const aws = await startAws({
                    dir,
                    journal: Journal.open(dir + "/state.jsonl"),
                    ca: await certificateAuthority(dir),
                    registryBinary: "registry",
                    region: ${JSON.stringify(region)},
                    accountId: ${JSON.stringify(accountId)},
                    credentials: ${JSON.stringify(administrator)},
                    paletteCredentials: ${JSON.stringify(palette)},
                });
                console.log(JSON.stringify(aws));
            })();`;
        const child = spawn(process.execPath, ["--import", "tsx", "-e", program], {
            stdio: ["ignore", "pipe", "inherit"],
        });
        const [line] = (await once(child.stdout, "data")) as [Buffer];
        other.aws = { ...(JSON.parse(String(line)) as typeof other.aws), close: other.aws.close };
        const ecr = other.ecr();
        await ecr.send(new CreateRepositoryCommand({ repositoryName: name }));
        const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand());
        const token = Buffer.from(authorizationData![0]!.authorizationToken!, "base64").toString();
        fs.writeFileSync(path.join(dir, "file"), "content");
        await other.oras(
            ["push", `${other.aws.registryHost}/${name}:1`, "file", "--image-spec=v1.0"],
            { password: token.slice(4) },
        );
        child.kill("SIGKILL");
        await once(child, "close");

        const log = () => fs.readFileSync(path.join(dir, "log", "registry.log"), "utf8");
        const backend = /.*listening on 127\.0\.0\.1:(\d+)/s.exec(log())![1];
        const gone = async () => {
            for (let attempt = 0; attempt < 50; attempt++) {
                const answer = await fetch(`http://127.0.0.1:${backend}/v2/`).catch(() => "gone");
                if (answer === "gone") {
                    return true;
                }
                await new Promise((resolve) => setTimeout(resolve, 100));
            }
            return false;
        };
        expect(await gone()).toBe(true);

        await other.open();
        const { imageDetails } = await other
            .ecr()
            .send(new DescribeImagesCommand({ repositoryName: name }));
        expect(imageDetails).toMatchObject([{ imageTags: ["1"] }]);
        // The token of the first run is good in the second.
        await other.oras(["pull", `${other.aws.registryHost}/${name}:1`, "--output", "out"], {
            password: token.slice(4),
        });
        expect(fs.readFileSync(path.join(dir, "out", "file"), "utf8")).toBe("content");
        await other.remove();
    });

    test("the observer sees each request first and may answer in its place", async () => {
        const seen: string[] = [];
        const observer =
            (server: string): Observer =>
            (request, response, next) => {
                seen.push(`${server} ${request.method} ${request.url}`);
                if (seen.length === 1) {
                    response.writeHead(503).end();
                } else {
                    next();
                }
            };
        const other = await AwsSandbox.start({
            observe: { api: observer("aws"), registry: observer("registry") },
        });
        await expect(other.ecr().send(new DescribeRepositoriesCommand())).rejects.toMatchObject({
            $metadata: { httpStatusCode: 503 },
        });
        await other.ecr().send(new DescribeRepositoriesCommand());
        await other.fetch("/v2/");
        expect(seen).toEqual(["aws POST /", "aws POST /", "registry GET /v2/"]);
        await other.remove();
    });
});

test("a registry that is not there is an error that says so", async () => {
    await expect(AwsSandbox.start({ registryBinary: "no-such-registry" })).rejects.toThrow(
        "registry: 'no-such-registry' is not there",
    );
});
