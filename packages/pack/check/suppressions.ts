import type { PackContext } from "./context";
import { didYouMeanRule } from "./settings";
import { finding, type Finding } from "../findings/finding";
import { rules } from "../findings/ruleTable";

/** A comment that turns rules off, for the line below it, its own line or its whole file. */
interface Suppression {
    file: string;
    line: number;
    column: number;
    /** The line that it is about; none for the whole file. */
    target?: number;
    rules: string[];
    reason: string;
    used: Set<string>;
}

const DIRECTIVE =
    /(?:#|\/\*)[ \t]*palette-pack-disable-(next-line|line|file)\b([^\n]*?)(?=[ \t]*(?:\*\/|\r?$))/gm;

/**
 * Leaves out the findings that comments in the pack's YAML files and templates turn off, such as
 * `# palette-pack-disable-next-line image-latest -- the registry has one tag only`, and adds what is wrong with the
 * comments.
 *
 * @param rendered Whether charts and manifests were rendered: without, some rules have nothing to say.
 */
export function applySuppressions(
    context: PackContext,
    findings: readonly Finding[],
    rendered: boolean,
): Finding[] {
    const { values, presets, schema, manifests } = context;
    const texts = new Map<string, string | undefined>([
        ...[values, presets, schema].flatMap((document): [string, string][] =>
            document ? [[document.file, document.text]] : [],
        ),
        ...manifests.map(({ path, text }): [string, string | undefined] => [path, text]),
    ]);
    const suppressions = [...texts].flatMap(([file, text]) => suppressionsIn(file, text ?? ""));
    if (suppressions.length === 0) {
        return [...findings];
    }
    const left = findings.filter((found) => {
        const suppression = suppressions.find((candidate) => covers(candidate, found));
        suppression?.used.add(found.rule);
        return suppression === undefined;
    });
    return [...left, ...suppressions.flatMap((suppression) => [...faults(suppression, rendered)])];
}

function covers({ file, target, rules: named }: Suppression, found: Finding): boolean {
    return (
        found.file === file &&
        (target === undefined || target === found.line) &&
        named.includes(found.rule)
    );
}

function suppressionsIn(file: string, text: string): Suppression[] {
    if (!text.includes("palette-pack-disable-")) {
        return [];
    }
    const lines = text.split("\n");
    return lines.flatMap((content, index) =>
        [...content.matchAll(DIRECTIVE)].map(([, kind, rest = ""], position) => {
            const [named = "", ...reason] = rest.split(/(?:^|\s)--(?:\s|$)/);
            const line = index + 1;
            let below = line + 1;
            while (/palette-pack-disable-next-line/.test(lines[below - 1] ?? "")) {
                below += 1;
            }
            const target = kind === "line" ? line : kind === "next-line" ? below : undefined;
            return {
                file,
                line,
                column: content.search(/palette-pack-disable-/) + 1 + position,
                ...(target === undefined ? {} : { target }),
                rules: named.split(/[\s,]+/).filter((rule) => rule !== ""),
                reason: reason.join(" ").trim(),
                used: new Set<string>(),
            };
        }),
    );
}

/** Rules that only a check with Helm can break. */
const OF_RENDERING = /^(render-|preset-render-|object-|image-unlisted|image-unused)/;

function* faults(
    { file, line, column, rules: named, reason, used }: Suppression,
    rendered: boolean,
): Iterable<Finding> {
    const place = { file, line, column };
    if (named.length === 0) {
        const help = "Name the rules, then -- and the reason.";
        yield finding("suppression-invalid", place, "The comment turns off no rule.", { help });
        return;
    }
    for (const rule of named) {
        if (!Object.hasOwn(rules, rule)) {
            const message = `The comment turns off ${rule}, which is no rule.`;
            yield finding("suppression-invalid", place, message, { help: didYouMeanRule(rule) });
        } else if (!used.has(rule) && (rendered || !OF_RENDERING.test(rule))) {
            const message = `The comment turns off ${rule}, which has nothing to say here.`;
            yield finding("suppression-unused", place, message, { help: "Delete it." });
        }
    }
    if (reason !== "") {
        return;
    }
    const message = `The comment does not say why it turns off ${named.join(" and ")}.`;
    const help = "Write -- and the reason behind the rules.";
    yield finding("suppression-invalid", place, message, { help });
}
