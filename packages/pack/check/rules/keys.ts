import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { misspeltKeys } from "../../format/nearest";
import {
    asText,
    isMapping,
    valueAt,
    type Path,
    type SourceDocument,
} from "../../format/sourceDocument";
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

function* near(
    document: SourceDocument,
    path: Path,
    keys: readonly string[],
    otherNames?: ReadonlyMap<string, string>,
): Iterable<Finding> {
    const mapping = valueAt(document.value, path);
    if (!isMapping(mapping)) {
        return;
    }
    for (const { key, meant } of misspeltKeys(mapping, keys, otherNames)) {
        const shown = [...path, key].filter((step) => typeof step === "string").join(".");
        const message = `Key ${shown} is unknown, so it is ignored: the key is ${meant}.`;
        const place = document.place([...path, key], "key");
        yield finding("key-misspelt", place, message, {
            help: `Rename it to ${meant}.`,
            fix: { remove: key, insert: meant },
        });
    }
}

function* valuesKeys(context: PackContext): Iterable<Finding> {
    const { values, charts, manifests } = context;
    const { name } = context.packJson;
    if (!values) {
        return;
    }
    // A chart's own key at the root is reported as misplaced.
    const own = charts.flatMap(({ chart }) =>
        chart && isMapping(chart.values) ? [chart.name, ...Object.keys(chart.values)] : [],
    );
    for (const found of near(values, [], known.ROOT_KEYS)) {
        if (!own.some((key) => found.message.startsWith(`Key ${key} `))) {
            yield found;
        }
    }
    const misplaced = (path: Path, message: string, help: string) =>
        finding("key-misplaced", values.place(path, "key"), message, { help });
    const pack = valueAt(values.value, ["pack"]);
    for (const key of ["charts", "manifests", "readinessCheck"]) {
        if (!isMapping(pack) || !Object.hasOwn(pack, key)) {
            continue;
        }
        const message = `pack.${key} is ignored: ${key} stands beside pack, not in it.`;
        yield misplaced(["pack", key], message, `Move ${key} to the left, to the column of pack.`);
    }
    if (valueAt(pack, ["images"]) !== undefined && valueAt(pack, ["content"]) === undefined) {
        const message = "pack.images is ignored: images stands in pack.content.";
        yield misplaced(["pack", "images"], message, "Write content: above it and indent it.");
    }
    for (const key of isMapping(values.value) ? Object.keys(values.value) : []) {
        // What a macro reads may stand anywhere.
        if (known.ROOT_KEYS.includes(key)) {
            continue;
        }
        if (own.includes(key) || values.text.includes(`.spectro.pack.${asText(name)}.${key}`)) {
            continue;
        }
        const where = key === "images" ? "pack.content" : "pack";
        const split = /^(pack|charts|manifests)\.(.+)$/.exec(key);
        if (split) {
            const message = `Key ${key} is ignored: YAML does not split a key at its points.`;
            yield misplaced([key], message, `Write ${split[1]}: and below it ${split[2]}:.`);
        } else if (manifests.some((one) => one.key === key)) {
            const message = `${key} at the root of values.yaml is ignored: its values stand in manifests.`;
            yield misplaced([key], message, `Indent it under manifests.`);
        } else if (
            (known.PACK_KEYS.includes(key) || key === "images") &&
            !key.includes("/") &&
            valueAt(pack, where === "pack" ? [key] : ["content", key]) === undefined
        ) {
            const message = `${key} at the root of values.yaml is ignored: it stands in ${where}.`;
            yield misplaced([key], message, `Indent it under ${where}.`);
        }
    }
    const inPack = [...near(values, ["pack"], known.PACK_KEYS, known.otherPackKeys)];
    yield* inPack;
    if (isMapping(pack) && !Object.hasOwn(pack, "readinessCheck")) {
        const reported = new Set(inPack.map(({ line }) => line));
        for (const found of near(values, ["pack"], ["readinessCheck"])) {
            if (!reported.has(found.line)) {
                yield found;
            }
        }
    }
    yield* near(values, ["pack", "content"], known.CONTENT_KEYS);
    yield* readinessChecks(values);
}

