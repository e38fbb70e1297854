import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Finding, Fix } from "../findings/finding";

/** A line of a file before and after; a file that gets another name has no lines. */
export interface FixedLine {
    file: string;
    line: number;
    before: string;
    after: string;
}

/** What was corrected, or would be. */
export interface FixResult {
    lines: FixedLine[];
    renamed: { file: string; to: string }[];
}

/**
 * Corrects what has one right answer, in the files of a pack folder. A finding whose text is not where it should be is
 * left alone.
 *
 * @param write Whether files are written; else only what would be is returned.
 */
export async function fixPack(
    folder: string,
    findings: readonly Finding[],
    write: boolean,
): Promise<FixResult> {
    const result: FixResult = { lines: [], renamed: [] };
    const files = new Map<string, Finding[]>();
    for (const found of findings) {
        // Settings above the pack are not the pack's.
        if (!found.fix || found.file === undefined || found.file.startsWith("../")) {
            continue;
        }
        if ("rename" in found.fix) {
            result.renamed.push({ file: found.file, to: found.fix.rename });
        } else {
            files.set(found.file, [...(files.get(found.file) ?? []), found]);
        }
    }
    for (const [file, list] of files) {
        const path = join(folder, file);
        const text = await readFile(path, "utf8");
        const fixed = fixText(file, text, list, result.lines);
        if (write && fixed !== text) {
            await writeFile(path, fixed);
        }
    }
    if (write) {
        for (const { file, to } of result.renamed) {
            await rename(join(folder, file), join(folder, to));
        }
    }
    return result;
}

type Edit = { start: number; end: number; text: string };

function fixText(file: string, text: string, findings: Finding[], lines: FixedLine[]): string {
    const edits = findings.flatMap((found) => editOf(text, found) ?? []);
    edits.sort((a, b) => a.start - b.start);
    let fixed = "";
    let position = 0;
    for (const { start, end, text: inserted } of edits) {
        // Of two corrections of one text the first is made; a second run makes the other.
        if (start < position) {
            continue;
        }
        fixed += text.slice(position, start) + inserted;
        position = end;
        const from = text.lastIndexOf("\n", start - 1) + 1;
        const lineEnd = text.indexOf("\n", end);
        const to = lineEnd === -1 ? text.length : lineEnd;
        const isWholeLine = inserted.endsWith("\n") || text.slice(start, end).endsWith("\n");
        const before = isWholeLine ? text.slice(start, end) : text.slice(from, to);
        const after = isWholeLine
            ? inserted
            : text.slice(from, start) + inserted + text.slice(end, to);
        const line = text.slice(0, start).split("\n").length;
        lines.push({ file, line, before: before.trimEnd(), after: after.trimEnd() });
    }
    return fixed + text.slice(position);
}

function editOf(text: string, { line, column, fix }: Finding): Edit | undefined {
    const {
        remove,
        insert,
        line: ownLine,
        column: ownColumn,
    } = fix as Exclude<Fix, { rename: string }>;
    let start = 0;
    for (let count = 1; count < (ownLine ?? line ?? 1); count += 1) {
        const end = text.indexOf("\n", start);
        if (end === -1) {
            return undefined;
        }
        start = end + 1;
    }
    start += (ownColumn ?? column ?? 1) - 1;
    // A key or text in quotes begins behind them.
    if (!text.startsWith(remove, start) && /["']/.test(text.charAt(start))) {
        start += 1;
    }
    if (!text.startsWith(remove, start)) {
        return undefined;
    }
    return { start, end: start + remove.length, text: insert };
}
