import type { Profile, ProfilePack, ProfilePool } from "../../packages/pack/profile/profile";
import { checkProfile } from "../../packages/pack/profile/profileRules";
import { parseQuantity } from "../../packages/pack/format/quantity";
import { checkMacros } from "../../packages/pack/check/rules/macros";

const layers: Profile["layers"] = [
    { name: "ubuntu-aws", version: "22.04", layer: "os" },
    { name: "kubernetes", version: "1.32.3", layer: "k8s" },
    { name: "cni-calico", version: "3.29.3", layer: "cni" },
    { name: "csi-aws-ebs", version: "1.41.0" },
];

/** A custom pack of the layer addon, in a namespace of its own. */
function pack(name: string, json: object = {}, section = "", rest = ""): ProfilePack {
    return {
        packJson: { name, version: "1.0.0", layer: "addon", ...json },
        values: `pack:\n  namespace: ${name}\n${section}${rest}`,
    };
}

const dependency = (item: object) => ({ constraints: { dependencies: [item] } });
const resource = (...items: object[]) => ({ constraints: { resources: items } });

function check(packs: ProfilePack[], more: Partial<Profile> = {}) {
    const { findings } = checkProfile({ layers, packs, ...more });
    return findings.map(({ rule, severity }) => `${severity} ${rule}`);
}

describe("dependencies", () => {
    const kubernetes = { packName: "kubernetes", layer: "k8s" };
    const missing = { packName: "vault", layer: "addon", type: "required", minVersion: "1" };

    test.each<[string, object, string[]]>([
        [
            "in range",
            { ...kubernetes, type: "required", minVersion: "1.29", maxVersion: "1.33" },
            [],
        ],
        ["at the lower bound", { ...kubernetes, type: "required", minVersion: "1.32.3" }, []],
        ["at the upper bound", { ...kubernetes, type: "required", maxVersion: "1.32.3" }, []],
        ["below", { ...kubernetes, type: "required", minVersion: "1.34" }, ["error version"]],
        ["above", { ...kubernetes, type: "optional", maxVersion: "1.31.9" }, ["error version"]],
        [
            "within the last minor",
            { ...kubernetes, type: "required", maxVersion: "1.32" },
            ["warning version"],
        ],
        [
            "no longer its minor",
            { ...kubernetes, type: "required", maxVersion: "1.3" },
            ["error version"],
        ],
        ["without bounds", { ...kubernetes, type: "required", minVersion: "", maxVersion: "" }, []],
        ["required, absent", missing, ["error missing"]],
        ["required, absent, without bounds", { ...missing, minVersion: "" }, ["warning missing"]],
        ["optional, absent", { ...missing, type: "optional" }, []],
        ["not supported, absent", { ...missing, type: "notSupported" }, []],
        [
            "not supported, in range",
            { ...kubernetes, type: "notSupported", minVersion: "1.32" },
            ["error not-supported"],
        ],
        [
            "not supported, out of range",
            { ...kubernetes, type: "notSupported", maxVersion: "1.31" },
            [],
        ],
        [
            "another layer",
            { ...kubernetes, layer: "addon", type: "required", minVersion: "1" },
            ["error missing"],
        ],
        [
            "a layer that is not known",
            { packName: "csi-aws-ebs", layer: "csi", type: "required", minVersion: "1.41" },
            [],
        ],
        [
            "on itself, without an earlier version",
            { packName: "demo", layer: "addon", type: "upgrade", minVersion: "2" },
            [],
        ],
        ["wrong shape", { packName: 1, type: [] }, []],
    ])("%s", (_, item, expected) => {
        const found = check([pack("demo", dependency(item))]);
        expect(found.map((text) => text.replace("profile-dependency-", ""))).toEqual(expected);
    });

    test("between custom packs, with the version in the message", () => {
        const needs = { packName: "base", layer: "addon", type: "required", minVersion: "1.1" };
        const { findings } = checkProfile({
            layers,
            packs: [pack("base"), pack("demo", dependency(needs))],
        });
        expect(findings.map(({ message }) => message)).toEqual([
            "demo 1.0.0 needs base 1.1 at least; the profile has base 1.0.0.",
        ]);
    });

    test("a moving version counts as its beginning", () => {
        const needs = dependency({ ...kubernetes, type: "required", minVersion: "1.32" });
        const moving = [{ name: "kubernetes", version: "1.32.x", layer: "k8s" as const }];
        expect(check([pack("demo", needs)], { layers: moving })).toEqual([]);
    });

    test("upgrades come from the allowed versions", () => {
        const window = { packName: "demo", layer: "addon", type: "upgrade", minVersion: "0.9" };
        const packs = [pack("demo", dependency(window))];
        const from = (version: string) => check(packs, { deployed: new Map([["demo", version]]) });
        expect(from("0.9.1")).toEqual([]);
        expect(from("1.0.0")).toEqual([]);
        expect(from("0.8.0")).toEqual(["warning profile-dependency-upgrade"]);
    });
});

