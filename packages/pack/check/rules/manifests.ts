import { isMap, isScalar } from "yaml";
import type { ListedManifest, PackContext } from "../context";
import { finding, type Finding, type SourceLocation } from "../../findings/finding";
import { nearest } from "../../format/nearest";
import { isMapping, placeInText, placesOf, valueAt } from "../../format/sourceDocument";
import {
    blockPart,
    renderedActions,
    templateActions,
    unbalancedBlock,
    type TemplateAction,
} from "../../format/template";
import { parseYaml, yamlErrorMessage } from "../../format/yaml";
import { readYamlDocuments } from "../../format/yamlDocuments";
import { yamlFault } from "../../format/yamlMessages";
import { areElsewhere } from "./manifestBlocks";
import { templateFault } from "./templates";
import type { RuleCheck } from "./ruleCheck";

/** Rules on the manifests and on the values they are rendered with. */
export const manifestRules: RuleCheck[] = [keys, contents, bracesApart, templates];

function* keys({ manifests }: PackContext): Iterable<Finding> {
    const first = new Map<string, string>();
    const paths = new Set<string>();
    for (const { listed, path, key, place, file } of manifests) {
        // One that is listed twice is reported as that.
        if (!file || paths.has(path)) continue;
        paths.add(path);
        const earlier = first.get(key);
        if (earlier === undefined) {
            first.set(key, listed);
            continue;
        }
        const message = `${listed} and ${earlier} share the key manifests.${key} in values.yaml.`;
        yield finding("manifest-name-duplicate", place, message, { help: "Rename one of them." });
    }
}

function* contents({ manifests }: PackContext): Iterable<Finding> {
    for (const { path, text } of new Map(
        manifests.map((manifest) => [manifest.path, manifest]),
    ).values()) {
        if (text === undefined) continue;
        if (text.trim() === "") {
            yield finding("manifest-empty", { file: path }, `${path} is empty.`);
        } else if (!text.includes("{{")) {
            // With templates it need not be YAML before it is rendered.
            yield* yamlManifest(path, text);
        }
    }
}

function* yamlManifest(path: string, text: string): Iterable<Finding> {
    const placeAt = placesOf(path, text);
    try {
        const documents = readYamlDocuments(text);
        for (const [index, document] of documents.entries()) {
            const [error] = document.errors;
            if (error) {
                const fault = yamlFault(error.code, error.message, text, error.pos[0]);
                const message = `${path} is not valid YAML: ${fault.message}`;
                yield finding("manifest-yaml-invalid", placeAt(fault.offset), message);
                return;
            }
            const { contents } = document;
            if (contents === null || (isScalar(contents) && contents.value === null)) continue;
            const lacking = ["apiVersion", "kind"].filter(
                (key) => !isMap(contents) || typeof contents.get(key) !== "string",
            );
            if (lacking.length === 0) continue;
            const message = `${path}, document ${index + 1}, is no Kubernetes object: it lacks ${lacking.join(" and ")}.`;
            const place = placeAt(contents.range?.[0] ?? 0);
            yield finding("manifest-not-object", place, message);
        }
    } catch (error) {
        const message = `${path} is not valid YAML: ${yamlErrorMessage(error)}`;
        yield finding("manifest-yaml-invalid", { file: path }, message);
    }
}

