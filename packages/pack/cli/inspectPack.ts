import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { shapeProblems } from "../format/manifestShape";
import { describeArtifact } from "../format/archive";
import { readChart } from "../format/chart";
import type { Pack } from "../format/pack";
import { isMapping, valueAt } from "../format/positioned";
import type { PulledPack } from "./packRegistry";
import { printable } from "./formats/text";
import { parseYaml } from "../format/yaml";

/** An archive as it was found, which another program may have made. */
export interface GivenArchive {
    /** Digest of the archive's own bytes, `sha256:…`. */
    digest: string;
    /** Reference and manifest digest of one that was fetched from a registry. */
    reference?: string;
    manifestDigest?: string;
    /** What may keep Palette from reading that manifest. */
    problems?: string[];
}

/** What is inside a pack and what it becomes in a registry. */
export interface PackSummary {
    name: string;
    version: string;
    displayName: string;
    layer: string;
    addonType?: string;
    /** Where the pack was, when that is not a folder. */
    given?: GivenArchive;
    /** Archive name and digests that `build` makes of it, see `Artifact`. */
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
 * @param pulled What the pack was fetched as, when it is from a registry.
 * @throws ChartError when a listed chart is not one.
 */
export async function inspectPack(pack: Pack, pulled?: PulledPack): Promise<PackSummary> {
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
        ...(pack.source.kind === "archive" ? { given: await givenArchive(pack, pulled) } : {}),
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

async function givenArchive(pack: Pack, pulled: PulledPack | undefined): Promise<GivenArchive> {
    const hash = createHash("sha256");
    for await (const bytes of createReadStream(pack.source.path)) hash.update(bytes as Buffer);
    const digest = `sha256:${hash.digest("hex")}`;
    if (!pulled) return { digest };
    const { reference, manifest, manifestDigest } = pulled;
    return {
        digest,
        reference,
        manifestDigest,
        problems: shapeProblems(manifest, `${pack.name}-${pack.version}.tar.gz`),
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
        ...formatGiven(summary),
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
    ]
        .map((line) => `${printable(line)}\n`)
        .join("");
}

/** What differs between an archive and what `build` makes of it; nothing where they are equal. */
function formatGiven({ given, layerDigest, manifestDigest }: PackSummary): string[] {
    if (!given) return [];
    const lines = [];
    if (given.reference !== undefined) {
        lines.push(`Found as: ${given.reference}`, `          ${given.manifestDigest}`);
        lines.push(...(given.problems ?? []).map((problem) => `Problem:  ${problem}`));
    }
    if (given.digest !== layerDigest) {
        lines.push(`Given:    ${given.digest}, which build makes anew:`);
    } else if (given.reference !== undefined && given.manifestDigest !== manifestDigest) {
        lines.push("Given:    the same archive under another manifest than build makes:");
    }
    return lines;
}
