import fs from "node:fs";
import {
    CreateRepositoryCommand,
    DescribeRepositoriesCommand,
    ECRClient,
    GetAuthorizationTokenCommand,
    PutLifecyclePolicyCommand,
} from "@aws-sdk/client-ecr";
import {
    CreateRoleCommand,
    DeleteRolePermissionsBoundaryCommand,
    GetRoleCommand,
    IAMClient,
    PutRolePermissionsBoundaryCommand,
    PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
    AssumeRoleWithWebIdentityCommand,
    GetCallerIdentityCommand,
    STSClient,
} from "@aws-sdk/client-sts";
import { Agent } from "undici";
import { describeWith } from "./awsSandbox";
import { archive, helloFiles, packRepository, PaletteBench, pushImage } from "./paletteSupport";

const secondRegion = "eu-central-1";

/** Clients of the bench's AWS account in a region. */
function clients(bench: PaletteBench, region = bench.sandbox.aws.region, keys?: Keys) {
    const { endpoint, accessKeyId, secretAccessKey } = bench.sandbox.aws;
    const settings = {
        endpoint,
        region,
        credentials: keys ?? { accessKeyId, secretAccessKey },
        maxAttempts: 1,
        requestHandler: { httpsAgent: { ca: fs.readFileSync(bench.sandbox.caFile) } },
    };
    return {
        ecr: new ECRClient(settings),
        iam: new IAMClient(settings),
        sts: new STSClient(settings),
    };
}
type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken: string };

