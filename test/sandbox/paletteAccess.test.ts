import { describeWith } from "./awsSandbox";
import { type Answer, PaletteBench } from "./paletteSupport";

describeWith("registry")("access to the local Palette", () => {
    let bench: PaletteBench;
    beforeAll(async () => {
        bench = await PaletteBench.start({ switches: { rateLimit: "off" } });
    });
    afterAll(() => bench.remove());
    afterEach(() => bench.control("DELETE", "/switches"));

    describe("who may call", () => {
        it("answers 401 without a key, with a wrong one, and before anything else", async () => {
            for (const [key, url] of [
                ["", "/v1/users/info"],
                ["wrong", "/v1/users/info"],
                ["wrong", "/v1/no/such/path"],
            ] as const) {
                expect(await bench.call("GET", url, undefined, { key })).toMatchObject({
                    status: 401,
                    body: {
                        code: "InvalidCredentials",
                        message: expect.any(String),
                        ref: expect.any(String),
                    },
                });
            }
        });

        it("tells whose the key is", async () => {
            const admin = await bench.get("/v1/users/info");
            const otherUser = await bench.get("/v1/users/info", {
                key: bench.sandbox.palette.nonAdminApiKey,
            });
            expect(admin.tenantUid).toBe(otherUser.tenantUid);
            expect(admin.userUid).not.toBe(otherUser.userUid);
        });

        it("keeps the tenant's users from a user without tenant rights", async () => {
            const key = bench.sandbox.palette.nonAdminApiKey;
            expect((await bench.get("/v1/users")).items).toHaveLength(2);
            expect((await bench.get("/v1/users/meta")).items).toHaveLength(2);
            expect((await bench.call("GET", "/v1/users", undefined, { key })).status).toBe(403);
        });

        it("takes a token of a login for 15 minutes", async () => {
            const { emailId, password } = bench.sandbox.palette;
            const wrong = await bench.call(
                "POST",
                "/v1/auth/authenticate",
                { emailId, password: "wrong" },
                { key: "" },
            );
            expect(wrong.status).toBe(401);
            const login = await bench.call(
                "POST",
                "/v1/auth/authenticate",
                { emailId, password },
                { key: "" },
            );
            const headers = { Authorization: login.body.Authorization as string };
            const info = () => bench.call("GET", "/v1/users/info", undefined, { key: "", headers });
            expect((await info()).status).toBe(200);
            await bench.advance(16 * 60);
            expect((await info()).status).toBe(401);
        });

        it("makes, stops and removes API keys", async () => {
            const made = await bench.call("POST", "/v1/apiKeys", { metadata: { name: "mine" } });
            expect(made.status).toBe(201);
            const { apiKey: key, uid } = made.body;
            expect((await bench.get("/v1/users/info", { key })).userUid).toBe(
                (await bench.get("/v1/users/info")).userUid,
            );
            const listed = await bench.get("/v1/apiKeys");
            expect(JSON.stringify(listed)).not.toContain(key);
            await bench.call("PUT", `/v1/apiKeys/${uid}/state`, { isActive: false });
            expect((await bench.call("GET", "/v1/users/info", undefined, { key })).status).toBe(
                401,
            );
            await bench.call("PUT", `/v1/apiKeys/${uid}/state`, { isActive: true });
            expect((await bench.call("GET", "/v1/users/info", undefined, { key })).status).toBe(
                200,
            );
            expect((await bench.call("DELETE", `/v1/apiKeys/${uid}`)).status).toBe(204);
            expect((await bench.call("GET", "/v1/users/info", undefined, { key })).status).toBe(
                401,
            );
        });

        it("lets a key expire", async () => {
            const { now } = await bench.control("GET", "/clock");
            const expiry = new Date(Date.parse(now) + 3600_000).toISOString();
            const { body } = await bench.call("POST", "/v1/apiKeys", {
                metadata: { name: "short" },
                spec: { expiry },
            });
            const info = () => bench.call("GET", "/v1/users/info", undefined, { key: body.apiKey });
            expect((await info()).status).toBe(200);
            await bench.advance(3600);
            expect((await info()).status).toBe(401);
        });
    });

    describe("projects and scope", () => {
        it("lists what the user is in", async () => {
            const names = async (url: string, key?: string) =>
                (await bench.get(url, key === undefined ? {} : { key })).items.map(
                    (item: { metadata: { name: string } }) => item.metadata.name,
                );
            const url = "/v1/dashboard/projects/metadata";
            expect(await names(url)).toEqual(["Default", "Second"]);
            expect(await names(url, bench.sandbox.palette.nonAdminApiKey)).toEqual(["Default"]);
            expect(await names(`${url}?name=Def`)).toEqual([]);
            expect(await names(`${url}?name=Default`)).toEqual(["Default"]);
            await bench.control("PATCH", "/switches", { projectName: "prefix" });
            expect(await names(`${url}?name=Def`)).toEqual(["Default"]);
        });

        it("answers 404 for an unknown project, 403 for one of others", async () => {
            const url = "/v1/dashboard/clusterprofiles/metadata";
            const unknown = await bench.call("GET", url, undefined, { project: "nope" });
            expect([unknown.status, unknown.body.code]).toEqual([404, "ResourceNotFound"]);
            const { items } = await bench.get("/v1/dashboard/projects/metadata?name=Second");
            const foreign = await bench.call("GET", url, undefined, {
                project: items[0].metadata.uid,
                key: bench.sandbox.palette.nonAdminApiKey,
            });
            expect(foreign.status).toBe(403);
        });

        it("keeps a project's objects out of other projects and of the tenant", async () => {
            const second = await bench.create("/v1/projects", { metadata: { name: "isolated" } });
            const uid = await bench.create(
                "/v1/clusterprofiles",
                { metadata: { name: "own" }, spec: { template: { type: "add-on", packs: [] } } },
                { project: bench.project },
            );
            const look = (project?: string) =>
                bench.call("GET", `/v1/clusterprofiles/${uid}`, undefined, { project });
            expect((await look(bench.project)).status).toBe(200);
            expect((await look(second)).status).toBe(404);
            expect((await look()).status).toBe(404);
            const tenants = await bench.create("/v1/clusterprofiles", {
                metadata: { name: "shared" },
            });
            const url = `/v1/clusterprofiles/${tenants}`;
            const seen = await bench.get(url, { project: second });
            expect(seen.metadata.annotations.scope).toBe("tenant");
            const removal = await bench.call("DELETE", url, undefined, { project: second });
            expect(removal.status).toBe(403);
            const key = bench.sandbox.palette.nonAdminApiKey;
            expect((await bench.call("DELETE", url, undefined, { key })).status).toBe(403);
            expect((await bench.call("DELETE", url)).status).toBe(204);
            expect((await bench.call("DELETE", `/v1/projects/${second}`)).status).toBe(204);
        });
    });

    describe("errors", () => {
        it("answers 404 for an unknown path and 400 for a body that does not fit", async () => {
            expect(await bench.call("GET", "/v1/nothing")).toMatchObject({
                status: 404,
                body: { message: expect.stringContaining("/v1/nothing") },
            });
            expect((await bench.call("POST", "/v1/clusterprofiles", { spec: {} })).status).toBe(
                400,
            );
            expect((await bench.call("POST", "/v1/clusterprofiles")).status).toBe(400);
            expect((await bench.call("POST", "/v1/clusterprofiles", "text")).status).toBe(400);
        });

        it("answers the audit's id to what it wrote", async () => {
            const made = await bench.call("POST", "/v1/clusterprofiles", {
                metadata: { name: "audited" },
            });
            expect(made.headers["audituid"]).toMatch(/\w/);
        });
    });

    describe("lists", () => {
        const project = () => bench.project;
        beforeAll(async () => {
            for (let index = 0; index < 120; index++) {
                await bench.create(
                    "/v1/clusterprofiles",
                    {
                        metadata: { name: `list-${String(index).padStart(3, "0")}` },
                        spec: { template: { type: "add-on", cloudType: "all" } },
                    },
                    { project: project() },
                );
            }
        });

        it("come in pages of 50, to be continued", async () => {
            const names: string[] = [];
            const sizes: number[] = [];
            const filter = { filter: { profileName: { beginsWith: "list-" } } };
            for (let token = "-"; token !== "";) {
                const query = token === "-" ? "" : `?continue=${token}`;
                const url = `/v1/dashboard/clusterprofiles${query}`;
                const { body } = await bench.call("POST", url, filter, { project: project() });
                names.push(
                    ...body.items.map((item: { metadata: { name: string } }) => item.metadata.name),
                );
                sizes.push(body.items.length);
                expect(body.listmeta.count).toBe(120);
                token = body.listmeta.continue;
            }
            expect(sizes).toEqual([50, 50, 20]);
            expect(new Set(names).size).toBe(120);
        });

        it("take a limit of at most 50, an offset, and no foreign token", async () => {
            const sizes = async (query: string) => {
                const answer = await bench.call(
                    "POST",
                    `/v1/dashboard/clusterprofiles?${query}`,
                    {},
                    { project: project() },
                );
                return answer.status === 200 ? answer.body.items.length : answer.status;
            };
            expect(await sizes("limit=7")).toBe(7);
            expect(await sizes("limit=0")).toBe(50);
            expect(await sizes("limit=500")).toBe(50);
            expect(await sizes("offset=1000")).toBe(0);
            expect(await sizes("limit=x")).toBe(400);
            expect(await sizes("continue=abc")).toBe(400);
        });

        it("are filtered by members of their items", async () => {
            const versions = async (filters: string) => {
                const { items } = await bench.get(`/v1/packs?filters=${filters}`);
                return items
                    .map(
                        ({ spec }: { spec: { name: string; version: string } }) =>
                            `${spec.name} ${spec.version}`,
                    )
                    .sort();
            };
            expect(await versions("spec.name=kubernetes")).toEqual([
                "kubernetes 1.28.2",
                "kubernetes 1.32.3",
            ]);
            expect(await versions("spec.name=kubernetesANDspec.version=1.32.3")).toEqual([
                "kubernetes 1.32.3",
            ]);
            expect(await versions("spec.name=spectro-proxyORspec.version=22.04")).toEqual([
                "spectro-proxy 1.4.1",
                "ubuntu-aws 22.04",
            ]);
            expect(
                await versions("spec.name=csi-aws-ebsANDspec.cloudTypes_in_eks,all"),
            ).toHaveLength(2);
            expect(await versions("spec.name=csi-aws-ebsANDspec.cloudTypes_in_gcp,all")).toEqual(
                [],
            );
            expect(await versions("spec.name=ORANDGE")).toEqual([]);
            expect((await bench.call("GET", "/v1/packs?filters=nonsense")).status).toBe(400);
        });
    });
});

