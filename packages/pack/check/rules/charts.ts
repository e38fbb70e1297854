import type { PackContext } from "../context";
import type { Chart } from "../../format/chart";
import { finding, type Finding } from "../../findings/finding";
import { readTextOf } from "../../format/packSource";
import { asText, isMapping } from "../../format/positioned";
import { parseYaml } from "../../format/yaml";
import type { RuleCheck } from "./ruleCheck";

/** Rules on the chart archives themselves. */
export const chartRules: RuleCheck[] = [archives, names, defaults, dependencies, unpackedCopies];

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
    for (const { listed, place, chart } of charts) {
        if (!chart) continue;
        const other = first.get(chart.name);
        if (other === undefined) {
            first.set(chart.name, listed);
            continue;
        }
        const message = `${listed} and ${other} both hold a chart named ${chart.name}.`;
        const help = "Their values and release names would clash; put one into another pack.";
        yield finding("chart-name-duplicate", place, message, { help });
    }
}

/** Not an error: what Helm reads and this parser doesn't is no reason to reject a pack. */
function* defaults({ charts }: PackContext): Iterable<Finding> {
    for (const { listed, place, chart } of charts) {
        if (chart?.valuesText === undefined) continue;
        if (isMapping(chart.values) || chart.values === null) continue;
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

async function* unpackedCopies({ source, charts }: PackContext): AsyncIterable<Finding> {
    const byName = new Map<string, Chart>();
    for (const { chart } of charts) if (chart) byName.set(chart.name, chart);
    for (const file of source.files) {
        if (!/^charts\/[^/]+\/Chart\.yaml$/.test(file.path)) continue;
        const copy = parseYaml(file.path, await readTextOf(file)).document?.value;
        const chart = isMapping(copy) ? byName.get(asText(copy.name)) : undefined;
        if (!chart || !isMapping(copy) || asText(copy.version) === chart.version) continue;
        const message =
            `The unpacked copy of ${chart.name} has version ${asText(copy.version)}, ` +
            `its archive ${chart.version}.`;
        const help =
            "The archive is what gets installed; package the chart again or delete the copy.";
        yield finding("chart-copy-differs", { file: file.path }, message, { help });
    }
}
