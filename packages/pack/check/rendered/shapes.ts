import table from "./kubernetesShapes.json";
import { nearest } from "../../format/nearest";
import { asText, isMapping, type Path } from "../../format/sourceDocument";

/** A field of an object that Kubernetes does not know, or that has another type there. */
export interface ShapeProblem {
    path: Path;
    kind: "unknown" | "type" | "missing";
    message: string;
    help?: string;
}

interface Shapes {
    kinds: Record<string, string>;
    types: Record<string, Record<string, string>>;
}

/** The fields of the common kinds, written by scripts/kubernetesShapes.mjs. */
const { kinds, types }: Shapes = table;

/** In what an object differs from what the official schemas say about its kind; nothing for other kinds. */
export function shapeProblems(object: Record<string, unknown>): ShapeProblem[] {
    const id = `${asText(object.apiVersion)} ${asText(object.kind)}`;
    const type = Object.hasOwn(kinds, id) ? kinds[id] : undefined;
    return type === undefined ? [] : [...compare(object, type, [])];
}

/** Whether the fields of a kind are known. */
export function isKnownKind(apiVersion: string, kind: string): boolean {
    return Object.hasOwn(kinds, `${apiVersion} ${kind}`);
}

/** Kinds of the groups whose names have no point, which Kubernetes alone has, beside those whose fields are known. */
const otherKinds = new Set([
    "apps/v1 ControllerRevision",
    "policy/v1 Eviction",
    ...[
        "Binding",
        "ComponentStatus",
        "Endpoints",
        "Event",
        "Node",
        "PodTemplate",
        "ReplicationController",
    ].map((kind) => `v1 ${kind}`),
]);

/** What to write for a kind that Kubernetes does not have; undefined for one that it may have. */
export function unknownKindHelp(apiVersion: string, kind: string): string | undefined {
    const id = `${apiVersion} ${kind}`;
    const all = Object.keys(kinds).map((one) => one.split(" ") as [string, string]);
    // Other versions of these groups are old ones.
    const isComplete = all.some(([version]) => version === apiVersion);
    const isOwn = /^(apps|autoscaling|batch|extensions|policy)\//.test(apiVersion);
    if (apiVersion.includes(".") || (isOwn && !isComplete)) {
        return undefined;
    }
    if (Object.hasOwn(kinds, id) || otherKinds.has(id)) {
        return undefined;
    }
    const served = all.find(([, known]) => known === kind)?.[0];
    if (served !== undefined) {
        return `${kind} is of ${served}.`;
    }
    const here = all.flatMap(([version, known]) => (version === apiVersion ? [known] : []));
    const near = nearest(kind, here);
    return near ? `Did you mean ${near}?` : "Correct apiVersion and kind.";
}

const plain: Record<string, [name: string, fits: (value: unknown) => boolean]> = {
    s: ["a text", (value) => typeof value === "string"],
    i: ["a number", (value) => typeof value === "number"],
    b: ["true or false", (value) => typeof value === "boolean"],
    q: ["a number or a text", (value) => typeof value === "number" || typeof value === "string"],
};

function* compare(value: unknown, wanted: string, path: Path): Iterable<ShapeProblem> {
    // Null is the same as nothing, and macros stand for any value.
    if (value === null || value === undefined || wanted === "x") {
        return;
    }
    if (typeof value === "string" && value.includes("{{")) {
        return;
    }
    const known = plain[wanted];
    if (known) {
        if (!known[1](value)) {
            yield wrongType(path, known[0], value);
        }
    } else if (wanted.startsWith("[]")) {
        if (!Array.isArray(value)) {
            return yield wrongType(path, "a list", value);
        }
        for (const [index, item] of value.entries()) {
            yield* compare(item, wanted.slice(2), [...path, index]);
        }
    } else if (!isMapping(value)) {
        yield wrongType(path, "a mapping", value);
    } else if (wanted.startsWith("{}")) {
        for (const [key, item] of Object.entries(value)) {
            yield* compare(item, wanted.slice(2), [...path, key]);
        }
    } else {
        yield* compareFields(value, types[wanted] ?? {}, path);
    }
}

function* compareFields(
    value: Record<string, unknown>,
    fields: Record<string, string>,
    path: Path,
): Iterable<ShapeProblem> {
    // A type without fields is anything.
    const names = Object.keys(fields);
    if (names.length === 0) {
        return;
    }
    const misspelt = new Set<string>();
    for (const [key, item] of Object.entries(value)) {
        const inner = [...path, key];
        const wanted = Object.hasOwn(fields, key) ? fields[key] : undefined;
        if (wanted !== undefined) {
            yield* compare(item, wanted.replace("!", ""), inner);
            continue;
        }
        const near = nearest(
            key,
            names.filter((name) => !Object.hasOwn(value, name)),
        );
        if (near) {
            misspelt.add(near);
        }
        const shown = names.filter((name) => !/^(apiVersion|kind|metadata|status)$/.test(name));
        yield {
            path: inner,
            kind: "unknown",
            message: `${showPath(inner)} is no field that Kubernetes knows`,
            help: near ? `Did you mean ${near}?` : `The fields are ${list(shown)}.`,
        };
    }
    for (const [name, wanted] of Object.entries(fields)) {
        if (!wanted.endsWith("!") || misspelt.has(name)) {
            continue;
        }
        if (value[name] !== undefined && value[name] !== null) {
            continue;
        }
        yield { path, kind: "missing", message: `${showPath([...path, name])} is missing` };
    }
}

function wrongType(path: Path, wanted: string, value: unknown): ShapeProblem {
    const actual = Array.isArray(value)
        ? "a list"
        : isMapping(value)
          ? "a mapping"
          : `a ${typeof value === "string" ? "text" : typeof value}`;
    const help =
        wanted === "a text" && typeof value !== "object"
            ? { help: "Write it in quotes, in a template with | quote." }
            : {};
    const message = `${showPath(path)} is ${actual} instead of ${wanted}`;
    return { path, kind: "type", message, ...help };
}

/** A path as people write it: dots, and numbers in brackets. */
function showPath(path: Path): string {
    return path
        .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
        .join("")
        .replace(/^\./, "");
}

function list(names: readonly string[]): string {
    return names.slice(0, 8).join(", ") + (names.length > 8 ? ", …" : "");
}
