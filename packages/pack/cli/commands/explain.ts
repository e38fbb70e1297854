import pico from "picocolors";
import { exampleOf, type Excerpt } from "../../findings/ruleExamples";
import { factsOf } from "../../findings/ruleFacts";
import { rules, type RuleId } from "../../findings/ruleTable";
import { didYouMeanRule } from "../../check/settings";
import { coloursOn, printJson } from "./output";

/** `pack explain`: tells what a rule means, or lists all rules. Returns the exit status. */
export function explain(rule: string | undefined, options: { json?: boolean }): number {
    const paint = pico.createColors(coloursOn(process.stdout));
    if (rule === undefined) {
        const table = Object.entries(rules).map(([id, { severity, summary }]) => ({
            id,
            severity,
            summary,
        }));
        if (options.json) {
            printJson(table);
        } else {
            for (const { id, severity, summary } of table) {
                process.stdout.write(`${paint.bold(id)} (${severity}): ${summary}\n`);
            }
        }
        return 0;
    }
    if (!Object.hasOwn(rules, rule)) {
        process.stderr.write(`No rule is called ${rule}. ${didYouMeanRule(rule)}\n`);
        return 2;
    }
    const id = rule as RuleId;
    const { severity, summary } = rules[id];
    const { consequence, source } = factsOf(id);
    const example = exampleOf(id);
    if (options.json) {
        printJson({ id, severity, summary, consequence, source, example });
        return 0;
    }
    const lines = [`${paint.bold(id)} (${severity})`, summary, "", `Otherwise: ${consequence}`];
    if (example) {
        lines.push("", `Example: ${example.title}`, `  ${example.message}`);
        const show = (title: string, excerpts: readonly Excerpt[]) =>
            excerpts.flatMap(({ file, lines: shown }) => [
                "",
                `${title} ${paint.bold(file)}`,
                ...shown.map((line) => `  | ${line}`),
            ]);
        lines.push(...show(paint.red("Bad:"), example.bad));
        lines.push(...show(paint.green("Good:"), example.good));
    }
    lines.push("", `Source: ${source}`);
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
}
