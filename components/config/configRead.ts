// By its own path: the index of @pulumi/aws loads all services at once.
import * as awsKeys from "@pulumi/aws/config/vars";
import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { didYouMean, nearest } from "../../packages/pack/format/nearest";
import { holdsSecret } from "./secrets";

/** The keys of the project's namespace. */
const PROJECT_KEYS = [
    "paletteHost",
    "paletteApiKey",
    "paletteProject",
    "paletteCaFile",
    "packs",
    "overwritePacks",
    "keepVersions",
    "registries",
    "profile",
    "profiles",
    "cluster",
    "clusters",
    "allowClusterDeletion",
];

/**
 * The keys of the stack's configuration that nothing reads, of the project's and of the AWS provider's namespace: most
 * likely typing errors. Other namespaces belong to Pulumi and to other programs.
 */
export function unknownKeys(): string[] {
    const known: Record<string, string[]> = {
        [pulumi.getProject()]: PROJECT_KEYS,
        aws: Object.keys(awsKeys),
    };
    return Object.keys(pulumi.runtime.allConfig()).flatMap((full) => {
        const colon = full.indexOf(":");
        const [namespace, key] = [full.slice(0, colon), full.slice(colon + 1)];
        const keys = known[namespace];
        if (keys === undefined || keys.includes(key)) {
            return [];
        }
        const where = namespace === "aws" ? full : key;
        const remove = `remove it with: pulumi config rm '${full}'`;
        const near = nearest(key, keys);
        const meant = near && `did you mean ${namespace === "aws" ? `aws:${near}` : near}? If so, `;
        return [`${where}: unknown key; ${meant ? `${meant}rename it, or ${remove}` : remove}`];
    });
}

/** A value that is not structured stays as it is, for the schema to refuse; the SDK's own error would quote it. */
export function getObject(config: pulumi.Config, key: string): unknown {
    try {
        return config.getObject(key);
    } catch {
        return config.get(key);
    }
}

/** Reads a key by its schema; what is wrong is described in `problems`. */
export function readKey<S extends v.GenericSchema>(
    config: pulumi.Config,
    key: string,
    schema: S,
    absent: unknown,
    problems: string[],
): v.InferOutput<S> {
    const result = v.safeParse(schema, getObject(config, key) ?? absent);
    problems.push(...(result.issues ?? []).map((issue) => describe(key, schema, issue)));
    return result.output as v.InferOutput<S>;
}

/**
 * `cluster.workerPools[1].size: "two": expected a number`. What is, or may hold, a credential is never shown, nor is
 * valibot's own wording, which quotes what it got.
 */
function describe(key: string, schema: v.GenericSchema, issue: v.BaseIssue<unknown>): string {
    const steps = (issue.path ?? []).map(({ key: step }) => step);
    const path = steps.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`));
    const where = key + path.join("");
    const isCredential = /secret|password|token/i.test(where);
    const set = (options: string[]) =>
        ["pulumi config set", ...options, path.length > 0 && "--path", `'${where}'`, "<value>"]
            .filter(Boolean)
            .join(" ");
    const secretly = isCredential ? ["--secret"] : [];
    if (issue.kind === "schema" && issue.input === undefined) {
        return `${where}: required; set it with: ${set(secretly)}`;
    }
    if (issue.type === "strict_object" && issue.expected === "never") {
        const unknown = String(steps.at(-1));
        const keys = keysAt(schema, steps.slice(0, -1));
        return keys.includes(unknown)
            ? `${where}: unknown key of this ${variantOf(issue)}; others have it: remove it, or choose another one`
            : `${where}: unknown key. ${didYouMean(unknown, keys)}`;
    }
    const secret =
        holdsSecret(key) ||
        /^registries(\[\d+\])?$|credentials$|accessKey|secretKey|password|token/i.test(where);
    const value = JSON.stringify(issue.input);
    const shown = secret || value === undefined || value.length > 80 ? "" : ` ${value}:`;
    const expected = issue.message.startsWith("Invalid ")
        ? `expected ${issue.expected === "string" ? "a text" : (issue.expected ?? "another value")}`
        : issue.message;
    // Digits in a YAML file, and those that the CLI is given with --path, are a number.
    const isUnquoted =
        (issue.type === "string" && ["number", "boolean"].includes(typeof issue.input)) ||
        YAML_TIME.test(String(issue.input));
    const quote = isUnquoted
        ? `${expected.includes("in quotes") ? "" : ", in quotes"}; write it in quotes in the stack's file, or set it with: ` +
          set(isCredential ? ["--secret"] : ["--type string"])
        : "";
    return `${where}:${shown} ${expected}${quote}`;
}

/** `kind "basic"`: what decides which keys the object has that lacks this one. */
function variantOf({ path }: v.BaseIssue<unknown>): string {
    const { kind, type } = path!.at(-1)!.input as { kind?: unknown; type?: unknown };
    return type === undefined
        ? `kind ${JSON.stringify(kind ?? "ecr")}`
        : `type ${JSON.stringify(type)}`;
}

/** What the CLI makes of a date or time that is not in quotes in the stack's file: Go's own form of it. */
const YAML_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} \S+$/;

/** The keys that the schema knows at a path of the configuration. */
function keysAt(schema: v.GenericSchema, steps: unknown[]): string[] {
    const { pipe, wrapped, options, entries, item, value } = schema as v.GenericSchema & {
        pipe?: { kind: string }[];
        wrapped?: v.GenericSchema;
        options?: v.GenericSchema[];
        entries?: Record<string, v.GenericSchema>;
        item?: v.GenericSchema;
        value?: v.GenericSchema;
    };
    const [step, ...rest] = steps;
    const below = (inner: v.GenericSchema | undefined) => (inner ? keysAt(inner, rest) : []);
    const refined =
        pipe
            ?.filter(({ kind }) => kind === "schema")
            .slice(1)
            .at(-1) ?? wrapped;
    if (refined) {
        return keysAt(refined as v.GenericSchema, steps);
    }
    if (options) {
        return [...new Set(options.flatMap((option) => keysAt(option, steps)))];
    }
    if (entries) {
        return steps.length === 0 ? Object.keys(entries) : below(entries[String(step)]);
    }
    return below(item ?? value);
}
