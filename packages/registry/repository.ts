import type { FileChange } from "../pack/format/diffPacks";
import type { Pack } from "../pack/format/pack";
import type { RegistryAccess } from "./access";
import type { EcrRepository } from "./ecrRepository";

/** A version of a pack as it shall be: its folder or archive, and the digest of the OCI manifest that it makes. */
export interface WantedVersion {
    path: string;
    digest: string;
}

/** The place of one pack in a registry, whatever kind of registry that is. */
export interface RepositoryClient {
    /** `host/path`. */
    readonly address: string;
    /**
     * What is there of these versions: version → digest; `UNKNOWN_DIGEST` where the registry knows none. Reads only.
     *
     * @returns undefined when the repository itself is not there and a push does not make it.
     */
    lookUp(versions: string[]): Promise<Record<string, string> | undefined>;
    /** The files in which the pack at `path` differs from what is there under a version. */
    changesOf(version: string, path: string): Promise<FileChange[]>;
    /** Opens the pack that is there under a version. Absent where it cannot be fetched. */
    withPublished?<T>(version: string, use: (pack: Pack) => Promise<T>): Promise<T>;
    /** What is wrong with what is there under a version, for Palette; undefined when nothing is. */
    problemOf(version: string, digest: string): Promise<string | undefined>;
    /** Puts a version there, over another one if need be, and makes sure that it is. */
    upload(version: string, wanted: WantedVersion): Promise<void>;
    /** Removes images by their digests; what is gone already counts as removed. Absent where nothing can be removed. */
    remove?(digests: string[]): Promise<void>;
    /** The repository itself, where the registry lets it be managed. */
    readonly ecr?: EcrRepository;
    /** Gives back temporary files. */
    close(): Promise<void>;
}

/** Where a pack's repository is. */
export interface RepositoryAddress {
    registry: RegistryAccess;
    /** Path in the registry. */
    repository: string;
    /** Name of the pack. */
    pack: string;
}
