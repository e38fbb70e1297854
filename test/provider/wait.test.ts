import { PaletteError } from "../../packages/palette/api/paletteError";
import { reporter, waitFor } from "../../packages/palette/api/wait";

/** Pauses move the clock of the process and take no time. */
const pauses: number[] = [];
let mockNow = 0;
jest.mock("node:perf_hooks", () => ({ performance: { now: () => mockNow } }));
jest.mock("node:timers/promises", () => ({
    setTimeout: async (ms: number) => {
        pauses.push(ms);
        mockNow += ms;
    },
}));

beforeEach(() => {
    pauses.length = 0;
    mockNow = 0;
});
afterEach(() => jest.restoreAllMocks());

describe("waitFor", () => {
    const silent = () => undefined;

    test("returns the first result, without a pause when it is there already", async () => {
        expect(await waitFor("it", 1, silent, async () => ({ is: "there" }))).toEqual({
            is: "there",
        });
        expect(pauses).toEqual([]);
    });

    test("tells how things stand after every look, until there is a result", async () => {
        const answers = ["Pending", "Pending", "Running", { uid: "1" }];
        const lines: string[] = [];
        const probe = async () => answers.shift()!;
        expect(await waitFor("it", 1, (line) => lines.push(line), probe)).toEqual({ uid: "1" });
        expect(lines).toEqual(["Pending", "Pending", "Running"]);
    });

    test("looks again at growing intervals, from half a second to 15 seconds", async () => {
        await expect(waitFor("it", 60, silent, async () => "not yet")).rejects.toThrow();
        expect(pauses[0]).toBe(500);
        expect(Math.max(...pauses)).toBe(15_000);
        expect([...pauses].sort((a, b) => a - b)).toEqual(pauses);
    });

    test("ends at its deadline and says what was waited for, how long, and what was last seen", async () => {
        let looks = 0;
        const wait = waitFor('cluster "c" to be Running', 2, silent, async () => `look ${++looks}`);
        const { message } = (await wait.catch((error: unknown) => error)) as Error;
        expect(message).toBe(
            `waited 2 minutes for cluster "c" to be Running; last seen: look ${looks}; run the command again to go on waiting`,
        );
        expect(mockNow).toBeLessThanOrEqual(120_000);
        expect(mockNow).toBeGreaterThan(120_000 - 15_000);
    });

    test("does not mind a changed clock: its time is that of the process", async () => {
        const date = jest.spyOn(Date, "now");
        const answers = ["Pending", "Pending", { uid: "1" }];
        const probe = async () => {
            date.mockReturnValue(answers.length * 1e12);
            return answers.shift()!;
        };
        expect(await waitFor("it", 1, silent, probe)).toEqual({ uid: "1" });
    });

    test("leaves a look behind that does not come back", async () => {
        const probe = jest.fn().mockResolvedValueOnce("Pending");
        probe.mockReturnValue(new Promise(() => undefined));
        await expect(waitFor("it", 0.02, silent, probe)).rejects.toThrow(
            "waited 0.02 minutes for it; last seen: Pending; the next answer did not come",
        );
    });

    test.each([
        ["no answer", new PaletteError("no answer")],
        ["429", new PaletteError("slow down", 429)],
        ["500", new PaletteError("bad day", 500)],
        ["503", new PaletteError("maintenance", 503)],
    ])("outlasts a failure that passes: %s", async (_, failure) => {
        const probe = jest
            .fn<Promise<object>, []>()
            .mockRejectedValueOnce(failure)
            .mockResolvedValue({ uid: "1" });
        const report = jest.fn();
        expect(await waitFor("it", 1, report, probe)).toEqual({ uid: "1" });
        expect(report.mock.calls).toEqual([[failure.message]]);
    });

    test("quotes the failure that lasted until the deadline", async () => {
        const probe = async () => Promise.reject(new PaletteError("bad day", 500));
        await expect(waitFor("it", 1, silent, probe)).rejects.toThrow("last seen: bad day");
    });

    test.each([
        ["a refusal", new PaletteError("expired", 401)],
        ["a mistake of the program", new TypeError("undefined is not a function")],
    ])("passes %s on at once", async (_, failure) => {
        const probe = jest.fn<Promise<object>, []>().mockRejectedValue(failure);
        await expect(waitFor("it", 1, silent, probe)).rejects.toBe(failure);
        expect(probe).toHaveBeenCalledTimes(1);
    });
});

test("a reporter names its subject and says nothing twice in a row", () => {
    const log = jest.spyOn(console, "log").mockReturnValue();
    const report = reporter('cluster "one"');
    const two = reporter('cluster "two"');
    for (const line of ["Pending", "Pending", "Running", "Pending"]) {
        report(line);
    }
    two("Pending");
    expect(log.mock.calls).toEqual([
        ['cluster "one": Pending'],
        ['cluster "one": Running'],
        ['cluster "one": Pending'],
        ['cluster "two": Pending'],
    ]);
});
