import type { PackContext } from "../context";
import { finding, type Finding, type SourceLocation } from "../../findings/finding";
import { nearest } from "../../format/nearest";
import { isMapping, placeInText, valueAt } from "../../format/sourceDocument";
import { parseYaml } from "../../format/yaml";
import { ROOT_KEYS } from "../knownKeys";
import type { RuleCheck } from "./ruleCheck";

/** Rules on what the files of a pack name in each other. */
export const referenceRules: RuleCheck[] = [presetPaths, schemaPaths, enabledPresets, presetNames];

/** Names under `charts` and `manifests`; undefined where a chart or the list cannot be read. */
function namesIn({ json, charts, manifests }: PackContext) {
    const chartNames = charts.flatMap(({ chart }) => (chart ? [chart.name] : []));
    if (!isMapping(json?.value) || chartNames.length < charts.length) {
        return undefined;
    }
    if (manifests.some(({ file }) => !file)) {
        return undefined;
    }
    return { charts: chartNames, manifests: manifests.map(({ key }) => key) };
}

type Names = NonNullable<ReturnType<typeof namesIn>>;

/** What is wrong with the first steps of a path into the values; undefined for a path that leads somewhere. */
function lost(
    names: Names,
    roots: ReadonlySet<string>,
    root: string,
    name: string | undefined,
): { message: string; help?: string } | undefined {
    if (root !== "charts" && root !== "manifests") {
        if (ROOT_KEYS.includes(root)) {
            return undefined;
        }
        const near = nearest(root, ROOT_KEYS);
        if (near) {
            return { message: `${root} is ${near}.`, help: `Write ${near}.` };
        }
        // Charts may be named as other values are.
        if (roots.has(root)) {
            return undefined;
        }
        for (const block of ["charts", "manifests"] as const) {
            if (!names[block].includes(root)) {
                continue;
            }
            return {
                message: `${root} stands under ${block}.`,
                help: `Write ${block}.${root}.`,
            };
        }
        if (root === "" || root === "values") {
            const message = "paths begin with charts, manifests or pack.";
            return { message, help: `Leave ${root}. out.` };
        }
        if (root.includes("/")) {
            const help = `Write ${root.replaceAll("/", ".")}.`;
            return { message: "the steps of a path have points between them.", help };
        }
        if (/^(charts|manifests)\./.test(root)) {
            const message = "YAML does not split a key at its points.";
            return { message, help: "Write each step in a line of its own, indented." };
        }
        return undefined;
    }
    if (name === undefined || name === "") {
        return undefined;
    }
    const known = names[root];
    // Names may have dots, as the path has.
    if (
        known.some(
            (prefix) =>
                name === prefix || name.startsWith(`${prefix}.`) || name.startsWith(`${prefix}[`),
        )
    ) {
        return undefined;
    }
    const first = name.split(".")[0] as string;
    const what = root === "charts" ? "chart" : "manifest";
    const near = nearest(first, known);
    const help = near
        ? `Did you mean ${root}.${near}?`
        : known.length > 0
          ? `The ${what}s are ${known.join(", ")}.`
          : `The pack lists no ${what}.`;
    return { message: `no ${what} of the pack is called ${first}.`, help };
}

