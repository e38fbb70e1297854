import fs from "node:fs";
import path from "node:path";
import { isMap, parseAllDocuments, parseDocument, stringify, type Document, type Node } from "yaml";
import { Helm, HelmError } from "./helm";

/** A LoadBalancer Service as Palette reports it, without its host. */
export interface RenderedService {
    name: string;
    namespace: string;
    ports: { port: number; protocol: string }[];
}

/** What a rendered object runs. */
export interface Workload {
    kind: string;
    name: string;
    namespace: string;
    replicas: number;
    schedule?: string;
    containers: { name: string; image: string }[];
}

/** The objects of one pack, as far as the sandbox reports them. */
export interface Rendered {
    services: RenderedService[];
    workloads: Workload[];
    /** The namespaces that the objects live in. */
    namespaces: string[];
}

/** A pack with its values' macros resolved. */
export interface PackToRender {
    name: string;
    values: string;
    /** Absolute folder that `kubeManifests` and `charts` are relative to. */
    folder?: string;
    kubeManifests: string[];
    charts: string[];
    /** Manifests that the profile adds, macros resolved. */
    manifests: { name: string; content: string }[];
    /** Of the cluster, for charts that look at it. */
    kubeVersion: string;
}

/** The pack cannot be deployed; the message says what is wrong and where. */
export class RenderError extends Error {}

interface KubeObject {
    apiVersion?: unknown;
    kind?: unknown;
    metadata?: { name?: unknown; namespace?: unknown } | null;
    spec?: Record<string, unknown> | null;
    items?: unknown;
}

/**
 * Renders all of a pack: each manifest as a Go template whose `.Values` are `manifests.<base name>`,
 * each chart with `charts.<chart name>` ("Add-on packs"), both by Helm. A pack without files has
 * only its values checked. Throws RenderError.
 */
export async function renderPack(pack: PackToRender, helm: Helm): Promise<Rendered> {
    const values = parseValues(pack);
    const namespace = text(values.getIn(["pack", "namespace"])) || "default";
    const rendered: Rendered = { services: [], workloads: [], namespaces: [] };
    for (const manifest of pack.kubeManifests) {
        const base = path.basename(manifest).replace(/\.ya?ml$/, "");
        const args = ["--namespace", namespace, "--kube-version", pack.kubeVersion];
        const output = await helmly(manifest, () =>
            helm.template(
                { name: `${base}.yaml`, text: read(pack, manifest) },
                block(values, ["manifests", base]),
                { chart: pack.name, args },
            ),
        );
        collect(output, manifest, namespace, rendered);
    }
    for (const chart of pack.charts) {
        collect(
            await renderChart(pack, chart, values, namespace, helm),
            chart,
            namespace,
            rendered,
        );
    }
    for (const manifest of pack.manifests) {
        collect(manifest.content, `manifest ${manifest.name}`, namespace, rendered);
    }
    return rendered;
}

function parseValues(pack: PackToRender): Document {
    const document = parseDocument(pack.values);
    const problem = document.errors[0];
    if (problem) {
        throw new RenderError(`values of pack ${pack.name}: ${problem.message}`);
    }
    if (document.contents !== null && !isMap(document.contents) && document.toJS() !== null) {
        throw new RenderError(`values of pack ${pack.name} are not a mapping`);
    }
    return document;
}

function renderChart(
    pack: PackToRender,
    chart: string,
    values: Document,
    namespace: string,
    helm: Helm,
): Promise<string> {
    const file = locate(pack, chart);
    return helmly(chart, () =>
        helm.session(async (dir, run) => {
            const about = parseDocument(await run(["show", "chart", file])).toJS() as {
                name: string;
            };
            fs.writeFileSync(path.join(dir, "values.yaml"), block(values, ["charts", about.name]));
            const release =
                text(values.getIn(["pack", "releaseNameOverride", about.name])) ||
                `${pack.name}-${about.name}`;
            const options = ["--namespace", namespace, "--kube-version", pack.kubeVersion];
            const flags = ["--include-crds", "--skip-tests", "-f", "values.yaml", ...options];
            return run(["template", release, file, ...flags]);
        }),
    );
}

async function helmly(file: string, render: () => Promise<string>): Promise<string> {
    try {
        return await render();
    } catch (error) {
        if (error instanceof HelmError) {
            throw new RenderError(`${file}: ${error.message}`);
        }
        throw error;
    }
}

function read(pack: PackToRender, file: string): string {
    return fs.readFileSync(locate(pack, file), "utf8");
}

function locate(pack: PackToRender, file: string): string {
    const found = pack.folder === undefined ? undefined : path.join(pack.folder, file);
    if (found === undefined || !fs.existsSync(found)) {
        throw new RenderError(`${file} is not in pack ${pack.name}`);
    }
    return found;
}

/**
 * The values below a path as YAML text of their own. Scalars keep their spelling, so that Helm reads
 * them as it would in place (`yes`, `1.20`).
 */
