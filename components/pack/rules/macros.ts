import { isScalar, visit, type Scalar } from "yaml";
import type { PackContext } from "../context";
import { finding, type Finding } from "../finding";
import { nearest } from "../nearest";
import type { RuleCheck } from "./ruleCheck";

/** Rules on Palette's macros in values.yaml (Palette documentation, "Cluster Macros"). */
export const macroRules: RuleCheck[] = [knownMacros];

const roots = ["system", "pack", "var", "macro", "app"];

const systemNames = [
    "user.name",
    "user.uid",
    "user.email",
    "tenant.uid",
    "project.name",
    "project.uid",
    "clusterprofile.name",
    "clusterprofile.uid",
    "clusterprofile.version",
    "clusterprofile.infra.name",
    "clusterprofile.infra.uid",
    "clusterprofile.infra.version",
    "cluster.name",
    "cluster.uid",
    "cluster.kubevip",
    "cloudaccount.name",
    "cloudaccount.uid",
    "kubernetes.version",
    "reverseproxy.server",
    "reverseproxy.port",
    "reverseproxy.protocol",
    "reverseproxy.vhostport",
    "cloud.type",
    "cloud.region",
];

/**
 * Only text in braces that begins with `.spectro.` is Palette's: values may carry Helm or Jinja
 * templates too.
 */
const macro = /\{\{-?\s*\.spectro\.([\w$.-]+)/g;

function* knownMacros({ values }: PackContext): Iterable<Finding> {
    if (!values || !values.text.includes(".spectro.")) return;
    const scalars: Scalar[] = [];
    visit(values.document, {
        Scalar(_, scalar) {
            if (isScalar(scalar) && typeof scalar.value === "string") scalars.push(scalar);
        },
    });
    for (const { range } of scalars) {
        if (!range) continue;
        const [start, end] = range;
        for (const match of values.text.slice(start, end).matchAll(macro)) {
            const name = (match[1] as string).replace(/[.-]+$/, "");
            const help = unknownMacroHelp(name);
            if (help === undefined) continue;
            const message = `Macro .spectro.${name} is not documented.`;
            yield finding("macro-unknown", values.placeAt(start + match.index), message, { help });
        }
    }
}

/** What to write instead of an unknown macro; undefined for a known one. */
function unknownMacroHelp(name: string): string | undefined {
    const [root = "", ...rest] = name.split(".");
    if (root === "system") {
        const system = rest.join(".");
        if (systemNames.includes(system)) return undefined;
        const near = nearest(system, systemNames);
        return near
            ? `Did you mean .spectro.system.${near}?`
            : "See Palette's list of system macros.";
    }
    if (roots.includes(root)) return undefined;
    const near = nearest(root, roots);
    if (near) return `Did you mean .spectro.${[near, ...rest].join(".")}?`;
    if (systemNames.includes(name)) return `Did you mean .spectro.system.${name}?`;
    return `Macros begin with ${roots.map((known) => `.spectro.${known}`).join(", ")}.`;
}