describeWith("registry")("the AWS account beyond one region", () => {
    let bench: PaletteBench;
    beforeAll(async () => {
        bench = await PaletteBench.start({ switches: { rateLimit: "off" } });
    });
    afterAll(() => bench.remove());

    const push = async (region: string, tag = "1.0.0") => {
        const { ecr } = clients(bench, region);
        const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand());
        const { authorizationToken, proxyEndpoint } = authorizationData![0]!;
        const agent = new Agent({ connect: { ca: fs.readFileSync(bench.sandbox.caFile, "utf8") } });
        await pushImage({
            base: proxyEndpoint!,
            repository: packRepository,
            tag,
            shape: { layers: [await archive(helloFiles({ version: tag }))] },
            headers: { authorization: `Basic ${authorizationToken}` },
            agent,
        });
        await agent.destroy();
    };

    it("has repositories, a host and ARNs of its own in each region; Palette pulls from it", async () => {
        const { ecr } = clients(bench, secondRegion);
        const { repository } = await ecr.send(
            new CreateRepositoryCommand({ repositoryName: packRepository }),
        );
        const [host] = repository!.repositoryUri!.split("/");
        expect(repository!.repositoryArn).toBe(
            `arn:aws:ecr:${secondRegion}:123456789012:repository/${packRepository}`,
        );
        expect(host).not.toBe(bench.sandbox.aws.registryHost);
        const home = await clients(bench).ecr.send(new DescribeRepositoriesCommand());
        expect(home.repositories).toEqual([]);
        await push(secondRegion);
        await bench.close();
        await bench.open();
        expect(await bench.control("GET", "/aws/registries")).toEqual({
            [bench.sandbox.aws.region]: bench.sandbox.aws.registryHost,
            [secondRegion]: host,
        });
        await bench.create(
            "/v1/registries/oci/ecr",
            bench.ecrRegistry({ name: "european", spec: { endpoint: host } }),
        );
        const items = await bench.until(async () => {
            const { items } = await bench.get("/v1/packs?filters=spec.name=hellouniverse");
            return items.length > 0 && items;
        });
        expect(items).toHaveLength(1);
        const images = `/aws/repositories/${packRepository}`;
        await bench.control("DELETE", `${images}?tag=1.0.0&region=${secondRegion}`);
        await bench.control("DELETE", `${images}?region=${secondRegion}`);
        await expect(bench.control("DELETE", images)).rejects.toThrow(/404/);
    });

    it("knows no region of another partition", async () => {
        const { ecr } = clients(bench, "us-gov-west-1");
        await expect(ecr.send(new DescribeRepositoriesCommand())).rejects.toThrow(
            /Credential should be scoped to a valid region/,
        );
    });

    it("expires what a lifecycle policy selects", async () => {
        const { ecr } = clients(bench);
        const repositoryName = packRepository;
        await ecr.send(new CreateRepositoryCommand({ repositoryName }));
        for (const tag of ["1.0.0", "1.0.1", "1.0.2"]) {
            await push(bench.sandbox.aws.region, tag);
        }
        const rule = (selection: object) => ({
            repositoryName,
            lifecyclePolicyText: JSON.stringify({
                rules: [{ rulePriority: 1, selection, action: { type: "expire" } }],
            }),
        });
        const expired = async (days?: number) =>
            (await bench.control("POST", "/aws/lifecycle", days && { days })).expired.length;
        await ecr.send(
            new PutLifecyclePolicyCommand(
                rule({ tagStatus: "any", countType: "imageCountMoreThan", countNumber: 2 }),
            ),
        );
        expect(await expired()).toBe(1);
        const selection = {
            tagStatus: "tagged",
            tagPrefixList: ["1.0.2"],
            countType: "sinceImagePushed",
            countUnit: "days",
            countNumber: 3,
        };
        await ecr.send(new PutLifecyclePolicyCommand(rule(selection)));
        expect(await expired()).toBe(0);
        expect(await expired(4)).toBe(1);
        expect(await expired(4)).toBe(0);
    });

    it("lets a web identity assume the role whose trust policy names it", async () => {
        const { token, provider } = await bench.control("POST", "/aws/webIdentity", {
            subject: "repo:team/packs",
            audience: "sts.amazonaws.com",
        });
        const { iam, sts } = clients(bench);
        const trust = (subject: string) =>
            JSON.stringify({
                Statement: {
                    Effect: "Allow",
                    Principal: { Federated: provider },
                    Action: "sts:AssumeRoleWithWebIdentity",
                    Condition: { StringEquals: { "oidc.sandbox.local:sub": subject } },
                },
            });
        const roleOf = async (RoleName: string, subject: string) =>
            (
                await iam.send(
                    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(subject) }),
                )
            ).Role!.Arn!;
        const assume = (RoleArn: string, WebIdentityToken = token) =>
            sts.send(
                new AssumeRoleWithWebIdentityCommand({
                    RoleArn,
                    RoleSessionName: "pipeline",
                    WebIdentityToken,
                }),
            );
        const role = await roleOf("publisher", "repo:team/packs");
        const { Credentials } = await assume(role);
        const keys = {
            accessKeyId: Credentials!.AccessKeyId!,
            secretAccessKey: Credentials!.SecretAccessKey!,
            sessionToken: Credentials!.SessionToken!,
        };
        const caller = await clients(bench, secondRegion, keys).sts.send(
            new GetCallerIdentityCommand(),
        );
        expect(caller.Arn).toBe("arn:aws:sts::123456789012:assumed-role/publisher/pipeline");
        await expect(assume(await roleOf("other", "repo:else"))).rejects.toThrow(
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        );
        await expect(assume(role, `${token}x`)).rejects.toThrow(/verification key/);
        const old = await bench.control("POST", "/aws/webIdentity", {
            subject: "repo:team/packs",
            audience: "a",
            seconds: -1,
        });
        await expect(assume(role, old.token)).rejects.toThrow("Token expired");
    });

    it("keeps permissions boundaries, and lets conditions ask for them", async () => {
        const { iam } = clients(bench);
        const boundary = "arn:aws:iam::123456789012:policy/company/boundary";
        const RoleName = "bounded";
        const document = JSON.stringify({
            Statement: {
                Effect: "Allow",
                Principal: { AWS: "123456789012" },
                Action: "sts:AssumeRole",
            },
        });
        await iam.send(
            new CreateRoleCommand({
                RoleName,
                Path: "/company/",
                AssumeRolePolicyDocument: document,
                PermissionsBoundary: boundary,
            }),
        );
        const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
        expect(Role).toMatchObject({
            Arn: "arn:aws:iam::123456789012:role/company/bounded",
            PermissionsBoundary: { PermissionsBoundaryArn: boundary },
        });
        await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
        expect((await iam.send(new GetRoleCommand({ RoleName }))).Role!.PermissionsBoundary).toBe(
            undefined,
        );
        await iam.send(
            new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: boundary }),
        );
        await iam.send(
            new PutRolePolicyCommand({
                RoleName,
                PolicyName: "deployer",
                PolicyDocument: JSON.stringify({
                    Statement: {
                        Effect: "Allow",
                        Action: "iam:CreateRole",
                        Resource: "*",
                        Condition: { StringEquals: { "iam:PermissionsBoundary": boundary } },
                    },
                }),
            }),
        );
        const { sts } = clients(bench);
        const { AssumeRoleCommand } = await import("@aws-sdk/client-sts");
        const { Credentials } = await sts.send(
            new AssumeRoleCommand({ RoleArn: Role!.Arn, RoleSessionName: "deploy" }),
        );
        const deployer = clients(bench, "us-east-1", {
            accessKeyId: Credentials!.AccessKeyId!,
            secretAccessKey: Credentials!.SecretAccessKey!,
            sessionToken: Credentials!.SessionToken!,
        }).iam;
        const made = (name: string, PermissionsBoundary?: string) =>
            deployer.send(
                new CreateRoleCommand({
                    RoleName: name,
                    AssumeRolePolicyDocument: document,
                    PermissionsBoundary,
                }),
            );
        await expect(made("free")).rejects.toThrow(/not authorized to perform: iam:CreateRole/);
        await expect(made("kept", boundary)).resolves.toBeTruthy();
    });
});

