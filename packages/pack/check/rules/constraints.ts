import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { didYouMean, isMisspelt } from "../../format/nearest";
import { resolveParameter } from "../../format/parameterReference";
import { isMapping, valueAt, type Path, type SourceDocument } from "../../format/sourceDocument";
import { compareVersions, LAYERS, otherLayerNames } from "../../format/schema";
import { COMPONENT_KEYS, DEPENDENCY_KEYS, RESOURCE_KEYS } from "../knownKeys";
import type { RuleCheck } from "./ruleCheck";

/** Rules on `constraints` (Palette documentation, "Pack Constraints"). */
export const constraintRules: RuleCheck[] = [shape, dependencyRules, resourceRules];

const DEPENDENCY_TYPES = ["required", "optional", "notSupported", "upgrade"];
const RESOURCE_TYPES = ["cpu", "memory", "diskSize"];
const SCHEDULE_TYPES = ["all", "master", "worker", "control-plane"];

function* shape({ json, packJson: { constraints } }: PackContext): Iterable<Finding> {
    if (!json || constraints === undefined) {
        return;
    }
    if (!isMapping(constraints)) {
        yield invalid(json, ["constraints"], "constraints must be an object.");
        return;
    }
    for (const key of ["dependencies", "resources"]) {
        const list = constraints[key];
        if (list === undefined) {
            continue;
        }
        if (!Array.isArray(list)) {
            yield invalid(json, ["constraints", key], `constraints.${key} must be an array.`);
            continue;
        }
        for (const [index, item] of list.entries()) {
            if (isMapping(item)) {
                continue;
            }
            const path = ["constraints", key, index];
            yield invalid(json, path, `constraints.${key}[${index}] must be an object.`);
        }
    }
}

/** The objects of `constraints.dependencies` or `constraints.resources`. */
function* items(
    { json, packJson }: PackContext,
    key: "dependencies" | "resources",
): Iterable<{ json: SourceDocument; item: Record<string, unknown>; path: Path; shown: string }> {
    const list = valueAt(packJson, ["constraints", key]);
    if (!json || !Array.isArray(list)) {
        return;
    }
    for (const [index, item] of list.entries()) {
        const path = ["constraints", key, index];
        if (isMapping(item)) {
            yield { json, item, path, shown: `constraints.${key}[${index}]` };
        }
    }
}

function* dependencyRules(pack: PackContext): Iterable<Finding> {
    for (const { json, item, path, shown } of items(pack, "dependencies")) {
        const { packName, layer, type, minVersion, maxVersion } = item;
        const text = typeof packName === "string" && packName !== "";
        if (!text && !isMisspelt(item, "packName", DEPENDENCY_KEYS)) {
            const help = typeof item.name === "string" ? "Rename name to packName." : undefined;
            yield field(json, path, shown, "packName", packName, help);
        }
        yield* choice(json, path, shown, "layer", layer, LAYERS, otherLayerNames);
        yield* choice(json, path, shown, "type", type, DEPENDENCY_TYPES);
        for (const [key, bound] of Object.entries({ minVersion, maxVersion })) {
            if (bound === undefined || bound === null || bound === "") {
                continue;
            }
            if (typeof bound !== "string") {
                yield invalid(json, [...path, key], `${shown}.${key} must be a string.`);
            } else if (!/^\s*v?\d+(\.\d+)*([-+][\w.+-]+)?\s*$/i.test(bound)) {
                const message = `${shown}.${key} "${bound}" is not one version.`;
                const version = /\d+(\.\d+)*/.exec(bound)?.[0] ?? "1.30";
                const place = json.place([...path, key]);
                yield finding("dependency-range", place, message, { help: `Write "${version}".` });
            }
        }
        if (typeof minVersion === "string" && typeof maxVersion === "string") {
            if ((compareVersions(minVersion, maxVersion) ?? 0) > 0) {
                const message = `${shown}: minVersion ${minVersion} is above maxVersion ${maxVersion}.`;
                yield finding("dependency-range", json.place([...path, "minVersion"]), message);
            }
        }
        const slips = ["minVersion", "maxVersion"].some((key) =>
            isMisspelt(item, key, DEPENDENCY_KEYS),
        );
        if (
            !slips &&
            !minVersion &&
            !maxVersion &&
            (type === "required" || type === "notSupported")
        ) {
            const message = `${shown} has no version bound, so it is never checked.`;
            const help =
                item.version === undefined
                    ? "Set minVersion, maxVersion or both."
                    : "version is no key here: write minVersion, maxVersion or both.";
            yield finding("dependency-never-checked", json.place(path), message, { help });
        }
        if (text && packName === pack.packJson.name && type !== "upgrade") {
            const message = `${shown}: the pack depends on itself.`;
            const help = 'Use type "upgrade" for the versions it can be upgraded from.';
            yield finding("dependency-on-itself", json.place([...path, "packName"]), message, {
                help,
            });
        }
    }
}

