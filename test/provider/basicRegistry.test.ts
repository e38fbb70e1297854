import { ociRegistry, type OciRegistryInputs } from "../../packages/palette/registry/ociRegistry";
import { disconnect } from "../../packages/palette/api/session";
import { connectWithFake } from "./connect";
import { fakePalette, type Answer, type FakePalette, type Seen } from "./fakePalette";

const INPUTS: OciRegistryInputs = {
    kind: "basic",
    name: "artifactory",
    endpoint: "https://packs.example.com",
    endpointSuffix: "artifactory/api/docker/packs-local",
    pushEndpoint: "https://push.example.com/packs-local",
    basePath: "team",
    credentials: { type: "noAuth" },
    packs: [],
    owner: { id: "m", stack: "o/p/s" },
    adopt: false,
    syncTimeout: 1,
};

let palette: FakePalette;
let synchronized: number;
/** What Palette has under the registry's uid. */
let spec: object;
beforeEach(async () => {
    synchronized = 0;
    spec = {};
    palette = await fakePalette(answer);
    await connectWithFake(palette);
    jest.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(async () => {
    jest.restoreAllMocks();
    await disconnect();
    await palette.close();
});

function answer({ method, path }: Seen): Answer {
    if (path.endsWith("/sync/status")) {
        return { body: { status: "Success", lastRunTime: `2026-01-01T00:00:0${synchronized++}Z` } };
    }
    if (method === "POST" && path === "/v1/registries/oci/basic") {
        return { status: 201, body: { uid: "r1" } };
    }
    return method === "GET"
        ? { body: { items: [], metadata: { uid: "r1", name: INPUTS.name }, spec } }
        : { status: 204 };
}

test("a registry with another API path is registered with it, and without credentials where it is public", async () => {
    const { id, outs } = await ociRegistry.create(INPUTS);
    expect({ id, outs }).toEqual({ id: "r1", outs: { ...INPUTS, uid: "r1" } });
    const sent = palette.seen.filter(({ body }) => body !== undefined).map(({ body }) => body);
    const expected = {
        endpoint: INPUTS.endpoint,
        basePath: INPUTS.endpointSuffix,
        baseContentPath: "team",
        auth: { type: "noAuth" },
    };
    expect(sent).toMatchObject([expected, { spec: expected }]);
});

test("another API path in Palette is drift, and a change of it is put", async () => {
    const outs = { ...INPUTS, uid: "r1" };
    spec = { endpoint: INPUTS.endpoint, basePath: "elsewhere", baseContentPath: "team" };
    const { props } = await ociRegistry.read("r1", outs);
    expect(props).toEqual({ ...outs, endpointSuffix: "elsewhere" });
    expect(await ociRegistry.diff("r1", props!, INPUTS)).toMatchObject({
        changes: true,
        replaces: [],
    });
    await ociRegistry.update("r1", props!, INPUTS);
    expect(palette.seen.find(({ method }) => method === "PUT")?.body).toMatchObject({
        spec: { basePath: INPUTS.endpointSuffix },
    });
});

test("an API path that the registry never had is none", async () => {
    const { endpointSuffix: _, ...inputs } = INPUTS;
    spec = { endpoint: INPUTS.endpoint, basePath: "", baseContentPath: "team" };
    const { props } = await ociRegistry.read("r1", { ...inputs, uid: "r1" });
    expect(props).toEqual({ ...inputs, uid: "r1" });
});
