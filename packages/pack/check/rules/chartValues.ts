import type { Chart } from "../../format/chart";
import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { kubernetesFields } from "../../format/kubernetesFields";
import { nearest } from "../../format/nearest";
import { asText, isMapping, valueAt, type Path } from "../../format/sourceDocument";
import { wholeCopies } from "../../format/wholeCopies";
import { parseYaml, type PositionedYaml } from "../../format/yaml";
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
    if (!isMapping(json?.value)) return undefined;
    const byName = new Map<string, Chart>();
    for (const { chart } of charts) {
        if (!chart) return undefined;
        byName.set(chart.name, chart);
    }
    return byName;
}

function* chartBlocks(pack: PackContext): Iterable<Finding> {
    const { values, valuesRoot } = pack;
    const charts = readableCharts(pack);
    const blocks = valuesRoot.charts;
    const manifestKeys = pack.manifests.map(({ key }) => key);
    if (!values || !charts || blocks === undefined || blocks === null) return;
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
            const split = [...splitKeys(values, chart, block)];
            const inert = split.length > 0 ? split : [...inertBlock(values, chart, block)];
            yield* inert.length > 0 ? inert : unknownKeys(values, chart, block);
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
        if (flat && near === undefined) stray.add(key);
        else yield unmatched(values, key, names, near ?? only, manifestKeys);
    }
    const keys = Object.keys(blocks).filter((key) => stray.has(key));
    if (keys.length > 0) yield misplaced(values, ["charts"], keys, names);
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

/** Keys such as image.tag, which YAML does not split. */
function* splitKeys(values: PositionedYaml, chart: Chart, block: unknown): Iterable<Finding> {
    const known = knownKeys(chart);
    for (const key of isMapping(block) ? Object.keys(block) : []) {
        const [first = "", ...rest] = key.split(".");
        if (rest.length === 0 || known.has(key) || !known.has(first)) continue;
        const message = `charts.${chart.name} has a key ${key}, which YAML does not split at its points.`;
        const help = `Write ${first}: and below it ${rest.join(".")}:.`;
        const place = values.place(["charts", chart.name, key], "key");
        yield finding("chart-value-unknown", place, message, { help });
    }
}

/** A block that no template of the chart can see: wrong by one level, most of the time. */
function* inertBlock(values: PositionedYaml, chart: Chart, block: unknown): Iterable<Finding> {
    const place = values.place(["charts", chart.name], "key");
    if (block === null || block === undefined) return;
    if (!isMapping(block)) {
        const message = `charts.${chart.name} must be a mapping.`;
        yield finding("chart-values-inert", place, message);
        return;
    }
    const keys = Object.keys(block);
    const known = knownKeys(chart);
    if (keys.length === 0 || known.size === 0 || keys.some((key) => known.has(key))) return;
    const message = `No key of charts.${chart.name} is known to the chart, so the overrides do nothing.`;
    const nested = isMapping(chart.values) && isMapping(chart.values[chart.name]);
    const outer = Object.entries(block).find(
        ([, inner]) => isMapping(inner) && Object.keys(inner).some((key) => known.has(key)),
    )?.[0];
    const near = keys.length === 1 ? nearest(keys[0] as string, known) : undefined;
    const help = nested
        ? `The chart's values begin with ${chart.name}: indent them one level more.`
        : outer !== undefined
          ? `Move what is in ${outer} one level up, and delete ${outer}.`
          : near !== undefined
            ? `Did you mean ${near}?`
            : `Its keys are ${[...known].slice(0, 8).join(", ")}.`;
    yield finding("chart-values-inert", place, message, { help });
}

/**
 * Keys below defaults that neither the defaults nor the templates know. Near to a key that the
 * block leaves alone, it is a slip of the pen, unless it is a field of Kubernetes; the others may be meant for something
 * that copies whole mappings, such as labels. Where a template is seen to copy the mapping, every key in it counts.
 */
