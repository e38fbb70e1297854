import type * as pulumi from "@pulumi/pulumi";

/** The value of an output where it is known: a preview does not know all. For what decides which resources there are. */
export async function knownValue<T>(output: pulumi.Output<T>): Promise<T | undefined> {
    // Both are there and marked internal (sdk/nodejs/output.ts of pulumi/pulumi).
    const { isKnown, promise } = output as unknown as {
        isKnown: Promise<boolean>;
        promise(): Promise<T>;
    };
    const value = await promise.call(output);
    return (await isKnown) ? value : undefined;
}
