import { namesImage } from "../../format/chart";
import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { asText, isMapping, valueAt } from "../../format/positioned";
import { isMisspelt } from "../../format/nearest";
import { contentKeys, packKeys } from "../knownKeys";
import type { PositionedYaml } from "../../format/yaml";
import { installPriority } from "./packJson";
import type { RuleCheck } from "./ruleCheck";

/** Rules on values.yaml as a file and on its `pack` section. */
export const valuesRules: RuleCheck[] = [
    presence,
    root,
    namespace,
    namespaceLabels,
    priority,
    images,
    releaseNames,
];

/** The rule without which a pack cannot be read. */
export const valuesPresence: RuleCheck = presence;

/** Longest name that Helm accepts for a release. */
export const maximumReleaseName = 53;

const file = "values.yaml";

function* presence({ source, files }: PackContext): Iterable<Finding> {
    if (files.has(file)) return;
    const other = source.files.find(({ path }) => /^values\.ya?ml$/i.test(path))?.path;
    const help = other ? `Rename ${other} to values.yaml.` : "Add one; it may be empty.";
    yield finding("values-missing", {}, "values.yaml is missing at the top of the pack.", { help });
}

function* root({ values }: PackContext): Iterable<Finding> {
    if (!values || values.value === null || isMapping(values.value)) return;
    yield finding("values-syntax", values.place([]), "values.yaml must hold a mapping.");
}

function packSection({ values, valuesRoot }: PackContext): Record<string, unknown> {
    return values && isMapping(valuesRoot.pack) ? valuesRoot.pack : {};
}

/**
 * Whether a pack installs something of its own, as opposed to an operating system or Kubernetes
 * layer.
 */
function deploys({ charts, manifests }: PackContext): boolean {
    return charts.length + manifests.length > 0;
}

function* namespace(pack: PackContext): Iterable<Finding> {
    if (!pack.values) return;
    const value = packSection(pack).namespace;
    const place = pack.values.place(["pack", "namespace"]);
    if (value === undefined || value === null || value === "") {
        if (!deploys(pack) || isMisspelt(packSection(pack), "namespace", packKeys)) return;
        const message = "pack.namespace is not set: Palette installs into the namespace default.";
        yield finding("namespace-missing", place, message);
        return;
    }
    if (hasTemplate(value)) return;
    if (typeof value !== "string" || !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value)) {
        const message = `pack.namespace ${JSON.stringify(value)} is not a valid namespace.`;
        const help =
            "Use at most 63 lower-case letters, digits and hyphens, no hyphen at the ends.";
        yield finding("namespace-invalid", place, message, { help });
    } else if (value === "default" || value.startsWith("kube-")) {
        const message = `Removing the pack deletes everything in the namespace ${value}.`;
        yield finding("namespace-shared", place, message, {
            help: "Give it a namespace of its own.",
        });
    }
}

function hasTemplate(value: unknown): boolean {
    return typeof value === "string" && value.includes("{{");
}

function* namespaceLabels(pack: PackContext): Iterable<Finding> {
    if (!pack.values) return;
    const section = packSection(pack);
    for (const key of ["namespaceLabels", "namespaceAnnotations"]) {
        const block = section[key];
        if (block === undefined || block === null) continue;
        const help = 'Write one string per namespace: my-namespace: "a=b,c=d".';
        if (!isMapping(block)) {
            const message = `pack.${key} must map namespaces to strings.`;
            const place = pack.values.place(["pack", key]);
            yield finding("namespace-labels-shape", place, message, { help });
            continue;
        }
        for (const [name, labels] of Object.entries(block)) {
            if (typeof labels === "string" || labels === null) continue;
            const message = `pack.${key}.${name} must be one string.`;
            const place = pack.values.place(["pack", key, name]);
            yield finding("namespace-labels-shape", place, message, { help });
        }
    }
}

function* priority(pack: PackContext): Iterable<Finding> {
    const { json, packJson, values, valuesRoot } = pack;
    const help = 'Write "10" in values.yaml under pack.';
    const misplaced = `${installPriority} has no effect here.`;
    for (const path of [[installPriority], ["annotations", installPriority]]) {
        if (!json || valueAt(packJson, path) === undefined) continue;
        const place = json.place(path, "key");
        yield finding("install-priority-misplaced", place, misplaced, { help });
    }
    if (!values) return;
    if (Object.hasOwn(valuesRoot, installPriority)) {
        const place = values.place([installPriority], "key");
        yield finding("install-priority-misplaced", place, misplaced, { help });
    }
    const value = packSection(pack)[installPriority];
    if (value === undefined || value === null || hasTemplate(value)) return;
    const place = values.place(["pack", installPriority]);
    if (typeof value === "number" && Number.isInteger(value)) {
        const message = "The install priority is not quoted.";
        yield finding("install-priority-unquoted", place, message, {
            help: `Write "${value}".`,
            fix: { remove: String(value), insert: `"${value}"` },
        });
    } else if (typeof value !== "string" || !/^[+-]?\d+$/.test(value.trim())) {
        const message = `The install priority ${JSON.stringify(value)} is not an integer.`;
        yield finding("install-priority-not-integer", place, message, { help });
    }
}

