import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { isMapping, type Path } from "../../format/sourceDocument";
import { parseYaml, type PositionedYaml } from "../../format/yaml";
import { isMisspelt, misspeltKeys } from "../../format/nearest";
import { otherPresetKeys, PRESET_KEYS } from "../knownKeys";
import type { RuleCheck } from "./ruleCheck";

/** Rules on presets.yaml (Palette documentation, "Pack Presets"). */
export const presetRules: RuleCheck[] = [presetList];

function* presetList({ presets }: PackContext): Iterable<Finding> {
    // A file of comments alone is harmless.
    if (!presets || presets.value === null) {
        return;
    }
    const list = isMapping(presets.value) ? presets.value.presets : undefined;
    if (!isMapping(presets.value) || (list !== null && !Array.isArray(list))) {
        const key = isMapping(presets.value) && misspeltKeys(presets.value, ["presets"])[0]?.key;
        const help = key
            ? `Rename ${key} to presets.`
            : Array.isArray(presets.value)
              ? "Write presets: above the list."
              : "Each preset is an item of the list: - name: ….";
        const message = "presets.yaml must hold a list under the key presets.";
        yield invalid(presets, key ? [key] : ["presets"], message, help);
        return;
    }
    const names = new Set<string>();
    for (const [index, preset] of (list ?? []).entries()) {
        const path = ["presets", index];
        const shown = `presets[${index}]`;
        if (!isMapping(preset)) {
            yield invalid(presets, path, `${shown} must be a mapping.`);
            continue;
        }
        const { name } = preset;
        if (typeof name !== "string" || name === "") {
            if (isMisspelt(preset, "name", PRESET_KEYS)) {
                continue;
            }
            const isText = name === undefined || name === null || name === "";
            const what = isText ? "is required" : "must be a text";
            const help = isText ? undefined : `Write "${String(name)}" in quotes.`;
            yield invalid(presets, [...path, "name"], `${shown}.name ${what}.`, help);
        } else if (names.has(name)) {
            const message = `Two presets are named ${name}.`;
            yield invalid(presets, [...path, "name"], message, "Rename one of them.");
        } else {
            names.add(name);
        }
        yield* addition(presets, path, shown, preset.add);
        yield* completeness(presets, path, typeof name === "string" ? name : shown, preset);
    }
}

function* addition(
    presets: PositionedYaml,
    path: Path,
    shown: string,
    add: unknown,
): Iterable<Finding> {
    const place = [...path, "add"];
    if (add === undefined || add === null || add === "") {
        return;
    }
    if (typeof add !== "string") {
        const message = `${shown}.add must be a text block that holds YAML.`;
        yield invalid(presets, place, message, "Write add: | and indent the YAML below it.");
        return;
    }
    const { document, problems } = parseYaml(presets.file, add);
    if (problems[0]) {
        const { line = 1, column } = problems[0].place;
        const message = `${shown}.add: ${problems[0].message}`;
        const severity = document ? "warning" : "error";
        const start = presets.place(place, "key").line ?? 1;
        yield { ...invalid(presets, place, message), severity, line: start + line, column };
    } else if (document && document.value !== null && !isMapping(document.value)) {
        yield invalid(presets, place, `${shown}.add must hold a YAML mapping.`);
    }
}

function* completeness(
    presets: PositionedYaml,
    path: Path,
    name: string,
    preset: Record<string, unknown>,
): Iterable<Finding> {
    const { remove } = preset;
    const isList = Array.isArray(remove) && remove.every((item) => typeof item === "string");
    if (remove !== undefined && remove !== null && !isList) {
        const message = `Preset ${name}: remove must be a list of dotted paths.`;
        const help = "Write one line for each path: - charts.<name>.<key>";
        yield invalid(presets, [...path, "remove"], message, help);
    }
    for (const key of ["displayName", "group"]) {
        const text = preset[key];
        if (text === undefined || text === null || typeof text === "string") {
            continue;
        }
        yield invalid(presets, [...path, key], `Preset ${name}: ${key} must be a text.`);
    }
    const lacking = ["displayName", "group", "remove"].filter(
        (key) =>
            preset[key] === undefined && !isMisspelt(preset, key, PRESET_KEYS, otherPresetKeys),
    );
    if (lacking.length === 0) {
        return;
    }
    const message = `Preset ${name} lacks ${lacking.join(" and ")}.`;
    yield finding("preset-incomplete", presets.place(path), message);
}

function invalid(presets: PositionedYaml, path: Path, message: string, help?: string): Finding {
    return finding("presets-invalid", presets.place(path), message, help ? { help } : {});
}
