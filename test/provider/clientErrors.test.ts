import { fetch } from "undici";
import { PaletteClient } from "../../packages/palette/api/client";
import { PaletteError } from "../../packages/palette/api/paletteError";
import type { Call } from "../../packages/palette/api/call";
import { API_KEY, fakePalette, type Answer, type FakePalette, type Seen } from "./fakePalette";

/** The client's pauses take no time here. */
jest.mock("node:timers/promises", () => ({ setTimeout: async () => undefined }));
jest.mock("undici", () => {
    const actual = jest.requireActual<typeof import("undici")>("undici");
    return { ...actual, fetch: jest.fn(actual.fetch) };
});

let palette: FakePalette;
let client: PaletteClient;

/** Starts Palette with these answers, one for each request; the last one is repeated. */
async function answering(...answers: (Answer | ((request: Seen) => Answer))[]): Promise<void> {
    palette = await fakePalette((request, number) => {
        const answer = answers[Math.min(number, answers.length - 1)]!;
        return typeof answer === "function" ? answer(request) : answer;
    });
    client = new PaletteClient(palette.settings);
}

beforeEach(() => void jest.spyOn(console, "log").mockImplementation(() => undefined));
afterEach(async () => {
    await palette.close();
    await client.close();
});

const get: Call = { method: "GET", path: "/v1/packs", subject: 'pack "hellouniverse"' };
const post: Call = {
    method: "POST",
    path: "/v1/clusterprofiles",
    subject: 'profile "p"',
    body: {},
};

/** The error that a call ends with. */
async function failure(call: Call): Promise<PaletteError> {
    const error: unknown = await client.request(call).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(PaletteError);
    return error as PaletteError;
}

