import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Agent, fetch } from "undici";
import { startSandbox } from "../../sandbox";
import { describeWith } from "./awsSandbox";
import { archive, helloFiles, packRepository, PaletteBench } from "./paletteSupport";

describeWith("registry")("the control address of the sandbox", () => {
    let bench: PaletteBench;
    beforeAll(async () => {
        bench = await PaletteBench.start({ switches: { rateLimit: "off" } });
    });
    afterAll(() => bench.remove());
    afterEach(async () => {
        await bench.control("DELETE", "/faults");
        await bench.control("DELETE", "/switches");
        await bench.control("DELETE", "/requests");
    });
    const info = "/v1/users/info";

    it("needs its token, and is not part of the API", async () => {
        const { endpoint } = bench.sandbox.control;
        expect((await fetch(`${endpoint}/requests`)).status).toBe(401);
        const headers = { authorization: "Bearer wrong" };
        expect((await fetch(`${endpoint}/requests`, { headers })).status).toBe(401);
        expect((await bench.call("GET", "/requests")).status).toBe(404);
    });

    it("tells and counts the calls of both servers, without secrets", async () => {
        await bench.get(info);
        await bench.get("/v1/registries/metadata", { project: bench.project });
        await bench.call("GET", "/v1/packs/nope");
        await bench.push(packRepository, "1.0.0", { layers: [await archive(helloFiles())] });
        await bench.create("/v1/registries/oci/ecr?skipPackSync=true", bench.ecrRegistry());
        const { items } = await bench.control("GET", "/requests");
        expect(items.slice(0, 3)).toMatchObject([
            { service: "palette", method: "GET", route: info, scope: "tenant", status: 200 },
            { path: "/v1/registries/metadata", scope: bench.project },
            { route: "/v1/packs/{uid}", path: "/v1/packs/nope", status: 404 },
        ]);
        const routes = items.map((call: { route: string }) => call.route);
        expect(routes).toEqual(
            expect.arrayContaining([
                "ecr CreateRepository",
                "ecr GetAuthorizationToken",
                "/v2/{name}/blobs/uploads/",
                "/v2/{name}/manifests/{reference}",
            ]),
        );
        const text = JSON.stringify(items);
        expect(text).not.toContain(bench.sandbox.palette.apiKey);
        expect(text).not.toContain(bench.sandbox.aws.secretAccessKey);
        const counters = await bench.control("GET", "/counters");
        expect(counters["palette POST /v1/registries/oci/ecr"]).toEqual({
            count: 1,
            statuses: { 201: 1 },
        });
        const last = items.at(-1).number;
        expect((await bench.control("GET", `/requests?after=${last}`)).items).toEqual([]);
        await bench.control("DELETE", "/requests");
        expect((await bench.control("GET", "/requests")).items).toEqual([]);
    });

    describe("faults", () => {
        it("answer in place of the server, for the nth call and so many", async () => {
            const body = { code: "Overloaded", message: "later" };
            await bench.control("POST", "/faults", {
                method: "GET",
                route: "/v1/users/*",
                nth: 2,
                times: 2,
                status: 503,
                body,
                headers: { "retry-after": "7" },
            });
            const statuses = [];
            for (let index = 0; index < 5; index++) {
                statuses.push((await bench.call("GET", info)).status);
            }
            expect(statuses).toEqual([200, 503, 503, 200, 200]);
        });

        it("answer with a body that is not JSON", async () => {
            const { endpoint } = bench.sandbox.palette;
            const ca = fs.readFileSync(bench.sandbox.caFile, "utf8");
            const dispatcher = new Agent({ connect: { ca } });
            await bench.control("POST", "/faults", { status: 502, body: "<html>bad</html>" });
            const answer = await fetch(endpoint + info, { dispatcher });
            expect([answer.status, await answer.text()]).toEqual([502, "<html>bad</html>"]);
            await dispatcher.destroy();
        });

        it("delay, and act all the same", async () => {
            await bench.control("POST", "/faults", { delay: 200 });
            const start = performance.now();
            expect((await bench.call("GET", info)).status).toBe(200);
            expect(performance.now() - start).toBeGreaterThan(190);
        });

        const named = (name: string) => ({ metadata: { name }, spec: {} });
        const exists = async (name: string) => {
            const { items } = await bench.get("/v1/dashboard/clusterprofiles/metadata");
            return items.some(
                (item: { metadata: { name: string } }) => item.metadata.name === name,
            );
        };
        it.each([
            ["reset", false],
            ["resetAfter", true],
            ["truncate", true],
        ])("cut the connection: %s", async (action, acted) => {
            await bench.control("POST", "/faults", {
                method: "POST",
                route: "/v1/clusterprofiles",
                action,
            });
            await expect(bench.call("POST", "/v1/clusterprofiles", named(action))).rejects.toThrow(
                /fetch failed|terminated|other side closed/,
            );
            expect(await exists(action)).toBe(acted);
            const { items } = await bench.control("GET", "/requests");
            expect(items[0]).toMatchObject({ route: "/v1/clusterprofiles", status: 0 });
        });

        it("hang", async () => {
            await bench.control("POST", "/faults", { route: info, action: "hang" });
            const hanging = bench.call("GET", info).then(
                () => "answered",
                () => "cut",
            );
            const waited = new Promise((resolve) => setTimeout(resolve, 300, "waiting"));
            expect(await Promise.race([hanging, waited])).toBe("waiting");
            await bench.close();
            expect(await hanging).toBe("cut");
            await bench.open();
        });

        it("strike the AWS, too", async () => {
            await bench.control("POST", "/faults", {
                service: "aws",
                route: "ecr GetAuthorizationToken",
                status: 400,
                body: { __type: "ServerException", message: "broken on purpose" },
                times: 0,
            });
            const { body } = await bench.call(
                "POST",
                "/v1/registries/oci/ecr/validate",
                bench.ecrRegistry().spec,
            );
            expect(body.message).toMatch(/broken on purpose/);
        });

        it("are refused when they make no sense", async () => {
            await expect(bench.control("POST", "/faults", { action: "explode" })).rejects.toThrow(
                /400/,
            );
        });
    });

    it("moves the clock, and that of the AWS away from the callers'", async () => {
        const before = await bench.control("GET", "/clock");
        const after = await bench.control("POST", "/clock", { advance: 3600_000 });
        expect(Date.parse(after.now) - Date.parse(before.now)).toBeGreaterThanOrEqual(3600_000);
        await bench.control("POST", "/clock", { awsSkew: 3600_000 });
        const validate = () =>
            bench.call("POST", "/v1/registries/oci/ecr/validate", bench.ecrRegistry().spec);
        // The SDK corrects its clock by the server's: here it cannot, the Date header is true.
        expect((await validate()).body?.message).toMatch(/Signature/);
        await bench.control("POST", "/clock", { awsSkew: 0 });
        expect((await validate()).status).toBe(204);
    });

    it("sets switches, all or none", async () => {
        const switches = await bench.control("GET", "/switches");
        expect(switches).toMatchObject({ duplicateName: "409", rateLimit: "off" });
        const set = (positions: object) => bench.control("PATCH", "/switches", positions);
        await expect(set({ duplicateName: "500", rateLimit: "sometimes" })).rejects.toThrow(
            /on, off/,
        );
        await expect(set({ nothing: "x" })).rejects.toThrow(/there are/);
        expect((await bench.control("GET", "/switches")).duplicateName).toBe("409");
        expect((await set({ duplicateName: "500" })).duplicateName).toBe("500");
        expect(await bench.control("DELETE", "/switches")).toEqual(switches);
    });
});

