import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { asText, isMapping, valueAt } from "../../format/sourceDocument";
import type { RuleCheck } from "./ruleCheck";

/** Rules on the names that a pack's charts and namespaces have in the cluster. */
export const releaseRules: RuleCheck[] = [releaseNames, labelledNamespaces];

/** Helm's form of a release name. */
const RELEASE_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function isTemplate(value: unknown): boolean {
    return typeof value === "string" && value.includes("{{");
}

function* releaseNames({ values, valuesRoot, charts, packJson }: PackContext): Iterable<Finding> {
    const overrides = valueAt(valuesRoot, ["pack", "releaseNameOverride"]);
    if (!values || !isMapping(overrides)) {
        return;
    }
    const first = new Map<string, string>();
    for (const { chart } of charts) {
        if (!chart || isTemplate(overrides[chart.name])) {
            continue;
        }
        const override = overrides[chart.name];
        const release = override ? asText(override) : `${asText(packJson.name)}-${chart.name}`;
        const place = values.place(["pack", "releaseNameOverride", chart.name]);
        if (override && (typeof override !== "string" || !RELEASE_NAME.test(release))) {
            const message = `Helm refuses the release name ${release} of the chart ${chart.name}.`;
            const help =
                "Use lower-case letters, digits, points and hyphens in between, in quotes if need be.";
            yield finding("release-name-invalid", place, message, { help });
        }
        const earlier = first.get(release);
        if (earlier !== undefined && earlier !== chart.name) {
            const message = `The charts ${earlier} and ${chart.name} have one release name, ${release}.`;
            const help = "Give each a name of its own under pack.releaseNameOverride.";
            yield finding("release-name-duplicate", place, message, { help });
        } else {
            first.set(release, chart.name);
        }
    }
}

function* labelledNamespaces({ values, valuesRoot }: PackContext): Iterable<Finding> {
    const namespace = valueAt(valuesRoot, ["pack", "namespace"]);
    if (!values || typeof namespace !== "string" || namespace === "" || isTemplate(namespace)) {
        return;
    }
    // Further namespaces are a list, a mapping or a text.
    const further = JSON.stringify(valueAt(valuesRoot, ["pack", "additionalNamespaces"]) ?? "");
    for (const key of ["namespaceLabels", "namespaceAnnotations"]) {
        const block = valueAt(valuesRoot, ["pack", key]);
        if (!isMapping(block)) {
            continue;
        }
        for (const [name, labels] of Object.entries(block)) {
            if (typeof labels !== "string" || name === namespace || isTemplate(name)) {
                continue;
            }
            if (further.includes(name) || name.includes("/")) {
                continue;
            }
            const message = `pack.${key} names the namespace ${name}; the pack's is ${namespace}.`;
            const place = values.place(["pack", key, name], "key");
            yield finding("namespace-labels-elsewhere", place, message, {
                help: `Write ${namespace}.`,
            });
        }
    }
}
