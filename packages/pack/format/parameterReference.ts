import { isMapping, valueAt } from "./sourceDocument";

/**
 * What a dotted parameter reference of a pack's constraints leads to: a value of values.yaml, from
 * its root or from the block of a chart or manifest. Undefined where it leads nowhere.
 */
export function resolveParameter(
    valuesRoot: Readonly<Record<string, unknown>>,
    reference: string,
): unknown {
    const blocks = ["charts", "manifests"].flatMap((key) => {
        const block = valuesRoot[key];
        return isMapping(block) ? Object.values(block) : [];
    });
    for (const root of [valuesRoot, ...blocks]) {
        const value = followDotted(root, reference.split("."));
        if (value !== undefined) {
            return value;
        }
    }
    return undefined;
}

/** Follows a dotted path; keys may contain points themselves. */
function followDotted(value: unknown, steps: readonly string[]): unknown {
    if (steps.length === 0) {
        return value;
    }
    for (let count = 1; count <= steps.length; count += 1) {
        const child = valueAt(value, [steps.slice(0, count).join(".")]);
        if (child === undefined) {
            continue;
        }
        const found = followDotted(child, steps.slice(count));
        if (found !== undefined) {
            return found;
        }
    }
    return undefined;
}
