import { createHash } from "node:crypto";
import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import { accountId, AwsSandbox, describeWith, region } from "./awsSandbox";

/** What one identity does in a flow, with clients of its own. */
interface Actor {
    ecr: ecr.ECRClient;
    iam: iam.IAMClient;
    /** A call of the registry API with the token that the flow has got; throws unless it succeeds. */
    registry(
        method: string,
        where: string,
        init?: { type?: string; body?: string },
    ): Promise<Record<string, string>>;
    password: string;
}

type Step = [action: string, perform: (actor: Actor) => Promise<unknown>];

const repositoryName = "flow/spectro-packs/archive/hello";
const resourceArn = `arn:aws:ecr:${region}:${accountId}:repository/${repositoryName}`;
const at = `/v2/${repositoryName}`;
const digestOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const blob = "{}";
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const descriptor = (mediaType: string) => ({ mediaType, digest: digestOf(blob), size: 2 });
const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptor("application/vnd.unknown.config.v1+json"),
    layers: [descriptor("application/vnd.oci.image.layer.v1.tar")],
});
const trust = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "210987654321" } }],
});
const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "ecr:ListImages", Resource: "*" }],
});
const repositoryPolicy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
        {
            Effect: "Allow",
            Action: "ecr:BatchGetImage",
            Principal: { AWS: "arn:aws:iam::210987654321:root" },
        },
    ],
});
const lifecyclePolicyText = JSON.stringify({
    rules: [
        {
            rulePriority: 1,
            selection: {
                tagStatus: "untagged",
                countType: "sinceImagePushed",
                countUnit: "days",
                countNumber: 14,
            },
            action: { type: "expire" },
        },
    ],
});
const RoleName = "flow-role";
const UserName = "flow-user";
const PolicyName = "read";
let upload = "";
let accessKeyId = "";

