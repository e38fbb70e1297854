import { createHash } from "node:crypto";

/** What names of one kind of object keep to. */
interface NameRule {
    shortest: number;
    longest: number;
    pattern: RegExp;
    /** The pattern in words. */
    expected: string;
}

/** A segment of a repository path, and what may stand between the letters and digits of one. */
const path = (separator: string) => {
    const segment = `[a-z0-9]+(?:${separator}[a-z0-9]+)*`;
    return new RegExp(`^${segment}(?:/${segment})*$`);
};

/** The rules of all names that this program gives to something, by kind of object. */
export const nameRules = {
    /** Clusters, profiles, registries and pools in Palette: what is safe in a URL, a DNS label and the console. */
    object: {
        shortest: 1,
        longest: 63,
        pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
        expected:
            "lower-case letters, digits and dashes, beginning with a letter and ending with a letter or digit",
    },
    /** A repository of ECR (ECR API Reference, CreateRepository). */
    ecrRepository: {
        shortest: 2,
        longest: 256,
        pattern: path("[._-]"),
        expected:
            "lower-case letters and digits with a single dot, dash or underscore in between, without a leading or trailing slash",
    },
    /** A repository of any other OCI registry (OCI Distribution Specification, "name"; the length is Distribution's). */
    ociRepository: {
        shortest: 1,
        longest: 255,
        pattern: path("(?:\\.|_|__|-+)"),
        expected:
            "lower-case letters and digits with a dot, dashes, one or two underscores in between, without a leading or trailing slash",
    },
    /** A role or user of IAM (IAM API Reference, CreateRole, CreateUser), less the part that is the stack's own. */
    iamIdentity: {
        shortest: 1,
        longest: 64 - "-1234567".length,
        pattern: /^[\w+=,.@-]+$/,
        expected: "letters, digits and +=,.@-_",
    },
} satisfies Record<string, NameRule>;

/** A kind of object that has a name. */
export type NamedKind = keyof typeof nameRules;

/** What a name should be like, where it breaks a rule of its kind. */
export function brokenNameRule(kind: NamedKind, name: string): string | undefined {
    const { shortest, longest, pattern, expected }: NameRule = nameRules[kind];
    if (!pattern.test(name)) {
        return `expected ${expected}`;
    }
    return name.length < shortest || name.length > longest
        ? `expected ${shortest} to ${longest} characters, and it has ${name.length}`
        : undefined;
}

const HASH_LENGTH = 6;

/**
 * A name for which a stack sets none: `<prefix>-<stack>`. A stack whose name does not fit as it is, is told apart from
 * others by a short hash of it.
 *
 * @param longest How long the name may be; what is made of it may be longer.
 */
export function defaultName(prefix: string, stack: string, longest = 63): string {
    const usual = stack.toLowerCase().replace(/[_.]/g, "-");
    const name = `${prefix}-${usual}`;
    return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(usual) && name.length <= longest
        ? name
        : withHash(name.replace(/-+/g, "-"), stack, longest);
}

/** A name of at most so many characters: a longer one is cut, and ends with a short hash of what it was. */
export function shortened(name: string, longest: number): string {
    return name.length <= longest ? name : withHash(name, name, longest);
}

function withHash(name: string, whole: string, longest: number): string {
    const hash = createHash("sha256").update(whole).digest("hex").slice(0, HASH_LENGTH);
    const kept = name.slice(0, longest - HASH_LENGTH - 1).replace(/[^a-z0-9]+$/i, "");
    return `${kept}-${hash}`;
}
