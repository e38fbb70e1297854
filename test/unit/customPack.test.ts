import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expectsLoadBalancer, loadPacks } from "../../components/packs/customPack";
import type * as charts from "../../packages/pack/format/chart";
import type * as sources from "../../packages/pack/format/packSource";
import golden from "../pack/golden.json";

const mockOpened = jest.fn();
jest.mock("../../packages/pack/format/packSource", () => {
    const actual = jest.requireActual<typeof sources>("../../packages/pack/format/packSource");
    return {
        ...actual,
        openSource: (...args: Parameters<typeof sources.openSource>) => {
            mockOpened(args[0]);
            return actual.openSource(...args);
        },
    };
});
jest.mock("../../packages/pack/format/chart", () => {
    const actual = jest.requireActual<typeof charts>("../../packages/pack/format/chart");
    return {
        ...actual,
        readChart: (...args: Parameters<typeof charts.readChart>) => {
            mockOpened(args[0].path);
            return actual.readChart(...args);
        },
    };
});

const packs = path.join(__dirname, "..", "..", "packs");
const manifestPack = path.join(packs, "hello-universe-pack");

const inEcr = (path: string) => ({ path, registry: "ecr-registry" });

test("a pack is its name, version, digest, and whether a URL is to be expected", async () => {
    expect(await loadPacks([inEcr(manifestPack)])).toEqual([
        {
            path: manifestPack,
            registry: "ecr-registry",
            layer: "addon",
            packJson: expect.objectContaining({ version: "1.0.0" }),
            values: expect.stringContaining("tag: 1.2.0"),
            name: "hellouniverse",
            version: "1.0.0",
            digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
            loadBalancer: true,
            charts: [],
            kubeVersions: {},
        },
    ]);
    const [pack] = await loadPacks([inEcr(manifestPack)]);
    expect(JSON.stringify(golden)).toContain(pack!.digest);
});

test.each([
    ["a value of a key that ends in type", "web:\n  service: {type: LoadBalancer}\n", true],
    ["a comment", "# type: LoadBalancer\nservice:\n  type: ClusterIP\n", false],
    ["another key", "help: LoadBalancer\n", false],
    ["no values", "", false],
])("a URL is expected by the values, %s: %#", async (_, values, expected) => {
    const [pack] = await loadPacks([inEcr(manifestPack)]);
    expect(expectsLoadBalancer({ ...pack!, loadBalancer: false }, values)).toBe(expected);
    expect(expectsLoadBalancer(pack!, values)).toBe(true);
});

test("a pack is opened once, and each of its charts is read once", async () => {
    mockOpened.mockClear();
    const helmPack = path.join(packs, "hello-helm-pack");
    const [pack] = await loadPacks([inEcr(helmPack)]);
    expect(pack!.charts).toEqual(["hello-page", "hello-visitor"]);
    expect(mockOpened.mock.calls.flat()).toEqual([
        helmPack,
        "charts/hello-page-0.1.0.tgz",
        "charts/hello-visitor-0.1.0.tgz",
    ]);
});

test("a pack that is there twice is told with both places", async () => {
    await expect(loadPacks([manifestPack, manifestPack].map(inEcr))).rejects.toThrow(
        /^packs\[1\]\.path: .*hellouniverse.*packs\[0\]\.path/,
    );
});

test("two versions of a pack are two packs", async () => {
    const second = path.join(packs, "hello-universe-pack-1.1");
    const loaded = await loadPacks([manifestPack, second].map(inEcr));
    expect(loaded.map(({ name, version }) => `${name}:${version}`)).toEqual([
        "hellouniverse:1.0.0",
        "hellouniverse:1.1.0",
    ]);
});

test("a folder that is no pack is told with its path", async () => {
    await expect(loadPacks([inEcr(__dirname)])).rejects.toThrow(/test\/unit.*pack\.json/s);
});

test("a hundred packs are not all open at once", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "packs "));
    try {
        const names = Array.from({ length: 100 }, (_, index) => `small-${index}`);
        for (const name of names) {
            const copy = path.join(folder, name);
            cpSync(manifestPack, copy, { recursive: true });
            const file = path.join(copy, "pack.json");
            const pack = JSON.parse(readFileSync(file, "utf8"));
            writeFileSync(file, JSON.stringify({ ...pack, name }));
        }
        const loaded = await loadPacks(names.map((name) => inEcr(path.join(folder, name))));
        expect(loaded.map(({ name }) => name)).toEqual(names);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
});
