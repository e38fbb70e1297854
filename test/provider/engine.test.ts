import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** Runs a process that looks for its engine and prints whether it goes on. */
async function lookForEngine(...plugin: string[]): Promise<{ code: unknown; printed: string }> {
    const program = `require("./packages/palette/api/engine.ts").requireEngine().then(() => console.log("goes on"))`;
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

const DYNAMIC = "startup/plugin/pulumi-resource-pulumi-nodejs";
const AWS = "sandbox/pulumi-resource-aws/main.js";
/** Runs what watches as a command does, below a process that has the arguments of the command plugin. */
const COMMAND = `require("node:child_process").spawn(process.execPath, ["--require", "./packages/registry/commandWatch.js", "--eval", "setInterval(() => {}, 1000)"]).on("exit", () => process.exit(7))`;

test("when the engine is gone, its plugins and commands end by themselves, also those that just load", async () => {
    const engine = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(engine, "listening");
    const address = `127.0.0.1:${(engine.address() as AddressInfo).port}`;
    const start = (...args: string[]) =>
        spawn(process.execPath, [...args, address], {
            cwd: path.join(__dirname, "../.."),
            stdio: ["ignore", "pipe", "inherit"],
        });
    const running = [start(DYNAMIC), start(AWS)];
    const command = start("--eval", COMMAND, "/bin/pulumi-resource-command");
    // They tell their port when they have loaded.
    await Promise.all(running.map(({ stdout }) => once(stdout, "data")));
    await sleep(1500);
    const children = [...running, command];
    expect(children.map(({ exitCode }) => exitCode)).toEqual([null, null, null]);
    engine.close();
    children.push(start(DYNAMIC), start(AWS));
    const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
    expect(codes).toEqual([1, 1, 7, 1, 1]);
}, 120_000);
