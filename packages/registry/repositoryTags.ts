/** Tags of an ECR repository by which the stacks of this program share it. AWS allows 50, with values of 256 characters. */

/** Of a repository that this program has made; its value is the stack that did. */
export const MADE_TAG = "palette-custom-pack:made-by";

/** Begins the key of each stack that uses it; the value is the stack's name. */
const USE_PREFIX = "palette-custom-pack:used-by:";

/** Begins the keys of the images that stacks have pushed which use it no more. */
const LEFT_PREFIX = "palette-custom-pack:left:";

const SHORT = 16;
const SHORT_PER_TAG = 15;

type Tags = Record<string, string>;

/** The key for a stack. @param ownerId What the stack is recognised by, also when it is renamed. */
export function useTag(ownerId: string): string {
    return `${USE_PREFIX}${ownerId}`;
}

/** The tags of a repository that a stack makes. */
export function tagsOfNew({ ownerId, stack }: { ownerId: string; stack: string }): Tags {
    return { [MADE_TAG]: stack, [useTag(ownerId)]: stack };
}

/** Names of the stacks that use a repository, without one. */
export function otherStacks(tags: Tags, ownerId: string): string[] {
    return Object.entries(tags)
        .filter(([key]) => key.startsWith(USE_PREFIX) && key !== useTag(ownerId))
        .map(([, stack]) => stack);
}

/** Whether other stacks use a repository than those which these tags name. */
export function isShared(tags: Tags, own: Tags): boolean {
    return Object.keys(tags).some((key) => key.startsWith(USE_PREFIX) && !(key in own));
}

/** Whether a stack that has left had pushed an image. */
export function isLeft(tags: Tags, digest: string): boolean {
    return shortDigests(tags).includes(short(digest));
}

/** What the tags have to say when a stack leaves that has pushed these images. */
export function leftTags(tags: Tags, digests: string[]): Tags {
    const names = [...new Set([...shortDigests(tags), ...digests.map(short)])].sort();
    const count = Math.ceil(names.length / SHORT_PER_TAG);
    return Object.fromEntries(
        Array.from({ length: count }, (_, n) => [
            `${LEFT_PREFIX}${n}`,
            names.slice(n * SHORT_PER_TAG, (n + 1) * SHORT_PER_TAG).join(" "),
        ]),
    );
}

/** Keys that have no meaning when the last stack has left. */
export function keysOfUse(tags: Tags): string[] {
    return Object.keys(tags).filter(
        (key) => key.startsWith(USE_PREFIX) || key.startsWith(LEFT_PREFIX),
    );
}

function shortDigests(tags: Tags): string[] {
    return Object.entries(tags)
        .filter(([key]) => key.startsWith(LEFT_PREFIX))
        .flatMap(([, value]) => value.split(" "));
}

const short = (digest: string) => digest.replace(/^sha256:/, "").slice(0, SHORT);
