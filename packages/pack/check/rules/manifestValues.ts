import type { ListedManifest, PackContext } from "../context";
import { finding, type Finding, type SourceLocation } from "../../findings/finding";
import { nearest } from "../../format/nearest";
import { isMapping, placesOf, valueAt } from "../../format/sourceDocument";
import { renderedActions, type TemplateAction } from "../../format/template";
import { parseYaml } from "../../format/yaml";
import { areElsewhere } from "./manifestBlocks";

const VALUES_PATH = /\.Values((?:\.[A-Za-z_](?:[\w-]*\w)?)+)/g;

/** Actions in which a value may be absent: a condition, a loop, a default, a test. */
const ABSENCE_HANDLED =
    /(?<!\.)\b(if|with|range|default|or|and|not|empty|hasKey|coalesce|dig|get|ternary|required)\b/;

/** Fields of what Istio renders its own templates with, which it keeps in a ConfigMap. */
const ISTIO_FIELDS =
    /(?<![\w$).])\.(DeploymentMeta|MeshConfig|ObjectMeta|ProxyConfig|Revision|Spec|TypeMeta)\b/;

/** The `manifests` that presets add to the values. */
export function presetBlocks({ presets }: PackContext): unknown[] {
    const list = valueAt(presets?.value, ["presets"]);
    if (!Array.isArray(list)) {
        return [];
    }
    return list.flatMap((preset: unknown) => {
        const add = valueAt(preset, ["add"]);
        const values = typeof add === "string" && parseYaml("presets.yaml", add).document?.value;
        return [valueAt(values, ["manifests"])];
    });
}

/** Values that a manifest reads and the pack does not have. */
export function* usedValues(
    pack: PackContext,
    { path, key }: ListedManifest,
    text: string,
    actions: readonly TemplateAction[],
    added: readonly unknown[],
): Iterable<Finding> {
    const { values, valuesRoot } = pack;
    if (!values) {
        return;
    }
    const blocks = isMapping(valuesRoot.manifests) ? valuesRoot.manifests : {};
    if (!Object.hasOwn(blocks, key) && areElsewhere(pack, key)) {
        return;
    }
    if (actions.some(({ body }) => ISTIO_FIELDS.test(body))) {
        return;
    }
    const rendered = renderedActions(actions, blocks[key]);
    const uses = actions.flatMap((action) =>
        [...action.body.matchAll(VALUES_PATH)].map((match) => ({
            steps: (match[1] as string).slice(1).split("."),
            offset: action.offset + match.index,
            tolerant: ABSENCE_HANDLED.test(action.body),
            rendered: rendered.has(action),
        })),
    );
    const withDefault = new Set(
        uses.filter((use) => use.tolerant).map(({ steps }) => steps.join(".")),
    );
    const isGuarded = (steps: readonly string[]) =>
        steps.some((_, index) => withDefault.has(steps.slice(0, index + 1).join(".")));
    const isDefined = (steps: readonly string[]) =>
        [blocks, ...added].some((values) => valueAt(values, [key, ...steps]) !== undefined);
    const placeAt = placesOf(path, text);
    const reported = new Set<string>();
    const missing: MissingValue[] = [];
    for (const { steps, offset, rendered } of uses) {
        const used = steps.join(".");
        if (reported.has(used)) {
            continue;
        }
        const place = placeAt(offset);
        if (steps[0] === "manifests" && !isMapping(valueAt(blocks, [key, "manifests"]))) {
            const message = `${path} reads .Values.${used}, but its values begin at manifests.${key}.`;
            const own = steps.slice(steps[1] === key ? 2 : 1).join(".");
            const help = own ? { help: `Write .Values.${own}.` } : {};
            yield finding("manifest-value-prefix", place, message, help);
        } else if (used.includes("-")) {
            const message = `${path} reads .Values.${used}, which is no expression: keys with - are read with index.`;
            const first = steps.findIndex((step) => step.includes("-"));
            const keys = steps.slice(first).map((step) => `"${step}"`);
            const help = `Write index ${[".Values", ...steps.slice(0, first)].join(".")} ${keys.join(" ")}.`;
            yield finding("manifest-value-missing", place, message, { help });
        } else if (rendered && !isGuarded(steps) && !isDefined(steps)) {
            missing.push({ steps, place });
        } else {
            continue;
        }
        reported.add(used);
    }
    if (missing.length > 1 && !Object.hasOwn(blocks, key)) {
        yield missingBlock(path, key, missing);
    } else {
        for (const value of missing) {
            yield missingValue(path, key, blocks[key], value);
        }
    }
}

interface MissingValue {
    steps: readonly string[];
    place: SourceLocation;
}

/** One finding for all values of a manifest that has none at all. */
function missingBlock(path: string, key: string, missing: readonly MissingValue[]): Finding {
    const names = missing.slice(0, 5).map(({ steps }) => steps.join("."));
    const message =
        `${path} uses ${missing.length} values, but values.yaml has no manifests.${key}: ` +
        `${names.join(", ")}${missing.length > 5 ? ", …" : ""}.`;
    const help = "Add the block with their defaults.";
    return finding("manifest-value-missing", (missing[0] as MissingValue).place, message, { help });
}

/** A missing value itself is rendered as nothing, but Go templates read none of a missing mapping. */
function missingValue(
    path: string,
    key: string,
    block: unknown,
    { steps, place }: MissingValue,
): Finding {
    const message = `${path} uses manifests.${key}.${steps.join(".")}, which has no default in values.yaml.`;
    const near = isMapping(block) && nearest(steps[0] as string, Object.keys(block));
    const parent = steps.slice(0, -1);
    const fails = parent.length > 0 && !isMapping(valueAt(block, parent));
    const help = near
        ? `values.yaml has manifests.${key}.${near}; rename one of them.`
        : fails
          ? `Rendering fails without manifests.${key}.${parent.join(".")}; add a default.`
          : "It is rendered as nothing; add a default.";
    return finding("manifest-value-missing", place, message, { help });
}
