import { text } from "node:stream/consumers";
import { ChartError, withChartFiles } from "./chartArchive";
import type { PackFile } from "./packFile";
import { asText, isMapping } from "./sourceDocument";
import type { TarEntry } from "./tarReader";
import { readYamlDocument } from "./yamlDocuments";

/**
 * A dependency that a chart declares in Chart.yaml (or, with apiVersion v1, in requirements.yaml).
 */
export interface ChartDependency {
    name: string;
    /** Range of versions, as written. */
    version?: string;
    /** Name under which the parent's values address it. */
    alias?: string;
    /** Paths of the parent's values, with commas between them, that switch it on or off. */
    condition?: string;
}

/** What a Helm chart archive says about itself. */
export interface Chart {
    name: string;
    version: string;
    /** Version of what it installs, as written. */
    appVersion?: string;
    /** The range of Kubernetes versions that it wants, as written. */
    kubeVersion?: string;
    /** `application`, which is the default, or `library`. */
    type?: string;
    /**
     * The chart's own default values, as parsed; undefined where values.yaml is absent or not YAML.
     */
    values?: unknown;
    /** Text of its values.yaml. */
    valuesText?: string;
    dependencies: ChartDependency[];
    /** Default values of the dependencies that are unpacked inside, by alias or name. */
    dependencyValues: Readonly<Record<string, unknown>>;
    /** Dependencies that are declared, but are not inside the archive. */
    missingDependencies: string[];
    /**
     * Top-level value keys that its templates, its values.schema.json or the conditions of its dependencies read, whether
     * they have a default or not.
     */
    templateKeys: ReadonlySet<string>;
    /**
     * Every word in the defaults and value schemas, and every field in the templates, of the chart
     * and its dependencies, and every word in their conditions: a key that is not among them does
     * nothing. Undefined where a dependency is an archive inside the archive, which is not looked
     * into.
     */
    words?: ReadonlySet<string>;
    /** Whether a template names an image, as far as can be seen. */
    hasImages: boolean;
    /** The templates of the chart and of unpacked dependencies, by path inside the archive. */
    templates: readonly { path: string; text: string }[];
}

/** Chart.yaml and values.yaml above this many bytes are refused. */
const MAXIMUM_TEXT_BYTES = 8 * 1024 * 1024;

/**
 * Reads a packaged Helm chart (Helm documentation, "The Chart File Structure"). The archive's one
 * folder may have any name, and may be missing: some published charts have their files directly
 * under `./`.
 *
 * @throws ChartError when it is not one.
 */
export async function readChart(file: PackFile): Promise<Chart> {
    return withChartFiles(file, readChartText);
}

async function readChartText(files: ReadonlyMap<string, TarEntry>): Promise<Chart> {
    const read = async (path: string) => {
        const entry = files.get(path);
        if (!entry) {
            return undefined;
        }
        if (entry.size > MAXIMUM_TEXT_BYTES) {
            throw new ChartError(`${path} is too large`, "limit");
        }
        return text(entry.open());
    };

    const chartYaml = parseMapping(await read("Chart.yaml"));
    if (!chartYaml) {
        throw new ChartError("its Chart.yaml is not a YAML mapping");
    }
    if (typeof chartYaml.name !== "string" || chartYaml.name === "") {
        throw new ChartError("its Chart.yaml has no name");
    }
    const requirements = parseMapping(await read("requirements.yaml"));
    const declared = [chartYaml.dependencies, requirements?.dependencies].flatMap((list) =>
        Array.isArray(list) ? list.flatMap(toDependency) : [],
    );
    const valuesText = await read("values.yaml");
    const chart: Chart = {
        name: chartYaml.name,
        version: asText(chartYaml.version ?? ""),
        ...(isSet(chartYaml.appVersion) ? { appVersion: asText(chartYaml.appVersion) } : {}),
        ...(typeof chartYaml.kubeVersion === "string" && { kubeVersion: chartYaml.kubeVersion }),
        ...(typeof chartYaml.type === "string" ? { type: chartYaml.type } : {}),
        dependencies: declared,
        dependencyValues: Object.fromEntries(
            await Promise.all(
                declared.map(async ({ name, alias }) => {
                    const text = await read(`charts/${name}/values.yaml`);
                    return [alias ?? name, text && parseYamlOrUndefined(text)] as const;
                }),
            ),
        ),
        missingDependencies: declared
            .map(({ name }) => name)
            .filter((name) => !isVendored(name, [...files.keys()])),
        ...(await readWords(files, read, declared)),
    };
    if (valuesText !== undefined) {
        chart.valuesText = valuesText;
        chart.values = parseYamlOrUndefined(valuesText);
    }
    return chart;
}