describe("an error", () => {
    test("names object, call, code, message and advice", async () => {
        await answering({ status: 409, body: { code: "Taken", message: "the name is in use" } });
        const error = await failure(post);
        expect(error).toMatchObject({ status: 409, code: "Taken", notFound: false });
        expect(error.message).toBe(
            'profile "p": Palette answered 409 to POST /v1/clusterprofiles: Taken: the name is in use',
        );
    });

    test.each([
        [401, /API key is wrong or has expired.*SPECTROCLOUD_APIKEY.*paletteApiKey/],
        [403, /lacks the permission.*tenant admin/],
    ])("%i says what to do", async (status, advice) => {
        await answering({ status, body: { code: "No", message: "no" } });
        expect((await failure(get)).message).toMatch(advice);
    });

    test.each<[string, Answer, RegExp]>([
        ["HTML of a proxy", { status: 500, body: "<h1>Bad day</h1>" }, /500 .*<h1>Bad day<\/h1>/],
        ["nothing", { status: 500 }, /500 to GET \/v1\/packs: Internal Server Error/],
        ["a message alone", { status: 500, body: { message: "boom" } }, /: boom; run/],
        ["a code alone", { status: 500, body: { code: "Boom" } }, /: Boom; run/],
        ["JSON of another shape", { status: 500, body: { oops: 1 } }, /: \{"oops":1\}; run/],
        [
            "null",
            { status: 500, headers: { "content-type": "application/json" }, body: "null" },
            /null/,
        ],
    ])("quotes a body that is %s", async (_, answer, expected) => {
        await answering(answer);
        expect((await failure(get)).message).toMatch(expected);
    });

    test("quotes no more than the beginning of a long body", async () => {
        await answering({ status: 500, body: "x".repeat(100_000) });
        expect((await failure(get)).message.length).toBeLessThan(500);
    });

    test.each<[string, Answer]>([
        ["in its message", { status: 500, body: { message: `ApiKey: ${API_KEY} is not liked` } }],
        ["in its code", { status: 401, body: { code: API_KEY } }],
        ["in a text", { status: 500, body: `GET / ApiKey: ${API_KEY}` }],
        ["where the text is cut", { status: 500, body: `${"x".repeat(280)}${API_KEY}` }],
        ["in a JSON of another shape", { status: 500, body: { headers: { ApiKey: API_KEY } } }],
    ])("never holds the API key, though the server repeats it %s", async (_, answer) => {
        await answering(answer);
        expect((await failure(get)).message).not.toContain(API_KEY.slice(0, 8));
    });

    const failing = (code: string, message: string) => Object.assign(new Error(message), { code });
    const refused = failing("ECONNRESET", "connect ECONNREFUSED 192.0.2.1:443");
    test.each<[string, unknown]>([
        ["its cause", refused],
        ["the causes of all addresses", new AggregateError([refused, new Error("unreachable")])],
    ])("that no answer came tells %s, and the API key of neither", async (_, cause) => {
        await answering({});
        const failed = new TypeError(`fetch with ${API_KEY} failed`, { cause });
        jest.mocked(fetch).mockRejectedValueOnce(failed);
        const error = await failure(post);
        expect(error.message).toMatch(/no answer .*POST .*ECONNREFUSED 192\.0\.2\.1:443/);
        expect(error.message).not.toContain(API_KEY);
        expect(error).toMatchObject({ status: undefined, ambiguous: true });
    });

    test.each<[string, Error]>([
        ["of too little memory", new RangeError("WebAssembly.instantiate(): Out of memory")],
        ["of the program", new TypeError("Cannot read properties of undefined (reading 'uid')")],
        ["of a header that is none", new TypeError("Headers.append: invalid header value")],
    ])("%s is no failure of the network: it is thrown at once, as it is", async (_, cause) => {
        await answering({});
        for (const thrown of [cause, new TypeError("fetch failed", { cause })]) {
            const calls = jest.mocked(fetch).mock.calls.length;
            jest.mocked(fetch).mockRejectedValueOnce(thrown);
            await expect(client.request(get)).rejects.toBe(thrown);
            expect(jest.mocked(fetch).mock.calls).toHaveLength(calls + 1);
        }
    });

    test("of a port that fetch never connects to names the host, at once", async () => {
        await answering({});
        const calls = jest.mocked(fetch).mock.calls.length;
        const elsewhere = new PaletteClient({ ...palette.settings, host: "127.0.0.1:6000" });
        await expect(elsewhere.request(get)).rejects.toThrow(
            /no answer from \S+:6000 .*bad port; check paletteHost/,
        );
        expect(jest.mocked(fetch).mock.calls).toHaveLength(calls + 1);
    });

    test("of too many open files is repeated, and does not blame the host", async () => {
        await answering({});
        const cause = failing("EMFILE", "connect EMFILE 192.0.2.1:443");
        jest.mocked(fetch).mockRejectedValue(new TypeError("fetch failed", { cause }));
        const { message } = await failure(get);
        jest.mocked(fetch).mockImplementation(
            jest.requireActual<typeof import("undici")>("undici").fetch,
        );
        expect(message).toMatch(/EMFILE.*raise the limit \(ulimit -n\)$/);
    });

    test.each<[string, Answer]>([
        ["404", { status: 404, body: { code: "UserNotFound", message: "?" } }],
        ["ResourceNotFound", { status: 500, body: { code: "ResourceNotFound", message: "?" } }],
    ])("%s: find() answers undefined", async (_, answer) => {
        await answering(answer);
        expect(await client.find(get)).toBeUndefined();
    });

    test("find() passes every other error on", async () => {
        await answering({ status: 403 });
        await expect(client.find(get)).rejects.toMatchObject({ status: 403 });
    });
});

describe("a list", () => {
    test("is read to its last page, with the same query and body", async () => {
        const pages: Record<string, Answer> = {
            first: { body: { items: [1, 2], listmeta: { continue: "b c" } } },
            "b c": { body: { items: null, listmeta: { continue: "d" } } },
            d: { body: { items: [3], listmeta: { continue: "" } } },
        };
        await answering(({ query }) => pages[query.continue ?? "first"]!);
        const items = await client.list({
            ...post,
            query: { filters: "a=b" },
            body: { filter: {} },
        });
        expect(items).toEqual([1, 2, 3]);
        expect(palette.seen.map(({ query, body }) => [query, body])).toEqual([
            [{ filters: "a=b" }, { filter: {} }],
            [{ filters: "a=b", continue: "b c" }, { filter: {} }],
            [{ filters: "a=b", continue: "d" }, { filter: {} }],
        ]);
    });

    test("is repeated after a failure that passes, as a search is a POST that changes nothing", async () => {
        await answering({ status: 503 }, { body: { items: [1] } });
        expect(await client.list(post)).toEqual([1]);
    });

    test.each<[string, Answer]>([
        ["the page of a proxy", { body: "<html>Please log in</html>" }],
        ["empty", { status: 200 }],
    ])("that is %s is an error, not a list without items", async (_, answer) => {
        await answering(answer);
        const error: unknown = await client.list(get).catch((cause: unknown) => cause);
        expect(error).toBeInstanceOf(PaletteError);
        expect((error as Error).message).toMatch(/hellouniverse.*GET \/v1\/packs/);
    });
});
