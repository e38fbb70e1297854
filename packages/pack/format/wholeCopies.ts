/**
 * Which mappings of a chart's values its templates copy whole (`toYaml .Values.affinity`), so that every key below them
 * reaches a manifest, whether the chart names it or not. What cannot be followed counts as copied.
 */

/** Functions that hand every key of a mapping on. */
const COPYING =
    /(?<![\w."$])(to(Yaml|YamlPretty|Json|PrettyJson|RawJson|Toml|String)|mustTo\w+|tpl|range|(must)?[mM]erge\w*|(mustD|d)eepCopy|omit|pick)(?![\w"])/;

const ACTION = /\{\{-?\s*((?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^}"`]|\}(?!\}))*)\}\}/g;
const CALLED = /\b(?:include|template)\s+(?:"([^"]*)"|\S+)/g;
const BUILT_IN = new Set(["Capabilities", "Chart", "Files", "Release", "Subcharts", "Template"]);
const BARE_DOT = /(?:^|[\s(|])\.(?=[\s)|]|$)/;

interface Block {
    keyword: string;
    /** What the dot is in it, where that is a field. */
    fields: Field[];
}

/** A field such as `.Values.a.b`: its names, and whether they begin at the root of the values. */
interface Field {
    names: string[];
    atRoot: boolean;
}

/** Whether a chart's templates copy the mapping at a path of its values whole. */
export function wholeCopies(
    templates: readonly { text: string }[],
): (path: readonly (string | number)[]) => boolean {
    const helpers = copyingHelpers(templates);
    const copied = templates.flatMap(({ text }) => copiedFields(text, helpers));
    return (path) =>
        copied.some(({ names, atRoot }) =>
            atRoot
                ? names.length <= path.length && names.every((name, index) => name === path[index])
                : path.some((_, start) =>
                      names.every((name, index) => name === path[start + index]),
                  ),
        );
}

/** Named templates → whether something in them copies what they are given. */
function copyingHelpers(templates: readonly { text: string }[]): Map<string, boolean> {
    const bodies = new Map<string, string>();
    for (const { text } of templates) {
        const [, ...parts] = text.split(/\{\{-?\s*define\s+"/);
        for (const part of parts) {
            const end = part.indexOf('"');
            bodies.set(part.slice(0, end), part.slice(end));
        }
    }
    const helpers = new Map<string, boolean>();
    for (const [name, body] of bodies) {
        const actions = [...body.matchAll(ACTION)].map(([, inner]) => inner ?? "");
        helpers.set(
            name,
            actions.some((inner) => COPYING.test(inner)),
        );
    }
    // A helper that hands its argument on to one that copies.
    for (let changed = true; changed;) {
        changed = false;
        for (const [name, body] of bodies) {
            if (helpers.get(name) === true) {
                continue;
            }
            if (![...body.matchAll(CALLED)].some(([, calledName]) => copies(helpers, calledName))) {
                continue;
            }
            helpers.set(name, true);
            changed = true;
        }
    }
    return helpers;
}

/** A helper that is not in the chart, or whose name is computed, may do anything. */
function copies(helpers: ReadonlyMap<string, boolean>, name: string | undefined): boolean {
    return name === undefined || (helpers.get(name) ?? true);
}

function copiedFields(text: string, helpers: ReadonlyMap<string, boolean>): Field[] {
    const copied: Field[] = [];
    const blocks: Block[] = [];
    const variables = new Map<string, Field[]>();
    for (const [, inner = ""] of text.matchAll(ACTION)) {
        const keyword = /^[a-z]+/.exec(inner)?.[0] ?? "";
        if (keyword === "end") {
            blocks.pop();
            continue;
        }
        const fields = fieldsOf(inner);
        const variable = /^(?:with\s+|if\s+)?(\$\w+)\s*:?=/.exec(inner)?.[1];
        if (variable !== undefined) {
            variables.set(variable, [...(variables.get(variable) ?? []), ...fields]);
        }
        const hands =
            COPYING.test(inner) ||
            [...inner.matchAll(CALLED)].some(([, name]) => copies(helpers, name));
        if (hands) {
            copied.push(...fields);
            if (BARE_DOT.test(inner)) {
                const around = blocks.findLast((block) => /with|range|define/.test(block.keyword));
                copied.push(...(around?.fields ?? []));
            }
            for (const [, name = ""] of inner.matchAll(/(\$\w+)(?![\w.])/g)) {
                if (name !== variable) {
                    copied.push(...(variables.get(name) ?? []));
                }
            }
        }
        if (/^(if|with|range|define|block)$/.test(keyword)) {
            blocks.push({ keyword, fields });
        }
    }
    return copied;
}

/** The fields that an action names. */
function fieldsOf(inner: string): Field[] {
    const code = inner
        .replace(/\bindex\s+(\$?(?:\.\w+)+)((?:\s+"[\w-]+")+)/g, (_, from: string, keys: string) =>
            [from, ...keys.trim().split(/\s+/)].join(".").replaceAll('"', ""),
        )
        .replace(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, '""');
    const fields: Field[] = [];
    for (const [, chain = ""] of code.matchAll(/(?:\$\w*)?((?:\.[A-Za-z_][\w-]*)+)/g)) {
        const names = chain.slice(1).split(".");
        const root = names.indexOf("Values");
        if (root >= 0) {
            fields.push({ names: names.slice(root + 1), atRoot: true });
        } else if (!BUILT_IN.has(names[0] as string)) {
            fields.push({ names, atRoot: false });
        }
    }
    return fields;
}
