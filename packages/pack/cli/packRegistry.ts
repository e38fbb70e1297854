/** How a registry is reached; oras has the same options. */
export interface RegistryOptions {
    /** HTTP instead of HTTPS. */
    plainHttp?: boolean;
    /** No check of the registry's certificate. */
    insecure?: boolean;
    /** File with certificates to trust, PEM. */
    caFile?: string;
}

/** A pack that was fetched from a registry. */
export interface PulledPack {
    reference: string;
    /** The manifest byte for byte, and its digest. */
    manifest: string;
    manifestDigest: string;
    /** Path of the archive, in a temporary folder. */
    archive: string;
    /** Removes that folder. */
    remove(): Promise<void>;
}

/** What the commands need of registries. This package reaches no network: who starts the command may pass one. */
export interface PackRegistry {
    /** Whether a text names a pack in a registry. */
    isReference(text: string): boolean;
    /** @throws Error when the pack cannot be fetched, or when what is there is no pack. */
    pull(reference: string, options: RegistryOptions): Promise<PulledPack>;
}
