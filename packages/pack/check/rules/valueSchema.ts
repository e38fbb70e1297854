import type { PackContext } from "../context";
import { finding, type Finding, type Place } from "../../findings/finding";
import { didYouMean, isMisspelt, nearest } from "../../format/nearest";
import { isMapping } from "../../format/positioned";
import {
    brokenConstraints,
    formatsOf,
    placeholders,
    templateBody,
    toRegExp,
    valueConstraints,
} from "../valueConstraints";
import type { RuleCheck } from "./ruleCheck";

/**
 * Rules on schema.yaml, the constraints on a pack's values (Palette documentation, "Pack
 * Constraints").
 */
export const valueSchemaRules: RuleCheck[] = [entries, defaults];

/** What a schema may say beside its texts. */
const schemaWords = ["required", "readonly", "format", "hints"];

const formatTypes = ["string", "number", "boolean", "password", "list", "ipv4", "version"];

function* entries({ schema }: PackContext): Iterable<Finding> {
    if (!schema || schema.value === null) return;
    if (!isMapping(schema.value)) {
        const message = "schema.yaml must map value paths to constraints.";
        yield finding("schema-invalid", schema.place([]), message);
        return;
    }
    for (const [key, entry] of Object.entries(schema.value)) {
        const template = isMapping(entry) ? entry.schema : undefined;
        if (isMapping(entry) && isMisspelt(entry, "schema", ["schema"])) continue;
        if (typeof template !== "string" || template.trim() === "") {
            const message = `The constraint of ${key} has no schema.`;
            const help = "Write schema: '{{ required }}' or another template below it.";
            yield finding("schema-invalid", schema.place([key]), message, { help });
            continue;
        }
        yield* constraint(schema.place([key, "schema"]), key, template);
    }
}

function* constraint(place: Place, key: string, template: string): Iterable<Finding> {
    const body = templateBody(template);
    if (body === undefined) {
        const message = `The schema of ${key} is not in double braces.`;
        const bare = template.trim().replace(/^\{*\s*|\s*\}*$/g, "");
        yield finding("schema-format-unknown", place, message, { help: `Write '{{ ${bare} }}'.` });
        return;
    }
    for (const [word] of body.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, "").matchAll(/[A-Za-z]+/g)) {
        const near = schemaWords.includes(word) ? undefined : nearest(word, schemaWords);
        if (near === undefined) continue;
        const message = `The schema of ${key} says ${word}, which is not known.`;
        yield finding("schema-format-unknown", place, message, { help: `Write ${near}.` });
    }
    for (const format of formatsOf(body)) {
        for (const { inside } of placeholders(format)) yield* formatPart(place, key, inside);
    }
}

/** Defaults that break the pack's own constraints; a required value may be left to the users. */
function* defaults({ schema, values, valuesRoot }: PackContext): Iterable<Finding> {
    if (!schema || !values) return;
    const broken = brokenConstraints(valueConstraints(schema.value), valuesRoot, false);
    for (const { path, constraint, problem } of broken) {
        const message = `${constraint.path} ${problem}, says schema.yaml.`;
        yield finding("value-constraint", values.place(path), message);
    }
}

function* formatPart(place: Place, key: string, part: string): Iterable<Finding> {
    const colon = part.indexOf(":");
    const type = (colon === -1 ? part : part.slice(0, colon)).trim();
    const parameter = colon === -1 ? "" : part.slice(colon + 1).trim();
    if (!formatTypes.includes(type)) {
        const message = `The schema of ${key} uses the format type ${type}, which is not documented.`;
        const help = didYouMean(type, formatTypes);
        yield finding("schema-format-unknown", place, message, { help });
        return;
    }
    const expression = /^\/(.*)\/$/s.exec(parameter)?.[1];
    if (expression === undefined) return;
    if (/\(\?<?[=!]|\\[1-9]/.test(expression)) {
        const message = `The schema of ${key} uses a look-around or back-reference, which RE2 does not have.`;
        yield finding("schema-format-unknown", place, message);
    } else if (!toRegExp(expression)) {
        const message = `The regular expression of ${key} cannot be parsed: ${expression}`;
        yield finding("schema-invalid", place, message);
    }
}
