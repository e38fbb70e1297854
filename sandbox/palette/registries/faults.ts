import type { Collection } from "../../journal";
import type { Context } from "../context";
import { checkFault } from "../faults";

/** Trouble that tests arrange, by the registry's name, before or after it is created. */
export interface RegistryFault {
    /** Syncs fail with this message. */
    syncFails?: string;
    /** A sync never ends; it goes on when the fault is taken back. */
    syncSticks?: boolean;
    /** Virtual seconds for which the status is still that of the run before. */
    syncStale?: number | "never";
    /** Virtual seconds from a sync's success until its packs can be seen. */
    packsAfter?: number | "never";
}

export function registryFaults(context: Context): Collection<RegistryFault> {
    return context.journal.collection("registryFaults");
}

/** An empty fault ends it. Throws 400 for another kind of trouble. */
export function setRegistryFault(context: Context, name: string, fault: RegistryFault): void {
    checkFault(fault, {
        syncFails: "text",
        syncSticks: "flag",
        syncStale: "seconds or never",
        packsAfter: "seconds or never",
    });
    registryFaults(context).put(name, fault);
}
