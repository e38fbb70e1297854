import { randomUUID } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import { objectsWithLabel } from "./leftBehind";
import type { Provider } from "./lifecycle";
import { readState, type StackState, type StateResource } from "./pulumiCli";

/** Whom an object in Palette belongs to: the mark that the stack keeps, and the stack's full name. */
export interface Owner {
    mark: string;
    stack: string;
}

/** The label (a tag in Palette's console) that carries the mark. */
export const OWNER_LABEL = "pulumi-owner";

export interface OwnershipInputs {
    /** `organization/project/stack`. */
    stack: string;
}

export interface OwnershipOutputs extends OwnershipInputs {
    mark: string;
}

/**
 * A random mark, made once in a stack's life before anything in Palette. A create that was cut off left an
 * object behind that no state knows; the mark tells the next run that it is its own. The mark goes last, and not before
 * everything that carries it.
 */
export const ownership: pulumi.dynamic.ResourceProvider<OwnershipInputs, OwnershipOutputs> = {
    create: async (inputs) => {
        const mark = randomUUID();
        return { id: mark, outs: { ...inputs, mark } };
    },
    diff: async () => ({ changes: false }),
    async delete(_id, { mark }) {
        const left = await objectsWithLabel(OWNER_LABEL, mark);
        if (left.length > 0) {
            throw new Error(
                `Palette still has what this stack has made and its state does not know (a run was interrupted, or a deletion was ` +
                    `confirmed and not done): ${left.join(", ")}. ` +
                    `Delete that in Palette, or keep it by removing its tag ${OWNER_LABEL}; then run pulumi destroy again`,
            );
        }
    },
};

const BARE_TAG = "spectro__tag";

/**
 * Tags as Palette's API keeps them: `key:value` is the label `key: value`, a bare word has the value
 * `spectro__tag` (the convention of the console and the official Terraform provider). The owner's mark is added.
 */
export function labelsOf(tags: string[], owner: Owner): Record<string, string> {
    const labels = tags.map((tag) => {
        const colon = tag.indexOf(":");
        return colon < 0 ? [tag, BARE_TAG] : [tag.slice(0, colon), tag.slice(colon + 1)];
    });
    return { ...Object.fromEntries(labels), [OWNER_LABEL]: owner.mark };
}

/**
 * The reverse of {@link labelsOf}, in the order of the recorded tags, so that order is no difference. Where the mark
 * is missing Palette does not keep labels, and the recorded tags are all there is to know.
 */
export function tagsOf(
    labels: Record<string, string> | undefined,
    recorded: string[],
    owner: Owner,
): string[] {
    if (labels?.[OWNER_LABEL] !== owner.mark) {
        return recorded;
    }
    const tags = Object.entries(labels)
        .filter(([key]) => key !== OWNER_LABEL)
        .map(([key, value]) => (value === BARE_TAG ? key : `${key}:${value}`));
    return [
        ...recorded.filter((tag) => tags.includes(tag)),
        ...tags.filter((tag) => !recorded.includes(tag)),
    ];
}

/** Whether an object bears the mark of the stack. */
export function isOwn(labels: Record<string, string> | undefined, owner: Owner): boolean {
    return labels?.[OWNER_LABEL] === owner.mark;
}

/** @throws Error that names every property of an object to be adopted that is not as configured and cannot change. */
export function requireMatch(
    subject: string,
    properties: Record<string, { is: string | undefined; wanted: string | undefined }>,
): void {
    const differing = Object.entries(properties)
        .filter(([, { is, wanted }]) => (is ?? "") !== (wanted ?? ""))
        .map(([name, { is, wanted }]) => `${name} is ${is || "empty"}, not ${wanted || "empty"}`);
    if (differing.length > 0) {
        throw new Error(
            `${subject} cannot be adopted: ${differing.join("; ")}; ` +
                "correct the configuration so that it describes what exists, or choose another name",
        );
    }
}

/** @throws Error when an object that is not there was to be adopted by its uid. */
export function requireNoAdoption(
    adopt: boolean | string,
    { subject, adoptKey }: { subject: string; adoptKey: string },
): void {
    if (typeof adopt === "string") {
        throw new Error(
            `${subject} with uid ${adopt} does not exist, so it cannot be adopted; correct ${adoptKey} or the name`,
        );
    }
}

/** An object of a wanted name that exists in Palette already. */
export interface Existing {
    uid: string;
    labels?: Record<string, string>;
}

