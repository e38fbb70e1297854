import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { isMisspelt, nearest } from "../../format/nearest";
import { isMapping } from "../../format/sourceDocument";
import { ROOT_KEYS } from "../knownKeys";
import type { RuleCheck } from "./ruleCheck";

/** Rules on whether values reach the manifests that they are meant for. */
export const manifestBlockRules: RuleCheck[] = [valueBlocks];

/** Whether the values of a manifest seem to be there under a name that is told to be wrong. */
export function areElsewhere({ valuesRoot, manifests, charts }: PackContext, key: string): boolean {
    const { manifests: blocks, charts: chartBlocks } = valuesRoot;
    if (isMisspelt(valuesRoot, "manifests", ROOT_KEYS) || Object.hasOwn(valuesRoot, key)) {
        return true;
    }
    if (isMapping(chartBlocks) && Object.hasOwn(chartBlocks, key) && charts.length === 0) {
        return true;
    }
    if (Object.keys(valuesRoot).some((one) => one.startsWith("manifests."))) {
        return true;
    }
    if (blocks === undefined || blocks === null) {
        return false;
    }
    const known = manifests.map((one) => one.key);
    return !isMapping(blocks) || Object.keys(blocks).some((one) => !known.includes(one));
}

function* valueBlocks({ values, valuesRoot, manifests, charts }: PackContext): Iterable<Finding> {
    const blocks = valuesRoot.manifests;
    if (!values || blocks === undefined || blocks === null) {
        return;
    }
    if (!isMapping(blocks)) {
        const help = "Write manifests: and below it one block per manifest.";
        const message = "manifests must be a mapping.";
        yield finding("manifest-values-unmatched", values.place(["manifests"]), message, { help });
        return;
    }
    const known = manifests.map(({ key }) => key);
    // A folder, a pattern or a wrong letter case is reported where it is listed, and hides the names of manifests.
    if (manifests.some(({ file }) => !file)) {
        return;
    }
    for (const [key, block] of Object.entries(blocks)) {
        const isChart = charts.some(({ chart }) => chart?.name === key);
        if (known.includes(key) || (known.length === 0 && !isChart)) {
            continue;
        }
        const base = key.replace(/^.*\//, "").replace(/\.ya?ml$/, "");
        const near = known.includes(base) ? base : nearest(key, known);
        const message = `manifests.${key} is ignored: the pack lists no manifest of that name.`;
        const help = near
            ? `Rename the key to ${near}.`
            : isChart
              ? `Move it to charts.${key}.`
              : known.length === 1 && !isMapping(block)
                ? `Indent it under manifests.${known[0]}.`
                : `The manifests are ${known.join(", ")}.`;
        const place = values.place(["manifests", key], "key");
        yield finding("manifest-values-unmatched", place, message, { help });
    }
}
