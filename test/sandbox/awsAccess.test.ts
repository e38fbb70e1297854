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
    CreateRoleCommand,
    DeleteAccessKeyCommand,
    DeleteUserCommand,
    DeleteUserPolicyCommand,
    GetUserCommand,
    ListAccessKeysCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { Observer } from "../../sandbox/control";
import {
    AwsSandbox,
    accountId,
    administrator,
    describeWith,
    palette,
    paletteAccountId,
    region,
} from "./awsSandbox";
import { allow, awsAccessBench, minute, name, policy, repositoryArn } from "./awsAccessBench";

describeWith("registry", "oras")("who may do what in the local AWS", () => {
    const access = awsAccessBench();
    const { withRepository, userWith, password, push, pull } = access;

    describe("signatures", () => {
        const list = new DescribeRepositoriesCommand();
        const whoami = new GetCallerIdentityCommand();

        test("a wrong secret, an unknown key, a wrong session token", async () => {
            const wrong = { ...administrator, secretAccessKey: "wrong" };
            await expect(access.sandbox.ecr(wrong).send(list)).rejects.toMatchObject({
                name: "InvalidSignatureException",
                message: expect.stringContaining("does not match the signature you provided"),
            });
            await expect(access.sandbox.sts(wrong).send(whoami)).rejects.toMatchObject({
                name: "SignatureDoesNotMatch",
                $metadata: expect.objectContaining({ httpStatusCode: 403 }),
            });
            for (const unknown of [
                { ...administrator, accessKeyId: "AKIANOBODY" },
                { ...administrator, sessionToken: "no session" },
            ]) {
                await expect(access.sandbox.ecr(unknown).send(list)).rejects.toMatchObject({
                    name: "UnrecognizedClientException",
                    message: "The security token included in the request is invalid.",
                });
                await expect(access.sandbox.sts(unknown).send(whoami)).rejects.toMatchObject({
                    name: "InvalidClientTokenId",
                });
            }
        });

        test("a wrong region, a body that was changed, no signature", async () => {
            // Another partition's, one that nobody has, and one put in after the request was signed.
            for (const region of ["cn-north-1", "eu-nowhere-1"]) {
                await expect(
                    access.sandbox.ecr(administrator, region).send(list),
                ).rejects.toMatchObject({
                    name: "InvalidSignatureException",
                    message: expect.stringContaining("scoped to a valid region"),
                });
            }
            const moved = access.sandbox.ecr();
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

            const client = access.sandbox.ecr();
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

            const bare = await access.sandbox.fetch(access.sandbox.aws.endpoint, {
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
            access.sandbox.skew = 14 * minute;
            await access.sandbox.ecr().send(list);
            access.sandbox.skew = 16 * minute;
            await expect(access.sandbox.ecr().send(list)).rejects.toMatchObject({
                message: expect.stringMatching(/^Signature expired: \d{8}T\d{6}Z is now earlier/),
            });
            access.sandbox.skew = -16 * minute;
            await expect(access.sandbox.sts().send(whoami)).rejects.toMatchObject({
                name: "SignatureDoesNotMatch",
                message: expect.stringMatching(/^Signature not yet current/),
            });
        });

        test("everybody may ask who they are", async () => {
            expect(await access.sandbox.sts().send(whoami)).toMatchObject({
                Account: accountId,
                Arn: `arn:aws:iam::${accountId}:user/administrator`,
            });
            const { credentials, arn } = await userWith(
                policy({ Effect: "Deny", Action: "*", Resource: "*" }),
            );
            expect(await access.sandbox.sts(credentials).send(whoami)).toMatchObject({ Arn: arn });
            expect(await access.sandbox.sts(palette).send(whoami)).toMatchObject({
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
                        ? access.sandbox.oras(
                              ["resolve", `${access.sandbox.aws.registryHost}/${name}:1`],
                              {
                                  password: await password(credentials),
                              },
                          )
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
            const ecr = access.sandbox.ecr(credentials);
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
                access.sandbox.iam(credentials).send(
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
            await access.sandbox
                .ecr()
                .send(new SetRepositoryPolicyCommand({ repositoryName: name, policyText }));
            await pull(credentials);
            await expect(
                access.sandbox
                    .ecr(credentials)
                    .send(new DescribeImagesCommand({ repositoryName: name })),
            ).rejects.toMatchObject({ name: "AccessDeniedException" });
        });

        test("a deleted user's token and key are worth nothing", async () => {
            await withRepository();
            const iam = access.sandbox.iam();
            const { credentials, UserName } = await userWith(policy(allow("ecr:*")));
            const token = await password(credentials);
            const authorization = `Basic ${Buffer.from(`AWS:${token}`).toString("base64")}`;
            const status = async () =>
                (await access.sandbox.fetch("/v2/", { headers: { authorization } })).status;
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

    test("a kill of the whole account keeps its state and leaves no registry behind", async () => {
        const otherSandbox = await AwsSandbox.start();
        const { dir } = otherSandbox;
        await otherSandbox.close();
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
        otherSandbox.aws = {
            ...(JSON.parse(String(line)) as typeof otherSandbox.aws),
            close: otherSandbox.aws.close,
        };
        const ecr = otherSandbox.ecr();
        await ecr.send(new CreateRepositoryCommand({ repositoryName: name }));
        const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand());
        const token = Buffer.from(authorizationData![0]!.authorizationToken!, "base64").toString();
        fs.writeFileSync(path.join(dir, "file"), "content");
        await otherSandbox.oras(
            ["push", `${otherSandbox.aws.registryHost}/${name}:1`, "file", "--image-spec=v1.0"],
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

        await otherSandbox.open();
        const { imageDetails } = await otherSandbox
            .ecr()
            .send(new DescribeImagesCommand({ repositoryName: name }));
        expect(imageDetails).toMatchObject([{ imageTags: ["1"] }]);
        // The token of the first run is good in the second.
        await otherSandbox.oras(
            ["pull", `${otherSandbox.aws.registryHost}/${name}:1`, "--output", "out"],
            {
                password: token.slice(4),
            },
        );
        expect(fs.readFileSync(path.join(dir, "out", "file"), "utf8")).toBe("content");
        await otherSandbox.remove();
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
        const otherSandbox = await AwsSandbox.start({
            observe: { api: observer("aws"), registry: observer("registry") },
        });
        await expect(
            otherSandbox.ecr().send(new DescribeRepositoriesCommand()),
        ).rejects.toMatchObject({
            $metadata: { httpStatusCode: 503 },
        });
        await otherSandbox.ecr().send(new DescribeRepositoriesCommand());
        await otherSandbox.fetch("/v2/");
        expect(seen).toEqual(["aws POST /", "aws POST /", "registry GET /v2/"]);
        await otherSandbox.remove();
    });
});

test("a registry that is not there is an error that says so", async () => {
    await expect(AwsSandbox.start({ registryBinary: "no-such-registry" })).rejects.toThrow(
        "registry: 'no-such-registry' is not there",
    );
});
