import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Helm } from "../../sandbox/palette/clusters/helm";
import { resolveMacros } from "../../sandbox/palette/clusters/macros";
import { type PackToRender, renderPack } from "../../sandbox/palette/clusters/render";
import { describeWithHelm, helloManifest, helloValues } from "./clustersSupport";

let dir: string;
const helm = new Helm("helm", new AbortController().signal);
beforeEach(() => (dir = fs.mkdtempSync(path.join(os.tmpdir(), "render-test-"))));
afterEach(() => fs.rmSync(dir, { recursive: true }));

function pack(manifests: Record<string, string>, values: string): PackToRender {
    for (const [name, text] of Object.entries(manifests)) {
        fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
        fs.writeFileSync(path.join(dir, name), text);
    }
    return {
        name: "hellouniverse",
        values,
        folder: dir,
        kubeManifests: Object.keys(manifests),
        charts: [],
        manifests: [],
        kubeVersion: "1.32.3",
    };
}

const hello = (values = helloValues(), manifest = helloManifest): PackToRender =>
    pack({ "manifests/hello-universe.yaml": manifest }, values);

describeWithHelm("manifests", () => {
    test("are Go templates whose values are the block of their base name", async () => {
        const rendered = await renderPack(hello(helloValues({ port: 9090, tag: "1.1.0" })), helm);
        expect(rendered).toEqual({
            services: [
                {
                    name: "hello-universe-service",
                    namespace: "hello-universe",
                    ports: [{ port: 9090, protocol: "TCP" }],
                },
            ],
            workloads: [
                {
                    kind: "Deployment",
                    name: "hello-universe-deployment",
                    namespace: "hello-universe",
                    replicas: 2,
                    containers: [
                        {
                            name: "hello-universe",
                            image: "ghcr.io/spectrocloud/hello-universe:1.1.0",
                        },
                    ],
                },
            ],
            namespaces: ["hello-universe"],
        });
    });

    test("have Sprig, nested folders, several documents, and no block when they need none", async () => {
        const manifests = {
            "manifests/a/first.yaml":
                'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ "FIRST" | lower }}\n  namespace: own\n',
            "manifests/_second.yaml":
                "---\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: two}\n",
        };
        const rendered = await renderPack(pack(manifests, ""), helm);
        expect(rendered.namespaces).toEqual(["own", "default"]);
    });

    test("read scalars as Helm reads them in place", async () => {
        const manifest =
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.a }}-{{ .Values.b }}-{{ .Values.c.d }}\n";
        const values =
            'base: &base {d: deep}\nmanifests:\n  m:\n    a: yes\n    b: "1.20"\n    c: *base\n';
        const rendered = renderPack(pack({ "manifests/m.yaml": manifest }, values), helm);
        await expect(rendered).resolves.toMatchObject({ namespaces: ["default"] });
    });

    const service = (ports: string, type = "LoadBalancer"): string =>
        `apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {type: ${type}${ports}}\n`;
    const pod = (image: string): string =>
        `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c${image}}]}\n`;

    test.each<[what: string, manifest: string, message: RegExp]>([
        [
            "a value that is missing",
            "a: {{ .Values.none.deeper }}",
            /hello-universe\.yaml.*nil pointer/s,
        ],
        ["broken braces", "a: {{ .Values.tag }", /hello-universe\.yaml.*unexpected "}"/s],
        ["an unknown function", 'a: {{ frobnicate "x" }}', /function "frobnicate" not defined/],
        ["no YAML after rendering", "apiVersion: v1\n  kind: X\n", /YAML parse error/],
        ["a tab", "apiVersion: v1\nkind: X\nmetadata:\n\tname: x\n", /YAML parse error/],
        ["no apiVersion", "kind: ConfigMap\nmetadata: {name: a}\n", /lacks apiVersion or kind/],
        ["no kind", "apiVersion: v1\nmetadata: {name: a}\n", /lacks apiVersion or kind/],
        ["no name", "apiVersion: v1\nkind: ConfigMap\n", /without metadata.name/],
        [
            "a Service without ports",
            service(""),
            /Service s is of type LoadBalancer and has no port/,
        ],
        ["a Service with no port number", service(", ports: [{port: http}]"), /port "http" is not/],
        [
            "a Service with an empty port",
            service(", ports: [{port: {{ .Values.none }}}]"),
            /port null is not/,
        ],
        ["no image", pod(""), /Pod p: container 'c' has no image/],
        ["an empty image", pod(', image: ""'), /container 'c' has no image/],
        ["a malformed image", pod(', image: "ghcr.io//a:1"'), /'ghcr.io\/\/a:1' of container 'c'/],
        ["an image in upper case", pod(', image: "Nginx:1"'), /'Nginx:1'/],
        ["an image with an empty tag", pod(', image: "ghcr.io/a/b:"'), /'ghcr.io\/a\/b:'/],
    ])("fail with %s", async (_what, manifest, message) => {
        await expect(renderPack(hello(helloValues(), manifest), helm)).rejects.toThrow(message);
    });

    test.each([
        "nginx",
        "localhost/a",
        "h:5000/a/b_c",
        "a.b/c__d/e:v1.2-x",
        `a@sha256:${"0".repeat(64)}`,
    ])("take image %s", async (image) => {
        const rendered = await renderPack(hello(helloValues(), pod(`, image: "${image}"`)), helm);
        expect(rendered.workloads[0]!.containers[0]!.image).toBe(image);
    });

    test("other kinds of Services and unlisted ports are fine", async () => {
        const manifest = service("", "ClusterIP");
        expect((await renderPack(hello(helloValues(), manifest), helm)).services).toEqual([]);
    });

    test("a listed manifest that is not in the pack fails", async () => {
        const broken = { ...hello(), kubeManifests: ["manifests/none.yaml"] };
        await expect(renderPack(broken, helm)).rejects.toThrow(/none.yaml is not in pack/);
    });

    test("values that are no YAML or no mapping fail", async () => {
        await expect(renderPack(hello("a: [1"), helm)).rejects.toThrow(
            /values of pack hellouniverse/,
        );
        await expect(renderPack(hello("- a"), helm)).rejects.toThrow(/not a mapping/);
    });

    test("nothing stays in the temporary folder", async () => {
        const before = process.env.TMPDIR;
        const own = path.join(dir, "tmp");
        fs.mkdirSync(own);
        process.env.TMPDIR = own;
        try {
            await renderPack(hello(), helm);
            await expect(renderPack(hello(helloValues(), "a: {{"), helm)).rejects.toThrow();
            expect(fs.readdirSync(own)).toEqual([]);
        } finally {
            process.env.TMPDIR = before;
            if (before === undefined) {
                delete process.env.TMPDIR;
            }
        }
    });
});

