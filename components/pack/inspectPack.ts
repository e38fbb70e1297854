import { describeArtifact } from "./archive";
import { readChart } from "./chart";
import type { Pack } from "./readPack";
import { isMapping, valueAt } from "./positioned";
import { parseYaml } from "./yaml";

/** What is inside a pack and what it becomes in a registry. */
export interface PackSummary {
    name: string;
    version: string;
    displayName: string;
    layer: string;
    addonType?: string;
    /** Archive name and digests, see `Artifact`. */
    archive: string;
    layerDigest: string;
    layerSize: number;
    manifestDigest: string;
    charts: { path: string; name: string; version: string }[];
    manifests: string[];
    presets: string[];
    /** Images that values.yaml lists for air-gapped clusters. */
    images: string[];
    files: { path: string; size: number }[];
}

/**
 * Looks into a pack.
 *
 * @throws ChartError when a listed chart is not one.
 */
export async function inspectPack(pack: Pack): Promise<PackSummary> {
    const artifact = await describeArtifact(pack);
    const charts = [];
    for (const path of texts(pack.packJson.charts)) {
        const file = pack.files.find((known) => known.path === path.replace(/^(\.\/)+/, ""));
        if (!file) continue;
        const { name, version } = await readChart(file);
        charts.push({ path, name, version });
    }
    const values = parseYaml("values.yaml", pack.values).document?.value;
    const presets = pack.presets && parseYaml("presets.yaml", pack.presets).document?.value;
    const { name, version, displayName, layer, packJson } = pack;
    return {
        name,
        version,
        displayName,
        layer,
        ...(typeof packJson.addonType === "string" ? { addonType: packJson.addonType } : {}),
        archive: artifact.title,
        layerDigest: artifact.layerDigest,
        layerSize: artifact.layerSize,
        manifestDigest: artifact.manifestDigest,
        charts,
        manifests: texts(packJson.kubeManifests),
        presets: textsAt(valueAt(presets, ["presets"]), "name"),
        images: textsAt(valueAt(values, ["pack", "content", "images"]), "image"),
        files: pack.files.map(({ path, size }) => ({ path, size })),
    };
}

function texts(list: unknown): string[] {
    return Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
}

function textsAt(list: unknown, key: string): string[] {
    if (!Array.isArray(list)) return [];
    return list.flatMap((item) =>
        isMapping(item) && typeof item[key] === "string" ? [item[key]] : [],
    );
}

/** The summary as text for people. */
export function formatSummary(summary: PackSummary): string {
    const list = (title: string, items: readonly string[]) =>
        items.length > 0 ? [`${title}:`, ...items.map((item) => `  ${item}`)] : [];
    return [
        `${summary.displayName}: ${summary.name} ${summary.version}`,
        `Layer:    ${summary.layer}${summary.addonType ? ` (${summary.addonType})` : ""}`,
        `Archive:  ${summary.archive}, ${summary.layerSize} bytes`,
        `          ${summary.layerDigest}`,
        `Manifest: ${summary.manifestDigest}`,
        ...list(
            "Charts",
            summary.charts.map(({ path, name, version }) => `${name} ${version} (${path})`),
        ),
        ...list("Manifests", summary.manifests),
        ...list("Presets", summary.presets),
        ...list("Images", summary.images),
        ...list(
            "Files",
            summary.files.map(({ path, size }) => `${String(size).padStart(10)}  ${path}`),
        ),
        "",
    ].join("\n");
}
