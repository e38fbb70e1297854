/**
 * The candidate that a misspelt word most likely meant, or undefined when none is near: one mistake
 * in three characters is allowed, and letter case, hyphens, underscores and spaces count for
 * nothing.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
    const fold = (text: string) => text.toLowerCase().replace(/[-_ ]/g, "");
    const folded = fold(word).slice(0, 100);
    let best: { candidate: string; distance: number } | undefined;
    for (const candidate of candidates) {
        if (candidate === word) {
            continue;
        }
        const distance = editDistance(folded, fold(candidate).slice(0, 100));
        const allowed = Math.floor(Math.max(folded.length, 3) / 3);
        if (distance <= allowed && distance < (best?.distance ?? Infinity)) {
            best = { candidate, distance };
        }
    }
    return best?.candidate;
}

/**
 * Help text that proposes the nearest candidate, or names all where none is near.
 *
 * @param otherNames Words in lower case that mean a candidate without being near to it.
 */
export function didYouMean(
    word: string,
    candidates: readonly string[],
    otherNames: ReadonlyMap<string, string> = new Map(),
): string {
    const near = otherNames.get(word.toLowerCase()) ?? nearest(word, candidates);
    return near === undefined ? `Use one of ${candidates.join(", ")}.` : `Did you mean ${near}?`;
}

/**
 * The keys of a mapping that are not known, but near to a known one which the mapping lacks, or another name of it.
 */
export function misspeltKeys(
    mapping: Readonly<Record<string, unknown>>,
    known: readonly string[],
    otherNames: ReadonlyMap<string, string> = new Map(),
): { key: string; meant: string }[] {
    const absent = known.filter((key) => !Object.hasOwn(mapping, key));
    return Object.keys(mapping).flatMap((key) => {
        if (known.includes(key)) {
            return [];
        }
        const other = otherNames.get(key);
        const meant = other !== undefined && absent.includes(other) ? other : nearest(key, absent);
        return meant === undefined ? [] : [{ key, meant }];
    });
}

/** Whether a mapping lacks a key only because it is misspelt. */
export function isMisspelt(
    mapping: Readonly<Record<string, unknown>>,
    key: string,
    known: readonly string[],
    otherNames?: ReadonlyMap<string, string>,
): boolean {
    return misspeltKeys(mapping, known, otherNames).some(({ meant }) => meant === key);
}

/** Number of characters to insert, delete or replace, or of neighbours to swap. */
function editDistance(a: string, b: string): number {
    let before: number[] = [];
    let row = Array.from({ length: b.length + 1 }, (_, index) => index);
    for (let i = 1; i <= a.length; i += 1) {
        const next = [i];
        for (let j = 1; j <= b.length; j += 1) {
            const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
            const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
            next.push(
                Math.min(
                    replaced,
                    (row[j] ?? 0) + 1,
                    (next[j - 1] ?? 0) + 1,
                    swapped ? (before[j - 2] ?? 0) + 1 : Infinity,
                ),
            );
        }
        [before, row] = [row, next];
    }
    return row[b.length] ?? 0;
}