describeWithHelm("charts", () => {
    function chart(name: string, files: Record<string, string>): string {
        const folder = path.join(dir, "source", name);
        const chartFiles: Record<string, string> = {
            "Chart.yaml": `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`,
            ...files,
        };
        for (const [file, text] of Object.entries(chartFiles)) {
            fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
            fs.writeFileSync(path.join(folder, file), text);
        }
        const target = `charts/${name}-x.tgz`;
        fs.mkdirSync(path.join(dir, "charts"), { recursive: true });
        execFileSync("tar", ["-czf", path.join(dir, target), "-C", path.join(dir, "source"), name]);
        return target;
    }

    const deployment = [
        "apiVersion: apps/v1",
        "kind: Deployment",
        "metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}",
        'spec: {template: {spec: {containers: [{name: c, image: "{{ .Values.image }}:{{ .Values.tag }}"}]}}}',
    ].join("\n");

    test("are rendered by Helm with the values below the chart's own name", async () => {
        const file = chart("web", {
            "values.yaml": "image: nginx\ntag: default\n",
            "templates/deployment.yaml": deployment,
            "templates/tests/test.yaml":
                'apiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {"helm.sh/hook": test}}\nspec: {containers: []}\n',
            "crds/crd.yaml":
                "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: crd}\n",
        });
        const values =
            "pack: {namespace: web-ns}\ncharts:\n  web:\n    tag: '7'\n  other: {tag: no}\n";
        const rendered = await renderPack({ ...pack({}, values), charts: [file] }, helm);
        expect(rendered.workloads).toEqual([
            {
                kind: "Deployment",
                name: "hellouniverse-web",
                namespace: "web-ns",
                replicas: 1,
                containers: [{ name: "c", image: "nginx:7" }],
            },
        ]);
    });

    test("take releaseNameOverride", async () => {
        const file = chart("web", {
            "values.yaml": "image: nginx\ntag: a\n",
            "templates/deployment.yaml": deployment,
        });
        const values = "pack:\n  releaseNameOverride: {web: mine}\n";
        const rendered = await renderPack({ ...pack({}, values), charts: [file] }, helm);
        expect(rendered.workloads[0]!.name).toBe("mine");
    });

    test("fail with Helm's message", async () => {
        const file = chart("web", { "templates/a.yaml": '{{ fail "no such luck" }}' });
        const broken = { ...pack({}, ""), charts: [file] };
        await expect(renderPack(broken, helm)).rejects.toThrow(/charts\/web-x.tgz: .*no such luck/);
        fs.writeFileSync(path.join(dir, file), "not a chart");
        await expect(renderPack(broken, helm)).rejects.toThrow(/charts\/web-x.tgz/);
    });
});

