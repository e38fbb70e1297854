import { brokenConstraints, valueConstraints } from "../../check/valueConstraints";
import { isMapping, valueAt } from "../../format/sourceDocument";

/**
 * Text of a schema.yaml (Palette documentation, "Pack Constraints") from a chart's
 * values.schema.json: the types, lists, bounds and patterns of single values. What Palette cannot
 * say (combinations, some patterns), and what the chart's own defaults break, is
 * left out.
 *
 * @param prefix Path of the chart's values in the pack's.
 * @returns undefined where nothing can be said.
 */
export function constraintsOfSchema(
    prefix: string,
    schema: unknown,
    defaults: unknown,
): string | undefined {
    const entries = leaves(schema, [], 0).flatMap(({ path, format, hint, required }) => {
        if (path.some((key) => !/^[\w-]+$/.test(key))) {
            return [];
        }
        const words = [
            ...(required && hasValue(valueAt(defaults, path)) ? ["required"] : []),
            ...(format === undefined ? [] : [`format "${format}"`]),
            ...(hint === undefined ? [] : [`hints "${hint}"`]),
        ];
        if (format === undefined) {
            return [];
        }
        const template = `{{ ${words.join(" | ")} }}`;
        const constraints = valueConstraints({ [path.join(".")]: { schema: template } });
        if (brokenConstraints(constraints, defaults, false).length > 0) {
            return [];
        }
        const quoted = template.replaceAll("'", "''");
        return [`${prefix}.${path.join(".")}:\n  schema: '${quoted}'\n`];
    });
    return entries.length > 0 ? entries.join("") : undefined;
}

interface Leaf {
    path: string[];
    format: string | undefined;
    hint: string | undefined;
    required: boolean;
}

/** A schema may refer to itself; no values are this deep. */
const MAXIMUM_DEPTH = 8;

function leaves(schema: unknown, path: string[], depth: number): Leaf[] {
    const properties = valueAt(schema, ["properties"]);
    if (!isMapping(properties) || depth > MAXIMUM_DEPTH) {
        return [];
    }
    const required = valueAt(schema, ["required"]);
    return Object.entries(properties).flatMap(([key, property]) => {
        if (!isMapping(property)) {
            return [];
        }
        const inner = [...path, key];
        if (isMapping(property.properties)) {
            return leaves(property, inner, depth + 1);
        }
        return [
            {
                path: inner,
                format: formatOf(property),
                hint: hintOf(property),
                required: Array.isArray(required) && required.includes(key),
            },
        ];
    });
}

function formatOf({ type, enum: options, pattern, minimum, maximum }: Record<string, unknown>) {
    if (Array.isArray(options)) {
        const texts = options.map(String);
        const plain = texts.every((text) => /^[\w./:-]+$/.test(text));
        return plain ? `\${list:[${texts.join(",")}]}` : undefined;
    }
    if (type === "boolean") {
        return "${boolean}";
    }
    if (type === "integer" || type === "number") {
        return typeof minimum === "number" && typeof maximum === "number"
            ? `\${number:[${minimum}-${maximum}]}`
            : "${number}";
    }
    if (type !== "string" || typeof pattern !== "string") {
        return undefined;
    }
    // Quotes and slashes would end the format, and how a backslash is written there is not documented.
    const isPlain = !/["'`/\\]/.test(pattern);
    return isPlain ? `\${string:/${pattern}/}` : undefined;
}

function hintOf({ description, title }: Record<string, unknown>): string | undefined {
    const text = typeof description === "string" ? description : title;
    if (typeof text !== "string") {
        return undefined;
    }
    const line =
        text
            .split("\n")[0]
            ?.replace(/["\\{}]/g, "")
            .trim() ?? "";
    return line === "" ? undefined : line;
}

function hasValue(value: unknown): boolean {
    return value !== undefined && value !== null && value !== "";
}
