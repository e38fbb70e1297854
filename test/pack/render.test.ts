import { chmodSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { readPack } from "../../packages/pack/check/readPack";
import { comparePacks, formatComparison } from "../../packages/pack/cli/comparePacks";
import { changeLines } from "../../packages/pack/cli/showChange";
import { renderedLines } from "../../packages/pack/cli/showRendered";
import { compareRenderings } from "../../packages/pack/render/compareRenderings";
import { fieldChanges } from "../../packages/pack/render/fieldChanges";
import { findHelm } from "../../packages/pack/render/helm";
import { mergeValues } from "../../packages/pack/format/values";
import {
    imagesOf,
    packRenderer,
    renderPack,
    splitDocuments,
} from "../../packages/pack/render/renderPack";
import { describeWith } from "../sandbox/binaries";
import { chartArchive, manifestPack, packJson, Scratch, type Files } from "./packFolder";

const scratch = new Scratch();
afterAll(() => scratch.clear());

function rendering(...texts: string[]) {
    const documents = texts
        .flatMap(splitDocuments)
        .map((text) => ({ source: "charts/a-1.0.0.tgz", namespace: "demo", text }));
    return { documents, problems: [] };
}

async function compare(before: string, after: string, again = before) {
    return compareRenderings(rendering(before), rendering(after), () =>
        Promise.resolve(rendering(again)),
    );
}

const object = (kind: string, name: string, rest = "") =>
    `---\napiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${rest}`;

describe("objects", () => {
    test("that are added, removed, changed and equal", async () => {
        const before = object("ConfigMap", "a", "data:\n  x: '1'\n") + object("Pod", "old");
        const after =
            object("ConfigMap", "a", "data:\n  x: '2'\n") + object("Service", "new", "spec: {}\n");
        const same = object("Pod", "same");
        expect(await compare(before + same, same + after)).toMatchObject({
            objects: [
                {
                    change: "changed",
                    kind: "ConfigMap",
                    name: "a",
                    fields: [{ path: "data.x", before: "1", after: "2" }],
                },
                { change: "added", kind: "Service", name: "new" },
                { change: "removed", kind: "Pod", name: "old" },
            ],
            unchanged: 1,
        });
    });

    test("a new version of an API or another order of keys is the same object", async () => {
        const before = "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: a}\n";
        const after = "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: a}\n";
        const { objects } = await compare(before, after);
        expect(
            objects.map(({ change, fields }) => [change, fields.map(({ path }) => path)]),
        ).toEqual([["changed", ["apiVersion"]]]);
        expect((await compare("kind: A\nx: 1\ny: 2\n", "y: 2\nx: 1\nkind: A\n")).objects).toEqual(
            [],
        );
    });

    test("what is made up at each rendering is no change", async () => {
        const secret = (password: string, user: string) =>
            object("Secret", "a", `data:\n  password: ${password}\n  user: ${user}\n`);
        expect(
            (await compare(secret("x", "u"), secret("y", "u"), secret("z", "u"))).objects,
        ).toEqual([]);
        const { objects } = await compare(secret("x", "u"), secret("y", "v"), secret("z", "u"));
        expect(objects[0]?.fields.map(({ path }) => path)).toEqual(["data.user"]);
    });

    test("the values of a Secret are not shown", async () => {
        const secret = (value: string) =>
            object("Secret", "a", `stringData:\n  password: ${value}\n`);
        const comparison = await compare(secret("hunter1"), secret("hunter2"));
        expect(JSON.stringify(comparison)).not.toContain("hunter");
        expect(renderedLines(comparison).join("\n")).toContain("stringData.password");
    });

    test("a chart that one side cannot render is not compared, whatever its version", async () => {
        const after = {
            documents: [],
            problems: [
                {
                    source: "charts/a-1.1.0.tgz",
                    valuesPath: ["charts", "a"],
                    message: "nil pointer",
                },
            ],
        };
        const before = rendering(object("Pod", "a"));
        const comparison = await compareRenderings(before, after, () => Promise.resolve(before));
        expect(comparison.objects).toEqual([]);
        expect(renderedLines(comparison).at(-1)).toBe(
            "charts/a-1.1.0.tgz (after) cannot be rendered and is not compared: nil pointer",
        );
    });

    test("definitions and images have parts of their own", async () => {
        const pod = (tag: string) =>
            object(
                "Pod",
                "a",
                `spec:\n  containers:\n    - name: a\n      image: "ghcr.io/a:${tag}"\n`,
            );
        const definition = object("CustomResourceDefinition", "x", "spec: {image: schema}\n");
        expect(renderedLines(await compare(pod("1"), pod("2") + definition))).toEqual([
            "In the cluster: 1 added, 1 changed, 0 removed, 0 unchanged",
            "M Pod a (charts/a-1.0.0.tgz)",
            '    spec.containers[a].image: "ghcr.io/a:1" → "ghcr.io/a:2"',
            "Custom resource definitions:",
            "  A CustomResourceDefinition x (charts/a-1.0.0.tgz)",
            "Images:",
            "  - ghcr.io/a:1",
            "  + ghcr.io/a:2",
        ]);
    });
});

describe("fields", () => {
    test("of lists: by name, by number, or the items of one side", () => {
        const env = (...names: string[]) => names.map((name) => ({ name, value: name }));
        expect(fieldChanges(env("a", "b"), env("b", "c"))).toEqual([
            { path: "[a]", before: { name: "a", value: "a" } },
            { path: "[c]", after: { name: "c", value: "c" } },
        ]);
        expect(fieldChanges({ args: ["x", "y"] }, { args: ["x", "z"] })).toEqual([
            { path: "args[1]", before: "y", after: "z" },
        ]);
        expect(fieldChanges(env("a", "b"), env("b", "a"))).toHaveLength(1);
    });

    test("a long text is not cut before what differs", () => {
        const long = (middle: string) => `${"a".repeat(500)}${middle}${"b".repeat(500)}`;
        const [line = ""] = changeLines({ path: "x", before: long("old"), after: long("new") });
        expect(line).toMatch(/^x: …a{30}oldb{30}…? → …a{30}newb{30}…?$/);
        const everything = changeLines({ path: "x", before: "a", after: `${"c".repeat(300)}end` });
        expect(everything.join("\n")).toContain("end");
    });

    test("of texts with lines, those that differ with a few around them", () => {
        const text = (middle: string) => `a\nb\nc\nd\n${middle}\ne\nf\ng\nh\n`;
        expect(changeLines({ path: "data.conf", before: text("old"), after: text("new") })).toEqual(
            [
                "data.conf:",
                "    … 2 equal lines",
                "    c",
                "    d",
                "  - old",
                "  + new",
                "    e",
                "    f",
                "    … 2 equal lines",
            ],
        );
    });

    test("a long value that is new is YAML", () => {
        const after = { limits: { cpu: "100m", memory: "x".repeat(80) } };
        expect(changeLines({ path: "resources", after }).slice(0, 3)).toEqual([
            "resources added:",
            "  + limits:",
            "  +   cpu: 100m",
        ]);
    });
});

describeWith("helm")("Helm", () => {
    const helm = findHelm() ?? "";

    const pack = (tag: string, extra = ""): Files => ({
        ...manifestPack(),
        "pack.json": {
            ...packJson,
            version: tag,
            charts: ["charts/server.tgz"],
            kubeManifests: ["manifests/demo.yaml"],
        },
        "values.yaml": `pack:
  namespace: demo
  releaseNameOverride: { server: web }
charts:
  server:
    image: { tag: "${tag}" }
    label: "{{ .spectro.system.cluster.name }}"
    version: "{{ .spectro.system.kubernetes.version | substr 0 4 }}"
    ${extra}
manifests:
  demo: { tag: "${tag}" }
`,
        "charts/server.tgz": chartArchive({
            "templates/deployment.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
  labels:
    cluster: {{ tpl .Values.label . | quote }}
    version: {{ .Values.version | quote }}
spec:
  template:
    spec:
      containers:
        - name: server
          image: ghcr.io/demo/server:{{ .Values.image.tag }}
          {{- if .Values.broken }}{{ fail "no server without a broker" }}{{ end }}
`,
            "crds/crd.yaml":
                "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: x\n",
        }),
    });
    const open = async (files: Files) => readPack(await scratch.write(files));

    test("renders charts and manifests with the pack's values, and keeps macros", async () => {
        const { documents, problems } = await renderPack(await open(pack("1.0.0")), { helm });
        expect(problems).toEqual([]);
        const text = documents.map((document) => document.text).join("---\n");
        expect(text).toContain("name: web\n  namespace: demo\n");
        expect(text).toContain('cluster: "{{ .spectro.system.cluster.name }}"');
        expect(text).toContain('version: "1.33"');
        expect(text).toContain("kind: CustomResourceDefinition");
        expect(imagesOf(documents)).toEqual([
            "ghcr.io/demo/demo:1.0.0",
            "ghcr.io/demo/server:1.0.0",
        ]);
    });

    test("what other values leave as it was is not rendered again", async () => {
        const counted = scratch.file("helm", `#!/bin/sh\necho >> "$0.runs"\nexec "${helm}" "$@"\n`);
        chmodSync(counted, 0o755);
        const runs = () => readFileSync(`${counted}.runs`, "utf8").length;
        const own = await open(pack("1.0.0"));
        const render = packRenderer(own, { helm: counted });
        const before = await render();
        const parts = runs();
        expect(parts).toBe(2);
        expect(await render()).toEqual(before);
        expect(runs()).toBe(parts);
        const values = mergeValues(own.values, "charts: {server: {image: {tag: 9.0.0}}}");
        const { documents, problems } = await render({ value: parse(values) as unknown });
        expect(problems).toEqual([]);
        expect(imagesOf(documents)).toContain("ghcr.io/demo/server:9.0.0");
        expect(runs()).toBe(parts + 1);
    });

    test("what Helm refuses is told with the place of its values", async () => {
        const { problems } = await renderPack(await open(pack("1.0.0", "broken: true")), { helm });
        expect(problems).toMatchObject([
            { source: "charts/server.tgz", valuesPath: ["charts", "server"] },
        ]);
        expect(problems[0]?.message).toContain("no server without a broker");
        expect(problems[0]?.message).not.toMatch(/--debug|pack-render/);
    });

    test("the comparison of two packs tells what changes in the cluster", async () => {
        const [before, after] = [await open(pack("1.0.0")), await open(pack("1.1.0"))];
        const [old, now] = await Promise.all(
            [before, after].map((source) => renderPack(source, { helm })),
        );
        const rendered = await compareRenderings(old!, now!, () => renderPack(before, { helm }));
        const text = formatComparison({ ...(await comparePacks(before, after)), rendered });
        expect(text).toContain("In the cluster: 0 added, 2 changed, 0 removed, 1 unchanged\n");
        expect(text).toContain(
            'spec.template.spec.containers[server].image: "ghcr.io/demo/server:1.0.0" → "ghcr.io/demo/server:1.1.0"',
        );
    });
});
