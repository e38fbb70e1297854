import { isMap, isScalar } from "yaml";
import type { ListedManifest, PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { placeInText, placesOf, valueAt } from "../../format/sourceDocument";
import {
    blockPart,
    templateActions,
    unbalancedBlock,
    type TemplateAction,
} from "../../format/template";
import { yamlErrorMessage } from "../../format/yaml";
import { readYamlDocuments } from "../../format/yamlDocuments";
import { yamlFault } from "../../format/yamlMessages";
import { presetBlocks, usedValues } from "./manifestValues";
import { templateFault } from "./templates";
import type { RuleCheck } from "./ruleCheck";

/** Rules on the manifests and on the values they are rendered with. */
export const manifestRules: RuleCheck[] = [keys, contents, bracesApart, templates];

function* keys({ manifests }: PackContext): Iterable<Finding> {
    const first = new Map<string, string>();
    const paths = new Set<string>();
    for (const { listed, path, key, place, file } of manifests) {
        // One that is listed twice is reported as that.
        if (!file || paths.has(path)) {
            continue;
        }
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
        if (text === undefined) {
            continue;
        }
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
            if (contents === null || (isScalar(contents) && contents.value === null)) {
                continue;
            }
            const lacking = ["apiVersion", "kind"].filter(
                (key) => !isMap(contents) || typeof contents.get(key) !== "string",
            );
            if (lacking.length === 0) {
                continue;
            }
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
        if (text === undefined || !match) {
            continue;
        }
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
        if (text === undefined || !/\{\{|\}\}/.test(text)) {
            continue;
        }
        const { actions, unbalanced } = templateActions(text);
        if (unbalanced !== undefined) {
            const place = placeInText(path, text, unbalanced);
            const message = `Template braces do not match in line ${place.line}.`;
            const severity = isTemplate(pack, manifest, text, unbalanced) ? "error" : "warning";
            yield finding("manifest-template-braces", place, message, { severity });
            continue;
        }
        const fault = templateFault(text);
        if (!fault) {
            yield* blockEnds(pack, manifest, text, actions);
        }
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
    if (valueAt(valuesRoot, ["manifests", key]) !== undefined) {
        return true;
    }
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
    if (!hasValues && !actions.some(({ body }) => OWN_FIELDS.test(body))) {
        return;
    }
    const lone = /(?<!\{)\{- *end *-?\}(?!\})/.exec(text);
    if (lone) {
        const place = placeInText(path, text, lone.index);
        const message = `${lone[0]} in line ${place.line} ends no block.`;
        yield finding("manifest-template-blocks", place, message, { help: "Write {{- end }}." });
        return;
    }
    const action = unbalancedBlock(actions);
    if (!action) {
        return;
    }
    const place = placeInText(path, text, action.offset);
    const keyword = blockPart(action)?.keyword;
    const message =
        keyword === "begin"
            ? `The block that begins in line ${place.line} has no end.`
            : `The ${keyword} in line ${place.line} belongs to no block.`;
    yield finding("manifest-template-blocks", place, message);
}
