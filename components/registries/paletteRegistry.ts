import type * as pulumi from "@pulumi/pulumi";
import type { PackRegistry } from "./packRegistry";
import type { Owner } from "../../packages/palette/lifecycle/ownership";
import type { SpectroRegistryInputs } from "../../packages/palette/registry/spectroRegistry";
import { OciRegistry, RegistrySync, SpectroRegistry } from "../../packages/palette/resources";

export interface PaletteRegistryArgs {
    /** Versions that must become visible. */
    packs: {
        name: string;
        version: string;
        digest: pulumi.Input<string>;
        generation?: pulumi.Input<number>;
    }[];
    owner: { [K in keyof Owner]: pulumi.Input<Owner[K]> };
    /** Take over a registration of this name that somebody else made. */
    adopt: boolean | string;
    /** Deadline of a synchronization, in minutes. */
    syncTimeout: number;
}

/**
 * The Palette side of a registry: `OciRegistry`, `SpectroRegistry`, or `RegistrySync` for an existing one, under the
 * resource name `name`.
 *
 * @returns the registry's uid, known once all packs are visible.
 */
export function paletteRegistry(
    name: string,
    registry: PackRegistry,
    args: PaletteRegistryArgs,
    opts?: pulumi.CustomResourceOptions,
): { uid: pulumi.Output<string> } {
    const { args: configured, endpoint, tls } = registry;
    const credentials = registry.credentials!;
    const common = { name: configured.name, endpoint, ...args };
    switch (configured.kind) {
        case "ecr":
            return new OciRegistry(
                name,
                { ...common, basePath: configured.basePath, credentials },
                opts,
            );
        case "basic": {
            const { kind, basePath, endpointSuffix, pushEndpoint } = configured;
            const others = {
                ...(endpointSuffix && { endpointSuffix }),
                ...(pushEndpoint && { pushEndpoint }),
                ...(tls && { tls }),
            };
            return new OciRegistry(
                name,
                { ...common, kind, basePath, credentials, ...others },
                opts,
            );
        }
        case "spectro":
            return new SpectroRegistry(
                name,
                {
                    ...common,
                    credentials: credentials as pulumi.Output<SpectroRegistryInputs["credentials"]>,
                    ...(tls && { tls }),
                },
                opts,
            );
        case "existing": {
            const { packs, syncTimeout } = args;
            return new RegistrySync(name, { name: configured.name, packs, syncTimeout }, opts);
        }
    }
}
