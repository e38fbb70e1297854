import { setting } from "../api/session";

/**
 * What the configuration calls one of several things of a kind: `clusters[1]`, or `cluster` where there is one without a
 * number. For messages; without the entry (a stack that is destroyed by an old record) it is the list's name.
 *
 * @param list Key of the list.
 * @param name The name of the thing in Palette. An entry without a name has a default, which only a single one can be
 *     recognised by.
 * @param single Key of the only one, where there is such a key.
 */
export function configKey(list: string, name: string, single?: string): string {
    const entries = entriesOf(list);
    // The project's own default of a list that stands beside a single key is an empty one.
    if (entries === undefined || entries.length === 0) {
        return single ?? `${list}[]`;
    }
    const index = entries.findIndex((entry) => entry?.name === name);
    const only = entries.length === 1 ? "0" : "";
    return `${list}[${index < 0 ? only : index}]`;
}

function entriesOf(list: string): ({ name?: string } | null)[] | undefined {
    try {
        const parsed: unknown = JSON.parse(setting(list) ?? "");
        return Array.isArray(parsed) ? (parsed as { name?: string }[]) : undefined;
    } catch {
        return undefined;
    }
}
