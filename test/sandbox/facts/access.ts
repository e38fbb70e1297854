import type { Answer } from "../factsClient";
import type { Walk } from "./walk";

/** Who may call Palette: keys, headers, projects (sections 1 and 3); errors, rate limits and lists (2). */
export function accessFacts(walk: Walk): void {
    const { admin, user, get } = walk;

    describe("1 Host, headers, scope", () => {
        test("a key is checked three ways; a wrong one is 401, a small one 403", async () => {
            const info = await admin("GET", "/v1/users/info", 200);
            expect((await admin("GET", "/v1/permissions", 200)).length).toBeGreaterThan(0);
            expect(Object.keys(info).sort()).toEqual(["orgName", "tenantUid", "userUid"]);
            expect((await admin("GET", "/v1/users", 200)).items.length).toBeGreaterThan(0);
            await admin("GET", "/v1/users/meta", 200);
            const wrong = { ApiKey: "wrong" };
            expect((await walk.out.palette("GET", "/v1/users/info", undefined, wrong)).status).toBe(
                401,
            );
            const none = await walk.out.http(
                "GET",
                `${walk.out.sandbox.palette.endpoint}/v1/users/info`,
            );
            expect(none.status).toBe(401);
            const small = { ApiKey: walk.out.sandbox.palette.nonAdminApiKey! };
            expect((await walk.out.palette("GET", "/v1/users/info", undefined, small)).status).toBe(
                200,
            );
            expect((await walk.out.palette("GET", "/v1/users", undefined, small)).status).toBe(403);
            const registry = await walk.out.palette("POST", "/v1/registries/oci/ecr", {}, small);
            expect([400, 403]).toContain(registry.status);
        });

        test("header names do not mind their case; a JWT lasts 15 minutes", async () => {
            const url = `${walk.out.sandbox.palette.endpoint}/v1/users/info`;
            expect(
                (await walk.out.http("GET", url, { apikey: walk.out.sandbox.palette.apiKey! }))
                    .status,
            ).toBe(200);
            const { emailId, password } = walk.out.sandbox.palette;
            const login = await walk.out.http(
                "POST",
                `${walk.out.sandbox.palette.endpoint}/v1/auth/authenticate`,
                { "content-type": "application/json" },
                JSON.stringify({ emailId, password }),
            );
            const { Authorization } = login.body as { Authorization: string };
            const call = () => walk.out.http("GET", url, { Authorization });
            expect((await call()).status).toBe(200);
            await walk.out.advance(16);
            expect((await call()).status).toBe(401);
            const orgs = await walk.out.http(
                "GET",
                `${walk.out.sandbox.palette.endpoint}/v1/auth/orgs`,
            );
            expect(orgs.status).toBe(200);
        });

        test("without ProjectUid a call is the tenant's; projects do not see each other's objects", async () => {
            const uid = (await admin("POST", "/v1/projects", 201, { metadata: { name: "third" } }))
                .uid as string;
            expect((await admin("GET", `/v1/projects/${uid}`, 200)).metadata.name).toBe("third");
            const body = { metadata: { name: "scoped" } };
            const made = await walk.out.palette("POST", "/v1/clusterprofiles", body);
            const url = `/v1/clusterprofiles/${made.body.uid}`;
            expect(made.headers.audituid).toBeTruthy();
            expect((await walk.out.palette("GET", url)).status).toBe(200);
            expect((await walk.out.tenant("GET", url)).status).toBe(404);
            expect(
                (await walk.out.palette("GET", url, undefined, { ProjectUid: uid })).status,
            ).toBe(404);
            const small = { ApiKey: walk.out.sandbox.palette.nonAdminApiKey!, ProjectUid: uid };
            expect((await walk.out.palette("GET", "/v1/packs", undefined, small)).status).toBe(403);
            const nowhere = { ProjectUid: "none" };
            expect((await walk.out.palette("GET", "/v1/packs", undefined, nowhere)).status).toBe(
                404,
            );
            expect((await walk.out.palette("DELETE", url)).status).toBe(204);
            await admin("DELETE", `/v1/projects/${uid}`, 204);
        });

        test("API keys are made, switched off and deleted", async () => {
            const { userUid } = await admin("GET", "/v1/users/info", 200);
            const made = await admin("POST", "/v1/apiKeys", 201, {
                metadata: { name: "own" },
                spec: { userUid, expiry: "2999-01-01T00:00:00.000Z" },
            });
            const call = async () =>
                (
                    await walk.out.palette("GET", "/v1/users/info", undefined, {
                        ApiKey: made.apiKey,
                    })
                ).status;
            expect(await call()).toBe(200);
            await admin("GET", `/v1/apiKeys/${made.uid}`, 200);
            expect(JSON.stringify(await admin("GET", "/v1/apiKeys", 200))).not.toContain(
                made.apiKey,
            );
            await admin("PUT", `/v1/apiKeys/${made.uid}/state`, 204, { isActive: false });
            expect(await call()).toBe(401);
            await admin("DELETE", `/v1/apiKeys/${made.uid}`, 204);
        });
    });

    describe("2 Errors, rate limits, lists", () => {
        test("errors are v1Error: 400 for a body, 404 ResourceNotFound", async () => {
            const bad = await walk.out.palette("POST", "/v1/clusterprofiles", { metadata: "text" });
            expect([bad.status, typeof bad.body.message]).toEqual([400, "string"]);
            const gone = await walk.out.palette(
                "GET",
                "/v1/spectroclusters/5f0000000000000000000000",
            );
            expect([gone.status, gone.body.code]).toEqual([404, "ResourceNotFound"]);
            expect(gone.body.ref).toBeTruthy();
            const broken = await walk.out.http(
                "POST",
                `${walk.out.sandbox.palette.endpoint}/v1/clusterprofiles`,
                { ApiKey: walk.out.sandbox.palette.apiKey! },
                "{",
            );
            expect(broken.status).toBe(400);
        });

        test("10 a second and a burst of 50 for small resources, 50 and 250 for large ones", async () => {
            await new Promise((resolve) => setTimeout(resolve, 5000));
            const burst = async (url: string, count: number) => {
                const calls = Array.from({ length: count }, () => walk.out.palette("GET", url));
                const answers = await Promise.all(calls);
                const refused = answers.filter(({ status }) => status === 429);
                refused.forEach(({ body }) => expect(body.code).toBe("TooManyRequests"));
                return count - refused.length;
            };
            // Sub-resources count towards their parent.
            const small = await burst("/v1/registries/oci/summary", 40);
            const rest = await burst("/v1/registries/metadata", 40);
            expect(small + rest).toBeGreaterThanOrEqual(50);
            expect(small + rest).toBeLessThan(75);
            expect(await burst("/v1/spectroclusters/tags", 240)).toBe(240);
            expect(await burst("/v1/spectroclusters/none/assets/kubeconfig", 60)).toBeLessThan(60);
            await walk.out.control("PATCH", "/switches", { rateLimit: "off" });
        });

        test("50 items on a page, `continue` leads on, filters are raw", async () => {
            for (let index = 0; index < 55; index++) {
                await user("POST", "/v1/clusterprofiles", 201, {
                    metadata: { name: `many-${index}`, labels: { many: "yes" } },
                });
            }
            const body = { filter: { profileName: { beginsWith: "many-" } }, sort: [] };
            const url = "/v1/dashboard/clusterprofiles";
            const first = await user("POST", url, 200, body);
            expect(first.items).toHaveLength(50);
            const next = encodeURIComponent(first.listmeta.continue);
            const second = await user("POST", `${url}?continue=${next}`, 200, body);
            expect([second.items.length, second.listmeta.continue]).toEqual([5, ""]);
            const uids = [...first.items, ...second.items].map(({ metadata }) => metadata.uid);
            expect(
                (await user("GET", "/v1/dashboard/clusterprofiles/metadata", 200)).items.length,
            ).toBe(55);
            const bulk = await user("DELETE", "/v1/clusterprofiles/bulk", 200, { uids });
            expect(bulk.deletedCount).toBe(55);
            const packs = await get("/v1/packs?filters=spec.name=kubernetesANDspec.version=1.32.3");
            expect(packs.items).toHaveLength(1);
            expect((await walk.out.palette("GET", "/v1/packs?filters=nonsense")).status).toBe(400);
        });
    });

    test("3 Project lookup: all projects with uid and name, by name too", async () => {
        const { items } = await admin("GET", "/v1/dashboard/projects/metadata", 200);
        expect(items.map(({ metadata }: Answer["body"]) => metadata.name)).toContain("Default");
        const named = await admin("GET", "/v1/dashboard/projects/metadata?name=Default", 200);
        expect(named.items).toEqual([{ metadata: { uid: walk.out.project, name: "Default" } }]);
        await admin("POST", "/v1/dashboard/projects", 200, {});
    });
}
