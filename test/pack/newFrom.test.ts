import { execFile, execFileSync } from "node:child_process";
import { createReadStream, mkdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { checkPack } from "../../packages/pack/check/checkPack";
import { readPack } from "../../packages/pack/check/readPack";
import { constraintsOfSchema } from "../../packages/pack/cli/new/constraintsOfSchema";
import { newPackFromChart } from "../../packages/pack/cli/new/fromChart";
import { newPackFromManifests } from "../../packages/pack/cli/new/fromManifests";
import { packageChart } from "../../packages/pack/format/packageChart";
import { findHelm } from "../../packages/pack/render/helm";
import { renderPack } from "../../packages/pack/render/renderPack";
import { describeWith } from "../sandbox/binaries";
import { localRegistry, type LocalRegistry } from "./localRegistry";
import { Scratch } from "./packFolder";

const scratch = new Scratch();
// Helm keeps its repositories and logins there.
process.env.HELM_CONFIG_HOME = join(scratch.path, "helm-config");
process.env.HELM_CACHE_HOME = join(scratch.path, "helm-cache");
afterAll(() => scratch.clear());

const deployment = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-${name}
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - name: ${name}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          {{- with .Values.resources }}
          resources: {{- toYaml . | nindent 12 }}
          {{- end }}
`;

const values = `---
# Default values.

# How many servers there are.
replicas: 2
image:
  repository: ghcr.io/example/shop   # upstream's own
  tag: ""
resources: {}
motd: |
  Welcome
    to the shop.
# The database below.
db:
  enabled: true
  image:
    tag: "16.4"
`;

/** A chart as upstream projects have it: with a sub-chart, comments, a schema. */
async function upstream(name: string, version = "v1.2.0+build.7"): Promise<string> {
    return scratch.write(
        {
            "Chart.yaml": `apiVersion: v2
name: shop
version: "${version}"
appVersion: 4.5.6
kubeVersion: ">=1.25.0-0"
description: A shop.
home: https://example.com/shop
sources: [https://example.com/shop/source]
dependencies:
  - { name: db, version: 0.1.0, condition: db.enabled }
`,
            "values.yaml": values,
            "values.schema.json": {
                type: "object",
                required: ["replicas"],
                properties: {
                    replicas: {
                        type: "integer",
                        minimum: 1,
                        maximum: 9,
                        description: 'How "many"',
                    },
                    password: { type: "string", pattern: "^\\\\S+$" },
                    image: {
                        type: "object",
                        properties: {
                            repository: { type: "string", pattern: "^ghcr.io" },
                            pullPolicy: { enum: ["Always", "Never"] },
                        },
                    },
                },
            },
            "templates/deployment.yaml": deployment("shop"),
            "templates/motd.yaml":
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: motd}\ndata:\n  motd: {{ .Values.motd | quote }}\n",
            "charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 0.1.0\n",
            "charts/db/values.yaml":
                "replicas: 1\nimage:\n  repository: docker.io/library/postgres\n  tag: '15'\nresources: {}\n",
            "charts/db/templates/deployment.yaml": deployment("db"),
        },
        name,
    );
}

const read = (folder: string, file: string) => readFileSync(join(folder, file), "utf8");
const rulesOf = async (folder: string) =>
    (await checkPack(folder)).filter(({ severity }) => severity !== "info").map(({ rule }) => rule);

describe("of a chart, without Helm", () => {
    test("a valid pack with the upstream values and comments, constraints and description", async () => {
        const folder = join(scratch.path, "plain");
        const chart = await upstream("upstream-plain");
        const notes = await newPackFromChart(folder, "my-shop", { chart });
        expect(notes).toEqual([expect.stringContaining("list its images")]);
        expect(JSON.parse(read(folder, "pack.json"))).toMatchObject({
            name: "my-shop",
            displayName: "My Shop",
            version: "1.2.0-build.7",
            charts: ["charts/shop-v1.2.0+build.7.tgz"],
            annotations: { docsURL: "https://example.com/shop" },
            constraints: { dependencies: [{ packName: "kubernetes", minVersion: "1.25.0" }] },
        });
        const text = read(folder, "values.yaml");
        expect(parse(text)).toEqual({
            pack: { namespace: "my-shop" },
            charts: { shop: parse(values) },
        });
        expect(text).toContain("    # How many servers there are.\n    replicas: 2\n");
        expect(text).toContain("repository: ghcr.io/example/shop   # upstream's own\n");
        expect(parse(read(folder, "schema.yaml"))).toEqual({
            "charts.shop.replicas": {
                schema: '{{ required | format "${number:[1-9]}" | hints "How many" }}',
            },
            "charts.shop.image.repository": { schema: '{{ format "${string:/^ghcr.io/}" }}' },
            "charts.shop.image.pullPolicy": { schema: '{{ format "${list:[Always,Never]}" }}' },
        });
        expect(read(folder, "README.md")).toMatch(
            /A shop\.[^]*- <https:\/\/example.com\/shop\/source>/,
        );
        expect(await rulesOf(folder)).toEqual(["images-missing"]);
    });

    test("constraints that the defaults break, or that cannot be said, are left out", () => {
        const properties = {
            tag: { type: "integer" },
            motd: { type: "string", pattern: "^Bye" },
            quoted: { type: "string", pattern: '^"' },
            either: { oneOf: [{ type: "string" }] },
            "with.point": { type: "boolean" },
        };
        const defaults = { tag: "latest", motd: "Welcome", quoted: "", either: "" };
        expect(constraintsOfSchema("charts.a", { properties }, defaults)).toBeUndefined();
        expect(constraintsOfSchema("charts.a", { properties }, { tag: 16 })).toBe(
            "charts.a.tag:\n  schema: '{{ format \"${number}\" }}'\n" +
                "charts.a.motd:\n  schema: '{{ format \"${string:/^Bye/}\" }}'\n",
        );
    });

    test.each([
        ["no values", "", {}],
        ["comments only", "# nothing\n", {}],
        ["text that begins left of its key", "a: 'x\ny'\nb: 1\n", { a: "x y", b: 1 }],
        [
            "Windows line ends and a document end",
            "a: 1\r\nb:\r\n  - x\r\n...\r\n",
            { a: 1, b: ["x"] },
        ],
    ])("%s", async (name, text, expected) => {
        const chart = await scratch.write({
            "Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\n",
            "values.yaml": text,
            "templates/x.yaml": "{{ toYaml .Values }}\n",
        });
        const folder = join(scratch.path, `values ${name}`);
        await newPackFromChart(folder, "a", { chart });
        expect((parse(read(folder, "values.yaml")) as { charts: object }).charts).toEqual({
            a: expected,
        });
    });

    test.each([
        ["apiVersion: v2\nname: a\nversion: 1.0.0\ntype: library\n", /library chart/],
        [
            "apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies: [{name: db, version: 1.0.0}]\n",
            /lacks its sub-charts db: run helm dependency update/,
        ],
    ])(
        "what is no application chart is refused, and leaves nothing: %j",
        async (chartYaml, expected) => {
            const chart = await scratch.write({ "Chart.yaml": chartYaml });
            const folder = join(scratch.path, "refused");
            await expect(newPackFromChart(folder, "a", { chart })).rejects.toThrow(expected);
            expect(() => read(folder, "pack.json")).toThrow(/ENOENT/);
        },
    );

    test("what is neither there nor an address is told with what could be", async () => {
        const folder = join(scratch.path, "nowhere");
        const from = (chart: string) => newPackFromChart(folder, "a", { chart });
        await expect(from("./nowhere")).rejects.toThrow(/does not exist: name a chart's folder/);
        await expect(from("bitnami/nginx")).rejects.toThrow(
            /fetched with Helm, which is not on PATH/,
        );
    });
});

describeWith("helm", "registry")("of a chart, with Helm", () => {
    const helm = findHelm();
    let registry: LocalRegistry;
    let server: Server;
    beforeAll(async () => {
        const registryFolder = join(scratch.path, "oci");
        mkdirSync(registryFolder);
        registry = await localRegistry(registryFolder);
        const site = join(scratch.path, "site");
        for (const version of ["1.2.0", "1.3.0"]) {
            const chart = await packageChart(await upstream(`upstream-${version}`, version), site);
            run("push", chart, `oci://${registry.host}/charts`, "--plain-http");
        }
        server = createServer((request, response) => {
            createReadStream(join(site, request.url ?? ""))
                .on("error", () => response.writeHead(404).end())
                .pipe(response);
        }).listen(0, "127.0.0.1");
        await new Promise((resolve) => server.once("listening", resolve));
        run("repo", "index", site);
    });
    afterAll(async () => {
        await registry.close();
        await new Promise((resolve) => server.close(resolve));
    });
    const run = (...args: string[]) =>
        execFileSync(helm ?? "", args, { env: process.env, stdio: "ignore" });

    test("of a folder: clean, with the images of the chart and its sub-chart", async () => {
        const folder = join(scratch.path, "of folder");
        const notes = await newPackFromChart(folder, "shop", { chart: await upstream("f"), helm });
        expect(notes).toEqual([]);
        expect(parse(read(folder, "values.yaml"))).toMatchObject({
            pack: {
                content: {
                    images: [
                        { image: "docker.io/library/postgres:16.4" },
                        { image: "ghcr.io/example/shop:4.5.6" },
                    ],
                },
            },
        });
        expect(await rulesOf(folder)).toEqual([]);
    });

    test("of a registry: the newest version, or the one that is asked for", async () => {
        const chart = `oci://${registry.host}/charts/shop`;
        const versions = await Promise.all(
            [undefined, "1.2.0"].map(async (version) => {
                const folder = join(scratch.path, `of registry ${version}`);
                const request = { chart, helm, plainHttp: true, ...(version && { version }) };
                await newPackFromChart(folder, "shop", request);
                expect(await rulesOf(folder)).toEqual([]);
                return (await readPack(folder)).version;
            }),
        );
        expect(versions).toEqual(["1.3.0", "1.2.0"]);
    });

    test("of a repository", async () => {
        const { port } = server.address() as AddressInfo;
        // The server is in this process, which must not wait.
        await promisify(execFile)(
            helm ?? "",
            ["repo", "add", "local", `http://127.0.0.1:${port}`],
            {
                env: process.env,
            },
        );
        const folder = join(scratch.path, "of repository");
        await newPackFromChart(folder, "shop", { chart: "local/shop", helm });
        expect((await readPack(folder)).version).toBe("1.3.0");
        expect(await rulesOf(folder)).toEqual([]);
    });

    test("a chart that does not exist is told in Helm's words", async () => {
        const folder = join(scratch.path, "absent");
        const request = { chart: `oci://${registry.host}/charts/none`, helm, plainHttp: true };
        await expect(newPackFromChart(folder, "none", request)).rejects.toThrow(
            /^oci:\/\/.*\/none cannot be fetched: .*repository name not known/s,
        );
    });
});

