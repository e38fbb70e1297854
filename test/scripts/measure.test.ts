import { measure, secondsOf } from "../../scripts/measure";

test("the time of a command is that of all processes below it", async () => {
    const busy = "const end = Date.now() + 700; while (Date.now() < end);";
    const { cpuSeconds, peakMegabytes } = await measure(
        ["sh", "-c", `"${process.execPath}" -e '${busy}'; true`],
        { cwd: __dirname, env: process.env },
    );
    expect(cpuSeconds).toBeGreaterThan(0.1);
    expect(peakMegabytes).toBeGreaterThan(10);
});

test("the times that a shell prints are added up", () => {
    expect(secondsOf("0m0.01s 0m0.02s\n1m30.00s 0m0.50s\n")).toBeCloseTo(90.53);
});

test("a command that fails is an error with its words", async () => {
    await expect(
        measure(["sh", "-c", "echo no such thing >&2; exit 3"], {
            cwd: __dirname,
            env: process.env,
        }),
    ).rejects.toThrow("no such thing");
});
