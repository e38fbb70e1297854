import fs from "node:fs";
import path from "node:path";
import { Agent, fetch, type Response } from "undici";
import { GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { startSandbox } from "../../sandbox";
import { describeWith } from "./awsSandbox";
import { createCluster, publishedProfile } from "./benchCluster";
import { archive, digestOf, helloFiles, packRepository, PaletteBench } from "./paletteSupport";

/** All trouble that the sandbox can make, each as a client sees it. */
describeWith("registry", "helm")("trouble on demand", () => {
    let bench: PaletteBench;
    let agent: Agent;
    let uid: string;
    beforeAll(async () => {
        bench = await PaletteBench.start({ speed: 200, switches: { rateLimit: "off" } });
        agent = new Agent({ connect: { ca: fs.readFileSync(bench.sandbox.caFile, "utf8") } });
        uid = await createCluster(bench, "troubled", await publishedProfile(bench, "infra"));
        await bench.advance(20 * 60);
    });
    afterEach(() => bench.control("DELETE", "/faults"));
    afterAll(async () => {
        await agent.destroy();
        await bench.remove();
    });

    const fault = (body: object): Promise<unknown> => bench.control("POST", "/faults", body);
    const info = "/v1/users/info";
    const raw = (url: string, init: object = {}): Promise<Response> =>
        fetch(url, { dispatcher: agent, ...init });
    const palette = (url = info): Promise<Response> =>
        raw(bench.sandbox.palette.endpoint + url, {
            headers: { ApiKey: bench.sandbox.palette.apiKey },
        });
    const get = (url: string) => bench.get(url, { project: bench.project });

    describe("with single calls", () => {
        test.each([
            ["429", { status: 429, body: { code: "TooManyRequests" } }, null],
            ["429 with Retry-After", { status: 429, headers: { "retry-after": "1" } }, "1"],
            ["500 with a code", { status: 500, body: { code: "ClusterProfileInUse" } }, null],
            ["502, and a body that is no JSON", { status: 502, body: "<html>" }, null],
            ["503", { status: 503 }, null],
            ["504", { status: 504 }, null],
            ["401 in the middle", { status: 401, body: { code: "InvalidCredentials" } }, null],
            ["404 on a read", { status: 404, body: { code: "ResourceNotFound" } }, null],
            ["200 with a body that is no JSON", { status: 200, body: "surely" }, null],
        ])("%s", async (_what, trouble, retryAfter) => {
            await fault({ route: info, ...trouble });
            const answer = await palette();
            expect([answer.status, answer.headers.get("retry-after")]).toEqual([
                trouble.status,
                retryAfter,
            ]);
            const body = "body" in trouble ? trouble.body : "";
            const text = typeof body === "string" ? body : JSON.stringify(body);
            expect(await answer.text()).toBe(text);
            expect((await palette()).status).toBe(200);
        });

        test("of one object alone, by the path of the call", async () => {
            await fault({ path: `/v1/spectroclusters/${uid}`, status: 404, times: 0 });
            expect((await palette(`/v1/spectroclusters/${uid}/status`)).status).not.toBe(500);
            const answer = await raw(
                `${bench.sandbox.palette.endpoint}/v1/spectroclusters/${uid}`,
                { headers: { ApiKey: bench.sandbox.palette.apiKey, ProjectUid: bench.project } },
            );
            expect([answer.status, await answer.text()]).toEqual([404, ""]);
        });

        test("a key that was rotated: the old one is 401 from one call to the next", async () => {
            const { userUid } = await get(info);
            const made = await bench.call("POST", "/v1/apiKeys", {
                metadata: { name: "rotated" },
                spec: { userUid, expiry: "2999-01-01T00:00:00.000Z" },
            });
            const key = made.body.apiKey as string;
            expect((await bench.call("GET", info, undefined, { key })).status).toBe(200);
            await bench.call("DELETE", `/v1/apiKeys/${made.body.uid as string}`);
            expect((await bench.call("GET", info, undefined, { key })).status).toBe(401);
        });

        test("is told when it has come about: hang before and after the server has acted", async () => {
            for (const [action, acted] of [
                ["hang", false],
                ["hangAfter", true],
            ] as const) {
                await fault({ method: "POST", route: "/v1/clusterprofiles", action });
                const stop = new AbortController();
                const hanging = raw(`${bench.sandbox.palette.endpoint}/v1/clusterprofiles`, {
                    method: "POST",
                    headers: { ApiKey: bench.sandbox.palette.apiKey },
                    body: JSON.stringify({ metadata: { name: action } }),
                    signal: stop.signal,
                }).catch((error: Error) => error.name);
                await bench.until(async () => {
                    const { items } = await bench.control("GET", "/faults");
                    return items[0].hit === 1 && items[0].seen === 1;
                });
                const { items } = await get("/v1/dashboard/clusterprofiles/metadata");
                const answer = await bench.get("/v1/dashboard/clusterprofiles/metadata");
                const names = [...items, ...answer.items].map(
                    (item: { metadata: { name: string } }) => item.metadata.name,
                );
                expect(names.includes(action)).toBe(acted);
                stop.abort();
                expect(await hanging).toBe("AbortError");
                await bench.control("DELETE", "/faults");
            }
        });
    });

    describe("with the registry", () => {
        let authorization: string;
        const host = () => `https://${bench.sandbox.aws.registryHost}`;
        const manifest = `/v2/${packRepository}/manifests/1.0.0`;
        const login = async () => {
            const ecr = bench.ecr();
            const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
            ecr.destroy();
            return `Basic ${authorizationData![0]!.authorizationToken!}`;
        };
        beforeAll(async () => {
            await bench.push(packRepository, "1.0.0", { layers: [await archive(helloFiles())] });
            authorization = await login();
        });

        test.each(["GET", "HEAD"])("a wrong digest in the answer to a %s", async (method) => {
            const read = () => raw(host() + manifest, { method, headers: { authorization } });
            const right = (await read()).headers.get("docker-content-digest")!;
            await fault({ service: "aws", route: "/v2/{name}/manifests/*", action: "corrupt" });
            const answer = await read();
            const text = await answer.text();
            expect(answer.headers.get("docker-content-digest")).not.toBe(right);
            if (method === "GET") {
                expect(digestOf(text)).not.toBe(right);
                expect(JSON.parse(text)).toMatchObject({ schemaVersion: 2 });
            }
            expect((await read()).headers.get("docker-content-digest")).toBe(right);
        });

        test("half of a blob, and a blob with another content", async () => {
            const { layers } = (await (
                await raw(host() + manifest, { headers: { authorization } })
            ).json()) as { layers: { digest: string; size: number }[] };
            const [layer] = layers;
            const read = async () => {
                const url = `${host()}/v2/${packRepository}/blobs/${layer!.digest}`;
                return Buffer.from(await (await raw(url, { headers: { authorization } })).bytes());
            };
            await fault({ service: "aws", route: "/v2/{name}/blobs/*", action: "truncate" });
            await expect(read()).rejects.toThrow(/terminated|closed/);
            await fault({ service: "aws", route: "/v2/{name}/blobs/*", action: "corrupt" });
            const second = await read();
            expect([second.length, digestOf(second) === layer!.digest]).toEqual([
                layer!.size,
                false,
            ]);
            expect(digestOf(await read())).toBe(layer!.digest);
        });

        test("a token that expires before its time", async () => {
            const read = async () =>
                (await raw(host() + manifest, { headers: { authorization } })).status;
            expect(await read()).toBe(200);
            await bench.control("DELETE", "/tokens");
            expect(await read()).toBe(403);
            authorization = await login();
            expect(await read()).toBe(200);
        });

        test("a clock that is off", async () => {
            await bench.control("POST", "/clock", { awsSkew: 3600_000 });
            const validated = await bench.call(
                "POST",
                "/v1/registries/oci/ecr/validate",
                bench.ecrRegistry().spec,
            );
            await bench.control("POST", "/clock", { awsSkew: 0 });
            expect([validated.status, validated.body.message]).toEqual([
                400,
                expect.stringMatching(/Signature/),
            ]);
        });
    });

    describe("with a sync", () => {
        const create = "/v1/registries/oci/ecr";
        const trouble = (name: string, body: object) =>
            bench.control("PUT", `/registries/${name}/fault`, body);
        const register = (name: string) => bench.create(create, bench.ecrRegistry({ name }));
        const status = (of: string) => bench.get(`/v1/registries/oci/${of}/ecr/sync/status`);
        const ended = (of: string) =>
            bench.until(async () => {
                const now = await status(of);
                return ["Success", "Failed"].includes(now.status) && now;
            });
        const packs = async (of: string): Promise<number> =>
            (await bench.get(`/v1/packs?filters=spec.registryUid=${of}`)).items.length;

        test("that fails", async () => {
            await trouble("failing", { syncFails: "the registry is out of order" });
            const registry = await register("failing");
            expect(await ended(registry)).toMatchObject({
                status: "Failed",
                message: "the registry is out of order",
            });
            await trouble("failing", {});
            await bench.call("POST", `/v1/registries/oci/${registry}/ecr/sync`);
            await bench.until(async () => (await status(registry)).status === "Success");
        });

        test("that is stuck", async () => {
            await trouble("stuck", { syncSticks: true });
            const registry = await register("stuck");
            await bench.advance(3600);
            expect(await status(registry)).toMatchObject({ status: "InProgress" });
            await trouble("stuck", {});
            expect(await ended(registry)).toMatchObject({ status: "Success" });
        });

        test("whose status still tells of the run before", async () => {
            const registry = await register("stale");
            const before = await ended(registry);
            await bench.until(async () => (await packs(registry)) > 0);
            await trouble("stale", { syncStale: "never" });
            await bench.call("POST", `/v1/registries/oci/${registry}/ecr/sync`);
            await bench.advance(600);
            expect(await status(registry)).toEqual(before);
            await trouble("stale", {});
            await bench.until(async () => {
                const { lastSyncedTime } = await status(registry);
                return lastSyncedTime > before.lastSyncedTime;
            });
        });

        test("whose packs come late, or never", async () => {
            await trouble("late", { packsAfter: 3600 });
            await trouble("never", { packsAfter: "never" });
            const late = await register("late");
            const never = await register("never");
            expect(await ended(late)).toMatchObject({ status: "Success" });
            expect(await ended(never)).toMatchObject({ status: "Success" });
            expect([await packs(late), await packs(never)]).toEqual([0, 0]);
            await bench.advance(3600);
            await bench.until(async () => (await packs(late)) === 1);
            expect(await packs(never)).toBe(0);
            await trouble("never", {});
            await bench.until(async () => (await packs(never)) === 1);
        });

        test("of another kind is refused", async () => {
            await expect(trouble("x", { syncExplodes: true })).rejects.toThrow(/syncExplodes/);
            await expect(trouble("x", { packsAfter: "soon" })).rejects.toThrow(/packsAfter/);
        });
    });

    describe("with a cluster", () => {
        const trouble = (body: object) => bench.control("PUT", "/clusters/troubled/fault", body);
        const cluster = () => get(`/v1/spectroclusters/${uid}`);
        const overview = () => get(`/v1/dashboard/spectroclusters/${uid}/overview`);
        const lastEvent = async () =>
            (await get(`/v1/events/components/spectrocluster/${uid}`)).items.at(-1);
        afterEach(() => trouble({}));

        test("that runs, is unhealthy, and is healthy again", async () => {
            expect((await overview()).status.health.state).toBe("Healthy");
            await trouble({ unhealthy: "etcd has no leader" });
            const { state, health } = (await overview()).status;
            expect([state, health.state, health.conditions]).toEqual([
                "Running",
                "UnHealthy",
                [{ type: "ClusterUnhealthy", message: "etcd has no leader" }],
            ]);
            expect((await cluster()).status.conditions.at(-1)).toMatchObject({
                status: "False",
                reason: "ClusterUnhealthy",
                message: "etcd has no leader",
            });
            expect(await lastEvent()).toMatchObject({ message: "etcd has no leader" });
            await trouble({});
            expect((await overview()).status.health.state).toBe("Healthy");
            expect(await lastEvent()).toMatchObject({ reason: "ClusterUnhealthy" });
        });

        test("in state Error, with the condition that says why", async () => {
            await trouble({ error: "the cloud account is suspended" });
            const { status } = await cluster();
            expect([status.state, status.conditions.at(-1)]).toMatchObject([
                "Error",
                { status: "False", message: "the cloud account is suspended" },
            ]);
            await trouble({});
            expect((await cluster()).status.state).toBe("Running");
        });

        test("whose answers lack a status", async () => {
            await trouble({ withoutStatus: true });
            expect((await cluster()).status).toBeUndefined();
            expect((await overview()).status).toBeUndefined();
            expect(await get(`/v1/spectroclusters/${uid}/status`)).toEqual({});
        });

        test("whose overview is missing", async () => {
            await trouble({ withoutOverview: true });
            await expect(overview()).rejects.toThrow(/404/);
            expect((await cluster()).status.state).toBe("Running");
        });

        test("of another kind is refused", async () => {
            await expect(trouble({ provisionning: "x" })).rejects.toThrow(/provisionning/);
        });

        test("stuck in Deleting, until it is forced after 15 minutes", async () => {
            const url = `/v1/spectroclusters/${uid}`;
            const remove = (query = "") =>
                bench.call("DELETE", url + query, undefined, { project: bench.project });
            await trouble({ deletionSticks: true });
            await remove();
            await bench.advance(10 * 60);
            expect((await remove("?forceDelete=true")).status).toBe(400);
            await bench.advance(6 * 60);
            expect((await cluster()).status.state).toBe("Deleting");
            expect((await remove("?forceDelete=true")).status).toBe(204);
            await bench.advance(60);
            expect((await cluster()).status.state).toBe("Deleted");
        });
    });

    test("a copy of the folder starts with all as it was, at the same ports", async () => {
        const before = await bench.get("/v1/registries/metadata");
        await bench.close();
        const copy = `${bench.dir} copy`;
        fs.cpSync(bench.dir, copy, { recursive: true });
        const start = performance.now();
        const restored = await startSandbox({ dir: copy, switches: { rateLimit: "off" } });
        const took = performance.now() - start;
        try {
            expect(restored.palette).toEqual(bench.sandbox.palette);
            expect(restored.caFile).toBe(path.join(copy, "ca.pem"));
            const answer = await palette("/v1/registries/metadata");
            expect(await answer.json()).toEqual(before);
            const ecr = await raw(`https://${restored.aws.registryHost}/v2/`);
            expect(ecr.status).toBe(401);
            process.stdout.write(`a copy of a sandbox starts in ${Math.round(took)} ms\n`);
        } finally {
            await restored.close();
            fs.rmSync(copy, { recursive: true });
            await bench.open();
        }
    });
});
