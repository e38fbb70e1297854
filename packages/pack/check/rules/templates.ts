import type { ListedManifest, PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { parseGoTemplate } from "../../format/goTemplate";
import type { TemplateFault } from "../../format/goTokens";
import { isMapping, placeInText, valueAt } from "../../format/sourceDocument";
import type { RuleCheck } from "./ruleCheck";

/** Rules on templates as Go parses them: of manifests, and of charts. */
export const templateRules: RuleCheck[] = [manifestTemplates, chartTemplates];

const OWN_FIELDS = /(?<![\w$)\]])\.(Values|Release|Chart|spectro)\b/;
const MISTAKEN_FIELDS =
    /\{\{[^{}\n]*(?<![\w.$)\]"])(?:\.(?:values|Value|value|VALUES)|Values)\.[a-z]/;

/**
 * Why Go would not parse a manifest's template, but for what manifestRules say, and what other programs' templates in it
 * may have.
 */
export function templateFault(text: string): TemplateFault | undefined {
    const { fault } = parseGoTemplate(text);
    if (!fault) {
        return undefined;
    }
    const start = Math.max(text.lastIndexOf("{{", fault.offset), 0);
    const end = /\}\}|\n/g;
    end.lastIndex = fault.offset;
    const own = text.slice(start, end.exec(text)?.index);
    const isTold = REPORTED_BY_OTHER_RULES.test(fault.message) || /\.Values[.\w]*\w-\w/.test(own);
    if (isTold && !text.startsWith("{{{", fault.offset)) {
        return undefined;
    }
    const action = `${own}\n${lineAt(text, fault.offset)}`;
    return OWN_FIELDS.test(action) || MISTAKEN_FIELDS.test(action) ? fault : undefined;
}

/** What manifestRules say already: braces and blocks without partner. */
const REPORTED_BY_OTHER_RULES =
    /no end$|ends no block|belongs to no|never closed|closed before|one brace|comment/;

/** Chart values that Helm merges otherwise than they look. */
export function* valueShapes({ values, valuesRoot, charts }: PackContext): Iterable<Finding> {
    if (!values) {
        return;
    }
    for (const { chart } of charts) {
        const block = chart && valueAt(valuesRoot, ["charts", chart.name]);
        if (chart && isMapping(block) && isMapping(chart.values)) {
            yield* shapes(["charts", chart.name], block, chart.values);
        }
    }
    function* shapes(
        path: string[],
        own: Record<string, unknown>,
        defaults: Record<string, unknown>,
    ): Iterable<Finding> {
        for (const [key, value] of Object.entries(own)) {
            const known = Object.hasOwn(defaults, key) ? defaults[key] : undefined;
            if (!isMapping(known) || Object.keys(known).length === 0) {
                continue;
            }
            const inner = [...path, key];
            const shown = inner.join(".");
            const place = values!.place(inner, "key");
            if (isMapping(value)) {
                yield* shapes(inner, value, known);
            } else if (value === null) {
                const beside = Object.keys(own).filter(
                    (sibling) => !Object.hasOwn(defaults, sibling) && Object.hasOwn(known, sibling),
                );
                if (beside.length === 0) {
                    continue;
                }
                const message = `${shown} is empty, so the chart loses its defaults; ${beside.join(", ")} beside it look meant for it.`;
                const help = `Indent ${beside.join(", ")} under ${key}.`;
                yield finding("chart-value-shape", place, message, { help });
            } else if (typeof value !== "string" || !value.includes("{{")) {
                const what = Array.isArray(value)
                    ? "a list"
                    : `the single value ${JSON.stringify(value)}`;
                const message = `${shown} is ${what}, where the chart has a mapping.`;
                const help = `Its keys are ${Object.keys(known).slice(0, 6).join(", ")}.`;
                yield finding("chart-value-shape", place, message, { help });
            }
        }
    }
}

function* manifestTemplates({ manifests, valuesRoot }: PackContext): Iterable<Finding> {
    for (const { path, key, text } of manifests) {
        if (!text?.includes("{{")) {
            continue;
        }
        const hasValues = valueAt(valuesRoot, ["manifests", key]) !== undefined;
        // Templates of other programs may stand in a ConfigMap.
        if (!hasValues && !OWN_FIELDS.test(text) && !MISTAKEN_FIELDS.test(text)) {
            continue;
        }
        yield* manifestTemplate({ path, text });
    }
}

function lineAt(text: string, offset: number): string {
    const end = text.indexOf("\n", offset);
    return text.slice(text.lastIndexOf("\n", offset - 1) + 1, end === -1 ? undefined : end);
}

function* manifestTemplate({
    path,
    text,
}: Required<Pick<ListedManifest, "path" | "text">>): Iterable<Finding> {
    const fault = templateFault(text);
    if (fault) {
        const place = placeInText(path, text, fault.offset);
        const message = `The template cannot be parsed: ${fault.message}.`;
        const help = fault.help === undefined ? {} : { help: fault.help };
        yield finding("manifest-template-invalid", place, message, help);
        return;
    }
    const wrong = /(\{\{[^{}\n]*?)(?<![\w.$)\]"])\.(values|Value|value|VALUES)(?=\.[A-Za-z])/.exec(
        text,
    );
    if (!wrong) {
        return;
    }
    const place = placeInText(path, text, wrong.index + (wrong[1] as string).length);
    const message = `.${wrong[2]} is nothing that a template is given.`;
    yield finding("manifest-template-invalid", place, message, {
        help: "Write .Values.",
        fix: { remove: `.${wrong[2]}`, insert: ".Values" },
    });
}

/** A chart whose template does not parse cannot be installed at all. */
function* chartTemplates({ charts }: PackContext): Iterable<Finding> {
    for (const { listed, place, chart } of charts) {
        if (!chart) {
            continue;
        }
        const defines = new Set<string>();
        const includes: { path: string; name: string; line: number }[] = [];
        let broken = false;
        for (const { path, text } of chart.templates) {
            const parsed = parseGoTemplate(text);
            for (const name of parsed.defines) {
                defines.add(name);
            }
            for (const { name, offset } of parsed.includes) {
                includes.push({ path, name, line: placeInText(path, text, offset).line ?? 1 });
            }
            if (!parsed.fault) {
                continue;
            }
            broken = true;
            const { line } = placeInText(path, text, parsed.fault.offset);
            const message = `${listed}: Helm cannot parse ${path}, line ${line}: ${parsed.fault.message}.`;
            const help = `${parsed.fault.help ?? "Correct it in the chart."} Then package the chart again.`;
            yield finding("chart-template-invalid", place, message, { help });
            break;
        }
        if (broken || !chart.words) {
            continue;
        }
        const missing = includes.find(({ name }) => !defines.has(name) && !name.endsWith(".yaml"));
        if (!missing) {
            continue;
        }
        const message =
            `${listed}: ${missing.path}, line ${missing.line}, includes ${missing.name}, ` +
            "which no template of the chart defines.";
        const help =
            "Define it, or put the library chart that has it into charts/ with helm dependency update.";
        yield finding("chart-template-invalid", place, message, { help, severity: "warning" });
    }
}
