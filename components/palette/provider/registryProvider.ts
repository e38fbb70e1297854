import type { RegistryAccess } from "../../registry/access";
import { PaletteError } from "./client";
import {
    changes,
    createOnce,
    differ,
    isFinished,
    notReady,
    remove,
    type Provider,
} from "./lifecycle";
import { OWNER_LABEL, requireNoAdoption, requireOwn, type Owner } from "./ownership";
import { registrationProblem, whyInvisible } from "./registryDiagnosis";
import { listRegistries, pathOf } from "./registryLookup";
import { palette } from "./session";
import { synchronize, type PublishedPack } from "./synchronization";
import { reporter, waitFor } from "./wait";

/** How Palette trusts the certificate of a registry. */
export interface RegistryTls {
    /** PEM text of the CA. */
    certificate?: string;
    insecureSkipVerify?: boolean;
}

/** What the resources of all kinds of registries have in common. */
export interface RegistryInputs {
    /** Name in Palette, unique in the tenant. */
    name: string;
    /** ECR: a host without a scheme; all others: with `https://` (Palette's forms). */
    endpoint: string;
    /** OCI registries: repository prefix before `/spectro-packs/archive`. */
    basePath?: string;
    /** Basic registries: what Palette appends to the endpoint. */
    endpointSuffix?: string;
    /** Where packs are pushed to, if that is another address. */
    pushEndpoint?: string;
    packs: PublishedPack[];
    owner: Owner;
    /** Take over a registry of this name that somebody else made: any, or the one of this uid. */
    adopt: boolean | string;
    /** Deadline of a synchronization, in minutes. */
    syncTimeout: number;
}

/** The part of a registry that the API answers for every kind. */
export interface RegistryObject {
    metadata: { uid: string; name: string; labels?: Record<string, string> };
    spec: { endpoint: string; basePath?: string; baseContentPath?: string };
}

/** What one kind of registry has of its own. */
export interface RegistryKind<Inputs extends RegistryInputs> {
    /** Name of the resource type. */
    type: string;
    /** Inputs that say how Palette reads it; a change of them, or one that broke off, is validated and put. */
    specification: (keyof Inputs)[];
    /** Path that creates (POST), and with `/validate` validates. */
    collection(inputs: Inputs): string;
    /** Path of one registry. */
    path(inputs: Inputs, uid: string): string;
    /** The `spec` of the request. */
    specOf(inputs: Inputs): object;
    find(inputs: Inputs): Promise<RegistryObject | undefined>;
    access(inputs: Inputs): RegistryAccess;
    /** Checks what has to be right before Palette hears of it. @throws Error */
    prepare?(inputs: Inputs): Promise<void>;
    /** Refusals of the validation that may still pass by themselves: for how many minutes, and what is waited for. */
    patience?(
        inputs: Inputs,
    ): { minutes: number; what: string; passing(message: string): boolean } | undefined;
    /** Finds out why Palette cannot read it, as far as that can be seen from here. */
    whyRefused(inputs: Inputs): Promise<string>;
}

/**
 * A registry of packs in Palette, in tenant scope. It counts as created once the packs that were pushed to it are
 * visible.
 */
export function registryProvider<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
): Provider<Inputs, Inputs & { uid: string }> {
    return {
        async create(inputs) {
            await kind.prepare?.(inputs);
            const existing = await kind.find(inputs);
            if (existing !== undefined) {
                await requireOwnRegistry(kind, inputs, existing);
            } else {
                requireNoAdoption(inputs.adopt, {
                    subject: subjectOf(inputs),
                    adoptKey: ADOPT_KEY,
                });
            }
            await validate(kind, inputs);
            const uid =
                existing?.metadata.uid ??
                (await createOnce(
                    {
                        method: "POST",
                        path: kind.collection(inputs),
                        subject: subjectOf(inputs),
                        // The synchronization is started below, so that there is one and its end can be told.
                        query: { skipPackSync: true },
                        body: entityOf(kind, inputs),
                    },
                    async () => (await kind.find(inputs))?.metadata.uid,
                ).catch((error: Error) => refused(inputs, error)));
            try {
                if (existing !== undefined) {
                    await put(kind, inputs, uid);
                }
                await bringPacks(kind, inputs, uid);
            } catch (error) {
                throw notReady(error, uid, { ...inputs, uid });
            }
            return { id: uid, outs: { ...inputs, uid } };
        },

        async read(id, props) {
            const registry = await get(kind, props, id);
            if (registry === undefined) {
                return { id: "" };
            }
            const { uid: _, ...inputs } = { ...props, ...seen(registry, props) };
            // Without the uid the outputs are the inputs, which TypeScript cannot tell of a generic type.
            return { id, props: { ...inputs, uid: id } as never, inputs: inputs as never };
        },

        async diff(_id, olds, news) {
            const answer = changes<Inputs>(olds, news, {
                replace: ["name"],
                update: ["endpoint", ...kind.specification, "packs"],
                deleteBeforeReplace: false,
            });
            // One of another kind has routes of its own, and cannot take the name before the old one is gone.
            return kind.collection(olds) === kind.collection(news)
                ? answer
                : {
                      changes: true,
                      replaces: [...answer.replaces!, "kind"],
                      deleteBeforeReplace: olds.name === news.name,
                  };
        },

        async update(id, olds, news) {
            await kind.prepare?.(news);
            const keys: (keyof Inputs)[] = ["endpoint", ...kind.specification];
            // What was put by a write that then failed is not recorded: Palette may have other credentials.
            if (!isFinished(olds) || keys.some((key) => differ(olds[key], news[key]))) {
                await validate(kind, news);
                await put(kind, news, id);
            }
            await bringPacks(kind, news, id);
            return { outs: { ...news, uid: id } };
        },

        async delete(id, props) {
            const subject = subjectOf(props);
            await remove({ method: "DELETE", path: kind.path(props, id), subject });
            await waitFor(
                `${subject} to be gone`,
                props.syncTimeout,
                reporter(subject),
                async () =>
                    (await get(kind, props, id)) === undefined ? {} : "still being deleted",
            );
        },
    };
}

