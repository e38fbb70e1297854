import { text } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { checkPack } from "../../packages/pack/check/checkPack";
import type { RuleExample } from "../../packages/pack/findings/ruleExamples";
import type { RuleId } from "../../packages/pack/findings/ruleTable";
import { findHelm } from "../../packages/pack/render/helm";
import type { Case } from "./cases/case";
import { listedFileCases } from "./cases/listedFiles";
import { otherFileCases } from "./cases/otherFiles";
import { packJsonCases } from "./cases/packJson";
import { valuesCases } from "./cases/values";
import { allMistakes } from "./cases/all";
import { helmPack, manifestPack, Scratch, type Content, type Files } from "./packFolder";
import { moreSlips } from "./moreSlips";
import { renderablePack, renderedSlips } from "./renderedSlips";
import { slips } from "./slips";

/** Texts of a pack: path → lines; what is in a chart's archive has the path archive!path. */
type Texts = Map<string, string[]>;

/** A mistake with the closest pack without it. */
interface Candidate {
    title: string;
    rules: RuleId[];
    bad: Files;
    good: Files;
    folder?: string | undefined;
    /** Whether only a check with Helm shows it. */
    rendered?: boolean;
}

/** The example of each rule: of the tests' mistakes that show it alone, the one that takes the fewest lines. */
export async function ruleExamples(): Promise<Record<string, RuleExample>> {
    const scratch = new Scratch();
    try {
        const best = new Map<string, RuleExample>();
        for (const candidate of candidates()) {
            const [rule, ...rest] = candidate.rules;
            if (rule === undefined || rest.length > 0) {
                continue;
            }
            const example = await exampleOf(candidate, scratch);
            const old = best.get(rule);
            if (example && (!old || size(example) < size(old))) {
                best.set(rule, example);
            }
        }
        for (const { title, rules: shown, bad } of allMistakes(scratch)) {
            const [rule] = shown;
            if (rule === undefined || best.has(rule)) {
                continue;
            }
            const [found] = await bad();
            const message = (found?.message ?? "").replaceAll(`${scratch.path}/`, "");
            best.set(rule, { title, message, bad: [], good: [] });
        }
        return Object.fromEntries([...best].sort(([a], [b]) => (a < b ? -1 : 1)));
    } finally {
        scratch.clear();
    }
}

function helm(): string {
    const path = findHelm();
    if (path === undefined) {
        throw new Error("The examples of rendered packs need helm.");
    }
    return path;
}

function candidates(): Candidate[] {
    const ofCase = ({ title, rules, base, bad, good }: Case): Candidate[] =>
        bad.onDisk || good.onDisk
            ? []
            : [
                  {
                      title,
                      rules,
                      bad: { ...base(), ...bad.files },
                      good: { ...base(), ...good.files },
                  },
              ];
    const cases = [...packJsonCases, ...listedFileCases, ...valuesCases, ...otherFileCases];
    return [
        ...cases.flatMap(ofCase),
        ...[...slips, ...moreSlips].map(({ title, rule, pack, files, folder }): Candidate => {
            const base = pack === "helm" ? helmPack() : manifestPack();
            return { title, rules: [rule], bad: { ...base, ...files }, good: base, folder };
        }),
        ...renderedSlips.map(({ title, rule, files }): Candidate => {
            const good = "charts/archive.tgz" in files ? renderablePack() : manifestPack();
            return { title, rules: [rule], bad: files, good, rendered: true };
        }),
    ];
}

/** How much there is to read; one that no text shows is the last choice. */
function size({ bad, good }: RuleExample): number {
    if (bad.length + good.length === 0) {
        return Infinity;
    }
    return [...bad, ...good].reduce((sum, { lines }) => sum + 3 + lines.join("\n").length / 40, 0);
}

async function exampleOf(
    { title, bad, good, folder, rendered }: Candidate,
    scratch: Scratch,
): Promise<RuleExample | undefined> {
    const [before, after] = [await textsOf(bad), await textsOf(good)];
    if (!before || !after) {
        return undefined;
    }
    const paths = [...new Set([...before.keys(), ...after.keys()])].filter(
        (path) => before.get(path)?.join("\n") !== after.get(path)?.join("\n"),
    );
    const path = await scratch.write(bad, folder);
    const [found] = await checkPack(path, rendered ? { rendering: { helm: helm() } } : {});
    const sides = paths.map((path) => hunks(path, before.get(path), after.get(path)));
    return {
        title,
        message: [found?.message, found?.help].filter(Boolean).join(" ").replaceAll(path, "pack"),
        bad: sides.map(([side]) => side).filter((side) => side !== undefined),
        good: sides.map(([, side]) => side).filter((side) => side !== undefined),
    };
}

/** The lines that differ, with two around them, of both sides. */
function hunks(path: string, bad: string[] | undefined, good: string[] | undefined) {
    const [a, b] = [bad ?? [], good ?? []];
    let start = 0;
    while (start < Math.min(a.length, b.length) && a[start] === b[start]) {
        start += 1;
    }
    let end = 0;
    while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) {
        end += 1;
    }
    const cut = (lines: string[]) =>
        lines
            .slice(Math.max(start - 2, 0), lines.length - Math.max(end - 2, 0))
            .map((line) => (line.length > 110 ? `${line.slice(0, 100)}…` : line));
    const side = (lines: string[] | undefined) =>
        lines === undefined ? undefined : { file: path, lines: cut(lines) };
    return [side(bad), side(good)] as const;
}

/** Undefined where a file is no text. */
async function textsOf(files: Files): Promise<Texts | undefined> {
    const texts: Texts = new Map();
    for (const [path, given] of Object.entries(files)) {
        if (given === undefined || path === "logo.png") {
            continue;
        }
        const content: Content = await given;
        if (Buffer.isBuffer(content)) {
            const inside = path.endsWith(".tgz") ? await textsOfArchive(content) : undefined;
            if (!inside) {
                return undefined;
            }
            for (const [name, lines] of inside) {
                texts.set(`${path}!${name}`, lines);
            }
        } else {
            const shown =
                typeof content === "string" ? content : JSON.stringify(content, undefined, 4);
            if (/[^\t\n\r\x20-\ufffc]/.test(shown)) {
                return undefined;
            }
            texts.set(path, shown.replace(/\n$/, "").split("\n"));
        }
    }
    return texts;
}

async function textsOfArchive(content: Buffer): Promise<Texts | undefined> {
    const texts: Texts = new Map();
    const tar = extract();
    try {
        const gunzip = createGunzip();
        gunzip.on("error", (error) => tar.destroy(error));
        gunzip.pipe(tar);
        gunzip.end(content);
        for await (const entry of tar) {
            const name = entry.header.name.replace(/^(\.\/)?[^/]+\//, "");
            texts.set(name, (await text(entry)).replace(/\n$/, "").split("\n"));
        }
        return texts;
    } catch {
        return undefined;
    }
}
