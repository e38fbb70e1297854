import { checkPack } from "../../packages/pack/check/checkPack";
import {
    chartArchive,
    helmPack,
    manifestPack,
    packJson,
    packSection,
    png,
    Scratch,
    type Files,
} from "./packFolder";

const scratch = new Scratch();
afterAll(() => scratch.clear());

const withJson = (more: object, base = manifestPack()): Files => ({
    ...base,
    "pack.json": { ...(base["pack.json"] as object), ...more },
});
const withValues = (text: string, base = manifestPack()): Files => ({
    ...base,
    "values.yaml": `${text}manifests:\n  demo:\n    tag: 1.0.0\n`,
});
const withManifest = (text: string): Files => ({
    ...manifestPack(),
    "manifests/demo.yaml": text,
    "values.yaml": packSection,
});
const macro = (expression: string) => `${packSection}other: "${expression.replace(/"/g, '\\"')}"\n`;
const png3750 = Buffer.from(png);
png3750.writeUInt32BE(3750, 16);

/** Packs that look wrong and are right. Published packs do all of this. */
const packs: Record<string, Files> = {
    "zero-byte values.yaml of an operating system pack": {
        "pack.json": { ...packJson, layer: "os", addonType: undefined },
        "values.yaml": "",
        "logo.png": png,
        "README.md": "",
    },
    "zero-byte values.yaml of an add-on": {
        ...manifestPack(),
        "values.yaml": "",
        "manifests/demo.yaml": "apiVersion: v1\nkind: Pod\n",
    },
    "values.yaml without pack": withValues(""),
    "null as pack": withValues("pack:\n"),
    "empty group and blank eol": withJson({ group: "", eol: " " }),
    "empty kubeManifests beside charts": withJson({ kubeManifests: [] }, helmPack()),
    "empty ansibleRoles": withJson({ ansibleRoles: [] }),
    "undocumented keys that published packs have": withJson({
        commit_msg: "x",
        kubeVersion: ">=1.20",
        readme: "README.md",
    }),
    "chart named unlike its archive and its pack": helmPack(),
    "chart without a root folder": { ...helmPack(), "charts/archive.tgz": chartArchive({}, "./") },
    "chart with apiVersion v1 and requirements.yaml": {
        ...helmPack(),
        "charts/archive.tgz": chartArchive({
            "Chart.yaml": "apiVersion: v1\nname: server\nversion: v0.0.30\n",
            "requirements.yaml": "dependencies:\n  - name: cache\n    repository: x\n",
            "charts/cache-1.2.3.tgz": "x",
        }),
    },
    "chart version 3-canary": {
        ...helmPack(),
        "charts/archive.tgz": chartArchive({ "Chart.yaml": "name: server\nversion: 3-canary\n" }),
    },
    "version 0.30.0-5.5.2026": withJson({ version: "0.30.0-5.5.2026" }),
    "version 26.02.1": withJson({ version: "26.02.1" }),
    "version 1.5": withJson({ version: "1.5" }),
    "version 2.0.1-up.1": withJson({ version: "2.0.1-up.1" }),
    "unpacked chart folder beside its archive": {
        ...helmPack(),
        "charts/server/Chart.yaml": "apiVersion: v2\nname: server\nversion: 0.1.0\n",
        "charts/server/values.yaml": "replicas: 1\n",
        "charts/server/templates/x.yaml": "{{ .Values.replicas }}",
    },
    "manifest that is YAML only when rendered": withManifest(
        'apiVersion: v1\nkind: Pod\n{{- if eq "a" "a" }}\nmetadata: {name: demo}\n{{- end }}\n',
    ),
    "foreign templates in a ConfigMap": withManifest(
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  template: |\n" +
            "    {{ if .Values.global.proxy }}{{ .ObjectMeta.Name }}{{ end }}\n" +
            '    {"a":{"b":"{{workflow.parameters.x}}"}}\n',
    ),
    "foreign template with escaped quotes in JSON": withManifest(
        "apiVersion: v1\nkind: ConfigMap\ndata:\n" +
            '  a: \'{"x":"{{ printf \\"y\\" }}","z":"{{w}}"}\'\n',
    ),
    "braces in the data of another program": withManifest(
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  zones: 'QHBO{{Pi<Ep'\n",
    ),
    "quoted text that goes on at the indentation of its key": withManifest(
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: 'one\n  two'\n  b: {\n  c: 1\n}\n",
    ),
    "the same in values.yaml": withValues(`${packSection}other:\n  a: 'one\n  two'\n`),
    "key twice in a preset, in presets.yaml and in schema.yaml": {
        ...manifestPack(),
        "presets.yaml":
            "presets:\n  - {name: a, name: a, displayName: A, group: g, remove: [], add: '{a: 1, a: 2}'}\n",
        "schema.yaml": "a:\n  schema: '{{ required }}'\n  schema: '{{ required }}'\n",
    },
    "manifest pack without manifests in values.yaml": withManifest("apiVersion: v1\nkind: Pod\n"),
    "nested manifest folders": withJson(
        { kubeManifests: ["manifests/demo.yaml", "manifests/a/b/other.yaml"] },
        { ...manifestPack(), "manifests/a/b/other.yaml": "apiVersion: v1\nkind: Pod\n" },
    ),
    "presets.yaml and schema.yaml of comments": {
        ...manifestPack(),
        "presets.yaml": "# none\n",
        "schema.yaml": "# none\n",
    },
    "preset removes what is not there, schema knows what is not there": {
        ...manifestPack(),
        "presets.yaml":
            "presets:\n  - {name: a, displayName: A, group: g, remove: [charts.x.y], add: 'manifests: {}'}\n",
        "schema.yaml": "charts.x.$[].y:\n  schema: '{{ required | format \"${list:[A,B]}\" }}'\n",
    },
    "cloud custom": withJson({ cloudTypes: ["custom"] }),
    "upgrade window of its own": withJson({
        constraints: {
            dependencies: [
                { packName: "demo", layer: "addon", type: "upgrade", maxVersion: "1.0" },
            ],
        },
    }),
    "macro with pipe and deep path": withValues(
        macro('{{.spectro.pack.wordpress-chart.charts.wordpress.service.port | default "80"}}'),
    ),
    readinessCheck: withValues(`${packSection}readinessCheck:\n  v1beta1: []\n`),
    "large logo that is not square": { ...manifestPack(), "logo.png": png3750 },
    "no namespace": withValues(packSection.replace("  namespace: demo\n", "")),
    "path of 188 characters": {
        ...manifestPack(),
        [`docs/${"folder/".repeat(24)}${"x".repeat(12)}.md`]: "deep",
    },
    "root value that a macro of the pack reads": withValues(
        `${packSection}accountNumber: "1"\nuser: "{{ .spectro.pack.demo.accountNumber }}"\n`,
    ),
    "Helm and Jinja text in values.yaml": withValues(
        `${packSection}text: |\n  {{ include "x" . }}\n  {% for a in b %}{{ a }}{% endfor %}\n`,
    ),
    "negative install priority": withValues(
        `${packSection}  spectrocloud.com/install-priority: "-5"\n`,
    ),
    "optional dependency without bounds": withJson({
        constraints: { dependencies: [{ packName: "x", layer: "k8s", type: "optional" }] },
    }),
    "CRD chart without values": {
        ...helmPack(),
        "charts/archive.tgz": chartArchive({ "values.yaml": "", "templates/deployment.yaml": "" }),
        "values.yaml": `${packSection}charts:\n  server: {}\n`,
    },
    "overrides of a dependency": {
        ...helmPack(),
        "charts/archive.tgz": chartArchive({
            "Chart.yaml":
                "name: server\nversion: 1.0.0\ndependencies:\n  - {name: cache, alias: memory}\n",
            "charts/cache/Chart.yaml": "name: cache\n",
        }),
        "values.yaml": `${packSection}charts:\n  server:\n    memory:\n      size: 1\n`,
    },
    "merge keys and anchors": withValues(
        `${packSection}base: &base\n  a: 1\nderived:\n  <<: *base\n  b: 2\n`,
    ),
};

/** Hints that some of them get; nothing heavier. */
test.each(Object.entries(packs))("%s", async (_, files) => {
    const folder = await scratch.write(files);
    const errors = (await checkPack(folder)).filter(({ severity }) => severity === "error");
    expect(errors).toEqual([]);
});

test("the folder's name means nothing", async () => {
    const folder = await scratch.write(manifestPack(), "Some Folder (copy)");
    expect(await checkPack(folder)).toEqual([]);
});