const ADOPT_KEY = "adopt (under registries)";

const subjectOf = ({ name }: RegistryInputs) => `registry "${name}"`;

/** Labels carry the owner's mark; whether Palette keeps them is not known. */
function entityOf<Inputs extends RegistryInputs>(kind: RegistryKind<Inputs>, inputs: Inputs) {
    return {
        metadata: { name: inputs.name, labels: { [OWNER_LABEL]: inputs.owner.mark } },
        spec: kind.specOf(inputs),
    };
}

function get<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
    uid: string,
): Promise<RegistryObject | undefined> {
    return palette().find<RegistryObject>({
        method: "GET",
        path: kind.path(inputs, uid),
        subject: subjectOf(inputs),
    });
}

/** A registry's address as Palette has it. */
function seen({ metadata, spec }: RegistryObject, { basePath, endpointSuffix }: RegistryInputs) {
    return {
        name: metadata.name,
        endpoint: spec.endpoint,
        ...(basePath !== undefined && { basePath: spec.baseContentPath ?? "" }),
        ...((endpointSuffix || spec.basePath) && { endpointSuffix: spec.basePath ?? "" }),
    };
}

async function requireOwnRegistry<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
    { metadata: { uid, labels } }: RegistryObject,
): Promise<void> {
    const { name, owner, adopt, endpoint, basePath, endpointSuffix } = inputs;
    const subject = subjectOf(inputs);
    await requireOwn(
        { uid, labels },
        {
            subject,
            type: kind.type,
            name,
            owner,
            adopt,
            adoptKey: ADOPT_KEY,
            sameSpecification: async () => {
                const registry = await get(kind, inputs, uid);
                const wanted = {
                    name,
                    endpoint,
                    ...(basePath !== undefined && { basePath }),
                    ...(endpointSuffix && { endpointSuffix }),
                };
                return registry !== undefined && !differ(seen(registry, inputs), wanted);
            },
        },
    );
    if ((await get(kind, inputs, uid)) === undefined) {
        throw new Error(
            `${subject} exists already (uid ${uid}) as another kind of registry; choose another name, or delete it in Palette`,
        );
    }
}

/** @throws Error that says so where another kind of registry has the name; whether Palette refuses that is not known. */
async function refused(inputs: RegistryInputs, error: Error): Promise<never> {
    if (!(error instanceof PaletteError) || error.ambiguous || error.refusedForNow) {
        throw error;
    }
    const all = await listRegistries(palette(), subjectOf(inputs)).catch(() => []);
    const other = all.find(({ name }) => name === inputs.name);
    if (other === undefined) {
        throw error;
    }
    throw new Error(
        `${error.message}; another kind of registry has the name (uid ${other.uid}): choose another name, or delete it in Palette; ` +
            "if it is this stack's, take it out of registries, run pulumi up, and then add the new one",
    );
}

function put<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
    uid: string,
): Promise<void> {
    return palette().request({
        method: "PUT",
        path: kind.path(inputs, uid),
        subject: subjectOf(inputs),
        body: entityOf(kind, inputs),
    });
}

/** Lets Palette try the credentials: for as long as their kind may need, or `once`. */
async function validate<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
    once = false,
): Promise<void> {
    const patience = once ? undefined : kind.patience?.(inputs);
    const subject = subjectOf(inputs);
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
                    throw new Error(message);
                }
                return message;
            }
        });
    } catch (error) {
        throw new Error(
            `${(error as Error).message}; Palette cannot read ${inputs.endpoint} with the registry's credentials: ` +
                (await kind.whyRefused(inputs)),
        );
    }
}

function bringPacks<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
    uid: string,
): Promise<void> {
    const at = {
        path: kind.path(inputs, uid),
        subject: subjectOf(inputs),
        access: kind.access(inputs),
        stack: inputs.owner.stack,
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
