import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { PaletteError } from "../api/paletteError";
import type { Call } from "../api/call";
import { RetryBudget } from "../api/retryPolicy";
import { palette } from "../api/session";

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
            const pause = budget.next({ took, requestedPause: MIN_LOOK_MS, isDoubtful: false });
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
            `${call.subject}: Palette reports no uid of what ${call.method} ${call.path} has made, and does not list it; run pulumi up again`,
        );
    }
    return created;
}

/** Deletes an object; one that is gone already counts as deleted. */
export async function remove(call: Call): Promise<void> {
    await palette().find(call);
}
