import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import type { Finding, Severity } from "../../findings/finding";
import { rules, type RuleId } from "../../findings/ruleTable";
import { fullMessage, locationOf, type CheckReport, type FileLocation } from "./report";

const levels: Record<Severity, string> = { error: "error", warning: "warning", info: "note" };

/** The report as SARIF 2.1.0 (OASIS), which code scanning of GitHub and others reads. */
export function formatSarif({ packs }: CheckReport, version: string): string {
    const used = [...new Set(packs.flatMap(({ findings }) => findings.map(({ rule }) => rule)))];
    used.sort();
    const index = new Map(used.map((rule, position) => [rule, position]));
    const log = {
        $schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [
            {
                tool: {
                    driver: {
                        name: "palette-pack",
                        version,
                        semanticVersion: version,
                        rules: used.map(ruleOf),
                    },
                },
                originalUriBaseIds: {
                    "%SRCROOT%": { uri: `${pathToFileURL(process.cwd()).href}/` },
                },
                columnKind: "utf16CodeUnits",
                results: packs.flatMap((report) =>
                    report.findings.map((found) =>
                        resultOf(found, locationOf(report, found), index.get(found.rule) as number),
                    ),
                ),
            },
        ],
    };
    return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleOf(id: RuleId) {
    const { severity, summary } = rules[id];
    return {
        id,
        shortDescription: { text: summary },
        help: { text: `palette-pack explain ${id} tells more.` },
        defaultConfiguration: { level: levels[severity] },
    };
}

function resultOf(found: Finding, { path, line, column }: FileLocation, ruleIndex: number) {
    const region = line === undefined ? {} : { region: { startLine: line, startColumn: column } };
    const uri = path.split("/").map(encodeURIComponent).join("/");
    return {
        ruleId: found.rule,
        ruleIndex,
        level: levels[found.severity],
        message: { text: fullMessage(found) },
        locations: [
            {
                physicalLocation: {
                    artifactLocation: { uri, uriBaseId: "%SRCROOT%" },
                    ...region,
                },
            },
        ],
        // Of the same finding after lines were added above it.
        partialFingerprints: { "ruleAndMessage/v1": fingerprint(found.rule, path, found.message) },
    };
}

function fingerprint(...parts: string[]): string {
    return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 32);
}
