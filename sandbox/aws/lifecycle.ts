import { matchesWildcards } from "./policy";
import type { Image, Repositories, Repository } from "./repositories";

/** A rule of a lifecycle policy (ECR User Guide, "Lifecycle policy properties"). */
interface Rule {
    rulePriority: number;
    selection: {
        tagStatus: "tagged" | "untagged" | "any";
        tagPrefixList?: string[];
        tagPatternList?: string[];
        countType: "imageCountMoreThan" | "sinceImagePushed";
        countNumber: number;
    };
    action: { type: string };
}

const DAY = 24 * 60 * 60 * 1000;

/**
 * Does what ECR does within 24 hours: expires the images that the repositories' lifecycle policies
 * select at `now`. Answers them as `repository@digest`.
 */
export async function expireImages(repositories: Repositories, now: number): Promise<string[]> {
    const expired: string[] = [];
    for (const repository of repositories.all.values()) {
        for (const { digest } of selected(repository, now)) {
            await repositories.removeImage(repository, digest);
            expired.push(`${repository.name}@${digest}`);
        }
    }
    return expired;
}

/** An image is the business of the first rule that it fits, whether that expires it or not. */
function selected(repository: Repository, now: number): Image[] {
    const { rules = [] } = JSON.parse(repository.lifecycle ?? "{}") as { rules?: Rule[] };
    const left = new Set(Object.values(repository.images).sort((a, b) => b.pushedAt - a.pushedAt));
    return [...rules]
        .sort((a, b) => a.rulePriority - b.rulePriority)
        .flatMap(({ selection }) => {
            const fitting = [...left].filter((image) => fits(image, selection));
            fitting.forEach((image) => left.delete(image));
            return selection.countType === "imageCountMoreThan"
                ? fitting.slice(selection.countNumber)
                : fitting.filter(({ pushedAt }) => pushedAt < now - selection.countNumber * DAY);
        });
}

function fits({ tags }: Image, selection: Rule["selection"]): boolean {
    const { tagStatus, tagPrefixList = [], tagPatternList = [] } = selection;
    if (tagStatus !== "tagged") {
        return tagStatus === "any" || tags.length === 0;
    }
    return (
        tagPrefixList.some((prefix) => tags.some((tag) => tag.startsWith(prefix))) ||
        // An image has to bear a tag for each pattern of the list.
        (tagPatternList.length > 0 &&
            tagPatternList.every((pattern) => tags.some((tag) => matchesWildcards(pattern, tag))))
    );
}
