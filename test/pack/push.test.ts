import { execFile } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { readPack } from "../../packages/pack/check/readPack";
import { describeArtifact } from "../../packages/pack/format/archive";
import { pushReference } from "../../packages/pack/oci/pushPack";
import { describeWith } from "../sandbox/binaries";
import { localRegistry, type LocalRegistry } from "./localRegistry";
import { manifestPack, packJson, Scratch, type Files } from "./packFolder";

const scratch = new Scratch();
afterAll(() => scratch.clear());

describe("the reference", () => {
    const pack = { name: "demo", version: "1.0.0" };
    const full = "ghcr.io/base/spectro-packs/archive/demo:1.0.0";

    test.each([full, full.replace(":1.0.0", ""), full.replace("/demo:1.0.0", "")])(
        "%s leads to name and version of the pack",
        (destination) => {
            expect(pushReference(pack, destination)).toBe(full);
        },
    );

    test.each([
        ["ghcr.io/base/other:1.0.0", /Write ghcr\.io\/base\/demo:1\.0\.0/],
        ["ghcr.io/base/demo:2.0.0", /is not where demo 1\.0\.0 belongs/],
        ["https://ghcr.io/base/demo:1.0.0", /is no reference/],
        ["packs/demo", /is no reference/],
    ])("%s is refused", (destination, expected) => {
        expect(() => pushReference(pack, destination)).toThrow(expected);
    });
});

describeWith("registry", "oras")("pack push", () => {
    let registry: LocalRegistry;
    let base: string;
    beforeAll(async () => {
        const folder = join(scratch.path, "registry");
        mkdirSync(folder);
        // The password is U*U (a test vector of bcrypt).
        const users = scratch.file(
            "htpasswd",
            "author:$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n",
        );
        registry = await localRegistry(folder, users);
        base = `${registry.host}/team/spectro-packs/archive`;
        const auth = Buffer.from("author:U*U").toString("base64");
        scratch.file(
            "logins/config.json",
            JSON.stringify({ auths: { [registry.host]: { auth } } }),
        );
        scratch.file("none/config.json", "{}");
        const helper = scratch.file(
            "bin/docker-credential-demo",
            '#!/bin/sh\ncat > /dev/null\necho \'{"Username":"author","Secret":"U*U"}\'\n',
        );
        chmodSync(helper, 0o755);
        const helpers = { credHelpers: { [registry.host]: "demo" } };
        scratch.file("helper/config.json", JSON.stringify(helpers));
    });
    afterAll(() => registry.close());

    const run = (logins: string, ...args: string[]) =>
        new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
            const tool = join(__dirname, "../../scripts/pack.js");
            const env = {
                ...process.env,
                DOCKER_CONFIG: join(scratch.path, logins),
                PATH: `${join(scratch.path, "bin")}:${process.env.PATH ?? ""}`,
            };
            const words = [tool, ...args, "--plain-http"];
            execFile(process.execPath, words, { env }, (error, stdout, stderr) => {
                resolve({ status: Number(error?.code ?? 0), stdout, stderr });
            });
        });
    const version = (number: string, extra: Files = {}): Files => ({
        ...manifestPack(),
        "pack.json": { ...packJson, version: number, kubeManifests: ["manifests/demo.yaml"] },
        ...extra,
    });

    test("pushes the program's artifact once, with the login of the Docker configuration", async () => {
        const folder = await scratch.write(version("1.0.0"));
        const { manifestDigest: digest } = await describeArtifact(await readPack(folder));
        const reference = `${base}/demo:1.0.0`;
        const first = await run("logins", "push", folder, base, "--json");
        expect(first.stderr).toBe("");
        expect(JSON.parse(first.stdout)).toEqual({ reference, digest, pushed: true });
        const again = await run("logins", "push", folder, reference, "--json");
        expect(JSON.parse(again.stdout)).toEqual({ reference, digest, pushed: false });
        const inspected = await run("logins", "inspect", reference, "--json");
        expect(JSON.parse(inspected.stdout)).toMatchObject({
            manifestDigest: digest,
            given: { manifestDigest: digest, problems: [] },
        });
    });

    test("takes a login from a credential helper, and says how to log in without one", async () => {
        const folder = await scratch.write(version("1.1.0"));
        const refused = await run("none", "push", folder, base);
        expect(refused.status).toBe(1);
        expect(refused.stderr).toContain(`Log in first: oras login ${registry.host}`);
        expect(await run("helper", "push", folder, base)).toMatchObject({ status: 0, stderr: "" });
    });

    test("a published version keeps its content unless told otherwise", async () => {
        await run("logins", "push", await scratch.write(version("1.2.0")), base);
        const changed = await scratch.write(version("1.2.0", { "README.md": "# Another\n" }));
        const { status, stderr } = await run("logins", "push", changed, base);
        expect(status).toBe(1);
        expect(stderr).toMatch(
            /already there with other content:\n {2}README.md \(changed\)\n[^]*set the version to 1\.2\.1/,
        );
        const forced = await run("logins", "push", changed, base, "--overwrite", "--json");
        const { manifestDigest: digest } = await describeArtifact(await readPack(changed));
        expect(JSON.parse(forced.stdout)).toMatchObject({ digest, pushed: true });
    });

    test("a pack with errors is not pushed; a place where Palette does not look is told", async () => {
        const broken = await scratch.write(version("1.3.0", { "logo.png": undefined }));
        const { status, stderr } = await run("logins", "push", broken, base);
        expect(status).toBe(1);
        expect(stderr).toContain("[logo-missing]");
        const folder = await scratch.write(version("1.3.0"));
        const elsewhere = await run("logins", "push", folder, `${registry.host}/demo`);
        expect(elsewhere).toMatchObject({
            status: 0,
            stderr: expect.stringContaining("elsewhere"),
        });
    });
});
