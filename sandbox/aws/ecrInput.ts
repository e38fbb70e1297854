import { AwsError } from "./protocol";
import { NAME_PATTERN, type ExclusionFilter, type Repository } from "./repositories";

/** The parameters that these operations read (ECR API Reference). */
export interface Input {
    registryId?: string;
    repositoryName: string;
    repositoryNames?: string[];
    registryIds?: string[];
    resourceArn: string;
    tags?: { Key: string; Value?: string }[];
    tagKeys: string[];
    imageTagMutability?: string;
    imageTagMutabilityExclusionFilters?: ExclusionFilter[];
    imageScanningConfiguration?: { scanOnPush?: boolean };
    encryptionConfiguration?: { encryptionType: string; kmsKey?: string };
    force?: boolean;
    imageIds?: ImageId[];
    filter?: { tagStatus?: "TAGGED" | "UNTAGGED" | "ANY" };
    layerDigests: string[];
    lifecyclePolicyText: string;
    policyText: string;
    maxResults?: number;
    nextToken?: string;
}

export interface ImageId {
    imageDigest?: string;
    imageTag?: string;
}

export function invalid(parameter: string, constraint: string): AwsError {
    return new AwsError(
        "InvalidParameterException",
        `Invalid parameter at '${parameter}' failed to satisfy constraint: '${constraint}'`,
    );
}

export function required<Name extends keyof Input>(
    input: Input,
    name: Name,
): NonNullable<Input[Name]> {
    const value = input[name];
    if (value === undefined || value === null) {
        throw invalid(name, "must not be null");
    }
    return value as NonNullable<Input[Name]>;
}

export function oneOf(parameter: string, value: string, allowed: string[]): void {
    if (!allowed.includes(value)) {
        throw invalid(parameter, `Member must satisfy enum value set: [${allowed.join(", ")}]`);
    }
}

export function checkRepositoryName(name: string | undefined): void {
    if (typeof name !== "string" || name.length < 2 || name.length > 256) {
        throw invalid("repositoryName", "must have length between 2 and 256");
    }
    if (!new RegExp(`^${NAME_PATTERN}$`).test(name)) {
        throw invalid("repositoryName", `must satisfy regular expression '${NAME_PATTERN}'`);
    }
}

export function nameOf(arn: string | undefined): string {
    const name = /^arn:aws[\w-]*:ecr:[^:]*:\d{12}:repository\/(.+)$/.exec(arn ?? "")?.[1];
    if (name === undefined) {
        throw invalid("resourceArn", "Invalid ARN");
    }
    return name;
}

export function mutability(input: Input): Pick<Repository, "tagMutability" | "exclusionFilters"> {
    const tagMutability = input.imageTagMutability ?? "MUTABLE";
    const exclusionFilters = input.imageTagMutabilityExclusionFilters ?? [];
    oneOf("imageTagMutability", tagMutability, [
        "MUTABLE",
        "IMMUTABLE",
        "IMMUTABLE_WITH_EXCLUSION",
        "MUTABLE_WITH_EXCLUSION",
    ]);
    if (tagMutability.endsWith("_WITH_EXCLUSION") !== exclusionFilters.length > 0) {
        throw invalid(
            "imageTagMutabilityExclusionFilters",
            "filters are for the mutabilities with exclusion, which need 1 to 5 of them",
        );
    }
    return { tagMutability, exclusionFilters };
}

export function mergeTags(tags: Record<string, string>, input: Input): Record<string, string> {
    const added = (input.tags ?? []).map(({ Key, Value }) => [Key, Value ?? ""] as const);
    const merged = { ...tags, ...Object.fromEntries(added) };
    if (Object.keys(merged).length > 50) {
        throw new AwsError("TooManyTagsException", "The number of tags exceeds the limit of 50");
    }
    return merged;
}

/** One page of a list; the token says after which item the next one begins. */
export function page<T>(
    entries: T[],
    { maxResults = 100, nextToken }: Input,
    key: (item: T) => string,
): { items: T[]; nextToken?: string } {
    if (!(maxResults >= 1 && maxResults <= 1000)) {
        throw invalid("maxResults", "must be between 1 and 1000");
    }
    const after = nextToken && Buffer.from(nextToken, "base64url").toString();
    const sorted = [...entries].sort((a, b) => (key(a) < key(b) ? -1 : 1));
    const rest = after === undefined ? sorted : sorted.filter((item) => key(item) > after);
    const items = rest.slice(0, maxResults);
    return rest.length > items.length
        ? { items, nextToken: Buffer.from(key(items.at(-1)!)).toString("base64url") }
        : { items };
}

/**
 * The text if it is a lifecycle policy in form (ECR User Guide, "Lifecycle policy properties").
 * Its rules are kept and never carried out.
 */
export function lifecyclePolicy(text: string): string {
    const refuse = (why: string) =>
        invalid("LifecyclePolicyText", `Lifecycle policy validation failure: ${why}`);
    let rules: unknown;
    try {
        rules = (JSON.parse(text) as { rules?: unknown }).rules;
    } catch {
        throw refuse("could not parse the JSON");
    }
    if (!Array.isArray(rules) || rules.length === 0) {
        throw refuse('object has missing required properties (["rules"])');
    }
    const priorities = new Set<unknown>();
    for (const rule of rules as Record<string, Record<string, unknown> | number>[]) {
        const { rulePriority, selection, action } = rule as {
            rulePriority?: number;
            selection?: Record<string, unknown>;
            action?: Record<string, unknown>;
        };
        const missing = Object.entries({ rulePriority, selection, action }).find(
            ([, value]) => value === undefined,
        );
        if (missing) {
            throw refuse(`object has missing required properties (["${missing[0]}"])`);
        }
        if (priorities.has(rulePriority) || !Number.isInteger(rulePriority) || rulePriority! < 1) {
            throw refuse("rulePriority must be a unique whole number from 1");
        }
        priorities.add(rulePriority);
        const { tagStatus, tagPrefixList, tagPatternList, countType, countNumber } = selection!;
        if (!["tagged", "untagged", "any"].includes(tagStatus as string)) {
            throw refuse("tagStatus must be tagged, untagged or any");
        }
        if (tagStatus === "tagged" && !tagPrefixList && !tagPatternList) {
            throw refuse("tagged needs tagPrefixList or tagPatternList");
        }
        if (!["imageCountMoreThan", "sinceImagePushed"].includes(countType as string)) {
            throw refuse("countType must be imageCountMoreThan or sinceImagePushed");
        }
        if (!Number.isInteger(countNumber) || (countNumber as number) < 1) {
            throw refuse("countNumber must be a whole number from 1");
        }
        if (action!.type !== "expire") {
            throw refuse("the action's type must be expire");
        }
    }
    return text;
}
