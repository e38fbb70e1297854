/** Numbers and pre-release of a semantic version; its build metadata counts for nothing. */
interface Version {
    numbers: [number, number, number];
    pre: string[];
}

/** One comparison of a constraint, such as `>=1.30-0`. */
interface Comparison {
    operator: string;
    version: Version;
    /** How many of the three numbers are there; those behind them are absent or an `x`. */
    given: number;
}

const VERSION = String.raw`v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:-([\w.-]+))?(?:\+[\w.-]+)?`;
const COMPARISON = new RegExp(String.raw`\s*,?\s*(!=|>=|=>|<=|=<|~>|[=<>~^]?)\s*${VERSION}`, "y");

/**
 * Whether a version is in a range, as Helm decides it (Masterminds/semver, version 3): alternatives with `||`, parts of one
 * with spaces or commas, `1.x`, `~`, `^`, `1.2 - 1.4`. A pre-release is in no range that does not name one: `>=1.30` has
 * 1.32.3, but not 1.32.3-x, which `>=1.30-0` has.
 *
 * @returns undefined where either is not to be understood.
 */
export function satisfies(version: string, range: string): boolean | undefined {
    const [, major, minor, patch, pre] = new RegExp(`^\\s*${VERSION}\\s*$`).exec(version) ?? [];
    const alternatives = range
        .replace(new RegExp(`(${VERSION})\\s+-\\s+(${VERSION})`, "g"), hyphenated)
        .split("||")
        .map(comparisonsOf);
    if (major === undefined || alternatives.includes(undefined)) {
        return undefined;
    }
    const wanted = toVersion([major, minor, patch], pre);
    return alternatives.some(
        (comparisons) =>
            (wanted.pre.length === 0 ||
                comparisons!.some((comparison) => comparison.version.pre.length > 0)) &&
            comparisons!.every((comparison) => holds(wanted, comparison)),
    );
}

function hyphenated(text: string): string {
    const [from, to] = text.split(/\s+-\s+/);
    return `>=${from} <=${to}`;
}

function comparisonsOf(text: string): Comparison[] | undefined {
    if (text.trim() === "") {
        return [];
    }
    const comparisons: Comparison[] = [];
    COMPARISON.lastIndex = 0;
    let end = 0;
    for (let match; (match = COMPARISON.exec(text)); end = COMPARISON.lastIndex) {
        const [, operator = "", ...parts] = match;
        const numbers = parts.slice(0, 3);
        const absent = numbers.findIndex((part) => part === undefined || /^[xX*]$/.test(part));
        const given = absent < 0 ? 3 : absent;
        comparisons.push({
            operator,
            version: toVersion(numbers.slice(0, given), parts[3]),
            given,
        });
    }
    return text.slice(end).trim() === "" ? comparisons : undefined;
}

function toVersion(numbers: (string | undefined)[], pre: string | undefined): Version {
    const [major = 0, minor = 0, patch = 0] = numbers.map((part) => Number(part ?? 0));
    return { numbers: [major, minor, patch], pre: pre === undefined ? [] : pre.split(".") };
}

function holds(version: Version, { operator, version: bound, given }: Comparison): boolean {
    if (given === 0) {
        return operator !== "!=";
    }
    const position = compare(version, bound);
    switch (operator) {
        case ">":
            return given === 3 ? position > 0 : compare(version, next(bound, given - 1)) >= 0;
        case ">=":
        case "=>":
            return position >= 0;
        case "<":
            return position < 0;
        case "<=":
        case "=<":
            return given === 3 ? position <= 0 : compare(version, next(bound, given - 1)) < 0;
        case "~":
        case "~>":
            return within(version, bound, Math.min(given - 1, 1));
        case "^":
            return within(version, bound, caretIndex(bound, given));
        case "!=":
            return given === 3 ? position !== 0 : !within(version, bound, given - 1);
        default:
            return given === 3 ? position === 0 : within(version, bound, given - 1);
    }
}

/** The number that a caret keeps: the first one that is not zero. */
function caretIndex({ numbers }: Version, given: number): number {
    const first = numbers.findIndex((number) => number > 0);
    return first < 0 ? given - 1 : Math.min(first, given - 1);
}

/** Whether a version is at least another one, with the same numbers up to an index. */
function within(version: Version, bound: Version, index: number): boolean {
    return compare(version, bound) >= 0 && compare(version, next(bound, index)) < 0;
}

/** The first version with a higher number at an index; its pre-releases are before it, and belong to it. */
function next({ numbers }: Version, index: number): Version {
    const higher = numbers.map((number, at) =>
        at < index ? number : at === index ? number + 1 : 0,
    );
    return { numbers: higher as Version["numbers"], pre: ["0"] };
}

function compare(a: Version, b: Version): number {
    for (const index of [0, 1, 2] as const) {
        const difference = a.numbers[index] - b.numbers[index];
        if (difference !== 0) {
            return difference;
        }
    }
    if (a.pre.length === 0 || b.pre.length === 0) {
        return b.pre.length - a.pre.length;
    }
    for (let index = 0; index < Math.max(a.pre.length, b.pre.length); index += 1) {
        const [left, right] = [a.pre[index], b.pre[index]];
        if (left === undefined || right === undefined) {
            return left === undefined ? -1 : 1;
        }
        const [isLeft, isRight] = [left, right].map((part) => /^\d+$/.test(part));
        if (isLeft && isRight && Number(left) !== Number(right)) {
            return Number(left) - Number(right);
        }
        if (isLeft !== isRight) {
            return isLeft ? -1 : 1;
        }
        if (left !== right) {
            return left < right ? -1 : 1;
        }
    }
    return 0;
}
