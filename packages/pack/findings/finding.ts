import { rules, type RuleId, type Severity } from "./ruleTable";

export type { Severity } from "./ruleTable";

/** One thing that a check found in a pack, told the way a compiler tells it. */
export interface Finding {
    /** Stable rule id in kebab-case, a key of the table in ruleTable.ts. */
    rule: RuleId;
    severity: Severity;
    /** Path inside the pack, with forward slashes. */
    file?: string;
    /** Line in the file, from 1. */
    line?: number;
    /** Column in the line, from 1. */
    column?: number;
    /** What is wrong. */
    message: string;
    /** What to write instead, where that can be said. */
    help?: string;
    /** The correction, where there is one right answer. */
    fix?: Fix;
}

/**
 * A correction: a text that another one takes the place of, where the finding points unless the correction has a place
 * of its own; or another name of the file.
 */
export type Fix =
    { remove: string; insert: string; line?: number; column?: number } | { rename: string };

/** Where a finding points to. */
export type SourceLocation = Pick<Finding, "file" | "line" | "column">;

/**
 * Makes a finding of a rule, with the severity of the rule table unless `details` names another.
 */
export function finding(
    rule: RuleId,
    place: SourceLocation,
    message: string,
    details: { help?: string; severity?: Severity; fix?: Fix } = {},
): Finding {
    const severity = details.severity ?? rules[rule].severity;
    const help = details.help === undefined ? {} : { help: details.help };
    const fix = details.fix === undefined ? {} : { fix: details.fix };
    return { rule, severity, ...place, message, ...help, ...fix };
}

/** Order for reports: by file, line and column, then the heavier finding first. */
export function compareFindings(a: Finding, b: Finding): number {
    const weight = { error: 0, warning: 1, info: 2 };
    return (
        compareText(a.file ?? "", b.file ?? "") ||
        (a.line ?? 0) - (b.line ?? 0) ||
        (a.column ?? 0) - (b.column ?? 0) ||
        weight[a.severity] - weight[b.severity] ||
        compareText(a.rule, b.rule)
    );
}

function compareText(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
}
