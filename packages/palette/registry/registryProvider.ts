import { UserError } from "../../pack/userError";
import { reporter, waitFor } from "../api/wait";
import { deleteUnlessReclaimed, newClaim, reportTaken } from "../lifecycle/claims";
import { differ, isUnknown, surelyDiffer } from "../lifecycle/comparison";
import { remove } from "../lifecycle/createOnce";
import { nameCheck } from "../lifecycle/nameCheck";
import { throwRefusal } from "../lifecycle/ownership";
import { changes, isComplete, partialFailure, type Provider } from "../lifecycle/provider";
import { isManaged, noteManaged } from "../lifecycle/runNotes";
import { findRegistered, refusalOfRegistry } from "./registryAdoption";
import { createRegistry, getRegistry, putRegistry, registryCall } from "./registryCalls";
import { registrationProblem, whyInvisible } from "./registryDiagnosis";
import {
    registrySubject,
    type RegistryInputs,
    type RegistryKind,
    type RegistryObject,
    type RegistryOutputs,
} from "./registryKind";
import { pathOf } from "./registryLookup";
import { validate } from "./registryValidation";
import { synchronize } from "./synchronization";

/**
 * A registry of packs in Palette, in tenant scope. It counts as created once the packs that were pushed to it are
 * visible.
 */
export function registryProvider<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
): Provider<Inputs, Inputs & RegistryOutputs> {
    return {
        check: nameCheck(async (news, olds) => {
            if (!isUnknown([news.name, kind.collection(news)])) {
                noteManaged(addressOf(kind, news));
            }
            return olds !== undefined || isUnknown([news.name, news.adopt])
                ? undefined
                : refusal(kind, news, await findRegistered(kind, news), false);
        }),

        async create(inputs) {
            await kind.prepare?.(inputs);
            const existing = await findRegistered(kind, inputs);
            throwRefusal(await refusal(kind, inputs, existing, true));
            if (existing !== undefined) {
                await requireKind(kind, inputs, existing);
            }
            await validate(kind, inputs);
            const claim = existing && newClaim();
            const uid = existing?.metadata.uid ?? (await createRegistry(kind, inputs));
            const outs = { ...inputs, uid, ...(claim && { claim }) };
            try {
                if (existing !== undefined) {
                    noteManaged(uid);
                    reportTaken(registrySubject(inputs), existing.metadata, inputs);
                    await putRegistry(kind, outs, uid);
                }
                await syncPacks(kind, inputs, uid);
            } catch (error) {
                throw partialFailure(error, uid, outs);
            }
            return { id: uid, outs };
        },

        async read(id, props) {
            const registry = await getRegistry(kind, props, id);
            if (registry === undefined) {
                return { id: "" };
            }
            const outs = { ...props, ...observedAddress(registry, props) };
            const { uid: _uid, claim: _claim, ...inputs } = outs;
            // Without these the outputs are the inputs, which TypeScript cannot infer of a generic type.
            return { id, props: outs, inputs: inputs as never };
        },

        async diff(_id, olds, news) {
            const answer = changes<Inputs>(olds, news, {
                replace: ["name"],
                update: ["endpoint", ...kind.specification, "packs"],
                deleteBeforeReplace: false,
            });
            // A registry of another kind has other routes, and cannot take the name before the old one is gone.
            const place = kind.collection(news);
            if (!isUnknown(place) && kind.collection(olds) !== place) {
                return {
                    changes: true,
                    replaces: [...answer.replaces!, "kind"],
                    deleteBeforeReplace: olds.name === news.name,
                };
            }
            if (answer.replaces!.length === 0 && !isUnknown(news)) {
                noteManaged(olds.uid);
            }
            return answer;
        },

        async update(id, olds, news) {
            const outs = { ...news, uid: id, ...(olds.claim && { claim: olds.claim }) };
            await kind.prepare?.(news);
            const keys: (keyof Inputs)[] = ["endpoint", ...kind.specification];
            // What was put by a write that then failed is not recorded: Palette may have other credentials.
            if (!isComplete(olds) || keys.some((key) => differ(olds[key], news[key]))) {
                await validate(kind, news);
                await putRegistry(kind, outs, id);
            }
            await syncPacks(kind, news, id);
            return { outs };
        },

        async delete(id, props) {
            const registry = await getRegistry(kind, props, id);
            if (registry === undefined) {
                return;
            }
            const { labels } = registry.metadata;
            const subject = registrySubject(props);
            // By its name and not its uid, which diff notes: the engine asks that, too, of what a destroy with --target deletes.
            const reclaimed = isManaged(addressOf(kind, props));
            await deleteUnlessReclaimed(
                { subject, uid: id, labels, reclaimed },
                props,
                async () => {
                    await remove(registryCall(kind, props, id, "DELETE"));
                    await waitFor(
                        `${subject} to be gone`,
                        props.syncTimeout,
                        reporter(subject),
                        async () =>
                            (await getRegistry(kind, props, id)) === undefined
                                ? {}
                                : "still being deleted",
                    );
                },
            );
        },
    };
}

/** What a registry is in a run, before it has a uid. */
function addressOf<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
): string {
    return `${kind.collection(inputs)} ${inputs.name}`;
}

/** A registry's address as Palette has it. */
function observedAddress(
    { metadata, spec }: RegistryObject,
    { basePath, endpointSuffix }: RegistryInputs,
) {
    return {
        name: metadata.name,
        endpoint: spec.endpoint,
        ...(basePath !== undefined && { basePath: spec.baseContentPath ?? "" }),
        ...((endpointSuffix || spec.basePath) && { endpointSuffix: spec.basePath ?? "" }),
    };
}

/** Why a registry may not be taken for this stack's own ({@link refusalOfRegistry}). */
function refusal<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
    existing: RegistryObject | undefined,
    creating: boolean,
): Promise<string | undefined> {
    const isSame = async () => {
        const { name, endpoint, basePath, endpointSuffix } = inputs;
        const registry = await getRegistry(kind, inputs, existing!.metadata.uid);
        const wanted = {
            name,
            endpoint,
            ...(basePath !== undefined && { basePath }),
            ...(endpointSuffix && { endpointSuffix }),
        };
        return registry !== undefined && !surelyDiffer(observedAddress(registry, inputs), wanted);
    };
    return refusalOfRegistry(kind, inputs, existing, { isSame, creating });
}

/** @throws Error when a registry that may be taken over is of another kind. */
async function requireKind<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
    { metadata: { uid } }: RegistryObject,
): Promise<void> {
    if ((await getRegistry(kind, inputs, uid)) === undefined) {
        throw new UserError(
            `${registrySubject(inputs)} exists already (uid ${uid}) as another kind of registry; choose another name, or delete it in Palette`,
        );
    }
}

function syncPacks<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
    uid: string,
): Promise<void> {
    const at = {
        path: kind.path(inputs, uid),
        subject: registrySubject(inputs),
        access: kind.access(inputs),
        basePath: inputs.basePath,
        pushPath: pathOf(inputs.pushEndpoint ?? ""),
    };
    const place =
        inputs.basePath === undefined
            ? inputs.endpoint
            : `${inputs.endpoint}/${inputs.basePath}/spectro-packs/archive`;
    return synchronize(
        {
            uid,
            subject: at.subject,
            path: at.path,
            place,
            async whyFailed() {
                const refusal = await validate(kind, inputs, true).catch(
                    (error: Error) => error.message,
                );
                return refusal ?? registrationProblem(at);
            },
            whyInvisible: (pack) => whyInvisible(at, pack),
        },
        inputs.packs,
        inputs.syncTimeout,
    );
}
