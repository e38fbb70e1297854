import type { Severity } from "../../findings/finding";
import { countFindings, fullMessage, locationOf, type CheckReport } from "./report";

const commands: Record<Severity, string> = { error: "error", warning: "warning", info: "notice" };

/**
 * Annotations of a pull request (GitHub documentation, "Workflow commands for GitHub Actions"), and a line that counts
 * them for who reads the log.
 */
export function formatGithub({ packs }: CheckReport): string {
    const lines = packs.flatMap((report) =>
        report.findings.map((found) => {
            const { path, line, column } = locationOf(report, found);
            const properties = Object.entries({
                file: path,
                line,
                col: column,
                title: `palette-pack: ${found.rule}`,
            })
                .filter(([, value]) => value !== undefined)
                .map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
            return `::${commands[found.severity]} ${properties.join(",")}::${escapeMessage(fullMessage(found))}`;
        }),
    );
    const { error, warning, info } = countFindings(packs);
    const packCount = `${packs.length} ${packs.length === 1 ? "pack" : "packs"}`;
    lines.push(`${packCount}: ${error} errors, ${warning} warnings, ${info} notices`);
    return `${lines.join("\n")}\n`;
}

function escapeMessage(text: string): string {
    return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
    return escapeMessage(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
