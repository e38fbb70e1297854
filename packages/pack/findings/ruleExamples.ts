import examples from "./ruleExamples.json";
import type { RuleId } from "./ruleTable";

/** A part of a file; one in a chart's archive has the path archive!path. */
export interface Excerpt {
    file: string;
    lines: string[];
}

/** A mistake that a rule reports, beside the closest pack without it. */
export interface RuleExample {
    title: string;
    /** What the check says of it. */
    message: string;
    /** The files that differ; none of a mistake that no text shows. */
    bad: Excerpt[];
    good: Excerpt[];
}

/** The example of a rule, from the tests' own mistakes; undefined for the rules on profiles. */
export function exampleOf(rule: RuleId): RuleExample | undefined {
    return (examples as Partial<Record<RuleId, RuleExample>>)[rule];
}
