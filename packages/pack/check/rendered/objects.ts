import { finding, type Finding, type SourceLocation } from "../../findings/finding";
import type { RuleId } from "../../findings/ruleTable";
import { asText, isMapping, placeInText, valueAt, type Path } from "../../format/sourceDocument";
import { isMisspelt } from "../../format/nearest";
import { parseYaml } from "../../format/yaml";
import type { RenderedDocument } from "../../render/renderPack";
import type { ListedManifest, PackContext } from "../context";
import { removedApi } from "./removedApis";
import { contradictions } from "./contradictions";
import { isKnownKind, shapeProblems, unknownKindHelp } from "./shapes";

/** One thing that is wrong with rendered objects, before it has a place. */
interface Problem {
    rule: RuleId;
    source: string;
    /** The object: kind and name. */
    object: string;
    /** The key to look for in the user's files, and the name of the object around it. */
    key?: string;
    name: string;
    message: string;
    help?: string;
}

/** Checks rendered documents as Kubernetes would: names, fields, twins, removed APIs. */
export function objectFindings(
    pack: PackContext,
    documents: readonly RenderedDocument[],
    kubeVersion: string,
): Finding[] {
    const problems: Problem[] = [];
    const first = new Map<string, string>();
    for (const document of documents) {
        for (const problem of documentProblems(document, kubeVersion, first)) {
            problems.push(problem);
        }
    }
    return grouped(problems).map(([problem, others]) => toFinding(pack, problem, others));
}

function* documentProblems(
    { source, namespace, text }: RenderedDocument,
    kubeVersion: string,
    first: Map<string, string>,
): Iterable<Problem> {
    // Definitions are large, and all that is checked of them stands at their beginning.
    const definition = /^kind: CustomResourceDefinition\b/m.test(text);
    const { document, problems } = parseYaml(
        "rendered",
        definition ? text.replace(/^spec:[^]*/m, "") : text,
    );
    const value = document?.value;
    if (!document || value === null || value === undefined) {
        return;
    }
    const { apiVersion, kind } = isMapping(value) ? value : {};
    const name = asText(valueAt(value, ["metadata", "name"]) ?? "");
    const object = [kind, name].filter(Boolean).map(asText).join(" ") || "a document";
    const problem = (rule: RuleId, message: string, more: Partial<Problem> = {}): Problem => ({
        rule,
        source,
        object,
        name,
        message,
        ...more,
    });
    const [duplicate] = problems.filter(({ kind: what }) => what === "duplicate-key");
    if (duplicate) {
        const key = /^Key (.+) is defined twice/.exec(duplicate.message)?.[1] ?? "";
        const message = `has the key ${key} twice in one mapping; the last one wins`;
        yield problem("object-duplicate-key", message, { key, help: "Delete one." });
    }
    const lacking = ["apiVersion", "kind"].filter(
        (key) => !isMapping(value) || typeof value[key] !== "string" || value[key] === "",
    );
    if (!isMapping(value) || lacking.length > 0) {
        yield problem("object-incomplete", `lacks ${lacking.join(" and ")}`);
        return;
    }
    if (asText(kind).endsWith("List")) {
        return;
    }
    yield* nameProblems(value, name, problem);
    const place = asText(valueAt(value, ["metadata", "namespace"]) ?? namespace);
    const group = asText(apiVersion).replace(/(^|\/)[^/]*$/, "");
    const id = JSON.stringify([group, kind, place, name]);
    if (name !== "" && first.has(id)) {
        const earlier = first.get(id) as string;
        const where = earlier === source ? "" : `, and in ${earlier}`;
        yield problem("object-duplicate", `is there twice${where}`, {
            key: "name",
            help: "Rename or delete one.",
        });
    } else {
        first.set(id, source);
    }
    const removed = removedApi(asText(apiVersion), asText(kind), kubeVersion);
    if (removed) {
        const message = `is of ${asText(apiVersion)}, which Kubernetes 1.${removed.minor} removed`;
        const help = removed.instead
            ? `Write ${removed.instead}, and see what its fields are called there.`
            : "Nothing takes its place.";
        yield problem("object-api-removed", message, { key: "apiVersion", help });
    } else if (!definition) {
        const unknown = unknownKindHelp(asText(apiVersion), asText(kind));
        if (unknown !== undefined) {
            const message = `is of ${asText(apiVersion)}, which has no kind ${asText(kind)}`;
            yield problem("object-kind-unknown", message, { key: "kind", help: unknown });
            return;
        }
        if (isKnownKind(asText(apiVersion), asText(kind))) {
            for (const { message, ...more } of contradictions(value)) {
                yield problem("object-inconsistent", message, more);
            }
        }
        for (const { path, kind: what, message, help } of shapeProblems(value)) {
            // That is the name's own problem.
            if (path.join(".") === "metadata.name") {
                continue;
            }
            const rule = what === "type" ? "object-field-type" : "object-field-unknown";
            yield problem(what === "missing" ? "object-incomplete" : rule, `: ${message}`, {
                key: lastKey(path),
                ...(help ? { help } : {}),
            });
        }
    }
}

/** Kinds whose names may be any segment of a path. */
const FREE_NAMES = /^(Cluster)?Role(Binding)?$/;

