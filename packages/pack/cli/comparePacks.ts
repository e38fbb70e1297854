import { readChart } from "../format/chart";
import { diffPacks, type FileChange } from "../format/diffPacks";
import { parseJson } from "../format/json";
import { readFileOf, type PackFile } from "../format/packSource";
import { asText, isMapping } from "../format/positioned";
import { printable } from "./formats/text";
import type { Pack } from "../format/pack";
import { parseYaml } from "../format/yaml";

/** A value of pack.json or of a YAML file of the pack that differs. */
export interface ValueChange {
    /** File in the pack. */
    file: string;
    /** Dotted path in it, with indexes of lists in brackets. */
    path: string;
    /** What it was; absent for one that was added. */
    before?: unknown;
    /** What it is; absent for one that was removed. */
    after?: unknown;
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
}

/** Larger files are not looked into. */
const maximumTextBytes = 2 * 1024 * 1024;

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
        if (!parse) continue;
        const [a, b] = [old, now].map((text) => parse(change.path, text).document);
        if (a && b) values.push(...valueChanges(change.path, "", a.value, b.value));
    }
    return {
        before: identity(before),
        after: identity(after),
        files,
        values,
        charts: chartChanges(await chartsOf(before), await chartsOf(after)),
    };
}

function parserOf(path: string): typeof parseJson | undefined {
    if (path === "pack.json") return parseJson;
    return /^(values|presets|schema)\.yaml$/.test(path) ? parseYaml : undefined;
}

/** Text of a file of a pack; undefined where it is absent, large, or no text. */
async function textOf(pack: Pack, path: string): Promise<string | undefined> {
    const file = fileOf(pack, path);
    if (!file || file.size > maximumTextBytes) return undefined;
    const bytes = await readFileOf(file);
    return bytes.includes(0) ? undefined : bytes.toString("utf8");
}

function fileOf(pack: Pack, path: string): PackFile | undefined {
    return pack.files.find((file) => file.path === path);
}

function lineChange(before: string, after: string): LineChange {
    const counts = new Map<string, number>();
    for (const line of before.split("\n")) counts.set(line, (counts.get(line) ?? 0) + 1);
    for (const line of after.split("\n")) counts.set(line, (counts.get(line) ?? 0) - 1);
    const change = { added: 0, removed: 0 };
    for (const count of counts.values()) {
        if (count > 0) change.removed += count;
        else change.added -= count;
    }
    return change;
}

function valueChanges(file: string, path: string, before: unknown, after: unknown): ValueChange[] {
    if (isMapping(before) && isMapping(after)) {
        const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
        return [...keys].flatMap((key) => {
            const inner = path === "" ? key : `${path}.${key}`;
            const [old, now] = [before, after].map((map) => Object.hasOwn(map, key));
            if (!now) return [{ file, path: inner, before: before[key] }];
            if (!old) return [{ file, path: inner, after: after[key] }];
            return valueChanges(file, inner, before[key], after[key]);
        });
    }
    if (Array.isArray(before) && Array.isArray(after)) {
        return listChanges(file, path, before, after);
    }
    return same(before, after) ? [] : [{ file, path, before, after }];
}

/** Items of equal lists are compared in place; otherwise those that only one list has are told. */
function listChanges(
    file: string,
    path: string,
    before: readonly unknown[],
    after: readonly unknown[],
): ValueChange[] {
    if (before.length === after.length) {
        return before.flatMap((item, n) => valueChanges(file, `${path}[${n}]`, item, after[n]));
    }
    const lone = (items: readonly unknown[], others: readonly unknown[]) => {
        const known = new Set(others.map((other) => JSON.stringify(other)));
        return [...items.entries()].filter(([, item]) => !known.has(JSON.stringify(item)));
    };
    return [
        ...lone(before, after).map(([n, item]) => ({ file, path: `${path}[${n}]`, before: item })),
        ...lone(after, before).map(([n, item]) => ({ file, path: `${path}[${n}]`, after: item })),
    ];
}

function same(a: unknown, b: unknown): boolean {
    return JSON.stringify(a) === JSON.stringify(b);
}

async function chartsOf(pack: Pack): Promise<Map<string, string>> {
    const charts = new Map<string, string>();
    const listed = Array.isArray(pack.packJson.charts) ? pack.packJson.charts : [];
    for (const path of listed) {
        const file = fileOf(pack, asText(path).replace(/^(\.\/)+/, ""));
        // What is no chart is for a check to say.
        const chart = file && (await readChart(file).catch(() => undefined));
        if (chart) charts.set(chart.name, chart.version);
    }
    return charts;
}

function chartChanges(
    before: ReadonlyMap<string, string>,
    after: ReadonlyMap<string, string>,
): ChartChange[] {
    return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
        const [old, now] = [before.get(name), after.get(name)];
        if (old === now) return [];
        return [
            {
                name,
                ...(old === undefined ? {} : { before: old }),
                ...(now === undefined ? {} : { after: now }),
            },
        ];
    });
}

/** The comparison as text for people. */
export function formatComparison(comparison: PackComparison): string {
    const { before, after, files, values, charts } = comparison;
    const sign = { added: "A", removed: "D", changed: "M" };
    const lines = [`${before.name} ${before.version} → ${after.name} ${after.version}`];
    for (const { path, change, lines: counted } of files) {
        const detail = counted ? ` (+${counted.added} -${counted.removed} lines)` : "";
        lines.push(`${sign[change]} ${path}${detail}`);
        for (const value of values.filter(({ file }) => file === path)) {
            lines.push(`    ${value.path}: ${transition(value)}`);
        }
    }
    for (const chart of charts) lines.push(`chart ${chart.name}: ${transition(chart)}`);
    if (files.length === 0) lines.push("no difference");
    return `${lines.map(printable).join("\n")}\n`;
}

function transition(change: { before?: unknown; after?: unknown }): string {
    if (!("after" in change)) return `${shown(change.before)} removed`;
    if (!("before" in change)) return `${shown(change.after)} added`;
    return `${shown(change.before)} → ${shown(change.after)}`;
}

function shown(value: unknown): string {
    const text = JSON.stringify(value) ?? "undefined";
    return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
