import type { PackContext } from "../context";
import { finding, type Finding, type Place } from "../finding";
import { didYouMean } from "../nearest";
import { isMapping } from "../positioned";
import type { RuleCheck } from "./ruleCheck";

/**
 * Rules on schema.yaml, the constraints on a pack's values (Palette documentation, "Pack
 * Constraints").
 */
export const valueSchemaRules: RuleCheck[] = [entries];

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
    const body = /^\s*\{\{(.*)\}\}\s*$/s.exec(template)?.[1];
    if (body === undefined) {
        const message = `The schema of ${key} is not in double braces.`;
        yield finding("schema-format-unknown", place, message, {
            help: `Write '{{ ${template.trim()} }}'.`,
        });
        return;
    }
    for (const [, format] of body.matchAll(/\bformat\s+"([^"\\]*(?:\\.[^"\\]*)*)"/g)) {
        for (const part of formatParts(format as string)) yield* formatPart(place, key, part);
    }
}

/** The insides of all `${…}` of a format. Regular expressions may have braces of their own. */
function formatParts(format: string): string[] {
    const parts: string[] = [];
    for (let start = format.indexOf("${"); start !== -1; start = format.indexOf("${", start)) {
        let depth = 1;
        let end = start + 2;
        for (; end < format.length && depth > 0; end += 1) {
            if (format[end] === "\\") end += 1;
            else if (format[end] === "{") depth += 1;
            else if (format[end] === "}") depth -= 1;
        }
        parts.push(depth === 0 ? format.slice(start + 2, end - 1) : format.slice(start + 2));
        start = end;
    }
    return parts;
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
    } else if (!isExpression(expression)) {
        const message = `The regular expression of ${key} cannot be parsed: ${expression}`;
        yield finding("schema-invalid", place, message);
    }
}

/**
 * Whether JavaScript can read an RE2 expression, once the notations that only RE2 has are replaced.
 */
function isExpression(expression: string): boolean {
    const translated = expression
        .replace(/\(\?[imsU-]+\)/g, "")
        .replace(/\(\?[imsU-]+:/g, "(?:")
        .replace(/\(\?P</g, "(?<")
        .replace(/\[:\^?\w+:\]/g, "a-z")
        .replace(/\\[AzQECG]/g, "");
    try {
        new RegExp(translated);
        return true;
    } catch {
        return false;
    }
}
