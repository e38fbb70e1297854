import path from "node:path";
import { projectDirectory } from "./environment";

/** A test file in jest's report, as far as skips go. */
export interface TestedFile {
    name: string;
    assertionResults: { status: string }[];
}

/**
 * The skipped tests of a run, with the reasons that their files gave.
 *
 * @param given A line for each reason: `["/project/test/some.test.ts", "reason"]`.
 */
export function skipsOf(
    files: TestedFile[],
    given: string,
): { count: number; unexplained: number; notes: string[] } {
    const reasons = given
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as [file: string, reason: string]);
    const skips = { count: 0, unexplained: 0, notes: [] as string[] };
    for (const { name, assertionResults } of files) {
        const count = assertionResults.filter(({ status }) =>
            ["pending", "skipped", "todo", "disabled"].includes(status),
        ).length;
        if (count === 0) {
            continue;
        }
        const why = reasons.filter(([file]) => file === name).map(([, reason]) => reason);
        skips.count += count;
        skips.unexplained += why.length === 0 ? 1 : 0;
        const file = path.relative(projectDirectory, name);
        const reason = [...new Set(why)].join("; ") || "no reason is given, which is a failure";
        skips.notes.push(`skipped: ${count} of ${file}: ${reason}`);
    }
    return skips;
}
