import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChartError, readChart } from "../format/chart";
import type { Pack } from "../format/pack";
import { readFileOf, readTextOf, type PackFile } from "../format/packSource";
import { asText, valueAt } from "../format/positioned";
import { parseYaml } from "../format/yaml";
import { HelmError, runHelm } from "./helm";
import { MacroStandIns } from "./macros";

/** How a pack is rendered. */
export interface RenderOptions {
    /** Path of Helm. */
    helm: string;
    /** Text of the values, where they are not the pack's own: with presets, for example. */
    values?: string;
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
export const defaultKubeVersion = "1.33.0";

/** What is given to Helm for one chart or manifest. */
interface Part {
    source: string;
    file: PackFile;
    key: "charts" | "kubeManifests";
}

/**
 * Renders the charts and manifests of a pack as Palette does: each chart with the values under
 * `charts.<name of the chart>`, each manifest as a template of its own with those under
 * `manifests.<base name>`, custom resource definitions included and Helm's tests left out.
 * What cannot be rendered is in `problems`.
 */
export async function renderPack(pack: Pack, options: RenderOptions): Promise<Rendering> {
    const values = parseYaml("values.yaml", options.values ?? pack.values).document?.value;
    const parts = (["charts", "kubeManifests"] as const).flatMap((key) =>
        listOf(pack.packJson[key]).flatMap((source): Part[] => {
            const path = source.replace(/^(\.\/)+/, "");
            const file = pack.files.find((known) => known.path === path);
            return file ? [{ source, file, key }] : [];
        }),
    );
    const folder = await mkdtemp(join(tmpdir(), "pack-render-"));
    try {
        const results = await Promise.all(
            parts.map((part, index) =>
                renderPart(part, join(folder, String(index)), { ...options, pack, values }),
            ),
        );
        return {
            documents: results.flatMap(({ documents }) => documents),
            problems: results.flatMap(({ problems }) => problems),
        };
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

/** Where a pack is installed unless a profile says otherwise. */
function namespaceOf(values: unknown): string {
    const namespace = valueAt(values, ["pack", "namespace"]);
    return typeof namespace === "string" && namespace !== "" ? namespace : "default";
}

async function renderPart(
    { source, file, key }: Part,
    folder: string,
    options: Omit<RenderOptions, "values"> & { pack: Pack; values: unknown },
): Promise<Rendering> {
    const { helm, pack, values, kubeVersion = defaultKubeVersion } = options;
    await mkdir(folder);
    let valuesPath = [key === "charts" ? "charts" : "manifests"];
    try {
        const [chart, name] =
            key === "charts" ? await chartFile(file, folder) : await manifestChart(file, folder);
        valuesPath = [...valuesPath, name];
        const override = valueAt(values, ["pack", "releaseNameOverride", name]);
        const release =
            typeof override === "string" && override ? override : `${pack.name}-${name}`;
        const standIns = new MacroStandIns(kubeVersion);
        const namespace = namespaceOf(values);
        const own = standIns.replace(valueAt(values, valuesPath) ?? {});
        const args = ["template", releaseName(release), chart, "--values", "-"];
        args.push("--namespace", standIns.replace(namespace) as string);
        args.push("--include-crds", "--skip-tests", "--kube-version", kubeVersion);
        const output = standIns.restore(await runHelm(helm, args, JSON.stringify(own)));
        const documents = splitDocuments(output).map((text) => ({ source, namespace, text }));
        return { documents, problems: [] };
    } catch (error) {
        if (!(error instanceof HelmError || error instanceof ChartError)) throw error;
        const message = error.message.replaceAll(`${folder}/`, "");
        return { documents: [], problems: [{ source, valuesPath, message }] };
    }
}

/** Helm refuses a name that Palette would, too; what it renders is worth seeing nevertheless. */
function releaseName(name: string): string {
    return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) && name.length <= 53 ? name : "release";
}

async function chartFile(file: PackFile, folder: string): Promise<[path: string, name: string]> {
    const { name } = await readChart(file);
    const path = join(folder, "chart.tgz");
    await writeFile(path, await readFileOf(file));
    return [path, name];
}

/** A manifest as the only template of a chart. */
async function manifestChart(file: PackFile, folder: string): Promise<[string, string]> {
    const name = file.path.replace(/^.*\//, "").replace(/\.[^.]*$/, "");
    await mkdir(join(folder, "templates"));
    await writeFile(join(folder, "templates/manifest.yaml"), await readTextOf(file));
    await writeFile(
        join(folder, "Chart.yaml"),
        JSON.stringify({ apiVersion: "v2", name: "manifest", version: "0.0.0" }),
    );
    return [folder, name];
}

/** The documents of a YAML stream that hold more than comments. */
export function splitDocuments(stream: string): string[] {
    return stream
        .split(/^---(?=[ \t\r]*(?:#.*)?$)/m)
        .map((text) => text.replace(/^[ \t]*(?:#.*)?\r?\n/, ""))
        .filter((text) => /^[ \t]*[^#\s]/m.test(text));
}

function listOf(value: unknown): string[] {
    return Array.isArray(value) ? value.map(asText) : [];
}

/** The images that rendered documents start containers from, each once, in order of the names. */
export function imagesOf(documents: readonly Pick<RenderedDocument, "text">[]): string[] {
    const images = new Set<string>();
    for (const { text } of documents) {
        if (/^kind: CustomResourceDefinition\b/m.test(text)) continue;
        for (const [, image] of text.matchAll(/^[ \t]*(?:- )?image: *["']?([^\s"'#{}[\]]+)/gm)) {
            images.add(image as string);
        }
    }
    return [...images].sort();
}
