import { linkSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { RuleId } from "../../components/pack/ruleTable";
import {
    chartArchive,
    helmPack,
    manifestPack,
    packJson,
    packSection,
    png,
    pod,
    tarGz,
    type Files,
} from "./packFolder";

/** A change of a good pack: files to add or replace, `undefined` to remove one; or anything done to the folder. */
export interface Change {
    files?: Files;
    onDisk?: (folder: string) => void;
}

/** A broken pack, the closest good one, and what the broken one is told. */
export interface Case {
    title: string;
    /** What a check reports, and nothing else. */
    rules: RuleId[];
    base: () => Files;
    bad: Change;
    /** The closest good pack; it has no finding, or only those in `goodRules`. */
    good: Change;
    goodRules?: RuleId[];
}

const base = { ...packJson, kubeManifests: ["manifests/demo.yaml"] };
const helmBase = { ...packJson, charts: ["charts/archive.tgz"] };

/** A case of a manifest-based pack whose pack.json differs. */
function json(
    title: string,
    rules: RuleId[],
    bad: object,
    good: object,
    goodRules?: RuleId[],
): Case {
    return {
        title,
        rules,
        base: manifestPack,
        bad: { files: { "pack.json": clean({ ...base, ...bad }) } },
        good: { files: { "pack.json": clean({ ...base, ...good }) } },
        ...(goodRules ? { goodRules } : {}),
    };
}

function clean(object: object): object {
    return JSON.parse(JSON.stringify(object)) as object;
}

/** A case of a manifest-based pack, with other files. */
function files(
    title: string,
    rules: RuleId[],
    bad: Change["files"],
    good: Change["files"],
    goodRules?: RuleId[],
): Case {
    const optional = goodRules ? { goodRules } : {};
    return {
        title,
        rules,
        base: manifestPack,
        bad: bad ? { files: bad } : {},
        good: good ? { files: good } : {},
        ...optional,
    };
}

/** A case of a manifest-based pack whose values.yaml differs; the manifest's block is added. */
function values(
    title: string,
    rules: RuleId[],
    bad: string,
    good: string,
    goodRules?: RuleId[],
): Case {
    const block = "manifests:\n  demo:\n    tag: 1.0.0\n";
    const change = (text: string) => ({ "values.yaml": text + block });
    return files(title, rules, change(bad), change(good), goodRules);
}

/** A case of a Helm-based pack. */
function helm(
    title: string,
    rules: RuleId[],
    bad: Change["files"],
    good: Change["files"],
    goodRules?: RuleId[],
): Case {
    return { ...files(title, rules, bad, good, goodRules), base: helmPack };
}

function dependency(rules: RuleId[], title: string, bad: object, good: object): Case {
    const wrap = (item: object) => ({ constraints: { dependencies: [item] } });
    return json(title, rules, wrap(bad), wrap(good));
}

function resource(rules: RuleId[], title: string, bad: object, good: object): Case {
    const wrap = (item: object) => ({ constraints: { resources: [item] } });
    return json(title, rules, wrap(bad), wrap(good));
}

const kubernetes = { packName: "kubernetes", layer: "k8s", type: "optional", minVersion: "1.29" };
const section = (lines: string) => packSection + lines.replace(/^/gm, "  ").trimEnd() + "\n";
const charts = (block: string) => ({ "values.yaml": `${packSection}${block}` });
const preset = (lines: string) => ({ "presets.yaml": `presets:\n${lines}` });
const goodPreset = `  - name: small
    displayName: Small
    group: size
    remove: []
    add: |
      manifests:
        demo:
          tag: 1.0.1
`;
const schema = (template: string) => ({
    "schema.yaml": `manifests.demo.tag:\n  schema: '${template}'\n`,
});
const privateKey = `-----BEGIN RSA ${"PRIVATE"} KEY-----\n${"MIIEowIBAAKCAQEA".repeat(4)}\n-----END`;
const nothing: Change["files"] = {};

const chart = chartArchive();
const other = chartArchive({ "Chart.yaml": "name: other\nversion: 0.1.0\n" });
const withDependency = (extra: Record<string, string>) =>
    chartArchive({
        "Chart.yaml":
            "name: server\nversion: 0.1.0\ndependencies:\n  - name: cache\n    version: 1.0.0\n",
        ...extra,
    });
const longName = `server-${"x".repeat(50)}`;
const longChart = chartArchive({ "Chart.yaml": `name: ${longName}\nversion: 0.1.0\n` });

/** Every rule on a folder: the bad pack and the closest good one. */
export const folderCases: Case[] = [
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
    json("hyphen at the end of the name", ["name-invalid"], { name: "demo-" }, { name: "de--mo" }),
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
        { cloudTypes: ["eks"] },
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

    // listed files
    json("text as kubeManifests", ["file-list-type"], { kubeManifests: "manifests/demo.yaml" }, {}),
    json(
        "number in kubeManifests",
        ["file-list-type"],
        {
            kubeManifests: ["manifests/demo.yaml", 1],
        },
        {},
    ),
    helm(
        "listed chart missing",
        ["chart-missing"],
        {
            "pack.json": { ...packJson, charts: ["charts/archive.tgz", "charts/gone.tgz"] },
        },
        nothing,
    ),
    helm(
        "chart folder listed",
        ["chart-not-packaged"],
        {
            "pack.json": { ...packJson, charts: ["charts/archive.tgz", "charts/server"] },
            "charts/server/Chart.yaml": "name: server\nversion: 0.1.0\n",
        },
        { "charts/server/Chart.yaml": "name: server\nversion: 0.1.0\n" },
    ),
    helm(
        "chart with another ending",
        ["chart-not-packaged"],
        {
            "pack.json": { ...packJson, charts: ["charts/archive.zip"] },
            "charts/archive.tgz": undefined,
            "charts/archive.zip": chart,
        },
        nothing,
    ),
    helm(
        "chart archive cut off",
        ["chart-archive-invalid"],
        {
            "charts/archive.tgz": chart.then((bytes) => bytes.subarray(0, 100)),
        },
        nothing,
    ),
    helm(
        "chart archive is no gzip",
        ["chart-archive-invalid"],
        {
            "charts/archive.tgz": "hello",
        },
        nothing,
    ),
    helm(
        "chart archive without Chart.yaml",
        ["chart-archive-invalid"],
        {
            "charts/archive.tgz": tarGz([[{ name: "server/values.yaml" }, "a: 1"]]),
        },
        nothing,
    ),
    helm(
        "chart without a name",
        ["chart-archive-invalid"],
        {
            "charts/archive.tgz": chartArchive({ "Chart.yaml": "version: 0.1.0\n" }),
        },
        {
            "charts/archive.tgz": chartArchive({ "Chart.yaml": "name: server\n" }),
        },
    ),
    helm(
        "Git LFS pointer for a chart",
        ["chart-placeholder"],
        {
            "charts/archive.tgz":
                "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        },
        nothing,
    ),
    helm(
        "web page for a chart",
        ["chart-placeholder"],
        {
            "charts/archive.tgz": "<!DOCTYPE html><html></html>",
        },
        nothing,
    ),
    helm(
        "two charts of one name",
        ["chart-name-duplicate"],
        {
            "pack.json": { ...packJson, charts: ["charts/archive.tgz", "charts/second.tgz"] },
            "charts/second.tgz": chart,
        },
        {
            "pack.json": { ...packJson, charts: ["charts/archive.tgz", "charts/second.tgz"] },
            "charts/second.tgz": other,
        },
    ),
    helm(
        "dependency not in the archive",
        ["chart-dependency-missing"],
        {
            "charts/archive.tgz": withDependency({}),
        },
        {
            "charts/archive.tgz": withDependency({ "charts/cache/Chart.yaml": "name: cache\n" }),
        },
    ),
    helm(
        "other version in the unpacked copy",
        ["chart-copy-differs"],
        {
            "charts/server/Chart.yaml": "name: server\nversion: 0.2.0\n",
        },
        { "charts/server/Chart.yaml": "name: server\nversion: 0.1.0\n" },
    ),
    json(
        "listed manifest missing",
        ["manifest-missing"],
        {
            kubeManifests: ["manifests/demo.yaml", "manifests/gone.yaml"],
        },
        {},
    ),
    json(
        "absolute path",
        ["path-unsafe"],
        {
            kubeManifests: ["manifests/demo.yaml", "/etc/passwd"],
        },
        { kubeManifests: ["./manifests/demo.yaml"] },
    ),
    json(
        "path out of the pack",
        ["path-unsafe"],
        {
            kubeManifests: ["manifests/demo.yaml", "../demo.yaml"],
        },
        {},
    ),
    json(
        "backslash in a path",
        ["path-unsafe"],
        {
            kubeManifests: ["manifests/demo.yaml", "manifests\\demo2.yaml"],
        },
        {},
    ),
    json(
        "letter case of a path",
        ["path-case-mismatch"],
        {
            kubeManifests: ["Manifests/demo.yaml"],
        },
        {},
    ),
    files(
        "nothing to deploy",
        ["nothing-to-deploy"],
        {
            "pack.json": { ...packJson },
            "values.yaml": "pack:\n  namespace: demo\n",
        },
        nothing,
    ),
    files(
        "manifest not listed",
        ["file-unlisted"],
        {
            "manifests/extra.yaml": "apiVersion: v1\nkind: Secret\n",
        },
        {
            "pack.json": {
                ...base,
                kubeManifests: ["manifests/demo.yaml", "manifests/extra.yaml"],
            },
            "manifests/extra.yaml": "apiVersion: v1\nkind: Secret\n",
        },
    ),
    helm(
        "chart not listed",
        ["file-unlisted"],
        { "charts/old-0.0.1.tgz": other },
        {
            "charts/server/charts/old-0.0.1.tgz": other,
        },
    ),

    // manifests
    files(
        "two manifests of one base name",
        ["manifest-name-duplicate"],
        {
            "pack.json": {
                ...base,
                kubeManifests: ["manifests/demo.yaml", "manifests/b/demo.yaml"],
            },
            "manifests/b/demo.yaml": pod,
        },
        {
            "pack.json": {
                ...base,
                kubeManifests: ["manifests/demo.yaml", "manifests/b/other.yaml"],
            },
            "manifests/b/other.yaml": "apiVersion: v1\nkind: Pod\n",
        },
    ),
    files(
        "empty manifest",
        ["manifest-empty"],
        { "manifests/demo.yaml": " \n" },
        {
            "manifests/demo.yaml": "apiVersion: v1\nkind: Pod\n---\n# nothing more\n",
        },
    ),
    files(
        "manifest is not YAML",
        ["manifest-yaml-invalid"],
        {
            "manifests/demo.yaml": "apiVersion: v1\nkind: [Pod\n",
        },
        { "manifests/demo.yaml": "apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Secret\n" },
    ),
    files(
        "manifest without kind",
        ["manifest-not-object"],
        {
            "manifests/demo.yaml": "apiVersion: v1\n",
        },
        { "manifests/demo.yaml": "apiVersion: v1\nkind: Pod\n" },
    ),
    files(
        "braces that don't close",
        ["manifest-template-braces"],
        {
            "manifests/demo.yaml": pod.replace("}}", "}"),
        },
        { "manifests/demo.yaml": pod.replace("{{", '{{ "}}" }}{{') },
    ),
    files(
        "braces that don't open",
        ["manifest-template-braces"],
        {
            "manifests/demo.yaml": pod.replace("{{ ", "{ "),
        },
        { "manifests/demo.yaml": `${pod}# {"a":{"b":{}}}\n` },
    ),
    files(
        "value without default",
        ["manifest-value-missing"],
        {
            "manifests/demo.yaml": pod.replace(".Values.tag", ".Values.tagg"),
        },
        { "manifests/demo.yaml": pod.replace(".Values.tag", '.Values.tagg | default "1"') },
    ),
    files(
        "values addressed from the root",
        ["manifest-value-prefix"],
        {
            "manifests/demo.yaml": pod.replace(".Values.tag", ".Values.manifests.demo.tag"),
        },
        nothing,
    ),
    files(
        "block of no manifest",
        ["manifest-values-unmatched"],
        {
            "values.yaml": `${packSection}manifests:\n  demo:\n    tag: 1.0.0\n  other:\n    tag: 1.0.0\n`,
        },
        nothing,
    ),

    // values.yaml
    files("no values.yaml", ["values-missing"], { "values.yaml": undefined }, nothing),
    values("YAML error", ["values-syntax"], `${packSection}  bad\n`, packSection),
    values(
        "tab",
        ["values-syntax"],
        `${packSection}other:\n\tkey: 1\n`,
        `${packSection}other:\n  key: 1\n`,
    ),
    files(
        "two documents",
        ["values-syntax"],
        {
            "values.yaml": `${packSection}---\na: 1\n`,
        },
        {
            "manifests/demo.yaml": "apiVersion: v1\nkind: Pod\n",
            "values.yaml": `---\n${packSection}`,
        },
    ),
    values("list for a mapping", ["values-syntax"], "- a\n", packSection),
    values(
        "duplicate key",
        ["values-duplicate-key"],
        section("namespace: twice"),
        section("namespaceLabels: {}"),
    ),
    values(
        "unquoted macro",
        ["values-unquoted-macro"],
        `${packSection}other:\n  cluster: {{ .spectro.system.cluster.name }}\n`,
        `${packSection}other:\n  cluster: "{{ .spectro.system.cluster.name }}"\n`,
    ),
    values(
        "unquoted macro with text behind it",
        ["values-unquoted-macro"],
        `${packSection}other:\n  cluster: {{ .spectro.system.cluster.name }}-x\n`,
        `${packSection}other:\n  cluster: x-{{ .spectro.system.cluster.name }}\n`,
    ),
    values(
        "unknown system macro",
        ["macro-unknown"],
        `${packSection}other: "{{ .spectro.system.cluster.nam }}"\n`,
        `${packSection}other: "{{.spectro.system.kubernetes.version | substr 0 4}}"\n`,
    ),
    values(
        "unknown macro root",
        ["macro-unknown"],
        `${packSection}other: "{{ .spectro.sytem.cluster.name }}"\n`,
        `${packSection}other: "{{ .spectro.var.anything }}"\n`,
    ),
    values(
        "upper case in the namespace",
        ["namespace-invalid"],
        packSection.replace("namespace: demo", "namespace: Demo"),
        packSection.replace("namespace: demo", `namespace: ${"d".repeat(63)}`),
    ),
    values(
        "namespace too long",
        ["namespace-invalid"],
        packSection.replace("namespace: demo", `namespace: ${"d".repeat(64)}`),
        packSection.replace("namespace: demo", 'namespace: "{{ .spectro.var.namespace }}"'),
    ),
    values(
        "no namespace",
        ["namespace-missing"],
        packSection.replace("  namespace: demo\n", ""),
        packSection,
    ),
    values(
        "shared namespace",
        ["namespace-shared"],
        packSection.replace("namespace: demo", "namespace: kube-system"),
        packSection.replace("namespace: demo", "namespace: kubernetes"),
    ),
    values(
        "labels as a mapping",
        ["namespace-labels-shape"],
        section("namespaceLabels:\n  demo:\n    a: b"),
        section("namespaceLabels:\n  demo: a=b,c=d"),
    ),
    values(
        "install priority in words",
        ["install-priority-not-integer"],
        section('spectrocloud.com/install-priority: "high"'),
        section('spectrocloud.com/install-priority: "-5"'),
    ),
    values(
        "install priority without quotes",
        ["install-priority-unquoted"],
        section("spectrocloud.com/install-priority: 10"),
        section('spectrocloud.com/install-priority: "0"'),
    ),
    json(
        "install priority in pack.json",
        ["install-priority-misplaced"],
        {
            "spectrocloud.com/install-priority": "10",
        },
        {},
    ),
    values(
        "install priority at the root",
        ["install-priority-misplaced"],
        `${packSection}spectrocloud.com/install-priority: "10"\n`,
        section('spectrocloud.com/install-priority: "10"'),
    ),
    values(
        "image without its key",
        ["image-entry-shape"],
        packSection.replace("- image: ", "- iamge: "),
        packSection,
    ),
    values(
        "bare image",
        ["image-entry-shape"],
        packSection.replace("- image: ", "- "),
        packSection.replace("- image: ", "- name: demo\n        image: "),
    ),
    values(
        "bad image reference",
        ["image-reference-invalid"],
        packSection.replace("demo/demo:1.0.0", "Demo Demo"),
        packSection.replace("ghcr.io/demo/demo:1.0.0", "localhost:5000/a/b_c/d:v1"),
    ),
    values(
        "image without tag",
        ["image-untagged"],
        packSection.replace("demo:1.0.0", "demo"),
        packSection.replace("demo:1.0.0", `demo@sha256:${"0".repeat(64)}`),
    ),
    values(
        "latest",
        ["image-latest"],
        packSection.replace("demo:1.0.0", "demo:latest"),
        packSection.replace("demo:1.0.0", `demo:latest@sha256:${"0".repeat(64)}`),
    ),
    values("no images", ["images-missing"], "pack:\n  namespace: demo\n", packSection),
    values(
        "empty images",
        ["images-missing"],
        "pack:\n  namespace: demo\n  content:\n    images: []\n",
        packSection,
    ),

    // chart values
    helm(
        "values under the archive's name",
        ["chart-values-unmatched"],
        charts("charts:\n  archive:\n    replicas: 2\n"),
        nothing,
    ),
    helm(
        "values directly under charts",
        ["chart-values-misplaced"],
        charts("charts:\n  replicas: 2\n"),
        charts("charts: {}\n"),
    ),
    helm(
        "values at the root",
        ["chart-values-misplaced"],
        charts("replicas: 2\nimage:\n  tag: 2.0.0\n"),
        charts(""),
    ),
    helm(
        "chart's block at the root",
        ["chart-values-misplaced"],
        charts("server:\n  replicas: 2\n"),
        charts("readinessCheck: {}\n"),
    ),
    helm(
        "keys that the chart doesn't know",
        ["chart-values-inert"],
        charts("charts:\n  server:\n    server:\n      replicas: 2\n"),
        charts("charts:\n  server:\n    hidden: 2\n"),
    ),
    helm(
        "override of the release of no chart",
        ["release-name-unknown-chart"],
        {
            "values.yaml": section("releaseNameOverride:\n  archive: demo"),
        },
        { "values.yaml": section("releaseNameOverride:\n  server: demo") },
    ),
    helm(
        "release name too long",
        ["release-name-too-long"],
        {
            "charts/archive.tgz": longChart,
            "values.yaml": packSection,
        },
        {
            "charts/archive.tgz": longChart,
            "values.yaml": section(`releaseNameOverride:\n  ${longName}: demo`),
        },
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

    // presets.yaml and schema.yaml
    files(
        "presets.yaml is not YAML",
        ["presets-invalid"],
        { "presets.yaml": "presets: [" },
        preset(goodPreset),
    ),
    files(
        "no list of presets",
        ["presets-invalid"],
        { "presets.yaml": "small: {}\n" },
        preset(goodPreset),
    ),
    files(
        "preset without name",
        ["presets-invalid"],
        preset(goodPreset.replace("name: small\n    d", "d")),
        preset(goodPreset),
    ),
    files(
        "two presets of one name",
        ["presets-invalid"],
        preset(goodPreset + goodPreset),
        preset(goodPreset + goodPreset.replace("name: small", "name: large")),
    ),
    files(
        "mapping as add",
        ["presets-invalid"],
        preset(goodPreset.replace("add: |", "add:")),
        preset(goodPreset),
    ),
    files(
        "add is no mapping",
        ["presets-invalid"],
        preset(goodPreset.replace(/add: \|[^]*/, "add: text\n")),
        preset(goodPreset),
    ),
    files(
        "preset without group",
        ["preset-incomplete"],
        preset(goodPreset.replace("    group: size\n", "")),
        preset(goodPreset),
    ),
    files(
        "constraint without schema",
        ["schema-invalid"],
        { "schema.yaml": "a.b:\n  format: x\n" },
        schema("{{ required }}"),
    ),
    files(
        "bad regular expression",
        ["schema-invalid"],
        schema('{{ required | format "${string:/[a-/}" }}'),
        schema('{{ required | format "${string:/^(?i)[[:alpha:]]{2,}$/}" }}'),
    ),
    files(
        "unknown format type",
        ["schema-format-unknown"],
        schema('{{ format "${strin}" }}'),
        schema('{{ format "${string}/${number:[1-5]}" }}'),
    ),
    files(
        "look-around",
        ["schema-format-unknown"],
        schema('{{ format "${string:/(?!a)b/}" }}'),
        schema('{{ format "${string:/[^a]b/}" | hints "a" }}'),
    ),

    // other files
    files("no logo", ["logo-missing"], { "logo.png": undefined }, nothing),
    files("Logo.PNG", ["logo-missing"], { "logo.png": undefined, "Logo.PNG": png }, nothing),
    files(
        "JPEG as logo.png",
        ["logo-not-png"],
        { "logo.png": Buffer.from("ffd8ffe000104a464946", "hex") },
        nothing,
    ),
    files("empty logo", ["logo-not-png"], { "logo.png": "" }, nothing),
    files(
        "large logo",
        ["logo-large"],
        { "logo.png": Buffer.concat([png, Buffer.alloc(200_000)]) },
        {
            "logo.png": Buffer.concat([png, Buffer.alloc(100_000)]),
        },
    ),
    files("no README.md", ["readme-missing"], { "README.md": undefined }, { "README.md": "" }),
    files("AppleDouble file", ["junk-file"], { "._values.yaml": "x" }, { "docs/values.txt": "x" }),
    files(".DS_Store", ["junk-file"], { "manifests/.DS_Store": "x" }, nothing),
    files(".git folder", ["junk-file"], { ".git/config": "x", ".git/HEAD": "x" }, nothing),
    helm("chart before a merge", ["junk-file"], { "charts/archive.tgz.orig": chart }, nothing),
    files("archive built earlier", ["junk-file"], { "demo-1.0.0.tar.gz": chart }, nothing),
    files(
        "private key",
        ["secret-file"],
        { "manifests/key.txt": privateKey },
        {
            "manifests/key.txt": privateKey.replace("PRIVATE", "PUBLIC"),
        },
    ),
    files(".env", ["secret-file"], { ".env": "A=b\n" }, { ".env.example": "A=b\n" }),
    files(
        "AWS access key",
        ["secret-file"],
        { "note.txt": `key ${"AKIA"}${"Q7".repeat(8)}\n` },
        {
            "note.txt": `key ${"AKIA"}IOSFODNN7EXAMPLE\n`,
        },
    ),
    files(
        "letter case alone",
        ["path-collision"],
        { "a.txt": "", "A.txt": "" },
        { "a.txt": "", "b.txt": "" },
    ),
    files("backslash in a file name", ["path-unsafe"], { "a\\b.txt": "" }, { "a/b.txt": "" }),
    {
        ...files("symbolic link", ["link-in-pack"], {}, nothing),
        bad: { onDisk: (folder) => symlinkSync("README.md", join(folder, "link.md")) },
    },
    {
        ...files("symbolic link to a folder", ["link-in-pack"], {}, nothing),
        bad: { onDisk: (folder) => symlinkSync("/", join(folder, "root")) },
        good: { onDisk: (folder) => mkdirSync(join(folder, "empty")) },
    },
    {
        ...files("hard link", ["link-in-pack"], {}, nothing),
        bad: {
            onDisk: (folder) => linkSync(join(folder, "README.md"), join(folder, "twin.md")),
        },
        good: {
            onDisk: (folder) =>
                linkSync(join(folder, "README.md"), `${folder}-outside-of-the-pack`),
        },
    },
    json(
        "near to a known key",
        ["pack-json-unknown-key"],
        { kubeVersions: "1" },
        { kubeVersion: "1" },
    ),
    helm(
        "charts is a text",
        ["chart-values-misplaced"],
        charts("charts: none\n"),
        charts("charts:\n"),
    ),
    helm(
        "chart's block is a text",
        ["chart-values-inert"],
        charts("charts:\n  server: none\n"),
        charts("charts:\n  server:\n"),
    ),
    json(
        "chart of a pack without charts",
        ["chart-missing"],
        { charts: ["charts/none.tgz"] },
        { charts: [] },
    ),
    helm(
        "null in a list of charts",
        ["file-list-type"],
        { "pack.json": { ...helmBase, charts: ["charts/archive.tgz", null] } },
        { "pack.json": helmBase },
    ),
];
