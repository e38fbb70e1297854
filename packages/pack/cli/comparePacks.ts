import { readChart } from "../format/chart";
import { diffPacks, type FileChange } from "../format/diffPacks";
import { parseJson } from "../format/json";
import { readFileOf, type PackFile } from "../format/packFile";
import { asText } from "../format/sourceDocument";
import { fieldChanges, type FieldChange } from "../render/fieldChanges";
import { changeLines } from "./showChange";
import { printable } from "./formats/text";
import type { RenderComparison } from "../render/compareRenderings";
import { renderedLines } from "./showRendered";
import type { Pack } from "../format/pack";
import { parseYaml } from "../format/yaml";

/** A value of pack.json or of a YAML file of the pack that differs. */
export interface ValueChange extends FieldChange {
    /** File in the pack. */
    file: string;
}

/** A chart whose version differs between two packs. */
export interface ChartChange {
    name: string;
    before?: string;
    after?: string;
}

/** How many lines of a text file differ, wherever they stand. */
export interface LineChange {
    added: number;
    removed: number;
}

/** What changed from one pack to another. */
export interface PackComparison {
    before: { name: string; version: string };
    after: { name: string; version: string };
    files: (FileChange & { lines?: LineChange })[];
    values: ValueChange[];
    charts: ChartChange[];
    /** What changes in the cluster, where the packs were rendered. */
    rendered?: RenderComparison;
}

/** Larger files are not looked into. */
const MAXIMUM_TEXT_BYTES = 2 * 1024 * 1024;

/**
 * Compares two packs: their files, the values in pack.json, values.yaml, presets.yaml and
 * schema.yaml, and the versions of their charts.
 */
export async function comparePacks(before: Pack, after: Pack): Promise<PackComparison> {
    const identity = ({ name, version }: Pack) => ({ name, version });
    const files: PackComparison["files"] = [];
    const values: ValueChange[] = [];
    for (const change of await diffPacks(before, after)) {
        const [old, now] = await Promise.all(
            [before, after].map((pack) => textOf(pack, change.path)),
        );
        if (old === undefined || now === undefined || change.change !== "changed") {
            files.push(change);
            continue;
        }
        files.push({ ...change, lines: lineChange(old, now) });
        const parse = parserOf(change.path);
        if (!parse) {
            continue;
        }
        const [a, b] = [old, now].map((text) => parse(change.path, text).document);
        if (!a || !b) {
            continue;
        }
        const changes = fieldChanges(a.value, b.value);
        values.push(...changes.map((changed) => ({ file: change.path, ...changed })));
    }
    return {
        before: identity(before),
        after: identity(after),
        files,
        values,
        charts: chartChanges(await chartsOf(before), await chartsOf(after)),
    };
}

/** The comparison as text for people. */
export function formatComparison(comparison: PackComparison): string {
    const { before, after, files, values, charts, rendered } = comparison;
    const sign = { added: "A", removed: "D", changed: "M" };
    const lines = [`${before.name} ${before.version} → ${after.name} ${after.version}`];
    for (const { path, change, lines: counted } of files) {
        const detail = counted ? ` (+${counted.added} -${counted.removed} lines)` : "";
        lines.push(`${sign[change]} ${path}${detail}`);
        for (const value of values.filter(({ file }) => file === path)) {
            lines.push(...changeLines(value).map((line) => `    ${line}`));
        }
    }
    for (const chart of charts) {
        lines.push(...changeLines({ path: `chart ${chart.name}`, ...chart }));
    }
    if (files.length === 0) {
        lines.push("no difference");
    }
    if (rendered) {
        lines.push("", ...renderedLines(rendered));
    }
    return `${lines.map(printable).join("\n")}\n`;
}

function parserOf(path: string): typeof parseJson | undefined {
    if (path === "pack.json") {
        return parseJson;
    }
    return /^(values|presets|schema)\.yaml$/.test(path) ? parseYaml : undefined;
}

/** Text of a file of a pack; undefined where it is absent, large, or no text. */
async function textOf(pack: Pack, path: string): Promise<string | undefined> {
    const file = fileOf(pack, path);
    if (!file || file.size > MAXIMUM_TEXT_BYTES) {
        return undefined;
    }
    const bytes = await readFileOf(file);
    return bytes.includes(0) ? undefined : bytes.toString("utf8");
}

function fileOf(pack: Pack, path: string): PackFile | undefined {
    return pack.files.find((file) => file.path === path);
}

function lineChange(before: string, after: string): LineChange {
    const counts = new Map<string, number>();
    for (const line of before.split("\n")) {
        counts.set(line, (counts.get(line) ?? 0) + 1);
    }
    for (const line of after.split("\n")) {
        counts.set(line, (counts.get(line) ?? 0) - 1);
    }
    const change = { added: 0, removed: 0 };
    for (const count of counts.values()) {
        if (count > 0) {
            change.removed += count;
        } else {
            change.added -= count;
        }
    }
    return change;
}

async function chartsOf(pack: Pack): Promise<Map<string, string>> {
    const charts = new Map<string, string>();
    const listed = Array.isArray(pack.packJson.charts) ? pack.packJson.charts : [];
    for (const path of listed) {
        const file = fileOf(pack, asText(path).replace(/^(\.\/)+/, ""));
        // What is no chart is for a check to say.
        const chart = file && (await readChart(file).catch(() => undefined));
        if (chart) {
            charts.set(chart.name, chart.version);
        }
    }
    return charts;
}

function chartChanges(
    before: ReadonlyMap<string, string>,
    after: ReadonlyMap<string, string>,
): ChartChange[] {
    return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
        const [old, now] = [before.get(name), after.get(name)];
        if (old === now) {
            return [];
        }
        return [
            {
                name,
                ...(old === undefined ? {} : { before: old }),
                ...(now === undefined ? {} : { after: now }),
            },
        ];
    });
}
