import * as v from "valibot";
import { brokenNameRule, objectNames, type NameRule } from "./names";
import { OWNER_LABEL } from "../../packages/palette/lifecycle/ownership";

/** Schemas of single values, which the keys of several objects share. A message tells what was expected. */

export const text = v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1, "expected a text that is not empty"),
);
export const texts = v.record(v.string(), v.string("expected a text, in quotes"));
export const yaml = v.record(v.string(), v.unknown());
export const whole = (least: number) =>
    v.pipe(
        v.number("expected a number"),
        v.integer("expected an integer"),
        v.minValue(least, `expected at least ${least}`),
    );
export const minutes = v.pipe(
    v.number("expected a number of minutes"),
    v.minValue(1, "expected at least 1"),
);
export const flag = v.optional(v.boolean(), false);
export const cron = v.pipe(
    v.string(),
    v.regex(/^\S+(\s+\S+){4}$/, "expected a cron expression of five fields"),
);

/** What docs/configuration.md says about a key. */
export interface KeyMetadata {
    meaning: string;
    /** What holds where the key is absent and the schema has no default. */
    absent?: string;
}

/** The schema of a key, with its line in docs/configuration.md (scripts/documents.ts). */
export function documented<S extends v.GenericSchema>(
    schema: S,
    meaning: string,
    absent?: string,
): S {
    const metadata: KeyMetadata = { meaning, ...(absent !== undefined && { absent }) };
    // It changes nothing but what is known about the schema.
    return v.pipe(schema, v.metadata({ ...metadata })) as unknown as S;
}

/** A list whose items have a name of their own each. */
export function named<Item extends v.GenericSchema>(item: Item, what: string) {
    return v.pipe(
        v.array(item),
        v.check(
            (items) => nameOfTwo(items) === undefined,
            ({ input }) =>
                `"${nameOfTwo(input as unknown[])}" is there twice; expected every ${what} to have a name of its own`,
        ),
    );
}

function areUnique(items: unknown[]): boolean {
    return new Set(items).size === items.length;
}

function nameOfTwo(items: unknown[]): string | undefined {
    const names = (items as { name?: string }[]).flatMap(({ name }) => (name ? [name] : []));
    return names.find((name, index) => names.indexOf(name) !== index);
}

const LABEL = "[A-Za-z0-9]([\\w.-]{0,61}[A-Za-z0-9])?";
const DOMAIN = "[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?";

/** A key of a label or a taint (Kubernetes documentation, "Labels and Selectors"): nodes with another one never join. */
export const labelKey = v.pipe(
    v.string("expected a text, in quotes"),
    v.regex(
        new RegExp(`^(${DOMAIN}/)?${LABEL}$`),
        "expected a key of Kubernetes: at most 63 letters, digits, dots, dashes, underscores, alphanumeric at both ends, after a domain and / or without one",
    ),
);

/** A value of a label or a taint; it may be empty. */
export const labelValue = v.pipe(
    v.string("expected a text, in quotes"),
    v.regex(
        new RegExp(`^(${LABEL})?$`),
        "expected a value of Kubernetes: at most 63 letters, digits, dots, dashes, underscores, alphanumeric at both ends",
    ),
);

/** Palette's rule for tags: key and value of at most 63 characters, alphanumeric at both ends. */
const tag = v.pipe(
    v.string(),
    v.regex(
        /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?(:[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/,
        "expected a word or key:value, each at most 63 letters, digits, dots, dashes, underscores, alphanumeric at both ends",
    ),
);

/** A tag is a label in the API, so a key can have one value only. */
export const tags = v.pipe(
    v.array(tag),
    v.check(
        (items) => areUnique(items.map((label) => label.split(":")[0]!)),
        "expected every tag to have a key of its own",
    ),
    v.check(
        (items) =>
            items.every(
                (label) => !label.startsWith(`${OWNER_LABEL}:`) && !label.endsWith(":spectro__tag"),
            ),
        `expected no tag ${OWNER_LABEL}:… or …:spectro__tag, which have a meaning of their own`,
    ),
);

/** A name that keeps a rule. */
export const nameOf = (rule: NameRule) =>
    v.pipe(
        v.string(),
        v.check(
            (name) => brokenNameRule(rule, name) === undefined,
            ({ input }) => brokenNameRule(rule, input as string)!,
        ),
    );

export const objectName = nameOf(objectNames);

/** `true`, or the uid of the object that may be taken over. */
export const adopt = v.optional(
    v.union([v.boolean(), text], "expected true, false or a uid"),
    false,
);
