import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { manifestViolations } from "../format/manifestShape";
import { describeArtifact } from "../format/archive";
import { readChart } from "../format/chart";
import { ChartError } from "../format/chartArchive";
import type { Pack } from "../format/pack";
import { asText, isMapping, valueAt } from "../format/sourceDocument";
import type { PulledPack } from "../oci/pullPack";
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
    /** Where it is installed; absent where the pack says nothing, and Palette takes `default`. */
    namespace?: string;
    /** Clouds that it is for. */
    clouds: string[];
    /** What it demands of the other packs of a profile, and of the cluster. */
    dependencies: Record<string, unknown>[];
    resources: Record<string, unknown>[];
    charts: ChartSummary[];
    manifests: string[];
    presets: { name: string; displayName?: string; group?: string }[];
    /** Images that values.yaml lists for air-gapped clusters. */
    images: string[];
    files: { path: string; size: number }[];
    /** What most packs have, and this one has not. */
    missing: string[];
}

/** A chart of a pack. */
export interface ChartSummary {
    path: string;
    name: string;
    version: string;
    /** Version of what it installs. */
    appVersion?: string;
    /** The range of Kubernetes versions that it wants. */
    kubeVersion?: string;
    /** Its sub-charts; under which values key, where that is another one. */
    dependencies: { name: string; version?: string; alias?: string }[];
    /** Why it cannot be read. */
    problem?: string;
}

/**
 * Looks into a pack.
 *
 * @param pulled What the pack was fetched as, when it is from a registry.
 * @throws ChartError when a listed chart is not one.
 */
export async function inspectPack(pack: Pack, pulled?: PulledPack): Promise<PackSummary> {
    const artifact = await describeArtifact(pack);
    const { name, version, displayName, layer, packJson } = pack;
    const charts = await Promise.all(texts(packJson.charts).map((path) => chartOf(pack, path)));
    const values = parseYaml("values.yaml", pack.values).document?.value;
    const presets = pack.presets && parseYaml("presets.yaml", pack.presets).document?.value;
    const namespace = valueAt(values, ["pack", "namespace"]);
    const summary = {
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
        ...(typeof namespace === "string" && namespace !== "" ? { namespace } : {}),
        clouds: texts(packJson.cloudTypes ?? [packJson.cloudType]),
        dependencies: mappings(valueAt(packJson, ["constraints", "dependencies"])),
        resources: mappings(valueAt(packJson, ["constraints", "resources"])),
        charts,
        manifests: texts(packJson.kubeManifests),
        presets: mappings(valueAt(presets, ["presets"])).flatMap(presetOf),
        images: textsAt(valueAt(values, ["pack", "content", "images"]), "image"),
        files: pack.files.map(({ path, size }) => ({ path, size })),
    };
    return { ...summary, missing: missingFrom(summary) };
}

/**
 * The summary as text for people.
 *
 * @param withFiles Whether every file is listed.
 */
export function formatSummary(summary: PackSummary, withFiles: boolean): string {
    const list = (title: string, items: readonly string[]) =>
        items.length > 0 ? [`${title}:`, ...items.map((item) => `  ${item}`)] : [];
    const bytes = summary.files.reduce((sum, { size }) => sum + size, 0);
    return [
        `${summary.displayName}: ${summary.name} ${summary.version}`,
        `Layer:     ${summary.layer}${summary.addonType ? ` (${summary.addonType})` : ""}`,
        `Namespace: ${summary.namespace ?? "default"}`,
        `Clouds:    ${summary.clouds.join(", ") || "none"}`,
        ...formatGiven(summary),
        `Archive:   ${summary.archive}, ${summary.layerSize} bytes, of ${summary.files.length} files with ${bytes} bytes`,
        `           ${summary.layerDigest}`,
        `Manifest:  ${summary.manifestDigest}`,
        ...list("Constraints", [
            ...summary.dependencies.map(dependencyText),
            ...summary.resources.map(resourceText),
        ]),
        ...list("Charts", summary.charts.flatMap(chartLines)),
        ...list("Manifests", summary.manifests),
        ...list("Presets", summary.presets.map(presetText)),
        ...list("Images", summary.images),
        ...list("Missing", summary.missing),
        ...list(
            "Files",
            withFiles
                ? summary.files.map(({ path, size }) => `${String(size).padStart(10)}  ${path}`)
                : [],
        ),
    ]
        .map((line) => `${printable(line)}\n`)
        .join("");
}

