import { configKey } from "../lifecycle/configKeys";
import { OWNER_LABEL, refusalOf, refusalOfAbsent } from "../lifecycle/ownership";
import { isOfType, readState } from "../lifecycle/pulumiCli";
import {
    registrySubject,
    type RegistryInputs,
    type RegistryKind,
    type RegistryObject,
} from "./registryKind";
import { isManaged } from "../lifecycle/runNotes";

/** The registry of the wanted name; where Palette allows several, the one that the stack may take. */
export async function findRegistered<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
): Promise<RegistryObject | undefined> {
    const { name, owner, adopt } = inputs;
    const named = (await kind.list(registrySubject(inputs))).filter(
        ({ metadata }) => metadata.name === name,
    );
    return (
        named.find(({ metadata }) => metadata.labels?.[OWNER_LABEL] === owner.id) ??
        named.find(({ metadata }) => metadata.uid === adopt) ??
        named[0]
    );
}

/**
 * Why a registry of the wanted name may not become this stack's, or why there is none to adopt. Whether Palette keeps
 * labels of registries is not known. Where no registry shows one, the stack's registry is recognised by what this run
 * knows of it, or by an earlier run that was interrupted while it created just this registry.
 *
 * @param options.isSame Whether it is just what would be created.
 * @param options.creating Whether the engine is creating the resource, and has noted that in the state.
 * @returns what names the registry and the ways out; undefined where it may be taken.
 */
export async function refusalOfRegistry<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
    existing: RegistryObject | undefined,
    options: { isSame: () => Promise<boolean>; creating: boolean },
): Promise<string | undefined> {
    const { owner, adopt } = inputs;
    const subject = registrySubject(inputs);
    const wanted = {
        subject,
        owner,
        adopt,
        adoptKey: `${configKey("registries", inputs.name)}.adopt`,
    };
    if (existing === undefined) {
        return refusalOfAbsent(wanted);
    }
    const { uid, labels } = existing.metadata;
    const refusal = refusalOf(existing.metadata, wanted);
    if (refusal === undefined || adopt !== false || labels?.[OWNER_LABEL] !== undefined) {
        return refusal;
    }
    const registries = await kind.list(subject);
    if (registries.some(({ metadata }) => Object.keys(metadata.labels ?? {}).length > 0)) {
        return refusal;
    }
    if (isManaged(uid)) {
        return undefined;
    }
    if (!(await options.isSame())) {
        return refusal;
    }
    try {
        // The create that is just running is noted as well.
        const noted = await pendingCreates(owner.stack, kind.type, inputs.name);
        return noted > (options.creating ? 1 : 0) ? undefined : refusal;
    } catch (error) {
        return `${refusal} (whether an interrupted run of this stack made it is not known: ${(error as Error).message})`;
    }
}

/** How many creates of this resource the stack's state holds that were begun and have not ended. */
async function pendingCreates(stack: string, type: string, name: string): Promise<number> {
    const { pending_operations: operations = [] } = await readState(stack);
    return operations.filter(
        ({ type: operation, resource }) =>
            operation === "creating" && isOfType(resource, type) && resource.inputs?.name === name,
    ).length;
}
