import { describeWith } from "./awsSandbox";
import { archive, helloFiles, packRepository, PaletteBench } from "./paletteSupport";

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