async function chartOf(pack: Pack, path: string): Promise<ChartSummary> {
    const file = pack.files.find((known) => known.path === path.replace(/^(\.\/)+/, ""));
    const unread = (problem: string) => ({
        path,
        name: "",
        version: "",
        dependencies: [],
        problem,
    });
    if (!file) {
        return unread("it is not in the pack");
    }
    try {
        const { name, version, appVersion, kubeVersion, dependencies } = await readChart(file);
        return {
            ...{ path, name, version },
            ...(appVersion === undefined ? {} : { appVersion }),
            ...(kubeVersion === undefined ? {} : { kubeVersion }),
            dependencies: dependencies.map(({ name: subchart, version: range, alias }) => ({
                name: subchart,
                ...(range === undefined ? {} : { version: range }),
                ...(alias === undefined ? {} : { alias }),
            })),
        };
    } catch (error) {
        if (!(error instanceof ChartError)) {
            throw error;
        }
        return unread(error.message);
    }
}

function presetOf({ name, displayName, group }: Record<string, unknown>): PackSummary["presets"] {
    if (typeof name !== "string") {
        return [];
    }
    return [
        {
            name,
            ...(typeof displayName === "string" ? { displayName } : {}),
            ...(typeof group === "string" && group !== "" ? { group } : {}),
        },
    ];
}

function missingFrom(summary: Omit<PackSummary, "missing">): string[] {
    const { namespace, clouds, images, files, charts, manifests } = summary;
    const has = (path: string) => files.some((file) => file.path === path);
    return [
        ...(namespace === undefined ? ["a namespace: Palette installs into default"] : []),
        ...(clouds.length === 0 ? ["clouds: cloudTypes in pack.json"] : []),
        ...(charts.length + manifests.length === 0 ? ["charts and manifests"] : []),
        ...(images.length === 0 ? ["images for air-gapped clusters: pack.content.images"] : []),
        ...["logo.png", "README.md", "presets.yaml", "schema.yaml"].filter((path) => !has(path)),
    ];
}

function mappings(list: unknown): Record<string, unknown>[] {
    return Array.isArray(list) ? list.filter(isMapping) : [];
}

async function givenArchive(pack: Pack, pulled: PulledPack | undefined): Promise<GivenArchive> {
    const hash = createHash("sha256");
    for await (const bytes of createReadStream(pack.source.path)) {
        hash.update(bytes as Buffer);
    }
    const digest = `sha256:${hash.digest("hex")}`;
    if (!pulled) {
        return { digest };
    }
    const { reference, manifest, manifestDigest } = pulled;
    return {
        digest,
        reference,
        manifestDigest,
        problems: manifestViolations(manifest, `${pack.name}-${pack.version}.tar.gz`),
    };
}

function texts(list: unknown): string[] {
    return Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
}

function textsAt(list: unknown, key: string): string[] {
    if (!Array.isArray(list)) {
        return [];
    }
    return list.flatMap((item) =>
        isMapping(item) && typeof item[key] === "string" ? [item[key]] : [],
    );
}

function chartLines(chart: ChartSummary): string[] {
    const { path, name, version, appVersion, kubeVersion, dependencies, problem } = chart;
    if (problem !== undefined) {
        return [`${path}: ${problem}`];
    }
    const installs = appVersion === undefined ? "" : `, installs ${appVersion}`;
    const wants = kubeVersion === undefined ? "" : `, Kubernetes ${kubeVersion}`;
    return [
        `${name} ${version}${installs}${wants} (${path})`,
        ...dependencies.map(
            (subchart) =>
                `  with ${subchart.name} ${subchart.version ?? ""}`.trimEnd() +
                (subchart.alias === undefined ? "" : ` as ${subchart.alias}`),
        ),
    ];
}

function presetText({ name, displayName, group }: PackSummary["presets"][number]): string {
    return `${name}${displayName === undefined ? "" : `: ${displayName}`}${group === undefined ? "" : ` (${group})`}`;
}

function dependencyText({
    packName,
    layer,
    type,
    minVersion,
    maxVersion,
}: Record<string, unknown>) {
    const bounds = [
        ...(minVersion ? [`from ${asText(minVersion)}`] : []),
        ...(maxVersion ? [`to ${asText(maxVersion)}`] : []),
    ].join(" ");
    return `${asText(packName)} (${asText(layer)}) ${asText(type)} ${bounds}`.trimEnd();
}

function resourceText({ type, minLimit, components }: Record<string, unknown>): string {
    const amount = Array.isArray(components)
        ? `of ${components.length} components`
        : `at least ${asText(minLimit)}`;
    return `${asText(type)} ${amount}`;
}

/** What differs between an archive and what `build` makes of it; nothing where they are equal. */
function formatGiven({ given, layerDigest, manifestDigest }: PackSummary): string[] {
    if (!given) {
        return [];
    }
    const lines = [];
    if (given.reference !== undefined) {
        lines.push(`Found as:  ${given.reference}`, `           ${given.manifestDigest}`);
        lines.push(...(given.problems ?? []).map((problem) => `Problem:   ${problem}`));
    }
    if (given.digest !== layerDigest) {
        lines.push(`Given:     ${given.digest}, which build makes anew:`);
    } else if (given.reference !== undefined && given.manifestDigest !== manifestDigest) {
        lines.push("Given:     the same archive under another manifest than build makes:");
    }
    return lines;
}
