import { PaletteBench } from "./paletteSupport";

/**
 * A sandbox for the tests of a `describe`, whose registries are deleted after each, and what these tests do most with
 * registries of kind ECR. `bench` is there when a test runs.
 */
export function ecrRegistryBench() {
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
    return {
        get bench(): PaletteBench {
            return bench;
        },
        status,
        synced,
        packsOf,
        visible,
        forced,
    };
}