function* nameProblems(
    value: Record<string, unknown>,
    name: string,
    problem: (rule: RuleId, message: string, more?: Partial<Problem>) => Problem,
): Iterable<Problem> {
    const kind = asText(value.kind);
    if (name === "") {
        if (valueAt(value, ["metadata", "generateName"]) !== undefined) {
            return;
        }
        // A name of another spelling is reported as that.
        const metadata = valueAt(value, ["metadata"]);
        if (isMapping(metadata) && isMisspelt(metadata, "name", ["name"])) {
            if (isKnownKind(asText(value.apiVersion), kind)) {
                return;
            }
        }
        // Configuration files that are no objects have a kind, too, and no metadata.
        yield problem("object-incomplete", "lacks metadata.name", { key: "metadata" });
        return;
    }
    if (name.includes("{{")) {
        return;
    }
    const typed = typeof valueAt(value, ["metadata", "name"]) === "string";
    const label = kind === "Service" || kind === "Namespace";
    const form = FREE_NAMES.test(kind)
        ? /^(?!\.\.?$)[^/%]+$/
        : label
          ? /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
          : /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
    if (typed && form.test(name)) {
        return;
    }
    const help = !typed
        ? "Write it in quotes."
        : label
          ? "Use at most 63 lower-case letters, digits and hyphens in between."
          : "Use lower-case letters, digits, and hyphens and points in between.";
    yield problem("object-name-invalid", "has a name that Kubernetes refuses", {
        key: "name",
        help,
    });
}

function lastKey(path: Path): string {
    return String(path.findLast((step) => typeof step === "string") ?? "");
}

/** One problem of many objects of a source is one mistake. */
function grouped(problems: readonly Problem[]): [Problem, others: number][] {
    const groups = new Map<string, [Problem, number]>();
    for (const problem of problems) {
        const same = problem.message
            .replace(/\[\d+\]/g, "[]")
            .replace(/^.*\.(?=\w+(\[\])? is )/, "");
        const id = JSON.stringify([problem.rule, problem.source, same]);
        const group = groups.get(id);
        if (group) {
            group[1] += 1;
        } else {
            groups.set(id, [problem, 0]);
        }
    }
    return [...groups.values()];
}

function toFinding(pack: PackContext, problem: Problem, others: number): Finding {
    const { rule, source, object, message, help } = problem;
    const more = others > 0 ? `; ${others} more objects have the same` : "";
    const text = `${source}: ${object}${message.startsWith(":") ? "" : " "}${message}${more}.`;
    return finding(rule, placeOf(pack, problem), text, help ? { help } : {});
}

/** In the manifest itself; of a chart, in the values that have the key, or where the chart is listed. */
function placeOf(pack: PackContext, problem: Problem): SourceLocation {
    const manifest = pack.manifests.find(({ listed }) => listed === problem.source);
    if (manifest?.text !== undefined) {
        return placeInManifest(manifest, problem);
    }
    const chart = pack.charts.find(({ listed }) => listed === problem.source);
    const { values, valuesRoot } = pack;
    const block = chart?.chart && ["charts", chart.chart.name];
    const paths = block && problem.key ? pathsTo(valueAt(valuesRoot, block), problem.key) : [];
    if (block && values && paths.length === 1) {
        return values.place([...block, ...(paths[0] as Path)], "key");
    }
    return chart?.place ?? {};
}

function placeInManifest(
    { path, text = "" }: ListedManifest,
    { key, name, object }: Problem,
): SourceLocation {
    const { start, end } = documentOf(text, object.split(" ")[0] ?? "", name);
    const find = (form: string, from: number, to: number): number[] =>
        [...text.slice(from, to).matchAll(new RegExp(form, "gm"))].map(
            (match) => from + match.index + (match[1] ?? "").length,
        );
    const value = key === "name" ? `[ \\t]*["']?${escaped(name)}["']?[ \\t]*$` : "";
    const form = `^([ \\t]*(?:- +)?)["']?${key === undefined ? "\\w+" : escaped(key)}["']?[ \\t]*:${value}`;
    const offset = find(form, start, end)[0] ?? find(form, 0, text.length)[0];
    return placeInText(path, text, offset ?? start);
}

/** The part of a manifest's text that renders to an object: the last one that has its kind and name. */
function documentOf(text: string, kind: string, name: string): { start: number; end: number } {
    const starts = [
        0,
        ...[...text.matchAll(/^---.*$/gm)].map(({ index, 0: line }) => index + line.length),
    ];
    const parts = starts.map((start, index) => ({ start, end: starts[index + 1] ?? text.length }));
    const has = (key: string, value: string) =>
        new RegExp(`^[ \\t]*${key}:[ \\t]*["']?${escaped(value)}["']?[ \\t]*$`, "m");
    const matching = (...forms: RegExp[]) =>
        parts.findLast(({ start, end }) =>
            forms.every((form) => form.test(text.slice(start, end))),
        );
    return (
        matching(has("kind", kind), has("name", name)) ??
        matching(has("name", name)) ??
        matching(has("kind", kind)) ?? { start: 0, end: text.length }
    );
}

function pathsTo(value: unknown, key: string, path: Path = []): Path[] {
    if (Array.isArray(value)) {
        return value.flatMap((item, index) => pathsTo(item, key, [...path, index]));
    }
    if (!isMapping(value)) {
        return [];
    }
    return Object.entries(value).flatMap(([name, item]) => [
        ...(name === key ? [[...path, name]] : []),
        ...pathsTo(item, key, [...path, name]),
    ]);
}

function escaped(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
