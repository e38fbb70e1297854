import fs from "node:fs";
import { describeWith } from "./awsSandbox";
import {
    archive,
    helloFiles,
    helloValues,
    type ImageShape,
    packRepository,
    PaletteBench,
} from "./paletteSupport";

describeWith("registry")("ECR registries of the local Palette", () => {
    let bench: PaletteBench;
    beforeAll(async () => {
        bench = await PaletteBench.start({ switches: { rateLimit: "off" } });
    });
    afterAll(() => bench.remove());
    afterEach(async () => {
        await bench.control("DELETE", "/switches");
        await bench.control("DELETE", "/faults");
        const { items } = await bench.get("/v1/registries/metadata?scope=tenant");
        for (const { uid } of items) {
            expect((await bench.call("DELETE", `/v1/registries/${uid}`)).status).toBe(204);
        }
    });

    const status = (uid: string) => bench.get(`/v1/registries/oci/${uid}/ecr/sync/status`);
    /** Waits for a run that began after the given time. */
    const synced = (uid: string, after = "") =>
        bench.until(async () => {
            const now = await status(uid);
            const fresh = (now.lastRunTime ?? "") > after;
            return fresh && ["Success", "Failed"].includes(now.status) && now;
        });
    const packsOf = async (registryUid: string) => {
        const { items } = await bench.get("/v1/packs?filters=spec.registryUid=" + registryUid);
        return items;
    };
    /** The packs that can be seen when a run has ended and its packs have had time to appear. */
    const visible = async (uid: string) => {
        const { status: outcome, message } = await synced(uid);
        expect({ outcome, message }).toEqual({ outcome: "Success", message: "" });
        await bench.control("POST", "/clock", { advance: 60_000 });
        await new Promise((resolve) => setTimeout(resolve, 100));
        return packsOf(uid);
    };
    const forced = async (uid: string) => {
        const before = await status(uid);
        const sync = await bench.call("POST", `/v1/registries/oci/${uid}/ecr/sync?forceSync=true`);
        expect([sync.status, sync.text]).toEqual([202, ""]);
        return synced(uid, before.lastRunTime);
    };

    it("pulls a pack that was pushed, with the registered credentials", async () => {
        const digest = await bench.push(packRepository, "1.0.0", {
            layers: [await archive(helloFiles())],
        });
        const uid = await bench.create("/v1/registries/oci/ecr", bench.ecrRegistry());
        const [pack] = await bench.until(async () => {
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
        const versions = await bench.get(`/v1/packs/hellouniverse/registries/${uid}`);
        expect(versions.tags).toEqual([
            {
                packUid: pack.metadata.uid,
                version: "1.0.0",
                tag: "1.0.0",
                parentTags: ["1.0.x", "1.x"],
                group: "",
            },
        ]);
        expect((await bench.get(`/v1/packs/${pack.metadata.uid}`)).packValues[0]).toMatchObject({
            packUid: pack.metadata.uid,
            values: helloValues,
            readme: "# Hello\n",
        });
        const now = await synced(uid);
        expect(now).toMatchObject({ status: "Success", isSyncSupported: true, message: "" });
        expect(Date.parse(now.lastSyncedTime)).toBeGreaterThan(Date.parse(now.lastRunTime));
    });

    it("does not sync when told to skip it, and does when asked", async () => {
        const uid = await bench.create(
            "/v1/registries/oci/ecr?skipPackSync=true",
            bench.ecrRegistry(),
        );
        await bench.control("POST", "/clock", { advance: 600_000 });
        expect((await status(uid)).lastRunTime).toBeUndefined();
        expect(await forced(uid)).toMatchObject({ status: "Success" });
    });

    it("takes nothing from a registry whose credentials are wrong, and says why", async () => {
        const wrong = { credentialType: "secret", accessKey: "AKIAWRONG", secretKey: "wrong" };
        const { spec } = bench.ecrRegistry({ spec: { credentials: wrong } });
        const validation = await bench.call("POST", "/v1/registries/oci/ecr/validate", spec);
        expect(validation.status).toBe(400);
        expect(validation.body.message).toMatch(/UnrecognizedClientException/);
        const good = await bench.call(
            "POST",
            "/v1/registries/oci/ecr/validate",
            bench.ecrRegistry().spec,
        );
        expect([good.status, good.text]).toEqual([204, ""]);
        const uid = await bench.create("/v1/registries/oci/ecr", {
            metadata: { name: "wrong" },
            spec,
        });
        const failed = await synced(uid);
        expect(failed.status).toBe("Failed");
        expect(failed.message).toMatch(/UnrecognizedClientException/);
        expect(failed.lastSyncedTime).toBeUndefined();
        expect(await packsOf(uid)).toEqual([]);
        expect(bench.log()).toMatch(/sync of registry wrong failed: UnrecognizedClientException/);
    });

    describe("an archive that is no pack is invisible, and the log says why", () => {
        const good = (): Promise<Buffer> => archive(helloFiles());
        const folder = "hello-universe-pack";
        const cases: [string, () => Promise<Partial<ImageShape>>, RegExp][] = [
            [
                "another config type",
                async () => ({ configType: "application/vnd.oci.empty.v1+json" }),
                /the config is of type application\/vnd.oci.empty/,
            ],
            [
                "an artifactType",
                async () => ({ artifactType: "application/vnd.unknown.artifact.v1" }),
                /has an artifactType/,
            ],
            [
                "a second layer",
                async () => ({ layers: [await good(), Buffer.from("more")] }),
                /the manifest has 2 layers/,
            ],
            [
                "a title with a path",
                async () => ({ title: "build/hellouniverse-1.0.0.tar.gz" }),
                /title is "build\/hellouniverse/,
            ],
            [
                "a gzip media type",
                async () => ({ layerType: "application/vnd.oci.image.layer.v1.tar+gzip" }),
                /the layer is of type/,
            ],
            [
                "a symbolic link",
                async () => ({
                    layers: [
                        await archive({
                            ...helloFiles(),
                            [`${folder}/link`]: { type: "symlink", linkname: "/etc/passwd" },
                        }),
                    ],
                }),
                /holds a symlink/,
            ],
            [
                "a hard link",
                async () => ({
                    layers: [
                        await archive({
                            ...helloFiles(),
                            [`${folder}/link`]: { type: "link", linkname: "pack.json" },
                        }),
                    ],
                }),
                /holds a link/,
            ],
            [
                "a path that leaves the folder",
                async () => ({
                    layers: [await archive({ ...helloFiles(), [`${folder}/../../out`]: "x" })],
                }),
                /unsafe path/,
            ],
            [
                "a bomb",
                async () => {
                    const zeros = "\0".repeat(80 * 2 ** 20);
                    return {
                        layers: [await archive({ ...helloFiles(), [`${folder}/zeros`]: zeros })],
                    };
                },
                /unpacks to more than/,
            ],
            [
                "two folders",
                async () => ({
                    layers: [await archive({ ...helloFiles(), "other/file": "x" })],
                }),
                /exactly one top-level folder/,
            ],
            [
                "another name",
                async () => ({ layers: [await archive(helloFiles({ json: { name: "other" } }))] }),
                /says name 'other', the repository is 'hellouniverse'/,
            ],
            [
                "another version",
                async () => ({ layers: [await archive(helloFiles({ version: "2.0.0" }))] }),
                /says version '2.0.0', the tag is '1.0.0'/,
            ],
            [
                "no values.yaml",
                async () => {
                    const files = helloFiles();
                    delete files[`${folder}/values.yaml`];
                    return { layers: [await archive(files)] };
                },
                /no values.yaml/,
            ],
            [
                "a manifest that is not there",
                async () => {
                    const files = helloFiles();
                    delete files[`${folder}/manifests/hello-universe.yaml`];
                    return { layers: [await archive(files)] };
                },
                /names manifests\/hello-universe.yaml, which the archive does not hold/,
            ],
            [
                "a layer Palette does not know",
                async () => ({ layers: [await archive(helloFiles({ json: { layer: "app" } }))] }),
                /layer 'app'/,
            ],
            [
                "something that is no gzip",
                async () => ({ layers: [Buffer.from("plain text")] }),
                /incorrect header check/,
            ],
            [
                "a cut-off archive",
                async () => ({ layers: [(await good()).subarray(0, 300)] }),
                /unexpected end of file|Unexpected end of data/,
            ],
        ];
        it.each(cases)("%s", async (what, shape, reason) => {
            const base = what.replace(/\W+/g, "-").toLowerCase();
            const repository = `${base}/spectro-packs/archive/hellouniverse`;
            await bench.push(repository, "1.0.0", { layers: [await good()], ...(await shape()) });
            const uid = await bench.create(
                "/v1/registries/oci/ecr",
                bench.ecrRegistry({ name: base, spec: { baseContentPath: base } }),
            );
            expect(await visible(uid)).toEqual([]);
            const lines = bench.log().split("\n");
            const line = lines.find((one) => one.includes(`registry ${base}: `));
            expect(line).toMatch(reason);
            expect(line).toContain(`${repository}:1.0.0 is no pack`);
        });
    });

    it("looks only directly below spectro-packs/archive of the base path", async () => {
        const layers = [await archive(helloFiles())];
        await bench.push("paths/spectro-packs/archive/deep/hellouniverse", "1.0.0", { layers });
        await bench.push("paths/archive/hellouniverse", "1.0.0", { layers });
        await bench.push("paths/more/spectro-packs/archive/hellouniverse", "1.0.0", { layers });
        const uid = await bench.create(
            "/v1/registries/oci/ecr",
            bench.ecrRegistry({ spec: { baseContentPath: "paths" } }),
        );
        expect(await visible(uid)).toEqual([]);
        // A base path that names spectro-packs itself leaves the catalogue empty.
        const doubled = await bench.create(
            "/v1/registries/oci/ecr",
            bench.ecrRegistry({
                name: "doubled",
                spec: { baseContentPath: "paths/more/spectro-packs" },
            }),
        );
        expect(await visible(doubled)).toEqual([]);
    });

    it("takes other shapes where switches allow them", async () => {
        const layers = [await archive(helloFiles())];
        await bench.control("PATCH", "/switches", {
            manifestShape: "v1.1",
            layerMediaType: "tarOrGzip",
            archiveLayout: "anyRoot",
            ociPackType: "oci",
        });
        await bench.push("shapes/spectro-packs/archive/hellouniverse", "1.0.0", {
            layers,
            configType: "application/vnd.oci.empty.v1+json",
            artifactType: "application/vnd.unknown.artifact.v1",
            layerType: "application/vnd.oci.image.layer.v1.tar+gzip",
        });
        const root = Object.fromEntries(
            Object.entries(helloFiles({ version: "1.1.0" })).map(([name, text]) => [
                name.replace("hello-universe-pack", "."),
                text,
            ]),
        );
        await bench.push("shapes/spectro-packs/archive/hellouniverse", "1.1.0", {
            layers: [await archive(root)],
        });
        const uid = await bench.create(
            "/v1/registries/oci/ecr",
            bench.ecrRegistry({ spec: { baseContentPath: "shapes" } }),
        );
        const found = await visible(uid);
        const seen = found.map(({ spec }: { spec: Record<string, string> }) =>
            [spec["version"], spec["type"]].join(" "),
        );
        expect(seen.sort()).toEqual(["1.0.0 oci", "1.1.0 oci"]);
    });

    it("takes over a changed version with a forced sync, and marks one that is gone", async () => {
        const repository = "changing/spectro-packs/archive/hellouniverse";
        await bench.push(repository, "1.0.0", { layers: [await archive(helloFiles())] });
        const uid = await bench.create(
            "/v1/registries/oci/ecr",
            bench.ecrRegistry({ spec: { baseContentPath: "changing" } }),
        );
        const [first] = await visible(uid);
        const values = `${helloValues}# changed\n`;
        const digest = await bench.push(repository, "1.0.0", {
            layers: [await archive(helloFiles({ values }))],
        });
        const before = await status(uid);
        await bench.call("POST", `/v1/registries/oci/${uid}/ecr/sync`);
        await synced(uid, before.lastRunTime);
        expect((await visible(uid))[0].spec.digest).toBe(first.spec.digest);
        await forced(uid);
        const [second] = await visible(uid);
        expect(second.metadata.uid).toBe(first.metadata.uid);
        expect(second.spec).toMatchObject({ digest, values });
        const profile = await bench.create("/v1/clusterprofiles?publish=true", {
            metadata: { name: "holder" },
            spec: {
                template: {
                    type: "add-on",
                    packs: [{ name: "hellouniverse", uid: first.metadata.uid, tag: "1.0.0" }],
                },
            },
        });
        const { BatchDeleteImageCommand } = await import("@aws-sdk/client-ecr");
        const ecr = bench.ecr();
        await ecr.send(
            new BatchDeleteImageCommand({
                repositoryName: repository,
                imageIds: [{ imageTag: "1.0.0" }],
            }),
        );
        ecr.destroy();
        await forced(uid);
        expect(await visible(uid)).toEqual([]);
        const { spec } = await bench.get(`/v1/clusterprofiles/${profile}`);
        expect(spec.published.packs[0]).toMatchObject({ isInvalid: true });
        expect(spec.published.packs[0].inValidReason).toMatch(/hellouniverse.*1\.0\.0/);
        await bench.call("DELETE", `/v1/clusterprofiles/${profile}`);
    });

    it("masks secrets, keeps them over an update that sends the mask back", async () => {
        const body = bench.ecrRegistry();
        const uid = await bench.create("/v1/registries/oci/ecr", body);
        await synced(uid);
        const read = await bench.get(`/v1/registries/oci/${uid}/ecr`);
        expect(read.spec.credentials).toMatchObject({
            credentialType: "secret",
            accessKey: bench.sandbox.aws.accessKeyId,
        });
        expect(read.spec.credentials.secretKey).toMatch(/^\*+$/);
        expect(read.spec.tls).toBeUndefined();
        expect(read.status.syncStatus.status).toBe("Success");
        const { lastRunTime } = await status(uid);
        const changed = { metadata: { name: "ecr-registry", labels: { a: "b" } }, spec: read.spec };
        const put = await bench.call("PUT", `/v1/registries/oci/${uid}/ecr`, changed);
        expect([put.status, put.text]).toEqual([204, ""]);
        expect(await synced(uid, lastRunTime)).toMatchObject({ status: "Success" });
        const again = await bench.get(`/v1/registries/oci/${uid}/ecr`);
        expect(again.metadata.labels).toEqual({ a: "b" });
        await bench.control("PATCH", "/switches", { accessKey: "masked", ecrTls: "returned" });
        const masked = await bench.get(`/v1/registries/oci/${uid}/ecr`);
        expect(masked.spec.credentials.accessKey).toMatch(/^\*+$/);
        expect(masked.spec.tls).toMatchObject({ enabled: true, insecureSkipVerify: false });
        const listed = await bench.get("/v1/registries/oci/summary");
        expect(listed.items).toHaveLength(1);
        expect(JSON.stringify(listed)).not.toContain(bench.sandbox.aws.accessKeyId);
        expect(listed.items[0]).toMatchObject({
            metadata: { name: "ecr-registry" },
            spec: { registryType: "ecr", providerType: "pack", isPrivate: true, scope: "tenant" },
            status: { sync: { isSyncSupported: true } },
        });
        const config = await bench.get(`/v1/registries/oci/${uid}`);
        expect(config.auth.password).toBe(bench.sandbox.aws.secretAccessKey);
    });

    it("takes a mask for the secret, drops labels, spells types in capitals, as switches say", async () => {
        await bench.control("PATCH", "/switches", {
            maskedSecret: "takenLiterally",
            registryType: "upperCase",
            labels: "droppedOnRegistries",
            syncOnUpdate: "no",
        });
        const uid = await bench.create("/v1/registries/oci/ecr", {
            ...bench.ecrRegistry(),
            metadata: { name: "literal", labels: { a: "b" } },
        });
        expect(await synced(uid)).toMatchObject({ status: "Success" });
        const url = `/v1/registries/oci/${uid}/ecr`;
        const read = await bench.get(url);
        expect(read.metadata.labels).toEqual({});
        const { items } = await bench.get("/v1/registries/oci/summary");
        expect(items[0].spec.registryType).toBe("ECR");
        const put = await bench.call("PUT", url, {
            metadata: { name: "literal" },
            spec: read.spec,
        });
        expect(put.status).toBe(204);
        await bench.advance(600);
        expect((await status(uid)).lastRunTime).toBe(read.status.syncStatus.lastRunTime);
        expect(await forced(uid)).toMatchObject({ status: "Failed" });
    });

    it.each([
        ["anySync", false, true],
        ["never", true, false],
    ])("takes over a changed version as the switch says: %s", async (position, force, taken) => {
        await bench.control("PATCH", "/switches", { changedDigest: position });
        const repository = `${position.toLowerCase()}/spectro-packs/archive/hellouniverse`;
        await bench.push(repository, "1.0.0", { layers: [await archive(helloFiles())] });
        const uid = await bench.create(
            "/v1/registries/oci/ecr",
            bench.ecrRegistry({ spec: { baseContentPath: position.toLowerCase() } }),
        );
        await visible(uid);
        const values = `${helloValues}# changed\n`;
        const layers = [await archive(helloFiles({ values }))];
        await bench.push(repository, "1.0.0", { layers });
        const { lastRunTime } = await status(uid);
        await bench.call("POST", `/v1/registries/oci/${uid}/ecr/sync?forceSync=${force}`);
        await synced(uid, lastRunTime);
        const [pack] = await visible(uid);
        expect(pack.spec.values === values).toBe(taken);
    });

    it("hands ECR's own switches on", async () => {
        await bench.control("PATCH", "/switches", { ecrArtifactType: "refused" });
        const push = (tag: string) =>
            bench.push("aws-switches", tag, {
                layers: [Buffer.from("x")],
                artifactType: "application/vnd.unknown.artifact.v1",
            });
        await expect(push("1")).rejects.toThrow(/405/);
        await bench.control("PATCH", "/switches", { ecrArtifactType: "accepted" });
        await push("1");
    });

    it("refuses bodies that no registry can have", async () => {
        const body = bench.ecrRegistry();
        const refused = async (spec: object, reason: RegExp): Promise<void> => {
            const answer = await bench.call("POST", "/v1/registries/oci/ecr", { ...body, spec });
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
        const uid = await bench.create("/v1/registries/oci/ecr", {
            ...body,
            spec: { ...body.spec, credentials: tolerated },
        });
        expect(await synced(uid)).toMatchObject({ status: "Success" });
    });

    it("treats a taken name as the switch says", async () => {
        const uid = await bench.create("/v1/registries/oci/ecr", bench.ecrRegistry());
        const again = () => bench.call("POST", "/v1/registries/oci/ecr", bench.ecrRegistry());
        const conflict = await again();
        expect([conflict.status, conflict.body.code]).toEqual([409, "RegistryAlreadyExists"]);
        await bench.control("PATCH", "/switches", { duplicateName: "500" });
        expect(await again()).toMatchObject({
            status: 500,
            body: { code: "RegistryAlreadyExists" },
        });
        await bench.control("PATCH", "/switches", { duplicateName: "secondObject" });
        const second = await again();
        expect(second.status).toBe(201);
        expect(second.body.uid).not.toBe(uid);
    });

    it("answers 404 for what is not there, and deletes once", async () => {
        const uid = await bench.create("/v1/registries/oci/ecr", bench.ecrRegistry());
        const path = `/v1/registries/oci/${uid}/ecr`;
        expect((await bench.call("GET", `/v1/registries/oci/${uid}/basic`)).status).toBe(404);
        expect((await bench.call("DELETE", path)).status).toBe(204);
        for (const [method, url] of [
            ["GET", path],
            ["DELETE", path],
            ["GET", `${path}/sync/status`],
            ["POST", `${path}/sync`],
        ] as const) {
            expect(await bench.call(method, url)).toMatchObject({
                status: 404,
                body: { code: "ResourceNotFound" },
            });
        }
    });

    it("belongs to the tenant: no project header, no other user", async () => {
        const body = bench.ecrRegistry();
        const { project } = bench;
        const key = bench.sandbox.palette.nonAdminApiKey;
        const url = "/v1/registries/oci/ecr";
        expect((await bench.call("POST", url, body, { project })).status).toBe(403);
        expect((await bench.call("POST", url, body, { key })).status).toBe(403);
        const uid = await bench.create(url, body);
        const one = `/v1/registries/oci/${uid}/ecr`;
        expect((await bench.call("GET", one, undefined, { key })).status).toBe(403);
        expect((await bench.call("DELETE", one, undefined, { project })).status).toBe(403);
        const list = await bench.get("/v1/registries/metadata", { key, project });
        expect(list.items.map((item: { name: string }) => item.name).sort()).toEqual([
            "Public Repo",
            "ecr-registry",
        ]);
    });

    it("does not let go of the public registry", async () => {
        const { items } = await bench.get("/v1/registries/metadata?scope=system");
        expect(items).toEqual([
            expect.objectContaining({ name: "Public Repo", kind: "pack", isDefault: true }),
        ]);
        const [{ uid }] = items;
        expect((await bench.call("DELETE", `/v1/registries/pack/${uid}`)).status).toBe(403);
    });

    it("validates at the create and fails a sync over one bad archive, where switches say so", async () => {
        await bench.control("PATCH", "/switches", {
            createValidates: "yes",
            validateFailure: "500",
            invalidPack: "failsSync",
        });
        const wrong = { credentialType: "secret", accessKey: "AKIAWRONG", secretKey: "wrong" };
        const body = bench.ecrRegistry({ spec: { credentials: wrong } });
        expect(await bench.call("POST", "/v1/registries/oci/ecr", body)).toMatchObject({
            status: 500,
            body: { code: "RegistryValidationFailed" },
        });
        await bench.push("bad/spectro-packs/archive/hellouniverse", "9.9.9", {
            layers: [await archive(helloFiles())],
        });
        const uid = await bench.create(
            "/v1/registries/oci/ecr",
            bench.ecrRegistry({ spec: { baseContentPath: "bad" } }),
        );
        expect(await synced(uid)).toMatchObject({
            status: "Failed",
            message: expect.stringContaining("the tag is '9.9.9'"),
        });
    });

    it("keeps or refuses to delete a registry that a profile uses, as the switch says", async () => {
        await bench.push(packRepository, "1.0.0", { layers: [await archive(helloFiles())] });
        const uid = await bench.create("/v1/registries/oci/ecr", bench.ecrRegistry());
        const [pack] = await visible(uid);
        const profile = await bench.create("/v1/clusterprofiles?publish=true", {
            metadata: { name: "user-of-registry" },
            spec: {
                template: {
                    type: "add-on",
                    packs: [{ name: "hellouniverse", uid: pack.metadata.uid }],
                },
            },
        });
        await bench.control("PATCH", "/switches", { registryInUse: "409" });
        const refused = await bench.call("DELETE", `/v1/registries/oci/${uid}/ecr`);
        expect([refused.status, refused.body.code]).toEqual([409, "RegistryInUse"]);
        await bench.control("DELETE", "/switches");
        expect((await bench.call("DELETE", `/v1/registries/oci/${uid}/ecr`)).status).toBe(204);
        const { spec } = await bench.get(`/v1/clusterprofiles/${profile}`);
        expect(spec.published.packs[0].isInvalid).toBe(true);
        expect((await bench.call("GET", `/v1/packs/${pack.metadata.uid}`)).status).toBe(404);
        await bench.call("DELETE", `/v1/clusterprofiles/${profile}`);
    });

    it("keeps the state over a restart and takes up a sync that was cut off", async () => {
        await bench.push(packRepository, "1.0.0", { layers: [await archive(helloFiles())] });
        await bench.control("POST", "/faults", {
            service: "aws",
            route: "ecr DescribeRepositories",
            action: "hang",
            times: 0,
        });
        const uid = await bench.create("/v1/registries/oci/ecr", bench.ecrRegistry());
        await bench.until(async () => (await status(uid)).status === "InProgress");
        const { endpoint } = bench.sandbox.palette;
        await bench.close();
        expect(JSON.parse(fs.readFileSync(bench.sandbox.file, "utf8")).pid).toBeUndefined();
        await bench.open();
        expect(bench.sandbox.palette.endpoint).toBe(endpoint);
        expect(await bench.until(async () => (await packsOf(uid)).length)).toBe(1);
    });
});

describeWith("registry")("the sync of a registry, its clock held", () => {
    let bench: PaletteBench;
    beforeAll(async () => {
        bench = await PaletteBench.start({ speed: 1, switches: { rateLimit: "off" } });
        await bench.push(packRepository, "1.0.0", { layers: [await archive(helloFiles())] });
    });
    afterAll(() => bench.remove());
    const status = (uid: string) => bench.get(`/v1/registries/oci/${uid}/ecr/sync/status`);
    const count = async (uid: string) =>
        (await bench.get(`/v1/packs?filters=spec.registryUid=${uid}`)).items.length as number;

    it.each([
        ["Success", ["Pending", "InProgress", "Success"]],
        ["Completed", ["Unknown", "Running", "Completed"]],
        ["lowerCase", ["pending", "syncing", "success"]],
        ["emptyUntilDone", ["", "", "Success"]],
        ["unknownWord", ["Queued", "Indexing", "Success"]],
    ])("goes through its states, spelt as %s, and shows packs later", async (syncStatus, words) => {
        const [pending, running, done] = words;
        await bench.control("PATCH", "/switches", { syncStatus, packVisibility: "300s" });
        const uid = await bench.create(
            "/v1/registries/oci/ecr",
            bench.ecrRegistry({ name: syncStatus }),
        );
        const waiting = await status(uid);
        expect(waiting).toMatchObject({ status: pending, isSyncSupported: true });
        expect(waiting.lastRunTime).toBeUndefined();
        await bench.advance(10);
        const during = await status(uid);
        expect(during.status).toBe(running);
        expect(during.lastRunTime).toBeDefined();
        expect(during.lastSyncedTime).toBeUndefined();
        await bench.advance(60);
        const after = await bench.until(async () => {
            const now = await status(uid);
            return now.status === done && now;
        });
        expect(after.lastSyncedTime > after.lastRunTime).toBe(true);
        expect(await count(uid)).toBe(0);
        await bench.advance(290);
        expect(await count(uid)).toBe(0);
        await bench.advance(20);
        expect(await count(uid)).toBe(1);
    });

    it("runs again by itself after a day", async () => {
        const uid = await bench.create(
            "/v1/registries/oci/ecr",
            bench.ecrRegistry({ name: "daily" }),
        );
        await bench.advance(10);
        await bench.advance(60);
        const first = await bench.until(async () => {
            const now = await status(uid);
            return now.lastSyncedTime && now;
        });
        await bench.advance(23 * 3600);
        expect((await status(uid)).lastRunTime).toBe(first.lastRunTime);
        await bench.advance(2 * 3600);
        await bench.until(async () => {
            await bench.advance(10);
            return (await status(uid)).lastRunTime > first.lastRunTime;
        });
    });

    it("follows a request that came during a run with another run", async () => {
        await bench.control("PATCH", "/switches", { packVisibility: "0s" });
        const uid = await bench.create(
            "/v1/registries/oci/ecr",
            bench.ecrRegistry({ name: "twice" }),
        );
        await bench.advance(10);
        const first = (await status(uid)).lastRunTime;
        await bench.call("POST", `/v1/registries/oci/${uid}/ecr/sync`);
        await bench.advance(60);
        await bench.until(async () => {
            await bench.advance(10);
            const { lastRunTime, lastSyncedTime } = await status(uid);
            return lastRunTime > first && lastSyncedTime > lastRunTime;
        });
    });
});