describe("of manifests", () => {
    const rules = `apiVersion: v1
kind: ConfigMap
metadata: { name: rules, namespace: monitoring }
data:
  alert: "{{ $labels.instance }} is down"
`;
    const pod = `apiVersion: v1
kind: Pod
metadata: { name: a, namespace: monitoring }
spec:
  containers:
    - name: a
      image: ghcr.io/example/a:1.0.0
`;

    test("a valid pack: namespace and images of the manifests, and braces that stay", async () => {
        const source = await scratch.write({ "rules.yaml": rules, "pods/pod.yml": pod });
        const folder = join(scratch.path, "manifests");
        const paths = [join(source, "rules.yaml"), join(source, "pods")];
        expect(await newPackFromManifests(folder, "alerts", paths)).toEqual([]);
        expect(await rulesOf(folder)).toEqual([]);
        expect(parse(read(folder, "values.yaml"))).toEqual({
            pack: {
                namespace: "monitoring",
                content: { images: [{ image: "ghcr.io/example/a:1.0.0" }] },
            },
        });
        const helm = findHelm();
        if (helm === undefined) {
            return;
        }
        const { documents } = await renderPack(await readPack(folder), { helm });
        expect(documents.map(({ text }) => text).join("---\n")).toContain("{{ $labels.instance }}");
    });

    test("images in braces and beside definitions are found, and a file that is named twice is one", async () => {
        const definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n";
        const flow =
            "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\nspec: {containers: [{name: b, image: nginx:1.27}]}\n";
        const source = await scratch.write({ "all.yaml": [definition, pod, flow].join("---\n") });
        const folder = join(scratch.path, "braces");
        const file = join(source, "all.yaml");
        await newPackFromManifests(folder, "braces", [file, file]);
        expect(parse(read(folder, "values.yaml")).pack.content.images).toEqual([
            { image: "ghcr.io/example/a:1.0.0" },
            { image: "nginx:1.27" },
        ]);
    });

    test("templates are kept as they are", async () => {
        const template = pod.replace("1.0.0", "{{ .Values.tag }}");
        const source = await scratch.write({ "pod.yaml": template });
        const folder = join(scratch.path, "templates");
        expect(await newPackFromManifests(folder, "a", [join(source, "pod.yaml")])).toEqual([
            expect.stringMatching(/is a template: give its values under manifests.pod/),
        ]);
        expect(read(folder, "manifests/pod.yaml")).toBe(template);
    });

    test.each([
        [{ "a.yaml": "a: [\n" }, /a\.yaml, line 2, is not valid YAML: The bracket/],
        [{ "a.yaml": "a: 1\n" }, /a\.yaml holds no Kubernetes object/],
        [{ "a.yaml": pod, "a.yml": pod }, /both have their values under manifests\.a: rename one/],
        [{ "a.txt": "" }, /has no \.yaml files/],
    ])("mistakes: %j", async (files, expected) => {
        const source = await scratch.write(files);
        const folder = join(scratch.path, "mistaken");
        await expect(newPackFromManifests(folder, "a", [source])).rejects.toThrow(expected);
    });
});