function* images(pack: PackContext): Iterable<Finding> {
    const { values } = pack;
    if (!values) return;
    const content = packSection(pack).content;
    const list = isMapping(content) ? content.images : undefined;
    const place = values.place(["pack", "content", "images"]);
    const isEmpty = Array.isArray(list) && list.length === 0;
    if (list === undefined || list === null || isEmpty) {
        if (!deploys(pack) || (isEmpty && hasNoImages(pack))) return;
        if (isMisspelt(packSection(pack), "content", packKeys)) return;
        if (isMapping(content) && isMisspelt(content, "images", contentKeys)) return;
        const message =
            "pack.content.images names no image, so air-gapped builds cannot find them.";
        const help = "List every image of the pack as - image: registry/name:tag.";
        yield finding("images-missing", place, message, { help });
        return;
    }
    if (!Array.isArray(list)) {
        yield finding("image-entry-shape", place, "pack.content.images must be a list.");
        return;
    }
    for (const [index, item] of list.entries()) yield* image(values, index, item);
}

/** Whether nothing that the pack installs names an image; not so where some of it is unknown. */
function hasNoImages({ charts, manifests }: PackContext): boolean {
    return (
        charts.every(({ chart }) => chart?.hasImages === false) &&
        manifests.every(({ text }) => text !== undefined && !namesImage.test(text))
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
    if (hasTemplate(reference)) return;
    const place = values.place([...path, "image"]);
    const match = imageReference.exec(reference);
    if (!match) {
        const message = `${JSON.stringify(reference)} is not an image reference.`;
        yield finding("image-reference-invalid", place, message);
    } else if (match.groups?.tag === undefined && match.groups?.digest === undefined) {
        const help = `Write ${reference}:<tag>, or a digest.`;
        yield finding("image-untagged", place, `Image ${reference} has no tag.`, { help });
    } else if (match.groups?.tag === "latest" && match.groups?.digest === undefined) {
        const message = `Image ${reference} is not pinned.`;
        yield finding("image-latest", place, message, { help: "Use a version or a digest." });
    }
}

/** Image reference grammar of the container tools: optional host with port, path, tag, digest. */
const imageReference = (() => {
    const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
    const host =
        "(?:[A-Za-z0-9][A-Za-z0-9.-]*[.:][A-Za-z0-9.-]*[A-Za-z0-9](?::\\d+)?|localhost(?::\\d+)?)";
    const tag = "(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?";
    const digest = "(?:@(?<digest>[A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,}))?";
    return new RegExp(`^(?:${host}/)?${component}(?:/${component})*${tag}${digest}$`);
})();

function* releaseNames(pack: PackContext): Iterable<Finding> {
    const { json, values, charts, packJson } = pack;
    const overrides = packSection(pack).releaseNameOverride;
    const names = charts.flatMap(({ chart }) => (chart ? [chart.name] : []));
    const known = isMapping(json?.value) && names.length === charts.length;
    if (values && isMapping(overrides) && known) {
        for (const name of Object.keys(overrides)) {
            if (names.includes(name)) continue;
            const message = `releaseNameOverride names ${name}, which is no chart of the pack.`;
            const place = values.place(["pack", "releaseNameOverride", name], "key");
            const help = names.length ? { help: `The charts are ${names.join(", ")}.` } : {};
            yield finding("release-name-unknown-chart", place, message, help);
        }
    }
    for (const { chart, place } of charts) {
        if (!chart) continue;
        const override = isMapping(overrides) ? overrides[chart.name] : undefined;
        if (hasTemplate(override)) continue;
        const own = typeof override === "string" && override !== "";
        const release = own ? override : `${asText(packJson.name)}-${chart.name}`;
        if (release.length <= maximumReleaseName) continue;
        const message =
            `The release name ${release} has ${release.length} characters; ` +
            `Helm allows ${maximumReleaseName}.`;
        const help = `Set pack.releaseNameOverride.${chart.name} in values.yaml.`;
        const where =
            own && values ? values.place(["pack", "releaseNameOverride", chart.name]) : place;
        yield finding("release-name-too-long", where, message, { help });
    }
}
