import semver from "semver";
import type { Context, Pack } from "../context";

/** Packs that can be used: those that are still in a registry. */
export function availablePacks(context: Context): Pack[] {
    return context.packs.values().filter((pack) => !pack.deleted);
}

/** Newest first; versions that are no semantic ones are read as far as they go. */
export function newestFirst(left: { version: string }, right: { version: string }): number {
    const [a, b] = [semver.coerce(left.version), semver.coerce(right.version)];
    if (a && b && semver.compare(a, b) !== 0) {
        return semver.rcompare(a, b);
    }
    return left.version < right.version ? 1 : -1;
}

/**
 * The newest pack that bears the tag (its version or a moving label such as `1.28.x`), in one
 * registry or in any.
 */
export function packByTag(
    context: Context,
    wanted: { name: string; tag: string; registryUid?: string },
): Pack | undefined {
    return availablePacks(context)
        .filter(
            (pack) =>
                pack.name === wanted.name &&
                (!wanted.registryUid || pack.registryUid === wanted.registryUid) &&
                [pack.version, pack.tag, ...pack.parentTags].includes(wanted.tag),
        )
        .sort(newestFirst)[0];
}
