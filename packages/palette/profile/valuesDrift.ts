import { parse, stringify } from "yaml";
import { mergeValues, ValuesError } from "../../pack/format/values";

/** Stands for an edit that no override can express: of comments, or to a text that is no YAML. */
const EDITED = "# the values were edited outside of this stack";

/**
 * Overrides that express an edit made outside of the stack: the configured ones, with every value that differs from what
 * was sent. A value that the edit removed is null.
 *
 * @param observed Values that Palette has.
 * @param sent Values that would be sent; undefined where they are not known any more.
 * @param overrides The configured overrides.
 */
export function observedOverrides(
    observed: string,
    sent: string | undefined,
    overrides: string | undefined,
): string {
    if (sent === undefined) {
        return EDITED;
    }
    try {
        const difference = differing(parse(sent), parse(observed));
        return difference === undefined
            ? [EDITED, overrides].filter(Boolean).join("\n")
            : mergeValues(overrides ?? "", stringify(difference));
    } catch (error) {
        if (error instanceof ValuesError || isYamlError(error)) {
            return EDITED;
        }
        throw error;
    }
}

function isYamlError(error: unknown): boolean {
    return error instanceof Error && error.name.startsWith("YAML");
}

type Mapping = Record<string, unknown>;

/** The part of `now` that is not in `before`; undefined when there is none. */
function differing(before: unknown, now: unknown): Mapping | undefined {
    const [old, current] = [mapping(before), mapping(now)];
    const keys = [...new Set([...Object.keys(old), ...Object.keys(current)])];
    const differences = keys.flatMap((key): [string, unknown][] => {
        if (!(key in current)) {
            return [[key, null]];
        }
        if (isMapping(old[key]) && isMapping(current[key])) {
            const inner = differing(old[key], current[key]);
            return inner === undefined ? [] : [[key, inner]];
        }
        const same = JSON.stringify(old[key]) === JSON.stringify(current[key]);
        return same && key in old ? [] : [[key, current[key]]];
    });
    return differences.length === 0 ? undefined : Object.fromEntries(differences);
}

function isMapping(value: unknown): value is Mapping {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

const mapping = (value: unknown): Mapping => (isMapping(value) ? value : {});
