import {
    isAlias,
    isMap,
    isPair,
    isScalar,
    visit,
    type Document,
    type Node,
    type Pair,
    type YAMLMap,
} from "yaml";
import type { SourceLocation } from "../findings/finding";
import {
    placesOf,
    type Parsed,
    type Path,
    type SourceDocument,
    type Problem,
} from "./sourceDocument";
import { readYamlDocument } from "./yamlDocuments";
import { yamlFault } from "./yamlMessages";

/** A YAML document that still knows where its values stand in the text. */
export interface PositionedYaml extends SourceDocument {
    readonly document: Document;
}

/** Result of `parseYaml`. */
export interface ParsedYaml extends Parsed {
    document?: PositionedYaml;
}

/**
 * Parses one YAML document, keeping positions, and tells what is wrong: syntax, a second document,
 * a key that occurs twice, a Palette macro that YAML takes for a mapping because it is not quoted.
 * Merge keys (`<<`) are known, as they are to Helm and Palette.
 */
export function parseYaml(file: string, text: string): ParsedYaml {
    const placeAt = placesOf(file, text);
    const syntax = (offset: number, message: string): ParsedYaml => ({
        problems: [{ kind: "syntax", place: placeAt(offset), message }],
    });
    try {
        const document = readYamlDocument(text);
        const problems = treeProblems(document, placeAt);
        const [error] = document.errors;
        if (error && problems.every(({ kind }) => kind !== "unquoted-macro")) {
            const macro = unquotedMacro(text, placeAt(error.pos[0]).line ?? 1);
            if (macro) {
                const place = { file, ...macro };
                return { problems: [{ kind: "unquoted-macro", place, message: MACRO_MESSAGE }] };
            }
            const { message, offset } = yamlFault(error.code, error.message, text, error.pos[0]);
            return syntax(offset, message);
        }
        const unusable = problems.filter(({ kind }) => kind === "unquoted-macro");
        if (unusable.length > 0) {
            return { problems: unusable };
        }
        const value = document.toJS() as unknown;
        const place = (path: Path, part: "key" | "value" = "value") =>
            placeAt(offsetOf(document, path, part));
        return { document: { file, text, value, place, placeAt, document }, problems };
    } catch (error) {
        return syntax(0, yamlErrorMessage(error));
    }
}

/**
 * What the library throws: it recurses on nested collections, and refuses multiplying aliases and
 * bad merges.
 */
export function yamlErrorMessage(error: unknown): string {
    if (error instanceof RangeError) {
        return "The document is nested too deeply.";
    }
    return `${(error as Error).message}.`;
}

const MACRO_MESSAGE = "The macro is not quoted, so YAML reads its braces as a mapping.";

/** A macro that opens a plain value in the line of a syntax error or in the one before. */
function unquotedMacro(
    text: string,
    errorLine: number,
): { line: number; column: number } | undefined {
    const lines = text.split("\n");
    for (const line of [errorLine, errorLine - 1]) {
        const match = /^(\s*(?:- +)*(?:[^#"'{]*: +)?)\{\{-?\s*\.spectro\./.exec(
            lines[line - 1] ?? "",
        );
        if (match) {
            return { line, column: (match[1] ?? "").length + 1 };
        }
    }
    return undefined;
}

function treeProblems(document: Document, placeAt: (offset: number) => SourceLocation): Problem[] {
    const problems: Problem[] = [];
    visit(document, {
        Map(_, map) {
            problems.push(...duplicateKeys(map, placeAt));
        },
        Pair(_, { key }) {
            if (isMap(key) && key.items.some(isMacroKey)) {
                const place = placeAt(startOf(key));
                problems.push({ kind: "unquoted-macro", place, message: MACRO_MESSAGE });
            }
        },
    });
    return problems;
}

function isMacroKey({ key }: Pair): boolean {
    return isScalar(key) && typeof key.value === "string" && key.value.startsWith(".spectro.");
}

function duplicateKeys(map: YAMLMap, placeAt: (offset: number) => SourceLocation): Problem[] {
    const first = new Map<unknown, Node>();
    return map.items.flatMap(({ key }) => {
        if (!isScalar(key) || key.value === "<<" || typeof key.value === "symbol") {
            return [];
        }
        const earlier = first.get(String(key.value));
        if (earlier === undefined) {
            first.set(String(key.value), key);
            return [];
        }
        const place = placeAt(startOf(key));
        const lines = `lines ${placeAt(startOf(earlier)).line} and ${place.line}`;
        const message = `Key ${String(key.value)} is defined twice (${lines}).`;
        return [{ kind: "duplicate-key" as const, place, message }];
    });
}

/**
 * Offset of the value at a path, or of the key before it; where there is none, of the nearest
 * parent that exists: of its key, as its value begins with a child that is not meant.
 */
function offsetOf(document: Document, path: Path, part: "key" | "value"): number {
    let node: unknown = document.contents;
    let offset = startOf(node);
    let parent = offset;
    for (const [index, step] of path.entries()) {
        if (isAlias(node)) {
            node = node.resolve(document);
        }
        const item: unknown = isMap(node)
            ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
            : (node as { items?: unknown[] } | null)?.items?.[Number(step)];
        if (item === undefined) {
            return parent;
        }
        parent = startOf(isPair(item) ? item.key : item, offset);
        const last = index === path.length - 1;
        if (isPair(item)) {
            node = item.value;
            const shown = (last && part === "key") || startOf(node, -1) < 0 ? item.key : node;
            offset = startOf(shown, offset);
        } else {
            node = item;
            offset = startOf(node, offset);
        }
    }
    return offset;
}

function startOf(node: unknown, absent = 0): number {
    return (node as Node | null | undefined)?.range?.[0] ?? absent;
}
