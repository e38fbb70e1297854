import semver from "semver";
import type { Context } from "../context";
import type { Pack } from "../stored";

/** Packs that can be used: those that are still in a registry. */
export function availablePacks(context: Context): Pack[] {
    return context.packs.values().filter((pack) => !pack.deleted);
}

/**
 * Newest first, in a new array; versions that are no semantic ones are read as far as they go and
 * stand in the order of their text where that does not tell them apart.
 */
export function newestFirst<T extends { version: string }>(items: T[]): T[] {
    // Many packs share few versions, and reading one takes its time.
    const distinct = [...new Set(items.map(({ version }) => version))];
    const versions = new Map(distinct.map((version) => [version, semver.coerce(version)]));
    const read = items.map((item) => ({ item, semantic: versions.get(item.version) }));
    read.sort((left, right) => {
        const order =
            left.semantic && right.semantic ? semver.rcompare(left.semantic, right.semantic) : 0;
        return order || right.item.version.localeCompare(left.item.version);
    });
    return read.map(({ item }) => item);
}

/**
 * The newest pack that bears the tag (its version or a moving label such as `1.28.x`), in one
 * registry or in any.
 */
export function packByTag(
    context: Context,
    wanted: { name: string; tag: string; registryUid?: string },
): Pack | undefined {
    const bearers = availablePacks(context).filter(
        (pack) =>
            pack.name === wanted.name &&
            (!wanted.registryUid || pack.registryUid === wanted.registryUid) &&
            [pack.version, pack.tag, ...pack.parentTags].includes(wanted.tag),
    );
    return newestFirst(bearers)[0];
}
