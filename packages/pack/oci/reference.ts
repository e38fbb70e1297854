/** How a registry is reached; oras has the same options. */
export interface RegistryOptions {
    /** HTTP instead of HTTPS. */
    plainHttp?: boolean;
    /** No check of the registry's certificate. */
    insecure?: boolean;
    /** File with certificates to trust, PEM. */
    caFile?: string;
}

/**
 * The host needs a point or a port, unless it is localhost: else every path would be a repository.
 */
const REPOSITORY_PATTERN =
    "(?<repository>(?:localhost|[A-Za-z0-9][A-Za-z0-9-]*(?=[.:])[A-Za-z0-9.-]*)(?::\\d+)?(?:/[a-z0-9._-]+)+)";
const TAG_PATTERN = ":(?<tag>\\w[\\w.-]{0,127})";

const packReference = new RegExp(
    `^${REPOSITORY_PATTERN}(?:(?:${TAG_PATTERN.replace("?<tag>", "?:")})?@sha256:[0-9a-f]{64}|${TAG_PATTERN})$`,
);
const DESTINATION = new RegExp(`^${REPOSITORY_PATTERN}(?:${TAG_PATTERN})?$`);

/** Whether a text names a pack in a registry: `host[:port]/repository:version` or `…@sha256:…`. */
export function isPackReference(text: string): boolean {
    return packReference.test(text);
}

/** The repository of a reference to a pack, `host/path`; undefined where the text is none. */
export function repositoryOf(reference: string): string | undefined {
    return packReference.exec(reference)?.groups?.repository;
}

/** Where a pack may be pushed to: a repository, and a tag where one is given. Undefined for any other text. */
export function parseDestination(text: string): { repository: string; tag?: string } | undefined {
    const { repository, tag } = DESTINATION.exec(text)?.groups ?? {};
    if (repository === undefined) {
        return undefined;
    }
    return { repository, ...(tag === undefined ? {} : { tag }) };
}
