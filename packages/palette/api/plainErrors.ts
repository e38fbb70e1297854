import type * as pulumi from "@pulumi/pulumi";
import { UserError } from "../../pack/userError";
import { isBug } from "../../registry/bug";

type Methods = "check" | "diff" | "read" | "delete";

/**
 * A provider whose errors are shown once. The dynamic provider's process hands an error to the engine, which shows it,
 * and for these methods also prints `${error}: ${error.stack}` (sdk/nodejs/cmd/dynamic-provider of pulumi/pulumi): the
 * same message again, with the stack of a program that the user did not write.
 */
export function withPlainErrors<P extends pulumi.dynamic.ResourceProvider>(provider: P): P {
    const plain = <A extends unknown[], R>(method: ((...args: A) => Promise<R>) | undefined) =>
        method &&
        (async (...args: A): Promise<R> => {
            try {
                return await method.apply(provider, args);
            } catch (cause) {
                if (isBug(cause)) {
                    throw cause;
                }
                const { message } = cause as Error;
                throw Object.assign(new UserError(message, { cause }), {
                    stack: "see the error",
                    toString: () => "stopped",
                });
            }
        });
    const methods: Pick<pulumi.dynamic.ResourceProvider, Methods> = {
        ...(provider.check && { check: plain(provider.check) }),
        ...(provider.diff && { diff: plain(provider.diff) }),
        ...(provider.read && { read: plain(provider.read) }),
        ...(provider.delete && { delete: plain(provider.delete) }),
    };
    return { ...provider, ...methods };
}
