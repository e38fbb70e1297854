import { createHash } from "node:crypto";
import { parseAllDocuments } from "yaml";

/** SHA-256 of a text, hexadecimal. Palette's console strips white space around values, so it does not count. */
export const digestOf = (text: string) => createHash("sha256").update(text.trim()).digest("hex");

/**
 * SHA-256 of what YAML text says. Palette may answer values in a layout of its own: indentation, quotes, comments and the
 * order of keys do not count. A text that is no YAML, as templates can make it, counts as it is.
 */
export function valuesDigest(text: string): string {
    const documents = parseAllDocuments(text.trim(), {
        intAsBigInt: true,
        merge: true,
        uniqueKeys: false,
        logLevel: "silent",
    });
    if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) {
        return digestOf(text);
    }
    try {
        return digestOf(JSON.stringify(documents.map((document) => canonical(document.toJS()))));
    } catch {
        // An alias without an anchor, or too many of them.
        return digestOf(text);
    }
}

/** With the keys of mappings in one order, and without a number's type getting lost. */
function canonical(value: unknown): unknown {
    if (typeof value === "bigint" || typeof value === "number") {
        return { number: String(value) };
    }
    if (Array.isArray(value)) {
        return value.map(canonical);
    }
    if (typeof value === "object" && value !== null) {
        const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
        return { mapping: entries.map(([key, item]) => [key, canonical(item)]) };
    }
    return value;
}
