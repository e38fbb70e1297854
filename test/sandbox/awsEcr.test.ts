import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import {
    BatchCheckLayerAvailabilityCommand,
    BatchDeleteImageCommand,
    BatchGetImageCommand,
    CreateRepositoryCommand,
    DeleteLifecyclePolicyCommand,
    DeleteRepositoryCommand,
    DescribeImagesCommand,
    DescribeRegistryCommand,
    DescribeRepositoriesCommand,
    GetAuthorizationTokenCommand,
    GetLifecyclePolicyCommand,
    GetRepositoryPolicyCommand,
    ListImagesCommand,
    ListTagsForResourceCommand,
    PutImageScanningConfigurationCommand,
    PutImageTagMutabilityCommand,
    PutLifecyclePolicyCommand,
    SetRepositoryPolicyCommand,
    TagResourceCommand,
    UntagResourceCommand,
    type ECRClient,
} from "@aws-sdk/client-ecr";
import { AwsSandbox, accountId, describeWith, region } from "./awsSandbox";

const base = "spectro-oci-registry/spectro-packs/archive";
const name = `${base}/hellouniverse`;
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const sha256 = (data: string | Buffer) =>
    `sha256:${createHash("sha256").update(data).digest("hex")}`;

describeWith("registry", "oras")("a local ECR", () => {
    let sandbox: AwsSandbox;
    let ecr: ECRClient;
    beforeAll(async () => {
        sandbox = await AwsSandbox.start();
        ecr = sandbox.ecr();
        fs.writeFileSync(path.join(sandbox.dir, "hellouniverse-1.0.0.tar.gz"), randomBytes(19_057));
    });
    afterAll(() => sandbox.remove());
    afterEach(async () => {
        sandbox.skew = 0;
        const { repositories = [] } = await ecr.send(new DescribeRepositoriesCommand());
        for (const { repositoryName } of repositories) {
            await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
        }
    });

    const create = async (repositoryName = name, rest = {}) =>
        (await ecr.send(new CreateRepositoryCommand({ repositoryName, ...rest }))).repository!;
    const password = async (client = ecr): Promise<string> => {
        const { authorizationData } = await client.send(new GetAuthorizationTokenCommand());
        const [user, secret] = Buffer.from(authorizationData![0]!.authorizationToken!, "base64")
            .toString()
            .split(":");
        expect(user).toBe("AWS");
        return secret!;
    };
    const push = async (reference: string, ...options: string[]) =>
        sandbox.oras(
            [
                "push",
                `${sandbox.aws.registryHost}/${reference}`,
                "hellouniverse-1.0.0.tar.gz",
            ].concat(
                "--image-spec=v1.0",
                "--annotation=org.opencontainers.image.created=2024-01-01T00:00:00Z",
                options,
            ),
            { password: await password() },
        );
    const basic = async () => ({
        authorization: `Basic ${Buffer.from(`AWS:${await password()}`).toString("base64")}`,
    });
    /** Pushes a blob in one piece. */
    const putBlob = async (repository: string, data: Buffer) => {
        const headers = await basic();
        const started = await sandbox.fetch(`/v2/${repository}/blobs/uploads/`, {
            method: "POST",
            headers,
        });
        return sandbox.fetch(`${started.headers.location}&digest=${sha256(data)}`, {
            method: "PUT",
            headers,
            body: data,
        });
    };
    const putManifest = async (
        repository: string,
        reference: string,
        manifest: object | string,
        type = manifestType,
    ) =>
        sandbox.fetch(`/v2/${repository}/manifests/${reference}`, {
            method: "PUT",
            headers: { ...(await basic()), "content-type": type },
            body: typeof manifest === "string" ? manifest : JSON.stringify(manifest),
        });
    const manifestOf = (data: Buffer, more = {}) => {
        const descriptor = (mediaType: string, bytes: Buffer) => ({
            mediaType,
            digest: sha256(bytes),
            size: bytes.length,
        });
        return {
            schemaVersion: 2,
            mediaType: manifestType,
            config: descriptor("application/vnd.unknown.config.v1+json", Buffer.from("{}")),
            layers: [descriptor("application/vnd.oci.image.layer.v1.tar", data)],
            ...more,
        };
    };

    test("the tutorial's ECR chapter: create, log in, push, look, delete image, delete repositories", async () => {
        const { host } = { host: sandbox.aws.registryHost };
        const first = await create(base);
        expect(first).toMatchObject({
            repositoryArn: `arn:aws:ecr:${region}:${accountId}:repository/${base}`,
            registryId: accountId,
            repositoryName: base,
            repositoryUri: `${host}/${base}`,
            imageTagMutability: "MUTABLE",
            imageScanningConfiguration: { scanOnPush: false },
            encryptionConfiguration: { encryptionType: "AES256" },
        });
        expect(Math.abs(first.createdAt!.getTime() - Date.now())).toBeLessThan(60_000);
        await create(name);

        await sandbox.oras(["login", host], { password: await password() });
        const pushed = await sandbox.oras([
            "push",
            `${host}/${name}:1.0.0`,
            "hellouniverse-1.0.0.tar.gz",
            "--image-spec=v1.0",
        ]);
        const digest = /Digest: (sha256:[0-9a-f]{64})/.exec(pushed)![1]!;

        const { imageDetails } = await ecr.send(
            new DescribeImagesCommand({ repositoryName: name }),
        );
        expect(imageDetails).toEqual([
            {
                registryId: accountId,
                repositoryName: name,
                imageDigest: digest,
                imageTags: ["1.0.0"],
                imageSizeInBytes: 19_059,
                imagePushedAt: expect.any(Date),
                imageManifestMediaType: manifestType,
                artifactMediaType: "application/vnd.unknown.config.v1+json",
            },
        ]);

        const out = path.join(sandbox.dir, "out");
        await sandbox.oras(["pull", `${host}/${name}:1.0.0`, "--output", out]);
        const file = "hellouniverse-1.0.0.tar.gz";
        expect(fs.readFileSync(path.join(out, file))).toEqual(
            fs.readFileSync(path.join(sandbox.dir, file)),
        );
        const seen = await ecr.send(new DescribeImagesCommand({ repositoryName: name }));
        expect(seen.imageDetails![0]!.lastRecordedPullTime).toBeInstanceOf(Date);

        await expect(
            ecr.send(new DeleteRepositoryCommand({ repositoryName: name })),
        ).rejects.toMatchObject({
            name: "RepositoryNotEmptyException",
            message: `The repository with name '${name}' in registry with id '${accountId}' cannot be deleted because it still contains images`,
        });
        const imageIds = [{ imageDigest: digest }];
        const deleted = await ecr.send(
            new BatchDeleteImageCommand({ repositoryName: name, imageIds }),
        );
        expect(deleted).toMatchObject({
            imageIds: [{ imageDigest: digest, imageTag: "1.0.0" }],
            failures: [],
        });
        const gone = await sandbox.fetch(`/v2/${name}/manifests/1.0.0`, { headers: await basic() });
        expect([gone.status, gone.text]).toEqual([
            404,
            expect.stringContaining("MANIFEST_UNKNOWN"),
        ]);
        await ecr.send(new DeleteRepositoryCommand({ repositoryName: base }));
        await ecr.send(new DeleteRepositoryCommand({ repositoryName: name }));
        await expect(
            ecr.send(new DeleteRepositoryCommand({ repositoryName: name })),
        ).rejects.toMatchObject({
            name: "RepositoryNotFoundException",
            message: `The repository with name '${name}' does not exist in the registry with id '${accountId}'`,
        });
    });

    test("oras: resolve, repo tags, manifest fetch, discover, copy", async () => {
        await create();
        await push(`${name}:1.0.0`);
        const host = sandbox.aws.registryHost;
        const run = async (...args: string[]) =>
            (await sandbox.oras(args, { password: await password() })).trim();
        const digest = await run("resolve", `${host}/${name}:1.0.0`);
        await push(`${name}:latest`);
        expect(await run("repo", "tags", `${host}/${name}`)).toBe("1.0.0\nlatest");
        const manifest = await run("manifest", "fetch", `${host}/${name}@${digest}`);
        expect(sha256(manifest)).toBe(digest);
        expect(JSON.parse(manifest)).toMatchObject({
            layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", size: 19_057 }],
        });
        fs.writeFileSync(path.join(sandbox.dir, "note.txt"), "signed");
        await run("attach", "--artifact-type=example/note", `${host}/${name}:1.0.0`, "note.txt");
        expect(await run("discover", `${host}/${name}:1.0.0`)).toContain("example/note");
        expect(await run("repo", "ls", host)).toContain(name);
    });

    test("a repository that does not exist is 404 with ECR's text", async () => {
        await expect(push(`${name}:1.0.0`)).rejects.toMatchObject({
            stderr: expect.stringContaining(
                `name unknown: The repository with name '${name}' does not exist in the registry with id '${accountId}'`,
            ),
        });
    });

    test("no token is 401 with a challenge, an old one is refused in ECR's words", async () => {
        await create();
        const anonymous = await sandbox.fetch("/v2/");
        expect(anonymous.status).toBe(401);
        expect(anonymous.headers["www-authenticate"]).toMatch(/^Basic realm="https:\/\/127/);
        const wrong = Buffer.from("AWS:secret").toString("base64");
        const refused = await sandbox.fetch("/v2/", {
            headers: { authorization: `Basic ${wrong}` },
        });
        expect(refused.status).toBe(401);

        const headers = await basic();
        const forged = JSON.parse(Buffer.from(await password(), "base64").toString()) as Record<
            string,
            unknown
        >;
        forged.expiration = Date.now() + 1e12;
        const token = Buffer.from(JSON.stringify(forged)).toString("base64");
        const bad = Buffer.from(`AWS:${token}`).toString("base64");
        expect(
            (await sandbox.fetch("/v2/", { headers: { authorization: `Basic ${bad}` } })).status,
        ).toBe(401);

        sandbox.skew = 11.9 * 60 * 60 * 1000;
        expect((await sandbox.fetch("/v2/", { headers })).status).toBe(200);
        sandbox.skew = 12 * 60 * 60 * 1000 + 1000;
        const late = await sandbox.fetch(`/v2/${name}/tags/list`, { headers });
        expect(late.status).toBe(403);
        expect(JSON.parse(late.text)).toEqual({
            errors: [
                {
                    code: "DENIED",
                    message: "Your authorization token has expired. Reauthenticate and try again.",
                },
            ],
        });
    });

    test("tags of an immutable repository stay where they are", async () => {
        await create(name, {
            imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
            imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "latest*" }],
        });
        await push(`${name}:1.0.0`);
        await push(`${name}:latest-1`);
        await push(`${name}:latest-1`, "--annotation=a=b");
        await expect(push(`${name}:1.0.0`, "--annotation=a=b")).rejects.toMatchObject({
            stderr: expect.stringContaining(
                `The image tag '1.0.0' already exists in the '${name}' repository and cannot be overwritten because the repository is immutable.`,
            ),
        });
        await ecr.send(
            new PutImageTagMutabilityCommand({
                repositoryName: name,
                imageTagMutability: "MUTABLE",
            }),
        );
        await push(`${name}:1.0.0`, "--annotation=a=b");
        const { imageIds } = await ecr.send(
            new ListImagesCommand({ repositoryName: name, filter: { tagStatus: "TAGGED" } }),
        );
        expect(imageIds!.map(({ imageTag }) => imageTag).sort()).toEqual(["1.0.0", "latest-1"]);
        expect(new Set(imageIds!.map(({ imageDigest }) => imageDigest)).size).toBe(1);
        const untagged = await ecr.send(
            new ListImagesCommand({ repositoryName: name, filter: { tagStatus: "UNTAGGED" } }),
        );
        expect(untagged.imageIds).toHaveLength(1);
    });

    test("only manifests and tags that ECR takes", async () => {
        await create();
        const layer = randomBytes(100);
        const good = manifestOf(layer);
        const early = await putManifest(name, "1.0.0", good);
        expect([early.status, early.text]).toEqual([
            400,
            expect.stringContaining("MANIFEST_BLOB_UNKNOWN"),
        ]);
        await putBlob(name, layer);
        await putBlob(name, Buffer.from("{}"));

        expect((await putManifest(name, "1.0.0%2Bbuild", good)).status).toBe(400);
        expect((await putManifest(name, "x".repeat(129), good)).status).toBe(400);
        expect((await putManifest(name, sha256("other"), good)).status).toBe(400);
        for (const [manifest, type] of [
            ["{", manifestType],
            [{ ...good, schemaVersion: 1 }, manifestType],
            [good, "application/vnd.docker.distribution.manifest.v1+json"],
            [good, "application/json"],
        ] as const) {
            const answer = await putManifest(name, "1.0.0", manifest, type);
            expect([answer.status, answer.text]).toEqual([
                405,
                expect.stringContaining("Invalid parameter at 'ImageManifest'"),
            ]);
        }
        const artifact = { ...good, artifactType: "application/vnd.unknown.artifact.v1" };
        expect((await putManifest(name, "1.1", artifact)).status).toBe(201);
        sandbox.aws.switches.refuseArtifactType = true;
        expect((await putManifest(name, "1.1", artifact)).status).toBe(405);
        sandbox.aws.switches.refuseArtifactType = false;
        expect((await putManifest(name, "1.0.0", good)).status).toBe(201);
        const { images, failures } = await ecr.send(
            new BatchGetImageCommand({
                repositoryName: name,
                imageIds: [{ imageTag: "1.0.0" }, { imageTag: "2" }],
            }),
        );
        expect(images![0]).toMatchObject({
            imageManifest: JSON.stringify(good),
            imageManifestMediaType: manifestType,
            imageId: { imageTag: "1.0.0", imageDigest: sha256(JSON.stringify(good)) },
        });
        expect(failures).toMatchObject([{ failureCode: "ImageNotFound" }]);
        const deleted = await sandbox.fetch(`/v2/${name}/manifests/1.0.0`, {
            method: "DELETE",
            headers: await basic(),
        });
        expect(deleted.status).toBe(405);
    });

    test("a part has at most 20 MiB; a blob in one piece may be larger", async () => {
        await create();
        const big = randomBytes(20 * 1024 * 1024 + 1);
        const headers = await basic();
        const started = await sandbox.fetch(`/v2/${name}/blobs/uploads/`, {
            method: "POST",
            headers,
        });
        const part = await sandbox.fetch(started.headers.location!, {
            method: "PATCH",
            headers: { ...headers, "content-range": `0-${big.length - 1}` },
            body: big,
        });
        expect([part.status, part.text]).toEqual([413, expect.stringContaining("20971520")]);
        expect((await putBlob(name, big)).status).toBe(201);
        const pulled = await sandbox.fetch(`/v2/${name}/blobs/${sha256(big)}`, {
            headers: { ...headers, range: "bytes=10-19" },
        });
        expect([pulled.status, pulled.text]).toEqual([206, big.subarray(10, 20).toString()]);
        const digests = [sha256(big), sha256("nothing"), "md5:1"];
        const { layers, failures } = await ecr.send(
            new BatchCheckLayerAvailabilityCommand({ repositoryName: name, layerDigests: digests }),
        );
        expect(layers).toMatchObject([
            { layerAvailability: "AVAILABLE", layerSize: big.length },
            { layerAvailability: "UNAVAILABLE" },
        ]);
        expect(failures).toMatchObject([{ failureCode: "InvalidLayerDigest" }]);
    });

    test("deleting really removes from the registry, and from it alone", async () => {
        await create(base);
        await create(name);
        await push(`${base}:1`);
        await push(`${name}:1`);
        const layer = sha256(fs.readFileSync(path.join(sandbox.dir, "hellouniverse-1.0.0.tar.gz")));
        const status = async (repository: string) =>
            (
                await sandbox.fetch(`/v2/${repository}/blobs/${layer}`, {
                    method: "HEAD",
                    headers: await basic(),
                })
            ).status;
        await push(`${name}:2`, "--annotation=a=b");
        const remove = (imageTag: string) =>
            ecr.send(
                new BatchDeleteImageCommand({ repositoryName: name, imageIds: [{ imageTag }] }),
            );
        await remove("1");
        expect(await status(name)).toBe(200);
        await remove("2");
        expect(await status(name)).toBe(404);
        expect(await status(base)).toBe(200);
        await push(`${name}:1`);
        await ecr.send(new DeleteRepositoryCommand({ repositoryName: base, force: true }));
        expect(await status(base)).toBe(404);
        expect(await status(name)).toBe(200);
        await create(base);
        expect(await status(base)).toBe(404);

        // The files go when the registry starts the next time.
        const data = path.join(sandbox.dir, "registry/docker/registry/v2/blobs/sha256");
        const stored = () => fs.existsSync(path.join(data, layer.slice(7, 9), layer.slice(7)));
        await ecr.send(new DeleteRepositoryCommand({ repositoryName: name, force: true }));
        expect(stored()).toBe(true);
        await sandbox.close();
        await sandbox.open();
        ecr = sandbox.ecr();
        expect(stored()).toBe(false);
    });

    test("settings, tags and policies of a repository", async () => {
        const tags = [{ Key: "stack", Value: "dev" }];
        const { repositoryArn: resourceArn } = await create(name, {
            tags,
            encryptionConfiguration: { encryptionType: "KMS" },
            imageScanningConfiguration: { scanOnPush: true },
        });
        const repositoryName = name;
        await ecr.send(new TagResourceCommand({ resourceArn, tags: [{ Key: "a", Value: "b" }] }));
        await ecr.send(new UntagResourceCommand({ resourceArn, tagKeys: ["stack"] }));
        expect((await ecr.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual([
            { Key: "a", Value: "b" },
        ]);
        await ecr.send(
            new PutImageScanningConfigurationCommand({
                repositoryName,
                imageScanningConfiguration: { scanOnPush: false },
            }),
        );
        const { repositories } = await ecr.send(
            new DescribeRepositoriesCommand({ repositoryNames: [name] }),
        );
        expect(repositories).toMatchObject([
            {
                imageScanningConfiguration: { scanOnPush: false },
                encryptionConfiguration: {
                    encryptionType: "KMS",
                    kmsKey: expect.stringMatching(/^arn:aws:kms:/),
                },
            },
        ]);

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
        const lifecycle = new GetLifecyclePolicyCommand({ repositoryName });
        await expect(ecr.send(lifecycle)).rejects.toMatchObject({
            name: "LifecyclePolicyNotFoundException",
        });
        await expect(
            ecr.send(
                new PutLifecyclePolicyCommand({
                    repositoryName,
                    lifecyclePolicyText: '{"rules":[{}]}',
                }),
            ),
        ).rejects.toMatchObject({ name: "InvalidParameterException" });
        await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
        expect((await ecr.send(lifecycle)).lifecyclePolicyText).toBe(lifecyclePolicyText);
        await ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
        await expect(ecr.send(lifecycle)).rejects.toMatchObject({
            name: "LifecyclePolicyNotFoundException",
        });
        await expect(
            ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText: "{}" })),
        ).rejects.toMatchObject({ message: expect.stringContaining("Invalid repository policy") });
        await expect(
            ecr.send(new GetRepositoryPolicyCommand({ repositoryName })),
        ).rejects.toMatchObject({ name: "RepositoryPolicyNotFoundException" });
        expect((await ecr.send(new DescribeRegistryCommand())).registryId).toBe(accountId);
    });

    test("what ECR refuses, this refuses", async () => {
        await create();
        const refused = async (input: object) =>
            (await create("other/one", input).catch((error: Error) => error)) as unknown as Error;
        await expect(create()).rejects.toMatchObject({
            name: "RepositoryAlreadyExistsException",
            message: `The repository with name '${name}' already exists in the registry with id '${accountId}'`,
        });
        for (const bad of ["A", "Upper/case", "a//b", "a/", "-a", "x".repeat(257)]) {
            await expect(create(bad)).rejects.toMatchObject({ name: "InvalidParameterException" });
        }
        expect(await refused({ imageTagMutability: "SOMETIMES" })).toMatchObject({
            name: "InvalidParameterException",
        });
        expect(
            await refused({ encryptionConfiguration: { encryptionType: "ROT13" } }),
        ).toMatchObject({ name: "InvalidParameterException" });
        await expect(
            ecr.send(
                new DescribeImagesCommand({ repositoryName: name, imageIds: [{ imageTag: "9" }] }),
            ),
        ).rejects.toMatchObject({
            name: "ImageNotFoundException",
            message: `The image with imageId {imageDigest:'null', imageTag:'9'} does not exist within the repository with name '${name}' in the registry with id '${accountId}'`,
        });
    });

    test("lists come in pages", async () => {
        const names = Array.from({ length: 7 }, (_, i) => `page/r${i}`);
        for (const repositoryName of names) {
            await create(repositoryName);
        }
        const seen: string[] = [];
        let nextToken: string | undefined;
        do {
            const answer = await ecr.send(
                new DescribeRepositoriesCommand({ maxResults: 3, nextToken }),
            );
            seen.push(...answer.repositories!.map(({ repositoryName }) => repositoryName!));
            nextToken = answer.nextToken;
        } while (nextToken);
        expect(seen).toEqual(names);
        await push("page/r0:b");
        await push("page/r0:a");
        const first = await sandbox.fetch("/v2/page/r0/tags/list?n=1", { headers: await basic() });
        expect(JSON.parse(first.text)).toEqual({ name: "page/r0", tags: ["a"] });
        const next = /<(.*)>; rel="next"/.exec(first.headers.link!)![1]!;
        const second = await sandbox.fetch(next, { headers: await basic() });
        expect(JSON.parse(second.text)).toEqual({ name: "page/r0", tags: ["b"] });
        expect(second.headers.link).toBeUndefined();
    });
});
