import { readFileSync } from "node:fs";
import path from "node:path";
import { fieldCases } from "./cases";

export const FILE = path.join(__dirname, "../../docs/field.md");

/** The text of docs/field.md. */
export function fieldDocument(): string {
    return [
        "# What users' environments do to the program",
        "",
        "Written by `node --import tsx test/field/main.ts` from test/field/cases.ts; `npm test` runs the tests that are named here.",
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

/** The tests that the document names and that are not in their files. */
export function missingTests(): string[] {
    return Object.values(fieldCases)
        .flat()
        .flatMap(({ tests }) => tests)
        .filter(
            ([file, name]) =>
                !readFileSync(path.join(__dirname, "..", file), "utf8").includes(name),
        )
        .map(([file, name]) => `${file}: ${name}`);
}

function escape(cell: string): string {
    return cell.replaceAll("|", "\\|");
}
