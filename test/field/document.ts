import { readFileSync } from "node:fs";
import path from "node:path";
import { fieldCases } from "./cases";

export const FILE = path.join(__dirname, "../../docs/field.md");

/** How many rows each part of the list has. */
const ROWS = { A: 19, B: 6, C: 9, D: 15 };

/**
 * The text of docs/field.md.
 *
 * @throws Error that names the rows without a test, and the tests that are not there.
 */
export function fieldDocument(): string {
    const problems = [
        ...rowsWithoutTest(Object.values(fieldCases).flat()).map((id) => `${id} has no test`),
        ...missingTests().map((test) => `no such test: ${test}`),
    ];
    if (problems.length > 0) {
        throw new Error(problems.join("\n"));
    }
    return [
        "# What users' environments do to the program",
        "",
        "Written by `node --import tsx test/field/main.ts` from test/field/cases; `npm test` runs the tests that are named here.",
        "",
        ...Object.entries(fieldCases).flatMap(([title, cases]) => [
            `## ${title}`,
            "",
            "| | situation | what is right | shown by |",
            "|---|---|---|---|",
            ...cases.map(
                ({ id, situation, right, tests }) =>
                    `| ${[id, situation, right, tests.map(([file, name]) => `test/${file}: ${name}`).join("<br>")].map(escape).join(" | ")} |`,
            ),
            "",
        ]),
    ].join("\n");
}

/** The ids of A1 to D15 that no case has, or that no test shows. */
export function rowsWithoutTest(cases: { id: string; tests: unknown[] }[]): string[] {
    const shown = cases.filter(({ tests }) => tests.length > 0).map(({ id }) => id);
    return Object.entries(ROWS)
        .flatMap(([part, count]) =>
            Array.from({ length: count }, (_, index) => `${part}${index + 1}`),
        )
        .filter((id) => !shown.includes(id));
}

/** The tests that the document names and that are not in their files. */
function missingTests(): string[] {
    return Object.values(fieldCases)
        .flat()
        .flatMap(({ tests }) => tests)
        .filter(([file, name]) => !textOf(path.join(__dirname, "..", file)).includes(name))
        .map(([file, name]) => `${file}: ${name}`);
}

function textOf(file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return "";
    }
}

function escape(cell: string): string {
    return cell.replaceAll("|", "\\|");
}