/** What the stack, the push, Palette and the teardown call, in an order in which each can succeed. */
const steps: Step[] = [
    [
        "ecr:CreateRepository",
        ({ ecr: to }) => to.send(new ecr.CreateRepositoryCommand({ repositoryName })),
    ],
    [
        "ecr:DescribeRepositories",
        ({ ecr: to }) =>
            to.send(new ecr.DescribeRepositoriesCommand({ repositoryNames: [repositoryName] })),
    ],
    [
        "ecr:TagResource",
        ({ ecr: to }) =>
            to.send(new ecr.TagResourceCommand({ resourceArn, tags: [{ Key: "a", Value: "b" }] })),
    ],
    [
        "ecr:ListTagsForResource",
        ({ ecr: to }) => to.send(new ecr.ListTagsForResourceCommand({ resourceArn })),
    ],
    [
        "ecr:UntagResource",
        ({ ecr: to }) => to.send(new ecr.UntagResourceCommand({ resourceArn, tagKeys: ["a"] })),
    ],
    [
        "ecr:PutImageTagMutability",
        ({ ecr: to }) =>
            to.send(
                new ecr.PutImageTagMutabilityCommand({
                    repositoryName,
                    imageTagMutability: "IMMUTABLE",
                }),
            ),
    ],
    [
        "ecr:PutImageScanningConfiguration",
        ({ ecr: to }) =>
            to.send(
                new ecr.PutImageScanningConfigurationCommand({
                    repositoryName,
                    imageScanningConfiguration: { scanOnPush: true },
                }),
            ),
    ],
    [
        "ecr:SetRepositoryPolicy",
        ({ ecr: to }) =>
            to.send(
                new ecr.SetRepositoryPolicyCommand({
                    repositoryName,
                    policyText: repositoryPolicy,
                }),
            ),
    ],
    [
        "ecr:GetRepositoryPolicy",
        ({ ecr: to }) => to.send(new ecr.GetRepositoryPolicyCommand({ repositoryName })),
    ],
    [
        "ecr:PutLifecyclePolicy",
        ({ ecr: to }) =>
            to.send(new ecr.PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText })),
    ],
    [
        "ecr:GetLifecyclePolicy",
        ({ ecr: to }) => to.send(new ecr.GetLifecyclePolicyCommand({ repositoryName })),
    ],
    [
        "ecr:GetAuthorizationToken",
        async (actor) => {
            const { authorizationData } = await actor.ecr.send(
                new ecr.GetAuthorizationTokenCommand({}),
            );
            actor.password = authorizationData![0]!.authorizationToken!;
        },
    ],
    [
        "ecr:InitiateLayerUpload",
        async ({ registry }) => {
            upload = (await registry("POST", `${at}/blobs/uploads/`)).location!;
        },
    ],
    [
        "ecr:UploadLayerPart",
        async ({ registry }) => {
            upload = (
                await registry("PATCH", upload, { type: "application/octet-stream", body: blob })
            ).location!;
        },
    ],
    [
        "ecr:CompleteLayerUpload",
        ({ registry }) => registry("PUT", `${upload}&digest=${digestOf(blob)}`),
    ],
    [
        "ecr:BatchCheckLayerAvailability",
        ({ registry }) => registry("HEAD", `${at}/blobs/${digestOf(blob)}`),
    ],
    [
        "ecr:PutImage",
        ({ registry }) =>
            registry("PUT", `${at}/manifests/1.0.0`, { type: manifestType, body: manifest }),
    ],
    ["ecr:BatchGetImage", ({ registry }) => registry("GET", `${at}/manifests/1.0.0`)],
    [
        "ecr:GetDownloadUrlForLayer",
        ({ registry }) => registry("GET", `${at}/blobs/${digestOf(blob)}`),
    ],
    ["ecr:ListImages", ({ registry }) => registry("GET", `${at}/tags/list`)],
    [
        "ecr:DescribeImages",
        ({ ecr: to }) => to.send(new ecr.DescribeImagesCommand({ repositoryName })),
    ],
    [
        "ecr:BatchDeleteImage",
        ({ ecr: to }) =>
            to.send(
                new ecr.BatchDeleteImageCommand({
                    repositoryName,
                    imageIds: [{ imageDigest: digestOf(manifest) }],
                }),
            ),
    ],
    [
        "ecr:DeleteLifecyclePolicy",
        ({ ecr: to }) => to.send(new ecr.DeleteLifecyclePolicyCommand({ repositoryName })),
    ],
    [
        "ecr:DeleteRepositoryPolicy",
        ({ ecr: to }) => to.send(new ecr.DeleteRepositoryPolicyCommand({ repositoryName })),
    ],
    [
        "ecr:DeleteRepository",
        ({ ecr: to }) => to.send(new ecr.DeleteRepositoryCommand({ repositoryName })),
    ],
    [
        "iam:CreateRole",
        ({ iam: to }) =>
            to.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust })),
    ],
    ["iam:GetRole", ({ iam: to }) => to.send(new iam.GetRoleCommand({ RoleName }))],
    [
        "iam:TagRole",
        ({ iam: to }) =>
            to.send(new iam.TagRoleCommand({ RoleName, Tags: [{ Key: "a", Value: "b" }] })),
    ],
    [
        "iam:UntagRole",
        ({ iam: to }) => to.send(new iam.UntagRoleCommand({ RoleName, TagKeys: ["a"] })),
    ],
    [
        "iam:UpdateAssumeRolePolicy",
        ({ iam: to }) =>
            to.send(new iam.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust })),
    ],
    [
        "iam:PutRolePolicy",
        ({ iam: to }) =>
            to.send(
                new iam.PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document }),
            ),
    ],
    [
        "iam:GetRolePolicy",
        ({ iam: to }) => to.send(new iam.GetRolePolicyCommand({ RoleName, PolicyName })),
    ],
    [
        "iam:ListRolePolicies",
        ({ iam: to }) => to.send(new iam.ListRolePoliciesCommand({ RoleName })),
    ],
    [
        "iam:ListAttachedRolePolicies",
        ({ iam: to }) => to.send(new iam.ListAttachedRolePoliciesCommand({ RoleName })),
    ],
    [
        "iam:ListInstanceProfilesForRole",
        ({ iam: to }) => to.send(new iam.ListInstanceProfilesForRoleCommand({ RoleName })),
    ],
    [
        "iam:DeleteRolePolicy",
        ({ iam: to }) => to.send(new iam.DeleteRolePolicyCommand({ RoleName, PolicyName })),
    ],
    ["iam:DeleteRole", ({ iam: to }) => to.send(new iam.DeleteRoleCommand({ RoleName }))],
    ["iam:CreateUser", ({ iam: to }) => to.send(new iam.CreateUserCommand({ UserName }))],
    ["iam:GetUser", ({ iam: to }) => to.send(new iam.GetUserCommand({ UserName }))],
    [
        "iam:PutUserPolicy",
        ({ iam: to }) =>
            to.send(
                new iam.PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument: document }),
            ),
    ],
    [
        "iam:GetUserPolicy",
        ({ iam: to }) => to.send(new iam.GetUserPolicyCommand({ UserName, PolicyName })),
    ],
    [
        "iam:CreateAccessKey",
        async ({ iam: to }) => {
            const { AccessKey } = await to.send(new iam.CreateAccessKeyCommand({ UserName }));
            accessKeyId = AccessKey!.AccessKeyId!;
        },
    ],
    ["iam:ListAccessKeys", ({ iam: to }) => to.send(new iam.ListAccessKeysCommand({ UserName }))],
    [
        "iam:DeleteAccessKey",
        ({ iam: to }) =>
            to.send(new iam.DeleteAccessKeyCommand({ UserName, AccessKeyId: accessKeyId })),
    ],
    [
        "iam:DeleteUserPolicy",
        ({ iam: to }) => to.send(new iam.DeleteUserPolicyCommand({ UserName, PolicyName })),
    ],
    ["iam:DeleteUser", ({ iam: to }) => to.send(new iam.DeleteUserCommand({ UserName }))],
];
const actions = steps.map(([action]) => action);

