import { performance } from "node:perf_hooks";
import { isDeepStrictEqual } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import type * as pulumi from "@pulumi/pulumi";
import { PaletteError, type Call } from "../api/client";
import { RetryBudget } from "../api/retryPolicy";
import { palette } from "../api/session";
import { isBug } from "../../registry/bug";
import { UserError } from "../../pack/userError";

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

/** Stands for a value that is not known yet in a preview (the SDK's `unknownValue`). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether two values of a resource's properties differ; absent and undefined are the same. */
export function differ(old: unknown, now: unknown): boolean {
    return !isDeepStrictEqual(plain(old), plain(now));
}

function plain(value: unknown): unknown {
    return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/**
 * Answers the engine's question what a change of inputs means.
 *
 * @param olds The recorded properties, outputs included.
 * @param keys.replace Inputs that identify the object in Palette. They are known in a preview, always.
 * @param keys.update Inputs that can change in place. All others (deadlines, marks) have no effect on what is there.
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

/** How long an effect gets to become visible before it is looked for. */
const MIN_LOOK_MS = 1000;

/**
 * Makes a call that must not have its effect twice. When the answer gets lost the effect is looked for before the
 * call is repeated, for as long as any call is repeated.
 *
 * @param done Looks for the effect; undefined when there is none.
 * @returns the answer, or what was found in its place.
 */
export async function sendOnce<T>(call: Call, done: () => Promise<T | undefined>): Promise<T> {
    let answerLost = false;
    const budget = new RetryBudget();
    for (;;) {
        const sent = performance.now();
        try {
            return await palette().request<T>({ ...call, repeatable: false });
        } catch (error) {
            if (!(error instanceof PaletteError)) {
                throw error;
            }
            // Once an answer was lost, even a refusal ("exists already") may be about the effect of that call.
            answerLost ||= error.ambiguous;
            if (!answerLost) {
                throw error;
            }
            const took = performance.now() - sent;
            const pause = budget.next({ took, asked: MIN_LOOK_MS, isDoubtful: false });
            await sleep(pause ?? MIN_LOOK_MS);
            const found = await done();
            if (found !== undefined) {
                return found;
            }
            if (!error.ambiguous || pause === undefined) {
                throw error;
            }
        }
    }
}

/**
 * Creates an object whose name was free just before, and never a second one ({@link sendOnce}).
 *
 * @param call The POST; answers `{uid}`.
 * @param find Looks the object up by its name.
 * @returns the new object's uid.
 */
export async function createOnce(
    call: Call,
    find: () => Promise<string | undefined>,
): Promise<string> {
    const { uid } = await sendOnce<{ uid?: string }>({ ...call, answer: "object" }, async () => {
        const found = await find();
        return found === undefined ? undefined : { uid: found };
    });
    const created = uid || (await find());
    if (created === undefined) {
        throw new PaletteError(
            `${call.subject}: Palette tells no uid of what ${call.method} ${call.path} has made, and does not list it; run pulumi up again`,
        );
    }
    return created;
}

/** Deletes an object; one that is gone already counts as deleted. */
export async function remove(call: Call): Promise<void> {
    await palette().find(call);
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

function isPartialFailure(error: unknown): boolean {
    return error instanceof Error && "id" in error && "properties" in error;
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

/**
 * A list of an input, item by item. Where the engine asks about a dependent of what is replaced or deleted, a whole input
 * is not known; it stays as it is then.
 */
export function mapKnown<T, R>(list: T[], change: (item: T) => R): (T | R)[] {
    return Array.isArray(list)
        ? list.map((item) => (item === UNKNOWN ? item : change(item)))
        : list;
}

/** Whether a value holds anything that a preview does not know yet. */
export function isUnknown(value: unknown): boolean {
    return (JSON.stringify(value) ?? "").includes(UNKNOWN);
}

/** Whether two values differ for sure: what is not known yet may turn out to be what it was. */
export function surelyDiffer(old: unknown, now: unknown): boolean {
    if (now === UNKNOWN) {
        return false;
    }
    if (isStructured(old) && isStructured(now) && Array.isArray(old) === Array.isArray(now)) {
        const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
        return [...keys].some((key) => surelyDiffer(old[key], now[key]));
    }
    return differ(old, now);
}

function isStructured(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null;
}

/** Items in the order of the recorded ones, so that order is no difference; new ones last. */
export function inOrderOf<T>(items: T[], recorded: T[], keyOf: (item: T) => string): T[] {
    const positions = new Map(recorded.map((item, index) => [keyOf(item), index]));
    const positionOf = (item: T) => positions.get(keyOf(item)) ?? recorded.length;
    return [...items].sort((one, other) => positionOf(one) - positionOf(other));
}
