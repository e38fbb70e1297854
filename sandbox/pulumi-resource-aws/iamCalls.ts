import type { Input } from "./check";
import { explain } from "./configuration";
import { ignoring } from "./resource";
import type { Properties } from "./values";

/** IAM's SDK, loaded when it is first needed. */
export const sdk = () => import("@aws-sdk/client-iam");
export const string = (terraform: string): Input => ({ type: "string", terraform });
/** For `catch`: what is not there is `undefined`. */
export const ignoreMissing = ignoring("NoSuchEntityException");
/** For `catch`: the error as the real provider words it. */
export const rethrow = (what: string, operation: string) => (error: unknown) => {
    throw new Error(`${what}: ${explain(error, "IAM", operation)}`);
};

export const tagList = (tags: Record<string, string>) =>
    Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** Keys of the tags to take away, and the tags to set. */
export function tagsToChange(
    old: Properties,
    tagsAll: Record<string, string>,
): { TagKeys: string[]; Tags: { Key: string; Value: string }[] } {
    const before = (old.tagsAll ?? {}) as Record<string, string>;
    return {
        TagKeys: Object.keys(before).filter((key) => !(key in tagsAll)),
        Tags: tagList(tagsAll).filter(({ Key, Value }) => before[Key] !== Value),
    };
}