describeWith("registry")("a policy that lacks one action of the flow", () => {
    let sandbox: AwsSandbox;
    beforeAll(async () => {
        sandbox = await AwsSandbox.start();
    });
    afterAll(() => sandbox.remove());

    let users = 0;
    /** A user who may do these things and nothing else. */
    async function actorWith(allowed: string[]): Promise<{ actor: Actor; arn: string }> {
        const admin = sandbox.iam();
        const name = `actor-${++users}`;
        const { User } = await admin.send(new iam.CreateUserCommand({ UserName: name }));
        const Statement = [{ Effect: "Allow", Action: allowed, Resource: "*" }];
        await admin.send(
            new iam.PutUserPolicyCommand({
                UserName: name,
                PolicyName: "p",
                PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
            }),
        );
        const { AccessKey } = await admin.send(new iam.CreateAccessKeyCommand({ UserName: name }));
        const credentials = {
            accessKeyId: AccessKey!.AccessKeyId!,
            secretAccessKey: AccessKey!.SecretAccessKey!,
        };
        const actor: Actor = {
            ecr: sandbox.ecr(credentials),
            iam: sandbox.iam(credentials),
            password: "",
            async registry(method, where, { type, body } = {}) {
                const { status, headers, text } = await sandbox.fetch(where, {
                    method,
                    headers: {
                        authorization: `Basic ${actor.password}`,
                        "content-length": String(body?.length ?? 0),
                        ...(type && { "content-type": type }),
                    },
                    ...(body && { body }),
                });
                if (status >= 300) {
                    throw new Error(`${status} ${text}`);
                }
                return headers;
            },
        };
        return { actor, arn: User!.Arn! };
    }

    /** What an earlier flow has left. */
    async function clear(): Promise<void> {
        const [registry, identities] = [sandbox.ecr(), sandbox.iam()];
        const leftovers: (() => Promise<unknown>)[] = [
            () => registry.send(new ecr.DeleteRepositoryCommand({ repositoryName, force: true })),
            () => identities.send(new iam.DeleteRolePolicyCommand({ RoleName, PolicyName })),
            () => identities.send(new iam.DeleteRoleCommand({ RoleName })),
            () =>
                identities.send(
                    new iam.DeleteAccessKeyCommand({ UserName, AccessKeyId: accessKeyId }),
                ),
            () => identities.send(new iam.DeleteUserPolicyCommand({ UserName, PolicyName })),
            () => identities.send(new iam.DeleteUserCommand({ UserName })),
        ];
        for (const remove of leftovers) {
            await remove().catch(() => undefined);
        }
    }

    /** The action whose step failed first, and how. */
    async function play(actor: Actor): Promise<{ action: string; message: string } | undefined> {
        for (const [action, perform] of steps) {
            try {
                await perform(actor);
            } catch (error) {
                return { action, message: (error as Error).message };
            }
        }
        return undefined;
    }

    test("the whole flow passes when nothing is lacking", async () => {
        const { actor } = await actorWith(actions);
        expect(await play(actor)).toBeUndefined();
    });

    test.each(actions)("fails at exactly that call: %s", async (missing) => {
        await clear();
        const { actor, arn } = await actorWith(actions.filter((action) => action !== missing));
        const failure = await play(actor);
        expect(failure?.action).toBe(missing);
        // The answer to a HEAD has no body to say it in.
        expect(failure?.message).toMatch(
            missing === "ecr:BatchCheckLayerAvailability"
                ? /^403/
                : new RegExp(`User: ${arn} is not authorized to perform: ${missing} on resource`),
        );
    });
});
