import { packsOf } from "../../components/profiles/clusterProfiles";
import type { ProfileConfig } from "../../components/config/config";
import type { CustomPack } from "../../components/packs/customPack";
import { cloudMistakes } from "../../components/preflight/packChecks";
import { declareRegistries } from "../../components/registries/kinds";
import type { ResolvedLayer } from "../../components/profiles/profileLayers";
import { fromTheGround, layerMistakes, layersBelow } from "../../components/profiles/profileLayers";

const layer = (name: string, layer: ResolvedLayer["layer"]) => ({ name, layer }) as ResolvedLayer;
const LAYERS = [
    layer("ubuntu-aws", "os"),
    layer("kubernetes", "k8s"),
    layer("cni-calico", "cni"),
    layer("csi-aws-ebs", "csi"),
];

function pack(name: string, more: Partial<CustomPack> = {}): CustomPack {
    return {
        path: `packs/${name}`,
        registry: "r",
        name,
        version: "1.0.0",
        layer: "addon",
        packJson: {},
        values: "",
        ...more,
    } as CustomPack;
}

function profile(more: Partial<ProfileConfig> = {}): ProfileConfig {
    return { key: "profile", type: "cluster", defaultLayers: true, ...more } as ProfileConfig;
}

/** Names of what a profile holds, in order, and what is wrong. */
function arrange(config: ProfileConfig, packs: CustomPack[]) {
    const own = packsOf(config, packs);
    const layers = layersBelow(config, LAYERS, own);
    const members = [...layers, ...own.map(({ pack }) => pack)];
    return {
        names: fromTheGround<ResolvedLayer | CustomPack>(members, (member) => member.layer).map(
            ({ name }) => name,
        ),
        mistakes: layerMistakes(config, layers, own),
    };
}

describe("a custom pack of the infrastructure", () => {
    test.each([
        ["os", ["mine", "kubernetes", "cni-calico", "csi-aws-ebs", "web"]],
        ["k8s", ["ubuntu-aws", "mine", "cni-calico", "csi-aws-ebs", "web"]],
        ["cni", ["ubuntu-aws", "kubernetes", "mine", "csi-aws-ebs", "web"]],
        ["csi", ["ubuntu-aws", "kubernetes", "cni-calico", "mine", "web"]],
    ] as const)("of layer %s takes the default's place", (layer, names) => {
        const packs = [pack("web"), pack("mine", { layer })];
        expect(arrange(profile(), packs)).toEqual({ names, mistakes: [] });
    });

    test("beside a configured one of its layer is one refusal", () => {
        const { names, mistakes } = arrange(profile({ defaultLayers: false }), [
            pack("mine", { layer: "os" }),
        ]);
        expect(names).toHaveLength(5);
        expect(mistakes).toEqual([
            expect.stringMatching(
                /^profile: ubuntu-aws and the custom pack mine are both of layer os, .*profile\.layers and profile\.packs/,
            ),
        ]);
    });

    test("beside another custom one of its layer is one refusal", () => {
        const packs = [pack("one", { layer: "cni" }), pack("two", { layer: "cni" })];
        expect(arrange(profile(), packs).mistakes).toEqual([
            expect.stringMatching(/^profile: one and the custom pack two are both of layer cni/),
        ]);
    });

    test("goes to the profile of type infra, and add-ons to that of type add-on", () => {
        const packs = [pack("web"), pack("mine", { layer: "os" })];
        const infra = arrange(profile({ type: "infra" }), packs);
        expect(infra.names).toEqual(["mine", "kubernetes", "cni-calico", "csi-aws-ebs"]);
        const own = packsOf(profile({ type: "add-on" }), packs);
        expect(own.map(({ pack }) => pack.name)).toEqual(["web"]);
        const named = profile({ type: "add-on", packs: [{ name: "mine" }] });
        expect(layerMistakes(named, [], packsOf(named, packs))).toEqual([
            expect.stringMatching(/^profile\.packs: mine is of layer os, and .*add-on/),
        ]);
    });

    test("an order that the user wrote stays", () => {
        const order = ["b", "a"].map((name) => layer(name, undefined));
        expect(fromTheGround(order, (member) => member.layer)).toEqual(order);
    });
});

describe("the repository of a pack", () => {
    const registries = [
        { kind: "ecr", name: "r", basePath: "team" },
        { kind: "basic", name: "harbor", basePath: "team", endpoint: "https://h" },
        { kind: "existing", name: "known" },
        { kind: "spectro", name: "legacy", endpoint: "https://s" },
    ].map((entry) => ({ ...entry, syncTimeout: 10 }));
    const known = { uid: "u", kind: "ecr" as const, endpoint: "h", basePath: "base" };
    const mistakes = (...packs: CustomPack[]) => {
        const declared = declareRegistries(registries, {
            registries: { known },
            ecrHost: "123456789012.dkr.ecr.us-east-1.amazonaws.com",
        });
        return packs.flatMap((pack) => declared[pack.registry]!.repositoryMistake(pack) ?? []);
    };

    test("keeps to the rules of the registry's kind", () => {
        expect(
            mistakes(
                pack("a.b_c-d"),
                pack("a--b", { registry: "harbor" }),
                pack("a--b", { registry: "legacy" }),
            ),
        ).toEqual([]);
        expect(mistakes(pack("a--b"), pack("a__b", { registry: "known" }))).toEqual([
            expect.stringMatching(
                /^packs\/a--b: the repository of a--b in registry r would be team\/spectro-packs\/archive\/a--b: expected .*single dot.*change name in packs\/a--b\/pack\.json, or registries\[0\]\.basePath$/,
            ),
            // Its base path is Palette's to know: there is no key to change.
            expect.stringMatching(
                /base\/spectro-packs\/archive\/a__b: expected .*single dot.*change name in packs\/a__b\/pack\.json$/,
            ),
        ]);
    });

    test("is not too long as a whole", () => {
        const long = "a".repeat(128);
        registries[0]!.basePath = "b".repeat(120);
        expect(mistakes(pack(long))).toEqual([
            expect.stringMatching(/expected 2 to 256 characters, and it has 271/),
        ]);
    });
});

test.each([
    [{ cloudTypes: ["azure", "gcp"] }, /^profile\.packs: web 1\.0\.0 is for azure, gcp .* for aws/],
    [{ cloudType: "eks" }, /is for eks/],
])("a pack for other clouds is refused: %j", (packJson, message) => {
    expect(cloudMistakes("profile", [{ pack: pack("web", { packJson }) }])).toEqual([
        expect.stringMatching(message),
    ]);
});

test.each([{}, { cloudTypes: [] }, { cloudTypes: ["all"] }, { cloudTypes: ["azure", "aws"] }])(
    "a pack for AWS, or for no cloud that is named, is fine: %j",
    (packJson) => {
        expect(cloudMistakes("profile", [{ pack: pack("web", { packJson }) }])).toEqual([]);
    },
);
