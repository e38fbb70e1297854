import { type Context, notFound } from "../context";
import { type Pack } from "../stored";
import { checkFault } from "../faults";
import { registries } from "../registries/registry";

/**
 * What becomes of a version over the years ("Packs Maintenance Policy"): deprecated ones work as
 * before, disabled ones are not offered for new profiles, removed ones are gone from the registry.
 */
export interface PackFault {
    deprecated?: boolean;
    disabled?: boolean;
    removed?: boolean;
}

/**
 * Arranges it for one version of a pack; an empty fault makes the version as good as new. Throws 404
 * for a version that the registry never had, and 400 for another kind of trouble.
 */
export function setPackFault(
    context: Context,
    wanted: { registry: string; name: string; version: string },
    fault: PackFault,
): void {
    checkFault(fault, { deprecated: "flag", disabled: "flag", removed: "flag" });
    const named = registries(context)
        .values()
        .filter(({ name }) => name === wanted.registry)
        .map(({ uid }) => uid);
    const packs = context.packs
        .values()
        .filter(
            ({ name, version, registryUid }) =>
                name === wanted.name &&
                version === wanted.version &&
                named.includes(registryUid),
        );
    if (packs.length === 0) {
        throw notFound("Pack", `${wanted.registry}/${wanted.name}/${wanted.version}`);
    }
    for (const { state: _before, deleted: _gone, ...pack } of packs) {
        context.packs.put(pack.uid, {
            ...pack,
            ...(fault.deprecated && { state: "deprecated" as const }),
            ...(fault.disabled && { state: "disabled" as const }),
            ...(fault.removed && { deleted: true }),
        });
    }
}

/** As the filters of the API call it; empty for a version without any. */
export function stateOf(pack: Pack): "" | "deprecated" | "disabled" | "deleted" {
    return pack.deleted ? "deleted" : (pack.state ?? "");
}

/** The pack's annotations, with its state where the switch `packState` shows it there. */
export function annotationsOf(context: Context, pack: Pack): Record<string, string> {
    const state = stateOf(pack);
    return state === "" || context.switches.get("packState") === "filtersOnly"
        ? pack.annotations
        : { ...pack.annotations, system_state: state };
}
