import { finding, type Finding } from "../../findings/finding";
import { isMapping, valueAt } from "../../format/sourceDocument";
import { imagesOf, type RenderedDocument } from "../../render/renderPack";
import type { PackContext } from "../context";

/** Compares the images that a pack runs with those that it lists for clusters without internet access. */
export function* imageFindings(
    { values, valuesRoot }: PackContext,
    documents: readonly RenderedDocument[],
): Iterable<Finding> {
    const list = valueAt(valuesRoot, ["pack", "content", "images"]);
    // An empty list has a finding of its own.
    if (!values || !Array.isArray(list) || list.length === 0) {
        return;
    }
    const listed = list.map((item: unknown) =>
        isMapping(item) && typeof item.image === "string" ? item.image : "",
    );
    // A list with another mistake says nothing yet.
    if (listed.includes("") || listed.some((image) => image.includes("{{"))) {
        return;
    }
    const known = new Set(listed.map(normalImage));
    // Configuration may name images, too, and in forms of its own.
    const objects = documents.filter(({ text }) => !/^kind: (ConfigMap|Secret)\b/m.test(text));
    const run = imagesOf(objects).filter((image) => !image.includes("{{"));
    const missing = run.filter((image) => !known.has(normalImage(image)));
    if (missing.length > 0) {
        const place = values.place(["pack", "content", "images"], "key");
        const message = `pack.content.images lacks ${count(missing.length)} that the pack runs: ${missing.join(", ")}.`;
        const help = `Add ${missing.map((image) => `- image: ${image}`).join(", ")}.`;
        const last = values.place(["pack", "content", "images", list.length - 1]).line ?? 1;
        const form = /^(\s*- )(image: ?)/.exec(values.text.split("\n")[last - 1] ?? "");
        const added = missing.map((image) => `${form?.[1]}image: ${image}\n`).join("");
        const fix = form ? { fix: { remove: "", insert: added, line: last + 1, column: 1 } } : {};
        yield finding("image-unlisted", place, message, { help, ...fix });
    }
    const text = documents.map((document) => document.text).join("\n");
    for (const [index, image] of listed.entries()) {
        // Operators are told of images by arguments and variables.
        if (run.some((other) => normalImage(other) === normalImage(image))) {
            continue;
        }
        if (text.includes(repositoryOf(image))) {
            continue;
        }
        const place = values.place(["pack", "content", "images", index, "image"]);
        const message = `Nothing that the pack installs names the image ${image}.`;
        const help = "Delete it, unless something starts it later.";
        yield finding("image-unused", place, message, { help });
    }
}

function count(images: number): string {
    return images === 1 ? "an image" : `${images} images`;
}

/** A reference with what container tools add: the host, `library` and the tag. */
function normalImage(image: string): string {
    const [name = "", digest] = image.split("@");
    const tagged = /:[^/]*$/.test(name) ? name : digest ? name : `${name}:latest`;
    const first = tagged.split("/")[0] as string;
    const hasHost = tagged.includes("/") && (/[.:]/.test(first) || first === "localhost");
    const path = hasHost ? tagged : `docker.io/${tagged}`;
    const full = path.replace(/^(?:index\.)?docker\.io\/(?!.*\/)/, "docker.io/library/");
    // The digest decides, and the tag beside it is for people.
    return digest ? `${full.replace(/:[^/]*$/, "")}@${digest}` : full;
}

function repositoryOf(image: string): string {
    const name = (image.split("@")[0] as string).replace(/:[^/]*$/, "");
    return name.slice(name.indexOf("/") + 1);
}
