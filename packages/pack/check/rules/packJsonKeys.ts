import { fileListKeys, type PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import type { RuleId } from "../../findings/ruleTable";
import { nearest } from "../../format/nearest";
import { otherFieldNames, packJsonFields } from "../../format/schema";
import type { SourceDocument } from "../../format/sourceDocument";
import { inQuotes } from "./annotations";

/** The rule on the names of the keys of pack.json, and on the types of their values. */
export function* fields({ json, packJson }: PackContext): Iterable<Finding> {
    if (!json) {
        return;
    }
    for (const [key, value] of Object.entries(packJson)) {
        const meant = misspeltListKey(key, packJson);
        if (meant) {
            const message = `Key ${key} is unknown: the field is ${meant}.`;
            const fix = { remove: key, insert: meant };
            yield finding("pack-json-misspelt-key", json.place([key], "key"), message, { fix });
        } else if (key === INSTALL_PRIORITY) {
            // values.ts says where it belongs.
        } else if (!Object.hasOwn(packJsonFields, key)) {
            const near = meantField(key);
            // The field that is missing for it is reported.
            if (near && OWN_MISSING.includes(near) && !Object.hasOwn(packJson, near)) {
                continue;
            }
            const help = near
                ? `Did you mean ${near}?`
                : /^(dependencies|resources)$/.test(key)
                  ? "Move it into constraints."
                  : "Palette ignores it; delete it.";
            const message = `Key ${key} is not a field of pack.json.`;
            yield finding("pack-json-unknown-key", json.place([key], "key"), message, { help });
        } else if (packJsonFields[key] === "text" && typeof value !== "string") {
            const message = `${key} must be a string.`;
            yield finding("pack-json-type", json.place([key]), message);
        } else if (packJsonFields[key] === "texts" && !isTextList(value)) {
            const message = `${key} must be an array of strings.`;
            yield finding("pack-json-type", json.place([key]), message);
        }
    }
}

/** Key of the install priority, which belongs into values.yaml. */
export const INSTALL_PRIORITY = "spectrocloud.com/install-priority";

function misspeltListKey(
    key: string,
    packJson: Readonly<Record<string, unknown>>,
): string | undefined {
    for (const [field, spellings] of Object.entries(fileListKeys)) {
        if (key !== field && (spellings as readonly string[]).includes(key)) {
            return field;
        }
    }
    if (Object.hasOwn(packJsonFields, key)) {
        return undefined;
    }
    const near = nearest(key, Object.keys(packJsonFields));
    return near !== undefined && Object.hasOwn(fileListKeys, near) && !Object.hasOwn(packJson, near)
        ? near
        : undefined;
}

/** The field that a key of another name means. */
function meantField(key: string): string | undefined {
    return otherFieldNames.get(key) ?? nearest(key, Object.keys(packJsonFields));
}

/** Fields of which a rule of its own tells that they are missing. */
const OWN_MISSING = ["name", "displayName", "version", "layer", "addonType", "cloudTypes"];

/** A field that is not there, possibly because its key has another name. */
export function absent(
    { json, packJson }: PackContext,
    rule: RuleId,
    field: string,
    message: string,
    help?: string,
): Finding {
    const key = Object.keys(packJson).find(
        (one) => !Object.hasOwn(packJsonFields, one) && meantField(one) === field,
    );
    if (!json || key === undefined || Object.hasOwn(packJson, field)) {
        return finding(rule, json?.place([field]) ?? {}, message, help ? { help } : {});
    }
    return finding(rule, json.place([key], "key"), `${field} is missing: ${key} is no field.`, {
        help: `Rename it to ${field}.`,
        fix: { remove: key, insert: field },
    });
}

/** A text that is not there, is empty, or is none. */
export function missing(
    pack: PackContext,
    json: SourceDocument,
    rule: RuleId,
    field: "name" | "displayName" | "version",
): Finding {
    const value = pack.packJson[field];
    const place = json.place([field]);
    if (value === undefined) {
        return absent(pack, rule, field, `${field} is missing.`);
    }
    if (typeof value === "string") {
        return finding(rule, place, `${field} is empty.`);
    }
    return finding(rule, place, `${field} must be a string.`, inQuotes(json, [field]));
}

/** Whether a value is an array of strings. */
export function isTextList(value: unknown): value is string[] {
    return Array.isArray(value) && value.every((item) => typeof item === "string");
}
