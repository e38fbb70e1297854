import { join } from "node:path";
import { checkPack } from "../../check/checkPack";
import { fixPack, type FixResult } from "../../check/fixPack";
import { formatGithub } from "../formats/github";
import { formatJson } from "../formats/json";
import { formatJunit } from "../formats/junit";
import { formatSarif } from "../formats/sarif";
import { formatText, printable } from "../formats/text";
import {
    countFindings,
    isArchive,
    type CheckReport,
    type PackReport,
    type RenderingReport,
} from "../formats/report";
import { findHelm } from "../../render/helm";
import { coloursOn } from "./output";

/** Options of `check` as the command line gives them. */
export interface CheckCommandOptions {
    format: "text" | "json" | "github" | "sarif" | "junit";
    /** The same as the format `json`. */
    json?: boolean;
    strict?: boolean;
    maxWarnings?: number;
    quiet?: boolean;
    /** Whether charts and manifests are rendered; where Helm is installed unless said. */
    render?: boolean;
    kubeVersion?: string;
    /** Correct what has one right answer; with dryRun only show it. */
    fix?: boolean;
    dryRun?: boolean;
}

/** How often --fix corrects one pack. */
const MAXIMUM_PASSES = 10;

/** `pack check`: returns the exit status. */
export async function check(
    paths: readonly string[],
    options: CheckCommandOptions & { version: string },
): Promise<number> {
    const packs: PackReport[] = [];
    const helm = options.render === false ? undefined : findHelm();
    if (options.render && helm === undefined) {
        process.stderr.write("error: --render needs helm (version 3), which is not on the PATH.\n");
        return 2;
    }
    const { kubeVersion } = options;
    const rendering =
        helm === undefined
            ? undefined
            : { helm, ...(kubeVersion === undefined ? {} : { kubeVersion }) };
    const checked = new Map<string, string>();
    for (const path of paths) {
        const settings = { strict: options.strict ?? false, rendering, checked };
        let findings = await checkPack(path, settings);
        // A correction may bring to light what only it allows to see.
        for (let pass = 0; (options.fix || options.dryRun) && pass < MAXIMUM_PASSES; pass += 1) {
            if (isArchive(path)) {
                process.stderr.write(
                    `${printable(path)} is an archive, which is not corrected: name the folder that it was built from.\n`,
                );
                break;
            }
            const fixed = await fixPack(path, findings, options.dryRun !== true);
            process.stderr.write(fixesText(path, fixed));
            if (options.dryRun || fixed.lines.length + fixed.renamed.length === 0) {
                break;
            }
            findings = await checkPack(path, settings);
        }
        packs.push({ path, findings });
    }
    const { error, warning } = countFindings(packs);
    const shown = options.quiet ? packs.map(errorsOnly) : packs;
    const report: CheckReport = {
        packs: shown,
        errorsOnly: options.quiet ?? false,
        rendering: helm
            ? { helm }
            : { skipped: options.render === false ? "--no-render" : "helm is not on the PATH" },
    };
    process.stdout.write(print(report, options));
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
            return (
                formatText(
                    report.packs,
                    coloursOn(process.stdout),
                    report.errorsOnly ? "no errors" : "clean",
                ) + renderingLine(report.rendering)
            );
    }
}

/** What was corrected, as a difference. */
function fixesText(path: string, { lines, renamed }: FixResult): string {
    const signed = (sign: string, text: string) =>
        text === "" ? [] : text.split("\n").map((line) => `${sign}${line}`);
    return [
        ...lines.flatMap(({ file, line, before, after }) => [
            `${join(path, file)}:${line}`,
            ...signed("-", before),
            ...signed("+", after),
        ]),
        ...renamed.map(({ file, to }) => `${join(path, file)} -> ${to}`),
    ]
        .map((line) => `${printable(line)}\n`)
        .join("");
}

/** Says whether anything was rendered, unless the user did. */
function renderingLine(rendering: RenderingReport): string {
    if ("helm" in rendering) {
        return `Rendered with ${rendering.helm}.\n`;
    }
    return rendering.skipped.startsWith("--") ? "" : `Not rendered: ${rendering.skipped}.\n`;
}
