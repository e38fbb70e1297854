import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { promisify } from "node:util";

/** Runs a process that looks for its engine and prints whether it goes on. */
async function lookForEngine(...plugin: string[]): Promise<{ code: unknown; printed: string }> {
    const program = `require("./components/palette/provider/engine.ts").requireEngine().then(() => console.log("goes on"))`;
    try {
        const { stdout } = await promisify(execFile)(process.execPath, [
            ...["--require", "tsx/cjs", "--eval", program, "dynamic-provider", ...plugin],
        ]);
        return { code: 0, printed: stdout.trim() };
    } catch (error) {
        const { code, stdout } = error as { code: unknown; stdout: string };
        return { code, printed: stdout.trim() };
    }
}

test("a provider goes on while its engine is there, and ends itself before a request when it is gone", async () => {
    const engine = createServer().listen(0, "127.0.0.1");
    await once(engine, "listening");
    const address = `127.0.0.1:${(engine.address() as AddressInfo).port}`;
    expect(await lookForEngine("--flag", address)).toEqual({ code: 0, printed: "goes on" });
    const closed = once(engine, "close");
    engine.close();
    await closed;
    expect(await lookForEngine("--flag", address)).toEqual({ code: 1, printed: "" });
});

test("outside of a plugin there is no engine to look for", async () => {
    expect(await lookForEngine()).toEqual({ code: 0, printed: "goes on" });
});
