import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { parseGoTemplate } from "../../format/goTemplate";
import { nearest } from "../../format/nearest";
import { isMapping, placesOf } from "../../format/sourceDocument";
import { resolveParameter } from "../../format/parameterReference";
import type { RuleCheck } from "./ruleCheck";

/** Rules on what is nearly a macro, in every file that Palette renders. */
export const macroSpellingRules: RuleCheck[] = [spelling];

const ROOTS = "system|pack|var|macro|app";

/** Something in braces with the second part of a macro: the first part may be spelt otherwise. */
const NEAR_MACRO = new RegExp(
    `\\{\\{-?[^{}\\n]*?(?<![\\w.$])(\\.?)([A-Za-z]+)\\.(?:${ROOTS})\\.[\\w.$-]+`,
    "g",
);

/** Braces of which one is missing. */
const ONE_BRACE = /(?<!\{ *)\{ *\.spectro\.[^{}\n]*\}+|\{\{-? *\.spectro\.[^{}\n]*(?<!\})\}(?!\})/g;

/** Most files have none, and need not be searched. */
const MAY_HAVE_MACROS = new RegExp(`\\.(?:${ROOTS})\\.|spectro`, "i");

/** A macro with all that is in its braces. */
const WHOLE = /\{\{(\{?)[^{}\n]*?(?<![\w.])\.spectro\.[^{}\n]*\}\}/g;

/** A macro that is not closed in its line, nor before the next braces. */
const OPEN = /\{\{-?[^{}\n]*(?<![\w.])\.spectro\.[^{}\n]*$(?![^{]*\}\})/gm;

function* spelling(pack: PackContext): Iterable<Finding> {
    const { values, presets, manifests } = pack;
    const texts: [string, string | undefined][] = [
        ["values.yaml", values?.text],
        ["presets.yaml", presets?.text],
        ...manifests.map(({ path, text }): [string, string | undefined] => [path, text]),
    ];
    for (const [file, text] of texts) {
        if (text !== undefined && MAY_HAVE_MACROS.test(text)) {
            yield* macrosIn(pack, file, text);
        }
    }
}

function* macrosIn(pack: PackContext, file: string, text: string): Iterable<Finding> {
    const placeAt = placesOf(file, text);
    for (const match of text.matchAll(ONE_BRACE)) {
        if (isComment(text, match.index)) {
            continue;
        }
        const message = `${match[0]} is no macro: macros have two braces on both sides.`;
        const bare = match[0].replace(/^\{+-?\s*|\s*-?\}+$/g, "");
        yield finding("macro-braces", placeAt(match.index), message, {
            help: `Write {{ ${bare} }}.`,
            fix: { remove: match[0], insert: `{{ ${bare} }}` },
        });
    }
    for (const match of text.matchAll(NEAR_MACRO)) {
        const [written, dot, word = ""] = match;
        const isSpectro =
            /^spectro(cloud)?$/i.test(word) || nearest(word, ["spectro"]) !== undefined;
        if ((dot === "." && word === "spectro") || !isSpectro || isComment(text, match.index)) {
            continue;
        }
        const shown = `${dot}${word}`;
        const offset = match.index + written.lastIndexOf(`${shown}.`);
        const message = `Macros begin with .spectro., not with ${shown}.`;
        yield finding("macro-unknown", placeAt(offset), message, {
            help: "Write .spectro.",
            fix: { remove: shown, insert: ".spectro" },
        });
    }
    for (const match of text.matchAll(OPEN)) {
        if (isComment(text, match.index)) {
            continue;
        }
        const message = "The braces of the macro are never closed.";
        yield finding("macro-braces", placeAt(match.index), message, {
            help: "Write }} behind it.",
        });
    }
    for (const match of text.matchAll(WHOLE)) {
        if (isComment(text, match.index)) {
            continue;
        }
        const place = placeAt(match.index);
        if (match[1] !== "") {
            const help = "Write {{ and }}.";
            yield finding("macro-braces", place, "Three braces begin no macro.", { help });
            continue;
        }
        // Names of packs have hyphens, and in double quotes of YAML those of a text have backslashes.
        const { fault } = parseGoTemplate(
            match[0].replace(/\.spectro\.[\w$.-]*[\w$]/g, ".spectro").replaceAll('\\"', '"'),
        );
        // A block begins in one action and ends in another.
        if (!fault || /no end$|ends no|belongs to/.test(fault.message)) {
            continue;
        }
        const name = /^no function is called (\w+)$/.exec(fault.message)?.[1];
        const message = name
            ? `The macro goes through ${name}, which is no function of templates.`
            : `The macro cannot be parsed: ${fault.message}.`;
        const help = fault.help ?? (name && "Palette knows the functions of sprig.");
        yield finding("macro-function-unknown", place, message, help ? { help } : {});
    }
    yield* ownValues(pack, text, placeAt, file);
}

/** References to a value of the pack itself that is not there. */
function* ownValues(
    { packJson, valuesRoot, presets, values }: PackContext,
    text: string,
    placeAt: ReturnType<typeof placesOf>,
    file: string,
): Iterable<Finding> {
    if (!values || typeof packJson.name !== "string" || file === presets?.file) {
        return;
    }
    const start = `.spectro.pack.${packJson.name}.`;
    for (
        let offset = text.indexOf(start);
        offset !== -1;
        offset = text.indexOf(start, offset + 1)
    ) {
        const path = /^[\w.-]+/.exec(text.slice(offset + start.length))?.[0].replace(/[.-]+$/, "");
        const brace = text.lastIndexOf("{{", offset);
        if (path === undefined || brace === -1 || isComment(text, offset)) {
            continue;
        }
        const action = text.slice(brace, text.indexOf("}}", offset) + 2 || undefined);
        if (/\bdefault\b/.test(action) || resolveParameter(valuesRoot, path) !== undefined) {
            continue;
        }
        const [first = ""] = path.split(".");
        const near = isMapping(valuesRoot) ? nearest(first, Object.keys(valuesRoot)) : undefined;
        const message = `The macro reads ${path} of this pack's values, which is not there.`;
        const help =
            near && !Object.hasOwn(valuesRoot, first)
                ? `Did you mean ${near}?`
                : "It becomes nothing: correct the path, or add the value.";
        yield finding("macro-reference-unresolved", placeAt(offset), message, { help });
    }
}

/** Whether an offset is behind the # of a comment in its line. */
function isComment(text: string, offset: number): boolean {
    const start = text.lastIndexOf("\n", offset - 1) + 1;
    return /(^|\s)#/.test(text.slice(start, offset).replace(/"[^"]*"|'[^']*'/g, ""));
}
