import type { RuleId } from "../../../packages/pack/findings/ruleTable";
import { chartArchive, packJson, packSection, pod, tarGz } from "../packFolder";
import { base, files, helm, helmBase, json, nothing, type Case } from "./case";

const chart = chartArchive();
const otherChart = chartArchive({ "Chart.yaml": "name: other\nversion: 0.1.0\n" });
const withDependency = (extra: Record<string, string>) =>
    chartArchive({
        "Chart.yaml":
            "name: server\nversion: 0.1.0\ndependencies:\n  - name: cache\n    version: 1.0.0\n",
        ...extra,
    });

const preset = (value: string) => ({
    "presets.yaml":
        "presets:\n- name: a\n  displayName: A\n  group: a\n  remove: []\n  add: |\n" +
        `    manifests:\n      demo:\n${value}`,
});
/** A manifest that uses values without default in the branches that are rendered, or in the others. */
const branches = (used: "on" | "off") => {
    const [on, off] = used === "on" ? ["{{ .Values.a }}", ""] : ["", "{{ .Values.a }}"];
    let count = 0;
    return {
        "manifests/demo.yaml": `${pod}
# {{ if .Values.tag }}${on}{{ else if eq 1 1 }}${off}{{ else }}${off}{{ end }}
# {{ if not .Values.tag }}${off}{{ else if .Values.none }}${off}{{ else }}${on}{{ end }}
# {{- if and .Values.tag .Values.none -}} ${off} {{- else -}} ${on} {{- end }}
# {{ with $x := .Values.none }}{{ if eq 1 1 }}${off}{{ else }}${off}{{ end }}${off}{{ end }}${on}
# {{ range $i, $x := .Values.none }}${off}{{ else }}${on}{{ end }}
# {{ if or .Values.none .Values.tag }}${on}{{ end }}{{ if eq .Values.tag "x" }}${on}{{ end }}
`.replace(/\.Values\.a/g, (path) => `${path}${(count += 1)}`),
    };
};

