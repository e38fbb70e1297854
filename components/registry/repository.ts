import type { FileChange } from "../../packages/pack/format/diffPacks";
import { logIn, type RegistryAccess } from "./access";
import { ociRepository } from "./ociRepository";
import { spectroRepository } from "./spectroRepository";

/** A version of a pack as it shall be: its folder or archive, and the digest of the OCI manifest that it makes. */
export interface WantedVersion {
    path: string;
    digest: string;
}

/** The place of one pack in a registry, whatever kind of registry that is. */
export interface PackRepository {
    /** `host/path`. */
    readonly address: string;
    /** What is there under a version; reads only. */
    standingOf(version: string, wanted: WantedVersion): Promise<"absent" | "same" | "other">;
    /** The files in which the pack at `path` differs from what is there under a version. */
    changesOf(version: string, path: string): Promise<FileChange[]>;
    /** What is wrong with what is there under a version, for Palette; undefined when nothing is. */
    problemOf(version: string, digest: string): Promise<string | undefined>;
    /** Puts a version there, over another one if need be, and makes sure that it is. */
    upload(version: string, wanted: WantedVersion): Promise<void>;
    /** Removes images by their digests; what is gone already counts as removed. Absent where nothing can be removed. */
    remove?(digests: string[]): Promise<void>;
    /** Gives back connections and temporary files. */
    close(): Promise<void>;
}

/** Where a pack's repository is and how to get at it. */
export interface RepositoryAddress {
    registry: RegistryAccess;
    /** Full name of the stack, whose configuration holds the credentials. */
    stack: string;
    /** Path in the registry. */
    repository: string;
    /** Name of the pack. */
    pack: string;
}

/**
 * @throws Error when the registry's credentials are not configured, or the tool that talks to it is not installed. The
 *     methods throw Errors that say what the registry refused, and why as far as that can be found out.
 */
export async function openRepository(address: RepositoryAddress): Promise<PackRepository> {
    const login = await logIn(address.registry, address.stack);
    if (address.registry.kind === "spectro") {
        return spectroRepository(address, login);
    }
    return ociRepository(address, login);
}
