import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { misspeltKeys } from "../../format/nearest";
import { isMapping, valueAt, type Path, type Positioned } from "../../format/positioned";
import * as known from "../knownKeys";
import type { RuleCheck } from "./ruleCheck";

/** Rules on keys that nobody reads because a known one is spelt otherwise. */
export const keyRules: RuleCheck[] = [
    valuesKeys,
    constraintKeys,
    presetKeys,
    schemaKeys,
    fileNames,
];

function* near(document: Positioned, path: Path, keys: readonly string[]): Iterable<Finding> {
    const mapping = valueAt(document.value, path);
    if (!isMapping(mapping)) return;
    for (const { key, meant } of misspeltKeys(mapping, keys)) {
        const shown = [...path, key].filter((step) => typeof step === "string").join(".");
        const message = `Key ${shown} is unknown, so it is ignored: the key is ${meant}.`;
        const place = document.place([...path, key], "key");
        yield finding("key-misspelt", place, message, {
            help: `Rename it to ${meant}.`,
            fix: { remove: key, insert: meant },
        });
    }
}

function* valuesKeys({ values, charts }: PackContext): Iterable<Finding> {
    if (!values) return;
    // A chart's own key at the root is told as misplaced.
    const own = charts.flatMap(({ chart }) =>
        chart && isMapping(chart.values) ? [chart.name, ...Object.keys(chart.values)] : [],
    );
    for (const found of near(values, [], known.rootKeys)) {
        if (!own.some((key) => found.message.startsWith(`Key ${key} `))) yield found;
    }
    const pack = valueAt(values.value, ["pack"]);
    for (const key of ["charts", "manifests", "readinessCheck"]) {
        if (!isMapping(pack) || !Object.hasOwn(pack, key)) continue;
        const message = `pack.${key} is ignored: ${key} stands beside pack, not in it.`;
        const help = `Move ${key} to the left, to the column of pack.`;
        yield finding("key-misplaced", values.place(["pack", key], "key"), message, { help });
    }
    const inPack = [...near(values, ["pack"], known.packKeys)];
    yield* inPack;
    if (isMapping(pack) && !Object.hasOwn(pack, "readinessCheck")) {
        const told = new Set(inPack.map(({ line }) => line));
        for (const found of near(values, ["pack"], ["readinessCheck"])) {
            if (!told.has(found.line)) yield found;
        }
    }
    yield* near(values, ["pack", "content"], known.contentKeys);
}

function* constraintKeys({ json, packJson }: PackContext): Iterable<Finding> {
    if (!json) return;
    yield* near(json, ["constraints"], known.constraintKeys);
    for (const [key, keys] of [
        ["dependencies", known.dependencyKeys],
        ["resources", known.resourceKeys],
    ] as const) {
        const list = valueAt(packJson, ["constraints", key]);
        for (const [index, item] of (Array.isArray(list) ? list : []).entries()) {
            yield* near(json, ["constraints", key, index], keys);
            const components: unknown = isMapping(item) ? item.components : undefined;
            if (!Array.isArray(components)) continue;
            for (const position of components.keys()) {
                const path = ["constraints", key, index, "components", position];
                yield* near(json, path, known.componentKeys);
            }
        }
    }
}

function* presetKeys({ presets }: PackContext): Iterable<Finding> {
    if (!presets) return;
    const list = valueAt(presets.value, ["presets"]);
    if (!Array.isArray(list)) return;
    for (const index of list.keys()) yield* near(presets, ["presets", index], known.presetKeys);
}

function* schemaKeys({ schema }: PackContext): Iterable<Finding> {
    if (!schema || !isMapping(schema.value)) return;
    for (const key of Object.keys(schema.value)) yield* near(schema, [key], ["schema"]);
}

/** Files that are read under one name only. */
function* fileNames({ source, files }: PackContext): Iterable<Finding> {
    for (const [name, form] of [
        ["presets.yaml", /^presets?\.ya?ml$/i],
        ["schema.yaml", /^(values\.)?schemas?\.ya?ml$/i],
    ] as const) {
        const other = source.files.find(({ path }) => path !== name && form.test(path))?.path;
        if (other === undefined || files.has(name)) continue;
        const message = `${other} is ignored: the file is called ${name}.`;
        yield finding("file-name-misspelt", { file: other }, message, {
            help: `Rename it to ${name}.`,
            fix: { rename: name },
        });
    }
}