/**
 * Decides whether an object that exists already may be taken over as this stack's own: it carries the stack's
 * mark; or the user says so; or it carries no mark at all (Palette may not keep labels), is just what would
 * be created, and the stack remembers a create that never ended.
 *
 * @param wanted.subject `cluster "pack-tutorial-cluster"`.
 * @param wanted.type The resource's type name, such as `AwsCluster`.
 * @param wanted.adopt Whether to take over what is not the stack's; a text is the uid that it must have.
 * @param wanted.adoptKey The configuration key that adopts it, such as `cluster.adopt`.
 * @param wanted.sameSpecification Whether the object is just what would be created.
 * @throws Error that names the object and the ways out.
 */
export async function requireOwn(
    existing: Existing,
    wanted: {
        subject: string;
        type: string;
        name: string;
        owner: Owner;
        /** Any object of this name, or the one of this uid. */
        adopt: boolean | string;
        adoptKey: string;
        sameSpecification: () => Promise<boolean> | boolean;
    },
): Promise<void> {
    const mark = existing.labels?.[OWNER_LABEL];
    const exists = `${wanted.subject} exists already (uid ${existing.uid})`;
    if (mark === wanted.owner.mark || wanted.adopt === true || wanted.adopt === existing.uid) {
        return;
    }
    if (wanted.adopt) {
        throw new Error(
            `${exists}, but ${wanted.adoptKey} is ${wanted.adopt}; correct the uid or the name`,
        );
    }
    const ways = `choose another name, delete it in Palette, or set ${wanted.adoptKey}: true to let this stack take it over`;
    if (mark === undefined && (await wanted.sameSpecification())) {
        const pending = await hasPendingCreate(wanted.owner.stack, wanted.type, wanted.name).catch(
            (error: Error) => {
                throw new Error(
                    `${exists}, and whether an interrupted run of this stack made it cannot be told (${error.message}); ${ways}`,
                );
            },
        );
        if (pending) {
            return;
        }
    }
    throw new Error(`${exists} and was not created by this stack; ${ways}`);
}

/** Whether the stack's state holds a create of this resource that was begun and never ended. */
async function hasPendingCreate(stack: string, type: string, name: string): Promise<boolean> {
    const { pending_operations: operations = [] } = await readState(stack);
    return operations.some(
        ({ type: operation, resource }) =>
            operation === "creating" && isOfType(resource, type) && resource.inputs?.name === name,
    );
}

/**
 * The provider, whose delete leaves an object alone that another resource of the stack has taken up again. A replacement
 * that breaks off (by another scope of a profile, say) leaves the old resource in the state, to be deleted; when the
 * configuration is then set back, the create finds the object as the stack's own, and the engine deletes the old resource
 * afterwards.
 */
export function sparingTakenUp<I extends { owner: Owner }, O extends I & { uid: string }>(
    type: string,
    provider: Provider<I, O>,
): Provider<I, O> {
    return {
        ...provider,
        async delete(id, props) {
            if (!(await isTakenUp(type, uidsOf(props), props.owner.stack))) {
                await provider.delete(id, props);
            }
        },
    };
}

/** Whether the engine deletes what it has replaced, and a resource that stays stands for the same object. */
async function isTakenUp(type: string, uids: string[], stack: string): Promise<boolean> {
    // Without the state there is nothing but the engine's word.
    const state = await readState(stack).catch((): StackState => ({}));
    const { resources = [], pending_operations: operations = [] } = state;
    const isSame = (one: StateResource) =>
        isOfType(one, type) && uidsOf(one.outputs ?? {}).some((uid) => uids.includes(uid));
    const deleted = operations
        .filter((operation) => operation.type === "deleting" && isSame(operation.resource))
        .map(({ resource }) => resource);
    return (
        deleted.length > 0 &&
        deleted.every((one) => one.delete === true) &&
        resources.some((one) => one.delete !== true && isSame(one))
    );
}

/**
 * All objects in Palette that a resource stands for: a profile has one for each of its versions. Those are a secret in an
 * exported state where their values hold one; the current one tells enough then.
 */
function uidsOf({ uid, versions }: { uid?: string; versions?: unknown }): string[] {
    const all = Array.isArray(versions) ? (versions as { uid: string }[]) : [];
    return [...(uid === undefined ? [] : [uid]), ...all.map((one) => one.uid)];
}

function isOfType(resource: StateResource, type: string): boolean {
    return resource.type.endsWith(`palette:${type}`);
}