describe("resources", () => {
    const pools: ProfilePool[] = [
        { name: "cp", controlPlane: true, size: 1, cpu: 4, memory: 16384, diskSize: 60 },
        { name: "workers", controlPlane: false, size: 2, cpu: 2, memory: 4096, diskSize: 50 },
    ];
    const values = `charts:
  demo:
    replicas: 3
    resources:
      requests: {cpu: 500m, memory: 1Gi}
    macro: "{{ .spectro.system.cluster.name }}"
`;
    const component = (key: string, more: object = {}) => ({
        resourceRequestParamRef: `charts.demo.resources.requests.${key}`,
        replicaCountParamRef: "charts.demo.replicas",
        scheduleType: "worker",
        ...more,
    });

    test.each<[string, object, boolean]>([
        ["CPU in millicores", { type: "cpu", minLimit: 4000 }, true],
        ["too little CPU", { type: "cpu", minLimit: 4001 }, false],
        ["memory in MiB", { type: "memory", minLimit: 8192 }, true],
        ["too little memory", { type: "memory", minLimit: 8193 }, false],
        ["disk in GB", { type: "diskSize", minLimit: 100 }, true],
        ["too little disk", { type: "diskSize", minLimit: 101 }, false],
        [
            "components instead of the minimum",
            { type: "cpu", minLimit: 9e9, components: [component("cpu")] },
            true,
        ],
        ["three components", { type: "cpu", components: Array(3).fill(component("cpu")) }, false],
        ["memory of components", { type: "memory", components: [component("memory")] }, true],
        [
            "too little memory for components",
            { type: "memory", components: Array(3).fill(component("memory")) },
            false,
        ],
        [
            "on the control plane",
            {
                type: "cpu",
                components: Array(2).fill(component("cpu", { scheduleType: "master" })),
            },
            true,
        ],
        [
            "too much for the control plane",
            {
                type: "cpu",
                components: Array(3).fill(component("cpu", { scheduleType: "control-plane" })),
            },
            false,
        ],
        [
            "everywhere",
            { type: "cpu", components: [component("cpu", { scheduleType: "all" })] },
            true,
        ],
        [
            "a short reference",
            {
                type: "cpu",
                components: Array(3).fill(
                    component("cpu", { resourceRequestParamRef: "resources.requests.cpu" }),
                ),
            },
            false,
        ],
        [
            "a request that is a macro",
            {
                type: "cpu",
                components: [component("cpu", { resourceRequestParamRef: "charts.demo.macro" })],
            },
            true,
        ],
        ["a reference to nothing", { type: "cpu", components: [component("gpu")] }, true],
        ["wrong shape", { type: "gpu", minLimit: "1", components: 1 }, true],
    ])("%s", (_, item, fits) => {
        const found = check([pack("demo", resource(item), "", values)], { pools });
        expect(found).toEqual(fits ? [] : ["error profile-resources"]);
    });

    test("a minimum is asked of each worker pool", () => {
        const small = { name: "small", controlPlane: false, size: 1, cpu: 1 };
        const packs = [pack("demo", resource({ type: "cpu", minLimit: 2000 }))];
        expect(check(packs, { pools: [...pools, small] })).toEqual(["error profile-resources"]);
        const { findings } = checkProfile({ layers, packs, pools: [...pools, small] });
        expect(findings[0]?.message).toBe(
            "demo needs 2000 millicores of CPU; the pool small has 1000.",
        );
    });

    test("a control plane that works counts among the workers", () => {
        const packs = [
            pack(
                "demo",
                resource({ type: "cpu", components: Array(3).fill(component("cpu")) }),
                "",
                values,
            ),
        ];
        const single = { ...pools[0]!, controlPlaneAsWorker: true };
        expect(check(packs, { pools: [single, pools[1]!] })).toEqual([]);
        expect(check(packs, { pools: [single] })).toEqual(["error profile-resources"]);
    });

    test("machines of an unknown kind are left out", () => {
        const unknown = [{ name: "workers", controlPlane: false, size: 1 }];
        const packs = [pack("demo", resource({ type: "cpu", minLimit: 9e9 }))];
        expect(check(packs, { pools: unknown })).toEqual([]);
        expect(check(packs, { pools: [] })).toEqual([]);
        expect(check(packs)).toEqual([]);
    });

    test("packs that fit alone and not together", () => {
        const half = resource({ type: "cpu", minLimit: 2500 });
        expect(check([pack("a", half), pack("b", half)], { pools })).toEqual([
            "warning profile-resources-total",
        ]);
    });
});

