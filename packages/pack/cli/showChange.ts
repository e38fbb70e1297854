import { diffLines } from "diff";
import { stringify } from "yaml";
import type { FieldChange } from "../render/fieldChanges";

/** Values up to this many characters stand on one line. */
const SHORT_TEXT = 80;

/** How much of what two texts have in common is shown beside what differs, in characters and lines. */
const context = { characters: 30, lines: 2 };

/** Lines for people about a value that differs: where, what it was, and what it is. */
export function changeLines(change: FieldChange): string[] {
    const { path, before, after } = change;
    if (!("after" in change)) {
        return oneSided(path, before, "removed", "-");
    }
    if (!("before" in change)) {
        return oneSided(path, after, "added", "+");
    }
    if (!isScalar(before) || !isScalar(after)) {
        return [`${path}:`, ...lineDiff(before, after)];
    }
    if ([before, after].some((value) => typeof value === "string" && value.includes("\n"))) {
        return [`${path}:`, ...lineDiff(before, after)];
    }
    const [old, now] = aroundDifference(JSON.stringify(before), JSON.stringify(after));
    return old.length + now.length <= 2 * SHORT_TEXT
        ? [`${path}: ${old} → ${now}`]
        : [`${path}:`, `  - ${old}`, `  + ${now}`];
}

function oneSided(path: string, value: unknown, what: string, sign: string): string[] {
    const text = JSON.stringify(value) ?? "undefined";
    if (text.length <= SHORT_TEXT) {
        return [`${path}: ${text} ${what}`];
    }
    return [`${path} ${what}:`, ...yamlLines(value).map((line) => `  ${sign} ${line}`)];
}

function isScalar(value: unknown): boolean {
    return typeof value !== "object" || value === null;
}

function yamlOf(value: unknown): string {
    const text = typeof value === "string" ? value : stringify(value, { lineWidth: 0 });
    return text.endsWith("\n") ? text : `${text}\n`;
}

function yamlLines(value: unknown): string[] {
    return yamlOf(value).replace(/\n$/, "").split("\n");
}

/** The lines that differ, with a few around them. */
function lineDiff(before: unknown, after: unknown): string[] {
    const parts = diffLines(yamlOf(before), yamlOf(after));
    return parts.flatMap(({ added, removed, value }, index) => {
        const lines = value.replace(/\n$/, "").split("\n");
        if (added || removed) {
            return lines.map((line) => `  ${added ? "+" : "-"} ${line}`);
        }
        const head = index === 0 ? 0 : context.lines;
        const tail = index === parts.length - 1 ? 0 : context.lines;
        if (lines.length <= head + tail) {
            return lines.map((line) => `    ${line}`);
        }
        const shown = (some: readonly string[]) => some.map((line) => `    ${line}`);
        return [
            ...shown(lines.slice(0, head)),
            `    … ${lines.length - head - tail} equal lines`,
            ...shown(tail === 0 ? [] : lines.slice(-tail)),
        ];
    });
}

/** Two texts without most of what they have in common at their ends; what differs is there as a whole. */
function aroundDifference(before: string, after: string): [string, string] {
    if (before.length <= SHORT_TEXT && after.length <= SHORT_TEXT) {
        return [before, after];
    }
    const most = Math.min(before.length, after.length);
    let head = 0;
    while (head < most && before[head] === after[head]) {
        head += 1;
    }
    let tail = 0;
    while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) {
        tail += 1;
    }
    const cut = (text: string) => {
        const from = Math.max(head - context.characters, 0);
        const to = text.length - Math.max(tail - context.characters, 0);
        return `${from > 0 ? "…" : ""}${text.slice(from, to)}${to < text.length ? "…" : ""}`;
    };
    return [cut(before), cut(after)];
}