function block(values: Document, at: string[]): string {
    const node = values.getIn(at, true) as Node | undefined;
    if (!isMap(node)) {
        return "{}";
    }
    try {
        return stringify(node, { aliasDuplicateObjects: false });
    } catch {
        // An alias whose anchor lies outside the block.
        return JSON.stringify(node.toJS(values));
    }
}

function collect(output: string, file: string, namespace: string, into: Rendered): void {
    for (const document of parseAllDocuments(output) as Document[]) {
        const problem = document.errors[0];
        if (problem) {
            throw new RenderError(`${file} is not valid YAML: ${problem.message}`);
        }
        const object = document.toJS({ maxAliasCount: 1000 }) as unknown;
        if (object !== null && object !== undefined) {
            take(object, file, namespace, into);
        }
    }
}

function take(value: unknown, file: string, namespace: string, into: Rendered): void {
    const object = (typeof value === "object" ? value : {}) as KubeObject;
    if (!isText(object.apiVersion) || !isText(object.kind)) {
        throw new RenderError(`${file}: a Kubernetes object lacks apiVersion or kind`);
    }
    if (object.kind.endsWith("List") && Array.isArray(object.items)) {
        object.items.forEach((item) => take(item, file, namespace, into));
        return;
    }
    const name = object.metadata?.name;
    if (!isText(name)) {
        throw new RenderError(`${file}: ${object.kind} without metadata.name`);
    }
    const home = text(object.metadata?.namespace) || namespace;
    const where = `${file}: ${object.kind} ${name}`;
    if (!into.namespaces.includes(home)) {
        into.namespaces.push(home);
    }
    if (object.kind === "Service" && object.apiVersion === "v1") {
        takeService(object, name, home, where, into);
    }
    const pod = podSpec(object);
    if (pod) {
        const replicas = object.spec?.replicas;
        const schedule = object.spec?.schedule;
        into.workloads.push({
            kind: object.kind,
            name,
            namespace: home,
            replicas: typeof replicas === "number" ? replicas : 1,
            ...(isText(schedule) && { schedule }),
            containers: containers(pod, where),
        });
    }
}

function takeService(
    object: KubeObject,
    name: string,
    namespace: string,
    where: string,
    into: Rendered,
): void {
    if (object.spec?.type !== "LoadBalancer") {
        return;
    }
    const ports = Array.isArray(object.spec.ports) ? (object.spec.ports as unknown[]) : [];
    if (ports.length === 0) {
        throw new RenderError(`${where} is of type LoadBalancer and has no port`);
    }
    into.services.push({
        name,
        namespace,
        ports: ports.map((entry) => {
            const { port, protocol } = (entry ?? {}) as { port?: unknown; protocol?: unknown };
            if (!Number.isInteger(port) || (port as number) < 1 || (port as number) > 65535) {
                throw new RenderError(
                    `${where}: port ${JSON.stringify(port)} is not a port number`,
                );
            }
            return { port: port as number, protocol: text(protocol) || "TCP" };
        }),
    });
}

/** Kinds of apps/v1, batch/v1 and v1 that hold a pod, and where. */
const podPaths: Record<string, string[]> = {
    Pod: [],
    Deployment: ["template", "spec"],
    StatefulSet: ["template", "spec"],
    DaemonSet: ["template", "spec"],
    ReplicaSet: ["template", "spec"],
    Job: ["template", "spec"],
    CronJob: ["jobTemplate", "spec", "template", "spec"],
};

function podSpec(object: KubeObject): Record<string, unknown> | undefined {
    const steps = podPaths[object.kind as string];
    const group = String(object.apiVersion).split("/")[0];
    if (!steps || !["v1", "apps", "batch"].includes(group!)) {
        return undefined;
    }
    return steps.reduce<Record<string, unknown>>(
        (at, step) => (at[step] ?? {}) as Record<string, unknown>,
        object.spec ?? {},
    );
}

/** Grammar of an image reference ("distribution/reference"), without its length limits. */
const IMAGE_REFERENCE = new RegExp(
    "^(?:(?:localhost|[\\w-]+(?:\\.[\\w-]+)+|[\\w-]+(?=:\\d))(?::\\d+)?/)?" +
        "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*" +
        "(?::\\w[\\w.-]{0,127})?(?:@[a-z0-9]+:[0-9a-f]{32,})?$",
);

function containers(pod: Record<string, unknown>, where: string): Workload["containers"] {
    const allContainers = ["initContainers", "containers"].flatMap((kind) => {
        const list = pod[kind];
        return Array.isArray(list) ? (list as unknown[]) : [];
    });
    return allContainers.map((entry) => {
        const { name, image } = (entry ?? {}) as { name?: unknown; image?: unknown };
        if (!isText(image)) {
            throw new RenderError(`${where}: container '${text(name)}' has no image`);
        }
        if (!IMAGE_REFERENCE.test(image)) {
            throw new RenderError(
                `${where}: image '${image}' of container '${text(name)}' is not an image reference`,
            );
        }
        return { name: text(name), image };
    });
}

function isText(value: unknown): value is string {
    return typeof value === "string" && value !== "";
}

function text(value: unknown): string {
    return typeof value === "string" ? value : "";
}
