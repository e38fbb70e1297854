import { chartArchive, manifestPack, packSection, type Files } from "./packFolder";
import { renderablePack, workingChart } from "./renderedSlips";

const pod = String(manifestPack()["manifests/demo.yaml"]);
const withManifest = (text: string): Files => ({
    ...manifestPack(),
    "manifests/demo.yaml": `${pod}---\n${text}`,
});
const withTemplate = (text: string): Files =>
    renderablePack({ "charts/archive.tgz": workingChart({ "templates/more.yaml": text }) });
const values = (text: string): Files => renderablePack({ "values.yaml": text });
const images = (image: string) =>
    `pack:\n  namespace: demo\n  content:\n    images:\n      - image: ${image}\n`;
const chart = "charts:\n  server:\n    replicas: 2\n";
const config = (name: string, rest: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${rest}`;

/** Packs that are right, and look wrong to who does not know Kubernetes and Helm well. */
export const renderedControls: Record<string, Files> = {
    "names of roles with colons": withManifest(
        'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: "system:demo:Reader"\nrules:\n  - verbs: [get]\n    apiGroups: [""]\n    resources: [pods]\n',
    ),
    "a generated name": withManifest(
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: demo-\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: a\n          image: ghcr.io/demo/demo:1.0.0\n",
    ),
    "quantities as numbers": values(
        `${packSection}charts:\n  server:\n    resources:\n      limits: { cpu: 2, memory: 1Gi }\n`,
    ),
    "ports by number and by name": withManifest(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: demo\nspec:\n  ports:\n    - { name: a, port: 80, targetPort: 8080 }\n    - { name: b, port: 81, targetPort: http }\n",
    ),
    "fields of null": withManifest(config("more", "immutable:\ndata:\n  a: b\n")),
    "a custom resource with fields of its own": withManifest(
        "apiVersion: demo.io/v1\nkind: Database\nmetadata:\n  name: demo\nspec:\n  replicaz: 3\n",
    ),
    "objects of one name in two namespaces": withManifest(
        `${config("more", "data: {}\n")}---\n${config("more", "data: {}\n").replace("  name: more", "  name: more\n  namespace: other")}`,
    ),
    "objects of one name and two kinds": withManifest(config("demo", "data:\n  a: b\n")),
    "documents of comments alone": withManifest("# nothing\n---\n---\n# nothing either\n"),
    "a list of objects": withManifest(
        `apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: ConfigMap\n    metadata:\n      name: a\n`,
    ),
    "a template that renders to nothing": withTemplate(
        "{{- if .Values.more }}\nkind: Pod\n{{- end }}\n",
    ),
    "a required value that is there": withTemplate(
        config("more", 'data:\n  a: {{ required "replicas" .Values.replicas | quote }}\n'),
    ),
    "an image of Docker Hub in its long form": renderablePack({
        "values.yaml": images("docker.io/library/nginx:1.27") + chart,
        "charts/archive.tgz": chartArchive({
            "values.yaml": "replicas: 1\n",
            "templates/deployment.yaml":
                "apiVersion: v1\nkind: Pod\nmetadata:\n  name: demo\nspec:\n  containers:\n    - name: a\n      image: nginx:1.27\n# {{ .Values.replicas }}\n",
        }),
    }),
    "an image that an operator is told of": renderablePack({
        "values.yaml": `${packSection}      - image: ghcr.io/demo/worker:1\n${chart}`,
        "charts/archive.tgz": workingChart({
            "templates/more.yaml": config("more", "data:\n  image: ghcr.io/demo/worker\n"),
        }),
    }),
    "macros in values that a chart renders": renderablePack({
        "values.yaml": `${packSection}charts:\n  server:\n    replicas: 2\n    host: "{{ .spectro.system.cluster.name }}.example.com"\n`,
        "charts/archive.tgz": workingChart({
            "templates/more.yaml": config(
                "more",
                "data:\n  host: {{ tpl .Values.host . | quote }}\n",
            ),
        }),
    }),
    "a preset that adds what the chart then needs": renderablePack({
        "values.yaml": `${packSection}charts:\n  server:\n    replicas: 2\n    mode: small\n`,
        "charts/archive.tgz": workingChart({
            "templates/more.yaml":
                '{{- if eq .Values.mode "big" }}\n' +
                config("more", 'data:\n  size: {{ required "size" .Values.size | quote }}\n') +
                "{{- end }}\n",
        }),
        "presets.yaml":
            "presets:\n  - name: big\n    displayName: Big\n    group: size\n    remove: []\n    add: |\n      charts:\n        server:\n          mode: big\n          size: 3\n",
    }),
};
