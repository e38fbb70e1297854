import { describeWith } from "./awsSandbox";
import { PaletteBench } from "./paletteSupport";

/** What happens to Palette's objects behind the back of those who use them. */
describeWith("registry")("what others do in Palette", () => {
    let bench: PaletteBench;
    beforeAll(async () => {
        bench = await PaletteBench.start({ switches: { rateLimit: "off" } });
    });
    afterAll(() => bench.remove());
    afterEach(() => bench.control("DELETE", "/switches"));

    const profile = (name: string, packs: object[] = []) => ({
        metadata: { name },
        spec: { template: { type: "add-on", cloudType: "all", packs } },
    });
    const switches = (positions: Record<string, string>) =>
        bench.control("PATCH", "/switches", positions);

    describe("a version of a public pack", () => {
        const of = "/packs/Public%20Repo/spectro-proxy/1.4.1/fault";
        let registryUid: string;
        let packUid: string;
        const layer = () => ({ name: "spectro-proxy", tag: "1.4.1", registryUid });
        const versions = (states = "") =>
            bench.call("GET", `/v1/packs/spectro-proxy/registries/${registryUid}${states}`);
        const listed = async () =>
            (await bench.get("/v1/packs?filters=spec.name=spectro-proxy")).items.map(
                (item: { spec: { annotations: object } }) => item.spec.annotations,
            );
        beforeAll(async () => {
            const { items } = await bench.get("/v1/packs?filters=spec.name=spectro-proxy");
            registryUid = items[0].spec.registryUid;
            packUid = items[0].metadata.uid;
        });
        afterEach(() => bench.control("PUT", of, {}));

        it("is deprecated, and works as before", async () => {
            await bench.control("PUT", of, { deprecated: true });
            expect(await listed()).toEqual([
                { source: "spectrocloud", system_state: "deprecated" },
            ]);
            expect((await versions("?states=deprecated")).body.tags).toHaveLength(1);
            expect((await versions()).status).toBe(200);
            const uid = await bench.create("/v1/clusterprofiles", profile("deprecated", [layer()]));
            const { status } = await bench.get(`/v1/dashboard/clusterprofiles/${uid}`);
            expect(status.pack).toEqual({ deleted: 0, deprecated: 1, disabled: 0 });
            await switches({ packState: "filtersOnly" });
            expect(await listed()).toEqual([{ source: "spectrocloud" }]);
        });

        it("is disabled: new profiles do not get it, those that have it keep it", async () => {
            const uid = await bench.create("/v1/clusterprofiles", profile("older", [layer()]));
            await bench.control("PUT", of, { disabled: true });
            expect(await listed()).toEqual([]);
            expect((await versions()).status).toBe(404);
            expect((await versions("?states=disabled")).body.tags).toHaveLength(1);
            await switches({ disabledPacks: "listed" });
            expect(await listed()).toMatchObject([{ system_state: "disabled" }]);
            const fresh = await bench.call(
                "POST",
                "/v1/clusterprofiles",
                profile("fresh", [layer()]),
            );
            expect(fresh).toMatchObject({ status: 400, body: { code: "PackDisabled" } });
            const template = { type: "add-on", packs: [{ ...layer(), values: "a: 1\n" }] };
            const update = { metadata: { name: "older" }, spec: { template } };
            expect((await bench.call("PUT", `/v1/clusterprofiles/${uid}`, update)).status).toBe(
                204,
            );
            await switches({ disabledPackInNewProfile: "accepted" });
            await bench.create("/v1/clusterprofiles", profile("fresh", [layer()]));
        });

        it("is removed: profiles that have it are invalid", async () => {
            const uid = await bench.create("/v1/clusterprofiles", profile("orphan", [layer()]));
            await bench.control("PUT", of, { removed: true });
            expect((await versions()).status).toBe(404);
            const { spec } = await bench.get(`/v1/clusterprofiles/${uid}`);
            expect(spec.draft.packs).toMatchObject([{ packUid, isInvalid: true }]);
            const fresh = await bench.call("POST", "/v1/clusterprofiles", profile("x", [layer()]));
            expect(fresh.status).toBe(404);
            expect((await bench.call("GET", `/v1/packs/${packUid}`)).status).toBe(200);
            await switches({ removedPack: "404" });
            expect((await bench.call("GET", `/v1/packs/${packUid}`)).status).toBe(404);
        });

        it("is none that was never there, and no other trouble", async () => {
            const put = (url: string, fault: object) => bench.control("PUT", url, fault);
            await expect(put("/packs/Public%20Repo/nope/1/fault", {})).rejects.toThrow(/404/);
            await expect(put(of, { retired: true })).rejects.toThrow(/400.*deprecated \(flag\)/);
        });
    });

    it("answers values in another layout, that mean the same", async () => {
        const values = `# About it.\na:\n  - "x"\n  - {b: 1.10} # Why.\n`;
        const packs = [{ name: "manifests", type: "manifest", tag: "1", values }];
        const uid = await bench.create("/v1/clusterprofiles", profile("layouts", packs));
        const answered = async () =>
            (await bench.get(`/v1/clusterprofiles/${uid}`)).spec.draft.packs[0].values;
        expect(await answered()).toBe(values);
        await switches({ valuesLayout: "reformatted" });
        expect(await answered()).toBe("# About it.\na:\n    - 'x'\n    - b: 1.10\n      # Why.\n");
        await switches({ valuesLayout: "withoutComments" });
        expect(await answered()).toBe('a:\n  - "x"\n  - { b: 1.10 }\n');
    });

    it("has one pack of each layer of the infrastructure", async () => {
        const layer = (name: string) => ({ name, type: "manifest", tag: "1", layer: "cni" });
        const twice = profile("twice", [layer("one"), layer("two")]);
        const create = () => bench.call("POST", "/v1/clusterprofiles", twice);
        expect(await create()).toMatchObject({ status: 400, body: { code: "DuplicateLayer" } });
        await switches({ duplicateLayer: "500" });
        expect((await create()).status).toBe(500);
        await switches({ duplicateLayer: "accepted" });
        expect((await create()).status).toBe(201);
    });

    it("tells the permissions that there are", async () => {
        const tenant = await bench.get("/v1/permissions?scope=tenant");
        expect(tenant.map(({ scope }: { scope: string }) => scope)).toEqual(["tenant", "tenant"]);
        expect((await bench.get("/v1/permissions")).length).toBeGreaterThan(tenant.length);
    });

    it("deletes a project: no call reaches what is in it, which stays", async () => {
        const project = bench.project;
        const uid = await bench.create("/v1/clusterprofiles", profile("inside"), { project });
        await bench.control("DELETE", "/projects/Default");
        const names = async () =>
            (await bench.get("/v1/dashboard/projects/metadata")).items.map(
                (item: { metadata: { name: string } }) => item.metadata.name,
            );
        expect(await names()).toEqual(["Second"]);
        const look = (method: string, url: string, body?: object) =>
            bench.call(method, url, body, { project });
        const profileUrl = `/v1/clusterprofiles/${uid}`;
        const list = "/v1/dashboard/clusterprofiles/metadata";
        const notThere = { status: 404, body: { message: expect.stringContaining("Project") } };
        expect(await look("GET", profileUrl)).toMatchObject(notThere);
        for (const status of [403, 401]) {
            await switches({ deletedProject: String(status) });
            expect((await look("GET", list)).status).toBe(status);
        }
        await switches({ deletedProject: "emptyProject" });
        expect(await look("GET", profileUrl)).toMatchObject({
            status: 404,
            body: { message: expect.stringContaining("Cluster profile") },
        });
        expect((await look("GET", list)).text).not.toContain(uid);
        expect(await look("POST", "/v1/clusterprofiles", profile("new"))).toMatchObject(notThere);
        await bench.close();
        await bench.open();
        expect(await names()).toEqual(["Second"]);
        await expect(bench.control("DELETE", "/projects/Default")).rejects.toThrow(/404/);
        expect(await bench.control("GET", "/clusters")).toEqual({ items: [] });
    });
});
