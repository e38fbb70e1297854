/** One image that lies in a repository because of this stack's packs. */
export interface Image {
    /** Version of the pack; absent where a state of an earlier program did not keep it. */
    version?: string;
    digest: string;
    /** Somebody else had pushed just this before: it is used, and never removed. */
    foreign?: true;
}

/** What the commands of a pack have done so far: the standard output of one, which the next one gets handed. */
export interface History {
    /** `host/path`. */
    repository: string;
    /** Oldest first. */
    images: Image[];
    /** What is left in repositories that the pack had before, and could not be removed there. */
    elsewhere?: { repository: string; digests: string[] }[];
}

/**
 * Reads a history.
 *
 * @param text Nothing at first; the bare digest in states of programs that kept one image only.
 * @param repository Where such an image is.
 * @throws SyntaxError for any other text.
 */
export function parseHistory(text: string | undefined, repository: string): History {
    const trimmed = text?.trim() ?? "";
    if (trimmed === "" || trimmed.startsWith("sha256:")) {
        return { repository, images: trimmed === "" ? [] : [{ digest: trimmed }] };
    }
    return JSON.parse(trimmed) as History;
}

/** The digest that a version has now, which is the last one. */
export function digestOf(images: Image[], version: string | undefined): string | undefined {
    return images.findLast((image) => image.version === version)?.digest;
}

/**
 * The images that nothing needs any more.
 *
 * @param current Digests of the wanted versions.
 * @param needed `name:version` of what profiles still hold.
 * @param keep How many older versions stay all the same, the newest.
 */
export function dispensable(
    { images }: History,
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
    const spared = new Set([
        ...versions.filter(({ version }) => needed.includes(`${pack}:${version}`)),
        ...versions.slice(Math.max(versions.length - keep, 0)),
        // Which version it is is not known, so nor is whether it is needed.
        ...old.filter(({ version }) => version === undefined),
    ]);
    return old.filter((image) => !spared.has(image) && !image.foreign);
}
