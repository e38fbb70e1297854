/** One image that is in a repository because of this stack's packs. */
export interface Image {
    /** Version of the pack. */
    version: string;
    digest: string;
    /** It was there before the stack pushed anything: it is used, and never removed. */
    preexisting?: true;
}

/** The digest that a version has now, which is the last one. */
export function digestOf(images: Image[], version: string): string | undefined {
    return images.findLast((image) => image.version === version)?.digest;
}

/**
 * The images with those of the wanted versions at the end, so that the newest are last.
 *
 * @param wanted In their order.
 */
export function withImages(images: Image[], wanted: Image[]): Image[] {
    const digests = wanted.map(({ digest }) => digest);
    return [...images.filter(({ digest }) => !digests.includes(digest)), ...wanted];
}

/** The digests of what the stack itself has pushed. */
export function pushedDigests(images: Image[]): string[] {
    return images.filter(({ preexisting }) => !preexisting).map(({ digest }) => digest);
}

/**
 * The images that nothing needs any more.
 *
 * @param images Oldest first.
 * @param current Digests of the wanted versions.
 * @param needed `name:version` of what profiles still hold.
 * @param keep How many older versions stay all the same, the newest.
 */
export function prunable(
    images: Image[],
    {
        pack,
        current,
        needed,
        keep,
    }: {
        pack: string;
        current: string[];
        needed: string[];
        keep: number;
    },
): Image[] {
    const old = images.filter(({ digest }) => !current.includes(digest));
    // Not what a tag pointed to before it was pushed anew: no profile can get hold of that.
    const versions = old.filter(({ version, digest }) => digestOf(images, version) === digest);
    const kept = new Set([
        ...versions.filter(({ version }) => needed.includes(`${pack}:${version}`)),
        ...versions.slice(Math.max(versions.length - keep, 0)),
    ]);
    return old.filter((image) => !kept.has(image) && !image.preexisting);
}
