import { describeWith } from "./awsSandbox";
import { createCluster, infrastructure, visiblePacks, publishedProfile } from "./benchCluster";
import { type Answer, PaletteBench } from "./paletteSupport";

type Body = Answer["body"];

describeWith("registry", "helm")("what nobody knows of Palette, in each of its positions", () => {
    let bench: PaletteBench;
    beforeAll(async () => {
        bench = await PaletteBench.start({ switches: { rateLimit: "off" } });
    });
    afterAll(() => bench.remove());
    afterEach(() => bench.control("DELETE", "/switches"));

    const call = (method: string, url: string, body?: unknown): Promise<Answer> =>
        bench.call(method, url, body, { project: bench.project });
    const set = (positions: Record<string, string>) =>
        bench.control("PATCH", "/switches", positions);

    it.each([
        ["ofPack", true],
        ["none", false],
    ])("values left out are %s", async (position, filled) => {
        await set({ valuesLeftOut: position });
        const [pack] = (await visiblePacks(bench, { kubernetes: "1.32.3" })) as Body[];
        const packs = [{ ...pack, values: "" }];
        const { body } = await call("POST", "/v1/clusterprofiles?publish=true", {
            metadata: { name: `left-out-${position.toLowerCase()}` },
            spec: { version: "1.0.0", template: { type: "infra", cloudType: "aws", packs } },
        });
        const profile = (await call("GET", `/v1/clusterprofiles/${body.uid}`)).body;
        expect(profile.spec.published.packs[0].values).toBe(filled ? pack.values : "");
    });

    it.each([
        ["asTakenOver", [1, "1.0.0"]],
        ["current", [2, "1.0.1"]],
    ])("of an edited profile a cluster tells the version %s", async (position, version) => {
        await set({ editedProfile: position });
        const name = `edited-${position.toLowerCase()}`;
        const profile = await publishedProfile(bench, name);
        const cluster = await createCluster(bench, name, profile);
        const url = `/v1/clusterprofiles/${profile}`;
        const packs = await visiblePacks(bench, infrastructure);
        const template = { type: "cluster", cloudType: "aws", packs };
        await call("PUT", url, { metadata: { name }, spec: { version: "1.0.1", template } });
        await call("PATCH", `${url}/publish`);
        const { spec } = (await call("GET", `/v1/spectroclusters/${cluster}`)).body;
        const [told] = spec.clusterProfileTemplates;
        expect([told.version, told.profileVersion]).toEqual(version);
    });

    it.each([
        ["accepted", 201],
        ["404", 404],
        ["400", 400],
    ])("a backup at an unknown location is %s", async (position, status) => {
        await set({ unknownBackupLocation: position });
        const name = `backup-${position}`;
        const cluster = await createCluster(bench, name, await publishedProfile(bench, name));
        const url = `/v1/spectroclusters/${cluster}/features/backup`;
        const policy = (backupLocationName: string) => ({
            backupLocationName,
            backupPrefix: "nightly",
            schedule: { scheduledRunTime: "0 1 * * *" },
        });
        expect((await call("POST", url, policy("nobody's"))).status).toBe(status);
        expect((await call("PUT", url, policy("backups"))).status).toBe(204);
    });
});