describeWith("registry")("a sandbox's folder", () => {
    it("belongs to one process, is private, and is kept from run to run", async () => {
        const bench = await PaletteBench.start();
        const { file, dir, palette } = { ...bench.sandbox, dir: bench.dir };
        expect(fs.statSync(file).mode & 0o777).toBe(0o600);
        expect(JSON.parse(fs.readFileSync(file, "utf8"))).toMatchObject({
            pid: process.pid,
            palette,
        });
        await expect(startSandbox({ dir })).rejects.toThrow(/a sandbox runs in .* already/);
        expect((await bench.call("GET", "/v1/users/info")).status).toBe(200);
        await bench.close();
        await bench.open();
        expect(bench.sandbox.palette).toEqual(palette);
        expect((await bench.call("GET", "/v1/users/info")).status).toBe(200);
        await bench.remove();
    });

    it("is refused with a switch that is none, and left clean", async () => {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), "palette test "));
        await expect(startSandbox({ dir, switches: { nope: "x" } })).rejects.toThrow(
            /switch 'nope'/,
        );
        await expect(
            startSandbox({ dir, binaries: { registry: path.join(dir, "no-registry") } }),
        ).rejects.toThrow(/no-registry/);
        const sandbox = await startSandbox({ dir });
        await sandbox.close();
        fs.rmSync(dir, { recursive: true });
    });

    const children: ChildProcess[] = [];
    afterAll(() => children.forEach((child) => child.kill("SIGKILL")));

    it("loses nothing acknowledged to kill -9, and its process ends cleanly on SIGTERM", async () => {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), "palette test "));
        const root = path.join(__dirname, "../..");
        const run = async () => {
            const child = spawn(
                process.execPath,
                [
                    "--import",
                    "tsx",
                    path.join(root, "sandbox/main.ts"),
                    "--dir",
                    dir,
                    "--switch",
                    "rateLimit=off",
                ],
                { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
            );
            children.push(child);
            const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
            const line = await new Promise<string>((resolve, reject) => {
                child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString()));
                void ended.then((code) => reject(new Error(`the sandbox ended with ${code}`)));
            });
            expect(line).toMatch(/^ready: palette https:\/\/127\.0\.0\.1:\d+ .*\n$/);
            return { child, ended };
        };
        const first = await run();
        const told = JSON.parse(fs.readFileSync(path.join(dir, "sandbox.json"), "utf8"));
        const dispatcher = new Agent({ connect: { ca: fs.readFileSync(told.caFile) } });
        const headers = { ApiKey: told.palette.apiKey, "content-type": "application/json" };
        const url = `${told.palette.endpoint}/v1/clusterprofiles`;
        const acknowledged: string[] = [];
        const writing = (async () => {
            for (let index = 0; ; index++) {
                const body = JSON.stringify({ metadata: { name: `profile-${index}` } });
                const answer = await fetch(url, { method: "POST", dispatcher, headers, body });
                acknowledged.push(((await answer.json()) as { uid: string }).uid);
            }
        })().catch(() => undefined);
        while (acknowledged.length < 50) {
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
        first.child.kill("SIGKILL");
        await Promise.all([first.ended, writing]);
        const second = await run();
        for (const uid of acknowledged) {
            const answer = await fetch(`${url}/${uid}`, { dispatcher, headers });
            expect(answer.status).toBe(200);
            await answer.body?.cancel();
        }
        second.child.kill("SIGTERM");
        expect(await second.ended).toBe(0);
        await dispatcher.destroy();
        fs.rmSync(dir, { recursive: true });
    });
});
