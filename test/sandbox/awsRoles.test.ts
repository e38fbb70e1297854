import { DescribeRepositoriesCommand, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import {
    CreateRoleCommand,
    DeleteRoleCommand,
    DeleteRolePolicyCommand,
    GetRoleCommand,
    GetRolePolicyCommand,
    ListAttachedRolePoliciesCommand,
    ListInstanceProfilesForRoleCommand,
    ListRolePoliciesCommand,
    ListRolesCommand,
    ListRoleTagsCommand,
    PutRolePolicyCommand,
    TagRoleCommand,
    UntagRoleCommand,
    UpdateAssumeRolePolicyCommand,
    UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import {
    accountId,
    administrator,
    describeWith,
    palette,
    paletteAccountId,
    type Credentials,
} from "./awsSandbox";
import { allow, awsAccessBench, minute, policy, repositoryArn } from "./awsAccessBench";

describeWith("registry", "oras")("roles of the local AWS", () => {
    const access = awsAccessBench();
    const { withRepository, userWith, push, pull } = access;

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
            access.sandbox
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
            const iam = access.sandbox.iam();
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
            access.sandbox.skew = 0;
            access.sandbox.aws.switches.propagation = 0;
            const iam = access.sandbox.iam();
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
                await access.sandbox.sts(credentials).send(new GetCallerIdentityCommand()),
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
                access.sandbox
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
                access.sandbox.ecr(palette).send(new DescribeRepositoriesCommand()),
            ).rejects.toMatchObject({ name: "AccessDeniedException" });
        });

        test("in the account itself: named is enough, the account's name needs a policy too", async () => {
            const iam = access.sandbox.iam();
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
            await access.sandbox.ecr(credentials).send(token);
            access.sandbox.skew = 14 * minute;
            await access.sandbox.ecr(credentials).send(token);
            const small = await session({
                Policy: policy(allow("ecr:ListImages")),
            });
            await expect(access.sandbox.ecr(small).send(token)).rejects.toMatchObject({
                message: expect.stringContaining("because no session policy allows"),
            });
            const longer = assume(palette, { ExternalId: "ext-1", DurationSeconds: 7200 });
            await expect(longer).rejects.toMatchObject({
                name: "ValidationError",
                message: expect.stringContaining("exceeds the MaxSessionDuration"),
            });
            await access.sandbox
                .iam()
                .send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 }));
            await assume(palette, { ExternalId: "ext-1", DurationSeconds: 7200 });
        });

        test("expired temporary credentials are refused as such", async () => {
            const credentials = await session({ DurationSeconds: 900 });
            const client = access.sandbox.ecr(credentials);
            // The client's clock is right as well: only the session is over.
            client.config.systemClockOffset = 16 * minute;
            access.sandbox.skew = 16 * minute;
            await expect(client.send(new GetAuthorizationTokenCommand())).rejects.toMatchObject({
                name: "ExpiredTokenException",
            });
        });

        test("IAM can be made as slow as it is", async () => {
            access.sandbox.aws.switches.propagation = 10_000;
            await expect(session()).rejects.toMatchObject({ name: "AccessDenied" });
            access.sandbox.skew = 11_000;
            await session();
        });

        test("what IAM keeps of a role, and what it refuses", async () => {
            const iam = access.sandbox.iam();
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
});
