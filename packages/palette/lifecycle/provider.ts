import { isBug } from "../../registry/bug";
import { UserError } from "../../pack/userError";
import type * as pulumi from "@pulumi/pulumi";
import { differ, surelyDiffer } from "./comparison";

/** A dynamic provider (`pulumi.dynamic.ResourceProvider`) that implements every operation. */
export interface Provider<Inputs, Outputs extends Inputs> {
    /** Looks for mistakes before anything is sent; in a preview some values are not known yet. */
    check?(olds: Inputs, news: Inputs): Promise<pulumi.dynamic.CheckResult<Inputs>>;
    create(inputs: Inputs): Promise<{ id: string; outs: Outputs }>;
    /** `id` is empty when the object is gone; `inputs` is what `up` would have to send for things to be as they are. */
    read(id: string, props: Outputs): Promise<{ id: string; props?: Outputs; inputs?: Inputs }>;
    diff(id: string, olds: Outputs, news: Inputs): Promise<pulumi.dynamic.DiffResult>;
    update(id: string, olds: Outputs, news: Inputs): Promise<{ outs: Outputs }>;
    delete(id: string, props: Outputs): Promise<void>;
}

/**
 * Answers the engine's question what a change of inputs means.
 *
 * @param olds The recorded properties, outputs included.
 * @param keys.replace Inputs that identify the object in Palette. They are known in a preview, always.
 * @param keys.update Inputs that can change in place. All others (deadlines, owners) have no effect on what is there.
 * @param keys.deleteBeforeReplace Whether old and new cannot exist side by side, because Palette wants the name unique.
 */
export function changes<I extends object>(
    olds: I,
    news: I,
    keys: { replace: (keyof I)[]; update: (keyof I)[]; deleteBeforeReplace: boolean },
): pulumi.dynamic.DiffResult {
    const changed = (key: keyof I) => differ(olds[key], news[key]);
    // What is not known yet may turn out to be what it was: a change, but no reason to announce a replacement.
    const replaces = keys.replace.filter((key) => surelyDiffer(olds[key], news[key]));
    return {
        changes: !isComplete(olds) || [...keys.replace, ...keys.update].some(changed),
        replaces: replaces as string[],
        deleteBeforeReplace: keys.deleteBeforeReplace,
    };
}

/**
 * The provider, with updates that leave a note when they fail: some of an update may have been done, so that the object is
 * neither as it was nor as it should be, and setting the configuration back must not look like no change.
 */
export function recordPartialUpdates<I extends object, O extends I>(
    provider: Provider<I, O>,
): Provider<I, O> {
    return {
        ...provider,
        async update(id, olds, news) {
            try {
                return await provider.update(id, olds, news);
            } catch (error) {
                // What it says of the object by itself is more than what was known before.
                throw isPartialFailure(error) ? error : partialFailure(error, id, olds);
            }
        },
    };
}

/** Whether the last create or update of an object came to its end, so that it is known to be as it was recorded. */
export function isComplete(olds: object): boolean {
    return !(PARTIAL in olds);
}

/** The property of an object whose create or update did not come to its end. */
const PARTIAL = "partial";

/**
 * An error about an object that exists in Palette but is not as it should be: the engine records the object
 * with these properties, so that it is never lost, and the next run continues with an update. The engine's own note
 * of that does not outlive a refresh, so the properties carry one, too.
 */
export function partialFailure(cause: unknown, id: string, properties: object): Error {
    // The engine shows nothing of an error but its message.
    const { message: reason, stack } = cause as Error;
    const message = isBug(cause) ? stack! : reason;
    return Object.assign(isBug(cause) ? new Error(message, { cause }) : new UserError(message), {
        id,
        properties: { ...properties, [PARTIAL]: true },
        reasons: [message],
    });
}

function isPartialFailure(error: unknown): boolean {
    return error instanceof Error && "id" in error && "properties" in error;
}
