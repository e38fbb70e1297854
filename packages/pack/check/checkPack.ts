import { relative } from "node:path";
import { readContext, type PackContext, type Reading } from "./context";
import { compareFindings, finding, type Finding } from "../findings/finding";
import { openSource, type PackSource } from "../format/packSource";
import { chartCopyRules } from "./rules/chartCopies";
import { chartRules } from "./rules/charts";
import { chartValuesRules } from "./rules/chartValues";
import { constraintRules } from "./rules/constraints";
import { fileRules } from "./rules/files";
import { duplicatePack, identityChecks } from "./rules/identity";
import { imageRules } from "./rules/images";
import { keyRules } from "./rules/keys";
import { listedFileRules } from "./rules/listedFiles";
import { macroRules } from "./rules/macros";
import { macroSpellingRules } from "./rules/macroSpelling";
import { manifestBlockRules } from "./rules/manifestBlocks";
import { manifestRules } from "./rules/manifests";
import { packJsonPresence, packJsonRules } from "./rules/packJson";
import { presetRules } from "./rules/presets";
import { referenceRules } from "./rules/references";
import { releaseRules } from "./rules/releases";
import { templateRules, valueShapes } from "./rules/templates";
import { valueSchemaRules } from "./rules/valueSchema";
import type { RuleCheck } from "./rules/ruleCheck";
import { valuesRules } from "./rules/values";
import type { CheckRendering, renderedFindings } from "./rendered/renderedChecks";
import { readSettings } from "./settings";
import { applySuppressions } from "./suppressions";
import { systemReason } from "../userError";
import { archiveLimits, type ArchiveLimits } from "../format/tarReader";

/** Settings of a check. */
export interface CheckOptions {
    /** Report warnings as errors. Default: false. */
    strict?: boolean;
    /** With which Helm charts and manifests are rendered. Default: nothing is rendered. */
    rendering?: CheckRendering | undefined;
    /** Name and version → path of the packs that were checked before this one, to which it is added. */
    checked?: Map<string, string>;
    /** Caps for reading an archive. */
    limits?: ArchiveLimits;
}

interface Rendered {
    renderedFindings: typeof renderedFindings;
}

const checks = [
    ...packJsonRules,
    ...listedFileRules,
    ...chartRules,
    ...chartCopyRules,
    ...manifestRules,
    ...manifestBlockRules,
    ...constraintRules,
    ...valuesRules,
    ...imageRules,
    ...chartValuesRules,
    ...macroRules,
    ...macroSpellingRules,
    ...presetRules,
    ...valueSchemaRules,
    ...keyRules,
    ...referenceRules,
    ...releaseRules,
    ...templateRules,
    valueShapes,
    ...identityChecks,
    ...fileRules,
];

/**
 * Checks a pack folder or a `.tar.gz` pack archive, offline. Whatever is wrong with the pack is in
 * the findings, which are in reading order; nothing is thrown for it.
 */
export async function checkPack(path: string, options: CheckOptions = {}): Promise<Finding[]> {
    const source = await openSource(path, options.limits ?? archiveLimits);
    try {
        const { findings } = await checkSource(source, path, options);
        return options.strict ? findings.map(asError) : findings;
    } finally {
        source.close();
    }
}

/** What is found out about an open pack. `reading`: absent where there is no pack to look at. */
export async function checkSource(
    source: PackSource,
    path: string,
    { rendering, checked }: Pick<CheckOptions, "rendering" | "checked"> = {},
): Promise<{ findings: Finding[]; reading?: Reading }> {
    let findings = [...source.findings];
    const reading = findings.some(({ rule }) => FATAL.has(rule))
        ? undefined
        : await readContext(source);
    if (reading) {
        const { context } = reading;
        findings.push(...reading.findings);
        await runChecks(context, isNoPack(context) ? [packJsonPresence] : checks, findings);
        if (checked) {
            findings.push(...duplicatePack(context, checked));
        }
        if (rendering) {
            // Loaded only where Helm renders: it brings the shapes of Kubernetes' objects along.
            // eslint-disable-next-line @typescript-eslint/no-require-imports
            const rendered = require("./rendered/renderedChecks") as Rendered;
            findings = await rendered.renderedFindings(context, findings, rendering);
        }
        findings = applySuppressions(context, findings, rendering !== undefined);
    }
    const settings = await readSettings(path);
    if (settings) {
        findings = [...settings.apply(findings), ...settings.findings];
    }
    findings.sort(compareFindings);
    return { findings, ...(reading && { reading }) };
}

/** Findings after which there is no pack to look at. */
const FATAL = new Set<string>(["pack-not-found", "archive-invalid", "limit-exceeded"]);

/** Whether a folder is none of a pack, but of many, in one, or of something else: everything else would be missing too. */
function isNoPack({ source, files }: PackContext): boolean {
    if (files.has("pack.json")) {
        return false;
    }
    return (
        source.files.some(({ path }) => path.endsWith("/pack.json")) ||
        !source.files.some(({ path }) => /^(pack\.json|values\.ya?ml|logo\.png)$/i.test(path))
    );
}

async function runChecks(
    context: PackContext,
    checks: readonly RuleCheck[],
    findings: Finding[],
): Promise<void> {
    for (const check of checks) {
        try {
            for await (const found of check(context)) {
                findings.push(found);
            }
        } catch (error) {
            const found = unreadable(context, error as NodeJS.ErrnoException);
            const known = findings.some(
                ({ rule, file }) => rule === found.rule && file === found.file,
            );
            if (!known) {
                findings.push(found);
            }
        }
    }
}

/** A file that the system does not let one read is a finding; any other error is thrown on. */
function unreadable({ source }: PackContext, error: NodeJS.ErrnoException): Finding {
    if (error.code === undefined || error.path === undefined) {
        throw error;
    }
    const file = relative(source.path, error.path);
    const message = `${file} cannot be read: ${systemReason(error)}.`;
    return finding("file-unreadable", { file }, message);
}

function asError(found: Finding): Finding {
    return found.severity === "warning" ? { ...found, severity: "error" } : found;
}
