import { chartArchive, packSection } from "../packFolder";
import { charts, files, helm, json, nothing, section, values, type Case } from "./case";

const longName = `server-${"x".repeat(50)}`;
const longChart = chartArchive({ "Chart.yaml": `name: ${longName}\nversion: 0.1.0\n` });

const switches =
    "    image:\n      cached: true\n    tags:\n      backend: true\n    caching:\n      enabled: true\n";
const required = "requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "charts:\n  server:\n    rules:\n      labels:\n        teams: a\n";
const walked = "{{ .Values.rules.labels.team }}";

/** A chart whose one template has the given text, with values of which parts may be copied whole. */
const withPodValues = (template: string) =>
    chartArchive({
        "values.yaml":
            "replicas: 1\nresources:\n  limits: {}\n  requests: {}\n" +
            "rules:\n  preferredTerm: 1\n  preferredDuringSchedulingIgnoredDuringExecution: []\n" +
            "  labels:\n    team: b\n",
        "templates/deployment.yaml": template,
    });

const copies = [
    ["copied by toYaml", "{{- toYaml .Values.rules.labels | nindent 4 }}"],
    ["copied with all around it", "{{ .Values.rules | toYaml }}"],
    [
        "copied as the dot",
        "{{ with .Values.rules.labels }}{{ if . }}{{ toYaml . }}{{ end }}{{ end }}",
    ],
    ["copied from a variable", "{{ $all := .Values.rules.labels }}{{ $all | toJson }}"],
    ["ranged over", "{{ range $key, $value := .Values.rules.labels }}{{ $key }}{{ end }}"],
    ["found by index", '{{ toYaml (index .Values "rules" "labels") }}'],
    [
        "handed to a helper that copies",
        '{{ define "all" }}{{ tpl (toYaml .value) $ }}{{ end }}{{ include "all" (dict "value" .Values.rules.labels) }}',
    ],
    [
        "handed to a helper of a computed name",
        '{{ include (printf "%s" .Values.hidden) .Values.rules.labels }}',
    ],
] as const;
const switched = chartArchive({
    "Chart.yaml":
        "name: server\nversion: 0.1.0\ndependencies:\n" +
        "  - {name: cache, condition: 'caching.enabled, image.cached', tags: [backend]}\n",
    "charts/cache/Chart.yaml": "name: cache\n",
});

const noImages = "pack:\n  namespace: demo\n  content:\n    images: []\n";
const crd =
    "apiVersion: v1\nkind: CustomResourceDefinition\nproperties:\n  image:\n    type: string\n";

