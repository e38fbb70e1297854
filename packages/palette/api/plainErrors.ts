import type * as pulumi from "@pulumi/pulumi";

/** Whether an error is one of this program or its machine (memory), so that its stack is what helps. */
export function isInternal(error: unknown): boolean {
    return (
        error instanceof Error &&
        /^(Type|Range|Reference|Runtime|Compile|Link)Error$/.test(error.name)
    );
}

type Methods = "check" | "diff" | "read" | "delete";

/**
 * A provider whose errors are told once. The dynamic provider's process hands an error to the engine, which shows it,
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
                if (isInternal(cause)) {
                    throw cause;
                }
                const { message } = cause instanceof Error ? cause : new Error(String(cause));
                throw Object.assign(new Error(message, { cause }), {
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
