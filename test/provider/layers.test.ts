import { parse } from "yaml";
import { preflight } from "../../components/preflight/preflight";
import { paletteWithNames, type PaletteWithNames } from "./paletteWithNames";

jest.mock("node:timers/promises", () => ({ setTimeout: async () => undefined }));

let palette: PaletteWithNames;
beforeEach(async () => void (palette = await paletteWithNames()));
afterEach(() => palette.close());

describe("a layer's version", () => {
    test.each([
        ["1.28.9", "1.28.9"],
        ["1.28.x", "1.28.11"],
    ])("%s of Kubernetes is %s", async (version, expected) => {
        palette.wantLayers(`kubernetes:${version}`);
        expect((await preflight(palette.config)).layers.full).toMatchObject([
            { version: expected },
        ]);
    });

    test.each([
        ["22.04", "22.04"],
        ["LTS__22.4.x", "22.04"],
    ])("%s of Ubuntu is %s", async (version, expected) => {
        palette.wantLayers(`ubuntu-aws:${version}`);
        expect((await preflight(palette.config)).layers.full).toMatchObject([
            { version: expected },
        ]);
    });

    test("that is exact needs one call for its pack", async () => {
        await preflight(palette.config);
        expect(palette.seen.filter(({ path }) => path.startsWith("/v1/packs"))).toHaveLength(1);
    });

    test("may be there twice, under an alias", async () => {
        palette.wantLayers("kubernetes:1.28.9", "other--kubernetes:1.28.x");
        expect((await preflight(palette.config)).layers.full).toMatchObject([
            { name: "kubernetes", version: "1.28.9" },
            { name: "other--kubernetes", version: "1.28.11" },
        ]);
    });

    test("own values are YAML that overrides the pack's", async () => {
        palette.config.profiles[0]!.layers[0]!.values = { pack: { namespace: "x" } };
        const [layer] = (await preflight(palette.config)).layers.full!;
        expect(parse(layer!.overrides!)).toEqual({ pack: { namespace: "x" } });
    });
});

describe("Spectro Proxy", () => {
    const SAN = expect.stringMatching(
        /^cluster-\{\{.*cluster\.uid.*\}\}\.\{\{.*reverseproxy.*\}\}$/,
    );
    const sansOf = (overrides: string | undefined) =>
        parse(overrides ?? "null")?.kubeadmconfig.apiServer.certSANs as unknown;
    beforeEach(() => {
        palette.publish("spectro-proxy", { "1.4.1": ["1.4.x"], "1.4.10": ["1.4.x"] });
        palette.config.profiles[0]!.spectroProxy = "1.4.x";
    });

    test.each([
        ["without any", "a: 1\n", [SAN]],
        [
            "after the pack's own",
            "kubeadmconfig:\n  apiServer:\n    certSANs:\n      - mine\n",
            ["mine", SAN],
        ],
        [
            "once, where the pack has it",
            "kubeadmconfig:\n  apiServer:\n    certSANs:\n      - cluster-{{ .spectro.system.cluster.uid }}.{{ .spectro.system.reverseproxy.server }}\n",
            [SAN],
        ],
        ["beside other settings", "kubeadmconfig:\n  apiServer:\n    extraArgs: {}\n", [SAN]],
    ])("is the last layer, and a certificate name of Kubernetes %s", async (_, values, sans) => {
        palette.publish("kubernetes", { "1.28.9": [] }, values);
        const found = (await preflight(palette.config)).layers.full!;
        expect(found).toMatchObject([
            { name: "kubernetes" },
            { name: "spectro-proxy", version: "1.4.10", registryUid: "public" },
        ]);
        expect(sansOf(found[0]!.overrides)).toEqual(sans);
        expect(found[1]).not.toHaveProperty("overrides");
    });

    test("goes together with values of one's own for Kubernetes", async () => {
        palette.config.profiles[0]!.layers[0]!.values = {
            kubeadmconfig: { apiServer: { certSANs: ["mine"], extraArgs: { v: "4" } } },
        };
        const [layer] = (await preflight(palette.config)).layers.full!;
        expect(parse(layer!.overrides!)).toEqual({
            kubeadmconfig: { apiServer: { certSANs: ["mine", SAN], extraArgs: { v: "4" } } },
        });
    });
});
