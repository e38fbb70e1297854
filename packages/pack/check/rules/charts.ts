import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { isMapping } from "../../format/sourceDocument";
import { parseYaml } from "../../format/yaml";
import type { RuleCheck } from "./ruleCheck";

/** Rules on the chart archives themselves. */
export const chartRules: RuleCheck[] = [archives, names, defaults, dependencies];

function* archives({ charts }: PackContext): Iterable<Finding> {
    for (const { listed, place, file, problem } of charts) {
        if (file && !/\.tgz$/.test(listed)) {
            const help = "Package the chart with helm package.";
            const message = `${listed} is not a packaged chart (.tgz).`;
            yield finding("chart-not-packaged", place, message, { help });
        } else if (problem?.kind === "placeholder") {
            const message = `${listed} is ${problem.message} instead of an archive.`;
            const help = "Fetch the real file and put it there.";
            yield finding("chart-placeholder", place, message, { help });
        } else if (problem) {
            const rule = problem.kind === "limit" ? "limit-exceeded" : "chart-archive-invalid";
            const message = `${listed} is not a Helm chart archive: ${problem.message}.`;
            yield finding(rule, place, message);
        }
    }
}

function* names({ charts }: PackContext): Iterable<Finding> {
    const first = new Map<string, string>();
    const paths = new Set<string>();
    for (const { listed, path, place, chart } of charts) {
        if (!chart || paths.has(path)) {
            continue;
        }
        paths.add(path);
        const earlier = first.get(chart.name);
        if (earlier === undefined) {
            first.set(chart.name, listed);
            continue;
        }
        const message = `${listed} and ${earlier} both hold a chart named ${chart.name}.`;
        const help = "Their values and release names would clash; put one into another pack.";
        yield finding("chart-name-duplicate", place, message, { help });
    }
}

/** Not an error: what Helm reads and this parser doesn't is no reason to reject a pack. */
function* defaults({ charts }: PackContext): Iterable<Finding> {
    for (const { listed, place, chart } of charts) {
        if (chart?.valuesText === undefined) {
            continue;
        }
        if (isMapping(chart.values) || chart.values === null) {
            continue;
        }
        const { problems } = parseYaml("values.yaml", chart.valuesText);
        const { line } = problems[0]?.place ?? {};
        const reason = problems[0]
            ? `values.yaml, line ${line}: ${problems[0].message}`
            : "values.yaml must hold a mapping.";
        const help = "Correct it in the chart and package the chart again.";
        yield finding("chart-defaults-invalid", place, `${listed}: ${reason}`, { help });
    }
}

function* dependencies({ charts }: PackContext): Iterable<Finding> {
    for (const { listed, place, chart } of charts) {
        for (const name of chart?.missingDependencies ?? []) {
            const message = `${listed} depends on the chart ${name}, which is not inside it.`;
            const help = "Run helm dependency update before helm package.";
            yield finding("chart-dependency-missing", place, message, { help });
        }
    }
}
