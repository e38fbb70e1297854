import { isMap, isNode, isScalar, visit, type Document, type Node, type YAMLMap } from "yaml";
import { isMapping } from "./sourceDocument";
import { yamlErrorMessage } from "./yaml";
import { readYamlDocument } from "./yamlDocuments";
import { yamlFault } from "./yamlMessages";
import { UserError } from "../userError";

/** One entry of presets.yaml (Palette documentation, "Pack Presets"). */
export interface Preset {
    name: string;
    displayName?: string;
    /** At most one preset of a group can be chosen. */
    group?: string;
    /** YAML text that is merged into the values. */
    add?: string | null;
    /** Dotted paths that are deleted from the values first. Palette answers null for none. */
    remove?: string[] | null;
}

/** Presets or overrides cannot be applied; the message is for the user. */
export class ValuesError extends UserError {}

/**
 * The presets of a presets.yaml text; none for an absent or comment-only file.
 *
 * @throws ValuesError when the text is not a list of named presets.
 */
export function parsePresets(text: string | undefined): Preset[] {
    if (text === undefined) {
        return [];
    }
    const value = parseMapping(text, "presets.yaml").toJS() as unknown;
    const list = isMapping(value) ? (value.presets ?? []) : [];
    if (
        !Array.isArray(list) ||
        !list.every((item) => isMapping(item) && typeof item.name === "string")
    ) {
        throw new ValuesError("presets.yaml must hold a list of presets with names.");
    }
    return list as Preset[];
}

/**
 * Applies presets to the text of a values.yaml, in the order in which presets.yaml has them: first
 * their paths are removed, then their YAML is merged in. Comments and the order of keys stay.
 *
 * @param presets The pack's presets.
 * @param chosen Names of presets.
 * @throws ValuesError for an unknown name, two presets of one group, or texts that cannot be
 *     parsed.
 */
export function applyPresets(
    values: string,
    presets: readonly Preset[],
    chosen: readonly string[],
): string {
    if (chosen.length === 0) {
        return values;
    }
    return print(documentWith(values, presets, chosen), values);
}

/** What {@link applyPresets} makes of a values.yaml, as data. @throws ValuesError as it does. */
export function valuesWith(
    values: string,
    presets: readonly Preset[],
    chosen: readonly string[],
): unknown {
    return documentWith(values, presets, chosen).toJS() as unknown;
}

/**
 * Merges overrides into the text of a values.yaml: mappings deeply, anything else, lists included,
 * as a whole. `null` is a value like any other. Comments and the order of keys stay.
 *
 * @param overrides YAML text or a plain object.
 * @throws ValuesError when a text cannot be parsed.
 */
export function mergeValues(
    values: string,
    overrides: string | Readonly<Record<string, unknown>>,
): string {
    const document = parseMapping(values, "values.yaml");
    merge(document, overrides, "The overrides");
    return print(document, values);
}

function documentWith(
    values: string,
    presets: readonly Preset[],
    chosen: readonly string[],
): Document {
    const names = presets.map(({ name }) => name);
    for (const name of chosen) {
        if (names.includes(name)) {
            continue;
        }
        const list = names.length ? `its presets are ${names.join(", ")}` : "it has no presets";
        throw new ValuesError(`The pack has no preset ${name}; ${list}.`);
    }
    const active = presets.filter(({ name }) => chosen.includes(name));
    const groups = new Map<string, string>();
    for (const { name, group } of active) {
        if (!group) {
            continue;
        }
        const other = groups.get(group);
        if (other) {
            throw new ValuesError(
                `Presets ${other} and ${name} exclude each other (group ${group}).`,
            );
        }
        groups.set(group, name);
    }

    const document = parseMapping(values, "values.yaml");
    for (const { remove } of active) {
        for (const path of remove ?? []) {
            removePath(document, path);
        }
    }
    for (const { name, add } of active) {
        merge(document, add ?? "", `Preset ${name}`);
    }
    return document;
}

/**
 * Prints a document the way its text was written, as far as that can be seen: YAML is read by
 * people, and diffed.
 */
