import { createHash } from "node:crypto";

/** What the names of one kind of object keep to. */
export interface NameRule {
    shortest: number;
    longest: number;
    pattern: RegExp;
    /** The pattern in words. */
    expected: string;
}

/** Clusters, profiles, registries and pools in Palette: what is safe in a URL, a DNS label and the console. */
export const objectNames: NameRule = {
    shortest: 1,
    longest: 63,
    pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
    expected:
        "lower-case letters, digits and dashes, beginning with a letter and ending with a letter or digit",
};

/** What a name should be like, where it breaks the rule. */
export function brokenNameRule(rule: NameRule, name: string): string | undefined {
    const { shortest, longest, pattern, expected } = rule;
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

/** The longest name of a resource for a repository: with its type it fits on a line of a preview. */
const LONGEST_RESOURCE = 40;

/**
 * Name of the resources for a repository: that of the pack, or of the base path, with a short hash of the repository's
 * address. The name of the registry in the configuration is not in it: another one is the same repository.
 *
 * @param address `host/path`.
 */
export function repositoryResourceName(pack: string, address: string): string {
    const title = pack || address.split("/")[1]!;
    return withHash(title, address, LONGEST_RESOURCE);
}

function withHash(name: string, whole: string, longest: number): string {
    const hash = createHash("sha256").update(whole).digest("hex").slice(0, HASH_LENGTH);
    const kept = name.slice(0, longest - HASH_LENGTH - 1).replace(/[^a-z0-9]+$/i, "");
    return `${kept}-${hash}`;
}
