import { countFindings, type CheckReport } from "./report";

/** Version of the JSON report; a change that breaks readers makes a new one, with a schema of its own. */
const JSON_REPORT_VERSION = 1;

/** The report for programs; schemas/check-report-1.json describes it. */
export function formatJson({ packs, rendering }: CheckReport): string {
    const report = { version: JSON_REPORT_VERSION, packs, rendering, ...countFindings(packs) };
    return `${JSON.stringify(report, null, 2)}\n`;
}
