import { readChart, type Chart } from "../format/chart";
import { ChartError } from "../format/chartArchive";
import { finding, type Finding, type Fix, type SourceLocation } from "../findings/finding";
import { parseJson } from "../format/json";
import type { PackSource } from "../format/packSource";
import { readFileOf, type PackFile } from "../format/packFile";
import { isMapping, type Parsed, type SourceDocument } from "../format/sourceDocument";
import type { RuleId } from "../findings/ruleTable";
import { parseYaml, type PositionedYaml } from "../format/yaml";
import { systemReason } from "../userError";

/**
 * Metadata files above this many bytes are not parsed; the largest public values.yaml has 289 KB.
 */
const MAXIMUM_TEXT_BYTES = 8 * 1024 * 1024;

/** A path in pack.json's `charts` or `kubeManifests`. */
export interface ListedFile {
    /** Path as written. */
    listed: string;
    /** Path without a leading `./`, as it would be in the pack. */
    path: string;
    /** Where it stands in pack.json. */
    place: SourceLocation;
    /** The file, where it is in the pack in exactly this spelling. */
    file?: PackFile;
}

/** A listed chart, with what is inside its archive or why it cannot be read. */
export interface ListedChart extends ListedFile {
    chart?: Chart;
    problem?: ChartError;
}

/** A listed manifest with its text. */
export interface ListedManifest extends ListedFile {
    text?: string;
    /** Key of its values under `manifests`: the base name without extension. */
    key: string;
}

/** A pack as the rules see it: everything read once, whatever could not be read left out. */
export interface PackContext {
    source: PackSource;
    files: ReadonlyMap<string, PackFile>;
    /** pack.json, unless it is absent or broken. */
    json?: SourceDocument;
    /** The object in pack.json, empty where there is none. */
    packJson: Readonly<Record<string, unknown>>;
    /** values.yaml, unless it is absent or broken. */
    values?: PositionedYaml;
    /** The mapping in values.yaml, empty where there is none. */
    valuesRoot: Readonly<Record<string, unknown>>;
    charts: ListedChart[];
    manifests: ListedManifest[];
    /** presets.yaml and schema.yaml, unless absent or broken. */
    presets?: PositionedYaml;
    schema?: PositionedYaml;
}

/** The keys of pack.json that list files, with the misspellings that are taken for them. */
export const fileListKeys = {
    charts: ["charts", "chart", "Charts", "Chart", "helmCharts"],
    kubeManifests: [
        "kubeManifests",
        "KubeManifests",
        "kubemanifests",
        "kubeManifest",
        "KubeManifest",
        "kube_manifests",
        "manifests",
        "Manifests",
    ],
} as const;

/** What {@link readContext} has read, and what is wrong with the files themselves. */
export interface Reading {
    context: PackContext;
    findings: Finding[];
}

/**
 * Reads everything that the rules look at.
 *
 * @param parts `identity`: pack.json alone, for those who do not check what is in the pack.
 */
