/** How a registry is reached for a push or a look at what is in it. Credentials are looked up when they are needed. */
export interface RegistryAccess {
    /** Name under `registries[]` in the stack's configuration. */
    name: string;
    kind: "ecr" | "basic" | "spectro";
    /** Host, with a port where it has one; absent for the ECR of the stack's AWS account. */
    host?: string;
    /** PEM file of the CA to trust. */
    caFile?: string;
    insecureSkipVerify?: boolean;
}

export interface PackVersionsInputs {
    registry: RegistryAccess;
    /** Full name of the stack, whose configuration holds the credentials. */
    stack: string;
    /** Path of the repository in the registry. */
    repository: string;
    /** Name of the pack. */
    pack: string;
    /** Version → digest of the manifest it makes, and the pack's folder or archive. */
    versions: Record<string, { digest: string; path: string }>;
    /** Content may change under a published version. */
    overwrite: boolean;
}

export type PackVersionsOutputs = PackVersionsInputs;
