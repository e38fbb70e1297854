import type { RuleId } from "../../packages/pack/findings/ruleTable";
import { chartArchive, packJson, packSection, pod, type Files } from "./packFolder";

/** One slip in a good pack, and the one finding that it gives. */
export interface Slip {
    title: string;
    pack: "manifest" | "helm";
    files: Files;
    /** Name of the pack's folder, where it matters. */
    folder?: string;
    rule: RuleId;
    /** Where: the file, and a text of the line that the finding points at; none for a finding without place. */
    file?: string;
    at?: string;
    /** What message or help say. */
    says: RegExp;
}

const block = "manifests:\n  demo:\n    tag: 1.0.0\n";
const chartBlock = "charts:\n  server:\n    replicas: 2\n";
const values = (text: string): Files => ({ "values.yaml": text });

function yaml(title: string, rule: RuleId, text: string, at: string, says: RegExp): Slip {
    return { title, pack: "manifest", files: values(text), rule, file: "values.yaml", at, says };
}

function packKey(line: string, meant: string): Slip {
    const key = line.split(":")[0] as string;
    return yaml(
        `${key} under pack`,
        "key-misspelt",
        `${packSection}  ${line}\n${block}`,
        key,
        new RegExp(`Rename it to ${meant}`),
    );
}

const constraint = (constraints: object): Files => ({
    "pack.json": { ...packJson, kubeManifests: ["manifests/demo.yaml"], constraints },
});
function constraintKey(title: string, constraints: object, at: string, meant: string): Slip {
    const says = new RegExp(`Rename it to ${meant}`);
    return {
        title,
        pack: "manifest",
        files: constraint(constraints),
        rule: "key-misspelt",
        file: "pack.json",
        at,
        says,
    };
}
const dependency = { packName: "k8s", layer: "k8s", type: "required", minVersion: "1.2.0" };
const without = (object: object, key: string, otherKey: string, value: unknown) => ({
    ...Object.fromEntries(Object.entries(object).filter(([name]) => name !== key)),
    [otherKey]: value,
});

const preset = (lines: string): Files => ({
    "presets.yaml": `presets:\n  - name: small\n    displayName: Small\n    group: size\n${lines}`,
});
function presetSlip(title: string, rule: RuleId, lines: string, at: string, says: RegExp): Slip {
    return { title, pack: "helm", files: preset(lines), rule, file: "presets.yaml", at, says };
}

function manifest(
    title: string,
    line: string,
    says: RegExp,
    rule: RuleId = "manifest-template-invalid",
): Slip {
    const text = `${pod}---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\ndata:\n  ${line}\n`;
    return {
        title,
        pack: "manifest",
        files: { "manifests/demo.yaml": text },
        rule,
        file: "manifests/demo.yaml",
        at: line,
        says,
    };
}

function chart(title: string, files: Record<string, string>, rule: RuleId, says: RegExp): Slip {
    const archive = chartArchive(files);
    return {
        title: `chart: ${title}`,
        pack: "helm",
        files: { "charts/archive.tgz": archive },
        rule,
        file: "pack.json",
        at: "archive.tgz",
        says,
    };
}
const template = (text: string) => ({ "templates/more.yaml": text });

function chartValues(title: string, text: string, rule: RuleId, at: string, says: RegExp): Slip {
    return {
        title,
        pack: "helm",
        files: values(`${packSection}${text}`),
        rule,
        file: "values.yaml",
        at,
        says,
    };
}

const twoCharts = {
    "pack.json": { ...packJson, charts: ["charts/archive.tgz", "charts/other.tgz"] },
    "charts/other.tgz": chartArchive({
        "Chart.yaml": "apiVersion: v2\nname: worker\nversion: 0.1.0\n",
    }),
};

