import type * as pulumi from "@pulumi/pulumi";
import type { PackRegistry } from "./packRegistry";
import type { Owner } from "./palette/provider/ownership";

export interface PaletteRegistryArgs {
    /** Versions that must become visible: the outputs of {@link PackArtifact}. */
    packs: { name: string; version: string; digest: pulumi.Input<string> }[];
    owner: { [K in keyof Owner]: pulumi.Input<Owner[K]> };
    /** Take over a registration of this name that somebody else made. */
    adopt: boolean;
    /** Deadline of a synchronization, in minutes. */
    syncTimeout: number;
}

/**
 * The Palette side of a registry: `OciRegistry`, `SpectroRegistry`, or `RegistrySync` for an existing one, under the
 * resource name `name`.
 *
 * @returns the registry's uid, known once all packs are visible.
 */
export declare function paletteRegistry(
    name: string,
    registry: PackRegistry,
    args: PaletteRegistryArgs,
): { uid: pulumi.Output<string> };