function print(document: Document, original: string): string {
    if (document.contents === null) {
        return original;
    }
    // A line with a lone key, and the first line below it that is neither empty nor a comment.
    const nested = /^( *)[^\s#-][^\n]*:[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*( *)(-?)/m;
    const sequence = /^( *)[^\s#-][^\n]*:[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*( *)- /m.exec(original);
    const [, outer = "", inner = "", dash = ""] = nested.exec(original) ?? [];
    const indent = dash === "" ? inner.length - outer.length : 0;
    return document.toString({
        // A fold would change long texts.
        lineWidth: 0,
        indent: indent > 0 && indent <= 8 ? indent : 2,
        indentSeq: sequence === null || (sequence[1] ?? "").length < (sequence[2] ?? "").length,
    });
}

function parseMapping(text: string, what: string): Document {
    const document = readDocument(text, what);
    const [error] = document.errors;
    if (error) {
        const { message } = yamlFault(error.code, error.message, text, error.pos[0]);
        throw new ValuesError(`${what} is not valid YAML: ${message}`);
    }
    const empty = isScalar(document.contents) && document.contents.value === null;
    if (empty || document.contents === null) {
        document.contents = null;
    } else if (!isMap(document.contents)) {
        throw new ValuesError(`${what} must hold a mapping.`);
    }
    expandAliases(document, what);
    return document;
}

function readDocument(text: string, what: string): Document {
    try {
        return readYamlDocument(text, { uniqueKeys: true });
    } catch (error) {
        throw new ValuesError(`${what} cannot be read: ${yamlErrorMessage(error)}`);
    }
}

/** Puts copies in the place of aliases, so that a change of one value changes no other. */
function expandAliases(document: Document, what: string): void {
    try {
        // Refuses aliases that multiply, before they are expanded.
        document.toJS();
    } catch (error) {
        throw new ValuesError(`${what} cannot be read: ${yamlErrorMessage(error)}`);
    }
    visit(document, {
        Alias(_, alias) {
            const copy = alias.resolve(document)?.clone();
            if (copy && "anchor" in copy) {
                delete copy.anchor;
            }
            return copy as Node | undefined;
        },
    });
}

function merge(
    document: Document,
    addition: string | Readonly<Record<string, unknown>>,
    what: string,
): void {
    const node: unknown =
        typeof addition === "string"
            ? parseMapping(addition, what).contents
            : document.createNode(addition);
    if (!isMap(node) || node.items.length === 0) {
        return;
    }
    if (isMap(document.contents)) {
        mergeMap(document.contents, node);
    } else {
        document.contents = node as never;
    }
}

function mergeMap(target: YAMLMap, addition: YAMLMap): void {
    for (const pair of addition.items) {
        const key = isScalar(pair.key) ? pair.key.value : pair.key;
        const existing: unknown = target.get(key, true);
        if (isMap(existing) && isMap(pair.value)) {
            mergeMap(existing, pair.value);
        } else if (target.has(key)) {
            target.set(key, withComments(pair.value, existing));
        } else {
            target.add(pair);
        }
    }
}

/** A new value with the comments of the one that it replaces. */
function withComments(value: unknown, replaced: unknown): unknown {
    if (!isNode(value) || !isNode(replaced)) {
        return value;
    }
    const { comment, commentBefore, spaceBefore } = replaced;
    return Object.assign(value, {
        comment: value.comment ?? comment,
        commentBefore: value.commentBefore ?? commentBefore,
        spaceBefore: value.spaceBefore ?? spaceBefore,
    });
}

/**
 * Deletes a dotted path; keys may contain points themselves. A path that does not exist is fine.
 */
function removePath(document: Document, path: string): void {
    const remove = (node: unknown, steps: readonly string[]): boolean => {
        if (!isMap(node)) {
            return false;
        }
        return steps.some((_, index) => {
            const key = steps.slice(0, index + 1).join(".");
            const rest = steps.slice(index + 1);
            if (rest.length === 0) {
                return node.delete(key);
            }
            return node.has(key) && remove(node.get(key, true), rest);
        });
    };
    remove(document.contents, path.split("."));
}
