import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { didYouMean } from "../../format/nearest";
import { asText, isMapping } from "../../format/sourceDocument";
import {
    ADDON_TYPES,
    CLOUDS,
    isEcrName,
    isPackName,
    isPackVersion,
    isSemver,
    LAYERS,
    otherCloudNames,
    otherLayerNames,
} from "../../format/schema";
import { annotationRules } from "./annotations";
import { absent, fields, isTextList, missing } from "./packJsonKeys";
import type { RuleCheck } from "./ruleCheck";

/** Rules on what pack.json says about itself; what it lists and constrains is in other files. */
export const packJsonRules: RuleCheck[] = [
    presence,
    fields,
    name,
    displayName,
    version,
    layer,
    addonType,
    cloudTypes,
    ...annotationRules,
    endOfLife,
];

/** The rule on where pack.json is. */
export const packJsonPresence: RuleCheck = presence;

/** The rules that decide whether a pack has an identity at all. */
export const identityRules: RuleCheck[] = [presence, name, displayName, version, layer];

const FILE = "pack.json";

function* presence({ source, files, json }: PackContext): Iterable<Finding> {
    if (!files.has(FILE)) {
        const nested = source.files.find(({ path }) => path.endsWith("/pack.json"))?.path;
        const other = source.files.find(({ path }) => path.toLowerCase() === FILE)?.path;
        const above = ["..", "../.."]
            .map((way) => join(source.path, way, FILE))
            .find((path) => source.kind === "folder" && existsSync(path));
        const message = "pack.json is missing at the top of the pack.";
        const help = other
            ? `Rename ${other} to pack.json.`
            : (nested ?? above)
              ? `There is one in ${nested ?? above}: name that folder instead.`
              : "Write one with at least name, displayName, version and layer.";
        yield finding("pack-json-missing", {}, message, { help });
    } else if (json && !isMapping(json.value)) {
        yield finding("pack-json-not-object", json.place([]), "pack.json must hold one object.");
    }
}

function* name(pack: PackContext): Iterable<Finding> {
    const { json, packJson } = pack;
    if (!json || !isMapping(json.value)) {
        return;
    }
    const value = packJson.name;
    if (typeof value !== "string" || value.trim() === "") {
        yield missing(pack, json, "name-missing", "name");
    } else if (!isPackName(value)) {
        const message = `name "${value}" cannot be a segment of an OCI repository path.`;
        const proposal = value
            .toLowerCase()
            .replace(/[^a-z0-9]+/g, "-")
            .replace(/^-+|-+$/g, "");
        const help = `Use lower-case letters, digits and single separators${proposal ? `, such as ${proposal}` : ""}.`;
        yield finding("name-invalid", json.place(["name"]), message, { help });
    } else if (!isEcrName(value)) {
        const message = `name "${value}" cannot be a segment of an ECR repository path, where separators stand alone.`;
        const proposal = value.replace(/[._-]*([._-])/g, "$1");
        const help = `Use ${proposal}, or publish the pack to other registries only.`;
        yield finding("name-not-portable", json.place(["name"]), message, { help });
    }
}

function* displayName(pack: PackContext): Iterable<Finding> {
    const { json, packJson } = pack;
    if (!json || !isMapping(json.value)) {
        return;
    }
    const value = packJson.displayName;
    if (typeof value !== "string" || value.trim() === "") {
        yield missing(pack, json, "display-name-missing", "displayName");
    }
}

function* version(pack: PackContext): Iterable<Finding> {
    const { json, packJson } = pack;
    if (!json || !isMapping(json.value)) {
        return;
    }
    const value = packJson.version;
    const place = json.place(["version"]);
    if (typeof value !== "string" || value.trim() === "") {
        yield missing(pack, json, "version-missing", "version");
    } else if (!isPackVersion(value)) {
        const message = `version "${value}" cannot be an OCI tag.`;
        const help = "Use letters, digits, points, hyphens and underscores, at most 128.";
        yield finding("version-not-a-tag", place, message, { help });
    } else if (/^v\d/i.test(value)) {
        const help = `Use ${value.slice(1)}.`;
        yield finding("version-leading-v", place, `version "${value}" begins with v.`, { help });
    } else if (!isSemver(value)) {
        const severity = /^\d+(\.\d+)+(-|$)/.test(value) ? "info" : "warning";
        const message = `version "${value}" is not strict semantic versioning.`;
        const help = "Prefer major.minor.patch, such as 1.0.0.";
        yield finding("version-not-semver", place, message, { help, severity });
    }
}

