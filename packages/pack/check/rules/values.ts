import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { asText, isMapping, valueAt } from "../../format/sourceDocument";
import { isMisspelt } from "../../format/nearest";
import { otherPackKeys, PACK_KEYS } from "../knownKeys";
import { INSTALL_PRIORITY } from "./packJsonKeys";
import type { RuleCheck } from "./ruleCheck";

/** Rules on values.yaml as a file and on its `pack` section. */
export const valuesRules: RuleCheck[] = [
    presence,
    namespace,
    namespaceLabels,
    priority,
    releaseNames,
];

/** The rule without which a pack cannot be read. */
export const valuesPresence: RuleCheck = presence;

/** Longest name that Helm accepts for a release. */
export const MAXIMUM_RELEASE_NAME = 53;

const FILE = "values.yaml";

/** The `pack` section of values.yaml; empty where there is none. */
export function packSection({ values, valuesRoot }: PackContext): Record<string, unknown> {
    return values && isMapping(valuesRoot.pack) ? valuesRoot.pack : {};
}

/**
 * Whether a pack installs something of its own, as opposed to an operating system or Kubernetes
 * layer.
 */
export function deploys({ charts, manifests }: PackContext): boolean {
    return charts.length + manifests.length > 0;
}

function* presence({ source, files }: PackContext): Iterable<Finding> {
    if (files.has(FILE)) {
        return;
    }
    const other = source.files.find(({ path }) => /^values\.ya?ml$/i.test(path))?.path;
    const help = other ? `Rename ${other} to values.yaml.` : "Add one; it may be empty.";
    yield finding("values-missing", {}, "values.yaml is missing at the top of the pack.", { help });
}

function* namespace(pack: PackContext): Iterable<Finding> {
    if (!pack.values) {
        return;
    }
    const value = packSection(pack).namespace;
    const place = pack.values.place(["pack", "namespace"]);
    if (value === undefined || value === null || value === "") {
        if (!deploys(pack) || Object.hasOwn(pack.valuesRoot, "namespace")) {
            return;
        }
        if (isMisspelt(packSection(pack), "namespace", PACK_KEYS, otherPackKeys)) {
            return;
        }
        const message = "pack.namespace is not set: Palette installs into the namespace default.";
        yield finding("namespace-missing", place, message);
        return;
    }
    if (hasTemplate(value)) {
        return;
    }
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

/** Key and value of a label (Kubernetes documentation, "Labels and Selectors"). */
const NAMESPACE_LABEL = /^[\w./-]+=([A-Za-z0-9]([\w.-]*[A-Za-z0-9])?)?$/;

function* namespaceLabels(pack: PackContext): Iterable<Finding> {
    if (!pack.values) {
        return;
    }
    const section = packSection(pack);
    for (const key of ["namespaceLabels", "namespaceAnnotations"]) {
        const block = section[key];
        if (block === undefined || block === null) {
            continue;
        }
        const help = 'Write one string per namespace: my-namespace: "a=b,c=d".';
        if (!isMapping(block)) {
            const message = `pack.${key} must map namespaces to strings.`;
            const place = pack.values.place(["pack", key]);
            yield finding("namespace-labels-shape", place, message, { help });
            continue;
        }
        for (const [name, labels] of Object.entries(block)) {
            if (labels === null) {
                continue;
            }
            const place = pack.values.place(["pack", key, name]);
            if (name.includes("/")) {
                const message = `pack.${key} has labels where a namespace is expected: ${name}.`;
                yield finding("namespace-labels-shape", place, message, { help });
            } else if (typeof labels !== "string") {
                const message = `pack.${key}.${name} must be one string.`;
                yield finding("namespace-labels-shape", place, message, { help });
            } else if (key === "namespaceLabels" && !hasTemplate(labels)) {
                const wrong = labels
                    .split(",")
                    .find((label) => !NAMESPACE_LABEL.test(label.trim()));
                if (wrong === undefined || labels.trim() === "") {
                    continue;
                }
                const message = `pack.${key}.${name} has ${JSON.stringify(wrong)}, which is no label.`;
                yield finding("namespace-labels-shape", place, message, { help });
            }
        }
    }
}

function* priority(pack: PackContext): Iterable<Finding> {
    const { json, packJson, values, valuesRoot } = pack;
    const help = 'Write "10" in values.yaml under pack.';
    const misplaced = `${INSTALL_PRIORITY} has no effect here.`;
    for (const path of [[INSTALL_PRIORITY], ["annotations", INSTALL_PRIORITY]]) {
        if (!json || valueAt(packJson, path) === undefined) {
            continue;
        }
        const place = json.place(path, "key");
        yield finding("install-priority-misplaced", place, misplaced, { help });
    }
    if (!values) {
        return;
    }
    if (Object.hasOwn(valuesRoot, INSTALL_PRIORITY)) {
        const place = values.place([INSTALL_PRIORITY], "key");
        yield finding("install-priority-misplaced", place, misplaced, { help });
    }
    const value = packSection(pack)[INSTALL_PRIORITY];
    if (value === undefined || value === null || hasTemplate(value)) {
        return;
    }
    const place = values.place(["pack", INSTALL_PRIORITY]);
    if (typeof value === "number" && Number.isInteger(value)) {
        const message = "The install priority is not quoted.";
        yield finding("install-priority-unquoted", place, message, {
            help: `Write "${value}".`,
            fix: { remove: String(value), insert: `"${value}"` },
        });
    } else if (typeof value !== "string" || !/^[+-]?\d+$/.test(value)) {
        const message = `The install priority ${JSON.stringify(value)} is not an integer.`;
        yield finding("install-priority-not-integer", place, message, { help });
    }
}

function* releaseNames(pack: PackContext): Iterable<Finding> {
    const { json, values, charts, packJson } = pack;
    const overrides = packSection(pack).releaseNameOverride;
    const names = charts.flatMap(({ chart }) => (chart ? [chart.name] : []));
    const known = isMapping(json?.value) && names.length === charts.length;
    if (values && isMapping(overrides) && known) {
        for (const name of Object.keys(overrides)) {
            if (names.includes(name)) {
                continue;
            }
            const message = `releaseNameOverride names ${name}, which is no chart of the pack.`;
            const place = values.place(["pack", "releaseNameOverride", name], "key");
            const help = names.length ? { help: `The charts are ${names.join(", ")}.` } : {};
            yield finding("release-name-unknown-chart", place, message, help);
        }
    }
    for (const { chart, place } of charts) {
        if (!chart) {
            continue;
        }
        const override = isMapping(overrides) ? overrides[chart.name] : undefined;
        if (hasTemplate(override)) {
            continue;
        }
        const own = typeof override === "string" && override !== "";
        const release = own ? override : `${asText(packJson.name)}-${chart.name}`;
        if (release.length <= MAXIMUM_RELEASE_NAME) {
            continue;
        }
        const message =
            `The release name ${release} has ${release.length} characters; ` +
            `Helm allows ${MAXIMUM_RELEASE_NAME}.`;
        const help = `Set pack.releaseNameOverride.${chart.name} in values.yaml.`;
        const where =
            own && values ? values.place(["pack", "releaseNameOverride", chart.name]) : place;
        yield finding("release-name-too-long", where, message, { help });
    }
}
