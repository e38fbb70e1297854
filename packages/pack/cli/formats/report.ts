import { relative } from "node:path";
import type { Finding, Severity } from "../../findings/finding";

/** What a check of one pack found. */
export interface PackReport {
    /** Path as it was given. */
    path: string;
    findings: Finding[];
}

/** The Helm that rendered charts and manifests, or why nothing was rendered. */
export type RenderingReport = { helm: string } | { skipped: string };

/** What a check of some packs found. */
export interface CheckReport {
    packs: readonly PackReport[];
    rendering: RenderingReport;
    /** Whether what is less than an error was left out. */
    errorsOnly: boolean;
}

/** Number of findings of each severity. */
export function countFindings(reports: readonly PackReport[]): Record<Severity, number> {
    const total = { error: 0, warning: 0, info: 0 };
    for (const { severity } of reports.flatMap(({ findings }) => findings)) {
        total[severity] += 1;
    }
    return total;
}

/** A place in a file as other programs want it: a path from the working folder, and numbers. */
export interface FileLocation {
    path: string;
    line?: number;
    column?: number;
}

/**
 * Where a finding is on the disk. One of a pack as a whole is in its pack.json, and one in an archive is the archive's:
 * other programs can open neither a folder nor what is inside an archive.
 */
export function locationOf({ path }: PackReport, { file, line, column }: Finding): FileLocation {
    const fromHere = (target: string) => relative("", target).replaceAll("\\", "/") || ".";
    if (isArchive(path)) {
        return { path: fromHere(path) };
    }
    return {
        path: fromHere(`${path}/${file ?? "pack.json"}`),
        ...(line === undefined ? {} : { line }),
        ...(column === undefined ? {} : { column }),
    };
}

/** Whether a path names an archive. */
export function isArchive(path: string): boolean {
    return /gz$/.test(path);
}

/** A finding in one text: what is wrong, and what to write instead. */
export function fullMessage({ message, help }: Finding): string {
    return help === undefined ? message : `${message} ${help}`;
}
