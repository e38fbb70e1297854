import { isMapping, valueAt, type Path } from "../format/sourceDocument";

/** One constraint of schema.yaml: what a value of the pack has to look like. */
export interface ValueConstraint {
    /** Dotted path of the value; `$[]` stands for every item of a list. */
    path: string;
    required: boolean;
    /** The text in `format "…"`, where there is one. */
    format?: string;
}

/** A value that breaks a constraint. */
export interface BrokenConstraint {
    /** Where the value stands, or would stand. */
    path: Path;
    constraint: ValueConstraint;
    /** What is wrong, for the user: `is required`, `must be …`. */
    problem: string;
}

/** What a `${…}` of a format takes, as one part of an expression for the whole value. */
interface FormatPart {
    source: string;
    shown: string;
    /** Bounds of a number. */
    range?: readonly [low: number, high: number];
}

/**
 * The constraints in a parsed schema.yaml (Palette documentation, "Pack Constraints"); what has
 * another shape is left out.
 */
export function valueConstraints(schema: unknown): ValueConstraint[] {
    if (!isMapping(schema)) {
        return [];
    }
    return Object.entries(schema).flatMap(([path, entry]) => {
        const template = isMapping(entry) ? entry.schema : undefined;
        const body = templateBody(template);
        if (body === undefined) {
            return [];
        }
        const [format] = formatsOf(body);
        const outside = body.replace(/"(?:[^"\\]|\\.)*"/g, "");
        const required = /\brequired\b/.test(outside);
        return [{ path, required, ...(format === undefined ? {} : { format }) }];
    });
}

/** The inside of a `{{ … }}` template; undefined for anything else. */
export function templateBody(template: unknown): string | undefined {
    if (typeof template !== "string") {
        return undefined;
    }
    return /^\s*\{\{(.*)\}\}\s*$/s.exec(template)?.[1];
}

