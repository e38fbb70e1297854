import type { Chart } from "../../format/chart";
import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { nearest } from "../../format/nearest";
import { asText, isMapping, valueAt } from "../../format/sourceDocument";
import { parseYaml, type PositionedYaml } from "../../format/yaml";
import { blockKeys, unknownKeys } from "./chartKeys";
import type { RuleCheck } from "./ruleCheck";

/**
 * Rules on whether values reach the charts that they are meant for; Palette ignores the others
 * silently.
 */
export const chartValuesRules: RuleCheck[] = [chartBlocks, rootValues, presetAdditions];

/** Keys at the root of values.yaml that belong to Palette or to no chart. */
const ROOT_KEYS = ["pack", "charts", "manifests", "readinessCheck"];

/**
 * The charts by name, or nothing when pack.json or one of them cannot be read: then no name is
 * known to be wrong.
 */
function readableCharts({ json, charts }: PackContext): Map<string, Chart> | undefined {
    if (!isMapping(json?.value)) {
        return undefined;
    }
    const byName = new Map<string, Chart>();
    for (const { chart } of charts) {
        if (!chart) {
            return undefined;
        }
        byName.set(chart.name, chart);
    }
    return byName;
}

function* chartBlocks(pack: PackContext): Iterable<Finding> {
    const { values, valuesRoot } = pack;
    const charts = readableCharts(pack);
    const blocks = valuesRoot.charts;
    const manifestKeys = pack.manifests.map(({ key }) => key);
    if (!values || !charts || blocks === undefined || blocks === null) {
        return;
    }
    if (!isMapping(blocks)) {
        const help = "Write charts: and below it one block per chart name.";
        const place = values.place(["charts"]);
        yield finding("chart-values-misplaced", place, "charts must be a mapping.", { help });
        return;
    }
    const names = [...charts.keys()];
    const free = names.filter((name) => !Object.hasOwn(blocks, name));
    const stray = new Set<string>();
    const others: [string, Record<string, unknown>][] = [];
    for (const [key, block] of Object.entries(blocks)) {
        const chart = charts.get(key);
        if (chart) {
            yield* blockKeys(values, chart, block);
        } else if (!isMapping(block) || isOwnKey(charts.values(), key)) {
            stray.add(key);
        } else {
            others.push([key, block]);
        }
    }
    // Where no block is a chart's, the lot was meant for one, unless it looks like the charts' names.
    const flat =
        free.length > 0 &&
        free.length === names.length &&
        (stray.size > 0 || others.length > names.length);
    for (const [key, block] of others) {
        const left = free.filter((name) => !Object.hasOwn(block, name));
        const only = others.length === 1 && left.length === 1 ? left[0] : undefined;
        const near = nearest(key, left);
        if (flat && near === undefined) {
            stray.add(key);
        } else {
            yield unmatched(values, key, names, near ?? only, manifestKeys);
        }
    }
    const keys = Object.keys(blocks).filter((key) => stray.has(key));
    if (keys.length > 0) {
        yield misplaced(values, ["charts"], keys, names);
    }
}

function unmatched(
    values: PositionedYaml,
    key: string,
    names: readonly string[],
    meant: string | undefined,
    manifestKeys: readonly string[],
): Finding {
    const message = meant
        ? `charts.${key} is ignored: the chart is called ${meant}.`
        : names.length > 0
          ? `charts.${key} is ignored: the charts are called ${names.join(", ")}.`
          : `charts.${key} is ignored: the pack lists no chart.`;
    const help = meant
        ? { help: `Rename the key to ${meant}.` }
        : manifestKeys.includes(key)
          ? { help: `Move it to manifests.${key}.` }
          : {};
    return finding("chart-values-unmatched", values.place(["charts", key], "key"), message, help);
}

function misplaced(
    values: PositionedYaml,
    path: readonly string[],
    keys: readonly string[],
    names: readonly string[],
): Finding {
    const place = values.place([...path, keys[0] as string], "key");
    const shown = keys.slice(0, 5).join(", ") + (keys.length > 5 ? ", …" : "");
    const where = path.length > 0 ? "directly under charts" : "at the root";
    const message = `${shown} ${where} of values.yaml ${keys.length > 1 ? "are" : "is"} ignored.`;
    const target = names.length === 1 ? (names[0] as string) : "<chart name>";
    const help = `Indent under charts.${target}.`;
    return finding("chart-values-misplaced", place, message, { help });
}

function isOwnKey(charts: Iterable<Chart>, key: string): boolean {
    for (const chart of charts) {
        if (isMapping(chart.values) && Object.hasOwn(chart.values, key)) {
            return true;
        }
    }
    return false;
}

function* rootValues(pack: PackContext): Iterable<Finding> {
    const { values, valuesRoot, packJson } = pack;
    const charts = readableCharts(pack);
    if (!values || !charts || charts.size === 0) {
        return;
    }
    const self = `.spectro.pack.${asText(packJson.name)}.`;
    const stray = Object.keys(valuesRoot).filter(
        (key) =>
            !ROOT_KEYS.includes(key) &&
            (charts.has(key) || isOwnKey(charts.values(), key)) &&
            !values.text.includes(`${self}${key}`),
    );
    if (stray.length > 0) {
        yield misplaced(values, [], stray, [...charts.keys()]);
    }
}

/** Slips in what presets add to the values of charts. */
function* presetAdditions(pack: PackContext): Iterable<Finding> {
    const { presets } = pack;
    const charts = readableCharts(pack);
    const list = valueAt(presets?.value, ["presets"]);
    if (!presets || !charts || !Array.isArray(list)) {
        return;
    }
    for (const [index, preset] of list.entries()) {
        const add = valueAt(preset, ["add"]);
        const added = typeof add === "string" ? parseYaml(presets.file, add).document : undefined;
        if (!added) {
            continue;
        }
        const start = presets.place(["presets", index, "add"], "key").line ?? 1;
        for (const chart of charts.values()) {
            const block = valueAt(added.value, ["charts", chart.name]);
            for (const found of unknownKeys(added, chart, block)) {
                if (found.severity !== "info") {
                    yield { ...found, line: start + (found.line ?? 1) };
                }
            }
        }
    }
}
