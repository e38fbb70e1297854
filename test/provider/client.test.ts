import { PaletteClient } from "../../packages/palette/api/client";
import { PaletteError } from "../../packages/palette/api/paletteError";
import type { Call } from "../../packages/palette/api/call";
import { asProbe } from "../../packages/palette/api/retryPolicy";
import { API_KEY, fakePalette, type Answer, type FakePalette, type Seen } from "./fakePalette";

/** The client's pauses, which take no time here. */
const pauses: number[] = [];
jest.mock("node:timers/promises", () => ({
    setTimeout: async (ms: number) => void pauses.push(ms),
}));

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

let said: jest.SpyInstance;
beforeEach(() => {
    pauses.length = 0;
    said = jest.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(async () => {
    jest.restoreAllMocks();
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
const fine = { body: { uid: "42" } };

const minutes = (pauses: number[]) => pauses.reduce((sum, ms) => sum + ms, 0) / 60_000;

/** The error that a call ends with. */
async function failure(call: Call): Promise<PaletteError> {
    const error: unknown = await client.request(call).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(PaletteError);
    return error as PaletteError;
}

describe("a request", () => {
    test("carries the API key, and the project only where one is given", async () => {
        await answering(fine);
        await Promise.all([
            client.request(get),
            client.request({ ...get, project: "one" }),
            client.request({ ...get, project: "two" }),
        ]);
        expect(palette.seen.map(({ headers }) => headers.apikey)).toEqual(Array(3).fill(API_KEY));
        const scopes = palette.seen.map(({ headers }) => headers.projectuid ?? "tenant");
        expect(scopes.sort()).toEqual(["one", "tenant", "two"]);
        expect(palette.seen.some(({ headers }) => "content-type" in headers)).toBe(false);
    });

    test("carries its query, without what is undefined, and its body as JSON", async () => {
        await answering(fine);
        const query = {
            filters: "spec.name=aANDspec.version=1",
            publish: true,
            limit: 0,
            no: undefined,
        };
        const body = { text: "é\n", absent: undefined };
        expect(await client.request({ ...post, query, body })).toEqual({ uid: "42" });
        expect(palette.seen).toMatchObject([
            {
                method: "POST",
                path: "/v1/clusterprofiles",
                query: { filters: "spec.name=aANDspec.version=1", publish: "true", limit: "0" },
                headers: { "content-type": "application/json" },
                body: { text: "é\n" },
            },
        ]);
        expect(palette.seen[0]!.query).not.toHaveProperty("no");
    });

    test.each<[string, Answer, Call, unknown]>([
        ["an empty one to a write", { status: 204 }, { ...get, method: "DELETE" }, undefined],
        ["JSON without its content type", { body: '{"uid":"42"}' }, get, { uid: "42" }],
        [
            "a text, where one is asked for",
            { body: "apiVersion: v1\nclusters: []\n" },
            { ...get, answer: "text" },
            "apiVersion: v1\nclusters: []\n",
        ],
        [
            "a text that calls itself JSON",
            { headers: { "content-type": "application/json" }, body: "apiVersion: v1\n" },
            { ...get, answer: "text" },
            "apiVersion: v1\n",
        ],
    ])("returns the answer: %s", async (_, answer, call, expected) => {
        await answering(answer);
        expect(await client.request(call)).toEqual(expected);
    });

    test.each<[string, Answer, Call, RegExp]>([
        ["a login page", { body: "<html>Log in</html>" }, get, /<html>Log in<\/html>; check palet/],
        ["nothing", { status: 200 }, get, /it is empty; check paletteHost/],
        ["null", { body: "null" }, get, /null; check/],
        ["half of an object", { body: '{"secretKey":"abc' }, get, /it is cut off; check/],
        [
            "the page of a proxy to a write",
            { body: "<p>" },
            { ...get, method: "PUT" },
            /<p>; check/,
        ],
    ])("takes %s for no answer, though it is a 200", async (_, answer, call, message) => {
        await answering(answer);
        const error = await failure(call);
        expect(error.message).toMatch(message);
        expect(error.message).not.toContain("abc");
        expect(error).toMatchObject({ ambiguous: true, transient: true, notFound: false });
        expect(palette.seen.length).toBeGreaterThan(3);
    });

    test("follows no redirect, as the API key would go with it", async () => {
        await answering({ status: 302, headers: { location: "/elsewhere" } });
        const error = await failure(post);
        expect(error.message).toContain(
            `redirects POST /v1/clusterprofiles to ${new URL(`http://${palette.settings.host}`).origin}; set paletteHost`,
        );
        expect(error).toMatchObject({ ambiguous: false, transient: false, notFound: false });
        expect(palette.seen).toHaveLength(1);
    });

    test("has a deadline: a server that never answers is no endless wait", async () => {
        const actual = AbortSignal.timeout;
        const timeout = jest.spyOn(AbortSignal, "timeout").mockImplementation(() => actual(30));
        await answering({ fault: "hang" });
        const error = await failure(post);
        expect(timeout.mock.calls).toEqual([[60_000]]);
        expect(error.message).toMatch(/no answer from http:\/\/127\.0\.0\.1:\d+ to POST/);
        expect(error).toMatchObject({ ambiguous: true, transient: true, notFound: false });
    });
});

describe("a failure that passes", () => {
    const passing: [string, Answer][] = [
        ...[429, 502, 503, 504].map((status): [string, Answer] => [`${status}`, { status }]),
        ["a reset", { fault: "reset" }],
        ["a cut answer", { fault: "cut", body: fine.body }],
        ["JSON that is none", { headers: { "content-type": "application/json" }, body: '{"uid":' }],
    ];

    const repeatable: Call[] = [get, { ...get, method: "DELETE" }, { ...post, repeatable: true }];
    const combinations = passing.flatMap(([name, answer]) =>
        repeatable.map((call) => [name, call.method, answer, call] as const),
    );
    test.each(combinations)("%s: a %s that is safe to repeat is", async (_, __, answer, call) => {
        await answering(answer, answer, fine);
        expect(await client.request(call)).toEqual({ uid: "42" });
        expect(palette.seen).toHaveLength(3);
    });

    test.each(passing)("%s: a POST is repeated on 429 only", async (name, answer) => {
        await answering(answer, fine);
        if (name === "429") {
            expect(await client.request(post)).toEqual({ uid: "42" });
        } else {
            expect(await failure(post)).toMatchObject({ ambiguous: true, transient: true });
            expect(palette.seen).toHaveLength(1);
        }
    });

    test("a server that is not there is tried again, and then the error says where it is expected", async () => {
        await answering(fine);
        await palette.close();
        const { message } = await failure(get);
        expect(message).toMatch(/^pack "hellouniverse": no answer from http:\/\/127\.0\.0\.1:\d+ /);
        expect(message).toContain("check paletteHost");
        expect(minutes(pauses)).toBeLessThan(0.5);
    });

    test("a server that was there and is away is waited for longer than one that never was", async () => {
        await answering(fine);
        await client.request(get);
        await palette.close();
        await failure(get);
        expect(minutes(pauses)).toBeGreaterThan(4);
    });

    test("a server that is not there was sent nothing: a POST is tried again as well", async () => {
        await answering(fine);
        await palette.close();
        expect(await failure(post)).toMatchObject({ ambiguous: false, transient: true });
        expect(pauses.length).toBeGreaterThan(3);
    });

    test("a 404 without Palette's error body passes: a gateway may be without its server", async () => {
        await answering({ status: 404, body: "default backend - 404" });
        const error = await failure(get);
        expect(error).toMatchObject({ notFound: false, transient: true, ambiguous: false });
        expect(error.message).toMatch(/that is no answer of Palette's: check paletteHost$/);
    });

    test.each([{ ref: "r-1", details: {} }, {}])("a 404 with %j is Palette's", async (body) => {
        await answering({ status: 404, body });
        expect(await failure(get)).toMatchObject({ notFound: true });
    });

    test.each<[string, Answer, Call]>([
        ["503", { status: 503 }, get],
        ["429", { status: 429 }, post],
        ["500 of a gateway", { status: 500, body: "<h1>Bad day</h1>" }, get],
    ])("%s: pauses grow exponentially with jitter, for five minutes", async (_, answer, call) => {
        await answering(answer);
        await failure(call);
        for (const [number, pause] of pauses.slice(3).entries()) {
            expect(pause).toBeGreaterThanOrEqual(Math.min(4000 * 2 ** number, 20_000) * 0.75);
            expect(pause).toBeLessThanOrEqual(25_000);
        }
        expect(minutes(pauses)).toBeGreaterThan(4.5);
        expect(minutes(pauses)).toBeLessThan(6);
        expect(said.mock.calls.length).toBeGreaterThan(2);
        expect(said.mock.calls[0]![0]).toMatch(/to (GET|POST) \/v1\/\w+; trying again$/);
    });

    test("ten refusals in a row do not end a run", async () => {
        await answering(...Array<Answer>(10).fill({ status: 503 }), fine);
        expect(await client.request(get)).toEqual({ uid: "42" });
    });

    test("what Retry-After asks for does not use up the time, but is not followed for ever", async () => {
        const busy = { status: 429, headers: { "retry-after": "60" } };
        await answering(...Array<Answer>(12).fill(busy), fine);
        expect(await client.request(post)).toEqual({ uid: "42" });
        expect(minutes(pauses)).toBeGreaterThanOrEqual(12);
        await Promise.all([palette.close(), client.close()]);
        pauses.length = 0;
        await answering(busy);
        await failure(post);
        expect(minutes(pauses)).toBeLessThan(35);
    });

    test("in a wait, which looks again anyway, a call ends soon and the wait tells of it", async () => {
        await answering(fine, { status: 503 });
        await client.request(get);
        expect(await asProbe(() => failure(get))).toMatchObject({ status: 503 });
        expect(minutes(pauses)).toBeLessThan(0.5);
    });

    test.each([
        ["seconds", () => "7", 7_000, 7_000],
        ["a date", () => new Date(Date.now() + 60_000).toUTCString(), 55_000, 60_000],
        ["a date that has passed", () => new Date(0).toUTCString(), 0, 700],
        ["0", () => "0", 0, 700],
        ["what nobody understands", () => "soon", 0, 700],
        ["a day: it is capped", () => "86400", 120_000, 120_000],
    ])("Retry-After: %s", async (_, header, least, most) => {
        await answering({ status: 429, headers: { "retry-after": header() } }, fine);
        await client.request(post);
        expect(pauses).toHaveLength(1);
        expect(pauses[0]).toBeGreaterThanOrEqual(least);
        expect(pauses[0]).toBeLessThanOrEqual(most);
    });

    test("500 with a code, which may be a refusal, is repeated twice where nothing can be changed by that", async () => {
        await answering({ status: 500, body: { code: "OperationForbidden" } });
        expect(await failure(get)).toMatchObject({ status: 500, ambiguous: false });
        expect(palette.seen).toHaveLength(3);
        await failure(post);
        expect(palette.seen).toHaveLength(4);
    });

    test.each([400, 401, 403, 404, 409, 422, 501])("%i is not repeated", async (status) => {
        await answering({ status }, fine);
        expect(await failure(get)).toMatchObject({ status, ambiguous: false });
        expect(palette.seen).toHaveLength(1);
        expect(pauses).toEqual([]);
    });
});
