import { isDeepStrictEqual } from "node:util";

/** Stands for a value that is not known yet in a preview (the SDK's `unknownValue`). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether two values of a resource's properties differ; absent and undefined are the same. */
export function differ(old: unknown, now: unknown): boolean {
    return !isDeepStrictEqual(plain(old), plain(now));
}

/**
 * A list of an input, item by item. Where the engine asks about a dependent of what is replaced or deleted, a whole input
 * is not known; it stays as it is then.
 */
export function mapKnown<T, R>(list: T[], change: (item: T) => R): (T | R)[] {
    return Array.isArray(list)
        ? list.map((item) => (item === UNKNOWN ? item : change(item)))
        : list;
}

/** Whether a value holds anything that a preview does not know yet. */
export function isUnknown(value: unknown): boolean {
    return (JSON.stringify(value) ?? "").includes(UNKNOWN);
}

/** Whether two values differ for sure: what is not known yet may turn out to be what it was. */
export function surelyDiffer(old: unknown, now: unknown): boolean {
    if (now === UNKNOWN) {
        return false;
    }
    if (isStructured(old) && isStructured(now) && Array.isArray(old) === Array.isArray(now)) {
        const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
        return [...keys].some((key) => surelyDiffer(old[key], now[key]));
    }
    return differ(old, now);
}

/** Items in the order of the recorded ones, so that order is no difference; new ones last. */
export function inOrderOf<T>(items: T[], recorded: T[], keyOf: (item: T) => string): T[] {
    const positions = new Map(recorded.map((item, index) => [keyOf(item), index]));
    const positionOf = (item: T) => positions.get(keyOf(item)) ?? recorded.length;
    return [...items].sort((a, b) => positionOf(a) - positionOf(b));
}

function plain(value: unknown): unknown {
    return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function isStructured(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null;
}
