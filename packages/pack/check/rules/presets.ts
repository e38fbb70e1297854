import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { isMapping, type Path } from "../../format/positioned";
import { parseYaml, type PositionedYaml } from "../../format/yaml";
import { isMisspelt } from "../../format/nearest";
import { presetKeys } from "../knownKeys";
import type { RuleCheck } from "./ruleCheck";

/** Rules on presets.yaml (Palette documentation, "Pack Presets"). */
export const presetRules: RuleCheck[] = [presetList];

function* presetList({ presets }: PackContext): Iterable<Finding> {
    // A file of comments alone is harmless.
    if (!presets || presets.value === null) return;
    const list = isMapping(presets.value) ? presets.value.presets : undefined;
    if (!isMapping(presets.value) || (list !== null && !Array.isArray(list))) {
        yield invalid(presets, ["presets"], "presets.yaml must hold a list under the key presets.");
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
            if (isMisspelt(preset, "name", presetKeys)) continue;
            yield invalid(presets, [...path, "name"], `${shown}.name is required.`);
        } else if (names.has(name)) {
            yield invalid(presets, [...path, "name"], `Two presets are named ${name}.`);
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
    if (add === undefined || add === null || add === "") return;
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
        yield invalid(presets, [...path, "remove"], message);
    }
    const lacking = ["displayName", "group", "remove"].filter(
        (key) => preset[key] === undefined && !isMisspelt(preset, key, presetKeys),
    );
    if (lacking.length === 0) return;
    const message = `Preset ${name} lacks ${lacking.join(" and ")}.`;
    yield finding("preset-incomplete", presets.place(path), message);
}

function invalid(presets: PositionedYaml, path: Path, message: string, help?: string): Finding {
    return finding("presets-invalid", presets.place(path), message, help ? { help } : {});
}
