import { UserError } from "../../pack/userError";
import { palette } from "../api/session";
import { reporter, waitFor } from "../api/wait";
import { registrySubject, type RegistryInputs, type RegistryKind } from "./registryKind";

/**
 * Lets Palette try the credentials: for as long as their kind may need, or `once`.
 *
 * @throws Error with the refusal and what can be seen of its cause from here.
 */
export async function validate<Inputs extends RegistryInputs>(
    kind: RegistryKind<Inputs>,
    inputs: Inputs,
    once = false,
): Promise<void> {
    const retry = once ? undefined : kind.retryPolicy?.(inputs);
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
        if (retry === undefined) {
            await attempt();
            return;
        }
        await waitFor(retry.what, retry.minutes, reporter(subject), async () => {
            try {
                await attempt();
                return {};
            } catch (error) {
                const { message } = error as Error;
                if (!retry.passing(message)) {
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
