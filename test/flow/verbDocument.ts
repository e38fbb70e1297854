import { writeFileSync } from "node:fs";
import path from "node:path";
import { describePair, starts, type Pair, type Start } from "./verbTable";

const FILE = path.join(__dirname, "../../docs/verbs.md");

/** How a pair ended. */
export interface Outcome {
    how: "right" | "refused" | "fails";
    /** What the CLI said, or what is wrong. */
    words: string;
}

const titles: Record<Start, string> = {
    up: "Of a stack that is up",
    interrupted:
        "Of a stack whose first run was killed while it created the cluster, after `cancel` and `recover`",
};

/** @throws Error that names a pair without an outcome: the document is complete or there is none. */
export function writeVerbs(pairs: Pair[], outcomes: Record<string, Outcome>): void {
    const notes: string[] = [];
    const cell = (pair: Pair | undefined): string => {
        if (pair === undefined) {
            return "";
        }
        const outcome = outcomes[describePair(pair)];
        if (outcome === undefined) {
            throw new Error(`not exercised: ${describePair(pair)}`);
        }
        if (outcome.how === "right") {
            return "✓";
        }
        const words = withoutNumbers(outcome.words);
        if (!notes.includes(words)) {
            notes.push(words);
        }
        const note = notes.indexOf(words) + 1;
        return `${outcome.how === "refused" ? "R" : "✗"} ${note}`;
    };
    const tables = starts.flatMap((start) => {
        const mine = pairs.filter((pair) => pair.start === start);
        const each = mine.filter(({ verb }) => verb.each);
        const kinds = [...new Set(each.map(({ kind }) => kind))];
        const names = [...new Set(each.map(({ verb }) => verb.name))];
        const at = (name: string, kind: string) =>
            each.find((pair) => pair.verb.name === name && pair.kind === kind);
        return [
            `## ${titles[start]}`,
            "",
            `| of a resource | ${names.map((name) => `\`${name}\``).join(" | ")} |`,
            `|---|${names.map(() => "---|").join("")}`,
            ...kinds.map(
                (kind) => `| ${kind} | ${names.map((name) => cell(at(name, kind))).join(" | ")} |`,
            ),
            "",
            "| of the whole stack | |",
            "|---|---|",
            ...mine
                .filter(({ verb }) => !verb.each)
                .map((pair) => `| \`${pair.verb.name}\` | ${cell(pair)} |`),
            "",
        ];
    });
    const lines = [
        "# What the CLI's verbs do to a stack",
        "",
        "Written by `npm run test:long` (test/flow/verbs.long.ts), which says every verb of every kind of resource of a stack, with the real engine in a",
        "sandbox. `npm test` repeats a sample.",
        "",
        "- **✓** it ends right.",
        "- **R** it is refused, in the words of the note.",
        "- **✗** what comes then does not end right, as the note says.",
        "",
        "After ✓ and R, `pulumi up` ends right and the next one changes nothing, there is one of each object, and `pulumi destroy` leaves nothing.",
        "Where `state delete` takes away the owner id or what a repository's record says was pushed, no run finds that again: an earlier state is",
        "imported first, as from a backup.",
        "",
        ...tables,
        "## Notes",
        "",
        ...notes.map((words, index) => `${index + 1}. ${words.replace(/([<>*_|])/g, "\\$1")}`),
        "",
    ];
    writeFileSync(FILE, lines.join("\n"));
}

/** What is another one in every run: addresses, ids, times. */
function withoutNumbers(words: string): string {
    return words
        .replace(/127(\.\d+){3}(:\d+)?/g, "<host>")
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{24,64}\b/g, "<id>")
        .replace(/-[0-9a-f]{7}\b/g, "-<random>")
        .replace(/\(\d+s\)/g, "")
        .replace(/ {2,}/g, " ");
}
