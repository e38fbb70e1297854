import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { orasVersion } from "../../packages/registry/oras";
import { askPulumi } from "../../packages/palette/lifecycle/pulumiCli";
import type { Login } from "../../packages/registry/access";
import { orasClient } from "../../packages/registry/orasClient";
import { spectroCli } from "../../packages/registry/spectroCli";
import { DEADLINES } from "../../packages/registry/runCommand";
import { describeWith } from "../sandbox/awsSandbox";
import { executables, type Executables } from "../unit/executables";

jest.mock(
    "node:child_process",
    () =>
        jest.requireActual<typeof import("../unit/executables")>("../unit/executables")
            .childProcess,
);

/** One and two hundredths of a minute: the message tells which deadline it was. */
const SHORT = { other: 600, transfer: 1_200 };
const OTHER = "0.01 minutes and was stopped";
const TRANSFER = "0.02 minutes and was stopped";

const deadlines = { ...DEADLINES };
beforeEach(() => void Object.assign(DEADLINES, SHORT));
afterEach(() => void Object.assign(DEADLINES, deadlines));

test("a pack has half an hour, and whatever carries none two minutes", () => {
    expect(deadlines).toEqual({ transfer: 30 * 60_000, other: 2 * 60_000 });
});

describe("a command that never ends is stopped:", () => {
    let tools: Executables;
    const environment = process.env;
    beforeEach(() => {
        process.env = { ...environment };
        tools = executables();
        tools.prependToPath();
    });
    afterEach(() => {
        tools.remove();
        process.env = environment;
    });
    const hanging = (name: string): string => {
        const file = join(tools.folder, name);
        writeFileSync(file, "#!/bin/sh\nexec sleep 60", { mode: 0o755 });
        return file;
    };

    test.each([
        [["config", "--json"], "pulumi config"],
        [["stack", "export"], "pulumi stack export"],
    ])("pulumi %j", async (args, what) => {
        hanging("pulumi");
        await expect(askPulumi(args)).rejects.toThrow(
            `${what}, which reads the stack from its backend, has not ended after ${OTHER}; check that the backend answers`,
        );
    });

    test("something by the name of oras", async () => {
        const file = hanging("oras");
        await expect(orasVersion(file)).rejects.toThrow(
            `${file} version has not ended after ${OTHER}; expected oras 1.0 or newer`,
        );
    });

    test("the spectro CLI", async () => {
        process.env.PATH = [join(__dirname, "../standIns"), process.env.PATH].join(delimiter);
        process.env.SPECTRO_HANG = "1";
        // A port that looks like a status must not be taken for a refused login.
        const cli = await spectroCli({ host: "legacy:401", username: "u", password: "secret" });
        try {
            await expect(cli.run(["pack", "ls"])).rejects.toThrow(
                new RegExp(
                    `^spectro pack ls at legacy:401 has not ended after ${OTHER}; check that legacy:401 .* again$`,
                ),
            );
            await expect(cli.run(["pack", "push", "folder"])).rejects.toThrow(TRANSFER);
            await expect(cli.run(["pack", "pull", "a:1"])).rejects.toThrow(TRANSFER);
        } finally {
            await cli.close();
        }
    });
});

describeWith("oras")("oras, at a registry that accepts connections and never answers,", () => {
    let registry: Server;
    let host: string;
    const open = new Set<Socket>();
    beforeAll(async () => {
        registry = createServer((socket) => {
            open.add(socket);
            socket.on("error", () => undefined).on("close", () => open.delete(socket));
            socket.resume();
        }).listen(0, "127.0.0.1");
        await once(registry, "listening");
        host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
    });
    afterAll(() => void registry.close());

    test.each<[string, Partial<Login>]>([
        ["a password", { username: "u", password: "secret" }],
        ["a token", { token: "secret" }],
        ["nothing", {}],
    ])("is stopped, with %s", async (_, login) => {
        Object.assign(DEADLINES, deadlines);
        const oras = await orasClient({ host, ...login });
        Object.assign(DEADLINES, SHORT);
        await expect(oras.manifestOf(`${host}/a:1`)).rejects.toThrow(
            `oras manifest fetch at ${host} has not ended after ${OTHER}; check that ${host} can be reached`,
        );
        const file = join(tmpdir(), "never-written");
        await expect(oras.fetchBlob(`${host}/a`, `sha256:${"0".repeat(64)}`, file)).rejects.toThrow(
            `oras blob fetch at ${host} has not ended after ${TRANSFER}`,
        );
        await expect(
            oras.push(`${host}/a:1`, { folder: __dirname, title: "deadlines.test.ts" }),
        ).rejects.toThrow(`oras push at ${host} has not ended after ${TRANSFER}`);
        // Not only the shell before it: oras has let go of the connection.
        while (open.size > 0) {
            await once([...open][0]!, "close");
        }
    });
});