test.each<[unknown, number | undefined]>([
    ["250m", 0.25],
    [2, 2],
    ["0.5", 0.5],
    ["64Mi", 64 * 2 ** 20],
    ["1e3", 1000],
    ["1M", 1e6],
    ["1E", 1e18],
    ["", undefined],
    ["-1", undefined],
    ["1e3Mi", undefined],
    ["1MB", undefined],
    ["{{ .spectro.var.x }}", undefined],
    [undefined, undefined],
])("quantity %j is %s", (quantity, value) => {
    expect(parseQuantity(quantity)).toBe(value);
});

test("values of a profile keep to the constraints of the pack", () => {
    const schema = `own.name:
  schema: '{{ required | format "\${string:/^[a-z]+$/}" }}'
own.count:
  schema: '{{ format "\${number:[1-9]}" }}'
`;
    const withOwn = (own: string) => check([{ ...pack("demo", {}, "", own), schema }]);
    expect(withOwn("own:\n  name: abc\n  count: 9\n")).toEqual([]);
    expect(withOwn("own:\n  name: '{{ .spectro.system.cluster.name }}'\n")).toEqual([]);
    expect(withOwn("")).toEqual(["warning profile-value-constraint"]);
    expect(withOwn("own:\n  name: Abc\n  count: 10\n")).toEqual(
        Array(2).fill("warning profile-value-constraint"),
    );
});

describe("packs that meet", () => {
    const displayName = (name: string) => `  spectrocloud.com/display-name: ${name}\n`;

    test("the same pack twice needs two display names", () => {
        const twice = (first: string, second: string) =>
            check([
                { ...pack("demo", {}, first), charts: ["a"] },
                {
                    ...pack(
                        "demo",
                        { version: "2.0.0" },
                        `${second}  releaseNameOverride: {a: b}\n`,
                    ),
                    charts: ["a"],
                },
            ]).filter((text) => !text.includes("namespace-shared"));
        expect(twice("", "")).toEqual(["error profile-pack-duplicate"]);
        expect(twice(displayName("one"), displayName("one"))).toEqual([
            "error profile-pack-duplicate",
        ]);
        expect(twice("", displayName("two"))).toEqual([]);
    });

    test("a display name that is another pack's name", () => {
        expect(check([pack("demo", {}, displayName("kubernetes"))])).toEqual([
            "error profile-pack-duplicate",
        ]);
    });

    test("a namespace of several packs", () => {
        const shared = { ...pack("b"), values: "pack:\n  namespace: a\n" };
        expect(check([pack("a"), shared])).toEqual(["info profile-namespace-shared"]);
        expect(check([pack("a"), pack("b")])).toEqual([]);
    });

    test("release names: length, and once in a namespace", () => {
        const long = `c${"x".repeat(50)}`;
        const charts = (name: string, chart: string, section = "") => ({
            ...pack(name, {}, section),
            charts: [chart],
        });
        expect(check([charts("demo", long)])).toEqual(["warning release-name-too-long"]);
        expect(check([charts("demo", long, `  releaseNameOverride: {${long}: short}\n`)])).toEqual(
            [],
        );
        const override = "  releaseNameOverride: {page: same}\n";
        const inA = { ...charts("b", "page"), values: `pack:\n  namespace: a\n${override}` };
        expect(check([charts("a", "page", override), inA])).toEqual([
            "info profile-namespace-shared",
            "warning profile-release-duplicate",
        ]);
        expect(check([charts("a", "page", override), charts("b", "page", override)])).toEqual([]);
    });
});