function* resourceRules(pack: PackContext): Iterable<Finding> {
    for (const { json, item, path, shown } of items(pack, "resources")) {
        yield* choice(json, path, shown, "type", item.type, RESOURCE_TYPES);
        const { minLimit } = item;
        if (minLimit !== undefined && !(typeof minLimit === "number" && minLimit >= 0)) {
            const message = `${shown}.minLimit must be a number that is not negative.`;
            const number = typeof minLimit === "string" && Number(minLimit) >= 0 && minLimit.trim();
            const help = number ? { help: `Write ${number} without quotes.` } : {};
            yield finding("resource-min-limit", json.place([...path, "minLimit"]), message, help);
        }
        if (item.components === undefined) {
            continue;
        }
        if (!Array.isArray(item.components)) {
            yield invalid(json, [...path, "components"], `${shown}.components must be an array.`);
            continue;
        }
        for (const [index, component] of item.components.entries()) {
            const where = `${shown}.components[${index}]`;
            yield* componentRules(pack, json, [...path, "components", index], where, component);
        }
    }
}

function* componentRules(
    pack: PackContext,
    json: SourceDocument,
    path: Path,
    shown: string,
    component: unknown,
): Iterable<Finding> {
    if (!isMapping(component)) {
        yield invalid(json, path, `${shown} must be an object.`);
        return;
    }
    yield* choice(json, path, shown, "scheduleType", component.scheduleType, SCHEDULE_TYPES);
    if (component.scheduleType === "control-plane") {
        const message = `${shown}.scheduleType "control-plane" is not in every version of the schema.`;
        const place = json.place([...path, "scheduleType"]);
        yield finding("resource-schedule-type", place, message, { help: 'Write "master".' });
    }
    for (const key of ["resourceRequestParamRef", "replicaCountParamRef"]) {
        const reference = component[key];
        if (reference === undefined || reference === "") {
            continue;
        }
        if (typeof reference !== "string") {
            yield invalid(json, [...path, key], `${shown}.${key} must be a string.`);
        } else if (pack.values && resolveParameter(pack.valuesRoot, reference) === undefined) {
            const message = `${shown}.${key}: ${reference} leads to no value in values.yaml.`;
            const place = json.place([...path, key]);
            yield finding("resource-reference-unresolved", place, message);
        }
    }
}

function* choice(
    json: SourceDocument,
    path: Path,
    shown: string,
    key: string,
    value: unknown,
    allowed: readonly string[],
    otherNames?: ReadonlyMap<string, string>,
): Iterable<Finding> {
    const item = valueAt(json.value, path);
    const keys = [...DEPENDENCY_KEYS, ...RESOURCE_KEYS, ...COMPONENT_KEYS];
    if (value === undefined && isMapping(item) && isMisspelt(item, key, keys)) {
        return;
    }
    if (typeof value !== "string" || value === "") {
        yield field(json, path, shown, key, value);
    } else if (!allowed.includes(value)) {
        const help = didYouMean(value, allowed, otherNames);
        yield invalid(json, [...path, key], `${shown}.${key} "${value}" is not known.`, help);
    }
}

function field(
    json: SourceDocument,
    path: Path,
    shown: string,
    key: string,
    value: unknown,
    help?: string,
): Finding {
    const what = value === undefined || value === "" ? "is required" : "must be a string";
    return invalid(json, [...path, key], `${shown}.${key} ${what}.`, help);
}

function invalid(json: SourceDocument, path: Path, message: string, help?: string): Finding {
    return finding("constraints-invalid", json.place(path), message, help ? { help } : {});
}
