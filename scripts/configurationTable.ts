import { readFileSync } from "node:fs";
import path from "node:path";
import type * as v from "valibot";
import { parse, stringify } from "yaml";
import { cluster } from "../components/config/clusterKeys";
import type { KeyMetadata } from "../components/config/fields";
import { keepVersions, packs } from "../components/config/packKeys";
import { profile } from "../components/config/profileKeys";
import { registryKinds } from "../components/registries/kinds";
import { projectDirectory } from "./environment";

/** A schema of valibot as far as it is read here: each kind of schema has some of these. */
type Schema = v.GenericSchema & {
    pipe?: readonly { metadata?: Partial<KeyMetadata> }[];
    wrapped?: Schema;
    default?: unknown;
    entries?: Record<string, Schema>;
    item?: Schema;
    literal?: unknown;
    options?: (Schema | string)[];
};

/** A key of the configuration, as its schema says. */
export interface ConfigurationKey {
    /** `cluster.workerPools[].size`. */
    path: string;
    values: string;
    /** Absent: the key is required. */
    absent?: string;
    /** Empty where the schema has none. */
    meaning: string;
}

/** All keys of an object, those of the objects in it too. */
export function keysOf(schema: v.GenericSchema, prefix: string): ConfigurationKey[] {
    const { item, entries, options, type } = unwrap(schema as Schema);
    if (item !== undefined) {
        return keysOf(item, `${prefix}[]`);
    }
    if (entries !== undefined) {
        return Object.entries(entries).flatMap(([name, entry]) => {
            const at = prefix === "" ? name : `${prefix}.${name}`;
            return [describe(at, entry), ...keysOf(entry, at)];
        });
    }
    // The other unions are of single values, or of an object and a word for it.
    return type === "variant" ? options!.flatMap((option) => keysOf(option as Schema, prefix)) : [];
}

interface Declared {
    type: string;
    default: unknown;
    description: string;
    items?: unknown;
}

/** The sections of docs/configuration.md that follow from the schemas: a heading and a table each. */
export function configurationTables(): { title: string; keys: ConfigurationKey[] }[] {
    return [
        { title: "Keys of the project", keys: projectKeys() },
        {
            title: "`packs[]`",
            keys: keysOf(packs, "").map((key) => ({ ...key, path: key.path.replace("[].", "") })),
        },
        ...Object.entries(registryKinds).map(([kind, { schema }]) => ({
            title: `\`registries[]\` of kind \`${kind}\``,
            keys: kindFirst(keysOf(schema, "")),
        })),
        { title: "`profile`, `profiles[]`", keys: keysOf(profile, "") },
        { title: "`cluster`, `clusters[]`", keys: keysOf(cluster, "") },
    ];
}

/** The sections as Markdown. */
export function configurationText(): string {
    return configurationTables()
        .map(({ title, keys }) => {
            const rows = keys.map(
                ({ path: at, values, absent, meaning }) =>
                    `| \`${at}\` | ${values} | ${absent ?? "**required**"} | ${meaning} |`,
            );
            return [
                `### ${title}`,
                "",
                "| key | values | default | meaning |",
                "|---|---|---|---|",
                ...rows,
            ].join("\n");
        })
        .join("\n\n");
}

function describe(at: string, schema: Schema): ConfigurationKey {
    const { meaning = "", absent } = metadataOf(schema);
    const fallback = defaultOf(schema);
    const isOptional = ["optional", "nullish", "nullable"].includes(schema.type);
    const shown = absent ?? (fallback === undefined ? "" : asYaml(fallback));
    return {
        path: at,
        values: valuesOf(schema),
        ...(isOptional && { absent: shown }),
        meaning,
    };
}

function asYaml(value: unknown): string {
    return `\`${stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim()}\``;
}

/** What a schema is a wrapper of. */
function unwrap(schema: Schema): Schema {
    return schema.wrapped === undefined ? schema : unwrap(schema.wrapped);
}

function defaultOf(schema: Schema): unknown {
    return schema.default ?? (schema.wrapped && defaultOf(schema.wrapped));
}

/** What was said last: a wrapper's word counts before that of the schema in it. */
function metadataOf(schema: Schema): Partial<KeyMetadata> {
    const said = (schema.pipe ?? []).flatMap(({ metadata }) => metadata ?? []);
    const inner = schema.wrapped ?? (schema.pipe?.[0] as Schema | undefined);
    return said.at(-1) ?? (inner ? metadataOf(inner) : {});
}

function valuesOf(schema: Schema): string {
    const { type, options = [], item, literal } = unwrap(schema);
    switch (type) {
        case "string":
            return "text";
        case "number":
            return "number";
        case "boolean":
            return "`true`, `false`";
        case "literal":
            return `\`${String(literal)}\``;
        case "picklist":
            return options.map((option) => `\`${String(option)}\``).join(", ");
        case "array":
            return `list of ${valuesOf(item!)}`
                .replace("list of text", "texts")
                .replace("list of object", "objects");
        case "record":
            return "map";
        case "strict_object":
        case "variant":
            return "object";
        case "union":
            return options.map((option) => valuesOf(option as Schema)).join(", ");
        default:
            throw new Error(`configuration schemas of type ${type} have no description here`);
    }
}

/** The keys of the project, as Pulumi.yaml declares them, and those that it cannot declare: optional ones without a default. */
function projectKeys(): ConfigurationKey[] {
    const { config } = parse(readFileSync(path.join(projectDirectory, "Pulumi.yaml"), "utf8")) as {
        config: Record<string, Declared>;
    };
    const declared = Object.entries(config).map(
        ([name, { type, default: absent, description }]) => ({
            path: name,
            values: { string: "text", array: "objects", boolean: "`true`, `false`" }[type] ?? type,
            absent: absent === "" ? "none" : asYaml(absent),
            meaning: description.replace(/\.$/, ""),
        }),
    );
    return [
        ...declared,
        {
            path: "paletteApiKey",
            values: "text",
            absent: "`SPECTROCLOUD_APIKEY`, which wins",
            meaning: "API key of a tenant admin; secret",
        },
        describe("keepVersions", keepVersions as Schema),
    ];
}

function kindFirst(keys: ConfigurationKey[]): ConfigurationKey[] {
    const isKind = ({ path: at }: ConfigurationKey) => at === "kind";
    return [...keys.filter(isKind), ...keys.filter((key) => !isKind(key))];
}
