/** A registry as Palette knows it, without its credentials. */
export interface FoundRegistry {
    uid: string;
    /** What it is: an OCI registry on ECR, another OCI registry, or a legacy Spectro registry. */
    kind: "ecr" | "basic" | "spectro";
    /** In Palette's form: ECR a host, the others with a scheme. */
    endpoint: string;
    /** Repository path before `/spectro-packs/archive`; empty for a legacy registry. */
    basePath: string;
}
