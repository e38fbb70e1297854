import type { Finding } from "../../findings/finding";
import { fullMessage, locationOf, type CheckReport, type PackReport } from "./report";

/**
 * The report as JUnit XML in the form that Jenkins and GitLab read: a suite for each pack, in it a test case for each
 * finding. Only errors fail; what else was found is the output of a case that passed, as the exit status has it.
 */
export function formatJunit({ packs }: CheckReport): string {
    const suites = packs.map(suite);
    const failures = packs.reduce((sum, report) => sum + errors(report).length, 0);
    const tests = packs.reduce((sum, report) => sum + Math.max(report.findings.length, 1), 0);
    return [
        '<?xml version="1.0" encoding="UTF-8"?>',
        `<testsuites${attributes({ name: "palette-pack", tests, failures })}>`,
        ...suites,
        "</testsuites>",
        "",
    ].join("\n");
}

function errors({ findings }: PackReport): Finding[] {
    return findings.filter(({ severity }) => severity === "error");
}

function suite(report: PackReport): string {
    const { path, findings } = report;
    const counts = { tests: Math.max(findings.length, 1), failures: errors(report).length };
    const cases = findings.map((found) => testCase(report, found));
    if (cases.length === 0) {
        cases.push(`    <testcase${attributes({ name: "check" })}/>`);
    }
    return [
        `  <testsuite${attributes({ name: path, ...counts, errors: 0 })}>`,
        ...cases,
        "  </testsuite>",
    ].join("\n");
}

function testCase(report: PackReport, found: Finding): string {
    const location = locationOf(report, found);
    const place = [location.path, location.line, location.column]
        .filter((part) => part !== undefined)
        .join(":");
    const head = `    <testcase${attributes({ name: found.rule, classname: location.path })}>`;
    const text = escapeXml(`${place}: ${fullMessage(found)}`);
    const body =
        found.severity === "error"
            ? `<failure${attributes({ type: found.rule, message: found.message })}>${text}</failure>`
            : `<system-out>${found.severity}: ${text}</system-out>`;
    return `${head}${body}</testcase>`;
}

function attributes(values: Record<string, string | number>): string {
    return Object.entries(values)
        .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`)
        .join("");
}

const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
};

/** Text without the characters that XML 1.0 cannot hold. */
function escapeXml(text: string): string {
    return text
        .replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu, "\ufffd")
        .replace(/[&<>"']/g, (character) => entities[character] as string);
}
