/** Why Go would not parse a template. */
export interface TemplateFault {
    /** Offset of the character that is wrong. */
    offset: number;
    message: string;
    help?: string;
}

/** A word of an action. */
export interface Token {
    kind: "field" | "variable" | "word" | "text" | "number" | "operator";
    text: string;
    offset: number;
}

/** A template that Go would not parse. */
export class GoTemplateError extends Error {
    constructor(readonly fault: TemplateFault) {
        super(fault.message);
    }
}

const TOKEN_PATTERN =
    /\s+|(?<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)+')|(?<field>\.[A-Za-z_][\w]*|\.(?!\d))|(?<variable>\$\w*)|(?<number>[+-]?(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?|\.\d+)i?(?![\w]))|(?<word>[A-Za-z_]\w*)|(?<operator>:=|[|()=,])/y;

/**
 * Reads the action whose braces open at an offset.
 *
 * @returns its tokens, none for a comment, and the offset behind it.
 * @throws GoTemplateError when Go would not read it.
 */
export function readAction(text: string, start: number): { tokens?: Token[]; end: number } {
    let position = start + 2;
    if (/^-\s/.test(text.slice(position, position + 2))) {
        position += 1;
    }
    const comment = /^\s*\/\*/.exec(text.slice(position, position + 100));
    if (comment) {
        const end = text.indexOf("*/", position + comment[0].length);
        if (end === -1) {
            fail(start, "the comment here has no end");
        }
        const close = /^(?:\s+-)?\}\}/.exec(text.slice(end + 2, end + 60));
        if (!close) {
            fail(start, "a comment is an action of its own");
        }
        return { end: end + 2 + close[0].length };
    }
    const tokens: Token[] = [];
    for (;;) {
        const close = /^(?:\s+-)?\s*\}\}/.exec(text.slice(position, position + 500));
        if (close) {
            return { tokens, end: position + close[0].length };
        }
        TOKEN_PATTERN.lastIndex = position;
        const match = TOKEN_PATTERN.exec(text);
        if (!match) {
            return badCharacter(text, start, position);
        }
        const [kind, value] = Object.entries(match.groups ?? {}).find(
            ([, found]) => found !== undefined,
        ) ?? ["", ""];
        if (kind === "text" && /^'(?!(?:\\.+|.)'$)/u.test(value as string)) {
            fail(position, "single quotes hold one character", "Write double quotes.");
        }
        if (kind !== "") {
            tokens.push({
                kind: kind as Token["kind"],
                text: value as string,
                offset: position,
            });
        }
        position += match[0].length;
    }
}

function badCharacter(text: string, start: number, position: number): never {
    const character = text[position];
    if (character === undefined) {
        fail(start, "the braces here are never closed");
    }
    if (character === "}") {
        fail(position, "one brace closes the action", "Write }}.");
    }
    if (character === "{") {
        if (position === start + 2) {
            fail(start, "three braces open here", "Write {{.");
        }
        fail(start, "the braces here are not closed before the next ones");
    }
    if (character === "-") {
        const help = "Write a space between it and what it stands at.";
        fail(position, "the - of a brace is too near to the text", help);
    }
    if (character === '"') {
        fail(position, "the text in quotes does not end in its line");
    }
    return fail(position, `${JSON.stringify(character)} has no meaning here`);
}

/** @throws GoTemplateError always. */
export function fail(offset: number, message: string, help?: string): never {
    throw new GoTemplateError({ offset, message, ...(help ? { help } : {}) });
}