function* unknownKeys(values: PositionedYaml, chart: Chart, block: unknown): Iterable<Finding> {
    const { words } = chart;
    if (!words) return;
    const apart = helmKeys(chart);
    const unknownPaths: Path[] = [];
    let copied: ReturnType<typeof wholeCopies> | undefined;
    const isCopied = (path: Path) => {
        copied ??= wholeCopies(chart.templates);
        return copied(path.slice(2));
    };
    function* search(path: Path, own: unknown, defaults: unknown): Iterable<Finding> {
        if (!isMapping(own) || !isMapping(defaults) || Object.keys(defaults).length === 0) return;
        const isRoot = path.length === 2;
        const left = [...Object.keys(defaults), ...(isRoot ? apart : [])].filter(
            (key) => !Object.hasOwn(own, key),
        );
        // Of what is handed on to dependencies, only slips of the pen are reported.
        const isHandedOn = apart.includes(String(path[2]));
        for (const [key, value] of Object.entries(own)) {
            const inner = [...path, key];
            if (isRoot && apart.includes(key) && !isMapping(defaults[key])) continue;
            if (Object.hasOwn(defaults, key)) {
                yield* search(inner, value, defaults[key]);
            } else if (/^[A-Za-z][\w-]*$/.test(key) && !words?.has(key)) {
                const near = kubernetesFields.has(key) ? undefined : nearest(key, left);
                if (isCopied(path)) {
                    const typed = Object.keys(defaults).every((name) => kubernetesFields.has(name));
                    if (near !== undefined && typed) yield misspeltField(values, inner, near);
                } else if (near === undefined) {
                    if (!isHandedOn) unknownPaths.push(inner);
                } else yield unknownKey(values, inner, near);
            }
        }
    }
    yield* search(["charts", chart.name], block, defaultsOf(chart));
    if (unknownPaths.length === 0) return;
    const shown = unknownPaths.slice(0, 5).map((path) => path.slice(2).join("."));
    const message =
        `charts.${chart.name} has ${unknownPaths.length} keys that nothing in the chart names: ` +
        `${shown.join(", ")}${unknownPaths.length > 5 ? ", …" : ""}.`;
    const place = values.place(unknownPaths[0] as Path, "key");
    yield finding("chart-value-unknown", place, message.replace("has 1 keys", "has a key"), {
        severity: "info",
        help: "They do nothing unless a template copies the mapping that they are in.",
    });
}

/** The chart's defaults over those of its dependencies. */
function defaultsOf({ values, dependencyValues }: Chart): unknown {
    const merge = (under: unknown, over: unknown): unknown =>
        !isMapping(under) || !isMapping(over)
            ? (over ?? under)
            : {
                  ...under,
                  ...Object.fromEntries(
                      Object.entries(over).map(([key, value]) => [key, merge(under[key], value)]),
                  ),
              };
    return merge(dependencyValues, values);
}

function unknownKey(values: PositionedYaml, path: Path, near: string): Finding {
    const message = `${path.join(".")} is ignored: nothing in the chart has that name.`;
    const help = `Did you mean ${near}?`;
    return finding("chart-value-unknown", values.place(path, "key"), message, { help });
}

/** Top-level keys that a chart, its templates or its dependencies understand. */
function knownKeys(chart: Chart): Set<string> {
    const own = isMapping(chart.values) ? Object.keys(chart.values) : [];
    return new Set([...own, ...helmKeys(chart), ...chart.templateKeys]);
}

/** Top-level keys that Helm itself reads, to hand their values on or to switch dependencies. */
function helmKeys({ dependencies }: Chart): string[] {
    const names = dependencies.map(({ name, alias }) => alias ?? name);
    return names.length > 0 ? [...names, "global", "tags"] : ["global"];
}

/** A key in a mapping of Kubernetes' fields, such as resources, that a template copies whole. */
function misspeltField(values: PositionedYaml, path: Path, near: string): Finding {
    const message =
        `${path.join(".")} goes into a manifest as it is written, ` +
        "and no field there is known by that name.";
    const help = `Did you mean ${near}?`;
    return finding("chart-value-unknown", values.place(path, "key"), message, { help });
}

function isOwnKey(charts: Iterable<Chart>, key: string): boolean {
    for (const chart of charts) {
        if (isMapping(chart.values) && Object.hasOwn(chart.values, key)) return true;
    }
    return false;
}

function* rootValues(pack: PackContext): Iterable<Finding> {
    const { values, valuesRoot, packJson } = pack;
    const charts = readableCharts(pack);
    if (!values || !charts || charts.size === 0) return;
    const self = `.spectro.pack.${asText(packJson.name)}.`;
    const stray = Object.keys(valuesRoot).filter(
        (key) =>
            !ROOT_KEYS.includes(key) &&
            (charts.has(key) || isOwnKey(charts.values(), key)) &&
            !values.text.includes(`${self}${key}`),
    );
    if (stray.length > 0) yield misplaced(values, [], stray, [...charts.keys()]);
}

/** Slips in what presets add to the values of charts. */
function* presetAdditions(pack: PackContext): Iterable<Finding> {
    const { presets } = pack;
    const charts = readableCharts(pack);
    const list = valueAt(presets?.value, ["presets"]);
    if (!presets || !charts || !Array.isArray(list)) return;
    for (const [index, preset] of list.entries()) {
        const add = valueAt(preset, ["add"]);
        const added = typeof add === "string" ? parseYaml(presets.file, add).document : undefined;
        if (!added) continue;
        const start = presets.place(["presets", index, "add"], "key").line ?? 1;
        for (const chart of charts.values()) {
            const block = valueAt(added.value, ["charts", chart.name]);
            for (const found of unknownKeys(added, chart, block)) {
                if (found.severity !== "info") yield { ...found, line: start + (found.line ?? 1) };
            }
        }
    }
}