/** Files that pack.json lists. */
export const listedFileCases: Case[] = [
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
            "charts/archive.tgz": chartArchive({ "Chart.yaml": "name: server\nversion: 0.1.0\n" }),
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
            "charts/second.tgz": otherChart,
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
        "defaults of a chart that are not YAML",
        ["chart-defaults-invalid"],
        { "charts/archive.tgz": chartArchive({ "values.yaml": "replicas: [1\n" }) },
        { "charts/archive.tgz": chartArchive({ "values.yaml": "# replicas: [1\n" }) },
    ),
    helm(
        "defaults of a chart that are a list",
        ["chart-defaults-invalid"],
        { "charts/archive.tgz": chartArchive({ "values.yaml": "- replicas\n" }) },
        nothing,
    ),
    helm(
        "other version in the unpacked copy",
        ["chart-copy-differs"],
        {
            "charts/server/Chart.yaml": "name: server\nversion: 0.2.0\n",
        },
        { "charts/server/Chart.yaml": "name: server\nversion: 0.1.0\n" },
    ),
    helm(
        "an unpacked copy that was edited and not packaged again",
        ["chart-copy-differs"],
        {
            "charts/archive.tgz": chartArchive({ "values.yaml": "replicas: 1\n" }),
            "charts/server/Chart.yaml": "name: server\nversion: 0.1.0\n",
            "charts/server/values.yaml": "replicas: 2\n",
        },
        {
            "charts/archive.tgz": chartArchive({ "values.yaml": "replicas: 1\n" }),
            "charts/server/Chart.yaml": "version: 0.1.0 # another order\nname: server\n",
            "charts/server/values.yaml": "replicas: 1\r\n",
            "charts/server/.helmignore": "notes.md\n",
            "charts/server/notes.md": "Not in the archive.\n",
        },
    ),
    helm(
        "a template of an unpacked copy that is not in the archive",
        ["chart-copy-differs"],
        {
            "charts/server/Chart.yaml": "name: server\nversion: 0.1.0\n",
            "charts/server/templates/more.yaml": "kind: Service\n",
        },
        nothing,
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
        "nothing to deploy in another layer",
        ["nothing-to-deploy"],
        {
            "pack.json": { ...packJson, layer: "k8s", addonType: undefined },
            "values.yaml": "pack:\n  namespace: demo\n",
        },
        { "pack.json": { ...base, layer: "k8s", addonType: undefined } },
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
        { "charts/old-0.0.1.tgz": otherChart },
        {
            "charts/server/charts/old-0.0.1.tgz": otherChart,
        },
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
        "braces that a formatter broke",
        ["template-braces-apart"],
        { "manifests/demo.yaml": pod.replace("name: demo", "name: { { .Values.tag } }") },
        { "manifests/demo.yaml": `${pod}  # { { .Values.tag } }\n  x: { a: { .Values: 1 } }\n` },
    ),
    files(
        "block without end",
        ["manifest-template-blocks"],
        { "manifests/demo.yaml": `${pod}# {{ if .Values.tag }}{{ with "a" }}{{ end }}\n` },
        {
            "manifests/demo.yaml": `${pod}# {{ if .Values.tag }}{{ else }}{{- end -}}{{/* if x */}}\n`,
        },
    ),
    files(
        "end without block",
        ["manifest-template-blocks"],
        { "manifests/demo.yaml": `${pod}# {{ range "a" }}{{ end }}{{ end }}\n` },
        { "manifests/demo.yaml": `${pod}# {{ define "a" }}{{ end }}{{ block "b" . }}{{ end }}\n` },
    ),
    files(
        "end with one brace",
        ["manifest-template-blocks"],
        { "manifests/demo.yaml": `${pod}# {{- if .Values.tag }}{- end}\n` },
        { "manifests/demo.yaml": `${pod}# {{- if .Values.tag }}{{- end}}{ end}\n` },
    ),
    files(
        "else without block",
        ["manifest-template-blocks"],
        { "manifests/demo.yaml": `${pod}# {{ else }}\n` },
        {
            "manifests/demo.yaml":
                "apiVersion: v1\nkind: Secret\n# {{#if x}}{{else}}{{/if}}{{ end }}\n",
            "values.yaml": packSection,
        },
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
        "value that no preset adds",
        ["manifest-value-missing"],
        { "manifests/demo.yaml": `${pod}# {{ .Values.size }}\n`, ...preset("        sise: 1\n") },
        { "manifests/demo.yaml": `${pod}# {{ .Values.size }}\n`, ...preset("        size: 1\n") },
    ),
    files(
        "values in branches that are rendered by default",
        Array<RuleId>(7).fill("manifest-value-missing"),
        branches("on"),
        branches("off"),
    ),
    files(
        "value behind a branch that is not rendered",
        ["manifest-value-missing"],
        {
            "manifests/demo.yaml": `${pod}# {{ if .Values.off -}} {{ .Values.a }} {{- end }}{{ .Values.a }}\n`,
        },
        { "manifests/demo.yaml": `${pod}# {{ if .Values.off -}} {{ .Values.a }} {{- end }}\n` },
    ),
    files(
        "values without any block",
        ["manifest-value-missing"],
        {
            "manifests/demo.yaml": `${pod}# {{ .Values.a }}{{ .Values.b.c }}\n`,
            "values.yaml": packSection,
        },
        {
            "manifests/demo.yaml": `${pod}# {{ .Values.a }}{{ .Values.b.c }}{{ .ObjectMeta.Name }}\n`,
            "values.yaml": packSection,
        },
    ),
    files(
        "fields that are like those of other programs",
        ["manifest-value-missing"],
        {
            "manifests/demo.yaml": `${pod}# {{ .Values.Spec }}{{ $x.Spec }}{{ .Release.Revision }}\n`,
        },
        { "manifests/demo.yaml": `${pod}# {{ .Values.Spec }}{{ .Spec }}\n` },
    ),
    files(
        "loop over a value's parts",
        ["manifest-value-missing"],
        {
            "manifests/demo.yaml": `${pod}# {{ range .Values.list }}{{ .a }}{{ end }}{{ .Values.range }}\n`,
        },
        { "manifests/demo.yaml": `${pod}# {{ range .Values.list }}{{ .a }}{{ end }}\n` },
    ),
    files(
        "value in an action that looks like a comment",
        ["manifest-template-invalid", "manifest-value-missing"],
        { "manifests/demo.yaml": `${pod}# {{ .Values.x /* }}\n` },
        { "manifests/demo.yaml": `${pod}# {{/* .Values.x */}}{{- /* }} .Values.y */ -}}\n` },
    ),
    files(
        "hyphen in the name of a value",
        ["manifest-value-missing"],
        {
            "manifests/demo.yaml": pod.replace(".Values.tag", ".Values.image-tag"),
            "values.yaml": `${packSection}manifests:\n  demo:\n    image-tag: 1.0.0\n`,
        },
        {
            "manifests/demo.yaml": pod.replace(".Values.tag", 'index .Values "image-tag"'),
            "values.yaml": `${packSection}manifests:\n  demo:\n    image-tag: 1.0.0\n`,
        },
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
];
