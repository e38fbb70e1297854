import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { SETTINGS_VARIABLE } from "../../packages/registry/pushOrder";

jest.setTimeout(120_000);

const UNREACHABLE = "127.0.0.1:1";
const REASON = /^manifest look-up failed: HEAD "https:\/\/127\.0\.0\.1:1\/v2\/team\/hello\//;

/** Runs a push to a registry that is not there, as the plugin of an engine does, or as somebody does by hand. */
async function push(
    plugin = "pulumi-resource-command",
    ...words: string[]
): Promise<{ code: number; printed: string; heard: string[] }> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.close();
    await once(server, "close");
    const access = { name: "harbor", kind: "basic", host: UNREACHABLE };
    const registries = JSON.stringify([{ name: "harbor", endpoint: `https://${UNREACHABLE}` }]);
    const standIn = "test/standIns/commandPlugin.cjs";
    const child = spawn(process.execPath, [standIn, plugin, address, ...words], {
        cwd: path.join(__dirname, "../.."),
        env: {
            ...process.env,
            [SETTINGS_VARIABLE]: JSON.stringify({ access, config: { registries } }),
        },
        stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin.end(`team/hello:1.0.0 sha256:${"0".repeat(64)} 1 packs/hello-universe-pack\n`);
    return JSON.parse(await text(child.stdout));
}

test("a push that fails tells the engine why, once, and prints nothing that its plugin would repeat", async () => {
    const heard = [expect.stringMatching(REASON)];
    expect(await push()).toEqual({ code: 1, printed: "", heard });
});

test("a push that fails prints why where no engine hears it, and ends as a failure", async () => {
    const printed = expect.stringMatching(REASON);
    expect(await push("by-hand", "deaf")).toEqual({ code: 1, printed, heard: [] });
});
