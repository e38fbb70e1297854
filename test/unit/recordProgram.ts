import * as pulumi from "@pulumi/pulumi";
import * as resources from "@pulumi/pulumi/runtime/resource";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

/** A resource as the program registered it. */
export interface Registered {
    urn: string;
    type: string;
    name: string;
    /** Secrets and unknowns are in the engine's form. */
    inputs: Record<string, unknown>;
    /** The option `additionalSecretOutputs`. */
    secretOutputs: string[];
    /** The option `ignoreChanges`. */
    ignoreChanges: string[];
    /** URNs that it depends on. */
    dependencies: string[];
    /** The option `protect`. */
    protect: boolean;
    /** The option `retainOnDelete`. */
    retainOnDelete: boolean;
}

/** A program of the stack acme/palette-custom-pack/dev, run without an engine. */
export interface Program {
    registered: Registered[];
    /** URN of a component → the outputs that it registered. */
    outputs: Record<string, unknown>;
    /** The one resource of this type and name. */
    find(type: string, name: string): Registered;
    /** `<type> <name>` of all resources, sorted. */
    typesAndNames(): string[];
}

/**
 * Records what a program registers; a call of a provider's function is an error, but for that of AWS's partition.
 * `jest.restoreAllMocks` ends it.
 *
 * @param computed What the provider of a type adds to the inputs.
 * @param partition The partition of the AWS provider.
 */
export async function recordProgram(
    computed: (type: string, inputs: Record<string, unknown>) => Record<string, unknown>,
    partition = "aws",
): Promise<Program> {
    const registered: Registered[] = [];
    const outputs: Record<string, unknown> = {};
    const { registerResource, registerResourceOutputs } = MockMonitor.prototype;
    jest.spyOn(MockMonitor.prototype, "registerResource").mockImplementation(function (
        this: MockMonitor,
        request,
        callback,
    ) {
        const resource: Registered = {
            urn: "",
            type: request.getType(),
            name: request.getName(),
            inputs: request.getObject().toJavaScript(),
            secretOutputs: request.getAdditionalsecretoutputsList(),
            ignoreChanges: request.getIgnorechangesList(),
            dependencies: request.getDependenciesList(),
            protect: request.getProtect() ?? false,
            retainOnDelete: request.getRetainondelete() ?? false,
        };
        registered.push(resource);
        return registerResource.call(this, request, (error: unknown, answer) => {
            resource.urn = answer?.getUrn() ?? "";
            callback(error, answer);
        });
    });
    jest.spyOn(MockMonitor.prototype, "registerResourceOutputs").mockImplementation(function (
        this: MockMonitor,
        request,
        callback,
    ) {
        outputs[request.getUrn()] = request.getOutputs().toJavaScript();
        return registerResourceOutputs.call(this, request, callback);
    });
    // Only an engine calls hooks back, and the mocks have no answer to their registration.
    jest.spyOn(resources, "registerResourceHook").mockResolvedValue(undefined);
    await pulumi.runtime.setMocks(
        {
            newResource: ({ type, name, inputs }) => ({
                id: `${name}-id`,
                state: { ...inputs, ...computed(type, inputs) },
            }),
            call: ({ token }) => {
                if (token === "aws:index/getPartition:getPartition") {
                    return { partition };
                }
                throw new Error(`not expected: ${token}`);
            },
        },
        "palette-custom-pack",
        "dev",
        false,
        "acme",
    );
    return {
        registered,
        outputs,
        find(type, name) {
            const found = registered.filter(
                (resource) => resource.type === type && resource.name === name,
            );
            expect(found).toHaveLength(1);
            return found[0]!;
        },
        typesAndNames: () => registered.map(({ type, name }) => `${type} ${name}`).sort(),
    };
}

/** The URN of a resource; `types` are its parents' and its own, joined by `$`. */
export function urnOf(types: string, name: string): string {
    return `urn:pulumi:dev::palette-custom-pack::${types}::${name}`;
}

/** The value of an output, after everything that the program registers is registered. */
export async function valueOf<T>(output: pulumi.Input<T>): Promise<pulumi.Unwrap<T>> {
    const value = new Promise<pulumi.Unwrap<T>>(
        (resolve) => void pulumi.output(output).apply(resolve as never),
    );
    await pulumi.runtime.disconnect();
    return value;
}
