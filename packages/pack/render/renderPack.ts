import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readChart } from "../format/chart";
import { ChartError } from "../format/chartArchive";
import type { Pack } from "../format/pack";
import { readFileOf, readTextOf, type PackFile } from "../format/packFile";
import { asText, valueAt } from "../format/sourceDocument";
import { parseYaml } from "../format/yaml";
import { HelmError, runHelm } from "./helm";
import { MacroStandIns } from "./macros";

/** How a pack is rendered. */
export interface RenderOptions {
    /** Path of Helm. */
    helm: string;
    /** Version of Kubernetes that charts see, without a `v`. */
    kubeVersion?: string;
}

/** One document that a chart or a manifest renders to. */
export interface RenderedDocument {
    /** The chart or manifest, as pack.json lists it. */
    source: string;
    /** Where objects without a namespace go. */
    namespace: string;
    /** Its YAML; macros of Palette stay as they are written. */
    text: string;
}

/** A chart or a manifest that cannot be rendered. */
export interface RenderProblem {
    source: string;
    /** Path of its values in values.yaml. */
    valuesPath: string[];
    /** Helm's own words. */
    message: string;
}

/** What a pack puts into a cluster. */
export interface Rendering {
    documents: RenderedDocument[];
    problems: RenderProblem[];
}

/** The version of Kubernetes that charts see unless another is asked for. */
export const DEFAULT_KUBE_VERSION = "1.33.0";

/** What is given to Helm for one chart or manifest. */
interface Part {
    source: string;
    file: PackFile;
    key: "charts" | "kubeManifests";
    /** Name of the chart, or base name of the manifest; read once. */
    name?: Promise<string>;
    /** What it was rendered to, by what it was rendered from. */
    rendered: Map<string, Promise<Rendering>>;
}

/**
 * Renders the charts and manifests of a pack as Palette does: each chart with the values under
 * `charts.<name of the chart>`, each manifest as a template of its own with those under
 * `manifests.<base name>`, custom resource definitions included and Helm's tests left out.
 * What cannot be rendered is in `problems`.
 */
export function renderPack(pack: Pack, options: RenderOptions): Promise<Rendering> {
    return packRenderer(pack, options)();
}

/**
 * {@link renderPack} for several values of one pack, its own or given ones: what renders from the same as before, as most
 * charts do with a preset, is not rendered again.
 */
export function packRenderer(
    pack: Pack,
    options: RenderOptions,
): (values?: { value: unknown }) => Promise<Rendering> {
    const parts = (["charts", "kubeManifests"] as const).flatMap((key) =>
        listOf(pack.packJson[key]).flatMap((source): Part[] => {
            const path = source.replace(/^(\.\/)+/, "");
            const file = pack.files.find((known) => known.path === path);
            return file ? [{ source, file, key, rendered: new Map() }] : [];
        }),
    );
    return async (values = parseYaml("values.yaml", pack.values).document ?? { value: {} }) => {
        const folder = await mkdtemp(join(tmpdir(), "pack-render-"));
        try {
            const renderings = await Promise.all(
                parts.map((part, index) =>
                    renderPart(part, join(folder, String(index)), {
                        ...options,
                        pack,
                        values: values.value,
                    }),
                ),
            );
            return {
                documents: renderings.flatMap(({ documents }) => documents),
                problems: renderings.flatMap(({ problems }) => problems),
            };
        } finally {
            await rm(folder, { recursive: true, force: true });
        }
    };
}