describeWith("registry")("rate limits of the local Palette", () => {
    let bench: PaletteBench;
    beforeAll(async () => {
        bench = await PaletteBench.start();
    });
    afterAll(() => bench.remove());

    const burst = (url: string, count: number): Promise<Answer[]> =>
        Promise.all(Array.from({ length: count }, () => bench.call("GET", url)));
    const refused = (answers: Answer[]) => answers.filter(({ status }) => status === 429);

    it("let five seconds' worth through at once, for each parent resource", async () => {
        const users = await burst("/v1/users/info", 150);
        const late = refused(users);
        expect(late.length).toBeGreaterThan(0);
        expect(late.length).toBeLessThanOrEqual(100);
        expect(late.every(({ body }) => body.code === "TooManyRequests")).toBe(true);
        expect(late.some(({ headers }) => "retry-after" in headers)).toBe(false);
        // Sub-resources count towards their parent, other resources do not.
        expect(refused(await burst("/v1/users", 30)).length).toBeGreaterThan(0);
        expect(refused(await burst("/v1/packs?limit=1", 40))).toEqual([]);
        expect(refused(await burst("/v1/clusterprofiles/none", 200))).toEqual([]);
    });

    it("tell when to come back, where the switch says so", async () => {
        await bench.control("PATCH", "/switches", { retryAfter: "seconds" });
        const [late] = refused(await burst("/v1/registries/metadata", 100));
        expect(late?.headers["retry-after"]).toBe("1");
        await new Promise((resolve) => setTimeout(resolve, 1000));
        expect((await bench.call("GET", "/v1/registries/metadata")).status).toBe(200);
    });
});
