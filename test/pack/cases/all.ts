import { join } from "node:path";
import { checkPack } from "../../../packages/pack/check/checkPack";
import type { Finding } from "../../../packages/pack/findings/finding";
import type { RuleId } from "../../../packages/pack/findings/ruleTable";
import type { ArchiveLimits } from "../../../packages/pack/format/tarReader";
import { manifestPack, type Files, type Scratch } from "../packFolder";
import { archiveCases } from "./archives";
import type { Change } from "./case";
import { listedFileCases } from "./listedFiles";
import { otherFileCases } from "./otherFiles";
import { packJsonCases } from "./packJson";
import { valuesCases } from "./values";

/** A mistake and the closest pack without it, ready to be checked. */
export interface Mistake {
    title: string;
    /** What is told about it, sorted, and nothing else. */
    rules: RuleId[];
    /** What is told about the good one. */
    goodRules: RuleId[];
    bad: () => Promise<Finding[]>;
    good: () => Promise<Finding[]>;
    /** Path of the bad one, which is written there; none where a check with defaults finds nothing. */
    write?: () => Promise<string>;
}

/** Every mistake that a test makes, written into a folder when its turn comes. */
export function allMistakes(scratch: Scratch): Mistake[] {
    return [...ofPath(scratch), ...ofFolders(scratch), ...ofArchives(scratch)];
}

function ofPath(scratch: Scratch): Mistake[] {
    const good = async () => checkPack(await scratch.write(manifestPack()));
    const mistake = (title: string, write: () => Promise<string>): Mistake => ({
        title,
        rules: ["pack-not-found"],
        goodRules: [],
        bad: async () => checkPack(await write()),
        good,
        write,
    });
    return [
        mistake("folder that is not there", async () => join(scratch.path, "nowhere")),
        mistake("file that is no archive", async () => scratch.file("notes.txt", "hello")),
    ];
}

function ofFolders(scratch: Scratch): Mistake[] {
    const apply = async (base: Files, change: Change): Promise<string> => {
        const folder = await scratch.write({ ...base, ...change.files });
        change.onDisk?.(folder);
        return folder;
    };
    return [...packJsonCases, ...listedFileCases, ...valuesCases, ...otherFileCases].map(
        ({ title, rules, base, bad, good, goodRules = [] }) => ({
            title,
            rules,
            goodRules,
            bad: async () => checkPack(await apply(base(), bad)),
            good: async () => checkPack(await apply(base(), good)),
            write: () => apply(base(), bad),
        }),
    );
}

function ofArchives(scratch: Scratch): Mistake[] {
    return archiveCases.map(({ title, rules, name = "demo-1.0.0.tar.gz", bad, good, limits }) => {
        const folder = title.replace(/\W+/g, "-");
        const check = (path: string, caps: ArchiveLimits | undefined) =>
            checkPack(path, caps ? { limits: caps } : {});
        const write = async () => scratch.file(`archives/${folder}/${name}`, await bad());
        return {
            title: `archive: ${title}`,
            rules,
            goodRules: [],
            bad: async () => check(await write(), limits),
            good: async () => {
                const path = `good/${folder}/demo-1.0.0.tar.gz`;
                return check(scratch.file(path, await good()), limits);
            },
            ...(limits ? {} : { write }),
        };
    });
}