function* presetPaths(pack: PackContext): Iterable<Finding> {
    const { presets } = pack;
    const names = namesIn(pack);
    const roots = new Set(Object.keys(pack.valuesRoot));
    const list = valueAt(presets?.value, ["presets"]);
    if (!presets || !names || !Array.isArray(list)) {
        return;
    }
    for (const [index, preset] of list.entries()) {
        if (!isMapping(preset)) {
            continue;
        }
        const shown = typeof preset.name === "string" ? preset.name : `presets[${index}]`;
        const reported = new Set<string>();
        const report = (place: SourceLocation, key: string, root: string, name?: string) => {
            const problem = lost(names, roots, root, name);
            if (!problem || reported.has(problem.message)) {
                return [];
            }
            reported.add(problem.message);
            const message = `Preset ${shown}: ${key} leads nowhere, as ${problem.message}`;
            const help = problem.help ? { help: problem.help } : {};
            return [finding("preset-path-unknown", place, message, help)];
        };
        const added =
            typeof preset.add === "string"
                ? parseYaml(presets.file, preset.add).document
                : undefined;
        if (added && isMapping(added.value)) {
            const inBlock = (path: string[]): SourceLocation => {
                const { line = 1, column = 1 } = added.place(path, "key");
                const start = presets.place(["presets", index, "add"], "key");
                return { ...start, line: (start.line ?? 1) + line, column };
            };
            for (const [root, block] of Object.entries(added.value)) {
                yield* report(inBlock([root]), root, root);
                for (const name of isMapping(block) ? Object.keys(block) : []) {
                    yield* report(inBlock([root, name]), `${root}.${name}`, root, name);
                }
            }
        }
        const removed: unknown[] = Array.isArray(preset.remove) ? preset.remove : [];
        for (const [position, path] of removed.entries()) {
            if (typeof path !== "string") {
                continue;
            }
            const place = presets.place(["presets", index, "remove", position]);
            const [root = "", ...rest] = path.split(".");
            if (path.endsWith(".") && path !== ".") {
                const message = `Preset ${shown}: ${path} leads nowhere, as a point ends it.`;
                const details = { help: `Write ${path.replace(/\.+$/, "")}.` };
                yield finding("preset-path-unknown", place, message, details);
            } else {
                yield* report(place, path, root, rest.join("."));
            }
        }
    }
}

function* schemaPaths(pack: PackContext): Iterable<Finding> {
    const { schema } = pack;
    const names = namesIn(pack);
    const roots = new Set(Object.keys(pack.valuesRoot));
    if (!schema || !names || !isMapping(schema.value)) {
        return;
    }
    const reported = new Set<string>();
    for (const key of Object.keys(schema.value)) {
        const [root = "", ...rest] = key.split(".");
        const problem = lost(names, roots, root, rest.join("."));
        if (!problem || reported.has(problem.message)) {
            continue;
        }
        reported.add(problem.message);
        const message = `The constraint of ${key} leads nowhere, as ${problem.message}`;
        const help = problem.help ? { help: problem.help } : {};
        yield finding("schema-path-unknown", schema.place([key], "key"), message, help);
    }
}

/** The comment in which Palette's console keeps the presets that are on, as group:name. */
const ENABLED = /^#[ \t]*spectrocloud\.com\/enabled-presets:[ \t]*(.*)$/gm;

function* enabledPresets({ values, presets, files }: PackContext): Iterable<Finding> {
    if (!values || (files.has("presets.yaml") && !presets)) {
        return;
    }
    const list = valueAt(presets?.value, ["presets"]);
    const known = (Array.isArray(list) ? list : []).flatMap((preset: unknown) =>
        isMapping(preset) ? [`${String(preset.group)}:${String(preset.name)}`] : [],
    );
    for (const match of values.text.matchAll(ENABLED)) {
        const entries = (match[1] as string).split(",").map((entry) => entry.trim());
        const unknown = entries.filter((entry) => entry !== "" && !known.includes(entry));
        if (unknown.length === 0) {
            continue;
        }
        const place = placeInText(values.file, values.text, match.index);
        const near = nearest(unknown[0] as string, known);
        const help = near
            ? `Did you mean ${near}?`
            : known.length > 0
              ? `The presets are ${known.join(", ")}.`
              : "The pack has no presets: delete the line.";
        const message = `enabled-presets names ${unknown.join(", ")}, which presets.yaml does not have.`;
        yield finding("enabled-preset-unknown", place, message, { help });
    }
}

function* presetNames({ presets }: PackContext): Iterable<Finding> {
    const list = valueAt(presets?.value, ["presets"]);
    if (!presets || !Array.isArray(list)) {
        return;
    }
    const first = new Map<string, { index: number; line: number | undefined }>();
    for (const [index, preset] of list.entries()) {
        if (!isMapping(preset) || typeof preset.displayName !== "string") {
            continue;
        }
        const key = JSON.stringify([preset.group, preset.displayName]);
        const place = presets.place(["presets", index, "displayName"]);
        if (preset.name === valueAt(list, [first.get(key)?.index ?? -1, "name"])) {
            continue;
        }
        if (first.has(key)) {
            const message = `Two presets of one group are shown as ${preset.displayName}.`;
            const help = `Rename one; the other is in line ${first.get(key)?.line}.`;
            yield finding("preset-display-name-duplicate", place, message, { help });
        } else {
            first.set(key, { index, line: place.line });
        }
    }
}