describeWith("registry")("the AWS account in another partition", () => {
    it("has that partition's ARNs, and Palette another account", async () => {
        const bench = await PaletteBench.start({ region: "us-gov-west-1" });
        try {
            const { ecr, iam, sts } = clients(bench);
            expect((await sts.send(new GetCallerIdentityCommand())).Arn).toBe(
                "arn:aws-us-gov:iam::123456789012:user/administrator",
            );
            const { repository } = await ecr.send(
                new CreateRepositoryCommand({ repositoryName: packRepository }),
            );
            expect(repository!.repositoryArn).toMatch(/^arn:aws-us-gov:ecr:us-gov-west-1:/);
            const account = await bench.get("/v1/clouds/aws/account/sts?partition=aws-us-gov");
            expect(account).toMatchObject({ accountId: "310987654321", partition: "aws-us-gov" });
            const trusting = (partition: string) =>
                new CreateRoleCommand({
                    RoleName: partition,
                    AssumeRolePolicyDocument: JSON.stringify({
                        Statement: {
                            Effect: "Allow",
                            Principal: { AWS: `arn:${partition}:iam::${account.accountId}:root` },
                            Action: "sts:AssumeRole",
                            Condition: { StringEquals: { "sts:ExternalId": account.externalId } },
                        },
                    }),
                });
            const validate = async (partition: string) => {
                const { Role } = await iam.send(trusting(partition));
                const { spec } = bench.ecrRegistry();
                const credentials = {
                    credentialType: "sts",
                    sts: { arn: Role!.Arn, externalId: account.externalId },
                };
                return (
                    await bench.call("POST", "/v1/registries/oci/ecr/validate", {
                        ...spec,
                        credentials,
                    })
                ).text;
            };
            await expect(validate("aws-us-gov")).resolves.toMatch(/ecr:\w+/);
            await expect(iam.send(trusting("aws"))).rejects.toThrow(/Invalid principal/);
            await bench.control("PATCH", "/switches", { awsAccountSts: "empty" });
            expect(await bench.get("/v1/clouds/aws/account/sts")).toEqual({});
        } finally {
            await bench.remove();
        }
    });
});
