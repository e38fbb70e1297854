import { checkPack } from "../../check/checkPack";
import { formatGithub } from "../formats/github";
import { formatJson } from "../formats/json";
import { formatJunit } from "../formats/junit";
import { formatSarif } from "../formats/sarif";
import { formatText } from "../formats/text";
import { countFindings, type CheckReport, type PackReport } from "../formats/report";
import { coloursOn } from "./output";

/** Options of `check` as the command line gives them. */
export interface CheckCommandOptions {
    format: "text" | "json" | "github" | "sarif" | "junit";
    /** The same as the format `json`. */
    json?: boolean;
    strict?: boolean;
    maxWarnings?: number;
    quiet?: boolean;
}

/** `pack check`: returns the exit status. */
export async function check(
    paths: readonly string[],
    options: CheckCommandOptions & { version: string },
): Promise<number> {
    const packs: PackReport[] = [];
    for (const path of paths) {
        packs.push({ path, findings: await checkPack(path, { strict: options.strict ?? false }) });
    }
    const { error, warning } = countFindings(packs);
    const shown = options.quiet ? packs.map(errorsOnly) : packs;
    process.stdout.write(print({ packs: shown, errorsOnly: options.quiet ?? false }, options));
    const tooMany = options.maxWarnings !== undefined && warning > options.maxWarnings;
    if (tooMany) {
        process.stderr.write(
            `Warnings: ${warning}, more than the ${options.maxWarnings} of --max-warnings.\n`,
        );
    }
    return error > 0 || tooMany ? 1 : 0;
}

function errorsOnly({ path, findings }: PackReport): PackReport {
    return { path, findings: findings.filter(({ severity }) => severity === "error") };
}

function print(
    report: CheckReport,
    { json, format, version }: { json?: boolean; format: string; version: string },
): string {
    switch (json ? "json" : format) {
        case "json":
            return formatJson(report);
        case "github":
            return formatGithub(report);
        case "sarif":
            return formatSarif(report, version);
        case "junit":
            return formatJunit(report);
        default:
            return formatText(
                report.packs,
                coloursOn(process.stdout),
                report.errorsOnly ? "no errors" : "clean",
            );
    }
}