/** The texts of all `format "…"` in the body of a template. */
export function formatsOf(body: string): string[] {
    return [...body.matchAll(/\bformat\s+"([^"\\]*(?:\\.[^"\\]*)*)"/g)].map(
        ([, format]) => format as string,
    );
}

/**
 * The values of a pack that break its constraints. A value that holds a macro is unknown until
 * deployment, and an empty one is a missing one: both break no format.
 *
 * @param complete Whether required values have to be there; a pack may leave them to its users.
 */
export function brokenConstraints(
    constraints: readonly ValueConstraint[],
    valuesRoot: unknown,
    complete: boolean,
): BrokenConstraint[] {
    return constraints.flatMap((constraint) =>
        placesOf(valuesRoot, [], constraint.path.split(".")).flatMap(({ path, value }) => {
            const broken = (problem: string) => [{ path, constraint, problem }];
            if (value === undefined || value === null || value === "") {
                return complete && constraint.required ? broken("is required") : [];
            }
            if (constraint.format === undefined || typeof value === "object") {
                return [];
            }
            const problem = formatProblem(constraint.format, String(value));
            return problem === undefined ? [] : broken(problem);
        }),
    );
}

/** Longer values are not held against an expression. */
const MAXIMUM_VALUE = 500;

/** All `${…}` of a format. Regular expressions may have braces of their own. */
export function placeholders(
    format: string,
): { start: number; length: number; inside: string; closed: boolean }[] {
    const found = [];
    for (let start = format.indexOf("${"); start !== -1;) {
        let depth = 1;
        let end = start + 2;
        for (; end < format.length && depth > 0; end += 1) {
            if (format[end] === "\\") {
                end += 1;
            } else if (format[end] === "{") {
                depth += 1;
            } else if (format[end] === "}") {
                depth -= 1;
            }
        }
        const inside = format.slice(start + 2, depth === 0 ? end - 1 : undefined);
        found.push({ start, length: end - start, inside, closed: depth === 0 });
        start = format.indexOf("${", end);
    }
    return found;
}

/** The bounds in `[low-high]`. */
export function numberRange(parameter: string): readonly [low: number, high: number] | undefined {
    const [, low, high] =
        /^\[\s*(-?\d+(?:\.\d+)?)\s*-\s*(-?\d+(?:\.\d+)?)\s*\]$/.exec(parameter) ?? [];
    return low === undefined ? undefined : [Number(low), Number(high)];
}

const NUMBER = "-?\\d+(?:\\.\\d+)?";
const OCTET = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";

const sourcesOfTypes = new Map([
    ["number", NUMBER],
    ["boolean", "true|false"],
    ["ipv4", `${OCTET}(?:\\.${OCTET}){3}`],
    ["version", "v?\\d+(?:\\.\\d+)*(?:[-+].*)?"],
]);

/**
 * A RE2 expression for JavaScript, once the notations that only RE2 has are replaced; undefined
 * where JavaScript cannot read it.
 */
export function toRegExp(expression: string): RegExp | undefined {
    const translated = expression
        .replace(/\(\?[imsU-]+\)/g, "")
        .replace(/\(\?[imsU-]+:/g, "(?:")
        .replace(/\(\?P</g, "(?<")
        .replace(/\[:\^?\w+:\]/g, "a-z")
        .replace(/\\[AzQECG]/g, "");
    try {
        return new RegExp(translated);
    } catch {
        return undefined;
    }
}

/** Where a dotted path leads; keys may contain points themselves, `$[]` goes into a list. */
function placesOf(
    value: unknown,
    path: Path,
    steps: readonly string[],
): { path: Path; value: unknown }[] {
    const [first, ...rest] = steps;
    if (first === undefined) {
        return [{ path, value }];
    }
    if (first === "$[]") {
        if (!Array.isArray(value)) {
            return [];
        }
        return value.flatMap((item: unknown, index) => placesOf(item, [...path, index], rest));
    }
    for (let count = steps.length; count > 1; count -= 1) {
        const key = steps.slice(0, count).join(".");
        const child = valueAt(value, [key]);
        if (child !== undefined) {
            return placesOf(child, [...path, key], steps.slice(count));
        }
    }
    return placesOf(valueAt(value, [first]), [...path, first], rest);
}

function formatProblem(format: string, value: string): string | undefined {
    if (value.includes("{{") || value.length > MAXIMUM_VALUE || isUnsure(format)) {
        return undefined;
    }
    const parts = formatParts(format);
    // A text alone is no format that anybody wants.
    if (parts.every((part) => typeof part === "string")) {
        return undefined;
    }
    const shown = parts.map((part) => (typeof part === "string" ? part : part.shown)).join("");
    const sources = parts.map((part) =>
        typeof part === "string" ? escapeExpression(part) : `(${part.source})`,
    );
    const expression = toRegExp(`^${sources.join("")}$`);
    if (!expression) {
        return undefined;
    }
    const match = expression.exec(value);
    if (!match) {
        return `must be ${shown}`;
    }
    const ranges = parts.flatMap((part) => (typeof part === "string" ? [] : [part.range]));
    // An expression may have groups of its own; a range is reported only where it stands alone.
    const [range] = ranges;
    if (parts.length !== 1 || !range) {
        return undefined;
    }
    const number = Number(value);
    return number < range[0] || number > range[1] ? `must be ${shown}` : undefined;
}

/**
 * Whether an expression would not mean the same here, or could take for ever: notations that only
 * one of the two languages has, and repetitions of repetitions.
 */
function isUnsure(format: string): boolean {
    return /\(\?[<=!imsU-]|\\[1-9]|\[:|\\[pPAzQECG]|[+*}]\)[+*{]/.test(format);
}

/** Literal texts and `${…}` of a format in their order. */
function formatParts(format: string): (string | FormatPart)[] {
    const parts: (string | FormatPart)[] = [];
    let end = 0;
    for (const { start, length, inside } of placeholders(format)) {
        if (start > end) {
            parts.push(format.slice(end, start));
        }
        parts.push(formatPart(inside));
        end = start + length;
    }
    if (end < format.length) {
        parts.push(format.slice(end));
    }
    return parts;
}

function formatPart(inside: string): FormatPart {
    const colon = inside.indexOf(":");
    const type = (colon === -1 ? inside : inside.slice(0, colon)).trim();
    const parameter = colon === -1 ? "" : inside.slice(colon + 1).trim();
    const expression = /^\/(.*)\/$/s.exec(parameter)?.[1];
    if (expression !== undefined) {
        const anchored = (expression.startsWith("^") ? "" : ".*") + expression.replace(/^\^/, "");
        const source = /(^|[^\\])\$$/.test(anchored) ? anchored.slice(0, -1) : `${anchored}.*`;
        return { source, shown: `${article(type)} that matches ${parameter}` };
    }
    const items = /^\[(.*)\]$/s.exec(parameter)?.[1];
    if (type === "list" && items !== undefined) {
        const options = items.split(",").map((item) => item.trim());
        const source = options.map(escapeExpression).join("|");
        return { source, shown: `one of ${options.join(", ")}` };
    }
    const range = numberRange(parameter);
    // One that is reversed is reported where it is written.
    if (type === "number" && range && range[0] <= range[1]) {
        const [low, high] = range;
        return { source: NUMBER, shown: `a number from ${low} to ${high}`, range: [low, high] };
    }
    return { source: sourcesOfTypes.get(type) ?? ".*", shown: article(type) };
}

function article(type: string): string {
    return `${/^[aei]/.test(type) ? "an" : "a"} ${type}`;
}

function escapeExpression(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
