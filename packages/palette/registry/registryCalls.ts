import { UserError } from "../../pack/userError";
import type { Call } from "../api/call";
import { PaletteError } from "../api/paletteError";
import { palette } from "../api/session";
import { createOnce } from "../lifecycle/createOnce";
import { ownerLabels, type Claimed } from "../lifecycle/ownership";
import { findRegistered } from "./registryAdoption";
import {
    registrySubject,
    type RegistryInputs,
    type RegistryKind,
    type RegistryObject,
} from "./registryKind";
import { listRegistries } from "./registryLookup";

/** Creates a registry that is not there. @returns its uid. @throws PaletteError, Error */
export function createRegistry<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
): Promise<string> {
    return createOnce(
        {
            method: "POST",
            path: kind.collection(inputs),
            subject: registrySubject(inputs),
            // The synchronization is started afterwards, so that there is just one and its end can be recognised.
            query: { skipPackSync: true },
            body: entityOf(kind, inputs),
        },
        async () => (await findRegistered(kind, inputs))?.metadata.uid,
    ).catch((error: Error) => refused(inputs, error));
}

/** A call about a registry: one of the tenant, whose uid its owner has recorded. */
export function registryCall<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
    uid: string,
    method: Call["method"],
): Call {
    const { tenant } = inputs.owner;
    return {
        method,
        path: kind.path(inputs, uid),
        subject: registrySubject(inputs),
        ...(tenant && { tenant }),
    };
}

/** Reads a registry; undefined where there is none of that kind and uid. @throws PaletteError */
export function getRegistry<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
    uid: string,
): Promise<RegistryObject | undefined> {
    return palette().find<RegistryObject>(registryCall(kind, inputs, uid, "GET"));
}

/** Overwrites how a registry is registered. @throws PaletteError */
export function putRegistry<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs & Pick<Claimed, "claim">,
    uid: string,
): Promise<void> {
    const body = entityOf(kind, inputs);
    return palette().request({ ...registryCall(kind, inputs, uid, "PUT"), body });
}

/** Labels carry the owner id; whether Palette keeps them is not known. */
function entityOf<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs & Pick<Claimed, "claim">,
) {
    return {
        metadata: { name: inputs.name, labels: ownerLabels(inputs) },
        spec: kind.specOf(inputs),
    };
}

/** @throws Error that says so where another kind of registry has the name; whether Palette refuses that is not known. */
async function refused(inputs: RegistryInputs, error: Error): Promise<never> {
    if (!(error instanceof PaletteError) || error.ambiguous || error.refusedForNow) {
        throw error;
    }
    const registries = await listRegistries(palette(), registrySubject(inputs)).catch(() => []);
    const namesake = registries.find(({ name }) => name === inputs.name);
    if (namesake === undefined) {
        throw error;
    }
    throw new UserError(
        `${error.message}; another kind of registry has the name (uid ${namesake.uid}): choose another name, or delete it in Palette; ` +
            "if it is this stack's, take it out of registries, run pulumi up, and then add the new one",
    );
}
