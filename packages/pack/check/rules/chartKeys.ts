import type { Chart } from "../../format/chart";
import { finding, type Finding } from "../../findings/finding";
import { kubernetesFields } from "../../format/kubernetesFields";
import { nearest } from "../../format/nearest";
import { isMapping, type Path } from "../../format/sourceDocument";
import { wholeCopies } from "../../format/wholeCopies";
import type { PositionedYaml } from "../../format/yaml";

/**
 * Whether a chart knows the keys of its block: of keys with points, a block that does nothing, and single keys, the first
 * that is found hides the others.
 */
export function* blockKeys(
    values: PositionedYaml,
    chart: Chart,
    block: unknown,
): Iterable<Finding> {
    const split = [...splitKeys(values, chart, block)];
    const inert = split.length > 0 ? split : [...inertBlock(values, chart, block)];
    yield* inert.length > 0 ? inert : unknownKeys(values, chart, block);
}

/** Keys such as image.tag, which YAML does not split. */
function* splitKeys(values: PositionedYaml, chart: Chart, block: unknown): Iterable<Finding> {
    const known = knownKeys(chart);
    for (const key of isMapping(block) ? Object.keys(block) : []) {
        const [first = "", ...rest] = key.split(".");
        if (rest.length === 0 || known.has(key) || !known.has(first)) {
            continue;
        }
        const message = `charts.${chart.name} has a key ${key}, which YAML does not split at its points.`;
        const help = `Write ${first}: and below it ${rest.join(".")}:.`;
        const place = values.place(["charts", chart.name, key], "key");
        yield finding("chart-value-unknown", place, message, { help });
    }
}

/** A block that no template of the chart can see: wrong by one level, most of the time. */
function* inertBlock(values: PositionedYaml, chart: Chart, block: unknown): Iterable<Finding> {
    const place = values.place(["charts", chart.name], "key");
    if (block === null || block === undefined) {
        return;
    }
    if (!isMapping(block)) {
        const message = `charts.${chart.name} must be a mapping.`;
        yield finding("chart-values-inert", place, message);
        return;
    }
    const keys = Object.keys(block);
    const known = knownKeys(chart);
    if (keys.length === 0 || known.size === 0 || keys.some((key) => known.has(key))) {
        return;
    }
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
export function* unknownKeys(
    values: PositionedYaml,
    chart: Chart,
    block: unknown,
): Iterable<Finding> {
    const { words } = chart;
    if (!words) {
        return;
    }
    const apart = helmKeys(chart);
    const unknownPaths: Path[] = [];
    let copied: ReturnType<typeof wholeCopies> | undefined;
    const isCopied = (path: Path) => {
        copied ??= wholeCopies(chart.templates);
        return copied(path.slice(2));
    };
    function* search(path: Path, own: unknown, defaults: unknown): Iterable<Finding> {
        if (!isMapping(own) || !isMapping(defaults) || Object.keys(defaults).length === 0) {
            return;
        }
        const isRoot = path.length === 2;
        const left = [...Object.keys(defaults), ...(isRoot ? apart : [])].filter(
            (key) => !Object.hasOwn(own, key),
        );
        // Of what is handed on to dependencies, only slips of the pen are reported.
        const isHandedOn = apart.includes(String(path[2]));
        for (const [key, value] of Object.entries(own)) {
            const inner = [...path, key];
            if (isRoot && apart.includes(key) && !isMapping(defaults[key])) {
                continue;
            }
            if (Object.hasOwn(defaults, key)) {
                yield* search(inner, value, defaults[key]);
            } else if (/^[A-Za-z][\w-]*$/.test(key) && !words?.has(key)) {
                const near = kubernetesFields.has(key) ? undefined : nearest(key, left);
                if (isCopied(path)) {
                    const typed = Object.keys(defaults).every((name) => kubernetesFields.has(name));
                    if (near !== undefined && typed) {
                        yield misspeltField(values, inner, near);
                    }
                } else if (near === undefined) {
                    if (!isHandedOn) {
                        unknownPaths.push(inner);
                    }
                } else {
                    yield unknownKey(values, inner, near);
                }
            }
        }
    }
    yield* search(["charts", chart.name], block, defaultsOf(chart));
    if (unknownPaths.length === 0) {
        return;
    }
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