describeWithHelm("macros", () => {
    const values = {
        system: { cluster: { name: "demo", uid: "123" }, kubernetes: { version: "1.32.3" } },
        var: { replicas: "3" },
        pack: {
            "web-chart": {
                charts: { web: { host: "a.b" } },
                nested: "{{ .spectro.system.cluster.name }}",
            },
        },
    };
    const resolve = (text: string): Promise<string> => resolveMacros(text, values, helm);

    test.each([
        ["no macro: {{ .Values.x }} {{ include }}", "no macro: {{ .Values.x }} {{ include }}"],
        ["{{ .spectro.system.cluster.name }}-{{.spectro.system.cluster.uid}}", "demo-123"],
        ["{{ .spectro.system.cluster.name | upper }}", "DEMO"],
        ["v{{ .spectro.system.kubernetes.version | substr 0 4 }}", "v1.32"],
        ["{{ .spectro.var.replicas }}", "3"],
        ["{{ .spectro.pack.web-chart.charts.web.host }}", "a.b"],
        ['{{ .spectro.pack.web-chart.charts.none | default "1.19.0" }}', "1.19.0"],
        ["[{{ .spectro.pack.unknown.value }}]", "[]"],
        ["{{ .spectro.pack.web-chart.nested }}", "demo"],
        ["{{ .spectro.system.cluster.kubevip }}", ""],
        ["a: '<&>' # {{ .spectro.system.cluster.name | printf \"<%s&>\" }}", "a: '<&>' # <demo&>"],
    ])("%s", async (text, expected) => {
        expect(await resolve(text)).toBe(expected);
    });

    test.each([
        ["{{ .spectro.system.cluster.nam }}", /'.spectro.system.cluster.nam' is not known/],
        ["{{ .spectro.var.none }}", /'.spectro.var.none' is not known/],
        ["{{ .spectro.macro.none }}", /'.spectro.macro.none' is not known/],
        ["{{ .spectro.sytem.cluster.name }}", /is not known/],
        ["{{ .spectro.system.cluster.name | frobnicate }}", /function "frobnicate" not defined/],
    ])("%s fails", async (text, message) => {
        await expect(resolve(text)).rejects.toThrow(message);
    });

    test("that refer to each other end", async () => {
        const circle = { ...values, pack: { a: { b: "x{{ .spectro.pack.a.b }}" } } };
        await expect(resolveMacros("{{ .spectro.pack.a.b }}", circle, helm)).rejects.toThrow(
            /circle/,
        );
    });
});

test("a Helm that is not there is told apart from a bad pack", async () => {
    const none = new Helm("/nowhere/helm", new AbortController().signal);
    await expect(renderPack(hello(), none)).rejects.toThrow(/the sandbox cannot run Helm/);
});
