import type { PackContext } from "../context";
import { finding, type Finding, type SourceLocation } from "../../findings/finding";
import { didYouMean, isMisspelt, nearest } from "../../format/nearest";
import { isMapping } from "../../format/sourceDocument";
import {
    brokenConstraints,
    formatsOf,
    numberRange,
    placeholders,
    templateBody,
    toRegExp,
    valueConstraints,
} from "../valueConstraints";
import type { RuleCheck } from "./ruleCheck";

/**
 * Rules on schema.yaml, the constraints on a pack's values (Palette documentation, "Pack
 * Constraints").
 */
export const valueSchemaRules: RuleCheck[] = [entries, defaults];

/** What a schema may say beside its texts. */
const SCHEMA_WORDS = ["required", "readonly", "format", "hints"];

const FORMAT_TYPES = ["string", "number", "boolean", "password", "list", "ipv4", "version"];

function* entries({ schema }: PackContext): Iterable<Finding> {
    if (!schema || schema.value === null) {
        return;
    }
    if (!isMapping(schema.value)) {
        const message = "schema.yaml must map value paths to constraints.";
        yield finding("schema-invalid", schema.place([]), message);
        return;
    }
    for (const [key, entry] of Object.entries(schema.value)) {
        const template = isMapping(entry) ? entry.schema : undefined;
        if (isMapping(entry) && isMisspelt(entry, "schema", ["schema"])) {
            continue;
        }
        if (typeof template !== "string" || template.trim() === "") {
            const message = `The constraint of ${key} has no schema.`;
            const help = isMapping(template)
                ? "Write the template in quotes: schema: '{{ … }}'."
                : /^(charts|manifests|pack)$/.test(key) && isMapping(entry)
                  ? `Write each path as one key with points, such as ${key}.${Object.keys(entry)[0]}.<key>.`
                  : "Write schema: '{{ required }}' or another template below it.";
            yield finding("schema-invalid", schema.place([key]), message, { help });
            continue;
        }
        yield* constraint(schema.place([key, "schema"]), key, template);
    }
}

function* constraint(place: SourceLocation, key: string, template: string): Iterable<Finding> {
    const tell = (message: string, help?: string) =>
        finding(
            "schema-format-unknown",
            place,
            `The schema of ${key} ${message}.`,
            help ? { help } : {},
        );
    const body = templateBody(template);
    if (body === undefined) {
        const bare = template.trim().replace(/^\{*\s*|\s*\}*$/g, "");
        yield tell("is not in double braces", `Write '{{ ${bare} }}'.`);
        return;
    }
    const statements = statementsOf(body);
    if (statements.some(({ rest }) => /\}\}|\{\{/.test(rest))) {
        yield tell(
            "has more than one pair of braces",
            "Write all in one: '{{ required | readonly }}'.",
        );
        return;
    }
    for (const { word, rest, texts } of statements) {
        const problem = statementProblem(word, rest.trim(), texts);
        if (problem) {
            yield tell(...problem);
        }
    }
    for (const format of formatsOf(body)) {
        const bare = /\$?[{(](\w+)[)}]/.exec(format);
        const parts = placeholders(format);
        if (bare && parts.length === 0 && FORMAT_TYPES.includes(bare[1] as string)) {
            yield tell(`has the text ${bare[0]} in its format`, `Write \${${bare[1]}}.`);
        }
        for (const { inside, closed } of parts) {
            if (closed) {
                yield* formatPart(place, key, inside);
            } else {
                yield tell(`does not close \${${inside}`, "Write } behind it.");
            }
        }
    }
}

interface Statement {
    /** Its first word. */
    word: string;
    /** What stands beside the word and the texts in quotes. */
    rest: string;
    /** How many texts in quotes it has. */
    texts: number;
}

/** What stands between the bars of a constraint. */
function statementsOf(body: string): Statement[] {
    const quoted = /"(?:[^"\\]|\\.)*"|`[^`]*`/g;
    const bars: string[] = [""];
    let end = 0;
    for (const match of body.matchAll(/\||"(?:[^"\\]|\\.)*"|`[^`]*`/g)) {
        const isBar = match[0] === "|";
        bars.push(
            (bars.pop() as string) +
                body.slice(end, isBar ? match.index : match.index + match[0].length),
        );
        end = match.index + match[0].length;
        if (isBar) {
            bars.push("");
        }
    }
    bars.push((bars.pop() as string) + body.slice(end));
    return bars.map((text) => {
        const outside = text.replace(quoted, " ").trim();
        const word = /^[\w-]*/.exec(outside)?.[0] ?? "";
        const texts = [...text.matchAll(quoted)].length;
        return { word, rest: outside.slice(word.length), texts };
    });
}

