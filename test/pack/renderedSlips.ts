import { chartArchive, manifestPack, packJson, packSection, png, type Files } from "./packFolder";
import type { Slip } from "./slips";

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: server
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: { app: server }
  template:
    metadata:
      labels: { app: server }
    spec:
      containers:
        - name: server
          image: "ghcr.io/demo/demo:{{ .Values.image.tag }}"
          resources: {{- toYaml .Values.resources | nindent 12 }}
`;
const defaults = "replicas: 1\nimage:\n  tag: 1.0.0\nresources: {}\n";

/** A chart that Kubernetes would take, with other files. */
export function workingChart(files: Record<string, string> = {}) {
    return chartArchive({
        "values.yaml": defaults,
        "templates/deployment.yaml": deployment,
        ...files,
    });
}

/** A pack of that chart without any finding, rendered or not. */
export function renderablePack(files: Files = {}): Files {
    return {
        "logo.png": png,
        "README.md": "# Demo\n",
        "pack.json": { ...packJson, charts: ["charts/archive.tgz"] },
        "values.yaml": `${packSection}charts:\n  server:\n    replicas: 2\n`,
        "charts/archive.tgz": workingChart(),
        ...files,
    };
}

/** A slip that only rendering shows. */
export interface RenderedSlip extends Omit<Slip, "pack" | "files"> {
    files: Files;
}

function chart(
    title: string,
    rule: Slip["rule"],
    archive: Record<string, string>,
    says: RegExp,
    place: { values?: string; file?: string; at?: string } = {},
): RenderedSlip {
    const own = place.values === undefined ? "    replicas: 2\n" : place.values;
    return {
        title: `chart: ${title}`,
        files: renderablePack({
            "charts/archive.tgz": workingChart(archive),
            "values.yaml": `${packSection}charts:\n  server:\n${own}`,
        }),
        rule,
        file: place.file ?? "pack.json",
        at: place.at ?? "archive.tgz",
        says,
    };
}
const more = (text: string) => ({ "templates/more.yaml": text });
const inValues = (values: string, at: string) => ({ values, file: "values.yaml", at });

const config = (name = "more", rest = "data:\n  key: value\n") =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${rest}`;

function manifest(
    title: string,
    rule: Slip["rule"],
    text: string,
    at: string,
    says: RegExp,
): RenderedSlip {
    return {
        title: `manifest: ${title}`,
        files: {
            ...manifestPack(),
            "manifests/demo.yaml": `${String(manifestPack()["manifests/demo.yaml"])}---\n${text}`,
        },
        rule,
        file: at === "" ? "pack.json" : "manifests/demo.yaml",
        at,
        says,
    };
}
const service = (ports: string) =>
    `apiVersion: v1\nkind: Service\nmetadata:\n  name: demo\nspec:\n  ports:\n${ports}`;

function preset(title: string, add: string, says: RegExp): RenderedSlip {
    return {
        title: `preset: ${title}`,
        files: renderablePack({
            "charts/archive.tgz": workingChart(
                more(
                    '{{- if eq .Values.mode "big" }}\na: {{ required "size is required" .Values.size }}\n{{- end }}\n',
                ),
            ),
            "values.yaml": `${packSection}charts:\n  server:\n    replicas: 2\n    mode: small\n`,
            "presets.yaml": `presets:\n  - name: big\n    displayName: Big\n    group: size\n    remove: []\n    add: |\n      charts:\n        server:\n          ${add}\n`,
        }),
        rule: "preset-render-failed",
        file: "presets.yaml",
        at: "name: big",
        says,
    };
}

const container =
    "      containers:\n        - name: x\n          image: ghcr.io/demo/demo:1.0.0\n";