export async function readContext(
    source: PackSource,
    parts: "all" | "identity" = "all",
): Promise<Reading> {
    const findings: Finding[] = [];
    const files = new Map(source.files.map((file) => [file.path, file]));
    const text = async (path: string): Promise<string | undefined> => {
        const file = files.get(path);
        if (!file) {
            return undefined;
        }
        const bytes = await readMetadata(file, findings);
        return bytes && decode(path, bytes, findings);
    };
    const parsed = <P extends Parsed>(
        result: P,
        content: string,
        ruleOf: (kind: string) => RuleId,
        name: string,
    ) => {
        for (const problem of result.problems) {
            const message =
                problem.kind === "syntax" ? `${name}: ${problem.message}` : problem.message;
            const rule = ruleOf(problem.kind);
            // What parsers of other languages read without a word is no reason to reject a pack.
            const minor = problem.kind === "duplicate-key" && !/duplicate-key$/.test(rule);
            const severity = minor ? { severity: "warning" as const } : {};
            const fix =
                problem.kind === "unquoted-macro" ? quotedMacro(problem.place, content) : {};
            findings.push(
                finding(rule, problem.place, message, {
                    ...helpOf(problem.kind),
                    ...severity,
                    ...fix,
                }),
            );
        }
        return result.document as P["document"];
    };
    const yaml = async (path: string, ruleOf: (kind: string) => RuleId) => {
        const content = await text(path);
        if (content === undefined) {
            return undefined;
        }
        return parsed(parseYaml(path, content), content, ruleOf, `${path} is not valid YAML`);
    };

    let json: SourceDocument | undefined;
    const jsonText = await text("pack.json");
    if (jsonText !== undefined) {
        const ruleOf = (kind: string): RuleId =>
            kind === "duplicate-key" ? "pack-json-duplicate-key" : "pack-json-syntax";
        json = parsed(
            parseJson("pack.json", jsonText),
            jsonText,
            ruleOf,
            "pack.json is not valid JSON",
        );
    }
    const packJson = isMapping(json?.value) ? json.value : {};
    if (parts === "identity") {
        const context = { source, files, packJson, valuesRoot: {}, charts: [], manifests: [] };
        return { context: { ...context, ...(json ? { json } : {}) }, findings };
    }
    const valuesYaml = await yaml("values.yaml", valuesRule);
    const values =
        valuesYaml?.value === null || isMapping(valuesYaml?.value) ? valuesYaml : undefined;
    if (valuesYaml && !values) {
        const message = "values.yaml must hold a mapping.";
        findings.push(finding("values-syntax", valuesYaml.place([]), message));
    }
    const presets = await yaml("presets.yaml", () => "presets-invalid");
    const schema = await yaml("schema.yaml", () => "schema-invalid");

    const charts = await Promise.all(
        listedFiles("charts", json, packJson, files).map(async (listed) => {
            if (!listed.file) {
                return listed;
            }
            try {
                return { ...listed, chart: await readChart(listed.file) };
            } catch (error) {
                if (!(error instanceof ChartError)) {
                    throw error;
                }
                return { ...listed, problem: error };
            }
        }),
    );
    const manifests = await Promise.all(
        listedFiles("kubeManifests", json, packJson, files).map(async (listed) => {
            const key = listed.path.replace(/^.*\//, "").replace(/\.[^.]*$/, "");
            const bytes = listed.file && (await readMetadata(listed.file, findings));
            return { ...listed, key, ...(bytes ? { text: bytes.toString("utf8") } : {}) };
        }),
    );
    const valuesRoot = isMapping(values?.value) ? values.value : {};
    const context: PackContext = { source, files, packJson, valuesRoot, charts, manifests };
    Object.assign(context, { json, values, presets, schema });
    return { context, findings };
}

function valuesRule(kind: string): RuleId {
    if (kind === "duplicate-key") {
        return "values-duplicate-key";
    }
    return kind === "unquoted-macro" ? "values-unquoted-macro" : "values-syntax";
}

/** Quotes around a macro and what stands behind it in its line, where it has none inside. */
function quotedMacro({ line = 1, column = 1 }: SourceLocation, text: string): { fix?: Fix } {
    const content = text.split("\n")[line - 1] ?? "";
    // A parser may point at the inner brace.
    const start = content[column - 2] === "{" ? column - 1 : column;
    const rest = content.slice(start - 1).trimEnd();
    if (!rest.startsWith("{{") || /"| #|\\/.test(rest)) {
        return {};
    }
    return { fix: { remove: rest, insert: `"${rest}"`, column: start } };
}

function helpOf(kind: string): { help?: string } {
    if (kind === "unquoted-macro") {
        return { help: 'Write it in quotes: "{{ .spectro… }}".' };
    }
    return kind === "duplicate-key" ? { help: "Keep one; the last would win." } : {};
}

async function readMetadata(file: PackFile, findings: Finding[]): Promise<Buffer | undefined> {
    const place = { file: file.path };
    if (file.size > MAXIMUM_TEXT_BYTES) {
        const message = `${file.path} has ${file.size} bytes; at most ${MAXIMUM_TEXT_BYTES} are read.`;
        findings.push(finding("limit-exceeded", place, message));
        return undefined;
    }
    try {
        return await readFileOf(file);
    } catch (error) {
        const message = `${file.path} cannot be read: ${systemReason(error)}.`;
        findings.push(finding("file-unreadable", place, message));
        return undefined;
    }
}

/** Text of a metadata file. pack.json must be plain UTF-8; YAML may have a byte-order mark. */
function decode(path: string, bytes: Buffer, findings: Finding[]): string | undefined {
    const isJson = path === "pack.json";
    const wide = bytes.includes(0);
    const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    try {
        if (wide || (marked && isJson)) {
            throw new TypeError("byte-order mark");
        }
        return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
        const rule = isJson
            ? "pack-json-encoding"
            : path === "values.yaml"
              ? "values-syntax"
              : path === "presets.yaml"
                ? "presets-invalid"
                : "schema-invalid";
        const message = `${path} must be UTF-8${isJson ? " without byte-order mark" : ""}.`;
        findings.push(finding(rule, { file: path, line: 1, column: 1 }, message));
        return undefined;
    }
}

/**
 * The entries of a list of paths that can be looked up; what is wrong with the list itself is a
 * rule's business.
 */
function listedFiles(
    name: keyof typeof fileListKeys,
    json: SourceDocument | undefined,
    packJson: Readonly<Record<string, unknown>>,
    files: ReadonlyMap<string, PackFile>,
): ListedFile[] {
    const key = fileListKeys[name].find((spelling) => Object.hasOwn(packJson, spelling));
    const list = key === undefined ? [] : packJson[key];
    if (!json || key === undefined || !Array.isArray(list)) {
        return [];
    }
    return list.flatMap((listed: unknown, index) => {
        if (typeof listed !== "string") {
            return [];
        }
        const path = listed.replace(/^(\.\/)+/, "");
        const file = files.get(path);
        return [{ listed, path, place: json.place([key, index]), ...(file ? { file } : {}) }];
    });
}
