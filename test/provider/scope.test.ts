import { PaletteClient } from "../../packages/palette/api/client";
import type { Call } from "../../packages/palette/api/call";
import { ScopeError } from "../../packages/palette/api/scope";
import { fakePalette, type Answer } from "./fakePalette";

jest.mock("node:timers/promises", () => ({ setTimeout: async () => undefined }));

const call: Call = { method: "GET", path: "/v1/things/1", subject: 'thing "a"' };
const gone: Answer = { status: 404, body: { code: "ResourceNotFound", message: "no thing" } };
const forbidden: Answer = { status: 403, body: { code: "Forbidden", message: "not you" } };
const wrongKey: Answer = { status: 401, body: { code: "Unauthorized", message: "who?" } };

/** What a look-up finds, or its error; and how often the scope was asked for. */
async function find(
    more: Partial<Call>,
    { thing = gone, info = { body: { tenantUid: "t" } } as Answer } = {},
): Promise<{ found?: unknown; error?: Error; asked: number }> {
    const palette = await fakePalette(({ path }) => (path === "/v1/users/info" ? info : thing));
    const client = new PaletteClient(palette.settings);
    const asked = () => palette.seen.filter(({ path }) => path === "/v1/users/info").length;
    try {
        await client.find({ ...call, ...more });
        const found = await client.find({ ...call, ...more });
        return { found, asked: asked() };
    } catch (error) {
        return { error: error as Error, asked: asked() };
    } finally {
        await client.close();
        await palette.close();
    }
}

test("an object is gone where its project is there", async () => {
    expect(await find({ project: "p" })).toEqual({ found: undefined, asked: 0 });
});

test.each([
    ["404", gone],
    ["403", forbidden],
])("nothing is gone with a project: %s", async (_, thing) => {
    const { error } = await find({ project: "deleted" }, { thing });
    expect(error).toBeInstanceOf(ScopeError);
    expect(error!.message).toMatch(
        /^thing "a": its project \(uid deleted\) does not exist at http:.*it sees 1, p, project\. Nothing was deleted/,
    );
});

test("an object is gone where the key is of its tenant, which is asked for once", async () => {
    expect(await find({ tenant: "t" })).toEqual({ found: undefined, asked: 1 });
});

test("an object is gone where Palette does not tell whose the key is", async () => {
    expect(await find({ tenant: "t" }, { info: { body: {} } })).toMatchObject({ found: undefined });
});

test("nothing is gone for the key of another tenant", async () => {
    const { error } = await find({ tenant: "other" });
    expect(error).toBeInstanceOf(ScopeError);
    expect(error!.message).toMatch(
        /^thing "a": the API key belongs to the tenant t .* tenant other\./,
    );
});

test("nothing is gone where whose the key is cannot be asked", async () => {
    const { error } = await find({ tenant: "t" }, { info: forbidden });
    expect(error!.message).toContain("GET /v1/users/info");
});

test("a key that is wrong altogether is told as such", async () => {
    const { error } = await find({ tenant: "t" }, { thing: wrongKey, info: wrongKey });
    expect(error).not.toBeInstanceOf(ScopeError);
    expect(error!.message).toContain("the API key is wrong or has expired");
});
