import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Clock, type ClockState } from "../../sandbox/clock";
import { Journal } from "../../sandbox/journal";

const minute = 60_000;

test("virtual time passes at the given speed and can be moved ahead", async () => {
    const clock = new Clock({ speed: 600 });
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(minute);
    const start = clock.now();
    const real = performance.now();
    await clock.sleep(minute);
    expect(clock.now() - start).toBeGreaterThanOrEqual(minute);
    expect(performance.now() - real).toBeGreaterThanOrEqual(99);
    const before = clock.now();
    clock.advance(60 * minute);
    expect(clock.date().getTime() - before).toBeGreaterThanOrEqual(60 * minute);
});

test("advance wakes those whose time has come, and a signal those who must not wait", async () => {
    const clock = new Clock({ speed: 1 });
    const soon = clock.sleep(10 * minute).then(() => "woken");
    const stop = new AbortController();
    const late = clock.sleep(30 * 24 * 60 * minute, stop.signal);
    clock.advance(10 * minute);
    expect(await soon).toBe("woken");
    stop.abort(new Error("enough"));
    await expect(late).rejects.toThrow("enough");
    await expect(clock.sleep(minute, stop.signal)).rejects.toThrow("enough");
});

test("it goes on from where it stood and never backwards, whatever the speed", () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "clock-"));
    const file = path.join(dir, "state.jsonl");
    try {
        let last = 0;
        for (const speed of [1000, 1, 50]) {
            const journal = Journal.open(file);
            const clock = new Clock({
                speed,
                collection: journal.collection<ClockState>("clock"),
            });
            const now = clock.now();
            expect(now).toBeGreaterThanOrEqual(last);
            if (last > 0) {
                // At most what the run before had promised: a second of its time.
                expect(now - last).toBeLessThan(1000 * 1000 + minute);
            }
            clock.advance(60 * minute);
            last = clock.now();
            journal.close();
        }
    } finally {
        fs.rmSync(dir, { recursive: true });
    }
});