function isSet(value: unknown): boolean {
    return value !== undefined && value !== null;
}

function toDependency(item: unknown): ChartDependency[] {
    if (!isMapping(item) || typeof item.name !== "string") {
        return [];
    }
    const { name, version, alias, condition } = item;
    return [
        {
            name,
            ...(isSet(version) ? { version: asText(version) } : {}),
            ...(typeof alias === "string" ? { alias } : {}),
            ...(typeof condition === "string" ? { condition } : {}),
        },
    ];
}

/** Whether a dependency is in the chart's charts/ folder, unpacked or as an archive. */
function isVendored(name: string, paths: readonly string[]): boolean {
    return paths.some((path) => {
        if (path.startsWith(`charts/${name}/`)) {
            return true;
        }
        const archive = /^charts\/([^/]+)\.tgz$/.exec(path)?.[1];
        return archive === name || (archive?.startsWith(`${name}-`) ?? false);
    });
}

/** Files whose words may be keys of values. */
const WORD_FILES =
    /^(charts\/[^/]+\/)*(templates\/.*\.(ya?ml|tpl|txt|json)|values\.yaml|values\.schema\.json)$/;

/** An image in a manifest or template; a custom resource's schema has none behind the colon. */
export const NAMES_IMAGE = /\bimage["']?:[ \t]*[^\s#]/;

const ANY_WORD = /([A-Za-z_][\w-]*)/g;

/** A field or a quoted word of a template; the keys of what it renders are none of its values. */
const FIELD_OR_TEXT = /[."'`]([A-Za-z_][\w-]*)/g;

async function readWords(
    files: ReadonlyMap<string, TarEntry>,
    read: (path: string) => Promise<string | undefined>,
    dependencies: readonly ChartDependency[],
): Promise<Pick<Chart, "templateKeys" | "words" | "hasImages" | "templates">> {
    const templateKeys = new Set(schemaKeys(await read("values.schema.json")));
    const words = new Set<string>();
    const templates: { path: string; text: string }[] = [];
    let hasImages = false;
    for (const path of files.keys()) {
        if (!WORD_FILES.test(path)) {
            continue;
        }
        const content = (await read(path)) ?? "";
        const isTemplate = /(^|\/)templates\//.test(path);
        if (isTemplate) {
            templates.push({ path, text: content });
        }
        hasImages ||= isTemplate && NAMES_IMAGE.test(content);
        for (const [, word] of content.matchAll(isTemplate ? FIELD_OR_TEXT : ANY_WORD)) {
            words.add(word as string);
        }
        if (!path.startsWith("templates/")) {
            continue;
        }
        for (const [, key] of content.matchAll(/\.Values\.([A-Za-z_]\w*)/g)) {
            templateKeys.add(key as string);
        }
    }
    for (const { condition = "" } of dependencies) {
        for (const [, word] of condition.matchAll(ANY_WORD)) {
            words.add(word as string);
        }
        for (const [, key] of condition.matchAll(/(?:^|,)\s*([\w-]+)/g)) {
            templateKeys.add(key as string);
        }
    }
    const sealed = [...files.keys()].some((path) => /^charts\/.*\.tgz$/.test(path));
    return {
        templateKeys,
        templates,
        hasImages: hasImages || sealed,
        ...(sealed ? {} : { words }),
    };
}

/** The values at the top that a values.schema.json speaks of. */
function schemaKeys(schema: string | undefined): string[] {
    // JSON is YAML, and what is wrong with it is reported by Helm.
    const properties = parseMapping(schema)?.properties;
    return isMapping(properties) ? Object.keys(properties) : [];
}

function parseMapping(content: string | undefined): Record<string, unknown> | undefined {
    const value = content === undefined ? undefined : parseYamlOrUndefined(content);
    return isMapping(value) ? value : undefined;
}

function parseYamlOrUndefined(content: string): unknown {
    try {
        const document = readYamlDocument(content);
        return document.errors.length === 0 ? (document.toJS() as unknown) : undefined;
    } catch {
        return undefined;
    }
}