/** values.yaml, and whether its values reach the charts. */
export const valuesCases: Case[] = [
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
    values(
        "an anchor that contains itself",
        ["values-syntax"],
        `${packSection}other: &a\n  key: *a\n`,
        `${packSection}other: &a\n  key: x\nmore: *a\n`,
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
        "macro whose braces a formatter broke",
        ["template-braces-apart"],
        `${packSection}other: "{ { .spectro.system.cluster.name } }"\n`,
        `${packSection}other: "{{ .spectro.system.cluster.name }}" # { { .spectro.x } }\n`,
    ),
    values(
        "unknown system macro",
        ["macro-unknown"],
        `${packSection}other: "{{ .spectro.system.cluster.nam }}"\n`,
        `${packSection}other: "{{.spectro.system.kubernetes.version | substr 0 4}}"\n`,
    ),
    values(
        "unknown macro behind a function",
        ["macro-unknown"],
        `${packSection}other: "{{ trunc 10 .spectro.system.cluster.nmae }}"\n`,
        `${packSection}other: "{{ trunc 10 .spectro.system.cluster.name }}{{ $x.spectro.nmae }}{{/* .spectro.nmae */}}"\n`,
    ),
    values(
        "unknown macro of an application profile",
        ["macro-unknown"],
        `${packSection}other: "{{ .spectro.system.appdeployment.tier }}"\n`,
        `${packSection}other: "{{ .spectro.system.appdeployment.tiername }}.{{ .spectro.system.aws.region }}"\n`,
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
    values("empty images", ["images-missing"], noImages, packSection),
    files(
        "no list of images in a pack without images",
        ["images-missing"],
        { "manifests/demo.yaml": crd, "values.yaml": "pack:\n  namespace: demo\n" },
        { "manifests/demo.yaml": crd, "values.yaml": noImages },
    ),
    helm(
        "empty images in a pack with charts",
        ["images-missing"],
        {
            "values.yaml": noImages,
            "charts/archive.tgz": chartArchive({ "templates/a.yaml": '- image: "demo:1.0.0"\n' }),
        },
        {
            "values.yaml": noImages,
            "charts/archive.tgz": chartArchive({ "templates/a.yaml": crd }),
        },
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
        "values directly under charts, some of them mappings",
        ["chart-values-misplaced"],
        charts("charts:\n  replicas: 2\n  resources: {}\n  nodeSelector: {}\n"),
        charts("charts:\n  server:\n    replicas: 2\n"),
    ),
    helm(
        "mappings alone directly under charts",
        ["chart-values-misplaced"],
        charts("charts:\n  resources: {}\n  nodeSelector: {}\n"),
        charts("charts: {}\n"),
    ),
    helm(
        "values directly under charts beside a misspelt block",
        ["chart-values-misplaced", "chart-values-unmatched"],
        charts("charts:\n  serve: {}\n  replicas: 2\n"),
        charts("charts:\n  server: {}\n"),
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
        "misspelt key of a chart",
        ["chart-value-unknown"],
        charts("charts:\n  server:\n    image:\n      tga: 2.0.0\n"),
        charts("charts:\n  server:\n    image:\n      tag: 2.0.0\n      hidden: 1\n"),
    ),
    ...copies.map(([how, template]) =>
        helm(
            `key beside the defaults of a mapping, ${how}`,
            ["chart-value-unknown"],
            { ...charts(preferred), "charts/archive.tgz": withPodValues(walked) },
            { ...charts(preferred), "charts/archive.tgz": withPodValues(template) },
        ),
    ),
    helm(
        "misspelt field of Kubernetes in a mapping that is copied whole",
        ["chart-value-unknown"],
        {
            ...charts("charts:\n  server:\n    resources:\n      limts: {}\n"),
            "charts/archive.tgz": withPodValues("{{ toYaml .Values.resources }}"),
        },
        {
            ...charts("charts:\n  server:\n    resources:\n      claims: []\n"),
            "charts/archive.tgz": withPodValues("{{ toYaml .Values.resources }}"),
        },
    ),
    helm(
        "field of Kubernetes near to another",
        ["chart-value-unknown"],
        {
            ...charts("charts:\n  server:\n    rules:\n      preferedTerm: 1\n"),
            "charts/archive.tgz": withPodValues("{{ .Values.rules.weight }}"),
        },
        {
            ...charts(`charts:\n  server:\n    rules:\n      ${required}: []\n`),
            "charts/archive.tgz": withPodValues("{{ toYaml .Values.rules }}"),
        },
    ),
    helm(
        "keys that switch a dependency which the chart doesn't have",
        ["chart-value-unknown"],
        charts(`charts:\n  server:\n${switches}`),
        { ...charts(`charts:\n  server:\n${switches}`), "charts/archive.tgz": switched },
    ),
    helm(
        "tags of a chart without dependencies",
        ["chart-values-inert"],
        charts("charts:\n  server:\n    tags:\n      backend: true\n"),
        {
            ...charts("charts:\n  server:\n    tags:\n      backend: true\n"),
            "charts/archive.tgz": switched,
        },
    ),
    helm(
        "key that no template of the chart has",
        ["chart-value-unknown"],
        charts("charts:\n  server:\n    replicas: 1\n    nodeSelector: {}\n"),
        {
            ...charts("charts:\n  server:\n    replicas: 1\n    nodeSelector: {}\n"),
            "charts/archive.tgz": chartArchive({
                "values.yaml": "replicas: 1\n# nodeSelector: {}\n",
            }),
        },
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
];
