import { describeWith } from "./awsSandbox";
import { type Answer, archive, helloFiles, packRepository, PaletteBench } from "./paletteSupport";

describeWith("registry")("cluster profiles and packs of the local Palette", () => {
    let bench: PaletteBench;
    let project: string;
    let publicRepo: string;
    beforeAll(async () => {
        bench = await PaletteBench.start({ switches: { rateLimit: "off" } });
        project = bench.project;
        const { items } = await bench.get("/v1/registries/metadata?scope=all");
        publicRepo = items.find((item: { name: string }) => item.name === "Public Repo").uid;
    });
    afterAll(() => bench.remove());
    afterEach(() => bench.control("DELETE", "/switches"));

    const call = (method: string, url: string, body?: unknown): Promise<Answer> =>
        bench.call(method, url, body, { project });
    const get = (url: string) => bench.get(url, { project });
    const expectStatus = async (status: number, method: string, url: string, body?: unknown) => {
        const answer = await call(method, url, body);
        expect([answer.status, answer.body?.message]).toEqual([
            status,
            status < 300 ? undefined : expect.any(String),
        ]);
        return answer.body;
    };
    const find = async (name: string, version: string) => {
        const filters = `spec.name=${name}ANDspec.version=${version}`;
        const { items } = await get(`/v1/packs?filters=${filters}`);
        expect(items).toHaveLength(1);
        return items[0] as { metadata: { uid: string }; spec: { values: string } };
    };
    const layer = async (name: string, version: string, fields: object = {}) => {
        const pack = await find(name, version);
        return {
            name,
            tag: version,
            uid: pack.metadata.uid,
            registryUid: publicRepo,
            values: pack.spec.values.trim(),
            ...fields,
        };
    };
    const tutorialLayers = () =>
        Promise.all([
            layer("ubuntu-aws", "22.04", { tag: "LTS__22.4.x" }),
            layer("kubernetes", "1.28.2", { tag: "1.28.x" }),
            layer("cni-calico", "3.26.1", { tag: "3.26.x" }),
            layer("csi-aws-ebs", "1.22.0", { tag: "1.22.x" }),
        ]);
    const body = (name: string, packs: object[], fields: object = {}) => ({
        metadata: {
            name,
            annotations: { description: "My cluster profile" },
            labels: { "spectro-cloud-education": "spectro__tag", app: "hello-universe" },
        },
        spec: {
            version: "1.0.0",
            template: { type: "cluster", cloudType: "aws", packs },
            ...fields,
        },
    });
    const create = (request: object, query = "?publish=true") =>
        bench.create(`/v1/clusterprofiles${query}`, request, { project });

    describe("packs", () => {
        it("are found with all their versions and moving tags", async () => {
            const kubernetes = await get(`/v1/packs/kubernetes/registries/${publicRepo}`);
            expect(kubernetes.tags).toMatchObject([
                { version: "1.32.3", tag: "1.32.3", parentTags: ["1.32.x", "1.x"] },
                { version: "1.28.2", tag: "1.28.2", parentTags: ["1.28.x", "1.x"] },
            ]);
            const texts = kubernetes.packValues.map(
                (packValue: { values: string }) => packValue.values.length,
            );
            expect(Math.min(...texts)).toBeGreaterThan(10_000);
            const ubuntu = await get(`/v1/packs/ubuntu-aws/registries/${publicRepo}?cloudType=aws`);
            expect(ubuntu.tags).toMatchObject([
                { version: "22.04", group: "LTS", parentTags: ["LTS__22.4.x", "LTS__22.x"] },
            ]);
            await expectStatus(
                404,
                "GET",
                `/v1/packs/ubuntu-aws/registries/${publicRepo}?cloudType=gcp`,
            );
            await expectStatus(404, "GET", "/v1/packs/none/registries/none");
            await expectStatus(404, "GET", "/v1/packs/none");
        });

        it("are searched across registries", async () => {
            const search = async (filter: object) => {
                const { body: found } = await call("POST", "/v1/packs/search", {
                    filter,
                    sort: [{ field: "name", order: "desc" }],
                });
                return found.items.map((item: { spec: { name: string } }) => item.spec.name);
            };
            expect(await search({ name: { eq: "KUBERNETES" } })).toEqual(["kubernetes"]);
            expect(await search({ name: { eq: "KUBERNETES", ignoreCase: false } })).toEqual([]);
            expect(await search({ layer: ["cni", "csi"] })).toEqual(["csi-aws-ebs", "cni-calico"]);
            expect(await search({ environment: ["gcp"], layer: ["csi", "k8s"] })).toEqual([
                "kubernetes",
            ]);
            expect(await search({ registryUid: ["none"] })).toEqual([]);
            const { body: found } = await call("POST", "/v1/packs/search", {
                filter: { name: { eq: "kubernetes" } },
            });
            expect(found.items[0].spec.registries).toMatchObject([
                { uid: publicRepo, name: "Public Repo", latestVersion: "1.32.3" },
            ]);
            expect(found.items[0].spec.registries[0].latestPackUid).toBe(
                (await find("kubernetes", "1.32.3")).metadata.uid,
            );
        });
    });

    describe("profiles", () => {
        it("are drafts until they are published", async () => {
            const uid = await create(body("draft-first", await tutorialLayers()), "");
            const draft = await get(`/v1/clusterprofiles/${uid}`);
            expect(draft.status.isPublished).toBe(false);
            expect(draft.spec.published).toBeUndefined();
            expect(draft.spec.draft.packs).toHaveLength(4);
            await expectStatus(204, "PATCH", `/v1/clusterprofiles/${uid}/publish`);
            const published = await get(
                `/v1/clusterprofiles/${uid}?includePackMeta=schema,presets`,
            );
            expect(published.status.isPublished).toBe(true);
            expect(published.spec.draft).toBeUndefined();
            expect(published.spec.published).toMatchObject({ type: "cluster", cloudType: "aws" });
            expect(published.spec.published.packs).toMatchObject([
                {
                    name: "ubuntu-aws",
                    layer: "os",
                    tag: "LTS__22.4.x",
                    version: "22.04",
                    type: "spectro",
                },
                { name: "kubernetes", layer: "k8s", tag: "1.28.x", version: "1.28.2", presets: [] },
                { name: "cni-calico", layer: "cni", isInvalid: false, registryUid: publicRepo },
                { name: "csi-aws-ebs", layer: "csi", packUid: expect.any(String) },
            ]);
            expect(published.metadata).toMatchObject({
                labels: { "spectro-cloud-education": "spectro__tag" },
                annotations: { description: "My cluster profile", scope: "project" },
            });
            // Nothing to publish is no error: the Terraform provider publishes after each change.
            await expectStatus(204, "PATCH", `/v1/clusterprofiles/${uid}/publish`);
        });

        it("can be created published at once, and edited in place", async () => {
            const uid = await create(body("edited", await tutorialLayers()));
            const url = `/v1/clusterprofiles/${uid}`;
            const [os] = await tutorialLayers();
            const manifests = [{ name: "extra", content: "kind: ConfigMap" }];
            await expectStatus(204, "PUT", url, {
                metadata: { name: "edited", uid },
                spec: {
                    version: "1.0.0",
                    template: { type: "cluster", packs: [{ ...os, manifests }] },
                },
            });
            const pending = await get(url);
            expect(pending.spec.published.packs).toHaveLength(4);
            expect(pending.spec.draft).toMatchObject({ cloudType: "aws" });
            expect(pending.spec.draft.packs).toHaveLength(1);
            await expectStatus(204, "PATCH", `${url}/publish`);
            const after = await get(url);
            expect(after.spec.published.packs).toHaveLength(1);
            expect(after.spec.published.version).toBe(2);
            const [manifest] = after.spec.published.packs[0].manifests;
            expect(manifest).toMatchObject({ name: "extra", kind: "manifest" });
            // A manifest that is sent again with its uid stays the same one.
            const again = [{ name: "extra", content: "kind: Secret", uid: manifest.uid }];
            await expectStatus(204, "PUT", url, {
                spec: { template: { packs: [{ ...os, manifests: again }] } },
            });
            expect((await get(url)).spec.draft.packs[0].manifests[0].uid).toBe(manifest.uid);
            await expectStatus(204, "PATCH", `${url}/metadata`, {
                metadata: { name: "edited", labels: { a: "b" }, annotations: { description: "x" } },
            });
            const renamed = await get(url);
            expect(renamed.metadata).toMatchObject({
                labels: { a: "b" },
                annotations: { description: "x" },
            });
        });

        it("have versions that are objects of their own", async () => {
            const uid = await create(body("versions", await tutorialLayers()));
            const url = `/v1/clusterprofiles/${uid}`;
            const next = { metadata: { name: "versions", version: "1.1.0" } };
            await expectStatus(204, "POST", `${url}/clone/validate`, next.metadata);
            const second = await bench.create(`${url}/clone`, next, { project });
            await expectStatus(409, "POST", `${url}/clone`, next);
            await expectStatus(409, "POST", `${url}/clone/validate`, next.metadata);
            expect((await get(`/v1/clusterprofiles/${second}`)).spec).toMatchObject({
                version: "1.1.0",
                versions: [
                    { uid: second, version: "1.1.0" },
                    { uid, version: "1.0.0" },
                ],
            });
            const { body: list } = await call("POST", "/v1/dashboard/clusterprofiles", {
                filter: { profileName: { eq: "versions" } },
            });
            expect(list.items).toHaveLength(1);
            expect(list.items[0].specSummary.versions).toHaveLength(2);
            expect(list.items[0].status.isPublished).toBe(true);
            // Another version by PATCH renames the object: the old one is gone.
            const rename = { metadata: { name: "versions" }, spec: { version: "2.0.0" } };
            await expectStatus(204, "PATCH", `${url}/metadata`, rename);
            const { items } = await get("/v1/dashboard/clusterprofiles/metadata");
            expect(
                items
                    .filter(
                        (item: { metadata: { name: string } }) => item.metadata.name === "versions",
                    )
                    .map((item: { spec: { version: string } }) => item.spec.version)
                    .sort(),
            ).toEqual(["1.1.0", "2.0.0"]);
            await expectStatus(409, "PUT", url, { spec: { version: "1.1.0" } });
        });

        it("have a name and version that are told apart in their scope", async () => {
            const request = body("taken", []);
            await create(request, "");
            const check = "/v1/clusterprofiles/validate/name?name=taken";
            await expectStatus(409, "GET", check);
            await expectStatus(204, "GET", `${check}&version=1.0.1`);
            const refused = await expectStatus(409, "POST", "/v1/clusterprofiles", request);
            expect(refused.code).toBe("ClusterProfileAlreadyExists");
            expect((await bench.call("POST", "/v1/clusterprofiles", request)).status).toBe(201);
            await bench.control("PATCH", "/switches", { duplicateName: "500" });
            await expectStatus(500, "POST", "/v1/clusterprofiles", request);
            await bench.control("PATCH", "/switches", { duplicateName: "secondObject" });
            await expectStatus(204, "GET", check);
            await expectStatus(201, "POST", "/v1/clusterprofiles", request);
        });

        it("find their packs by uid, or by tag in a registry", async () => {
            await bench.control("PATCH", "/switches", { duplicateLayer: "accepted" });
            const pack = { name: "kubernetes", registryUid: publicRepo, values: "a: b" };
            const uid = await create(
                body("resolved", [
                    { ...pack, tag: "1.x" },
                    { ...pack, name: "old--kubernetes", tag: "1.28.x" },
                ]),
            );
            const { packs } = (await get(`/v1/clusterprofiles/${uid}`)).spec.published;
            expect(packs).toMatchObject([
                { name: "kubernetes", version: "1.32.3", tag: "1.x", values: "a: b" },
                { name: "old--kubernetes", version: "1.28.2" },
            ]);
            const missing = body("unresolved", [{ ...pack, tag: "9.9.9" }]);
            const refused = await expectStatus(404, "POST", "/v1/clusterprofiles", missing);
            expect(refused.message).toMatch(/kubernetes.*9\.9\.9/);
        });

        it("settle a uid and a tag that disagree as the switch says", async () => {
            const wrong = { ...(await layer("kubernetes", "1.28.2")), tag: "1.32.3" };
            const version = async (name: string) => {
                const uid = await create(body(name, [wrong]));
                const { published } = (await get(`/v1/clusterprofiles/${uid}`)).spec;
                const [{ version: resolved, tag }] = published.packs;
                return `${resolved} ${tag}`;
            };
            expect(await version("by-uid")).toBe("1.28.2 1.32.3");
            await bench.control("PATCH", "/switches", { uidOrTag: "tag" });
            expect(await version("by-tag")).toBe("1.32.3 1.32.3");
            await bench.control("PATCH", "/switches", { uidOrTag: "refused" });
            await expectStatus(404, "POST", "/v1/clusterprofiles", body("neither", [wrong]));
        });

        it("keep or change the order of packs as the switch says", async () => {
            const packs = (await tutorialLayers()).reverse();
            const order = async (name: string) => {
                const uid = await create(body(name, packs));
                const { published } = (await get(`/v1/clusterprofiles/${uid}`)).spec;
                return published.packs.map((pack: { layer: string }) => pack.layer);
            };
            expect(await order("as-sent")).toEqual(["csi", "cni", "k8s", "os"]);
            await bench.control("PATCH", "/switches", { packOrder: "byLayer" });
            expect(await order("by-layer")).toEqual(["os", "k8s", "cni", "csi"]);
        });

        it("drop labels as the switch says, but never the description", async () => {
            await bench.control("PATCH", "/switches", { labels: "dropped" });
            const uid = await create(body("bare", []));
            const { metadata } = await get(`/v1/clusterprofiles/${uid}`);
            expect(metadata.labels).toEqual({});
            expect(metadata.annotations.description).toBe("My cluster profile");
        });

        it("report what is wrong with a pack, each by each", async () => {
            await bench.control("PATCH", "/switches", { duplicateLayer: "accepted" });
            const good = await layer("kubernetes", "1.32.3");
            const packs = [
                good,
                { ...good, name: "cni-calico" },
                { ...good, name: "bad--kubernetes", values: "a: [" },
                { name: "none", tag: "1.0.0", registryUid: publicRepo },
                { name: "spare", type: "manifest", manifests: [{ name: "m", content: "" }] },
            ];
            const validate = async (cloudType: string) => {
                const { body: answer } = await call("POST", "/v1/clusterprofiles/validate/packs", {
                    type: "cluster",
                    cloudType,
                    packs,
                });
                return answer.packs.results.map((result: { errors: { code: string }[] }) =>
                    result.errors.map(({ code }) => code),
                );
            };
            expect(await validate("aws")).toEqual([
                [],
                ["PackNameMismatch"],
                ["InvalidPackValues"],
                ["ResourceNotFound"],
                [],
            ]);
            expect((await validate("edge"))[0]).toEqual(["CloudTypeMismatch"]);
            await expectStatus(
                400,
                "POST",
                "/v1/clusterprofiles",
                body("invalid", packs.slice(2, 3)),
            );
        });

        it("are held to the constraints of their packs", async () => {
            const dependency = (type: string, min: string, max: string) => ({
                packName: "kubernetes",
                layer: "k8s",
                type,
                minVersion: min,
                maxVersion: max,
            });
            const versions = {
                "1.0.0": [dependency("required", "1.30", "")],
                "1.1.0": [dependency("optional", "", "1.28.2")],
                "1.2.0": [dependency("notSupported", "1.32", "1.33")],
                "1.3.0": [dependency("required", "", "")],
            };
            for (const [version, dependencies] of Object.entries(versions)) {
                const json = { constraints: { dependencies } };
                const layers = [await archive(helloFiles({ version, json }))];
                await bench.push(packRepository, version, { layers });
            }
            await bench.create("/v1/registries/oci/ecr", bench.ecrRegistry());
            await bench.until(async () => {
                const { items } = await get("/v1/packs?filters=spec.name=hellouniverse");
                return items.length === 4;
            });
            const codes = async (version: string, type: string, kubernetes?: string) => {
                const { metadata } = await find("hellouniverse", version);
                const hello = { name: "hellouniverse", uid: metadata.uid };
                const packs = kubernetes ? [await layer("kubernetes", kubernetes), hello] : [hello];
                const url = "/v1/clusterprofiles/validate/packs";
                const { body: answer } = await call("POST", url, { type, cloudType: "aws", packs });
                return answer.packs.results.at(-1).errors.map(({ code }: { code: string }) => code);
            };
            expect(await codes("1.0.0", "cluster", "1.32.3")).toEqual([]);
            expect(await codes("1.0.0", "cluster", "1.28.2")).toEqual(["DependencyVersion"]);
            expect(await codes("1.0.0", "cluster")).toEqual(["DependencyMissing"]);
            expect(await codes("1.0.0", "add-on")).toEqual([]);
            expect(await codes("1.1.0", "cluster", "1.28.2")).toEqual([]);
            expect(await codes("1.1.0", "cluster", "1.32.3")).toEqual(["DependencyVersion"]);
            expect(await codes("1.1.0", "cluster")).toEqual([]);
            expect(await codes("1.2.0", "cluster", "1.32.3")).toEqual(["DependencyVersion"]);
            expect(await codes("1.2.0", "cluster", "1.28.2")).toEqual([]);
            expect(await codes("1.3.0", "cluster")).toEqual([]);
        });

        it("are listed by name, type, cloud, tag and version", async () => {
            await create({
                ...body("filtered", [], { version: "2.3.4" }),
                metadata: { name: "filtered", labels: { team: "blue" } },
            });
            const names = async (filter: object) => {
                const { body: found } = await call("POST", "/v1/dashboard/clusterprofiles", {
                    filter,
                });
                return found.items.map(
                    (item: { metadata: { name: string } }) => item.metadata.name,
                );
            };
            expect(await names({ profileName: { contains: "ILTER" } })).toEqual(["filtered"]);
            expect(await names({ tags: { eq: ["team:blue"] } })).toEqual(["filtered"]);
            expect(await names({ version: { gt: "2.3.0" } })).toEqual(["filtered"]);
            expect(
                await names({ profileName: { eq: "filtered" }, profileType: ["infra"] }),
            ).toEqual([]);
            expect(
                await names({ profileName: { eq: "filtered" }, environment: ["aws"] }),
            ).toHaveLength(1);
            expect(await names({ profileName: { eq: "filtered" }, scope: "tenant" })).toEqual([]);
        });

        it("are deleted one by one or in bulk", async () => {
            const [first, second] = [
                await create(body("gone-1", [])),
                await create(body("gone-2", [])),
            ];
            await expectStatus(204, "DELETE", `/v1/clusterprofiles/${first}`);
            await expectStatus(404, "DELETE", `/v1/clusterprofiles/${first}`);
            await expectStatus(404, "GET", `/v1/clusterprofiles/${first}`);
            const bulk = await call("DELETE", "/v1/clusterprofiles/bulk", {
                uids: [first, second],
            });
            expect(bulk.body).toMatchObject({
                deletedCount: 1,
                isSucceeded: false,
                failures: [{ uid: first, errMsg: expect.stringContaining("not found") }],
            });
        });
    });

    describe("a profile's single packs", () => {
        it("are added, changed and taken out in the draft", async () => {
            const uid = await create(body("pieces", [await layer("kubernetes", "1.28.2")]));
            const url = `/v1/clusterprofiles/${uid}/packs`;
            const calico = await layer("cni-calico", "3.26.1");
            expect((await expectStatus(201, "POST", url, { pack: calico })).uid).toBe(calico.uid);
            const names = async () =>
                (await get(url)).items.map(
                    (item: { spec: { name: string; version: string } }) =>
                        `${item.spec.name} ${item.spec.version}`,
                );
            expect(await names()).toEqual(["kubernetes 1.28.2", "cni-calico 3.26.1"]);
            const newer = await layer("kubernetes", "1.32.3", { values: "x: y" });
            await expectStatus(204, "PUT", `${url}/kubernetes`, { pack: newer });
            expect(await names()).toEqual(["kubernetes 1.32.3", "cni-calico 3.26.1"]);
            const { spec } = await get(`${url}/kubernetes`);
            expect(spec.pack).toMatchObject({ version: "1.32.3", values: "x: y" });
            const { items } = await get(`${url}/kubernetes/config`);
            expect(items[0].spec).toMatchObject({ name: "kubernetes", values: "x: y" });
            await expectStatus(204, "DELETE", `${url}/cni-calico`);
            await expectStatus(404, "DELETE", `${url}/cni-calico`);
            const profile = await get(`/v1/clusterprofiles/${uid}`);
            expect(profile.spec.published.packs).toHaveLength(1);
            expect(profile.spec.published.packs[0].version).toBe("1.28.2");
        });

        it("have manifests", async () => {
            const uid = await create(body("manifests", [await layer("kubernetes", "1.28.2")]));
            const url = `/v1/clusterprofiles/${uid}/packs/kubernetes/manifests`;
            const made = await expectStatus(201, "POST", url, { name: "one", content: "a: b" });
            await expectStatus(204, "PUT", `${url}/${made.uid}`, { name: "one", content: "c: d" });
            expect((await get(`${url}/${made.uid}`)).spec.published.content).toBe("c: d");
            expect((await get(url)).items).toHaveLength(1);
            const manifests = await get(`/v1/clusterprofiles/${uid}/packs/manifests`);
            expect(manifests.spec.packs[0].spec.manifests).toMatchObject([
                { name: "one", content: "c: d" },
            ]);
            await expectStatus(204, "DELETE", `${url}/${made.uid}`);
            await expectStatus(404, "GET", `${url}/${made.uid}`);
        });
    });

    it("have variables, the sensitive ones masked", async () => {
        const uid = await create(
            body("variables", [], { variables: [{ name: "size", defaultValue: "3" }] }),
        );
        const url = `/v1/clusterprofiles/${uid}/variables`;
        const values = async () =>
            Object.fromEntries(
                (await get(url)).variables.map(
                    (variable: { name: string; defaultValue: string }) => [
                        variable.name,
                        variable.defaultValue,
                    ],
                ),
            );
        expect(await values()).toEqual({ size: "3" });
        const password = { name: "password", defaultValue: "hidden", isSensitive: true };
        await expectStatus(204, "PATCH", url, { variables: [password] });
        expect(await values()).toEqual({ size: "3", password: expect.stringMatching(/^\*+$/) });
        await expectStatus(204, "DELETE", url, { variables: ["size"] });
        await expectStatus(404, "DELETE", url, { variables: ["size"] });
        await expectStatus(204, "PUT", url, { variables: [{ name: "zone", format: "string" }] });
        expect(Object.keys(await values())).toEqual(["zone"]);
        await expectStatus(400, "PUT", url, { variables: [{ name: "a" }, { name: "a" }] });
        await expectStatus(400, "PUT", url, { variables: [{ name: "a", format: "colour" }] });
    });
});
