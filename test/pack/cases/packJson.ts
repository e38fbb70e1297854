import type { RuleId } from "../../../packages/pack/findings/ruleTable";
import { packJson } from "../packFolder";
import { base, files, helm, helmBase, json, nothing, section, type Case } from "./case";

function dependency(rules: RuleId[], title: string, bad: object, good: object): Case {
    const wrap = (item: object) => ({ constraints: { dependencies: [item] } });
    return json(title, rules, wrap(bad), wrap(good));
}

function resource(rules: RuleId[], title: string, bad: object, good: object): Case {
    const wrap = (item: object) => ({ constraints: { resources: [item] } });
    return json(title, rules, wrap(bad), wrap(good));
}

const kubernetes = { packName: "kubernetes", layer: "k8s", type: "optional", minVersion: "1.29" };

const withRelease = `${section("releaseNameOverride:\n  server: demo")}charts:\n  server:\n    replicas: 2\n`;

/** pack.json: the file, identity, classification, constraints. */
export const packJsonCases: Case[] = [
    // pack.json as a file
    files(
        "pack.json in a sub-folder only",
        ["pack-json-missing"],
        {
            "pack.json": undefined,
            "inner/pack.json": base,
        },
        nothing,
    ),
    files("no pack.json at all", ["pack-json-missing"], { "pack.json": undefined }, nothing),
    files(
        "trailing comma",
        ["pack-json-syntax"],
        {
            "pack.json": JSON.stringify(base).replace(/\}$/, ",}"),
        },
        { "pack.json": JSON.stringify(base) },
    ),
    helm(
        "trailing comma in a pack with charts",
        ["pack-json-syntax"],
        {
            "pack.json": JSON.stringify(helmBase).replace(/\}$/, ",}"),
            "values.yaml": withRelease,
        },
        { "pack.json": JSON.stringify(helmBase), "values.yaml": withRelease },
    ),
    files(
        "comment in pack.json",
        ["pack-json-syntax"],
        {
            "pack.json": `// a pack\n${JSON.stringify(base)}`,
        },
        { "pack.json": `\n\t${JSON.stringify(base, null, "\t")}\n` },
    ),
    files("YAML in pack.json", ["pack-json-syntax"], { "pack.json": "name: demo\n" }, nothing),
    files(
        "byte-order mark",
        ["pack-json-encoding"],
        {
            "pack.json": `\ufeff${JSON.stringify(base)}`,
        },
        { "pack.json": { ...base, displayName: "Démo ✓" } },
    ),
    files(
        "UTF-16",
        ["pack-json-encoding"],
        {
            "pack.json": Buffer.from(`\ufeff${JSON.stringify(base)}`, "utf16le"),
        },
        nothing,
    ),
    files("array in pack.json", ["pack-json-not-object"], { "pack.json": [base] }, nothing),
    files("string in pack.json", ["pack-json-not-object"], { "pack.json": '"demo"' }, nothing),
    files(
        "duplicate key in pack.json",
        ["pack-json-duplicate-key"],
        {
            "pack.json": JSON.stringify(base).replace("{", '{"layer":"os",'),
        },
        { "pack.json": { ...base, annotations: { name: "not the pack's", layer: "" } } },
    ),

    // identity
    json("no name", ["name-missing"], { name: undefined }, { name: "d" }),
    json("empty name", ["name-missing"], { name: "" }, { name: "demo-1" }),
    json("upper case in the name", ["name-invalid"], { name: "Demo" }, { name: "demo" }),
    json("space in the name", ["name-invalid"], { name: "my demo" }, { name: "my_demo" }),
    json("slash in the name", ["name-invalid"], { name: "my/demo" }, { name: "my.demo" }),
    json("hyphen at the end of the name", ["name-invalid"], { name: "demo-" }, { name: "de-mo" }),
    json("two hyphens in the name", ["name-not-portable"], { name: "de--mo" }, { name: "de-mo" }),
    json("two underscores", ["name-not-portable"], { name: "de__mo" }, { name: "de_m.o" }),
    json("no displayName", ["display-name-missing"], { displayName: undefined }, {}),
    json("empty displayName", ["display-name-missing"], { displayName: "" }, { displayName: "D" }),
    json("no version", ["version-missing"], { version: undefined }, {}),
    json("number as version", ["version-missing"], { version: 1.0 }, { version: "1.0.1" }),
    json(
        "build metadata in the version",
        ["version-not-a-tag"],
        { version: "1.0.0+1" },
        {
            version: "1.0.0-1",
        },
    ),
    json("space in the version", ["version-not-a-tag"], { version: "1.0 .0" }, {}),
    json("v before the version", ["version-leading-v"], { version: "v1.0.0" }, {}),
    json(
        "word as version",
        ["version-not-semver"],
        { version: "latest" },
        { version: "1.0.0-rc.1" },
    ),
    json("version of two parts", ["version-not-semver"], { version: "1.5" }, { version: "1.5.0" }),
    json(
        "zeros before a part of the version",
        ["version-not-semver"],
        { version: "23.07.1" },
        { version: "23.7.1" },
    ),
    json("no layer", ["layer-missing"], { layer: undefined }, {}),
    json("letter case of the layer", ["layer-unknown"], { layer: "Addon" }, {}),
    json("unknown layer", ["layer-unknown"], { layer: "app" }, {}),

    // classification
    json("no addonType", ["addon-type-missing"], { addonType: undefined }, { addonType: "ai" }),
    json("hyphen in addonType", ["addon-type-unusual"], { addonType: "app-services" }, {}),
    json(
        "addonType of another layer",
        ["addon-type-ignored"],
        { layer: "csi" },
        {
            layer: "csi",
            addonType: undefined,
        },
    ),
    json("no cloudTypes", ["cloud-types-missing"], { cloudTypes: undefined }, {}),
    json("empty cloudTypes", ["cloud-types-missing"], { cloudTypes: [] }, { cloudTypes: ["aws"] }),
    json("text as cloudTypes", ["cloud-types-type"], { cloudTypes: "all" }, {}),
    json(
        "unknown cloud",
        ["cloud-type-unknown"],
        { cloudTypes: ["awss"] },
        { cloudTypes: ["aws"] },
    ),
    json(
        "clouds without AWS",
        ["cloud-types-without-aws"],
        { cloudTypes: ["azure", "eks"] },
        { cloudTypes: ["azure", "aws"] },
    ),
    json(
        "all and others",
        ["cloud-types-redundant"],
        { cloudTypes: ["all", "aws"] },
        {
            cloudTypes: ["aws", "gcp"],
        },
    ),
    json(
        "cloud named twice",
        ["cloud-types-redundant"],
        { cloudTypes: ["aws", "aws"] },
        {
            cloudTypes: ["aws", "eks"],
        },
    ),
    json(
        "KubeManifests",
        ["pack-json-misspelt-key"],
        {
            kubeManifests: undefined,
            KubeManifests: ["manifests/demo.yaml"],
        },
        {},
    ),
    json(
        "kubemanifests",
        ["pack-json-misspelt-key"],
        {
            kubeManifests: undefined,
            kubemanifests: ["manifests/demo.yaml"],
        },
        {},
    ),
    helm(
        "chart for charts",
        ["pack-json-misspelt-key"],
        {
            "pack.json": { ...packJson, chart: ["charts/archive.tgz"] },
        },
        nothing,
    ),
    helm(
        "Charts for charts",
        ["pack-json-misspelt-key"],
        {
            "pack.json": { ...packJson, Charts: ["charts/archive.tgz"] },
        },
        nothing,
    ),
    json("unknown key", ["pack-json-unknown-key"], { displyName: "Demo" }, { readme: "" }),
    json("number as group", ["pack-json-type"], { group: 1 }, { group: " " }),
    json(
        "annotations as an array",
        ["annotations-invalid"],
        { annotations: [] },
        { annotations: {} },
    ),
    json(
        "boolean annotation",
        ["annotations-invalid"],
        { annotations: { disabled: true } },
        {
            annotations: { disabled: "true" },
        },
    ),
    json("eol in words", ["eol-format"], { eol: "April 2028" }, { eol: "2028-04-30" }),
    json("eol on no day", ["eol-format"], { eol: "2028-02-30" }, { eol: "2028-02-29" }),
    json(
        "near to a known key",
        ["pack-json-unknown-key"],
        { kubeVersions: "1" },
        { kubeVersion: "1" },
    ),
    // constraints
    json(
        "constraints as a list",
        ["constraints-invalid"],
        { constraints: [] },
        { constraints: {} },
    ),
    dependency(
        ["constraints-invalid"],
        "dependency without type",
        { ...kubernetes, type: undefined },
        kubernetes,
    ),
    dependency(
        ["constraints-invalid"],
        "dependency without packName",
        { ...kubernetes, packName: "" },
        kubernetes,
    ),
    dependency(
        ["constraints-invalid"],
        "unknown layer of a dependency",
        { ...kubernetes, layer: "K8s" },
        kubernetes,
    ),
    dependency(
        ["constraints-invalid"],
        "number as minVersion",
        { ...kubernetes, minVersion: 1.29 },
        kubernetes,
    ),
    dependency(
        ["dependency-range"],
        "minVersion above maxVersion",
        { ...kubernetes, minVersion: "1.30", maxVersion: "1.9" },
        {
            ...kubernetes,
            minVersion: "1.9",
            maxVersion: "1.30",
        },
    ),
    dependency(
        ["dependency-never-checked"],
        "required without bounds",
        { ...kubernetes, type: "required", minVersion: "" },
        {
            ...kubernetes,
            minVersion: "",
        },
    ),
    dependency(
        ["dependency-on-itself"],
        "dependency on itself",
        { ...kubernetes, packName: "demo" },
        {
            ...kubernetes,
            packName: "demo",
            type: "upgrade",
        },
    ),
    resource(["constraints-invalid"], "unknown resource", { type: "gpu" }, { type: "cpu" }),
    resource(
        ["resource-min-limit"],
        "text as minLimit",
        { type: "cpu", minLimit: "100" },
        { type: "cpu", minLimit: 100 },
    ),
    resource(
        ["resource-min-limit"],
        "negative minLimit",
        { type: "cpu", minLimit: -1 },
        { type: "cpu", minLimit: 0 },
    ),
    resource(
        ["resource-schedule-type"],
        "control-plane",
        { type: "cpu", components: [{ scheduleType: "control-plane" }] },
        {
            type: "cpu",
            components: [{ scheduleType: "master" }],
        },
    ),
    resource(
        ["resource-reference-unresolved"],
        "reference to nothing",
        {
            type: "cpu",
            components: [{ scheduleType: "all", resourceRequestParamRef: "manifests.demo.cpu" }],
        },
        {
            type: "cpu",
            components: [{ scheduleType: "all", resourceRequestParamRef: "manifests.demo.tag" }],
        },
    ),
];
