import { deleteUnlessReclaimed, newClaim } from "../lifecycle/claims";
import type { Call } from "../api/client";
import {
    changes,
    createOnce,
    differ,
    isComplete,
    isUnknown,
    partialFailure,
    remove,
    surelyDiffer,
    type Provider,
} from "../lifecycle/lifecycle";
import { nameCheck } from "../lifecycle/nameCheck";
import { ownerLabels, throwRefusal, type Claimed } from "../lifecycle/ownership";
import { findRegistered, refusalOfRegistry } from "./registryAdoption";
import { PaletteError } from "../api/paletteError";
import { registrationProblem, whyInvisible } from "./registryDiagnosis";
import { listRegistries, pathOf } from "./registryLookup";
import { noteManaged } from "../lifecycle/runNotes";
import { palette } from "../api/session";
import type { RegistryInputs, RegistryKind, RegistryObject, RegistryOutputs } from "./registryKind";
import { synchronize } from "./synchronization";
import { reporter, waitFor } from "../api/wait";
import { UserError } from "../../pack/userError";

/**
 * A registry of packs in Palette, in tenant scope. It counts as created once the packs that were pushed to it are
 * visible.
 */
export function registryProvider<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
): Provider<Inputs, Inputs & RegistryOutputs> {
    return {
        check: nameCheck(async (news, olds) =>
            olds !== undefined || isUnknown([news.name, news.adopt])
                ? undefined
                : refusal(kind, news, await findRegistered(kind, news), false),
        ),

        async create(inputs) {
            await kind.prepare?.(inputs);
            const existing = await findRegistered(kind, inputs);
            throwRefusal(await refusal(kind, inputs, existing, true));
            if (existing !== undefined) {
                await requireKind(kind, inputs, existing);
            }
            await validate(kind, inputs);
            const claim = existing && newClaim();
            const uid = existing?.metadata.uid ?? (await make(kind, inputs));
            const outs = { ...inputs, uid, ...(claim && { claim }) };
            try {
                if (existing !== undefined) {
                    noteManaged(uid);
                    await put(kind, outs, uid);
                }
                await syncPacks(kind, inputs, uid);
            } catch (error) {
                throw partialFailure(error, uid, outs);
            }
            return { id: uid, outs };
        },

        async read(id, props) {
            const registry = await get(kind, props, id);
            if (registry === undefined) {
                return { id: "" };
            }
            const outs = { ...props, ...observedAddress(registry, props) };
            const { uid: _uid, claim: _claim, ...inputs } = outs;
            // Without those the outputs are the inputs, which TypeScript cannot tell of a generic type.
            return { id, props: outs, inputs: inputs as never };
        },

        async diff(_id, olds, news) {
            const answer = changes<Inputs>(olds, news, {
                replace: ["name"],
                update: ["endpoint", ...kind.specification, "packs"],
                deleteBeforeReplace: false,
            });
            // One of another kind has routes of its own, and cannot take the name before the old one is gone.
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
                await put(kind, outs, id);
            }
            await syncPacks(kind, news, id);
            return { outs };
        },

        async delete(id, props) {
            const registry = await get(kind, props, id);
            if (registry === undefined) {
                return;
            }
            const { labels } = registry.metadata;
            const subject = registrySubject(props);
            await deleteUnlessReclaimed({ subject, uid: id, labels }, props, async () => {
                await remove(registryCall(kind, props, id, "DELETE"));
                await waitFor(
                    `${subject} to be gone`,
                    props.syncTimeout,
                    reporter(subject),
                    async () =>
                        (await get(kind, props, id)) === undefined ? {} : "still being deleted",
                );
            });
        },
    };
}

const registrySubject = ({ name }: RegistryInputs) => `registry "${name}"`;

/** Creates a registry that is not there; answers its uid. */
function make<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
): Promise<string> {
    return createOnce(
        {
            method: "POST",
            path: kind.collection(inputs),
            subject: registrySubject(inputs),
            // The synchronization is started afterwards, so that there is one and its end can be told.
            query: { skipPackSync: true },
            body: entityOf(kind, inputs),
        },
        async () => (await findRegistered(kind, inputs))?.metadata.uid,
    ).catch((error: Error) => refused(inputs, error));
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

/** A call about a registry: one of the tenant, whose uid its owner has recorded. */
function registryCall<Inputs extends RegistryInputs>(
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

function get<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
    uid: string,
): Promise<RegistryObject | undefined> {
    return palette().find<RegistryObject>(registryCall(kind, inputs, uid, "GET"));
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
        const registry = await get(kind, inputs, existing!.metadata.uid);
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
    if ((await get(kind, inputs, uid)) === undefined) {
        throw new UserError(
            `${registrySubject(inputs)} exists already (uid ${uid}) as another kind of registry; choose another name, or delete it in Palette`,
        );
    }
}

/** @throws Error that says so where another kind of registry has the name; whether Palette refuses that is not known. */
async function refused(inputs: RegistryInputs, error: Error): Promise<never> {
    if (!(error instanceof PaletteError) || error.ambiguous || error.refusedForNow) {
        throw error;
    }
    const all = await listRegistries(palette(), registrySubject(inputs)).catch(() => []);
    const other = all.find(({ name }) => name === inputs.name);
    if (other === undefined) {
        throw error;
    }
    throw new UserError(
        `${error.message}; another kind of registry has the name (uid ${other.uid}): choose another name, or delete it in Palette; ` +
            "if it is this stack's, take it out of registries, run pulumi up, and then add the new one",
    );
}

function put<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs & Pick<Claimed, "claim">,
    uid: string,
): Promise<void> {
    const body = entityOf(kind, inputs);
    return palette().request({ ...registryCall(kind, inputs, uid, "PUT"), body });
}

/** Lets Palette try the credentials: for as long as their kind may need, or `once`. */
async function validate<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
    once = false,
): Promise<void> {
    const patience = once ? undefined : kind.retryPolicy?.(inputs);
    const subject = registrySubject(inputs);
    const attempt = () =>
        palette().request<void>({
            method: "POST",
            path: `${kind.collection(inputs)}/validate`,
            subject,
            body: kind.specOf(inputs),
            repeatable: true,
        });
    try {
        if (patience === undefined) {
            await attempt();
            return;
        }
        await waitFor(patience.what, patience.minutes, reporter(subject), async () => {
            try {
                await attempt();
                return {};
            } catch (error) {
                const { message } = error as Error;
                if (!patience.passing(message)) {
                    // Not Palette's error itself, which could be one that a wait goes on after.
                    throw new UserError(message);
                }
                return message;
            }
        });
    } catch (error) {
        throw new UserError(
            `${(error as Error).message}; Palette cannot read ${inputs.endpoint} with the registry's credentials: ` +
                (await kind.whyRefused(inputs)),
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
