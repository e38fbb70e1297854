import type { RuleId } from "../../../packages/pack/findings/ruleTable";
import { helmPack, manifestPack, packJson, packSection, type Files } from "../packFolder";

/**
 * A change of a good pack: files to add or replace, `undefined` to remove one; or anything done to
 * the folder.
 */
export interface Change {
    files?: Files;
    onDisk?: (folder: string) => void;
}

/** A broken pack, the closest good one, and what the broken one is told. */
export interface Case {
    title: string;
    /** What a check reports, and nothing else. */
    rules: RuleId[];
    base: () => Files;
    bad: Change;
    /** The closest good pack; it has no finding, or only those in `goodRules`. */
    good: Change;
    goodRules?: RuleId[];
}

export const base = { ...packJson, kubeManifests: ["manifests/demo.yaml"] };
export const helmBase = { ...packJson, charts: ["charts/archive.tgz"] };

/** A case of a manifest-based pack whose pack.json differs. */
export function json(
    title: string,
    rules: RuleId[],
    bad: object,
    good: object,
    goodRules?: RuleId[],
): Case {
    return {
        title,
        rules,
        base: manifestPack,
        bad: { files: { "pack.json": clean({ ...base, ...bad }) } },
        good: { files: { "pack.json": clean({ ...base, ...good }) } },
        ...(goodRules ? { goodRules } : {}),
    };
}

function clean(object: object): object {
    return JSON.parse(JSON.stringify(object)) as object;
}

/** A case of a manifest-based pack, with other files. */
export function files(
    title: string,
    rules: RuleId[],
    bad: Change["files"],
    good: Change["files"],
    goodRules?: RuleId[],
): Case {
    const optional = goodRules ? { goodRules } : {};
    return {
        title,
        rules,
        base: manifestPack,
        bad: bad ? { files: bad } : {},
        good: good ? { files: good } : {},
        ...optional,
    };
}

/** A case of a manifest-based pack whose values.yaml differs; the manifest's block is added. */
export function values(
    title: string,
    rules: RuleId[],
    bad: string,
    good: string,
    goodRules?: RuleId[],
): Case {
    const block = "manifests:\n  demo:\n    tag: 1.0.0\n";
    const change = (text: string) => ({ "values.yaml": text + block });
    return files(title, rules, change(bad), change(good), goodRules);
}

/** A case of a Helm-based pack. */
export function helm(
    title: string,
    rules: RuleId[],
    bad: Change["files"],
    good: Change["files"],
    goodRules?: RuleId[],
): Case {
    return { ...files(title, rules, bad, good, goodRules), base: helmPack };
}

export const section = (lines: string) => packSection + lines.replace(/^/gm, "  ").trimEnd() + "\n";
export const charts = (block: string) => ({ "values.yaml": `${packSection}${block}` });
export const nothing: Change["files"] = {};