/** Braces that a formatter took for those of two mappings, as YAML does too; not in a comment. */
const APART = /^([^#\n]*?)\{ +\{-? *\.(Values|Release|Chart|spectro)\b/m;

function* bracesApart({ manifests, values }: PackContext): Iterable<Finding> {
    for (const { path, text } of [...manifests, { path: "values.yaml", text: values?.text }]) {
        const match = text === undefined ? null : APART.exec(text);
        if (text === undefined || !match) continue;
        const place = placeInText(path, text, match.index + (match[1] as string).length);
        const message = `The braces in line ${place.line} are apart, so nothing is rendered there.`;
        const help = "Write {{ and }}, and look for more: formatters break them everywhere.";
        yield finding("template-braces-apart", place, message, { help });
    }
}

function* templates(pack: PackContext): Iterable<Finding> {
    let added: unknown[] | undefined;
    for (const manifest of pack.manifests) {
        const { path, text } = manifest;
        if (text === undefined || !/\{\{|\}\}/.test(text)) continue;
        const { actions, unbalanced } = templateActions(text);
        if (unbalanced !== undefined) {
            const place = placeInText(path, text, unbalanced);
            const message = `Template braces do not match in line ${place.line}.`;
            const severity = isTemplate(pack, manifest, text, unbalanced) ? "error" : "warning";
            yield finding("manifest-template-braces", place, message, { severity });
            continue;
        }
        const fault = templateFault(text);
        if (!fault) yield* blockEnds(pack, manifest, text, actions);
        added ??= presetBlocks(pack);
        yield* usedValues(pack, manifest, text, actions, added);
    }
}

/**
 * Whether braces are meant for Palette: the manifest has values, or the line reads some. Others may
 * be data of a program that the manifest installs.
 */
function isTemplate(
    { valuesRoot }: PackContext,
    { key }: ListedManifest,
    text: string,
    offset: number,
): boolean {
    if (valueAt(valuesRoot, ["manifests", key]) !== undefined) return true;
    const start = text.lastIndexOf("\n", offset) + 1;
    const line = text.slice(start, text.indexOf("\n", offset) + 1 || undefined);
    return OWN_FIELDS.test(line);
}

const OWN_FIELDS = /\.(Values|Release|Chart|spectro)\b/;

function* blockEnds(
    { valuesRoot }: PackContext,
    { path, key }: ListedManifest,
    text: string,
    actions: readonly TemplateAction[],
): Iterable<Finding> {
    const hasValues = valueAt(valuesRoot, ["manifests", key]) !== undefined;
    if (!hasValues && !actions.some(({ body }) => OWN_FIELDS.test(body))) return;
    const lone = /(?<!\{)\{- *end *-?\}(?!\})/.exec(text);
    if (lone) {
        const place = placeInText(path, text, lone.index);
        const message = `${lone[0]} in line ${place.line} ends no block.`;
        yield finding("manifest-template-blocks", place, message, { help: "Write {{- end }}." });
        return;
    }
    const action = unbalancedBlock(actions);
    if (!action) return;
    const place = placeInText(path, text, action.offset);
    const keyword = blockPart(action)?.keyword;
    const message =
        keyword === "begin"
            ? `The block that begins in line ${place.line} has no end.`
            : `The ${keyword} in line ${place.line} belongs to no block.`;
    yield finding("manifest-template-blocks", place, message);
}

const VALUES_PATH = /\.Values((?:\.[A-Za-z_](?:[\w-]*\w)?)+)/g;

/** Actions in which a value may be absent: a condition, a loop, a default, a test. */
const ABSENCE_HANDLED =
    /(?<!\.)\b(if|with|range|default|or|and|not|empty|hasKey|coalesce|dig|get|ternary|required)\b/;

/** Fields of what Istio renders its own templates with, which it keeps in a ConfigMap. */
const ISTIO_FIELDS =
    /(?<![\w$).])\.(DeploymentMeta|MeshConfig|ObjectMeta|ProxyConfig|Revision|Spec|TypeMeta)\b/;

/** The `manifests` that presets add to the values. */
function presetBlocks({ presets }: PackContext): unknown[] {
    const list = valueAt(presets?.value, ["presets"]);
    if (!Array.isArray(list)) return [];
    return list.flatMap((preset: unknown) => {
        const add = valueAt(preset, ["add"]);
        const values = typeof add === "string" && parseYaml("presets.yaml", add).document?.value;
        return [valueAt(values, ["manifests"])];
    });
}

function* usedValues(
    pack: PackContext,
    { path, key }: ListedManifest,
    text: string,
    actions: readonly TemplateAction[],
    added: readonly unknown[],
): Iterable<Finding> {
    const { values, valuesRoot } = pack;
    if (!values) return;
    const blocks = isMapping(valuesRoot.manifests) ? valuesRoot.manifests : {};
    if (!Object.hasOwn(blocks, key) && areElsewhere(pack, key)) return;
    if (actions.some(({ body }) => ISTIO_FIELDS.test(body))) return;
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
        if (reported.has(used)) continue;
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
        for (const value of missing) yield missingValue(path, key, blocks[key], value);
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
