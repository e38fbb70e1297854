import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { Agent, fetch } from "undici";
import { certificateAuthority } from "../../sandbox/tls";
import { describeWith, searchPath } from "./awsSandbox";
import { archive, helloFiles, helloValues, PaletteBench } from "./paletteSupport";

const run = promisify(execFile);

describeWith("registry", "oras")("the basic and the legacy registry of the sandbox", () => {
    let bench: PaletteBench;
    let agent: Agent;
    beforeAll(async () => {
        bench = await PaletteBench.start({ switches: { rateLimit: "off" } });
        agent = new Agent({ connect: { ca: fs.readFileSync(bench.sandbox.caFile, "utf8") } });
    });
    afterEach(() => bench.control("DELETE", "/switches"));
    afterAll(async () => {
        await agent.destroy();
        await bench.remove();
    });

    const synced = (kind: string, uid: string) =>
        bench.until(async () => {
            const now = await bench.get(`/v1/registries/${kind.replace("UID", uid)}/sync/status`);
            return ["Success", "Failed"].includes(now.status) && now;
        });
    const packs = async (uid: string): Promise<string[]> => {
        const { items } = await bench.get(`/v1/packs?filters=spec.registryUid=${uid}`);
        return items
            .map(({ spec }: { spec: { name: string; version: string } }) => spec)
            .map(({ name, version }: { name: string; version: string }) => `${name}:${version}`)
            .sort();
    };

    describe("basic", () => {
        const create = "/v1/registries/oci/basic";
        const host = () => bench.sandbox.harbor.endpoint.replace("https://", "");
        const repository = (base = "spectro-oci-registry") =>
            `${base}/spectro-packs/archive/hellouniverse`;

        /** A push as a user does it; its exit code and what oras printed. */
        const oras = async (
            reference: string,
            password = bench.sandbox.harbor.password,
        ): Promise<{ code: number; output: string }> => {
            const version = reference.split(":").at(-1)!;
            const folder = fs.mkdtempSync(path.join(bench.dir, "push-"));
            const file = `hellouniverse-${version}.tar.gz`;
            fs.writeFileSync(path.join(folder, file), await archive(helloFiles({ version })));
            const { username } = bench.sandbox.harbor;
            const child = run(
                "oras",
                ["push", "--image-spec", "v1.0", "--ca-file", bench.sandbox.caFile].concat(
                    ["--username", username, "--password-stdin", reference],
                    `${file}:application/vnd.oci.image.layer.v1.tar`,
                ),
                { cwd: folder, env: { PATH: searchPath, HOME: folder } },
            );
            child.child.stdin!.end(password);
            return child.then(
                ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
                (error: { code: number; stdout: string; stderr: string }) => ({
                    code: error.code,
                    output: error.stdout + error.stderr,
                }),
            );
        };
        const body = (name: string, fields: object = {}, auth: object = {}) => {
            const { endpoint, username, password, project } = bench.sandbox.harbor;
            return {
                metadata: { name },
                spec: {
                    endpoint,
                    basePath: "",
                    providerType: "pack",
                    isSyncSupported: true,
                    baseContentPath: project,
                    auth: { type: "basic", username, password, ...auth },
                    ...fields,
                },
            };
        };
        const request = (method: string, url: string, headers: Record<string, string> = {}) =>
            fetch(`${bench.sandbox.harbor.endpoint}${url}`, { method, headers, dispatcher: agent });
        const authorization = (password = bench.sandbox.harbor.password) => ({
            authorization: `Basic ${Buffer.from(
                `${bench.sandbox.harbor.username}:${password}`,
            ).toString("base64")}`,
        });

        it("has a robot's name, and its password neither in a log nor in its htpasswd file", () => {
            const { username, password, project } = bench.sandbox.harbor;
            expect([username, project]).toEqual(["robot$sandbox", "spectro-oci-registry"]);
            const files = ["log/harbor.log", "harbor.json", "harbor.htpasswd"];
            for (const file of files.map((name) => path.join(bench.dir, name))) {
                expect(fs.readFileSync(file, "utf8")).not.toContain(password);
            }
            expect(bench.log()).not.toContain(password);
        });

        it("takes what oras pushes below its project; Palette pulls it", async () => {
            const pushed = await oras(`${host()}/${repository()}:1.0.0`);
            expect(pushed).toMatchObject({ code: 0 });
            const { spec } = body("harbor-registry");
            expect((await bench.call("POST", `${create}/validate`, spec)).status).toBe(204);
            const uid = await bench.create(create, body("harbor-registry"));
            expect(await synced("oci/UID/basic", uid)).toMatchObject({ status: "Success" });
            expect(await bench.until(async () => (await packs(uid)).length > 0)).toBe(true);
            expect(await packs(uid)).toEqual(["hellouniverse:1.0.0"]);
            const read = await bench.get(`/v1/registries/oci/${uid}/basic`);
            expect(read.spec.auth).toMatchObject({
                username: "robot$sandbox",
                password: expect.stringMatching(/^\*+$/),
                tls: { enabled: true, certificate: "", insecureSkipVerify: false },
            });
            const { config } = await bench.get("/v1/registries/harbor-registry/config");
            expect(config.auth.password).toBe(bench.sandbox.harbor.password);
            // The mask that comes back does not become the password.
            const update = { metadata: read.metadata, spec: read.spec };
            const put = await bench.call("PUT", `/v1/registries/oci/${uid}/basic`, update);
            expect(put.status).toBe(204);
            const kept = await bench.get(`/v1/registries/oci/${uid}`);
            expect(kept.auth.password).toBe(bench.sandbox.harbor.password);
            const { items } = await bench.get("/v1/registries/oci/summary");
            expect(
                items.find((item: { metadata: { uid: string } }) => item.metadata.uid === uid),
            ).toMatchObject({ spec: { registryType: "basic", isPrivate: true } });
        });

        it("answers 401 unauthorized where the project is missing, until it is made", async () => {
            const reference = `${host()}/${repository("team")}:1.0.0`;
            const refused = await oras(reference);
            // Its first call is a HEAD, whose answer has no body; the others say more.
            expect([refused.code, refused.output]).toEqual([1, expect.stringContaining("401")]);
            const upload = `/v2/${repository("team")}/blobs/uploads/`;
            const answer = await request("POST", upload, authorization());
            expect([answer.status, await answer.json()]).toEqual([
                401,
                {
                    errors: [
                        {
                            code: "UNAUTHORIZED",
                            message: expect.stringContaining(
                                `unauthorized to access repository: ${repository("team")}, action: push`,
                            ),
                        },
                    ],
                },
            ]);
            const wrong = await oras(`${host()}/${repository()}:1.0.0`, "wrong");
            expect([wrong.code, wrong.output]).toEqual([1, expect.stringContaining("401")]);
            await bench.control("PUT", "/harbor/projects/team");
            expect(await oras(reference)).toMatchObject({ code: 0 });
        });

        it("holds packs below several base content paths of one registration", async () => {
            expect(await oras(`${host()}/${repository("team/deep")}:3.0.0`)).toMatchObject({
                code: 0,
            });
            const paths = "spectro-oci-registry, team/deep";
            const uid = await bench.create(create, body("several", { baseContentPath: paths }));
            await synced("oci/UID/basic", uid);
            await bench.until(async () => (await packs(uid)).length > 0);
            expect(await packs(uid)).toEqual(["hellouniverse:1.0.0", "hellouniverse:3.0.0"]);
            await bench.control("PATCH", "/switches", { basePaths: "one" });
            const none = await bench.create(create, body("one", { baseContentPath: paths }));
            await synced("oci/UID/basic", none);
            await bench.advance(300);
            expect(await packs(none)).toEqual([]);
        });

        it("deletes a manifest by its digest, and its tag with it", async () => {
            expect(await oras(`${host()}/${repository()}:9.0.0`)).toMatchObject({ code: 0 });
            const path = `/v2/${repository()}/manifests`;
            const head = await request("HEAD", `${path}/9.0.0`, {
                ...authorization(),
                accept: "application/vnd.oci.image.manifest.v1+json",
            });
            const digest = head.headers.get("docker-content-digest")!;
            const anonymous = await request("DELETE", `${path}/${digest}`);
            expect(anonymous.status).toBe(401);
            const gone = await request("DELETE", `${path}/${digest}`, authorization());
            expect(gone.status).toBe(202);
            const after = await request("HEAD", `${path}/9.0.0`, authorization());
            expect(after.status).toBe(404);
        });

        it("may ask for a token of its service instead (switch), as oras then gets one", async () => {
            await bench.control("PATCH", "/switches", { harborChallenge: "bearer" });
            const challenge = (await request("GET", "/v2/")).headers.get("www-authenticate")!;
            expect(challenge).toMatch(/^Bearer realm="https:.*\/service\/token"/);
            expect(await oras(`${host()}/${repository()}:4.0.0`)).toMatchObject({ code: 0 });
            expect((await oras(`${host()}/${repository()}:4.0.1`, "wrong")).code).toBe(1);
        });

        const repeated = async () => {
            return (await certificateAuthority(path.join(bench.dir, "other"))).pem;
        };
        it.each([
            ["user and password", () => ({})],
            ["a bearer token", () => ({ type: "token", token: bench.sandbox.harbor.token })],
            ["skip-verify", () => ({ tls: { enabled: true, insecureSkipVerify: true } })],
            [
                "the CA's certificate",
                () => ({
                    tls: {
                        enabled: true,
                        certificate: fs.readFileSync(bench.sandbox.caFile, "utf8"),
                    },
                }),
            ],
            [
                "a certificate of another CA beside the trusted ones",
                async () => ({ tls: { enabled: true, certificate: await repeated() } }),
            ],
        ])("is validated and synced with %s", async (how, auth) => {
            const spec = body("x", {}, await auth()).spec;
            expect((await bench.call("POST", `${create}/validate`, spec)).status).toBe(204);
            const uid = await bench.create(create, { metadata: { name: how }, spec });
            expect(await synced("oci/UID/basic", uid)).toMatchObject({ status: "Success" });
            await bench.until(async () => (await packs(uid)).length > 0);
        });

        it.each([
            ["a wrong password", {}, { password: "wrong" }, /401/],
            ["a wrong token", {}, { type: "token", token: "wrong" }, /401/],
            ["no credentials", {}, { type: "noAuth" }, /401/],
            ["a foreign host", { endpoint: "https://harbor.example.com" }, {}, /sandbox/],
            ["a port without a server", { endpoint: "https://127.0.0.1:1" }, {}, /ECONNREFUSED/],
            ["an endpoint without https://", { endpoint: "127.0.0.1:443" }, {}, /https:/],
        ])("is refused with %s", async (_what, fields, auth, reason) => {
            const { spec } = body("x", fields, auth);
            const answer = await bench.call("POST", `${create}/validate`, spec);
            expect([answer.status, answer.body.message]).toEqual([
                400,
                expect.stringMatching(reason),
            ]);
        });
    });

    describe("legacy", () => {
        const base = "/v1/registries/pack";
        const spec = (auth: object = {}) => {
            const { endpoint, username, password } = bench.sandbox.spectro;
            return {
                endpoint,
                private: true,
                auth: { type: "basic", username, password, ...auth },
            };
        };
        /** What the CLI's push comes to. */
        const put = (version: string, files = helloFiles({ version })): string => {
            const folder = path.join(bench.sandbox.spectro.folder, "hellouniverse", version);
            for (const [name, content] of Object.entries(files)) {
                const file = path.join(folder, name.replace(/^[^/]+\//, ""));
                fs.mkdirSync(path.dirname(file), { recursive: true });
                fs.writeFileSync(file, content);
            }
            return folder;
        };

        it("says that it is UP to anyone, and shows its catalogue to its user", async () => {
            const { endpoint, username, password } = bench.sandbox.spectro;
            const get = (url: string, headers = {}) =>
                fetch(`${endpoint}${url}`, { dispatcher: agent, headers });
            expect(await (await get("/health")).json()).toEqual({ status: "UP" });
            expect((await get("/v1/_catalog")).status).toBe(401);
            const token = Buffer.from(`${username}:${password}`).toString("base64");
            const catalogue = await get("/v1/_catalog", { authorization: `Basic ${token}` });
            expect(catalogue.status).toBe(200);
            expect((await get("/v1/packs/push")).status).toBe(404);
        });

        it("is validated with its user only", async () => {
            expect((await bench.call("POST", `${base}/validate`, spec())).status).toBe(204);
            const wrong = await bench.call("POST", `${base}/validate`, spec({ password: "no" }));
            expect([wrong.status, wrong.body.message]).toEqual([
                400,
                expect.stringMatching(/_catalog answers 401/),
            ]);
        });

        it("shows after a sync what lies in its folder, and why something does not", async () => {
            put("1.0.0");
            const uid = await bench.create(base, { metadata: { name: "legacy" }, spec: spec() });
            expect(await synced("pack/UID", uid)).toMatchObject({ status: "Success" });
            await bench.until(async () => (await packs(uid)).length > 0);
            expect(await packs(uid)).toEqual(["hellouniverse:1.0.0"]);
            put("1.1.0");
            put("1.2.0", { ...helloFiles({ version: "9.9.9" }) });
            fs.symlinkSync("/etc/hostname", path.join(put("1.3.0"), "link"));
            // Taken over by the next sync, as it comes, and gone with the next after its removal.
            await bench.call("POST", `${base}/${uid}/sync`);
            await bench.until(async () => (await packs(uid)).length > 1);
            expect(await packs(uid)).toEqual(["hellouniverse:1.0.0", "hellouniverse:1.1.0"]);
            expect(bench.log()).toMatch(/hellouniverse:1.2.0 is no pack: pack.json says version/);
            expect(bench.log()).toMatch(/hellouniverse:1.3.0 is no pack: link is neither/);
            const { items } = await bench.get(`/v1/packs?filters=spec.registryUid=${uid}`);
            expect(items[0].spec).toMatchObject({ type: "spectro", values: helloValues });
            fs.rmSync(path.join(bench.sandbox.spectro.folder, "hellouniverse", "1.1.0"), {
                recursive: true,
            });
            await bench.call("POST", `${base}/${uid}/sync?forceSync=true`);
            await bench.until(async () => (await packs(uid)).length === 1);
        });
    });

    it("keep addresses, users and packs when the sandbox is started again", async () => {
        const { harbor, spectro } = bench.sandbox;
        await bench.close();
        await bench.open();
        expect(bench.sandbox).toMatchObject({ harbor, spectro });
        const { password, username, endpoint } = harbor;
        const again = new Agent({ connect: { ca: fs.readFileSync(bench.sandbox.caFile, "utf8") } });
        const token = Buffer.from(`${username}:${password}`).toString("base64");
        const tags = await fetch(
            `${endpoint}/v2/spectro-oci-registry/spectro-packs/archive/hellouniverse/tags/list`,
            { dispatcher: again, headers: { authorization: `Basic ${token}` } },
        );
        expect(((await tags.json()) as { tags: string[] }).tags).toContain("1.0.0");
        await again.destroy();
    });
});
