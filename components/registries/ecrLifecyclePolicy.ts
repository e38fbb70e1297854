/** A rule of a lifecycle policy (ECR User Guide, "Lifecycle policy properties"), as far as it matters here. */
interface Rule {
    rulePriority: number;
    selection: {
        tagStatus: "tagged" | "untagged" | "any";
        tagPrefixList?: string[];
        tagPatternList?: string[];
        countType: string;
        countNumber: number;
    };
    action?: { type?: string };
}

/**
 * Tells of each rule of a lifecycle policy that expires versions which the stack wants: ECR deletes them, and Palette
 * cannot read them any more. A policy that ECR would refuse is left to ECR.
 *
 * @param key Key of the policy in the configuration.
 * @param packs The packs in the registry: each has a repository of its own, and each version is an image with its tag.
 */
export function lifecycleWarnings(
    key: string,
    policy: Record<string, unknown> | undefined,
    packs: { name: string; version: string }[],
): string[] {
    const rules = (Array.isArray(policy?.rules) ? policy.rules : []).filter(isRule);
    rules.sort((left, right) => left.rulePriority - right.rulePriority);
    const expired = rules.map((): string[] => []);
    for (const name of new Set(packs.map((pack) => pack.name))) {
        let left = packs.filter((pack) => pack.name === name).map(({ version }) => version);
        rules.forEach(({ selection, action }, index) => {
            // An image is the business of the first rule that it fits, whether that expires it or not.
            const fitting = left.filter((version) => fits(version, selection));
            left = left.filter((version) => !fitting.includes(version));
            const { countType, countNumber } = selection;
            const kept = countType === "imageCountMoreThan" ? countNumber : 0;
            if (action?.type === "expire" && fitting.length > kept) {
                expired[index]!.push(`${name} (${fitting.join(", ")})`);
            }
        });
    }
    return rules.flatMap(({ rulePriority, selection: { countType, countNumber } }, index) => {
        const what =
            countType === "imageCountMoreThan"
                ? `keeps ${countNumber} of the images that it selects in a repository`
                : `expires images after ${countNumber} days`;
        return expired[index]!.length === 0
            ? []
            : `${key}: the rule of priority ${rulePriority} ${what}, and so would delete versions that this stack publishes: ` +
                  `${expired[index]!.join(", ")}. Let it select untagged images only, or ${
                      countType === "imageCountMoreThan"
                          ? "keep more"
                          : "select by imageCountMoreThan"
                  }`;
    });
}

const COUNT_TYPES = ["imageCountMoreThan", "sinceImagePushed"];

function isRule(value: unknown): value is Rule {
    const { rulePriority, selection } = (value ?? {}) as Partial<Rule>;
    return (
        typeof rulePriority === "number" &&
        typeof selection?.countNumber === "number" &&
        COUNT_TYPES.includes(selection.countType)
    );
}

/** Whether a rule selects an image whose one tag is the version. */
function fits(version: string, selection: Rule["selection"]): boolean {
    const { tagStatus, tagPrefixList, tagPatternList } = selection;
    const [prefixes, patterns] = [tagPrefixList, tagPatternList].map((list) =>
        Array.isArray(list) ? list.map(String) : [],
    );
    return (
        tagStatus === "any" ||
        (tagStatus === "tagged" &&
            (prefixes!.some((prefix) => version.startsWith(prefix)) ||
                // An image has to bear a tag for each pattern.
                (patterns!.length > 0 && patterns!.every((pattern) => isLike(pattern, version)))))
    );
}

/** `*` stands for any number of characters. */
function isLike(pattern: string, text: string): boolean {
    const parts = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`).test(text);
}
