import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse, stringify } from "yaml";
import { readPack } from "../../check/readPack";
import { readChart, type Chart } from "../../format/chart";
import { ChartError, readChartFiles } from "../../format/chartArchive";
import { fileOnDisk } from "../../format/packFile";
import { isMapping, valueAt } from "../../format/sourceDocument";
import { isPackVersion } from "../../format/schema";
import { readYamlDocument } from "../../format/yamlDocuments";
import { imagesOf, renderPack } from "../../render/renderPack";
import { withChart, type ChartRequest } from "./chartSource";
import { constraintsOfSchema } from "./constraintsOfSchema";
import {
    commonFiles,
    makePackFolder,
    namespaceOfName,
    packSection,
    writeFiles,
    type PackFiles,
} from "./packFolder";
import { UserError } from "../../userError";

/** What a chart says that a pack takes over. */
interface UpstreamChart extends Chart {
    /** Chart.yaml. */
    about: Record<string, unknown>;
    /** values.schema.json, where there is one that can be read. */
    schema: unknown;
}

/**
 * Writes a pack of a Helm chart: the chart with its sub-charts, its values with their comments, the
 * images that it renders to, constraints from its values.schema.json.
 *
 * @param folder Folder to make; it must not be there yet.
 * @returns What the author has to know or to decide.
 * @throws Error when the chart cannot be had or is no application chart, or when the folder is there.
 */
export async function newPackFromChart(
    folder: string,
    name: string,
    request: ChartRequest & { packVersion?: string },
): Promise<string[]> {
    return withChart(request, async (archive) => {
        const chart = await readUpstream(archive, request.chart);
        const version = request.packVersion ?? packVersionOf(chart.version);
        const path = `charts/${chart.name}-${chart.version}.tgz`;
        const notes: string[] = [];
        await makePackFolder(folder, name, async () => {
            await mkdir(join(folder, "charts"));
            await copyFile(archive, join(folder, path));
            const files = (images: readonly string[] | undefined) =>
                filesOf(name, version, path, chart, images);
            await writeFiles(folder, files([]));
            const images = await renderedImages(folder, request.helm, notes);
            await writeFiles(folder, files(images));
        });
        return notes;
    });
}

async function readUpstream(archive: string, shown: string): Promise<UpstreamChart> {
    const file = fileOnDisk(archive);
    try {
        const chart = await readChart(file);
        if (chart.type === "library") {
            throw new UserError(`${shown} is a library chart, which installs nothing.`);
        }
        if (chart.missingDependencies.length > 0) {
            throw new UserError(
                `${shown} lacks its sub-charts ${chart.missingDependencies.join(", ")}: ` +
                    "run helm dependency update in its folder first.",
            );
        }
        const files = await readChartFiles(file);
        const text = (path: string) => files.get(path)?.toString("utf8");
        const about = readYamlDocument(text("Chart.yaml") ?? "").toJS() as Record<string, unknown>;
        return { ...chart, about, schema: parseJson(text("values.schema.json")) };
    } catch (error) {
        if (!(error instanceof ChartError)) {
            throw error;
        }
        throw new UserError(`${shown} is no Helm chart: ${error.message}.`, { cause: error });
    }
}

function filesOf(
    name: string,
    version: string,
    path: string,
    chart: UpstreamChart,
    images: readonly string[] | undefined,
): PackFiles {
    const { about } = chart;
    const text = (value: unknown) => (typeof value === "string" ? value : undefined);
    const home = text(about.home);
    const sources = Array.isArray(about.sources) ? about.sources.filter(isAddress) : [];
    const references = [...new Set([...(home ? [home] : []), ...sources])].filter(isAddress);
    const kubernetes = minimumKubernetes(chart.kubeVersion);
    const constraints = kubernetes && {
        constraints: {
            dependencies: [
                {
                    ...{ packName: "kubernetes", layer: "k8s", type: "optional" },
                    ...{ minVersion: kubernetes, maxVersion: "" },
                },
            ],
        },
    };
    const schema = constraintsOfSchema(`charts.${chart.name}`, chart.schema, chart.values);
    return {
        ...commonFiles(
            {
                name,
                version,
                lists: { charts: [path], ...constraints },
                ...(home && isAddress(home) ? { annotations: { docsURL: home } } : {}),
            },
            text(about.description)?.trim(),
            references,
        ),
        "values.yaml": `${packSection(namespaceOfName(name), images)}\n${chartsSection(chart)}`,
        ...(schema === undefined ? {} : { "schema.yaml": schema }),
    };
}

/** The chart's values below its name, with the upstream comments. */
function chartsSection({ name, values, valuesText = "" }: Chart): string {
    const head = `charts:\n  # Values of the chart ${name}, as its author wrote them.\n  ${name}:`;
    if (!isMapping(values) || Object.keys(values).length === 0) {
        return `${head} {}\n`;
    }
    const lines = valuesText
        .replace(/^\ufeff/, "")
        .split(/\r?\n/)
        .filter((line) => !/^(---|\.\.\.|%YAML)(\s|$)/.test(line))
        .map((line) => (line.trim() === "" ? "" : `    ${line}`));
    const indented = `${head}\n${lines.join("\n").trimEnd()}\n`;
    return isDeepStrictEqual(readBack(indented, name), values)
        ? indented
        : // Such as text that begins left of its key: without comments it is right at least.
          `${head}\n${stringify(values, { lineWidth: 0 }).replace(/^(?=.)/gm, "    ")}`;
}

function readBack(text: string, name: string): unknown {
    try {
        return valueAt(parse(text, { merge: true, logLevel: "error" }), ["charts", name]);
    } catch {
        return undefined;
    }
}

async function renderedImages(
    folder: string,
    helm: string | undefined,
    notes: string[],
): Promise<string[] | undefined> {
    if (helm === undefined) {
        notes.push(
            "Helm is not on PATH, so the chart was not rendered: list its images under pack.content.images in values.yaml.",
        );
        return undefined;
    }
    const pack = await readPack(folder);
    try {
        const { documents, problems } = await renderPack(pack, { helm });
        if (problems.length > 0) {
            notes.push(
                "Helm cannot render the chart with its own values, so its images are not known: " +
                    problems.map(({ message }) => message).join("; "),
            );
            return undefined;
        }
        return imagesOf(documents);
    } finally {
        pack.close();
    }
}

/** A chart's version as the version of a pack, which is a tag: no leading v, no build metadata. */
function packVersionOf(version: string): string {
    const plain = version.replace(/^v(?=\d)/, "").replace(/\+/g, "-");
    return isPackVersion(plain) ? plain : "0.1.0";
}

/** The least version of a range such as `>=1.25.0-0`; undefined for any other range. */
function minimumKubernetes(range: string | undefined): string | undefined {
    return /^\s*(?:>=|\^)\s*v?(\d+\.\d+(?:\.\d+)?)(?:-\S*)?\s*$/.exec(range ?? "")?.[1];
}

function isAddress(value: unknown): value is string {
    return typeof value === "string" && /^https?:\/\/\S+$/.test(value);
}

function parseJson(text: string | undefined): unknown {
    try {
        return text === undefined ? undefined : JSON.parse(text);
    } catch {
        return undefined;
    }
}
