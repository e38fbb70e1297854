import type { PublishedPack } from "./ociRegistry";

export interface RegistrySyncInputs {
    /** Name of a registry that Palette knows. */
    name: string;
    /** Another digest is another synchronization. */
    packs: PublishedPack[];
    /** Deadline of a synchronization, in minutes. */
    syncTimeout: number;
}

export interface RegistrySyncOutputs extends RegistrySyncInputs {
    /** Uid of the registry. */
    uid: string;
}