/** The documents of a YAML stream that hold more than comments. */
export function splitDocuments(stream: string): string[] {
    return stream
        .split(/^---(?=[ \t\r]*(?:#.*)?$)/m)
        .map((text) => text.replace(/^[ \t]*(?:#.*)?\r?\n/, ""))
        .filter((text) => /^[ \t]*[^#\s]/m.test(text));
}

/** The field in a line of its own, and in braces. */
const IMAGE_FIELD = /(?:^[ \t]*(?:- +)?|[{,][ \t]*)["']?image["']?: *["']?([^\s"'#{},[\]]+)/gm;

/** The images that rendered documents start containers from, each once, in order of the names. */
export function imagesOf(documents: readonly Pick<RenderedDocument, "text">[]): string[] {
    const images = new Set<string>();
    for (const { text } of documents) {
        if (/^kind: (CustomResourceDefinition|ConfigMap)\b/m.test(text)) {
            continue;
        }
        for (const [, image] of text.matchAll(IMAGE_FIELD)) {
            images.add(image as string);
        }
    }
    return [...images].sort();
}

/** Where a pack is installed unless a profile says otherwise. */
function namespaceOf(values: unknown): string {
    const namespace = valueAt(values, ["pack", "namespace"]);
    return typeof namespace === "string" && namespace !== "" ? namespace : "default";
}

async function renderPart(
    part: Part,
    folder: string,
    options: RenderOptions & { pack: Pack; values: unknown },
): Promise<Rendering> {
    const { source, key, rendered } = part;
    const { helm, pack, values, kubeVersion = DEFAULT_KUBE_VERSION } = options;
    const block = key === "charts" ? "charts" : "manifests";
    const failed = (valuesPath: string[]) => (error: unknown) => {
        if (!(error instanceof HelmError || error instanceof ChartError)) {
            throw error;
        }
        const message = error.message.replaceAll(`${folder}/`, "");
        return { documents: [], problems: [{ source, valuesPath, message }] };
    };
    part.name ??= nameOf(part);
    const name = await part.name.catch(failed([block]));
    if (typeof name !== "string") {
        return name;
    }
    const override = valueAt(values, ["pack", "releaseNameOverride", name]);
    const release = typeof override === "string" && override ? override : `${pack.name}-${name}`;
    const namespace = namespaceOf(values);
    const own = valueAt(values, [block, name]) ?? {};
    const render = async (): Promise<Rendering> => {
        const standIns = new MacroStandIns(kubeVersion);
        const input = JSON.stringify(standIns.replace(own));
        const args = ["template", releaseName(release), await writeChart(part, folder)];
        args.push("--values", "-", "--namespace", standIns.replace(namespace) as string);
        args.push("--include-crds", "--skip-tests", "--kube-version", kubeVersion);
        const output = standIns.restore(await runHelm(helm, args, input));
        const documents = splitDocuments(output).map((text) => ({ source, namespace, text }));
        return { documents, problems: [] };
    };
    const from = JSON.stringify([release, namespace, own]);
    const rendering = rendered.get(from) ?? render().catch(failed([block, name]));
    rendered.set(from, rendering);
    return rendering;
}

/** Helm refuses a name that Palette would, too; what it renders is worth seeing nevertheless. */
function releaseName(name: string): string {
    return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) && name.length <= 53 ? name : "release";
}

async function nameOf({ file, key }: Part): Promise<string> {
    if (key === "charts") {
        return (await readChart(file)).name;
    }
    return file.path.replace(/^.*\//, "").replace(/\.[^.]*$/, "");
}

/** Writes a chart for Helm, a manifest as the only template of one. @returns its path. */
async function writeChart({ file, key }: Part, folder: string): Promise<string> {
    await mkdir(join(folder, "templates"), { recursive: true });
    if (key === "charts") {
        const path = join(folder, "chart.tgz");
        await writeFile(path, await readFileOf(file));
        return path;
    }
    await writeFile(join(folder, "templates/manifest.yaml"), await readTextOf(file));
    const chart = { apiVersion: "v2", name: "manifest", version: "0.0.0" };
    await writeFile(join(folder, "Chart.yaml"), JSON.stringify(chart));
    return folder;
}

function listOf(value: unknown): string[] {
    return Array.isArray(value) ? value.map(asText) : [];
}
