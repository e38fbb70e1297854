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
        if (stray !== undefined) return { actions, unbalanced: position + stray };
        if (open === -1) return { actions };
        const close = endOfAction(text, open + 2) ?? nextClose(text, open + 2);
        if (close === undefined) return { actions, unbalanced: open };
        const body = text.slice(open + 2, close);
        if (!comment.test(body)) actions.push({ body, offset: open + 2 });
        position = close + 2;
    }
}

const comment = /^-?\s*\/\*/;

/**
 * Offset of the braces that close an action, or undefined when another action or the end of the
 * text comes first.
 */
function endOfAction(text: string, start: number): number | undefined {
    const opening = comment.exec(text.slice(start, start + 100));
    if (opening) {
        const end = text.indexOf("*/", start + opening[0].length);
        const close = end === -1 ? -1 : text.indexOf("}}", end);
        return close === -1 ? undefined : close;
    }
    const token = /"[^"\\\n]*(?:\\.[^"\\\n]*)*"|`[^`]*`|\{\{|\}\}/g;
    token.lastIndex = start;
    for (let match = token.exec(text); match; match = token.exec(text)) {
        if (match[0] === "}}") return match.index;
        if (match[0] === "{{") return undefined;
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

/** Closing braces in a line that was meant as an action: it names values but never opens. */
function strayClose(text: string): number | undefined {
    for (const match of text.matchAll(/\}\}/g)) {
        const line = text.slice(text.lastIndexOf("\n", match.index) + 1, match.index);
        if (/\.(Values|Release|Chart|spectro)\b/.test(line)) return match.index;
    }
    return undefined;
}
