import { isDeepStrictEqual } from "node:util";
import { isMapping } from "../format/sourceDocument";

/** A field that differs between two values. */
export interface FieldChange {
    /** Dotted path; items of lists in brackets, by name or by number from 0. */
    path: string;
    /** What it was; absent for one that was added. */
    before?: unknown;
    /** What it is; absent for one that was removed. */
    after?: unknown;
}

/**
 * The fields that differ between two values, in the order of the first one. Items of lists are told
 * apart by their `name` where all have one, else by their number where the lists are equally long;
 * of other lists the items count that only one has, and of one in another order the whole.
 */
export function fieldChanges(before: unknown, after: unknown, path = ""): FieldChange[] {
    if (isDeepStrictEqual(before, after)) {
        return [];
    }
    if (isMapping(before) && isMapping(after)) {
        return keyed(before, after, (key) => `${path}${path ? "." : ""}${segment(key)}`);
    }
    if (Array.isArray(before) && Array.isArray(after)) {
        const [old, now] = [byName(before), byName(after)];
        const changes =
            old && now
                ? keyed(old, now, (name) => `${path}[${name}]`)
                : before.length === after.length
                  ? before.flatMap((item, n) => fieldChanges(item, after[n], `${path}[${n}]`))
                  : [
                        ...loneItems(before, after, path, "before"),
                        ...loneItems(after, before, path, "after"),
                    ];
        if (changes.length > 0) {
            return changes;
        }
    }
    return [{ path, before, after }];
}

function loneItems(
    items: readonly unknown[],
    others: readonly unknown[],
    path: string,
    side: "before" | "after",
): FieldChange[] {
    const known = new Set(others.map((other) => JSON.stringify(other)));
    return items.flatMap((item, n) =>
        known.has(JSON.stringify(item)) ? [] : [{ path: `${path}[${n}]`, [side]: item }],
    );
}

function keyed(
    before: Readonly<Record<string, unknown>>,
    after: Readonly<Record<string, unknown>>,
    pathOf: (key: string) => string,
): FieldChange[] {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => {
        const path = pathOf(key);
        if (!Object.hasOwn(after, key)) {
            return [{ path, before: before[key] }];
        }
        if (!Object.hasOwn(before, key)) {
            return [{ path, after: after[key] }];
        }
        return fieldChanges(before[key], after[key], path);
    });
}

/** A key in a path: in quotes where it has a point itself. */
function segment(key: string): string {
    return /^[\w/-]+$/.test(key) ? key : JSON.stringify(key);
}

/** Items by their name, where each has another one. */
function byName(items: readonly unknown[]): Record<string, unknown> | undefined {
    const named = Object.create(null) as Record<string, unknown>;
    for (const item of items) {
        if (!isMapping(item) || typeof item.name !== "string" || item.name in named) {
            return undefined;
        }
        named[item.name] = item;
    }
    return named;
}
