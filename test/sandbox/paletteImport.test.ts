import { FormData } from "undici";
import { parse } from "yaml";
import { describeWith } from "./awsSandbox";
import { visiblePacks } from "./benchCluster";
import { type Answer, PaletteBench } from "./paletteSupport";

describeWith("registry")("profiles in files, and cloud accounts that are not kept yet", () => {
    let bench: PaletteBench;
    beforeAll(async () => {
        bench = await PaletteBench.start({ switches: { rateLimit: "off" } });
    });
    afterAll(() => bench.remove());

    const call = (method: string, url: string, body?: unknown): Promise<Answer> =>
        bench.call(method, url, body, { project: bench.project });
    const get = (url: string) => bench.get(url, { project: bench.project });
    const base = "/v1/clusterprofiles";

    async function upload(
        query: string,
        content: string,
        field = "importFile",
    ): Promise<{ status: number; body: { uid?: string; message?: string } }> {
        const form = new FormData();
        form.append(field, new Blob([content]), "profile");
        return bench.upload(`${base}/import/file${query}`, form);
    }

    async function original(name: string): Promise<string> {
        const packs = await visiblePacks(bench, { "ubuntu-aws": "22.04", kubernetes: "1.32.3" });
        const body = {
            metadata: { name, labels: { app: "hello" }, annotations: { description: "A base." } },
            spec: {
                version: "1.2.0",
                template: { type: "infra", cloudType: "aws", packs },
                variables: [{ name: "team", defaultValue: "docs" }],
            },
        };
        return bench.create(`${base}?publish=true`, body, { project: bench.project });
    }

    const contentOf = async (uid: string) => {
        const { metadata, spec } = await get(`${base}/${uid}`);
        const { labels, annotations } = metadata;
        const { type, cloudType, packs } = spec.published;
        const { variables } = await get(`${base}/${uid}/variables`);
        return { version: spec.version, labels, annotations, type, cloudType, packs, variables };
    };

    it.each(["json", "yaml"])(
        "what is exported as %s is the same when imported",
        async (format) => {
            const uid = await original(`from-${format}`);
            const exported = await call("GET", `${base}/${uid}/export?format=${format}`);
            const name = `to-${format}`;
            const content = exported.text.replace(`from-${format}`, name);
            expect(exported.headers["content-disposition"]).toBe(
                `attachment; filename="from-${format}.${format}"`,
            );
            const answer = await upload(`?publish=true&format=${format}`, content);
            expect(answer).toMatchObject({ status: 201 });
            expect(await contentOf(answer.body.uid!)).toEqual(await contentOf(uid));

            const file = { ...parse(content), metadata: { name: `${name}-body` } };
            const { body } = await call("POST", `${base}/import?publish=false`, file);
            expect((await get(`${base}/${body.uid}`)).status.isPublished).toBe(false);
        },
    );

    it("finds registries by name, and tells those that match", async () => {
        const registry = { metadata: { name: "Public Repo", uid: "0".repeat(24) } };
        const pack = { name: "kubernetes", version: "1.32.3", layer: "k8s", registry };
        const file = {
            metadata: { name: "by-name" },
            spec: { template: { type: "infra", cloudType: "aws", packs: [pack] } },
        };
        const { body } = await call("POST", `${base}/import/validate`, file);
        const [told] = body.spec.template.packs;
        expect(told.registry.matchingRegistries).toMatchObject([{ name: "Public Repo" }]);
        expect((await upload("", JSON.stringify(file))).status).toBe(201);
        registry.metadata.name = "nobody's";
        expect((await upload("", JSON.stringify(file))).status).toBe(404);
        const lost = await call("POST", `${base}/import/validate`, file);
        expect(lost.body.spec.template.packs[0].registry.matchingRegistries).toEqual([]);
    });

    it.each([
        ["another field", "", "{}", "file", "importFile of a multipart/form-data body is required"],
        ["no JSON", "", "a: b", undefined, "importFile is not json"],
        ["no YAML", "?format=yaml", "a: [", undefined, "importFile is not yaml"],
        ["another shape", "", '{"spec":[]}', undefined, "importFile/spec must be object"],
        ["another format", "?format=xml", "{}", undefined, "format"],
        ["no name", "", "{}", undefined, "metadata.name is required"],
    ])("an upload with %s is refused", async (_what, query, content, field, message) => {
        const answer = await upload(query, content, field);
        expect(answer).toMatchObject({ status: 400 });
        expect(answer.body.message).toContain(message);
    });

    it("a body that is no form is refused", async () => {
        const answer = await call("POST", `${base}/import/file`, {});
        expect(answer).toMatchObject({ status: 400 });
        expect(answer.body.message).toContain("multipart/form-data");
    });

    it("the credentials of a cloud account are tried", async () => {
        const url = "/v1/clouds/aws/account/validate";
        const { accessKeyId: accessKey, secretAccessKey: secretKey } = bench.sandbox.aws;
        const right = { credentialType: "secret", accessKey, secretKey };
        expect((await call("POST", url, right)).status).toBe(204);
        const wrong = await call("POST", url, { ...right, secretKey: "another" });
        expect(wrong).toMatchObject({ status: 400, body: { code: "InvalidCloudAccount" } });
        expect(wrong.text).not.toContain("another");
        const arn = `arn:aws:iam::${bench.sandbox.aws.accountId}:role/nobody`;
        const role = { credentialType: "sts", sts: { arn, externalId: "x" } };
        expect((await call("POST", url, role)).body.message).toContain("AccessDenied");
    });
});
