import type { RegistryAccess } from "../../registry/access";
import type { Image } from "../../registry/history";
import type { Owner } from "../lifecycle/ownership";

/** What the program says about the repository of a pack. */
export interface PackRepositoryArgs {
    registry: RegistryAccess;
    /** Path of the repository in the registry. */
    repository: string;
    /** Name of the pack; empty for the repository of an ECR that the packs' are below. */
    pack: string;
    /** Version → digest of the manifest it makes, the pack's folder or archive, and the only digest it may have in the registry. */
    versions: Record<string, { digest: string; path: string; pinnedDigest?: string }>;
    /** Content may change under a published version. */
    overwrite: boolean;
    /** ECR: images that the stack did not push go with the repository. */
    forceDelete: boolean;
    /** ECR: the repository has to be there, and stays. */
    keep: boolean;
    owner: Owner;
}

/** The arguments with what the registry holds, which a preview shows and a run records. */
export interface PackRepositoryInputs extends PackRepositoryArgs {
    /** Version → digest that the registry has, or gets: that of a hand-made archive with the same files stays. */
    published: Record<string, string>;
    /** What is in the repository because of the stack, oldest first. */
    images: Image[];
    /** Grows each time something that was there has to be pushed again. */
    generation: number;
    /** ECR: the stack makes the repository, as it was not there before. */
    managed: boolean;
    /** Grows each time a repository that was there has to be made again. */
    repositoryGeneration: number;
    /** ECR: of a repository that is there. */
    arn?: string;
}
