import fs from "node:fs";
import { describeWith } from "./awsSandbox";
import { archive, helloFiles, helloValues, packRepository } from "./paletteSupport";
import { ecrRegistryBench } from "./ecrRegistryBench";

describeWith("registry")("ECR registries of the local Palette", () => {
    const registries = ecrRegistryBench();
    const { status, synced, packsOf, visible, forced } = registries;

    it("pulls a pack that was pushed, with the registered credentials", async () => {
        const digest = await registries.bench.push(packRepository, "1.0.0", {
            layers: [await archive(helloFiles())],
        });
        const uid = await registries.bench.create(
            "/v1/registries/oci/ecr",
            registries.bench.ecrRegistry(),
        );
        const [pack] = await registries.bench.until(async () => {
            const found = await packsOf(uid);
            return found.length > 0 && found;
        });
        expect(pack.spec).toMatchObject({
            name: "hellouniverse",
            version: "1.0.0",
            layer: "addon",
            type: "spectro",
            digest,
            values: helloValues,
            annotations: { source: "community" },
            manifests: [{ name: "hello-universe" }],
        });
        const versions = await registries.bench.get(`/v1/packs/hellouniverse/registries/${uid}`);
        expect(versions.tags).toEqual([
            {
                packUid: pack.metadata.uid,
                version: "1.0.0",
                tag: "1.0.0",
                parentTags: ["1.0.x", "1.x"],
                group: "",
            },
        ]);
        expect(
            (await registries.bench.get(`/v1/packs/${pack.metadata.uid}`)).packValues[0],
        ).toMatchObject({
            packUid: pack.metadata.uid,
            values: helloValues,
            readme: "# Hello\n",
        });
        const now = await synced(uid);
        expect(now).toMatchObject({ status: "Success", isSyncSupported: true, message: "" });
        expect(Date.parse(now.lastSyncedTime)).toBeGreaterThan(Date.parse(now.lastRunTime));
    });

    it("does not sync when told to skip it, and does when asked", async () => {
        const uid = await registries.bench.create(
            "/v1/registries/oci/ecr?skipPackSync=true",
            registries.bench.ecrRegistry(),
        );
        await registries.bench.control("POST", "/clock", { advance: 600_000 });
        expect((await status(uid)).lastRunTime).toBeUndefined();
        expect(await forced(uid)).toMatchObject({ status: "Success" });
    });

    it("takes nothing from a registry whose credentials are wrong, and says why", async () => {
        const wrong = { credentialType: "secret", accessKey: "AKIAWRONG", secretKey: "wrong" };
        const { spec } = registries.bench.ecrRegistry({ spec: { credentials: wrong } });
        const validation = await registries.bench.call(
            "POST",
            "/v1/registries/oci/ecr/validate",
            spec,
        );
        expect(validation.status).toBe(400);
        expect(validation.body.message).toMatch(/UnrecognizedClientException/);
        const good = await registries.bench.call(
            "POST",
            "/v1/registries/oci/ecr/validate",
            registries.bench.ecrRegistry().spec,
        );
        expect([good.status, good.text]).toEqual([204, ""]);
        const uid = await registries.bench.create("/v1/registries/oci/ecr", {
            metadata: { name: "wrong" },
            spec,
        });
        const failed = await synced(uid);
        expect(failed.status).toBe("Failed");
        expect(failed.message).toMatch(/UnrecognizedClientException/);
        expect(failed.lastSyncedTime).toBeUndefined();
        expect(await packsOf(uid)).toEqual([]);
        expect(registries.bench.log()).toMatch(
            /sync of registry wrong failed: UnrecognizedClientException/,
        );
    });

    it("takes over a changed version with a forced sync, and marks one that is gone", async () => {
        const repository = "changing/spectro-packs/archive/hellouniverse";
        await registries.bench.push(repository, "1.0.0", { layers: [await archive(helloFiles())] });
        const uid = await registries.bench.create(
            "/v1/registries/oci/ecr",
            registries.bench.ecrRegistry({ spec: { baseContentPath: "changing" } }),
        );
        const [first] = await visible(uid);
        const values = `${helloValues}# changed\n`;
        const digest = await registries.bench.push(repository, "1.0.0", {
            layers: [await archive(helloFiles({ values }))],
        });
        const before = await status(uid);
        await registries.bench.call("POST", `/v1/registries/oci/${uid}/ecr/sync`);
        await synced(uid, before.lastRunTime);
        expect((await visible(uid))[0].spec.digest).toBe(first.spec.digest);
        await forced(uid);
        const [second] = await visible(uid);
        expect(second.metadata.uid).toBe(first.metadata.uid);
        expect(second.spec).toMatchObject({ digest, values });
        const profile = await registries.bench.create("/v1/clusterprofiles?publish=true", {
            metadata: { name: "holder" },
            spec: {
                template: {
                    type: "add-on",
                    packs: [{ name: "hellouniverse", uid: first.metadata.uid, tag: "1.0.0" }],
                },
            },
        });
        const { BatchDeleteImageCommand } = await import("@aws-sdk/client-ecr");
        const ecr = registries.bench.ecr();
        await ecr.send(
            new BatchDeleteImageCommand({
                repositoryName: repository,
                imageIds: [{ imageTag: "1.0.0" }],
            }),
        );
        ecr.destroy();
        await forced(uid);
        expect(await visible(uid)).toEqual([]);
        const { spec } = await registries.bench.get(`/v1/clusterprofiles/${profile}`);
        expect(spec.published.packs[0]).toMatchObject({ isInvalid: true });
        expect(spec.published.packs[0].inValidReason).toMatch(/hellouniverse.*1\.0\.0/);
        await registries.bench.call("DELETE", `/v1/clusterprofiles/${profile}`);
    });

    it("masks secrets, keeps them over an update that sends the mask back", async () => {
        const body = registries.bench.ecrRegistry();
        const uid = await registries.bench.create("/v1/registries/oci/ecr", body);
        await synced(uid);
        const read = await registries.bench.get(`/v1/registries/oci/${uid}/ecr`);
        expect(read.spec.credentials).toMatchObject({
            credentialType: "secret",
            accessKey: registries.bench.sandbox.aws.accessKeyId,
        });
        expect(read.spec.credentials.secretKey).toMatch(/^\*+$/);
        expect(read.spec.tls).toBeUndefined();
        expect(read.status.syncStatus.status).toBe("Success");
        const { lastRunTime } = await status(uid);
        const changed = { metadata: { name: "ecr-registry", labels: { a: "b" } }, spec: read.spec };
        const put = await registries.bench.call("PUT", `/v1/registries/oci/${uid}/ecr`, changed);
        expect([put.status, put.text]).toEqual([204, ""]);
        expect(await synced(uid, lastRunTime)).toMatchObject({ status: "Success" });
        const again = await registries.bench.get(`/v1/registries/oci/${uid}/ecr`);
        expect(again.metadata.labels).toEqual({ a: "b" });
        await registries.bench.control("PATCH", "/switches", {
            accessKey: "masked",
            ecrTls: "returned",
        });
        const masked = await registries.bench.get(`/v1/registries/oci/${uid}/ecr`);
        expect(masked.spec.credentials.accessKey).toMatch(/^\*+$/);
        expect(masked.spec.tls).toMatchObject({ enabled: true, insecureSkipVerify: false });
        const listed = await registries.bench.get("/v1/registries/oci/summary");
        expect(listed.items).toHaveLength(1);
        expect(JSON.stringify(listed)).not.toContain(registries.bench.sandbox.aws.accessKeyId);
        expect(listed.items[0]).toMatchObject({
            metadata: { name: "ecr-registry" },
            spec: { registryType: "ecr", providerType: "pack", isPrivate: true, scope: "tenant" },
            status: { sync: { isSyncSupported: true } },
        });
        const config = await registries.bench.get(`/v1/registries/oci/${uid}`);
        expect(config.auth.password).toBe(registries.bench.sandbox.aws.secretAccessKey);
    });

    it("takes a mask for the secret, drops labels, spells types in capitals, as switches say", async () => {
        await registries.bench.control("PATCH", "/switches", {
            maskedSecret: "takenLiterally",
            registryType: "upperCase",
            labels: "droppedOnRegistries",
            syncOnUpdate: "no",
        });
        const uid = await registries.bench.create("/v1/registries/oci/ecr", {
            ...registries.bench.ecrRegistry(),
            metadata: { name: "literal", labels: { a: "b" } },
        });
        expect(await synced(uid)).toMatchObject({ status: "Success" });
        const url = `/v1/registries/oci/${uid}/ecr`;
        const read = await registries.bench.get(url);
        expect(read.metadata.labels).toEqual({});
        const { items } = await registries.bench.get("/v1/registries/oci/summary");
        expect(items[0].spec.registryType).toBe("ECR");
        const put = await registries.bench.call("PUT", url, {
            metadata: { name: "literal" },
            spec: read.spec,
        });
        expect(put.status).toBe(204);
        await registries.bench.advance(600);
        expect((await status(uid)).lastRunTime).toBe(read.status.syncStatus.lastRunTime);
        expect(await forced(uid)).toMatchObject({ status: "Failed" });
    });

    it.each([
        ["anySync", false, true],
        ["never", true, false],
    ])("takes over a changed version as the switch says: %s", async (position, force, taken) => {
        await registries.bench.control("PATCH", "/switches", { changedDigest: position });
        const repository = `${position.toLowerCase()}/spectro-packs/archive/hellouniverse`;
        await registries.bench.push(repository, "1.0.0", { layers: [await archive(helloFiles())] });
        const uid = await registries.bench.create(
            "/v1/registries/oci/ecr",
            registries.bench.ecrRegistry({ spec: { baseContentPath: position.toLowerCase() } }),
        );
        await visible(uid);
        const values = `${helloValues}# changed\n`;
        const layers = [await archive(helloFiles({ values }))];
        await registries.bench.push(repository, "1.0.0", { layers });
        const { lastRunTime } = await status(uid);
        await registries.bench.call(
            "POST",
            `/v1/registries/oci/${uid}/ecr/sync?forceSync=${force}`,
        );
        await synced(uid, lastRunTime);
        const [pack] = await visible(uid);
        expect(pack.spec.values === values).toBe(taken);
    });

    it("hands ECR's own switches on", async () => {
        await registries.bench.control("PATCH", "/switches", { ecrArtifactType: "refused" });
        const push = (tag: string) =>
            registries.bench.push("aws-switches", tag, {
                layers: [Buffer.from("x")],
                artifactType: "application/vnd.unknown.artifact.v1",
            });
        await expect(push("1")).rejects.toThrow(/405/);
        await registries.bench.control("PATCH", "/switches", { ecrArtifactType: "accepted" });
        await push("1");
    });

    it("refuses bodies that no registry can have", async () => {
        const body = registries.bench.ecrRegistry();
        const refused = async (spec: object, reason: RegExp): Promise<void> => {
            const answer = await registries.bench.call("POST", "/v1/registries/oci/ecr", {
                ...body,
                spec,
            });
            expect([answer.status, answer.body.message]).toEqual([
                400,
                expect.stringMatching(reason),
            ]);
        };
        const { endpoint, ...noEndpoint } = body.spec;
        await refused(noEndpoint, /endpoint/);
        await refused({ ...body.spec, isPrivate: "yes" }, /isPrivate/);
        await refused({ ...body.spec, endpoint: `https://${String(endpoint)}` }, /without https/);
        await refused({ ...body.spec, baseContentPath: "" }, /baseContentPath/);
        await refused({ ...body.spec, providerType: "other" }, /providerType/);
        await refused({ ...body.spec, credentials: { credentialType: "none" } }, /credentialType/);
        // Null counts as absent and unknown members are let through: the Terraform provider sends both.
        const tolerated = { ...(body.spec.credentials as object), policyARNs: null, other: 1 };
        const uid = await registries.bench.create("/v1/registries/oci/ecr", {
            ...body,
            spec: { ...body.spec, credentials: tolerated },
        });
        expect(await synced(uid)).toMatchObject({ status: "Success" });
    });

    it("treats a taken name as the switch says", async () => {
        const uid = await registries.bench.create(
            "/v1/registries/oci/ecr",
            registries.bench.ecrRegistry(),
        );
        const again = () =>
            registries.bench.call("POST", "/v1/registries/oci/ecr", registries.bench.ecrRegistry());
        const conflict = await again();
        expect([conflict.status, conflict.body.code]).toEqual([409, "RegistryAlreadyExists"]);
        await registries.bench.control("PATCH", "/switches", { duplicateName: "500" });
        expect(await again()).toMatchObject({
            status: 500,
            body: { code: "RegistryAlreadyExists" },
        });
        await registries.bench.control("PATCH", "/switches", { duplicateName: "secondObject" });
        const second = await again();
        expect(second.status).toBe(201);
        expect(second.body.uid).not.toBe(uid);
    });

    it("answers 404 for what is not there, and deletes once", async () => {
        const uid = await registries.bench.create(
            "/v1/registries/oci/ecr",
            registries.bench.ecrRegistry(),
        );
        const path = `/v1/registries/oci/${uid}/ecr`;
        expect((await registries.bench.call("GET", `/v1/registries/oci/${uid}/basic`)).status).toBe(
            404,
        );
        expect((await registries.bench.call("DELETE", path)).status).toBe(204);
        for (const [method, url] of [
            ["GET", path],
            ["DELETE", path],
            ["GET", `${path}/sync/status`],
            ["POST", `${path}/sync`],
        ] as const) {
            expect(await registries.bench.call(method, url)).toMatchObject({
                status: 404,
                body: { code: "ResourceNotFound" },
            });
        }
    });

    it("belongs to the tenant: no project header, no other user", async () => {
        const body = registries.bench.ecrRegistry();
        const { project } = registries.bench;
        const key = registries.bench.sandbox.palette.nonAdminApiKey;
        const url = "/v1/registries/oci/ecr";
        expect((await registries.bench.call("POST", url, body, { project })).status).toBe(403);
        expect((await registries.bench.call("POST", url, body, { key })).status).toBe(403);
        const uid = await registries.bench.create(url, body);
        const registryUrl = `/v1/registries/oci/${uid}/ecr`;
        expect((await registries.bench.call("GET", registryUrl, undefined, { key })).status).toBe(
            403,
        );
        expect(
            (await registries.bench.call("DELETE", registryUrl, undefined, { project })).status,
        ).toBe(403);
        const list = await registries.bench.get("/v1/registries/metadata", { key, project });
        expect(list.items.map((item: { name: string }) => item.name).sort()).toEqual([
            "Public Repo",
            "ecr-registry",
        ]);
    });

    it("does not let go of the public registry", async () => {
        const { items } = await registries.bench.get("/v1/registries/metadata?scope=system");
        expect(items).toEqual([
            expect.objectContaining({ name: "Public Repo", kind: "pack", isDefault: true }),
        ]);
        const [{ uid }] = items;
        expect((await registries.bench.call("DELETE", `/v1/registries/pack/${uid}`)).status).toBe(
            403,
        );
    });

    it("validates at the create and fails a sync over one bad archive, where switches say so", async () => {
        await registries.bench.control("PATCH", "/switches", {
            createValidates: "yes",
            validateFailure: "500",
            invalidPack: "failsSync",
        });
        const wrong = { credentialType: "secret", accessKey: "AKIAWRONG", secretKey: "wrong" };
        const body = registries.bench.ecrRegistry({ spec: { credentials: wrong } });
        expect(await registries.bench.call("POST", "/v1/registries/oci/ecr", body)).toMatchObject({
            status: 500,
            body: { code: "RegistryValidationFailed" },
        });
        await registries.bench.push("bad/spectro-packs/archive/hellouniverse", "9.9.9", {
            layers: [await archive(helloFiles())],
        });
        const uid = await registries.bench.create(
            "/v1/registries/oci/ecr",
            registries.bench.ecrRegistry({ spec: { baseContentPath: "bad" } }),
        );
        expect(await synced(uid)).toMatchObject({
            status: "Failed",
            message: expect.stringContaining("the tag is '9.9.9'"),
        });
    });

    it("keeps or refuses to delete a registry that a profile uses, as the switch says", async () => {
        await registries.bench.push(packRepository, "1.0.0", {
            layers: [await archive(helloFiles())],
        });
        const uid = await registries.bench.create(
            "/v1/registries/oci/ecr",
            registries.bench.ecrRegistry(),
        );
        const [pack] = await visible(uid);
        const profile = await registries.bench.create("/v1/clusterprofiles?publish=true", {
            metadata: { name: "user-of-registry" },
            spec: {
                template: {
                    type: "add-on",
                    packs: [{ name: "hellouniverse", uid: pack.metadata.uid }],
                },
            },
        });
        await registries.bench.control("PATCH", "/switches", { registryInUse: "409" });
        const refused = await registries.bench.call("DELETE", `/v1/registries/oci/${uid}/ecr`);
        expect([refused.status, refused.body.code]).toEqual([409, "RegistryInUse"]);
        await registries.bench.control("DELETE", "/switches");
        expect(
            (await registries.bench.call("DELETE", `/v1/registries/oci/${uid}/ecr`)).status,
        ).toBe(204);
        const { spec } = await registries.bench.get(`/v1/clusterprofiles/${profile}`);
        expect(spec.published.packs[0].isInvalid).toBe(true);
        expect((await registries.bench.call("GET", `/v1/packs/${pack.metadata.uid}`)).status).toBe(
            404,
        );
        await registries.bench.call("DELETE", `/v1/clusterprofiles/${profile}`);
    });

    it("keeps the state over a restart and takes up a sync that was cut off", async () => {
        await registries.bench.push(packRepository, "1.0.0", {
            layers: [await archive(helloFiles())],
        });
        await registries.bench.control("POST", "/faults", {
            service: "aws",
            route: "ecr DescribeRepositories",
            action: "hang",
            times: 0,
        });
        const uid = await registries.bench.create(
            "/v1/registries/oci/ecr",
            registries.bench.ecrRegistry(),
        );
        await registries.bench.until(async () => (await status(uid)).status === "InProgress");
        const { endpoint } = registries.bench.sandbox.palette;
        await registries.bench.close();
        expect(
            JSON.parse(fs.readFileSync(registries.bench.sandbox.file, "utf8")).pid,
        ).toBeUndefined();
        await registries.bench.open();
        expect(registries.bench.sandbox.palette.endpoint).toBe(endpoint);
        expect(await registries.bench.until(async () => (await packsOf(uid)).length)).toBe(1);
    });
});
