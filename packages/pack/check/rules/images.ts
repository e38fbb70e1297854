import { NAMES_IMAGE } from "../../format/chart";
import type { PackContext } from "../context";
import { finding, type Finding, type Fix } from "../../findings/finding";
import { isMisspelt } from "../../format/nearest";
import { isMapping, valueAt } from "../../format/sourceDocument";
import { CONTENT_KEYS, PACK_KEYS } from "../knownKeys";
import type { PositionedYaml } from "../../format/yaml";
import { deploys, packSection } from "./values";
import type { RuleCheck } from "./ruleCheck";

/** Rules on the images that values.yaml lists for air-gapped clusters. */
export const imageRules: RuleCheck[] = [images, imageList];

function* images(pack: PackContext): Iterable<Finding> {
    const { values } = pack;
    if (!values) {
        return;
    }
    const content = packSection(pack).content;
    const list = isMapping(content) ? content.images : undefined;
    const place = values.place(["pack", "content", "images"]);
    const isEmpty = Array.isArray(list) && list.length === 0;
    if (list === undefined || list === null || isEmpty) {
        if (!deploys(pack) || (isEmpty && hasNoImages(pack))) {
            return;
        }
        if (isMisspelt(packSection(pack), "content", PACK_KEYS)) {
            return;
        }
        // What stands in the wrong place is reported there.
        if (Object.hasOwn(packSection(pack), "images")) {
            return;
        }
        if (["content", "images"].some((key) => Object.hasOwn(pack.valuesRoot, key))) {
            return;
        }
        if (isMapping(content) && isMisspelt(content, "images", CONTENT_KEYS)) {
            return;
        }
        const message =
            "pack.content.images names no image, so air-gapped builds cannot find them.";
        const help = "List every image of the pack as - image: registry/name:tag.";
        yield finding("images-missing", place, message, { help });
        return;
    }
    if (!Array.isArray(list)) {
        const help = "Write one line for each image: - image: registry/name:tag";
        yield finding("image-entry-shape", place, "pack.content.images must be a list.", { help });
        return;
    }
    for (const [index, item] of list.entries()) {
        yield* image(values, index, item);
    }
}

/** Whether nothing that the pack installs names an image; not so where some of it is unknown. */
function hasNoImages({ charts, manifests }: PackContext): boolean {
    return (
        charts.every(({ chart }) => chart?.hasImages === false) &&
        manifests.every(({ text }) => text !== undefined && !NAMES_IMAGE.test(text))
    );
}

function* image(values: PositionedYaml, index: number, item: unknown): Iterable<Finding> {
    const path = ["pack", "content", "images", index];
    const reference = isMapping(item) ? item.image : undefined;
    if (typeof reference !== "string" || reference === "") {
        const message = `pack.content.images[${index}] has no image.`;
        const bare = typeof item === "string" ? item : isMapping(item) && Object.values(item)[0];
        const shown = typeof bare === "string" ? bare : "registry/name:tag";
        const help = `Write - image: ${shown}`;
        const fix =
            typeof item === "string" ? { fix: { remove: item, insert: `image: ${item}` } } : {};
        yield finding("image-entry-shape", values.place(path), message, { help, ...fix });
        return;
    }
    if (/\{\{[^{}]*\.spectro\./.test(reference)) {
        return;
    }
    const place = values.place([...path, "image"]);
    const match = imageReference.exec(reference);
    if (!match) {
        const message = `${JSON.stringify(reference)} is not an image reference.`;
        const severity = reference.includes("{{") ? { severity: "warning" as const } : {};
        const details = { ...referenceHelp(reference), ...severity };
        yield finding("image-reference-invalid", place, message, details);
    } else if (match.groups?.tag === undefined && match.groups?.digest === undefined) {
        const help = `Write ${reference}:<tag>, or a digest.`;
        yield finding("image-untagged", place, `Image ${reference} has no tag.`, { help });
    } else if (match.groups?.tag === "latest" && match.groups?.digest === undefined) {
        const message = `Image ${reference} is not pinned.`;
        yield finding("image-latest", place, message, { help: "Use a version or a digest." });
    }
}

/** What is wrong with an image reference, of the slips that are known. */
function referenceHelp(reference: string): { help?: string; fix?: Fix } {
    const scheme = /^[a-z]+:\/\//.exec(reference)?.[0];
    if (scheme) {
        return { help: `Leave ${scheme} out.`, fix: { remove: scheme, insert: "" } };
    }
    if (reference.includes("{{")) {
        return { help: "Nothing is rendered here but Palette's macros: write the image out." };
    }
    if (/\s/.test(reference)) {
        return { help: "Delete the space." };
    }
    if (/[:@]$/.test(reference)) {
        return { help: "Write the tag behind it." };
    }
    if (/:sha256:|@[\da-f]{64}$/.test(reference)) {
        return { help: "A digest is written as name@sha256:<64 digits>." };
    }
    const path = reference.replace(/[:@][^/]*$/, "").replace(/^[^/]*[.:][^/]*\//, "");
    if (/[A-Z]/.test(path)) {
        return { help: "Write the name in lower case." };
    }
    return { help: "Write registry/name:tag." };
}

/** Image reference grammar of the container tools: optional host with port, path, tag, digest. */
const imageReference = (() => {
    const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
    const host =
        "(?:[A-Za-z0-9][A-Za-z0-9.-]*[.:][A-Za-z0-9.-]*[A-Za-z0-9](?::\\d+)?|localhost(?::\\d+)?)";
    const tag = "(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?";
    const digest = "(?:@(?<digest>sha256:[0-9a-f]{32,}|sha512:[0-9a-f]{128}))?";
    return new RegExp(`^(?:${host}/)?${component}(?:/${component})*${tag}${digest}$`);
})();

function* imageList({ values, valuesRoot }: PackContext): Iterable<Finding> {
    const list = valueAt(valuesRoot, ["pack", "content", "images"]);
    if (!values || !Array.isArray(list)) {
        return;
    }
    const first = new Map<string, number>();
    for (const [index, item] of list.entries()) {
        const image: unknown = isMapping(item) ? item.image : undefined;
        if (typeof image !== "string") {
            continue;
        }
        const place = values.place(["pack", "content", "images", index, "image"]);
        const digest = /@sha256:([0-9a-fA-F]*)$/.exec(image)?.[1];
        if (digest !== undefined && digest.length >= 32 && digest.length !== 64) {
            const message = `The digest of ${image} has ${digest.length} characters instead of 64.`;
            yield finding("image-reference-invalid", place, message, {
                help: "Copy the digest as a whole.",
            });
        }
        const line = first.get(image);
        if (line === undefined) {
            first.set(image, place.line ?? 1);
        } else {
            const message = `Image ${image} is listed twice (lines ${line} and ${place.line}).`;
            const own = values.text.split("\n")[(place.line ?? 1) - 1] ?? "";
            // A line that says more is the author's to decide on.
            const fix =
                own.replace(/["']/g, "").trim() === `- image: ${image}`
                    ? { fix: { remove: `${own}\n`, insert: "", column: 1 } }
                    : {};
            yield finding("image-duplicate", place, message, { help: "Delete one.", ...fix });
        }
    }
}
