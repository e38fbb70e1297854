import { parseDocument } from "yaml";
import { type Helm, HelmError } from "./helm";

/** Values behind `.spectro.system`, `.spectro.var` and `.spectro.pack`. */
export interface MacroValues {
    system: Record<string, unknown>;
    var: Record<string, string>;
    /** Pack name to its values.yaml, parsed. */
    pack: Record<string, unknown>;
}

/** The names Palette documents below `.spectro.system` ("Macros"). */
const SYSTEM_NAMES = new Set([
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
]);

const MACRO = /\{\{-?\s*((?:(?!\}\}).)*?\.spectro\.(?:(?!\}\}).)*?)\s*-?\}\}/g;
const REFERENCE = /\.spectro((?:\.[\w-]+)+)/g;

/** A macro that is not known or does not evaluate. */
export class MacroError extends Error {}

/**
 * The text with its Palette macros (`{{ .spectro.<root>.<path> | function }}`) replaced; all other
 * template text is left alone. A pack's value that has a macro itself is resolved in turn; a pack
 * or a value of a pack that does not exist is empty. Throws MacroError.
 */
export async function resolveMacros(
    text: string,
    values: MacroValues,
    helm: Helm,
): Promise<string> {
    let resolved = text;
    for (let round = 0; round < 5; round++) {
        const macros = [...new Set([...resolved.matchAll(MACRO)].map((match) => match[0]))];
        if (macros.length === 0) {
            return resolved;
        }
        const results = await evaluate(macros, values, helm);
        resolved = resolved.replace(MACRO, (found) => results[macros.indexOf(found)] ?? "");
    }
    throw new MacroError("macros refer to each other in a circle");
}

/** Names of the profile variables that the text uses. */
export function variablesUsed(text: string): string[] {
    return [...text.matchAll(/\.spectro\.var\.([\w-]+)/g)].map((match) => match[1]!);
}

/** Values of a pack as macros see them; text that is no YAML has none. */
export function macroView(values: string): unknown {
    const document = parseDocument(values);
    return document.errors.length === 0 ? (document.toJS() as unknown) : {};
}

/** Plain references are looked up; what has a function or a pipe is Helm's. */
async function evaluate(macros: string[], values: MacroValues, helm: Helm): Promise<string[]> {
    const results = new Map<string, string>();
    for (const text of macros) {
        [...text.matchAll(REFERENCE)].forEach(([, path]) => known(path!, values, text));
        const found = plain(text, values);
        if (found !== undefined) {
            results.set(text, found);
        }
    }
    const missing = macros.filter((text) => !results.has(text));
    if (missing.length > 0) {
        const rendered = await render(missing, values, helm);
        missing.forEach((text, index) => results.set(text, rendered[index]!));
    }
    return macros.map((text) => results.get(text)!);
}

/** The text of a macro that is nothing but a reference to a scalar, or to what is not there. */
function plain(text: string, values: MacroValues): string | undefined {
    const [, path] = /^\{\{-?\s*\.spectro((?:\.[\w-]+)+)\s*-?\}\}$/.exec(text) ?? [];
    if (path === undefined) {
        return undefined;
    }
    const found = steps(path).reduce<unknown>(
        (at, step) =>
            at !== null && typeof at === "object" && Object.hasOwn(at, step)
                ? (at as Record<string, unknown>)[step]
                : undefined,
        values,
    );
    return found !== null && typeof found === "object" ? undefined : String(found ?? "");
}

async function render(macros: string[], values: MacroValues, helm: Helm): Promise<string[]> {
    // Go templates take no dash in a name, Palette does: `dig` looks up each step as text.
    const expressions = macros.map((text) =>
        text
            .replace(MACRO, "$1")
            .replace(
                REFERENCE,
                (_, path: string) => `(dig ${steps(path).map(quote).join(" ")} "" .Values.spectro)`,
            ),
    );
    const list = expressions.map((expression) => `(${expression} | toString)`).join(" ");
    const file = { name: "macros.yaml", text: `{"results": {{ list ${list} | toJson }}}\n` };
    const options = { chart: "macros", args: [] };
    try {
        const output = await helm.template(file, JSON.stringify({ spectro: values }), options);
        return (parseDocument(output).toJS() as { results: string[] }).results;
    } catch (error) {
        if (error instanceof HelmError) {
            throw new MacroError(`${macros.join(", ")}: ${error.message}`);
        }
        throw error;
    }
}

function known(path: string, values: MacroValues, text: string): void {
    const [root, ...rest] = steps(path);
    const name = rest.join(".");
    const fine =
        root === "pack" ||
        (root === "system" && SYSTEM_NAMES.has(name)) ||
        (root === "var" && Object.hasOwn(values.var, name));
    if (!fine) {
        throw new MacroError(`macro ${text}: '.spectro.${root}.${name}' is not known`);
    }
}

function steps(path: string): string[] {
    return path.split(".").slice(1);
}

function quote(text: string): string {
    return JSON.stringify(text);
}
