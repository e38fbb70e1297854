import type { PackContext } from "../context";
import { finding, type Finding, type Fix } from "../../findings/finding";
import { misspeltKeys } from "../../format/nearest";
import { isMapping, type Path, type SourceDocument } from "../../format/sourceDocument";
import { KNOWN_ANNOTATIONS } from "../../format/schema";
import type { RuleCheck } from "./ruleCheck";

/** Rules on the annotations of pack.json. */
export const annotationRules: RuleCheck[] = [annotations];

/** The quotes that a number or a boolean lacks, around it as it is written. */
export function inQuotes(json: SourceDocument, path: Path): { help?: string; fix?: Fix } {
    const { line = 1, column = 1 } = json.place(path);
    const rest = (json.text.split("\n")[line - 1] ?? "").slice(column - 1);
    const written = /^(true|false|-?\d[\w.+-]*)/.exec(rest)?.[0];
    if (written === undefined) {
        return {};
    }
    const insert = `"${written}"`;
    return { help: `Write ${insert} in quotes.`, fix: { remove: written, insert } };
}

function* annotations({ json, packJson }: PackContext): Iterable<Finding> {
    if (!json || packJson.annotations === undefined) {
        return;
    }
    const value = packJson.annotations;
    if (!isMapping(value)) {
        const message = "annotations must be an object that maps strings to strings.";
        yield finding("annotations-invalid", json.place(["annotations"]), message);
        return;
    }
    for (const { key, meant } of misspeltKeys(value, KNOWN_ANNOTATIONS)) {
        // Others are free, and short words are near to each other.
        const isLonger = Math.abs(key.length - meant.length) > 1;
        if (isLonger || key[0]?.toLowerCase() !== meant[0]) {
            continue;
        }
        const message = `Annotation ${key} is not known: it is ${meant} in Palette's packs.`;
        const place = json.place(["annotations", key], "key");
        yield finding("key-misspelt", place, message, {
            help: `Rename it to ${meant}.`,
            fix: { remove: key, insert: meant },
        });
    }
    for (const [key, annotation] of Object.entries(value)) {
        if (typeof annotation === "string") {
            continue;
        }
        const path = ["annotations", key];
        const message = `Annotation ${key} must be a string.`;
        yield finding("annotations-invalid", json.place(path), message, inQuotes(json, path));
    }
}
