import { nearest } from "../../packages/pack/format/nearest";
import type { Call } from "../../packages/palette/api/call";
import { isBug } from "../../packages/registry/bug";
import { UserError } from "../../packages/pack/userError";

/** One read of the API; `project` is the uid that scopes it. The same read is made once. */
export type Get = <T>(
    path: string,
    subject: string,
    query?: Call["query"],
    project?: string,
) => Promise<T>;

/** A list in an answer: Go, which Palette's servers are written in, makes null of an empty one. */
export type List<Item> = Item[] | null | undefined;

/** An object of Palette in a list. */
export interface Named {
    metadata: { uid: string; name: string };
}

/**
 * The item of that name.
 *
 * @param where What was searched, where that is not all that Palette knows: `in eu-west-1`.
 * @throws Error with the names that exist.
 */
export function choose<T>(
    key: string,
    name: string,
    items: List<T>,
    nameOf: (item: T) => string,
    where?: string,
): T {
    const item = items?.find((candidate) => nameOf(candidate) === name);
    if (item === undefined) {
        throw new UserError(unknownName(key, name, (items ?? []).map(nameOf), where));
    }
    return item;
}

/** `profile.layers[0].registry: "X" is not known to Palette; it knows Public Repo`. */
export function unknownName(key: string, name: string, existing: string[], where?: string): string {
    const names = [...new Set(existing)].sort();
    const near = names.length > SHOWN ? nearest(name, names) : undefined;
    const shown = names.length > SHOWN ? [...names.slice(0, SHOWN), "…"] : names;
    const what = where === undefined ? "not known to Palette; it knows" : `not ${where}; there are`;
    return (
        `${key}: "${name}" is ${what} ${shown.join(", ") || "none"}` +
        (near === undefined ? "" : `; did you mean ${near}?`)
    );
}

const SHOWN = 12;

/** Like Promise.all, but waits for all and reports every failure. */
export async function allOf<T extends readonly unknown[]>(
    promises: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
    const settled = await Promise.allSettled(promises);
    const bug = settled.find((result) => result.status === "rejected" && isBug(result.reason));
    if (bug !== undefined) {
        throw (bug as PromiseRejectedResult).reason;
    }
    const failures = settled.flatMap((result) =>
        result.status === "rejected" ? [(result.reason as Error).message] : [],
    );
    if (failures.length > 0) {
        throw new UserError([...new Set(failures)].join("\n"));
    }
    return settled.map(
        (result) => (result as PromiseFulfilledResult<unknown>).value,
    ) as unknown as T;
}