const workload = (pod: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: more
spec:
  selector:
    matchLabels: { app: x }
  template:
    metadata:
      labels: { app: x }
    spec:
${pod}`;

/** Slips of every kind that only what comes out shows. */
export const renderedSlips: RenderedSlip[] = [
    chart(
        "a required value is not there",
        "render-failed",
        more('a: {{ required "host is required" .Values.host }}\n'),
        /more\.yaml, line 1: host is required/,
    ),
    chart("fail", "render-failed", more('{{ fail "choose a mode" }}\n'), /choose a mode/),
    chart(
        "a value of nothing",
        "render-failed",
        more("a: {{ .Values.database.host }}\n"),
        /reads host of a value that is not there.*Set charts\.server\.database\.host/,
        inValues("    replicas: 2\n", "server:"),
    ),
    chart(
        "a field of a text",
        "render-failed",
        more("a: {{ .Values.mode.name }}\n"),
        /reads name of a value that is no mapping/,
        inValues("    replicas: 2\n    mode: fast\n", "mode: fast"),
    ),
    chart(
        "a wrong type for a function",
        "render-failed",
        more("a: {{ add 1 .Values.replicas | repeat }}\n"),
        /wrong number of args/,
    ),
    chart(
        "indentation that breaks the manifest",
        "render-failed",
        more(config("more", "data:\n  a: 1\n {{ .Values.replicas }}\n")),
        /templates\/more\.yaml renders to what is not YAML/,
    ),
    chart(
        "the values break the chart's schema",
        "render-failed",
        { "values.schema.json": JSON.stringify({ properties: { replicas: { type: "integer" } } }) },
        /values\.schema\.json does not allow.*replicas.*(integer)/,
        inValues("    replicas: two\n", "replicas: two"),
    ),
    chart(
        "a value that the chart's schema does not have",
        "render-failed",
        {
            "values.schema.json": JSON.stringify({
                additionalProperties: false,
                properties: { replicas: {}, image: {}, resources: {}, size: {}, global: {} },
            }),
        },
        /values\.schema\.json does not allow.*sise/,
        { ...inValues("    replicas: 2\n    sise: 3\n", "sise: 3") },
    ),
    chart(
        "a value outside of the schema's bounds",
        "render-failed",
        { "values.schema.json": JSON.stringify({ properties: { replicas: { maximum: 5 } } }) },
        /does not allow.*replicas.*5/,
        inValues("    replicas: 9\n", "replicas: 9"),
    ),
    chart(
        "a Kubernetes that the chart does not want",
        "render-failed",
        { "Chart.yaml": "apiVersion: v2\nname: server\nversion: 0.1.0\nkubeVersion: '>=1.99.0'\n" },
        /wants Kubernetes >=1\.99\.0.*--kube-version/,
    ),
    preset("a required value is not there", "mode: big", /With preset big.*size is required/),
    chart(
        "no apiVersion",
        "object-incomplete",
        more(config().replace("apiVersion: v1\n", "")),
        /ConfigMap more lacks apiVersion/,
    ),
    chart(
        "no name",
        "object-incomplete",
        more("apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"),
        /lacks metadata\.name/,
    ),
    chart(
        "an object twice",
        "object-duplicate",
        more(`${config()}---\n${config()}`),
        /ConfigMap more is there twice/,
    ),
    chart(
        "the API of an old Kubernetes",
        "object-api-removed",
        more("apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata:\n  name: server\n"),
        /Kubernetes 1\.25 removed.*policy\/v1/,
    ),
    chart(
        "a name in capitals",
        "object-name-invalid",
        more(config("{{ .Release.Name | upper }}")),
        /name that Kubernetes refuses/,
    ),
    chart(
        "a misspelt field in values",
        "object-field-unknown",
        {},
        /limit is no field.*Did you mean limits/,
        inValues("    resources:\n      limit:\n        cpu: 1\n", "limit:"),
    ),
    chart(
        "a misspelt field in a template",
        "object-field-unknown",
        more(
            `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: server\nautomountServiceToken: true\n`,
        ),
        /automountServiceToken is no field.*automountServiceAccountToken/,
    ),
    chart(
        "an image that is not listed",
        "image-unlisted",
        more(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: more\nspec:\n  containers:\n    - name: more\n      image: ghcr.io/demo/more:2.0.0\n",
        ),
        /lacks an image.*Add - image: ghcr\.io\/demo\/more:2\.0\.0/,
        { file: "values.yaml", at: "images:" },
    ),
    {
        ...chart(
            "an image that nothing runs",
            "image-unused",
            {},
            /Nothing that the pack installs names the image ghcr\.io\/demo\/old:1/,
        ),
        files: renderablePack({
            "values.yaml": `${packSection}      - image: ghcr.io/demo/old:1\ncharts:\n  server:\n    replicas: 2\n`,
        }),
        file: "values.yaml",
        at: "old:1",
    },
    {
        ...chart(
            "another version than the one listed",
            "image-unlisted",
            {},
            /lacks an image.*demo:2\.0\.0/,
        ),
        files: renderablePack({
            "values.yaml": `${packSection}charts:\n  server:\n    image:\n      tag: 2.0.0\n`,
        }),
        file: "values.yaml",
        at: "images:",
    },
    manifest(
        "a tab",
        "render-failed",
        config("more", "data:\n\ta: {{ .Values.tag }}\n"),
        "\ta:",
        /not YAML: .*tabs/,
    ),
    manifest(
        "-- for ---",
        "render-failed",
        `${config()}--\n${config("other")}`,
        "--",
        /separated by ---/,
    ),
    manifest(
        "no kind",
        "object-incomplete",
        config().replace("kind: ConfigMap\n", "") + "# {{ .Values.tag }}\n",
        "apiVersion: v1",
        /lacks kind/,
    ),
    manifest(
        "a key twice",
        "object-duplicate-key",
        `${config()}# {{ .Values.tag }}\ndata:\n  b: c\n`,
        "data:",
        /key data twice/,
    ),
    manifest(
        "the same object twice",
        "object-duplicate",
        `${config()}---\n${config()}`,
        "name: more",
        /ConfigMap more is there twice/,
    ),
    manifest(
        "underscores in a name",
        "object-name-invalid",
        config("more_data"),
        "name: more_data",
        /name that Kubernetes refuses/,
    ),
    manifest("a number as name", "object-name-invalid", config("12"), "name: 12", /quotes/),
    manifest(
        "a removed Ingress",
        "object-api-removed",
        "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata:\n  name: demo\n",
        "extensions/v1beta1",
        /1\.22 removed.*networking\.k8s\.io\/v1/,
    ),
    manifest(
        "a removed CronJob",
        "object-api-removed",
        "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata:\n  name: demo\n",
        "batch/v1beta1",
        /1\.25 removed.*batch\/v1/,
    ),
    manifest(
        "containerPorts of a service",
        "object-field-unknown",
        service("    - port: 80\n      targetport: 8080\n"),
        "targetport",
        /Did you mean targetPort/,
    ),
    manifest(
        "a port in quotes",
        "object-field-type",
        service('    - port: "80"\n'),
        "port:",
        /port is a text instead of a number/,
    ),
    manifest(
        "ports as a mapping",
        "object-field-type",
        service("      port: 80\n"),
        "ports:",
        /a mapping instead of a list/,
    ),
    manifest(
        "a number in a ConfigMap",
        "object-field-type",
        config("more", "data:\n  retries: 3\n"),
        "retries",
        /Write it in quotes/,
    ),
    manifest(
        "true as a label",
        "object-field-type",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\n  labels:\n    fast: true\n",
        "fast: true",
        /boolean instead of a text/,
    ),
    manifest(
        "a service without port",
        "object-incomplete",
        service("    - name: http\n"),
        "ports",
        /port is missing/,
    ),
    manifest(
        "spec in the wrong place",
        "object-field-unknown",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: demo\nports:\n  - port: 80\n",
        "ports:",
        /ports is no field/,
    ),
    manifest(
        "a selector that its own pods do not have",
        "object-inconsistent",
        workload("      containers: []\n").replace("labels: { app: x }", "labels: { app: y }"),
        "selector:",
        /selects pods by app=x.*the same labels/,
    ),
    manifest(
        "a volume that is not there",
        "object-inconsistent",
        workload(`${container}          volumeMounts: [{ name: data, mountPath: /data }]\n`),
        "volumeMounts",
        /mounts the volume data.*Add it to volumes/,
    ),
    manifest(
        "an amount in another unit",
        "object-inconsistent",
        workload(
            `${container}          resources:\n            limits:\n              memory: 100MB\n`,
        ),
        "memory:",
        /limits\.memory is 100MB.*Write 100Mi/,
    ),
    manifest(
        "another letter case of a value",
        "object-inconsistent",
        workload(`${container}          imagePullPolicy: always\n`),
        "imagePullPolicy",
        /Write Always/,
    ),
    manifest(
        "several ports without names",
        "object-inconsistent",
        service("    - port: 80\n    - port: 443\n"),
        "ports:",
        /Give each port a name/,
    ),
    manifest(
        "a secret that is not encoded",
        "object-inconsistent",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: more\ndata:\n  password: hunter2!\n",
        "password",
        /data\.password is not base64/,
    ),
    manifest(
        "a kind misspelt",
        "object-kind-unknown",
        config().replace("ConfigMap", "Configmap"),
        "kind:",
        /has no kind Configmap.*Did you mean ConfigMap/,
    ),
    manifest(
        "a kind of another group",
        "object-kind-unknown",
        workload(container).replace("apps/v1", "app/v1"),
        "kind:",
        /Deployment is of apps\/v1/,
    ),
    manifest(
        "Name for name",
        "object-field-unknown",
        config().replace("name:", "Name:"),
        "Name:",
        /Did you mean name/,
    ),
    chart(
        "a values.schema.json that is not JSON",
        "render-failed",
        { "values.schema.json": "{" },
        /values\.schema\.json cannot be used/,
    ),
    manifest(
        "a list as metadata",
        "render-failed",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  - name: more\n",
        "",
        /metadata of an object is a list instead of a mapping/,
    ),
];