function* layer(pack: PackContext): Iterable<Finding> {
    const { json, packJson } = pack;
    if (!json || !isMapping(json.value)) {
        return;
    }
    const value = packJson.layer;
    if (value === undefined || value === "" || value === null) {
        const message = `layer is missing: ${LAYERS.join(", ")}.`;
        yield absent(pack, "layer-missing", "layer", message);
    } else if (!LAYERS.some((known) => known === value)) {
        const message = `layer ${JSON.stringify(value)} is not known.`;
        const help = didYouMean(asText(value), LAYERS, otherLayerNames);
        yield finding("layer-unknown", json.place(["layer"]), message, { help });
    }
}

function* addonType(pack: PackContext): Iterable<Finding> {
    const { json, packJson } = pack;
    if (!json) {
        return;
    }
    const value = packJson.addonType;
    const place = json.place(["addonType"]);
    const blank = value === undefined || (typeof value === "string" && value.trim() === "");
    if (packJson.layer === "addon" && blank) {
        const message =
            "A pack of the addon layer needs an addonType, so that Palette can file it.";
        const help = `Use one of ${ADDON_TYPES.join(", ")}.`;
        yield absent(pack, "addon-type-missing", "addonType", message, help);
    } else if (!blank && packJson.layer !== "addon" && LAYERS.some((l) => l === packJson.layer)) {
        const message = `addonType is ignored for the layer ${String(packJson.layer)}.`;
        yield finding("addon-type-ignored", place, message);
    } else if (typeof value === "string" && !blank && !ADDON_TYPES.includes(value)) {
        const help = didYouMean(value, ADDON_TYPES);
        yield finding("addon-type-unusual", place, `addonType "${value}" is unusual.`, { help });
    }
}

function* cloudTypes(pack: PackContext): Iterable<Finding> {
    const { json, packJson } = pack;
    if (!json || !isMapping(json.value)) {
        return;
    }
    const value = packJson.cloudTypes;
    const place = json.place(["cloudTypes"]);
    if (value === undefined || (Array.isArray(value) && value.length === 0)) {
        if (packJson.cloudType !== undefined) {
            return;
        }
        const help = 'Use ["all"] if it runs everywhere.';
        const message = "cloudTypes names no cloud.";
        yield absent(pack, "cloud-types-missing", "cloudTypes", message, help);
        return;
    }
    if (!isTextList(value)) {
        const help = 'Write ["all"], or a list such as ["aws", "eks"].';
        yield finding("cloud-types-type", place, "cloudTypes must be an array of strings.", {
            help,
        });
        return;
    }
    for (const [index, cloud] of value.entries()) {
        if (CLOUDS.includes(cloud)) {
            continue;
        }
        const message = `Cloud "${cloud}" is not a known one.`;
        const help = didYouMean(cloud, CLOUDS, otherCloudNames);
        yield finding("cloud-type-unknown", json.place(["cloudTypes", index]), message, { help });
    }
    if (value.every((cloud) => CLOUDS.includes(cloud) && cloud !== "all" && cloud !== "aws")) {
        const message = "cloudTypes has neither aws nor all: profiles for AWS refuse the pack.";
        const help = 'Add "aws" if the pack is for clusters on AWS.';
        yield finding("cloud-types-without-aws", place, message, { help });
    }
    if (value.includes("all") && value.length > 1) {
        yield finding("cloud-types-redundant", place, '"all" already covers the other clouds.');
    } else if (new Set(value).size < value.length) {
        yield finding("cloud-types-redundant", place, "cloudTypes names a cloud twice.");
    }
}

function* endOfLife({ json, packJson: { eol } }: PackContext): Iterable<Finding> {
    if (!json || typeof eol !== "string" || eol.trim() === "") {
        return;
    }
    const date = /^\d{4}-\d\d-\d\d$/.test(eol) ? new Date(`${eol}T00:00:00Z`) : undefined;
    if (date && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(eol)) {
        return;
    }
    const help = "Write the date as in 2028-04-30.";
    yield finding("eol-format", json.place(["eol"]), `eol "${eol}" is not a date.`, { help });
}