/** Slips of every kind that pack authors make. */
export const slips: Slip[] = [
    packKey("namespaceLables: {}", "namespaceLabels"),
    packKey("namespace-labels: {}", "namespaceLabels"),
    packKey("releaseNamesOverride: {}", "releaseNameOverride"),
    packKey("releasenameoverride: {}", "releaseNameOverride"),
    packKey("namespaceAnnotation: {}", "namespaceAnnotations"),
    packKey("additionalNamespace: other", "additionalNamespaces"),
    packKey('spectrocloud.com/install-prio: "1"', "spectrocloud.com/install-priority"),
    packKey("spectrocloud.com/displayname: x", "spectrocloud.com/display-name"),
    packKey("readynessCheck: {}", "readinessCheck"),
    yaml(
        "nameSpace",
        "key-misspelt",
        packSection.replace("namespace", "nameSpace") + block,
        "nameSpace",
        /namespace/,
    ),
    yaml(
        "contnet",
        "key-misspelt",
        packSection.replace("content", "contnet") + block,
        "contnet",
        /content/,
    ),
    yaml(
        "imagse",
        "key-misspelt",
        packSection.replace("images:", "imagse:") + block,
        "imagse",
        /images/,
    ),
    yaml(
        "manifests under pack",
        "key-misplaced",
        `${packSection}  manifests: {}\n${block}`,
        "manifests: {}",
        /beside pack/,
    ),
    yaml(
        "readinessCheck under pack",
        "key-misplaced",
        `${packSection}  readinessCheck: {}\n${block}`,
        "readinessCheck",
        /beside pack/,
    ),
    chartValues(
        "Chart at the root",
        "Chart:\n  server:\n    replicas: 2\n",
        "key-misspelt",
        "Chart:",
        /Rename it to charts/,
    ),
    chartValues(
        "chart at the root",
        "chart:\n  server:\n    replicas: 2\n",
        "key-misspelt",
        "chart:",
        /Rename it to charts/,
    ),
    yaml(
        "readinesCheck at the root",
        "key-misspelt",
        `${packSection}${block}readinesCheck: {}\n`,
        "readinesCheck",
        /readinessCheck/,
    ),
    constraintKey("dependancy", { dependancies: [] }, "dependancies", "dependencies"),
    constraintKey("resource", { resource: [] }, "resource", "resources"),
    constraintKey(
        "packname",
        { dependencies: [without(dependency, "packName", "packname", "k8s")] },
        "packname",
        "packName",
    ),
    constraintKey(
        "min-version",
        { dependencies: [without(dependency, "minVersion", "min-version", "1")] },
        "min-version",
        "minVersion",
    ),
    constraintKey(
        "maxversion",
        { dependencies: [{ ...dependency, maxversion: "2" }] },
        "maxversion",
        "maxVersion",
    ),
    constraintKey(
        "Layer",
        { dependencies: [without(dependency, "layer", "Layer", "k8s")] },
        "Layer",
        "layer",
    ),
    constraintKey(
        "minlimit",
        { resources: [{ type: "cpu", minlimit: 1 }] },
        "minlimit",
        "minLimit",
    ),
    constraintKey(
        "component",
        { resources: [{ type: "cpu", component: [] }] },
        "component",
        "components",
    ),
    constraintKey(
        "schedule_type",
        { resources: [{ type: "cpu", components: [{ schedule_type: "all" }] }] },
        "schedule_type",
        "scheduleType",
    ),
    presetSlip(
        "ad in a preset",
        "key-misspelt",
        "    remove: []\n    ad: x\n",
        "ad:",
        /Rename it to add/,
    ),
    presetSlip(
        "removes in a preset",
        "key-misspelt",
        "    removes: []\n",
        "removes",
        /Rename it to remove/,
    ),
    {
        ...presetSlip(
            "display_name in a preset",
            "key-misspelt",
            "",
            "display_name",
            /displayName/,
        ),
        files: {
            "presets.yaml":
                "presets:\n  - name: a\n    display_name: A\n    group: g\n    remove: []\n",
        },
    },
    presetSlip(
        "preset adds to a chart that is not there",
        "preset-path-unknown",
        "    remove: []\n    add: |\n      charts:\n        servr:\n          replicas: 2\n",
        "servr",
        /charts\.server/,
    ),
    presetSlip(
        "preset adds to a root that nobody reads",
        "preset-path-unknown",
        "    remove: []\n    add: |\n      chart:\n        server:\n          replicas: 2\n",
        "chart:",
        /Write charts/,
    ),
    presetSlip(
        "preset removes from a chart that is not there",
        "preset-path-unknown",
        "    remove:\n      - charts.webserver.replicas\n",
        "charts.webserver",
        /charts\.server|charts are server/,
    ),
    presetSlip(
        "preset removes from a manifest of a chart pack",
        "preset-path-unknown",
        "    remove:\n      - manifests.demo.tag\n",
        "manifests.demo",
        /lists no manifest/,
    ),
    presetSlip(
        "YAML error inside add",
        "presets-invalid",
        "    remove: []\n    add: |\n      charts:\n        server:\n          a: 1\n          a: 2\n",
        "a: 2",
        /twice/,
    ),
    {
        ...presetSlip(
            "two presets of one display name",
            "preset-display-name-duplicate",
            "",
            "displayName: A",
            /in line 3/,
        ),
        files: {
            "presets.yaml": ["a", "b"].reduce(
                (text, name) =>
                    `${text}  - name: ${name}\n    displayName: A\n    group: g\n    remove: []\n`,
                "presets:\n",
            ),
        },
    },
    ...["presets.yml", "preset.yaml", "Presets.yaml", "schema.yml", "values.schema.yaml"].map(
        (name): Slip => ({
            title: name,
            pack: "manifest",
            files: { [name]: "" },
            rule: "file-name-misspelt",
            file: name,
            says: /Rename it to (presets|schema)\.yaml/,
        }),
    ),
    yaml(
        "an enabled preset of another name",
        "enabled-preset-unknown",
        `# spectrocloud.com/enabled-presets: size:big\n${packSection}${block}`,
        "enabled-presets",
        /no presets/,
    ),
    {
        title: "schema key of a chart that is not there",
        pack: "helm",
        files: { "schema.yaml": "charts.serber.replicas:\n  schema: '{{ required }}'\n" },
        rule: "schema-path-unknown",
        file: "schema.yaml",
        at: "charts.serber",
        says: /charts\.server/,
    },
    {
        title: "shema in schema.yaml",
        pack: "helm",
        files: { "schema.yaml": "charts.server.replicas:\n  shema: '{{ required }}'\n" },
        rule: "key-misspelt",
        file: "schema.yaml",
        at: "shema",
        says: /Rename it to schema/,
    },
    {
        title: "requierd in a schema",
        pack: "helm",
        files: { "schema.yaml": "charts.server.replicas:\n  schema: '{{ requierd }}'\n" },
        rule: "schema-format-unknown",
        file: "schema.yaml",
        at: "requierd",
        says: /Write required/,
    },
    {
        title: "schema with one brace too few",
        pack: "helm",
        files: { "schema.yaml": "charts.server.replicas:\n  schema: '{{ required }'\n" },
        rule: "schema-format-unknown",
        file: "schema.yaml",
        at: "required",
        says: /Write '\{\{ required \}\}'\./,
    },
    manifest("a lower-case values", "a: {{ .values.tag }}", /Write \.Values/),
    manifest(".Value", "a: {{ .Value.tag }}", /Write \.Values/),
    manifest("Values without its dot", "a: {{ Values.tag }}", /needs a dot/),
    manifest("function qoute", "a: {{ .Values.tag | qoute }}", /Did you mean quote/),
    manifest("function toYAML", "a: {{ toYAML .Values.tag }}", /Did you mean toYaml/),
    manifest(
        "function uper in parentheses",
        "a: {{ quote (uper .Values.tag) }}",
        /Did you mean upper/,
    ),
    manifest("= for eq", 'a: {{ if .Values.tag = "x" }}1{{ end }}', /Compare with eq/),
    manifest(
        "== for eq",
        'a: {{ if .Values.tag == "x" }}1{{ end }}',
        /assigns to variables only|no meaning/,
    ),
    manifest(
        "&& for and",
        "a: {{ if .Values.tag && .Values.tag }}1{{ end }}",
        /"&" has no meaning/,
    ),
    manifest("! for not", "a: {{ if !.Values.tag }}1{{ end }}", /"!" has no meaning/),
    manifest("a pipe without function", "a: {{ .Values.tag | }}", /missing behind \|/),
    manifest("an open parenthesis", "a: {{ quote (upper .Values.tag }}", /not closed/),
    manifest(
        "else if in one word",
        "a: {{ if .Values.tag }}1{{ elseif .Values.tag }}2{{ end }}",
        /elseif/,
    ),
    manifest("elif", "a: {{ if .Values.tag }}1{{ elif .Values.tag }}2{{ end }}", /elif/),
    manifest("empty braces", "a: x{{ }}{{ .Values.tag }}", /hold nothing/),
    manifest("single quotes", "a: {{ default 'none' .Values.tag }}", /double quotes/),
    chart(
        "version abc",
        { "Chart.yaml": "apiVersion: v2\nname: server\nversion: abc\n" },
        "chart-metadata-invalid",
        /version abc/,
    ),
    chart(
        "no version",
        { "Chart.yaml": "apiVersion: v2\nname: server\n" },
        "chart-metadata-invalid",
        /no version/,
    ),
    chart(
        "a library",
        { "Chart.yaml": "apiVersion: v2\nname: server\nversion: 0.1.0\ntype: library\n" },
        "chart-metadata-invalid",
        /library chart/,
    ),
    chart(
        "unknown function",
        template("a: {{ .Values.replicas | inndent 2 }}\n"),
        "chart-template-invalid",
        /more\.yaml, line 1.*inndent/,
    ),
    chart(
        "a block without end",
        template("x: 1\n{{- if .Values.replicas }}\na: 1\n"),
        "chart-template-invalid",
        /more\.yaml, line 2.*no end/,
    ),
    chart(
        "an end too many",
        template("a: 1\n{{ end }}\n"),
        "chart-template-invalid",
        /ends no block/,
    ),
    chart(
        "one closing brace",
        template("a: {{ .Values.replicas }\n"),
        "chart-template-invalid",
        /one brace/,
    ),
    chart(
        "a helper that is missing",
        template('a: {{ include "server.nmae" . }}\n'),
        "chart-template-invalid",
        /server\.nmae/,
    ),
    chartValues(
        "a single value for a mapping",
        "charts:\n  server:\n    image: nginx\n",
        "chart-value-shape",
        "image: nginx",
        /chart has a mapping/,
    ),
    chartValues(
        "a list for a mapping",
        "charts:\n  server:\n    image: [a]\n",
        "chart-value-shape",
        "image: [a]",
        /is a list/,
    ),
    chartValues(
        "an empty mapping with its keys beside it",
        "charts:\n  server:\n    image:\n    tag: 2\n",
        "chart-value-shape",
        "image:",
        /Indent tag under image/,
    ),
    {
        title: "two charts with one release name",
        pack: "helm",
        files: {
            ...twoCharts,
            ...values(
                `${packSection}  releaseNameOverride:\n    server: app\n    worker: app\n${chartBlock}`,
            ),
        },
        rule: "release-name-duplicate",
        file: "values.yaml",
        at: "worker: app",
        says: /one release name, app/,
    },
    ...["My_App", "-app", "app.", "a b"].map((name) =>
        chartValues(
            `release name ${name}`,
            `  releaseNameOverride:\n    server: "${name}"\n${chartBlock}`,
            "release-name-invalid",
            "server:",
            /Helm refuses/,
        ),
    ),
    yaml(
        "labels of another namespace",
        "namespace-labels-elsewhere",
        `${packSection}  namespaceLabels:\n    dmeo: a=b\n${block}`,
        "dmeo",
        /Write demo/,
    ),
    yaml(
        "an image twice",
        "image-duplicate",
        `${packSection}      - image: ghcr.io/demo/demo:1.0.0\n${block}`,
        "demo:1.0.0",
        /lines 5 and 6/,
    ),
    yaml(
        "a digest cut short",
        "image-reference-invalid",
        `${packSection}      - image: a/b@sha256:${"0".repeat(60)}\n${block}`,
        "sha256",
        /60 characters instead of 64/,
    ),
    {
        title: "the folder of another version",
        pack: "manifest",
        files: {},
        folder: "demo-1.0.1",
        rule: "folder-version",
        file: "pack.json",
        at: "1.0.0",
        says: /says version 1\.0\.1/,
    },
    {
        title: "an archive of another version than its chart",
        pack: "helm",
        files: {
            "pack.json": { ...packJson, charts: ["charts/server-0.2.0.tgz"] },
            "charts/archive.tgz": undefined,
            "charts/server-0.2.0.tgz": chartArchive(),
        },
        rule: "chart-archive-name",
        file: "pack.json",
        at: "server-0.2.0",
        says: /version 0\.1\.0/,
    },
    {
        title: "a manifest that is listed twice",
        pack: "manifest",
        files: {
            "pack.json": {
                ...packJson,
                kubeManifests: ["manifests/demo.yaml", "manifests/demo.yaml"],
            },
        },
        rule: "file-listed-twice",
        file: "pack.json",
        at: "demo.yaml",
        says: /Delete one/,
    },
    {
        title: "a pattern in kubeManifests",
        pack: "manifest",
        files: { "pack.json": { ...packJson, kubeManifests: ["manifests/*.yaml"] } },
        rule: "manifest-missing",
        file: "pack.json",
        at: "*.yaml",
        says: /List each file/,
    },
    {
        title: "a folder in kubeManifests",
        pack: "manifest",
        files: { "pack.json": { ...packJson, kubeManifests: ["manifests"] } },
        rule: "manifest-missing",
        file: "pack.json",
        at: "manifests",
        says: /List each manifest of the folder/,
    },
    {
        title: "a chart that is only there unpacked",
        pack: "helm",
        files: {
            "pack.json": { ...packJson, charts: ["charts/server-0.1.0.tgz"] },
            "charts/archive.tgz": undefined,
            "charts/server/Chart.yaml": "apiVersion: v2\nname: server\nversion: 0.1.0\n",
        },
        rule: "chart-missing",
        file: "pack.json",
        at: "server-0.1.0",
        says: /helm package charts\/server/,
    },
    {
        title: "a manifest in another letter case",
        pack: "manifest",
        files: { "pack.json": { ...packJson, kubeManifests: ["manifests/Demo.yaml"] } },
        rule: "path-case-mismatch",
        file: "pack.json",
        at: "Demo.yaml",
        says: /Write manifests\/demo\.yaml/,
    },
];
