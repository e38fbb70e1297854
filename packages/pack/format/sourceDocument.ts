import type { SourceLocation } from "../findings/finding";

/** Way to a value inside a document: keys of mappings and indexes of lists. */
export type Path = readonly (string | number)[];

/** A parsed document that still knows where its values stand in the text. */
export interface SourceDocument {
    /** Path of the file inside the pack. */
    readonly file: string;
    readonly text: string;
    readonly value: unknown;
    /**
     * Where a value, or the key it has in its mapping, begins; the nearest parent's place when it
     * is not there.
     */
    place(path: Path, part?: "key" | "value"): SourceLocation;
    /** Where a character stands. `offset` counts UTF-16 units from 0. */
    placeAt(offset: number): SourceLocation;
}

/** What is wrong with a text. */
export interface Problem {
    /** Duplicate keys leave the document usable; unquoted macros and bad syntax don't. */
    kind: "syntax" | "duplicate-key" | "unquoted-macro";
    place: SourceLocation;
    message: string;
}

/** Result of a parser: a document, problems, or both. */
export interface Parsed {
    document?: SourceDocument;
    problems: Problem[];
}

/** Line and column, both from 1, of a character of a text. */
export function placeInText(file: string, text: string, offset: number): SourceLocation {
    return placesOf(file, text)(offset);
}

/** Tells line and column, both from 1, of many characters of one text. */
export function placesOf(file: string, text: string): (offset: number) => SourceLocation {
    let starts: number[] | undefined;
    return (offset) => {
        starts ??= lineStarts(text);
        const within = Math.min(Math.max(offset, 0), text.length);
        let [low, high] = [0, starts.length - 1];
        while (low < high) {
            const middle = Math.ceil((low + high) / 2);
            if ((starts[middle] as number) <= within) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return { file, line: low + 1, column: within - (starts[low] as number) + 1 };
    };
}

/** Whether a parsed value is a mapping. */
export function isMapping(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A parsed value as text; of a mapping or list its JSON, since its own toString may be anything. */
export function asText(value: unknown): string {
    return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

/**
 * The value at a path of plain objects and arrays, or undefined. Inherited properties don't count.
 */
export function valueAt(value: unknown, path: Path): unknown {
    let current = value;
    for (const step of path) {
        if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) {
            return undefined;
        }
        current = (current as Record<string | number, unknown>)[step];
    }
    return current;
}

function lineStarts(text: string): number[] {
    const starts = [0];
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", end + 1)) {
        starts.push(end + 1);
    }
    return starts;
}
