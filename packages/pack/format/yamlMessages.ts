/** Why a text is not YAML, in words of who writes it, and where where that is another place than the parser's. */
export interface YamlFault {
    message: string;
    /** Offset of what is wrong. */
    offset: number;
}

/**
 * What a parser's error means to who wrote the file. Known mistakes are recognised in the text: a parser notices many of
 * them only later, and speaks of its own terms.
 *
 * @param code Code of the error in the `yaml` library.
 * @param message The library's text; only its own details are taken from it.
 */
export function yamlFault(code: string, message: string, text: string, offset: number): YamlFault {
    const conflict = conflictMarker(text);
    if (conflict !== undefined) {
        return { message: CONFLICT_MESSAGE, offset: conflict };
    }
    const start = text.lastIndexOf("\n", offset - 1) + 1;
    const line = lineAt(text, start);
    const before = start === 0 ? "" : lineAt(text, text.lastIndexOf("\n", start - 2) + 1);
    const here = (said: string): YamlFault => ({ message: said, offset });
    for (const [candidate, from] of [
        [line, start],
        [before, start - before.length - 1],
    ] as const) {
        const glued = /^(\s*(?:- +)?)([A-Za-z][\w.-]*):([^\s:/\\].*)$/.exec(candidate);
        if (!glued || code === "MULTIPLE_DOCS" || code === "TAB_AS_INDENT") {
            continue;
        }
        const [, indent = "", key, value] = glued;
        const said = `A space is missing behind the colon: write ${key}: ${value}.`;
        return { message: said, offset: from + indent.length };
    }
    switch (code) {
        case "MULTIPLE_DOCS":
            return here("A second document begins here; the file must hold one.");
        case "TAB_AS_INDENT":
            return here("YAML is indented with spaces, not tabs.");
        case "BAD_SCALAR_START":
            return here(`A value that begins with ${text.charAt(offset)} needs quotes.`);
        case "BAD_DQ_ESCAPE":
            return here(
                "A backslash in double quotes begins an escape that does not exist: use single quotes.",
            );
        case "BAD_ALIAS":
            return here(
                /^The anchor/.test(message)
                    ? message
                    : "A value that begins with * is taken for a reference to an anchor: put it in quotes.",
            );
        case "BAD_INDENT":
            return here(
                /flow/i.test(message)
                    ? "The bracket or brace before this line is not closed."
                    : "The indentation of this line fits none of the lines above.",
            );
        case "MISSING_CHAR":
            if (/quote/.test(message)) {
                const quote = /closing (["'])/.exec(message)?.[1] ?? '"';
                const opening = text.lastIndexOf(quote, offset - 1);
                return { message: "The quotes that begin here are not closed.", offset: opening };
            }
            if (/end with/.test(message)) {
                return here("The bracket or brace before this is not closed.");
            }
            return here("This line is neither a key with a colon nor an item with a hyphen.");
        case "MULTILINE_IMPLICIT_KEY":
        case "BLOCK_AS_IMPLICIT_KEY":
        case "KEY_OVER_1024_CHARS":
            return here(
                /:\s.*:(\s|$)/.test(line)
                    ? "A second colon in the line makes the value a mapping: put the value in quotes."
                    : "This line is neither a key with a colon nor an item with a hyphen.",
            );
        case "UNEXPECTED_TOKEN":
            return here(
                "What stands here cannot stand behind what is before it: look for quotes, brackets and hyphens.",
            );
        case "TAG_RESOLVE_FAILED":
            return here("A value that begins with ! is taken for a type: put it in quotes.");
        case "MULTIPLE_ANCHORS":
            return here("A value has two anchors, which begin with &.");
        default:
            return here("YAML cannot be read from here on.");
    }
}

/** What is said of a file with the markers of a merge that Git could not finish. */
export const CONFLICT_MESSAGE =
    "A merge conflict was left here: decide for one side and delete the markers.";

/** Offset of the first marker of a merge conflict. */
export function conflictMarker(text: string): number | undefined {
    const match = /^(?:<{7} |>{7} )/m.exec(text);
    return match?.index;
}

function lineAt(text: string, start: number): string {
    const end = text.indexOf("\n", start);
    return text.slice(start, end === -1 ? undefined : end).replace(/\r$/, "");
}
