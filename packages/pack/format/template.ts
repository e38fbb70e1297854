import { valueAt } from "./sourceDocument";

/** One `{{ … }}` of a Go template that is no comment. */
export interface TemplateAction {
    /** What is between the braces, without string literals' content being told apart. */
    body: string;
    /** Offset of the body in the text. */
    offset: number;
}

/**
 * Finds the actions of a Go template. Braces in the text between actions mean nothing (JSON ends
 * with `}}` too), and braces in an action's strings and comments don't end it.
 *
 * @returns The actions, and the offset of the first brace pair without a partner, where there is
 *     one.
 */
export function templateActions(text: string): { actions: TemplateAction[]; unbalanced?: number } {
    const actions: TemplateAction[] = [];
    let position = 0;
    for (;;) {
        const open = text.indexOf("{{", position);
        const stray = strayClose(text.slice(position, open === -1 ? undefined : open));
        if (stray !== undefined) {
            return { actions, unbalanced: position + stray };
        }
        if (open === -1) {
            return { actions };
        }
        const close = endOfAction(text, open + 2) ?? nextClose(text, open + 2);
        if (close === undefined) {
            return { actions, unbalanced: open };
        }
        const body = text.slice(open + 2, close);
        if (!COMMENT.test(body)) {
            actions.push({ body, offset: open + 2 });
        }
        position = close + 2;
    }
}

const COMMENT = /^-?\s*\/\*/;

/** What an action does for a block: begins it, goes on with another branch of it, or ends it. */
export interface BlockPart {
    keyword: "begin" | "else" | "end";
    /** What the branch depends on; nothing behind a bare `else`. */
    condition: string;
}

/** The part that an action has in a block; undefined for one that is no control structure. */
export function blockPart({ body }: TemplateAction): BlockPart | undefined {
    const inner = body.replace(/^-\s/, "").replace(/\s-$/, "").trim();
    const [, word = "", rest = ""] =
        /^(if|with|range|else|end|(?:define|block)(?=\s*["`]))\b\s*([^]*)/.exec(inner) ?? [];
    if (word === "else") {
        return { keyword: "else", condition: rest.replace(/^(if|with)\s+/, "") };
    }
    if (word === "end") {
        return rest === "" ? { keyword: "end", condition: "" } : undefined;
    }
    return word === "" || rest === "" ? undefined : { keyword: "begin", condition: rest };
}

/** An action whose block has no end, or one that goes on with or ends no block. */
export function unbalancedBlock(actions: readonly TemplateAction[]): TemplateAction | undefined {
    const open: TemplateAction[] = [];
    for (const action of actions) {
        const keyword = blockPart(action)?.keyword;
        if (keyword === "begin") {
            open.push(action);
        } else if (keyword && open.length === 0) {
            return action;
        } else if (keyword === "end") {
            open.pop();
        }
    }
    return open[0];
}

/** The actions that are not inside a branch which values leave out. */
export function renderedActions(
    actions: readonly TemplateAction[],
    values: unknown,
): Set<TemplateAction> {
    const used = new Set<TemplateAction>();
    const outer: { out: boolean; taken: boolean }[] = [];
    let branch = { out: false, taken: false };
    for (const action of actions) {
        if (!branch.out) {
            used.add(action);
        }
        const part = blockPart(action);
        if (part?.keyword === "end") {
            branch = outer.pop() ?? branch;
        } else if (part) {
            if (part.keyword === "begin") {
                outer.push(branch);
            }
            const taken = part.keyword === "else" && branch.taken;
            const holds = conditionHolds(part.condition, values);
            const out = (outer.at(-1)?.out ?? false) || taken || holds === false;
            branch = { out, taken: taken || holds === true };
        }
    }
    return used;
}

/**
 * Offset of the braces that close an action, or undefined when another action or the end of the
 * text comes first.
 */
function endOfAction(text: string, start: number): number | undefined {
    const opening = COMMENT.exec(text.slice(start, start + 100));
    if (opening) {
        const end = text.indexOf("*/", start + opening[0].length);
        const close = end === -1 ? -1 : text.indexOf("}}", end);
        return close === -1 ? undefined : close;
    }
    const token = /"[^"\\\n]*(?:\\.[^"\\\n]*)*"|`[^`]*`|\{\{|\}\}/g;
    token.lastIndex = start;
    for (let match = token.exec(text); match; match = token.exec(text)) {
        if (match[0] === "}}") {
            return match.index;
        }
        if (match[0] === "{{") {
            return undefined;
        }
    }
    return undefined;
}

/**
 * The nearest closing braces, strings or not: templates of other programs, say in the JSON of a
 * ConfigMap, may have quotes that Go would not read as strings.
 */
function nextClose(text: string, start: number): number | undefined {
    const close = text.indexOf("}}", start);
    const open = text.indexOf("{{", start);
    return close === -1 || (open !== -1 && open < close) ? undefined : close;
}

/** Whether a condition on values alone is met; undefined for any other. */
function conditionHolds(condition: string, values: unknown): boolean | undefined {
    const words = condition
        .replace(/^\$[^=]*:=/, "")
        .trim()
        .split(/\s+/);
    const [operator] = /^(and|or|not)$/.test(words[0] as string) ? words.splice(0, 1) : [];
    if (!words.every((word) => /^\.Values(\.\w+)+$/.test(word))) {
        return undefined;
    }
    const isSet = (word: string) => {
        const value = valueAt(values, word.split(".").slice(2));
        return typeof value === "object" && value !== null
            ? Object.keys(value).length > 0
            : Boolean(value);
    };
    if (operator === "not") {
        return !words.every(isSet);
    }
    return operator === "or" ? words.some(isSet) : words.every(isSet);
}

/** Closing braces in a line that was meant as an action: it names values but never opens. */
function strayClose(text: string): number | undefined {
    for (const match of text.matchAll(/\}\}/g)) {
        const line = text.slice(text.lastIndexOf("\n", match.index) + 1, match.index);
        if (/\.(Values|Release|Chart|spectro)\b/.test(line)) {
            return match.index;
        }
    }
    return undefined;
}