describe("install order", () => {
    const priority = (value: string) => `  spectrocloud.com/install-priority: ${value}\n`;

    test("infrastructure, then by priority, 0 without one", () => {
        const packs = [
            pack("late", {}, priority('"10"')),
            pack("plain"),
            pack("early", {}, priority('"-5"')),
            pack("number", {}, priority("10")),
        ];
        const proxy = { name: "spectro-proxy", version: "1.5.4", layer: "addon" as const };
        const { findings, installOrder } = checkProfile({ layers: [...layers, proxy], packs });
        expect(findings).toEqual([]);
        expect(installOrder).toEqual([
            { packs: ["ubuntu-aws", "kubernetes", "cni-calico", "csi-aws-ebs"] },
            { priority: -5, packs: ["early"] },
            { priority: 0, packs: ["spectro-proxy", "plain"] },
            { priority: 10, packs: ["late", "number"] },
        ]);
    });

    test.each(['"high"', '"1.5"', "1.5", "true", "{}"])("%s is no priority", (value) => {
        expect(check([pack("demo", {}, priority(value))])).toEqual([
            "error install-priority-not-integer",
        ]);
    });
});

describe("macros", () => {
    const uses = (macro: string) => pack("demo", {}, "", `own: "${macro.replace(/"/g, '\\"')}"\n`);

    test.each([
        ["{{ .spectro.pack.kubernetes.version }}", true],
        ["{{ .spectro.pack.demo.own }}", true],
        ["{{ .spectro.pack.kubernete.version }}", false],
        ['{{ .spectro.pack.kubernete.version | default "1" }}', true],
        ['{{ default "1" .spectro.pack.kubernete.version }}', true],
        ["{{ trunc 9 .spectro.pack.kubernete.default }}", false],
        ["{{ .spectro.var.region }}", true],
        ["{{ .spectro.var.regoin }}", false],
        ["{{ .spectro.macro.anything }}", true],
    ])("%s", (macro, known) => {
        expect(check([uses(macro)], { variables: ["region"] })).toEqual(
            known ? [] : ["warning profile-macro-unresolved"],
        );
    });

    test("variables are not checked where they are not known", () => {
        expect(check([uses("{{ .spectro.var.any }}")])).toEqual([]);
    });

    test("a text of overrides is checked by itself", () => {
        const rulesOf = (text: string) =>
            checkMacros("overrides of demo", text).map(({ rule, file, line }) => [
                rule,
                file,
                line,
            ]);
        expect(rulesOf("a: 1\nb: '{{ .spectro.system.cluster.name }}'\n")).toEqual([]);
        expect(rulesOf("a: 1\nb: '{{ .spectro.system.cluster.nam }}'\n")).toEqual([
            ["macro-unknown", "overrides of demo", 2],
        ]);
        expect(rulesOf("b: {{ .spectro.system.cluster.name }}\n")).toEqual([
            ["values-unquoted-macro", "overrides of demo", 1],
        ]);
        expect(rulesOf("b: [\n")[0]?.[0]).toBe("values-syntax");
    });
});

test("values that are no YAML, names that are no text, and nothing at all, are no reason to throw", () => {
    expect(check([{ packJson: {}, values: "a: [" }])).toEqual([]);
    expect(check([{ packJson: { name: { toString: 0 } }, values: "" }])).toEqual([]);
    expect(checkProfile({ layers: [], packs: [] })).toEqual({ findings: [], installOrder: [] });
});
