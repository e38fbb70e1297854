import path from "node:path";
import type { Answer } from "../factsClient";
import { digestOf, manifestType, packArchive, repository } from "./tutorialPack";
import type { Walk } from "./walk";

const Version = "2012-10-17";

/** The registries that hold packs, as they are on the wire: ECR with AWS's control plane (pack format 4.4), and Harbor (4.5). */
export function packFormatFacts(walk: Walk): void {
    let token = "";
    let push: (version: string) => Promise<string>;
    describe("pack format 4.4 Amazon ECR", () => {
        const registry = (
            method: string,
            where: string,
            headers: Record<string, string> = {},
            body?: Buffer | string,
        ) =>
            walk.out.http(
                method,
                where.startsWith("https")
                    ? where
                    : `https://${walk.out.sandbox.aws.registryHost}${where}`,
                { authorization: `Basic ${token}`, ...headers },
                body,
            );
        const ok = async (answer: Promise<Answer>): Promise<Answer["body"]> => {
            const { status, body, text } = await answer;
            if (status !== 200) {
                throw new Error(`${status} ${text}`);
            }
            return body ?? text;
        };
        const repositoryName = repository;

        test("repositories must exist; the token is the user AWS's", async () => {
            const { authorizationData } = await ok(walk.out.ecr("GetAuthorizationToken"));
            token = authorizationData[0].authorizationToken;
            expect(Buffer.from(token, "base64").toString()).toMatch(/^AWS:/);
            expect((await registry("GET", "/v2/", { authorization: "" })).status).toBe(401);
            expect((await registry("GET", "/v2/")).status).toBe(200);
            const missing = await registry("POST", `/v2/${repository}/blobs/uploads/`);
            expect([missing.status, missing.body.errors[0]]).toEqual([
                404,
                {
                    code: "NAME_UNKNOWN",
                    message: `The repository with name '${repository}' does not exist in the registry with id '${walk.out.sandbox.aws.accountId}'`,
                },
            ]);
            for (const name of [path.dirname(repository), repository]) {
                const { repository: made } = await ok(
                    walk.out.ecr("CreateRepository", { repositoryName: name }),
                );
                expect(made.repositoryUri).toBe(`${walk.out.sandbox.aws.registryHost}/${name}`);
            }
            const twice = await walk.out.ecr("CreateRepository", { repositoryName });
            expect(twice.text).toContain("RepositoryAlreadyExistsException");
        });

        test("a push as the OCI distribution specification has it", async () => {
            push = async (version) => {
                const upload = async (data: Buffer) => {
                    const digest = digestOf(data);
                    const head = await registry("HEAD", `/v2/${repository}/blobs/${digest}`);
                    if (head.status === 404) {
                        const begun = await registry("POST", `/v2/${repository}/blobs/uploads/`);
                        expect(begun.status).toBe(202);
                        const at = begun.headers.location!;
                        const url = `${at}${at.includes("?") ? "&" : "?"}digest=${digest}`;
                        const type = { "content-type": "application/octet-stream" };
                        expect((await registry("PUT", url, type, data)).status).toBe(201);
                    }
                    return { digest, size: data.length };
                };
                const manifest = JSON.stringify({
                    schemaVersion: 2,
                    mediaType: manifestType,
                    config: {
                        mediaType: "application/vnd.unknown.config.v1+json",
                        ...(await upload(Buffer.from("{}"))),
                    },
                    layers: [
                        {
                            mediaType: "application/vnd.oci.image.layer.v1.tar",
                            ...(await upload(packArchive(version))),
                            annotations: {
                                "org.opencontainers.image.title": `hellouniverse-${version}.tar.gz`,
                            },
                        },
                    ],
                    annotations: { "org.opencontainers.image.created": "2025-01-01T00:00:00Z" },
                });
                const url = `/v2/${repository}/manifests/${version}`;
                const put = await registry("PUT", url, { "content-type": manifestType }, manifest);
                expect([put.status, put.headers["docker-content-digest"]]).toEqual([
                    201,
                    digestOf(manifest),
                ]);
                return digestOf(manifest);
            };
            const digest = await push("1.0.0");
            const read = await registry("GET", `/v2/${repository}/manifests/1.0.0`, {
                accept: manifestType,
            });
            expect(digestOf(read.text)).toBe(digest);
            const { digest: layer } = read.body.layers[0];
            expect((await registry("GET", `/v2/${repository}/blobs/${layer}`)).status).toBe(200);
            const tags = await registry("GET", `/v2/${repository}/tags/list`);
            expect(tags.body).toEqual({ name: repository, tags: ["1.0.0"] });
            expect((await registry("GET", "/v2/_catalog")).body.repositories).toContain(repository);
            const plus = await registry(
                "PUT",
                `/v2/${repository}/manifests/1.0.0+1`,
                { "content-type": manifestType },
                read.text,
            );
            expect(plus.status).toBe(400);
            const part = await registry("POST", `/v2/${repository}/blobs/uploads/`);
            const chunk = await registry(
                "PATCH",
                part.headers.location!,
                { "content-type": "application/octet-stream" },
                "x",
            );
            expect(chunk.status).toBe(202);
            const referrers = await registry("GET", `/v2/${repository}/referrers/${digest}`);
            expect(referrers.body.manifests).toEqual([]);
        });

        test("describe-images names what the tutorial's sample output has", async () => {
            const { imageDetails } = await ok(walk.out.ecr("DescribeImages", { repositoryName }));
            expect(imageDetails[0]).toMatchObject({
                registryId: walk.out.sandbox.aws.accountId,
                repositoryName,
                imageTags: ["1.0.0"],
                imageManifestMediaType: manifestType,
                artifactMediaType: "application/vnd.unknown.config.v1+json",
            });
            expect(imageDetails[0].imageSizeInBytes).toBeGreaterThan(0);
            const { imageIds } = await ok(walk.out.ecr("ListImages", { repositoryName }));
            expect(imageIds).toHaveLength(1);
            const { images } = await ok(
                walk.out.ecr("BatchGetImage", { repositoryName, imageIds }),
            );
            expect(digestOf(images[0].imageManifest)).toBe(imageIds[0].imageDigest);
            const layerDigests = [digestOf("{}"), digestOf("nothing")];
            const { layers } = await ok(
                walk.out.ecr("BatchCheckLayerAvailability", { repositoryName, layerDigests }),
            );
            expect(layers.map((layer: Answer["body"]) => layer.layerAvailability)).toEqual([
                "AVAILABLE",
                "UNAVAILABLE",
            ]);
            await ok(walk.out.ecr("DescribeRegistry"));
        });

        test("settings, tags and policies; an immutable tag stays", async () => {
            const { repositories } = await ok(
                walk.out.ecr("DescribeRepositories", { repositoryNames: [repositoryName] }),
            );
            const resourceArn = repositories[0].repositoryArn as string;
            const tags = [{ Key: "a", Value: "b" }];
            await ok(walk.out.ecr("TagResource", { resourceArn, tags }));
            expect((await ok(walk.out.ecr("ListTagsForResource", { resourceArn }))).tags).toEqual(
                tags,
            );
            await ok(walk.out.ecr("UntagResource", { resourceArn, tagKeys: ["a"] }));
            await ok(
                walk.out.ecr("PutImageScanningConfiguration", {
                    repositoryName,
                    imageScanningConfiguration: { scanOnPush: true },
                }),
            );
            const imageTagMutability = "IMMUTABLE";
            await ok(walk.out.ecr("PutImageTagMutability", { repositoryName, imageTagMutability }));
            const again = await registry(
                "PUT",
                `/v2/${repository}/manifests/1.0.0`,
                { "content-type": manifestType },
                (await registry("GET", `/v2/${repository}/manifests/1.0.0`)).text,
            );
            expect([again.status, again.body.errors[0].message]).toEqual([
                400,
                `The image tag '1.0.0' already exists in the '${repository}' repository and cannot be overwritten because the repository is immutable.`,
            ]);
            const mutable = { repositoryName, imageTagMutability: "MUTABLE" };
            await ok(walk.out.ecr("PutImageTagMutability", mutable));
            const selection = {
                tagStatus: "untagged",
                countType: "imageCountMoreThan",
                countNumber: 1,
            };
            const rules = [{ rulePriority: 1, selection, action: { type: "expire" } }];
            const lifecyclePolicyText = JSON.stringify({ rules });
            await ok(walk.out.ecr("PutLifecyclePolicy", { repositoryName, lifecyclePolicyText }));
            await ok(walk.out.ecr("GetLifecyclePolicy", { repositoryName }));
            await ok(walk.out.ecr("DeleteLifecyclePolicy", { repositoryName }));
            const Statement = [{ Effect: "Allow", Principal: "*", Action: "ecr:BatchGetImage" }];
            const policyText = JSON.stringify({ Version, Statement });
            await ok(walk.out.ecr("SetRepositoryPolicy", { repositoryName, policyText }));
            await ok(walk.out.ecr("GetRepositoryPolicy", { repositoryName }));
            await ok(walk.out.ecr("DeleteRepositoryPolicy", { repositoryName }));
        });

        test("STS and the IAM calls", async () => {
            const iam = (action: string, input: Record<string, string> = {}) =>
                ok(walk.out.form("iam", action, input));
            expect(await ok(walk.out.form("sts", "GetCallerIdentity"))).toContain(
                `<Account>${walk.out.sandbox.aws.accountId}</Account>`,
            );
            const unsigned = await walk.out.http(
                "POST",
                walk.out.sandbox.aws.endpoint!,
                {},
                "Action=ListRoles",
            );
            expect(unsigned.status).toBe(403);
            const principal = {
                AWS: `arn:aws:iam::${walk.out.sandbox.aws.accountId}:user/administrator`,
            };
            const AssumeRolePolicyDocument = JSON.stringify({
                Version,
                Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }],
            });
            const PolicyDocument = JSON.stringify({
                Version,
                Statement: [{ Effect: "Allow", Action: "ecr:ListImages", Resource: "*" }],
            });
            const role = { RoleName: "reader" };
            await iam("CreateRole", { ...role, AssumeRolePolicyDocument });
            expect(await iam("ListRoles")).toContain("<RoleName>reader</RoleName>");
            const PolicyName = "p";
            const PolicyDocumentOf = { PolicyName, PolicyDocument };
            const tag = { "Tags.member.1.Key": "a", "Tags.member.1.Value": "b" };
            for (const [kind, who] of [
                ["Role", role],
                ["User", { UserName: "pusher" }],
            ] as const) {
                if (kind === "User") {
                    await iam("CreateUser", who);
                    expect(await iam("ListUsers")).toContain(
                        `<UserName>${who.UserName}</UserName>`,
                    );
                }
                await iam(`Get${kind}`, who);
                await iam(`Tag${kind}`, { ...who, ...tag });
                expect(await iam(`List${kind}Tags`, who)).toContain("<Key>a</Key>");
                await iam(`Untag${kind}`, { ...who, "TagKeys.member.1": "a" });
                await iam(`Put${kind}Policy`, { ...who, ...PolicyDocumentOf });
                expect(await iam(`Get${kind}Policy`, { ...who, PolicyName })).toContain(
                    "ListImages",
                );
                expect(await iam(`List${kind}Policies`, who)).toContain("<member>p</member>");
                await iam(`ListAttached${kind}Policies`, who);
            }
            const boundary = `arn:aws:iam::${walk.out.sandbox.aws.accountId}:policy/boundary`;
            for (const [kind, who] of [
                ["Role", role],
                ["User", { UserName: "pusher" }],
            ] as const) {
                const bounded = { ...who, PermissionsBoundary: boundary };
                await iam(`Put${kind}PermissionsBoundary`, bounded);
                expect(await iam(`Get${kind}`, who)).toContain(boundary);
                await iam(`Delete${kind}PermissionsBoundary`, who);
            }
            const { token, provider } = await walk.out.control("POST", "/aws/webIdentity", {
                subject: "pipeline",
                audience: "sts.amazonaws.com",
            });
            const federated = {
                Version: "2012-10-17",
                Statement: [
                    {
                        Effect: "Allow",
                        Principal: { Federated: provider },
                        Action: "sts:AssumeRoleWithWebIdentity",
                    },
                ],
            };
            await iam("UpdateAssumeRolePolicy", {
                ...role,
                PolicyDocument: JSON.stringify(federated),
            });
            const identified = await ok(
                walk.out.form("sts", "AssumeRoleWithWebIdentity", {
                    RoleArn: `arn:aws:iam::${walk.out.sandbox.aws.accountId}:role/reader`,
                    RoleSessionName: "session",
                    WebIdentityToken: token,
                }),
            );
            expect(identified).toContain("<AccessKeyId>ASIA");
            await iam("UpdateRole", { ...role, Description: "reads" });
            const trust = { PolicyDocument: AssumeRolePolicyDocument };
            await iam("UpdateAssumeRolePolicy", { ...role, ...trust });
            await iam("ListInstanceProfilesForRole", role);
            const assumed = await ok(
                walk.out.form("sts", "AssumeRole", {
                    RoleArn: `arn:aws:iam::${walk.out.sandbox.aws.accountId}:role/reader`,
                    RoleSessionName: "session",
                }),
            );
            expect(assumed).toContain("<AccessKeyId>ASIA");
            await iam("DeleteRolePolicy", { ...role, PolicyName });
            await iam("DeleteRole", role);
            const pusher = { UserName: "pusher" };
            const key = /<AccessKeyId>(\w+)</.exec(await iam("CreateAccessKey", pusher))![1]!;
            await iam("ListAccessKeys", pusher);
            await iam("UpdateAccessKey", { ...pusher, AccessKeyId: key, Status: "Inactive" });
            await iam("DeleteAccessKey", { ...pusher, AccessKeyId: key });
            await iam("ListGroupsForUser", pusher);
            await iam("DeleteUserPolicy", { ...pusher, PolicyName });
            await iam("DeleteUser", pusher);
        });
    });

    test("pack format 4.5 Harbor: the project must exist, repositories come with a push", async () => {
        const { endpoint, username, password, project } = walk.out.sandbox.harbor;
        const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
        const call = (method: string, where: string, body?: string, type?: string) =>
            walk.out.http(
                method,
                where.startsWith("https") ? where : endpoint + where,
                { authorization, ...(type && { "content-type": type }) },
                body,
            );
        expect((await walk.out.http("GET", `${endpoint}/v2/`)).status).toBe(401);
        const missing = await call("POST", "/v2/nowhere/hello/blobs/uploads/");
        expect([missing.status, missing.body.errors[0].code]).toEqual([401, "UNAUTHORIZED"]);
        const at = `/v2/${project}/hello`;
        const begun = await call("POST", `${at}/blobs/uploads/`);
        const put = `${begun.headers.location}&digest=${digestOf("{}")}`;
        expect((await call("PUT", put, "{}", "application/octet-stream")).status).toBe(201);
        const descriptor = {
            mediaType: "application/vnd.unknown.config.v1+json",
            digest: digestOf("{}"),
            size: 2,
        };
        const manifest = JSON.stringify({
            schemaVersion: 2,
            mediaType: manifestType,
            config: descriptor,
            layers: [descriptor],
        });
        expect((await call("PUT", `${at}/manifests/1`, manifest, manifestType)).status).toBe(201);
        expect((await call("GET", `${at}/tags/list`)).body.tags).toEqual(["1"]);
        const read = await walk.out.http("GET", `${endpoint}${at}/manifests/1`, {
            authorization,
            accept: manifestType,
        });
        expect(digestOf(read.text)).toBe(digestOf(manifest));
        expect((await call("HEAD", `${at}/blobs/${digestOf("{}")}`)).status).toBe(200);
        const gone = await call("DELETE", `${at}/manifests/${digestOf(manifest)}`);
        expect(gone.status).toBe(202);
        expect((await call("GET", "/v2/_catalog")).status).toBe(200);
        const issued = await call("GET", "/service/token?service=harbor-registry");
        const bearer = { authorization: `Bearer ${issued.body.token}` };
        expect((await walk.out.http("GET", `${endpoint}/v2/`, bearer)).status).toBe(200);
    });
}
