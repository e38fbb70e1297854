/** Stands for the digest of a version in a registry that does not tell any. */
export const UNKNOWN_DIGEST = "";