/** What Palette waits for has its conditions in a list of its own. */
function* readinessChecks(values: SourceDocument): Iterable<Finding> {
    const check = valueAt(values.value, ["readinessCheck"]);
    if (!isMapping(check)) {
        return;
    }
    const lists = Object.entries(check).flatMap(([version, list]) =>
        Array.isArray(list)
            ? list.map((item: unknown, index): [Path, unknown] => [
                  ["readinessCheck", version, index],
                  item,
              ])
            : [],
    );
    for (const [path, item] of [[["readinessCheck"], check] as [Path, unknown], ...lists]) {
        if (isMapping(item) && Object.hasOwn(item, "keyToCheck")) {
            const message = "keyToCheck is ignored here: it stands in an item of keysToCheck.";
            const help = "Write keysToCheck: and below it - keyToCheck: … and expectedValue: ….";
            const place = values.place([...path, "keyToCheck"], "key");
            yield finding("key-misplaced", place, message, { help });
        } else if (path.length > 1) {
            yield* near(values, path, known.READINESS_KEYS);
        }
    }
}

function* constraintKeys({ json, packJson }: PackContext): Iterable<Finding> {
    if (!json) {
        return;
    }
    yield* near(json, ["constraints"], known.CONSTRAINT_KEYS);
    for (const [key, keys] of [
        ["dependencies", known.DEPENDENCY_KEYS],
        ["resources", known.RESOURCE_KEYS],
    ] as const) {
        const list = valueAt(packJson, ["constraints", key]);
        for (const [index, item] of (Array.isArray(list) ? list : []).entries()) {
            yield* near(json, ["constraints", key, index], keys);
            const components: unknown = isMapping(item) ? item.components : undefined;
            if (!Array.isArray(components)) {
                continue;
            }
            for (const position of components.keys()) {
                const path = ["constraints", key, index, "components", position];
                yield* near(json, path, known.COMPONENT_KEYS);
            }
        }
    }
}

function* presetKeys({ presets }: PackContext): Iterable<Finding> {
    if (!presets) {
        return;
    }
    const list = valueAt(presets.value, ["presets"]);
    if (!Array.isArray(list)) {
        return;
    }
    for (const [index, preset] of list.entries()) {
        yield* near(presets, ["presets", index], known.PRESET_KEYS, known.otherPresetKeys);
        for (const key of ["charts", "manifests"]) {
            if (!isMapping(preset) || !Object.hasOwn(preset, key)) {
                continue;
            }
            const message = `${key} is ignored here: it is a key of the preset, not in the text of add.`;
            const help = "Write add: | above it and indent it below.";
            const place = presets.place(["presets", index, key], "key");
            yield finding("key-misplaced", place, message, { help });
        }
    }
}

function* schemaKeys({ schema }: PackContext): Iterable<Finding> {
    if (!schema || !isMapping(schema.value)) {
        return;
    }
    for (const key of Object.keys(schema.value)) {
        yield* near(schema, [key], ["schema"]);
    }
}

/** Files that are read under one name only. */
function* fileNames({ source, files }: PackContext): Iterable<Finding> {
    for (const [name, form] of [
        ["presets.yaml", /^presets?\.ya?ml$/i],
        ["schema.yaml", /^(values\.)?schemas?\.ya?ml$/i],
    ] as const) {
        const other = source.files.find(({ path }) => path !== name && form.test(path))?.path;
        if (other === undefined || files.has(name)) {
            continue;
        }
        const message = `${other} is ignored: the file is called ${name}.`;
        yield finding("file-name-misspelt", { file: other }, message, {
            help: `Rename it to ${name}.`,
            fix: { rename: name },
        });
    }
}
