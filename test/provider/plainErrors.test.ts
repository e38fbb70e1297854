import type * as pulumi from "@pulumi/pulumi";
import { UserError } from "../../packages/pack/userError";
import { withPlainErrors } from "../../packages/palette/api/plainErrors";

/** What the dynamic provider's process prints of an error that it hands to the engine. */
const printed = (error: Error) => `${error}: ${error.stack}`;

test("an error is told to the engine and not printed a second time with a stack", async () => {
    const fails = async () => {
        throw new UserError("the reason");
    };
    const methods = { check: fails, diff: fails, read: fails, delete: fails };
    const provider: pulumi.dynamic.ResourceProvider = withPlainErrors({
        create: fails,
        ...methods,
    });
    for (const call of [
        provider.check!({}, {}),
        provider.diff!("1", {}, {}),
        provider.read!("1"),
        provider.delete!("1", {}),
    ]) {
        const error = await call.catch((cause: Error) => cause);
        expect(error).toMatchObject({ message: "the reason" });
        expect(printed(error as Error)).toBe("stopped: see the error");
    }
});

test("an error of the program itself keeps its stack", async () => {
    const error = new RangeError("Out of memory");
    const fails = async () => {
        throw error;
    };
    const provider: pulumi.dynamic.ResourceProvider = withPlainErrors({
        create: fails,
        read: fails,
    });
    await expect(provider.read!("1")).rejects.toBe(error);
});

test("what a provider answers, and its create and update, stay as they are", async () => {
    const create = async () => ({ id: "1", outs: {} });
    const provider: pulumi.dynamic.ResourceProvider = withPlainErrors({
        create,
        diff: async () => ({ changes: true }),
    });
    expect(provider.create).toBe(create);
    expect(await provider.diff!("1", {}, {})).toEqual({ changes: true });
    expect(provider).not.toHaveProperty("check");
});
