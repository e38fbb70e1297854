import { visit } from "yaml";
import type { PackContext } from "../context";
import { finding, type Finding, type SourceLocation } from "../../findings/finding";
import { nearest } from "../../format/nearest";
import { parseYaml, type PositionedYaml } from "../../format/yaml";
import type { RuleCheck } from "./ruleCheck";

/** Rules on Palette's macros in values.yaml (Palette documentation, "Cluster Macros"). */
export const macroRules: RuleCheck[] = [knownMacros];

const ROOTS = ["system", "pack", "var", "macro", "app"];

const SYSTEM_NAMES = [
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
    "aws.region",
    "apptier.name",
    "apptier.uid",
    "appprofile.name",
    "appprofile.uid",
    "appdeployment.name",
    "appdeployment.uid",
    "appdeployment.tiername",
    "appdeployment.ingress.host",
];

/** What is between braces, unless it is a comment. */
const ACTION = /\{\{(?!-?\s*\/\*)([^{}]*)/g;

/** Only `.spectro.` in braces is Palette's: values may carry Helm or Jinja templates too. */
const MACRO = /(?<![\w.])\.spectro\.([\w$.-]+)/g;

/** A macro in a text. */
export interface Macro {
    /** What comes after `.spectro.`, such as `system.cluster.name`. */
    name: string;
    /** All that is inside the braces: functions before the name, pipes behind it. */
    action: string;
    place: SourceLocation;
}

/** The macros in the texts of a document; none of those in comments. */
export function macrosOf(values: PositionedYaml): Macro[] {
    if (!values.text.includes(".spectro.")) {
        return [];
    }
    const macros: Macro[] = [];
    visit(values.document, {
        Scalar(_, { value, range }) {
            if (typeof value !== "string" || !range) {
                return;
            }
            const [start, end] = range;
            for (const { 1: body = "", index } of values.text.slice(start, end).matchAll(ACTION)) {
                const place = values.placeAt(start + index);
                for (const [, path = ""] of body.matchAll(MACRO)) {
                    macros.push({ name: path.replace(/[.-]+$/, ""), action: body, place });
                }
            }
        },
    });
    return macros;
}

/**
 * Checks the macros of a YAML text that is merged into a pack's values, and that it is one.
 *
 * @param file What findings call the text.
 */
export function checkMacros(file: string, text: string): Finding[] {
    const { document, problems } = parseYaml(file, text);
    const findings = problems.map(({ kind, place, message }) =>
        finding(
            kind === "unquoted-macro" ? "values-unquoted-macro" : "values-syntax",
            place,
            message,
        ),
    );
    return document ? [...findings, ...macroFindings(document)] : findings;
}

function* knownMacros({ values }: PackContext): Iterable<Finding> {
    if (values) {
        yield* macroFindings(values);
    }
}

function* macroFindings(values: PositionedYaml): Iterable<Finding> {
    for (const { name, place } of macrosOf(values)) {
        const help = unknownMacroHelp(name);
        if (help === undefined) {
            continue;
        }
        const message = `Macro .spectro.${name} is not documented.`;
        yield finding("macro-unknown", place, message, { help });
    }
}

/** What to write instead of an unknown macro; undefined for a known one. */
function unknownMacroHelp(name: string): string | undefined {
    const [root = "", ...rest] = name.split(".");
    if (root === "system") {
        const system = rest.join(".");
        if (SYSTEM_NAMES.includes(system)) {
            return undefined;
        }
        const near = nearest(system, SYSTEM_NAMES);
        return near
            ? `Did you mean .spectro.system.${near}?`
            : "See Palette's list of system macros.";
    }
    if (ROOTS.includes(root)) {
        return rest.length > 0 ? undefined : `Write the name behind it: .spectro.${root}.<name>.`;
    }
    const near = nearest(root, ROOTS);
    if (near) {
        return `Did you mean .spectro.${[near, ...rest].join(".")}?`;
    }
    if (SYSTEM_NAMES.includes(name)) {
        return `Did you mean .spectro.system.${name}?`;
    }
    return `Macros begin with ${ROOTS.map((known) => `.spectro.${known}`).join(", ")}.`;
}
