import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Fault, Row } from "./faultTable";

const FILE = path.join(__dirname, "../../docs/faults.md");

/** Ending of a fault that comes once, and of one that lasts: `passes error`. */
export type Cells = Map<string, string>;

export const cellKey = (row: Row, fault: Fault) => `${row.call} | ${fault.name}`;

/** A scenario that is no single call's trouble. */
export interface ScenarioOutcome {
    name: string;
    ending: string;
}

/** @throws Error that names a pair without an ending: the document is complete or there is none. */
export function writeDocument(
    rows: Row[],
    faults: Fault[],
    cells: Cells,
    outcomes: ScenarioOutcome[],
): void {
    const symbol = (row: Row, fault: Fault): string => {
        const cell = cells.get(cellKey(row, fault));
        if (cell === undefined) {
            throw new Error(`not exercised: ${cellKey(row, fault)}`);
        }
        return { "passes passes": "✓", "passes error": "✓ E", "error error": "E" }[cell] ?? cell;
    };
    const lines = [
        "# What becomes of a fault",
        "",
        "Written by `npm run test:long` (test/flow/faults.long.ts), which lets a run meet every fault at every call of Palette's API that the",
        "providers make to create, read, change or delete, once and for as long as it lasts, in a sandbox. `npm test` repeats a sample.",
        "",
        "- **✓** the run ends right, even when the fault lasts (until the deadlines of the test).",
        "- **✓ E** the run ends right when the fault comes once; when it lasts, it ends with one error.",
        "- **E** the run ends with one error.",
        "",
        "An error names the object, the cause and the next step. After each of them the same command ended right once the fault was over, every object was",
        "there once, and `destroy` left nothing.",
        "",
        `| call | first made by | ${faults.map(({ name }) => name).join(" | ")} |`,
        `|---|---|${faults.map(() => "---|").join("")}`,
        ...rows.map(
            (row) =>
                `| ${row.call} | ${row.phase} | ${faults.map((fault) => symbol(row, fault)).join(" | ")} |`,
        ),
        "",
        "## Palette's own bad days",
        "",
        "| what happens | how the run ends |",
        "|---|---|",
        ...outcomes.map(({ name, ending }) => `| ${name} | ${ending} |`),
        "",
    ];
    writeFileSync(FILE, lines.join("\n"));
}

/** The endings that the document tells, by {@link cellKey}. */
export function readDocument(): Cells {
    const cells: Cells = new Map();
    const [header = "", , ...lines] = readFileSync(FILE, "utf8")
        .split("\n")
        .filter(
            (line) =>
                line.startsWith("| call |") || /^\| (GET|POST|PUT|PATCH|DELETE) |^\|-/.test(line),
        );
    const split = (line: string) =>
        line
            .split("|")
            .slice(1, -1)
            .map((cell) => cell.trim());
    const [, , ...names] = split(header);
    const endings: Record<string, string> = {
        "✓": "passes passes",
        "✓ E": "passes error",
        E: "error error",
    };
    for (const line of lines.filter((candidate) => !candidate.startsWith("|-"))) {
        const [call, , ...row] = split(line);
        row.forEach((cell, index) => cells.set(`${call} | ${names[index]}`, endings[cell] ?? cell));
    }
    return cells;
}
