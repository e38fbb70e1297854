import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { publish } from "../../packages/registry/publish";
import type { RepositoryClient } from "../../packages/registry/repository";
import { spectroCli } from "../../packages/registry/spectroCli";
import { describeWith } from "../sandbox/awsSandbox";
import { RegistryBench } from "./registryBench";

jest.mock("node:child_process", () => {
    const { childProcess } =
        jest.requireActual<typeof import("../unit/executables")>("../unit/executables");
    return childProcess;
});

const standIns = join(__dirname, "../standIns");
const project = join(__dirname, "../..");

/** One run of the CLI, as its stand-in notes it. */
interface Run {
    args: string;
    home: string;
    mode: string;
}

describeWith("registry")("a pack in a legacy Spectro registry", () => {
    let registries: RegistryBench;
    let notes: string;
    const environment = process.env;
    beforeAll(async () => {
        registries = await RegistryBench.start();
        notes = join(registries.tools.folder, "spectro.runs");
    });
    afterAll(() => registries.remove());
    beforeEach(() => {
        const { spectro } = registries.bench.sandbox;
        process.env = {
            ...environment,
            PATH: [standIns, process.env.PATH].join(delimiter),
            SPECTRO_FOLDER: join(registries.bench.dir, "pushed"),
            SPECTRO_LOGIN: `${spectro.username}:${spectro.password}`,
            SPECTRO_RUNS: notes,
        };
        registries.reset();
    });
    afterEach(() => void (process.env = environment));

    const runs = (): Run[] =>
        readFileSync(notes, "utf8")
            .trimEnd()
            .split("\n")
            .map((line) => JSON.parse(line));
    const publishTo = (
        repository: RepositoryClient,
        versions: Parameters<typeof publish>[2],
        overwrite = false,
    ) => publish(repository, "hellouniverse", versions, overwrite);

    test("is pushed by the CLI, once, and confirmed by its list", async () => {
        const pack = await registries.pack("spectro");
        const repository = await registries.repository("spectro", "");
        await publishTo(repository, { "1.0.0": pack });
        expect(await repository.problemOf("1.0.0", pack.digest)).toBeUndefined();
        expect(await repository.problemOf("2.0.0", pack.digest)).toMatch(
            /^spectro pack ls does not list hellouniverse 2\.0\.0 in /,
        );
        await publishTo(repository, { "1.0.0": await registries.clone(pack) });
        await repository.close();
        const pushes = runs().filter(({ args }) => args.includes("pack push"));
        expect(pushes).toHaveLength(1);
        // Without a scheme, and no force where nothing is pushed over.
        const { host } = registries.access("spectro");
        expect(pushes[0]!.args).toMatch(new RegExp(`pack push \\S+ -r ${host}$`));
    });

    test("tells the files in which other content differs, and pushes over it only when told to", async () => {
        const repository = await registries.repository("spectro", "", "hellouniverse");
        await publishTo(repository, { "1.1.0": await registries.pack("a", { version: "1.1.0" }) });
        const changed = await registries.pack("b", {
            version: "1.1.0",
            file: "values.yaml",
            text: "pack: {}\n",
        });
        await expect(publishTo(repository, { "1.1.0": changed })).rejects.toThrow(
            /hellouniverse 1\.1\.0 .*values\.yaml changed.*"1\.1\.1"/,
        );
        await publishTo(repository, { "1.1.0": changed }, true);
        expect(await repository.lookUp(["1.1.0"])).toEqual({ "1.1.0": "" });
        expect(await repository.changesOf("1.1.0", changed.path)).toEqual([]);
        await repository.close();
        expect(runs().filter(({ args }) => args.includes("--force"))).toEqual([
            expect.objectContaining({ args: expect.stringMatching(/--force --message /) }),
        ]);
    });

    test("is reached without the password in a process list, from a home that nobody else can read and that goes", async () => {
        const repository = await registries.repository("spectro", "");
        await repository.lookUp(["9.9.9"]);
        const [run] = runs().slice(-1);
        expect(run!.mode).toBe("600");
        expect(existsSync(run!.home)).toBe(true);
        await repository.close();
        expect(existsSync(run!.home)).toBe(false);
        const { password } = registries.bench.sandbox.spectro;
        const encoded = Buffer.from(`admin:${password}`).toString("base64");
        for (const secret of [password, encoded]) {
            expect(readFileSync(notes, "utf8")).not.toContain(secret);
        }
    });

    test("a refusal shows no secret and says where to look", async () => {
        registries.reconfigure("legacy", { password: "not-the-password" });
        const repository = await registries.repository("spectro", "");
        const error = await repository.lookUp(["1.0.0"]).catch((refusal: Error) => refusal.message);
        expect(error).toMatch(/^spectro pack ls failed: .*401.*check username and password/);
        expect(error).not.toContain("not-the-password");
        await repository.close();
    });

    test("a server that does not answer is told before anything is tried", async () => {
        const host = "127.0.0.1:65123";
        const access = { ...registries.access("spectro"), host };
        jest.spyOn(registries, "access").mockReturnValue(access);
        registries.reconfigure("legacy", { endpoint: `https://${host}` });
        await expect(registries.repository("spectro", "")).rejects.toThrow(
            /^registry "legacy": https:\/\/127\.0\.0\.1:65123\/health does not answer \(.*ECONNREFUSED.*expected \{"status":"UP"\}/,
        );
        jest.restoreAllMocks();
    });

    test("a missing CLI is told with the way to get it", async () => {
        process.env.PATH = registries.tools.folder;
        await expect(registries.repository("spectro", "")).rejects.toThrow(
            /^the spectro CLI is not on PATH.*docs\.spectrocloud\.com\/registries-and-packs\/spectro-cli-reference/,
        );
    });

    test("the home goes when the process is killed", async () => {
        const script = `
            const { spectroCli } = require("./packages/registry/spectroCli.ts");
            spectroCli({ host: "host", username: "admin", password: "secret" }).then(({ run }) => run(["pack", "ls"]));
        `;
        const before = runs().length;
        const child = spawn(process.execPath, ["--require", "tsx/cjs", "--eval", script], {
            cwd: project,
            env: { ...process.env, SPECTRO_HANG: "1" },
            stdio: "ignore",
        });
        const exited = once(child, "exit");
        while (runs().length === before) {
            await sleep(50);
        }
        const { home, mode } = runs().at(-1)!;
        expect([existsSync(home), mode]).toEqual([true, "600"]);
        child.kill("SIGKILL");
        await exited;
        for (let tries = 0; existsSync(home) && tries < 100; tries++) {
            await sleep(50);
        }
        expect(existsSync(home)).toBe(false);
    });

    test("an empty list is not taken for a pack", async () => {
        const { spectro } = registries.bench.sandbox;
        const cli = await spectroCli({
            host: registries.access("spectro").host,
            username: spectro.username,
            password: spectro.password,
        });
        expect(await cli.run(["pack", "ls", "-n", "nothing"])).not.toContain("nothing");
        await cli.close();
    });
});
