import { basic } from "./basic";
import { ecr } from "./ecr";
import { existing } from "./existing";
import type { PackRegistry, RegistryKind, Requirement } from "./registryKind";
import { spectro } from "./spectro";
import type { RegistryConfig } from "../config/registryKeys";
import type { FoundRegistry } from "../../packages/palette/registry/registryLookup";

/** All kinds of registries, by what the key `kind` calls them; the first one is the default. */
export const registryKinds: Record<string, RegistryKind> = {
    ecr,
    basic,
    spectro,
    existing: existing({
        ecr: ecr.transport,
        basic: basic.transport,
        spectro: spectro.transport,
    }),
};

/** The kind of an entry, or of what Palette has. */
export function kindOf({ kind }: { kind: string }): RegistryKind {
    return registryKinds[kind]!;
}

/** Whether a push to a registry of that kind needs something. */
export function requires(registry: { kind: string }, what: Requirement): boolean {
    return kindOf(registry).transport?.requires.includes(what) ?? false;
}

/**
 * The registries of the stack, by name.
 *
 * @param resolved What was looked up: what Palette has under the names that its kind looks up, and where the ECR of the stack's AWS account is.
 * @throws Error when a file that an entry names cannot be read.
 */
export function declareRegistries(
    configured: RegistryConfig[],
    {
        registries,
        ecrHost,
    }: { registries: Record<string, FoundRegistry>; ecrHost?: string | undefined },
): Record<string, PackRegistry> {
    return Object.fromEntries(
        configured.map((entry, index) => [
            entry.name,
            kindOf(entry).declare(entry, {
                key: `registries[${index}]`,
                ...(ecrHost !== undefined && { ecrHost: ecrHost }),
                ...(registries[entry.name] && {
                    resolved: registries[entry.name],
                }),
            }),
        ]),
    );
}
