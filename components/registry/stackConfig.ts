import { askPulumi } from "../palette/provider/pulumiCli";

/** A stack's configuration in plain text. */
export interface StackConfig {
    /** One key, `aws:region`; without a namespace it is one of the project's. */
    get(key: string): string | undefined;
    /** A key that holds an object, or the JSON text of one. @throws SyntaxError for any other text. */
    getObject<T>(key: string): T | undefined;
}

/**
 * Reads a stack's configuration with the Pulumi CLI, secrets too, so that it is the current one and is kept nowhere else.
 *
 * @param stack Full name, `organization/project/stack`.
 * @throws Error when the CLI cannot read it.
 */
export async function readStackConfig(stack: string): Promise<StackConfig> {
    const text = await askPulumi([
        ...["config", "--json", "--show-secrets", "--stack", stack, "--non-interactive"],
    ]);
    const config: Record<string, { value?: string; objectValue?: unknown }> = JSON.parse(text);
    const project = stack.split("/").at(-2);
    const find = (key: string) => config[key.includes(":") ? key : `${project}:${key}`];
    return {
        get: (key) => find(key)?.value,
        getObject<T>(key: string) {
            const { value, objectValue } = find(key) ?? {};
            return (objectValue ?? (value === undefined ? undefined : JSON.parse(value))) as
                T | undefined;
        },
    };
}