/** What is wrong with a statement, and what to write. */
function statementProblem(
    word: string,
    rest: string,
    texts: number,
): [message: string, help?: string] | undefined {
    if (word === "" && rest === "" && texts === 0) {
        return [
            "has nothing where a constraint is expected",
            "Write required, readonly, format or hints.",
        ];
    }
    if (!SCHEMA_WORDS.includes(word)) {
        const near = nearest(word, SCHEMA_WORDS);
        const help = near ? `Write ${near}.` : `Use one of ${SCHEMA_WORDS.join(", ")}.`;
        return [
            word
                ? `says ${word}, which is not known`
                : `has ${rest || "a text"} where a word is expected`,
            help,
        ];
    }
    if (rest !== "") {
        const again = /^\W*(required|readonly|format|hints)\b/.exec(rest)?.[1];
        if (again) {
            return [`has no | before ${again}`, `Write ${word} | ${again}.`];
        }
        if (word === "format" || word === "hints") {
            return [
                `has ${rest} behind ${word}`,
                `Write ${word} "${rest.replace(/^'|'$/g, "")}", in double quotes.`,
            ];
        }
        return [`has ${rest} behind ${word}, which takes nothing`, `Write ${word} alone.`];
    }
    if (word === "format" && texts !== 1) {
        return ["has no text behind format", 'Write format "${number}", in double quotes.'];
    }
    return undefined;
}

/** Defaults that break the pack's own constraints; a required value may be left to the users. */
function* defaults({ schema, values, valuesRoot }: PackContext): Iterable<Finding> {
    if (!schema || !values) {
        return;
    }
    const broken = brokenConstraints(valueConstraints(schema.value), valuesRoot, false);
    for (const { path, constraint, problem } of broken) {
        const message = `${constraint.path} ${problem}, says schema.yaml.`;
        yield finding("value-constraint", values.place(path), message);
    }
}

function* formatPart(place: SourceLocation, key: string, part: string): Iterable<Finding> {
    const colon = part.indexOf(":");
    const type = (colon === -1 ? part : part.slice(0, colon)).trim();
    const parameter = colon === -1 ? "" : part.slice(colon + 1).trim();
    if (!FORMAT_TYPES.includes(type)) {
        const message = `The schema of ${key} uses the format type ${type}, which is not documented.`;
        const help = didYouMean(type, FORMAT_TYPES);
        yield finding("schema-format-unknown", place, message, { help });
        return;
    }
    const fault = parameterFault(type, parameter);
    if (fault) {
        yield finding("schema-format-unknown", place, `The schema of ${key} ${fault.message}.`, {
            help: fault.help,
        });
        return;
    }
    const expression = /^\/(.*)\/$/s.exec(parameter)?.[1];
    if (expression === undefined) {
        return;
    }
    if (/\(\?<?[=!]|\\[1-9]/.test(expression)) {
        const message = `The schema of ${key} uses a look-around or back-reference, which RE2 does not have.`;
        yield finding("schema-format-unknown", place, message);
    } else if (!toRegExp(expression)) {
        const message = `The regular expression of ${key} cannot be parsed: ${expression}`;
        yield finding("schema-invalid", place, message);
    }
}

/** What is wrong with what stands behind the colon of a type. */
function parameterFault(
    type: string,
    parameter: string,
): { message: string; help: string } | undefined {
    if (parameter === "") {
        return undefined;
    }
    if (parameter.startsWith("/")) {
        if (parameter.length > 1 && parameter.endsWith("/")) {
            return undefined;
        }
        return {
            message: `does not close the expression ${parameter}`,
            help: "Write / behind it.",
        };
    }
    const range = numberRange(parameter);
    if (type === "number" && range && range[0] > range[1]) {
        const message = `has the range ${parameter}, which no number is in`;
        return { message, help: `Write [${range[1]}-${range[0]}].` };
    }
    if (type === "number" && !range) {
        return { message: `has ${parameter}, which is no range`, help: "Write \${number:[1-10]}." };
    }
    if (type === "list" && !/^\[.*\]$/s.test(parameter)) {
        const help = `Write \${list:[${parameter}]}.`;
        return { message: `has ${parameter}, which is no list`, help };
    }
    return undefined;
}
