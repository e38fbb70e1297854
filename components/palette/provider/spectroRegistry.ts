import type { PublishedPack } from "./ociRegistry";
import type { Owner } from "./ownership";

export interface SpectroRegistryInputs {
    /** Name in Palette, unique in the tenant. */
    name: string;
    /** `https://host[:port]`. */
    endpoint: string;
    credentials: { type: "basic"; username: string; password: string };
    insecureSkipVerify?: boolean;
    packs: PublishedPack[];
    owner: Owner;
    /** Take over a registry of this name that somebody else made. */
    adopt: boolean;
    /** Deadline of a synchronization, in minutes. */
    syncTimeout: number;
}

export interface SpectroRegistryOutputs extends SpectroRegistryInputs {
    uid: string;
}
