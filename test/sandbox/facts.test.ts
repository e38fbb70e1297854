import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describeWith } from "./binaries";
import { type Answer, Outsider } from "./factsClient";
import { describeOperations, workflow } from "./operations";

/*
 * A reviewer's walk through the published facts about Palette and ECR, section by section, with raw
 * HTTP against the sandbox's process: nothing of the program nor of the sandbox is imported. At the end
 * the list of all operations, with the test that covers each, is compared with sandbox/OPERATIONS.md
 * (`UPDATE_OPERATIONS=1 npx jest facts` writes it).
 */

// The tests build on each other, as the steps of the tutorial do.
jest.setTimeout(60_000);

const page = path.join(__dirname, "../../sandbox/OPERATIONS.md");
const repository = "spectro-oci-registry/spectro-packs/archive/hellouniverse";
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const digestOf = (data: Buffer | string) =>
    `sha256:${createHash("sha256").update(data).digest("hex")}`;
const Version = "2012-10-17";

/** A tar of one folder with the tutorial's pack. */
function packArchive(version: string): Buffer {
    const files: Record<string, string> = {
        "pack.json": JSON.stringify({
            name: "hellouniverse",
            displayName: "Hello Universe",
            version,
            layer: "addon",
            addonType: "app services",
            cloudTypes: ["all"],
            kubeManifests: ["manifests/hello.yaml"],
        }),
        "values.yaml": "manifests:\n  hello:\n    tag: 1.2.0\n",
        "README.md": "# Hello\n",
        "manifests/hello.yaml": [
            "apiVersion: v1",
            "kind: Service",
            "metadata: { name: hello-universe-service }",
            "spec:",
            "  type: LoadBalancer",
            "  selector: { app: hello }",
            "  ports: [{ port: 8080, targetPort: 8080, protocol: TCP }]",
            "---",
            "apiVersion: apps/v1",
            "kind: Deployment",
            "metadata: { name: hello-universe-deployment }",
            "spec:",
            "  selector: { matchLabels: { app: hello } }",
            "  template:",
            "    metadata: { labels: { app: hello } }",
            "    spec:",
            "      containers:",
            "        - name: hello",
            '          image: "ghcr.io/spectrocloud/hello-universe:{{ .Values.tag }}"',
            "",
        ].join("\n"),
    };
    const blocks: Buffer[] = [];
    for (const [name, content] of Object.entries(files)) {
        const data = Buffer.from(content);
        const header = Buffer.alloc(512);
        header.write(`hello-universe-pack/${name}`, 0);
        header.write("0000644\0", 100);
        header.write("0000000\0", 108);
        header.write("0000000\0", 116);
        header.write(`${data.length.toString(8).padStart(11, "0")}\0`, 124);
        header.write("00000000000\0", 136);
        header.write("        ", 148);
        header.write("0", 156);
        header.write("ustar\x0000", 257, "latin1");
        const sum = header.reduce((total, byte) => total + byte, 0);
        header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
        blocks.push(header, data, Buffer.alloc((512 - (data.length % 512)) % 512));
    }
    return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

describeWith("registry", "helm")("the facts, section by section", () => {
    let out: Outsider;
    const covered = new Map<string, string>();
    let last = 0;
    beforeAll(async () => {
        out = await Outsider.start();
    });
    afterEach(async () => {
        // What the server says it was asked, and answered with success, belongs to this test.
        // The answer to the last call can be here before the server has noted that it is out.
        await new Promise((resolve) => setTimeout(resolve, 50));
        const { items } = await out.control("GET", `/requests?after=${last}`);
        for (const call of items) {
            const operation = `${call.service} ${call.method} ${call.route}`;
            const name = expect.getState().currentTestName!.replace(/^.*by section /, "");
            if (call.status >= 200 && call.status < 300 && !covered.has(operation)) {
                covered.set(operation, name);
            }
            last = call.number;
        }
    });
    afterAll(() => out.remove());

    /** The body of the answer, which must have the status. */
    const sent =
        (scope: "tenant" | "palette") =>
        async (
            method: string,
            url: string,
            expected: number,
            body?: unknown,
        ): Promise<Answer["body"]> => {
            const { status, body: answer, text } = await out[scope](method, url, body);
            if (status !== expected) {
                throw new Error(`${method} ${url}: ${status} ${text}`);
            }
            return answer;
        };
    const admin = sent("tenant");
    const user = sent("palette");
    const get = (url: string): Promise<Answer["body"]> => user("GET", url, 200);

    describe("1 Host, headers, scope", () => {
        test("a key is checked three ways; a wrong one is 401, a small one 403", async () => {
            const info = await admin("GET", "/v1/users/info", 200);
            expect((await admin("GET", "/v1/permissions", 200)).length).toBeGreaterThan(0);
            expect(Object.keys(info).sort()).toEqual(["orgName", "tenantUid", "userUid"]);
            expect((await admin("GET", "/v1/users", 200)).items.length).toBeGreaterThan(0);
            await admin("GET", "/v1/users/meta", 200);
            const wrong = { ApiKey: "wrong" };
            expect((await out.palette("GET", "/v1/users/info", undefined, wrong)).status).toBe(401);
            const none = await out.http("GET", `${out.told.palette.endpoint}/v1/users/info`);
            expect(none.status).toBe(401);
            const small = { ApiKey: out.told.palette.nonAdminApiKey! };
            expect((await out.palette("GET", "/v1/users/info", undefined, small)).status).toBe(200);
            expect((await out.palette("GET", "/v1/users", undefined, small)).status).toBe(403);
            const registry = await out.palette("POST", "/v1/registries/oci/ecr", {}, small);
            expect([400, 403]).toContain(registry.status);
        });

        test("header names do not mind their case; a JWT lasts 15 minutes", async () => {
            const url = `${out.told.palette.endpoint}/v1/users/info`;
            expect((await out.http("GET", url, { apikey: out.told.palette.apiKey! })).status).toBe(
                200,
            );
            const { emailId, password } = out.told.palette;
            const login = await out.http(
                "POST",
                `${out.told.palette.endpoint}/v1/auth/authenticate`,
                { "content-type": "application/json" },
                JSON.stringify({ emailId, password }),
            );
            const { Authorization } = login.body as { Authorization: string };
            const call = () => out.http("GET", url, { Authorization });
            expect((await call()).status).toBe(200);
            await out.advance(16);
            expect((await call()).status).toBe(401);
            const orgs = await out.http("GET", `${out.told.palette.endpoint}/v1/auth/orgs`);
            expect(orgs.status).toBe(200);
        });

        test("without ProjectUid a call is the tenant's; projects do not see each other's objects", async () => {
            const uid = (await admin("POST", "/v1/projects", 201, { metadata: { name: "third" } }))
                .uid as string;
            expect((await admin("GET", `/v1/projects/${uid}`, 200)).metadata.name).toBe("third");
            const body = { metadata: { name: "scoped" } };
            const made = await out.palette("POST", "/v1/clusterprofiles", body);
            const url = `/v1/clusterprofiles/${made.body.uid}`;
            expect(made.headers.audituid).toBeTruthy();
            expect((await out.palette("GET", url)).status).toBe(200);
            expect((await out.tenant("GET", url)).status).toBe(404);
            expect((await out.palette("GET", url, undefined, { ProjectUid: uid })).status).toBe(
                404,
            );
            const small = { ApiKey: out.told.palette.nonAdminApiKey!, ProjectUid: uid };
            expect((await out.palette("GET", "/v1/packs", undefined, small)).status).toBe(403);
            const nowhere = { ProjectUid: "none" };
            expect((await out.palette("GET", "/v1/packs", undefined, nowhere)).status).toBe(404);
            expect((await out.palette("DELETE", url)).status).toBe(204);
            await admin("DELETE", `/v1/projects/${uid}`, 204);
        });

        test("API keys are made, switched off and deleted", async () => {
            const { userUid } = await admin("GET", "/v1/users/info", 200);
            const made = await admin("POST", "/v1/apiKeys", 201, {
                metadata: { name: "own" },
                spec: { userUid, expiry: "2999-01-01T00:00:00.000Z" },
            });
            const call = async () =>
                (await out.palette("GET", "/v1/users/info", undefined, { ApiKey: made.apiKey }))
                    .status;
            expect(await call()).toBe(200);
            await admin("GET", `/v1/apiKeys/${made.uid}`, 200);
            expect(JSON.stringify(await admin("GET", "/v1/apiKeys", 200))).not.toContain(
                made.apiKey,
            );
            await admin("PUT", `/v1/apiKeys/${made.uid}/state`, 204, { isActive: false });
            expect(await call()).toBe(401);
            await admin("DELETE", `/v1/apiKeys/${made.uid}`, 204);
        });
    });

    describe("2 Errors, rate limits, lists", () => {
        test("errors are v1Error: 400 for a body, 404 ResourceNotFound", async () => {
            const bad = await out.palette("POST", "/v1/clusterprofiles", { metadata: "text" });
            expect([bad.status, typeof bad.body.message]).toEqual([400, "string"]);
            const gone = await out.palette("GET", "/v1/spectroclusters/5f0000000000000000000000");
            expect([gone.status, gone.body.code]).toEqual([404, "ResourceNotFound"]);
            expect(gone.body.ref).toBeTruthy();
            const broken = await out.http(
                "POST",
                `${out.told.palette.endpoint}/v1/clusterprofiles`,
                { ApiKey: out.told.palette.apiKey! },
                "{",
            );
            expect(broken.status).toBe(400);
        });

        test("10 a second and a burst of 50 for small resources, 50 and 250 for large ones", async () => {
            await new Promise((resolve) => setTimeout(resolve, 5000));
            const burst = async (url: string, count: number) => {
                const calls = Array.from({ length: count }, () => out.palette("GET", url));
                const answers = await Promise.all(calls);
                const refused = answers.filter(({ status }) => status === 429);
                refused.forEach(({ body }) => expect(body.code).toBe("TooManyRequests"));
                return count - refused.length;
            };
            // Sub-resources count towards their parent.
            const small = await burst("/v1/registries/oci/summary", 40);
            const rest = await burst("/v1/registries/metadata", 40);
            expect(small + rest).toBeGreaterThanOrEqual(50);
            expect(small + rest).toBeLessThan(75);
            expect(await burst("/v1/spectroclusters/tags", 240)).toBe(240);
            expect(await burst("/v1/spectroclusters/none/assets/kubeconfig", 60)).toBeLessThan(60);
            await out.control("PATCH", "/switches", { rateLimit: "off" });
        });

        test("50 items on a page, `continue` leads on, filters are raw", async () => {
            for (let index = 0; index < 55; index++) {
                await user("POST", "/v1/clusterprofiles", 201, {
                    metadata: { name: `many-${index}`, labels: { many: "yes" } },
                });
            }
            const body = { filter: { profileName: { beginsWith: "many-" } }, sort: [] };
            const url = "/v1/dashboard/clusterprofiles";
            const first = await user("POST", url, 200, body);
            expect(first.items).toHaveLength(50);
            const next = encodeURIComponent(first.listmeta.continue);
            const second = await user("POST", `${url}?continue=${next}`, 200, body);
            expect([second.items.length, second.listmeta.continue]).toEqual([5, ""]);
            const uids = [...first.items, ...second.items].map(({ metadata }) => metadata.uid);
            expect(
                (await user("GET", "/v1/dashboard/clusterprofiles/metadata", 200)).items.length,
            ).toBe(55);
            const bulk = await user("DELETE", "/v1/clusterprofiles/bulk", 200, { uids });
            expect(bulk.deletedCount).toBe(55);
            const packs = await get("/v1/packs?filters=spec.name=kubernetesANDspec.version=1.32.3");
            expect(packs.items).toHaveLength(1);
            expect((await out.palette("GET", "/v1/packs?filters=nonsense")).status).toBe(400);
        });
    });

    test("3 Project lookup: all projects with uid and name, by name too", async () => {
        const { items } = await admin("GET", "/v1/dashboard/projects/metadata", 200);
        expect(items.map(({ metadata }: Answer["body"]) => metadata.name)).toContain("Default");
        const named = await admin("GET", "/v1/dashboard/projects/metadata?name=Default", 200);
        expect(named.items).toEqual([{ metadata: { uid: out.project, name: "Default" } }]);
        await admin("POST", "/v1/dashboard/projects", 200, {});
    });

    let token = "";
    let push: (version: string) => Promise<string>;
    describe("pack format 4.4 Amazon ECR", () => {
        const registry = (
            method: string,
            where: string,
            headers: Record<string, string> = {},
            body?: Buffer | string,
        ) =>
            out.http(
                method,
                where.startsWith("https") ? where : `https://${out.told.aws.registryHost}${where}`,
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
            const { authorizationData } = await ok(out.ecr("GetAuthorizationToken"));
            token = authorizationData[0].authorizationToken;
            expect(Buffer.from(token, "base64").toString()).toMatch(/^AWS:/);
            expect((await registry("GET", "/v2/", { authorization: "" })).status).toBe(401);
            expect((await registry("GET", "/v2/")).status).toBe(200);
            const missing = await registry("POST", `/v2/${repository}/blobs/uploads/`);
            expect([missing.status, missing.body.errors[0]]).toEqual([
                404,
                {
                    code: "NAME_UNKNOWN",
                    message: `The repository with name '${repository}' does not exist in the registry with id '${out.told.aws.accountId}'`,
                },
            ]);
            for (const name of [path.dirname(repository), repository]) {
                const { repository: made } = await ok(
                    out.ecr("CreateRepository", { repositoryName: name }),
                );
                expect(made.repositoryUri).toBe(`${out.told.aws.registryHost}/${name}`);
            }
            const twice = await out.ecr("CreateRepository", { repositoryName });
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
            const { imageDetails } = await ok(out.ecr("DescribeImages", { repositoryName }));
            expect(imageDetails[0]).toMatchObject({
                registryId: out.told.aws.accountId,
                repositoryName,
                imageTags: ["1.0.0"],
                imageManifestMediaType: manifestType,
                artifactMediaType: "application/vnd.unknown.config.v1+json",
            });
            expect(imageDetails[0].imageSizeInBytes).toBeGreaterThan(0);
            const { imageIds } = await ok(out.ecr("ListImages", { repositoryName }));
            expect(imageIds).toHaveLength(1);
            const { images } = await ok(out.ecr("BatchGetImage", { repositoryName, imageIds }));
            expect(digestOf(images[0].imageManifest)).toBe(imageIds[0].imageDigest);
            const layerDigests = [digestOf("{}"), digestOf("nothing")];
            const { layers } = await ok(
                out.ecr("BatchCheckLayerAvailability", { repositoryName, layerDigests }),
            );
            expect(layers.map((one: Answer["body"]) => one.layerAvailability)).toEqual([
                "AVAILABLE",
                "UNAVAILABLE",
            ]);
            await ok(out.ecr("DescribeRegistry"));
        });

        test("settings, tags and policies; an immutable tag stays", async () => {
            const { repositories } = await ok(
                out.ecr("DescribeRepositories", { repositoryNames: [repositoryName] }),
            );
            const resourceArn = repositories[0].repositoryArn as string;
            const tags = [{ Key: "a", Value: "b" }];
            await ok(out.ecr("TagResource", { resourceArn, tags }));
            expect((await ok(out.ecr("ListTagsForResource", { resourceArn }))).tags).toEqual(tags);
            await ok(out.ecr("UntagResource", { resourceArn, tagKeys: ["a"] }));
            await ok(
                out.ecr("PutImageScanningConfiguration", {
                    repositoryName,
                    imageScanningConfiguration: { scanOnPush: true },
                }),
            );
            const imageTagMutability = "IMMUTABLE";
            await ok(out.ecr("PutImageTagMutability", { repositoryName, imageTagMutability }));
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
            await ok(out.ecr("PutImageTagMutability", mutable));
            const selection = {
                tagStatus: "untagged",
                countType: "imageCountMoreThan",
                countNumber: 1,
            };
            const rules = [{ rulePriority: 1, selection, action: { type: "expire" } }];
            const lifecyclePolicyText = JSON.stringify({ rules });
            await ok(out.ecr("PutLifecyclePolicy", { repositoryName, lifecyclePolicyText }));
            await ok(out.ecr("GetLifecyclePolicy", { repositoryName }));
            await ok(out.ecr("DeleteLifecyclePolicy", { repositoryName }));
            const Statement = [{ Effect: "Allow", Principal: "*", Action: "ecr:BatchGetImage" }];
            const policyText = JSON.stringify({ Version, Statement });
            await ok(out.ecr("SetRepositoryPolicy", { repositoryName, policyText }));
            await ok(out.ecr("GetRepositoryPolicy", { repositoryName }));
            await ok(out.ecr("DeleteRepositoryPolicy", { repositoryName }));
        });

        test("STS and the IAM calls", async () => {
            const iam = (action: string, input: Record<string, string> = {}) =>
                ok(out.form("iam", action, input));
            expect(await ok(out.form("sts", "GetCallerIdentity"))).toContain(
                `<Account>${out.told.aws.accountId}</Account>`,
            );
            const unsigned = await out.http("POST", out.told.aws.endpoint!, {}, "Action=ListRoles");
            expect(unsigned.status).toBe(403);
            const principal = { AWS: `arn:aws:iam::${out.told.aws.accountId}:user/administrator` };
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
            const boundary = `arn:aws:iam::${out.told.aws.accountId}:policy/boundary`;
            for (const [kind, who] of [
                ["Role", role],
                ["User", { UserName: "pusher" }],
            ] as const) {
                const bounded = { ...who, PermissionsBoundary: boundary };
                await iam(`Put${kind}PermissionsBoundary`, bounded);
                expect(await iam(`Get${kind}`, who)).toContain(boundary);
                await iam(`Delete${kind}PermissionsBoundary`, who);
            }
            const { token, provider } = await out.control("POST", "/aws/webIdentity", {
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
                out.form("sts", "AssumeRoleWithWebIdentity", {
                    RoleArn: `arn:aws:iam::${out.told.aws.accountId}:role/reader`,
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
                out.form("sts", "AssumeRole", {
                    RoleArn: `arn:aws:iam::${out.told.aws.accountId}:role/reader`,
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
        const { endpoint, username, password, project } = out.told.harbor;
        const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
        const call = (method: string, where: string, body?: string, type?: string) =>
            out.http(
                method,
                where.startsWith("https") ? where : endpoint + where,
                { authorization, ...(type && { "content-type": type }) },
                body,
            );
        expect((await out.http("GET", `${endpoint}/v2/`)).status).toBe(401);
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
        const read = await out.http("GET", `${endpoint}${at}/manifests/1`, {
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
        expect((await out.http("GET", `${endpoint}/v2/`, bearer)).status).toBe(200);
    });

    let ecrUid = "";
    describe("4 Registries", () => {
        const create = "/v1/registries/oci/ecr";
        const body = () => ({
            metadata: {
                name: "ecr-registry",
                creationTimestamp: "0001-01-01T00:00:00.000Z",
                deletionTimestamp: "0001-01-01T00:00:00.000Z",
                lastModifiedTimestamp: "0001-01-01T00:00:00.000Z",
            },
            spec: {
                endpoint: out.told.aws.registryHost,
                isPrivate: true,
                providerType: "pack",
                isSyncSupported: true,
                baseContentPath: "spectro-oci-registry",
                credentials: {
                    credentialType: "secret",
                    accessKey: out.told.aws.accessKeyId,
                    secretKey: out.told.aws.secretAccessKey,
                    policyARNs: null,
                },
                tls: { enabled: true, certificate: "", insecureSkipVerify: false },
            },
        });

        test("4.1 ECR: validate, create with a sync of its own, visible a while later", async () => {
            await admin("POST", `${create}/validate`, 204, body().spec);
            const wrong = { ...body().spec, credentials: { accessKey: "AKIA", secretKey: "x" } };
            expect((await out.tenant("POST", `${create}/validate`, wrong)).status).toBe(400);
            const { uid } = await admin("POST", `${create}?skipPackSync=false`, 201, body());
            ecrUid = uid;
            expect((await out.tenant("POST", create, body())).status).toBe(409);
            const status = `/v1/registries/oci/${uid}/ecr/sync/status`;
            const done = await out.until(async () => {
                const now = await admin("GET", status, 200);
                expect(["Pending", "InProgress", "Success"]).toContain(now.status);
                return now.status === "Success" && now;
            });
            expect(done).toMatchObject({ isSyncSupported: true });
            await out.until(async () => {
                const packs = await get("/v1/packs?filters=spec.name=hellouniverse");
                return packs.items.length;
            });
        });

        test("4.1 ECR: a read fits what the provider needs to see no changes", async () => {
            const { metadata, spec, status } = await admin(
                "GET",
                `/v1/registries/oci/${ecrUid}/ecr`,
                200,
            );
            expect(metadata.name).toBe("ecr-registry");
            expect(spec.credentials).toMatchObject({
                credentialType: "secret",
                accessKey: out.told.aws.accessKeyId,
                secretKey: expect.stringMatching(/^\*+$/),
            });
            expect(spec.tls).toBeUndefined();
            expect(status.syncStatus.status).toBe("Success");
            // What comes back masked does not become the secret.
            await admin("PUT", `/v1/registries/oci/${ecrUid}/ecr`, 204, { metadata, spec });
            await admin("POST", `/v1/registries/oci/${ecrUid}/ecr/sync?forceSync=true`, 202);
            const before = status.syncStatus.lastSyncedTime as string;
            await out.until(async () => {
                const now = await admin("GET", `/v1/registries/oci/${ecrUid}/ecr/sync/status`, 200);
                return now.status === "Success" && now.lastSyncedTime > before;
            });
        });

        test("4.2 basic (Harbor), 4.3 legacy Spectro, and Helm registries", async () => {
            const { harbor, spectro } = out.told;
            const basic = (account: Record<string, string>) => ({
                type: "basic",
                username: account.username,
                password: account.password,
            });
            const kinds = [
                {
                    base: "/v1/registries/oci/basic",
                    one: (uid: string) => `/v1/registries/oci/${uid}/basic`,
                    valid: 204,
                    spec: {
                        endpoint: harbor.endpoint,
                        basePath: "",
                        providerType: "pack",
                        isSyncSupported: true,
                        baseContentPath: "spectro-oci-registry",
                        auth: basic(harbor),
                    },
                    tls: (spec: Answer["body"]) => spec.auth.tls,
                },
                {
                    base: "/v1/registries/pack",
                    one: (uid: string) => `/v1/registries/pack/${uid}`,
                    valid: 204,
                    spec: {
                        name: "legacy",
                        endpoint: spectro.endpoint,
                        private: true,
                        auth: {
                            ...basic(spectro),
                            tls: { enabled: true, insecureSkipVerify: true, certificate: "" },
                        },
                    },
                    tls: (spec: Answer["body"]) => spec.auth.tls,
                },
                {
                    base: "/v1/registries/helm",
                    one: (uid: string) => `/v1/registries/helm/${uid}`,
                    valid: 400,
                    // Charts are not served here: Palette says so, and syncs what it can.
                    spec: { endpoint: spectro.endpoint, isPrivate: true, auth: basic(spectro) },
                    tls: (spec: Answer["body"]) => spec.auth.tls,
                },
            ];
            for (const { base, one, spec, valid, tls } of kinds) {
                expect((await out.tenant("POST", `${base}/validate`, spec)).status).toBe(valid);
                const metadata = { name: base.split("/").at(-1)! };
                const { uid } = await admin("POST", base, 201, { metadata, spec });
                const read = await admin("GET", one(uid), 200);
                expect(read.spec.auth.password).toMatch(/^\*+$/);
                expect(tls(read.spec)).toMatchObject({ enabled: true });
                await admin("PUT", one(uid), 204, { metadata, spec: read.spec });
                await admin("POST", `${one(uid)}/sync`, 202);
                const ended = await out.until(async () => {
                    const now = await admin("GET", `${one(uid)}/sync/status`, 200);
                    return ["Success", "Failed"].includes(now.status) && now.status;
                });
                expect(ended).toBe(valid === 204 ? "Success" : "Failed");
                await admin("DELETE", one(uid), 204);
                expect((await out.tenant("GET", one(uid))).status).toBe(404);
            }
            await out.control("PUT", "/registries/charts/fault", {});
            const http = await out.http("GET", `${spectro.endpoint}/health`);
            expect(http.body).toEqual({ status: "UP" });
            const catalogue = await out.http("GET", `${spectro.endpoint}/v1/_catalog`, {
                authorization: `Basic ${Buffer.from(`${spectro.username}:${spectro.password}`).toString("base64")}`,
            });
            expect(catalogue.status).toBe(200);
        });

        test("4.3 a Helm registry is validated where its index is", async () => {
            const fault = { service: "spectro", route: "/index.yaml", status: 200, body: "{}" };
            await out.control("POST", "/faults", fault);
            const { endpoint, username, password } = out.told.spectro;
            const auth = { type: "basic", username, password };
            await admin("POST", "/v1/registries/helm/validate", 204, { endpoint, auth });
        });

        test("4.4 look-ups by name", async () => {
            const { items } = await get("/v1/registries/metadata");
            expect(items.map(({ name }: Answer["body"]) => name)).toEqual(
                expect.arrayContaining(["Public Repo", "ecr-registry"]),
            );
            const found = items.find(({ name }: Answer["body"]) => name === "ecr-registry");
            expect(found).toEqual({
                uid: ecrUid,
                name: "ecr-registry",
                kind: "oci",
                scope: "tenant",
                isPrivate: true,
                isDefault: false,
            });
            const summary = await get("/v1/registries/oci/summary");
            expect(summary.items[0]).toMatchObject({
                metadata: { name: "ecr-registry" },
                spec: { endpoint: out.told.aws.registryHost, providerType: "pack" },
                status: { sync: { status: "Success" } },
            });
            for (const kind of ["pack", "helm"]) {
                await get(`/v1/registries/${kind}`);
                await get(`/v1/registries/${kind}/summary`);
            }
            // These two answer credentials.
            const { auth } = await admin("GET", `/v1/registries/oci/${ecrUid}`, 200);
            expect(auth.password).toBe(out.told.aws.secretAccessKey);
            const { uid } = await admin("POST", "/v1/registries/pack?skipPackSync=true", 201, {
                metadata: { name: "told" },
                spec: { endpoint: out.told.spectro.endpoint, auth: { type: "noAuth" } },
            });
            expect((await admin("GET", "/v1/registries/told/config", 200)).config.name).toBe(
                "told",
            );
            await admin("DELETE", `/v1/registries/${uid}`, 204);
            const sts = await admin("GET", "/v1/clouds/aws/account/sts", 200);
            expect(sts).toMatchObject({ accountId: expect.stringMatching(/^\d{12}$/) });
        });
    });

    const packs: Record<string, Answer["body"]> = {};
    test("5 Packs: exact look-up, search, all versions, one", async () => {
        const wanted = {
            "ubuntu-aws": "22.04",
            kubernetes: "1.32.3",
            "cni-calico": "3.29.3",
            "csi-aws-ebs": "1.41.0",
            hellouniverse: "1.0.0",
        };
        for (const [name, version] of Object.entries(wanted)) {
            const filters = `filters=spec.name=${name}ANDspec.version=${version}`;
            const { items } = await get(`/v1/packs?${filters}ANDspec.cloudTypes_in_aws,all`);
            expect(items).toHaveLength(1);
            packs[name] = items[0];
        }
        expect(packs.hellouniverse.spec).toMatchObject({ registryUid: ecrUid, layer: "addon" });
        const search = await user("POST", "/v1/packs/search", 200, {
            filter: { name: { eq: "Kubernetes" }, layer: ["k8s"], environment: ["aws"] },
            sort: [],
        });
        expect(search.items[0].spec.registries[0]).toMatchObject({ latestVersion: "1.32.3" });
        const { registryUid } = packs.kubernetes.spec;
        const versions = await get(`/v1/packs/kubernetes/registries/${registryUid}?cloudType=aws`);
        expect(versions.tags[0]).toMatchObject({
            version: "1.32.3",
            parentTags: ["1.32.x", "1.x"],
        });
        const one = await get(`/v1/packs/${packs.kubernetes.metadata.uid}`);
        expect(one.packValues[0].values).toBe(packs.kubernetes.spec.values);
        await get(`/v1/packs/${packs.hellouniverse.metadata.uid}/readme`);
    });

    const template = (values?: string) => ({
        type: "cluster",
        cloudType: "aws",
        packs: Object.entries(packs).map(([name, { metadata, spec }]) => ({
            name,
            tag: spec.version,
            layer: spec.layer,
            type: "spectro",
            uid: metadata.uid,
            registryUid: spec.registryUid,
            values: name === "hellouniverse" && values ? values : spec.values,
            ...(name === "hellouniverse" && { manifests: [] }),
        })),
    });
    let profileUid = "";
    let secondUid = "";
    describe("6 Cluster profiles", () => {
        const name = "pack-tutorial-profile";
        const base = "/v1/clusterprofiles";

        test("a name is free, packs fit, create makes a draft, publish publishes it", async () => {
            await user("GET", `${base}/validate/name?name=${name}&version=1.0.0`, 204);
            const checked = await user("POST", `${base}/validate/packs`, 200, template());
            const errors = checked.packs.results.flatMap((one: Answer["body"]) => one.errors);
            expect(errors).toEqual([]);
            const { uid } = await user("POST", base, 201, {
                metadata: {
                    name,
                    annotations: { description: "My cluster profile" },
                    labels: { "spectro-cloud-education": "spectro__tag", app: "hello-universe" },
                },
                spec: { version: "1.0.0", template: template(), variables: null },
            });
            profileUid = uid;
            const draft = (await get(`${base}/${uid}`)).spec;
            expect([draft.draft.packs.length, draft.published]).toEqual([5, undefined]);
            await user("POST", `${base}/${uid}/validate/packs`, 200);
            await user("PATCH", `${base}/${uid}/publish`, 204);
            const { spec, status } = await get(`${base}/${uid}?includePackMeta=schema,presets`);
            expect(spec.published.packs.map((one: Answer["body"]) => one.layer)).toEqual([
                "os",
                "k8s",
                "cni",
                "csi",
                "addon",
            ]);
            expect(spec.published.packs[4]).toMatchObject({
                packUid: packs.hellouniverse.metadata.uid,
                registryUid: ecrUid,
                version: "1.0.0",
                isInvalid: false,
            });
            expect([spec.draft, status.isPublished]).toEqual([undefined, true]);
            expect((await out.palette("POST", base, { metadata: { name } })).status).toBe(409);
            const taken = await out.palette("GET", `${base}/validate/name?name=${name}`);
            expect(taken.status).toBe(409);
        });

        test("a new version is a clone with a uid of its own", async () => {
            const metadata = { name, version: "1.1.0" };
            await user("POST", `${base}/${profileUid}/clone/validate`, 204, metadata);
            const { uid } = await user("POST", `${base}/${profileUid}/clone`, 201, { metadata });
            secondUid = uid;
            const changed = template("manifests:\n  hello:\n    tag: 1.3.0\n");
            const { cloudType, ...rest } = changed;
            expect(cloudType).toBe("aws");
            await user("PUT", `${base}/${uid}`, 204, {
                metadata: { name, uid },
                spec: { version: "1.1.0", template: rest },
            });
            await user("PATCH", `${base}/${uid}/metadata`, 204, {
                metadata: { name, annotations: { description: "newer" }, labels: { a: "b" } },
                spec: { version: "1.1.0" },
            });
            await user("PATCH", `${base}/${uid}/publish`, 204);
            const { metadata: read, spec } = await get(`${base}/${uid}`);
            expect(read).toMatchObject({
                labels: { a: "b" },
                annotations: { description: "newer" },
            });
            expect(spec.published.packs[4].values).toContain("1.3.0");
            const { items } = await user("POST", "/v1/dashboard/clusterprofiles", 200, {
                filter: { profileName: { eq: name } },
            });
            expect(items[0].specSummary.versions).toHaveLength(2);
            await get(`/v1/dashboard/clusterprofiles/${uid}`);
        });

        test("single layers, their manifests, and variables", async () => {
            const { uid } = await user("POST", base, 201, { metadata: { name: "layers" } });
            const url = `${base}/${uid}`;
            const pack = { name: "extra", type: "manifest", layer: "addon", values: "" };
            const manifest = { name: "extra", content: "kind: ConfigMap\n" };
            await user("POST", `${url}/packs`, 201, { pack: { ...pack, manifests: [manifest] } });
            await user("PUT", `${url}/packs/extra`, 204, { pack: { ...pack, values: "a: 1\n" } });
            expect((await get(`${url}/packs`)).items).toHaveLength(1);
            await get(`${url}/packs/extra`);
            await get(`${url}/packs/extra/config`);
            await get(`${url}/packs/manifests`);
            const made = await user("POST", `${url}/packs/extra/manifests`, 201, manifest);
            const at = `${url}/packs/extra/manifests/${made.uid}`;
            await user("PUT", at, 204, { name: "extra", content: "kind: Secret\n" });
            expect(JSON.stringify(await get(at))).toContain("Secret");
            await get(`${url}/packs/extra/manifests`);
            await user("DELETE", at, 204);
            const hidden = { name: "hidden", defaultValue: "secret", isSensitive: true };
            await user("PUT", `${url}/variables`, 204, {
                variables: [{ name: "size", defaultValue: "3" }, hidden],
            });
            await user("PATCH", `${url}/variables`, 204, {
                variables: [{ name: "size", defaultValue: "4" }],
            });
            const { variables } = await get(`${url}/variables`);
            expect(variables[0]).toMatchObject({ defaultValue: "4" });
            expect(JSON.stringify(variables)).not.toContain("secret");
            await user("DELETE", `${url}/variables`, 204, { variables: ["size"] });
            await user("DELETE", `${url}/packs/extra`, 204);
            await user("DELETE", url, 204);
            expect((await out.palette("DELETE", url)).status).toBe(404);
        });

        test("a profile goes through a file", async () => {
            const { text } = await out.palette("GET", `${base}/${profileUid}/export`);
            const file = { ...JSON.parse(text), metadata: { name: "from-a-file" } };
            await user("POST", `${base}/import/validate`, 200, file);
            const first = await user("POST", `${base}/import`, 201, file);
            await user("DELETE", `${base}/${first.uid}`, 204);
            const form = [
                "-----------------------------b0b0b0",
                'content-disposition: form-data; name="importFile"; filename="f.json"',
                "",
                JSON.stringify(file),
                "-----------------------------b0b0b0--",
                "",
            ].join("\r\n");
            const { endpoint, apiKey } = out.told.palette;
            const answer = await out.http(
                "POST",
                `${endpoint}${base}/import/file`,
                {
                    ApiKey: apiKey!,
                    ProjectUid: out.project,
                    "content-type":
                        "multipart/form-data; boundary=---------------------------b0b0b0",
                },
                form,
            );
            expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
            const { spec } = await get(`${base}/${(answer.body as { uid: string }).uid}`);
            expect(spec.draft.packs).toHaveLength(5);
            await user("DELETE", `${base}/${(answer.body as { uid: string }).uid}`, 204);
        });
    });

    let accountUid = "";
    const region = "us-east-1";
    test("7 AWS cloud accounts, and what can be asked before a cluster", async () => {
        const { items } = await get("/v1/cloudaccounts/aws?limit=0");
        const account = items.find(
            ({ metadata }: Answer["body"]) => metadata.name === out.told.seed.cloudAccount,
        );
        accountUid = account.metadata.uid;
        expect(account.metadata.annotations.scope).toBe("project");
        expect(account.spec.secretKey).toMatch(/^\*+$/);
        const filters = `filters=metadata.name=${out.told.seed.cloudAccount}`;
        expect((await get(`/v1/cloudaccounts/aws?${filters}`)).items).toHaveLength(1);
        await get("/v1/dashboard/cloudaccounts/metadata?environment=aws");
        await get("/v1/cloudaccounts/summary");
        const spec = { accessKey: "AKIA", secretKey: "secret", credentialType: "secret" };
        const body = { metadata: { name: "another" }, spec };
        const { uid } = await user("POST", "/v1/cloudaccounts/aws", 201, body);
        await get(`/v1/cloudaccounts/aws/${uid}`);
        await user("PUT", `/v1/cloudaccounts/aws/${uid}`, 204, body);
        await user("DELETE", `/v1/cloudaccounts/aws/${uid}`, 204);
        const of = `cloudAccountUid=${accountUid}`;
        const clouds = "/v1/clouds/aws";
        await get(`${clouds}/regions?${of}`);
        const zones = await get(`${clouds}/regions/${region}/availabilityzones?${of}`);
        expect(zones.zones[0].name).toBe("us-east-1a");
        await get(`${clouds}/regions/${region}/keypairs?${of}`);
        const key = `${clouds}/regions/${region}/keypairs`;
        await user("POST", `${key}/${out.told.seed.sshKeyName}/validate?${of}`, 204);
        expect((await out.palette("POST", `${key}/none/validate?${of}`)).status).toBe(400);
        const types = await get(`${clouds}/regions/${region}/instancetypes?${of}`);
        expect(types.instanceTypes.map((one: Answer["body"]) => one.type)).toContain("m4.xlarge");
        await get(`${clouds}/regions/${region}/vpcs?${of}`);
        await get(`${clouds}/regions/${region}/storagetypes?${of}`);
        await user("POST", `${clouds}/properties/validate`, 204, { region });
        const { accessKeyId: accessKey, secretAccessKey: secretKey } = out.told.aws;
        await user("POST", `${clouds}/account/validate`, 204, { accessKey, secretKey });
    });

    let uid = "";
    let configUid = "";
    const cluster = () => get(`/v1/spectroclusters/${uid}`);
    const pool = (name: string, size: number, isControlPlane = false) => ({
        poolConfig: {
            name,
            size,
            isControlPlane,
            useControlPlaneAsWorker: isControlPlane,
            labels: [isControlPlane ? "control-plane" : "worker"],
            additionalLabels: { owner: "docs" },
            updateStrategy: { type: "RollingUpdateScaleOut" },
            taints: [],
            skipK8sUpgrade: "disabled",
        },
        cloudConfig: {
            instanceType: "m4.xlarge",
            rootDeviceSize: 60,
            capacityType: "on-demand",
            azs: ["us-east-1a"],
            subnets: [],
            licenseConfigurationArns: null,
        },
    });
    describe("8 AWS cluster", () => {
        const schedule = (scheduledRunTime: string) => ({ schedule: { scheduledRunTime } });
        const body = (profile = profileUid) => ({
            metadata: {
                name: "pack-tutorial-cluster",
                annotations: { description: "" },
                labels: { "spectro-cloud-education": "spectro__tag" },
            },
            spec: {
                cloudAccountUid: accountUid,
                cloudConfig: { region, sshKeyName: out.told.seed.sshKeyName },
                profiles: [{ uid: profile, packValues: [], variables: null }],
                machinepoolconfig: [pool("control-plane-pool", 1, true), pool("worker-basic", 1)],
                policies: {
                    scanPolicy: {
                        kubeBench: schedule("0 0 * * SUN"),
                        kubeHunter: schedule("0 0 * * SUN"),
                        sonobuoy: schedule("0 0 1 * *"),
                    },
                },
                clusterConfig: {},
            },
        });

        test("is validated by its findings, priced, and created at once", async () => {
            await user("GET", "/v1/spectroclusters/validate/name?name=pack-tutorial-cluster", 204);
            const { machinePools, profiles } = await user(
                "POST",
                "/v1/spectroclusters/aws/validate",
                200,
                body(),
            );
            expect(machinePools.results.flatMap((one: Answer["body"]) => one.errors)).toEqual([]);
            expect(profiles[0].packs.results).toHaveLength(5);
            const wrong = body();
            wrong.spec.cloudConfig.sshKeyName = "none";
            const found = await user("POST", "/v1/spectroclusters/aws/validate", 200, wrong);
            expect(JSON.stringify(found.machinePools)).toContain("none");
            const { cloudConfig, machinepoolconfig, profiles: own } = body().spec;
            const rate = await user("POST", "/v1/spectroclusters/aws/rate?periodType=hourly", 200, {
                cloudConfig,
                machinepoolconfig,
            });
            expect(rate.rate.total).toBeGreaterThan(0.4);
            await user("POST", "/v1/spectroclusters/validate/packs", 200, { profiles: own });
            ({ uid } = await user("POST", "/v1/spectroclusters/aws", 201, body()));
            expect((await out.palette("POST", "/v1/spectroclusters/aws", body())).status).toBe(409);
        });

        test("goes from Pending over Provisioning to Running and Healthy, and says why", async () => {
            const seen: string[] = [];
            const look = async () => {
                const { status } = await get(`/v1/spectroclusters/${uid}/status`);
                if (seen.at(-1) !== status.state) {
                    seen.push(status.state);
                }
                return status.state;
            };
            await look();
            expect(
                (await out.palette("GET", `/v1/spectroclusters/${uid}/assets/kubeconfig`)).status,
            ).toBe(404);
            for (let minute = 0; minute < 20; minute++) {
                await look();
                await out.advance(1);
            }
            expect(["Pending", "Provisioning", "Running"]).toEqual(expect.arrayContaining(seen));
            expect(seen.at(-1)).toBe("Running");
            const { spec, status } = await cluster();
            configUid = spec.cloudConfigRef.uid;
            expect(status.conditions[0]).toMatchObject({ status: "True", reason: "Done" });
            expect(status.location).toBeTruthy();
            const pack = status.packs.find((one: Answer["body"]) => one.name === "hellouniverse");
            expect(pack).toMatchObject({
                profileUid,
                condition: { type: "Ready", status: "True" },
            });
            const overview = await get(`/v1/dashboard/spectroclusters/${uid}/overview`);
            expect(overview.status.health.state).toBe("Healthy");
            expect(overview.status.kubeMeta.hasKubeConfig).toBe(true);
            await get(`/v1/dashboard/spectroclusters/${uid}`);
            const { items } = await get(
                `/v1/events/components/spectrocluster/${uid}?orderBy=metadata.creationTimestamp=-1`,
            );
            const times = items.map((one: Answer["body"]) => one.metadata.creationTimestamp);
            expect(times).toEqual([...times].sort().reverse());
            await get(`/v1/spectroclusters/${uid}/rate`);
        });

        test("the application's URL, from the Service that was rendered", async () => {
            const { host, ports } = await out.until(async () => {
                const { status } = await cluster();
                const [service] = status.services;
                return service?.host && service;
            });
            expect(ports).toEqual([{ port: 8080, protocol: "TCP" }]);
            const page = await out.http("GET", `http://${host}:8080/`);
            expect([page.status, page.text]).toEqual([
                200,
                expect.stringContaining("hello-universe:1.2.0"),
            ]);
        });

        test("kubeconfigs", async () => {
            for (const asset of ["kubeconfigclient", "adminKubeconfig", "frpKubeconfig"]) {
                const url = `/v1/spectroclusters/${uid}/assets/${asset}`;
                expect((await out.palette("GET", url)).text).toContain("kind: Config");
            }
            const frp = `/v1/spectroclusters/${uid}/assets/kubeconfig?frp=true`;
            expect((await out.palette("GET", frp)).status).toBe(200);
        });

        test("the cloud configuration has flat pools, and machines", async () => {
            const { spec } = await get(`/v1/cloudconfigs/aws/${configUid}`);
            const [first, second] = spec.machinePoolConfig;
            expect(first).toMatchObject({ name: "control-plane-pool", isControlPlane: true });
            expect(second).toMatchObject({ rootDeviceSize: 60, azs: ["us-east-1a"] });
            expect(second).not.toHaveProperty("subnetIds");
            const url = `/v1/cloudconfigs/aws/${configUid}/machinePools/worker-basic/machines`;
            const { items } = await get(url);
            expect(items[0].status).toMatchObject({
                instanceState: "Running",
                ready: true,
                health: { state: "Healthy" },
            });
            await get(`${url}/${items[0].metadata.uid}`);
            await user("PUT", `${url}/${items[0].metadata.uid}/maintenance`, 204, {
                action: "cordon",
            });
            await get(`/v1/cloudconfigs/${configUid}/machinePools/machineUids`);
        });

        test("searches, by name and whether it is deleted", async () => {
            const string = {
                operator: "eq",
                negation: false,
                ignoreCase: false,
                match: { conjunction: "or", values: ["pack-tutorial-cluster"] },
            };
            const filters = [
                { property: "clusterName", type: "string", condition: { string } },
                { property: "isDeleted", type: "bool", condition: { bool: { value: false } } },
            ];
            const filter = {
                conjunction: "and",
                filterGroups: [{ conjunction: "and", filters }],
            };
            for (const where of ["search", "metadata/search"]) {
                const url = `/v1/dashboard/spectroclusters/${where}`;
                const { items } = await user("POST", url, 200, { filter, sort: [] });
                expect(items).toHaveLength(1);
            }
            await get("/v1/dashboard/spectroclusters/search/schema");
            await get("/v1/dashboard/spectroclusters/search/input");
            await get("/v1/dashboard/spectroclusters/meta");
            await get("/v1/dashboard/spectroclusters/metadata");
            await user("POST", "/v1/dashboard/spectroclusters/metadata", 200, {});
            expect((await get("/v1/spectroclusters/tags")).tags).toContain(
                "spectro-cloud-education",
            );
        });

        test("workloads are what the packs rendered to", async () => {
            const url = `/v1/dashboard/spectroclusters/${uid}/workloads`;
            const kinds = ["daemonset", "statefulset", "job", "cronjob", "pod"];
            for (const kind of [...kinds, "namespace", "rolebinding", "clusterrolebinding"]) {
                await user("POST", `${url}/${kind}`, 200, {});
            }
            const { deployments } = await user("POST", `${url}/deployment`, 200, {});
            expect(deployments[0].metadata.entity.name).toBe("hello-universe-deployment");
            await user("POST", url, 200, {});
            await user("POST", `/v1/spectroclusters/${uid}/workloads/sync`, 202);
            await get(`/v1/spectroclusters/${uid}/namespaces`);
            await get(`/v1/spectroclusters/${uid}/packs/resolvedValues`);
        });
    });

    describe("9 Day two", () => {
        const url = () => `/v1/spectroclusters/${uid}`;
        const machines = async (name: string) =>
            (await get(`/v1/cloudconfigs/aws/${configUid}/machinePools/${name}/machines`)).items;

        test("pools are scaled, added, changed and removed", async () => {
            const pools = `/v1/cloudconfigs/aws/${configUid}/machinePools`;
            await user("PUT", `${pools}/worker-basic`, 204, pool("worker-basic", 2));
            await out.advance(5);
            expect(await machines("worker-basic")).toHaveLength(2);
            await user("POST", pools, 201, pool("more", 1));
            await out.advance(5);
            expect((await machines("more"))[0].status.instanceState).toBe("Running");
            await user("DELETE", `${pools}/more`, 204);
            expect((await out.palette("DELETE", `${pools}/control-plane-pool`)).status).toBe(400);
            await user("PUT", `/v1/cloudconfigs/aws/${configUid}/clusterConfig`, 204, {
                clusterConfig: { region, controlPlaneLoadBalancer: "" },
            });
        });

        test("a profile is replaced; the new version answers when its packs are ready", async () => {
            const profiles = [
                { uid: secondUid, replaceWithProfile: profileUid, packValues: [], variables: [] },
            ];
            const repave = await user("POST", `${url()}/validate/repave`, 200, { profiles });
            expect(repave.isRepaveRequired).toBe(false);
            await user("POST", `${url()}/validate/packs`, 200, { profiles });
            const spcApplySettings = { actionType: "DownloadAndInstall" };
            const query = "?resolveNotification=true";
            await user("PATCH", `${url()}/profiles${query}`, 204, { profiles, spcApplySettings });
            expect((await get(`${url()}/profiles`)).profiles).toHaveLength(1);
            await out.until(async () => (await get(`${url()}/status/spcApply`)).canBeApplied);
            await out.advance(5);
            const ready = (one: Answer["body"]) =>
                one.condition.type === "Ready" && one.condition.status === "True";
            const status = await out.until(async () => {
                const now = (await cluster()).status;
                const own = now.packs.filter((one: Answer["body"]) => one.profileUid === secondUid);
                expect(own).toHaveLength(5);
                return own.every(ready) && now;
            });
            const [{ host }] = status.services;
            const page = await out.http("GET", `http://${host}:8080/`);
            expect(page.text).toContain("hello-universe:1.3.0");
            const { status: inUse } = await get(`/v1/clusterprofiles/${secondUid}`);
            expect(inUse.inUseClusters).toMatchObject([{ uid, name: "pack-tutorial-cluster" }]);
            const before = await get(`/v1/clusterprofiles/${profileUid}`);
            expect(before.status.inUseClusters).toEqual([]);
        });

        test("an edited profile is a pending update until it is applied again", async () => {
            const body = {
                metadata: { name: "pack-tutorial-profile", uid: secondUid },
                spec: {
                    version: "1.1.0",
                    template: template("manifests:\n  hello:\n    tag: 1.4.0\n"),
                },
            };
            await user("PUT", `/v1/clusterprofiles/${secondUid}`, 204, body);
            await user("PATCH", `/v1/clusterprofiles/${secondUid}/publish`, 204);
            expect((await get(`${url()}/profileUpdates`)).profiles).toHaveLength(1);
            const later = { actionType: "DownloadAndInstallLater" };
            const profiles = [{ uid: secondUid }];
            await user("PATCH", `${url()}/profiles`, 204, { profiles, spcApplySettings: later });
            await user("POST", `${url()}/status/spcApply`, 202);
            expect((await get(`${url()}/profileUpdates`)).profiles).toEqual([]);
        });

        test("a change of Kubernetes is a repave, with its reasons and an approval", async () => {
            await out.control("PATCH", "/switches", { repave: "pending" });
            const { items } = await get(
                "/v1/packs?filters=spec.name=kubernetesANDspec.version=1.28.2",
            );
            const kept = packs.kubernetes;
            packs.kubernetes = items[0];
            const { uid: older } = await user("POST", "/v1/clusterprofiles?publish=true", 201, {
                metadata: { name: "older-kubernetes" },
                spec: { template: template() },
            });
            packs.kubernetes = kept;
            const profiles = [{ uid: older, replaceWithProfile: secondUid }];
            const checked = await user("POST", `${url()}/validate/repave`, 200, { profiles });
            expect(checked.isRepaveRequired).toBe(true);
            await user("PUT", `${url()}/profiles`, 204, { profiles: [{ uid: older }] });
            const { status } = await get(`${url()}/repave/status`);
            expect(status.state).toBe("Pending");
            expect((await get("/v1/dashboard/spectroclusters/repaveStatus")).items).toHaveLength(1);
            await user("PATCH", `${url()}/repave/approve`, 204);
            await out.control("PATCH", "/switches", { repave: "approved" });
            await out.advance(30);
            expect((await cluster()).status.repave.state).toBe("Approved");
        });

        test("an add-on profile is attached and detached; the same pack twice is refused", async () => {
            const pack = {
                name: "notes",
                type: "manifest",
                layer: "addon",
                values: "",
                manifests: [
                    {
                        name: "notes",
                        content: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: notes\n",
                    },
                ],
            };
            const { uid: addOn } = await user("POST", "/v1/clusterprofiles?publish=true", 201, {
                metadata: { name: "notes" },
                spec: {
                    template: { type: "add-on", cloudType: "all", packs: [pack] },
                    variables: [{ name: "size", defaultValue: "3" }],
                },
            });
            await user("PATCH", `${url()}/profiles`, 204, { profiles: [{ uid: addOn }] });
            const twice = await out.palette("PATCH", `${url()}/profiles`, {
                profiles: [{ uid: secondUid }],
            });
            expect([twice.status, twice.body.code]).toEqual([400, expect.any(String)]);
            const listed = await get(`${url()}/profiles/packs/manifests`);
            const manifests = JSON.stringify(listed).matchAll(/"uid":"(\w+)"/g);
            const found = await Promise.all(
                [...manifests].map(([, one]) =>
                    out.palette("GET", `${url()}/pack/manifests/${one}`),
                ),
            );
            expect(found.map(({ text }) => text).join()).toContain("kind: ConfigMap");
            await get(`${url()}/profiles/${addOn}/packs/notes/manifests`);
            const variables = await get(`${url()}/variables`);
            expect(JSON.stringify(variables)).toContain('"size"');
            await user("PATCH", `${url()}/variables`, 204, [
                { profileUid: addOn, variables: [{ name: "size", value: "5" }] },
            ]);
            await user("DELETE", `${url()}/profiles`, 204, { profileUids: [addOn] });
            await user("DELETE", `/v1/clusterprofiles/${addOn}`, 204);
        });

        test("scans, backups, namespaces, role bindings", async () => {
            const schedule = { schedule: { scheduledRunTime: "0 0 1 * *" } };
            const scan = `${url()}/features/complianceScan`;
            const { spec } = await get(scan);
            expect(Object.keys(spec.driverSpec)).toEqual(["kube-bench", "kube-hunter", "sonobuoy"]);
            await user("PUT", scan, 204, { kubeBench: schedule });
            await user("POST", scan, 201, { kubeBench: schedule, kubeHunter: schedule });
            expect((await get(scan)).spec.driverSpec["kube-bench"].config.schedule).toEqual(
                schedule.schedule,
            );
            const backup = `${url()}/features/backup`;
            const none = await out.palette("GET", backup);
            expect([none.status, none.body.code]).toEqual([404, "ResourceNotFound"]);
            const policy = { backupPrefix: "daily", namespaces: ["default"], ...schedule };
            await user("POST", backup, 201, policy);
            await user("PUT", backup, 204, { ...policy, durationInHours: 24 });
            expect((await get(backup)).spec.config.backupPrefix).toBe("daily");
            await user("DELETE", backup, 204);
            for (const [kind, resource] of [
                [
                    "namespaces",
                    {
                        metadata: { name: "team" },
                        spec: { isRegex: false, resourceAllocation: { cpuCores: 1, memoryMiB: 1 } },
                    },
                ],
                [
                    "rbacs",
                    {
                        metadata: { name: "viewers" },
                        spec: {
                            bindings: [
                                {
                                    type: "ClusterRoleBinding",
                                    role: { kind: "ClusterRole", name: "view" },
                                    subjects: [{ type: "Group", name: "team" }],
                                },
                            ],
                        },
                    },
                ],
            ] as const) {
                const list = `${url()}/config/${kind}`;
                await user("PUT", list, 204, { [kind]: [resource] });
                const { items } = await get(list);
                expect(items[0]).toMatchObject({ spec: resource.spec });
                const one = `${list}/${items[0].metadata.uid}`;
                await get(one);
                await user("PUT", one, 204, resource);
                expect((await cluster()).spec.clusterConfig.clusterResources[kind]).toHaveLength(1);
                await user("PUT", list, 204, { [kind]: [resource] });
                expect((await get(list)).items[0].metadata.uid).toBe(items[0].metadata.uid);
            }
        });

        test("name, tags, time zone, OS patches and the rest", async () => {
            const metadata = {
                name: "pack-tutorial-cluster",
                labels: { app: "hello" },
                annotations: { description: "mine" },
            };
            await user("PATCH", `${url()}/metadata`, 204, { metadata });
            const config = `${url()}/clusterConfig`;
            await user("PATCH", `${config}/timezone`, 204, { timezone: "Europe/Berlin" });
            const osPatchConfig = { schedule: "0 0 * * SUN", patchOnBoot: true };
            await user("PATCH", `${config}/osPatch`, 204, { osPatchConfig });
            await user("PATCH", `${config}/lifecycleConfig`, 204, {
                lifecycleConfig: { pause: false },
            });
            await user("PATCH", `${config}/clusterMetaAttribute`, 204, {
                clusterMetaAttribute: "a",
            });
            await user("PATCH", `${config}/controlPlaneHealthCheckTimeout`, 204, {
                controlPlaneHealthCheckTimeout: "10m",
            });
            await user("POST", `${url()}/upgrade/settings`, 204, { spectroComponents: "lock" });
            await user("PUT", `${url()}/location`, 204, { location: { countryCode: "DE" } });
            const { metadata: read, spec } = await cluster();
            expect(read.labels).toEqual({ app: "hello" });
            expect(spec.clusterConfig).toMatchObject({
                timezone: "Europe/Berlin",
                machineManagementConfig: { osPatchConfig },
            });
        });

        test("a tenant's profile is seen from a project and changed in the tenant alone", async () => {
            const { uid: own } = await admin("POST", "/v1/clusterprofiles?publish=true", 201, {
                metadata: { name: "of-the-tenant" },
                spec: { template: template() },
            });
            const url = `/v1/clusterprofiles/${own}`;
            expect((await get(url)).metadata.annotations.scope).toBe("tenant");
            expect((await out.palette("DELETE", url)).status).toBe(403);
            await admin("DELETE", url, 204);
        });
    });

    describe("10 Delete", () => {
        const url = () => `/v1/spectroclusters/${uid}`;

        test("a cluster is Deleting, then Deleted; force is for those that are stuck 15 minutes", async () => {
            await out.control("PUT", "/clusters/pack-tutorial-cluster/fault", {
                deletionSticks: true,
            });
            await user("DELETE", url(), 204);
            const early = await out.palette("DELETE", `${url()}?forceDelete=true`);
            expect([early.status, early.body.code]).toEqual([400, "ForceDeleteNotAllowed"]);
            await out.advance(14);
            expect((await cluster()).status.state).toBe("Deleting");
            await out.advance(2);
            await user("DELETE", `${url()}?forceDelete=true`, 204);
            await out.advance(1);
            expect((await cluster()).status.state).toBe("Deleted");
            // It stays listed for three days.
            await out.advance(73 * 60);
            expect((await out.palette("GET", url())).status).toBe(404);
        });

        test("a pack whose tag is gone is invalid in profiles; profiles, images and registry go", async () => {
            const { imageIds } = (await out.ecr("ListImages", { repositoryName: repository })).body;
            const refused = await out.ecr("DeleteRepository", { repositoryName: repository });
            expect(refused.text).toContain("RepositoryNotEmptyException");
            const deleted = await out.ecr("BatchDeleteImage", {
                repositoryName: repository,
                imageIds: imageIds.map(({ imageDigest }: Answer["body"]) => ({ imageDigest })),
            });
            expect(deleted.body.failures).toEqual([]);
            await admin("POST", `/v1/registries/oci/${ecrUid}/ecr/sync?forceSync=true`, 202);
            await out.until(async () => {
                const { spec } = await get(`/v1/clusterprofiles/${profileUid}`);
                return spec.published.packs[4].isInvalid && spec.published.packs[4].inValidReason;
            });
            await user("DELETE", `/v1/clusterprofiles/${profileUid}`, 204);
            await user("DELETE", `/v1/clusterprofiles/${secondUid}`, 204);
            await admin("DELETE", `/v1/registries/oci/${ecrUid}/ecr`, 204);
            await out.ecr("DeleteRepository", { repositoryName: repository });
            const parent = path.dirname(repository);
            await out.ecr("DeleteRepository", { repositoryName: parent });
            expect((await out.ecr("DescribeRepositories")).body.repositories).toEqual([]);
        });
    });

    describe("Operations", () => {
        test("none of the Terraform workflow's is missing", async () => {
            const { items } = await out.control("GET", "/operations");
            expect(workflow.filter((operation) => !items.includes(operation))).toEqual([]);
        });

        test("each has a test, and sandbox/OPERATIONS.md says which", async () => {
            const { items } = await out.control("GET", "/operations");
            const known = (items as string[]).map((operation) =>
                operation.includes("/v1/") ? `palette ${operation}` : `aws ${operation}`,
            );
            expect(known.filter((operation) => !covered.has(operation))).toEqual([]);
            const text = describeOperations(covered);
            if (process.env.UPDATE_OPERATIONS) {
                fs.writeFileSync(page, text);
            }
            expect(fs.readFileSync(page, "utf8")).toBe(text);
        });

        test("no secret got into a log", () => {
            const { palette, aws, harbor, spectro, control } = out.told;
            const secrets = [
                palette.apiKey,
                palette.nonAdminApiKey,
                palette.password,
                aws.secretAccessKey,
                harbor.password,
                harbor.token,
                spectro.password,
                control.token,
            ];
            const grep = spawnSync(
                "grep",
                ["-rF", ...secrets.flatMap((one) => ["-e", one!]), "log"],
                {
                    cwd: out.dir,
                    encoding: "utf8",
                },
            );
            expect(grep.stdout).toBe("");
        });
    });
});
