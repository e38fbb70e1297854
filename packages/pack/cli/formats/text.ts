import { join } from "node:path";
import pico from "picocolors";
import type { Severity } from "../../findings/finding";
import { countFindings, isArchive, type PackReport } from "./report";

/**
 * Prints findings as compilers do, one line each with the place first, so that editors and
 * terminals can follow it.
 *
 * @param colours Whether the text goes to a terminal that shows colours.
 * @param nothing What a pack without findings is called.
 */
export function formatText(
    reports: readonly PackReport[],
    colours: boolean,
    nothing = "clean",
): string {
    const paint = pico.createColors(colours);
    const tint: Record<Severity, (text: string) => string> = {
        error: paint.red,
        warning: paint.yellow,
        info: paint.cyan,
    };
    const lines: string[] = [];
    for (const { path, findings } of reports) {
        for (const { rule, severity, file, line, column, message, help } of findings) {
            const position = [line, column].filter((number) => number !== undefined);
            const place = [placeOf(path, file), ...position].join(":");
            const label = tint[severity](severity);
            lines.push(
                `${paint.bold(printable(place))}: ${label}: ${printable(message)} ${paint.dim(`[${rule}]`)}`,
            );
            if (help) {
                lines.push(`    ${paint.dim("help:")} ${printable(help)}`);
            }
        }
        if (findings.length === 0) {
            lines.push(`${paint.bold(printable(path))}: ${paint.green(nothing)}`);
        }
    }
    const total = countFindings(reports);
    const counted = (["error", "warning", "info"] as const)
        .filter((severity) => total[severity] > 0)
        .map((severity) => `${total[severity]} ${plural(severity, total[severity])}`);
    if (counted.length > 0) {
        lines.push(counted.join(", "));
    }
    return `${lines.join("\n")}\n`;
}

/** A line of text from a pack without what would control a terminal. */
export function printable(text: string): string {
    return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd");
}

function placeOf(path: string, file: string | undefined): string {
    if (file === undefined) {
        return path;
    }
    return isArchive(path) ? `${path}!${file}` : join(path, file);
}

function plural(severity: Severity, count: number): string {
    return severity === "info" || count === 1 ? severity : `${severity}s`;
}
