/** A stack's configuration in plain text, as far as a registry needs it. */
export interface StackConfig {
    /** One key, `aws:region`; without a namespace it is one of the project's. */
    get(key: string): string | undefined;
    /** A key that holds an object. @throws SyntaxError when it holds any other text. */
    getObject<T>(key: string): T | undefined;
}

/**
 * The configuration that an engine or a program has handed over.
 *
 * @param get Reads one key; an object is JSON text, as Pulumi hands it over.
 */
export function stackConfig(get: (key: string) => string | undefined): StackConfig {
    return {
        get,
        getObject<T>(key: string) {
            const text = get(key);
            return text === undefined ? undefined : (JSON.parse(text) as T);
        },
    };
}

/** A configuration that is there as a whole, by its full keys. An object is JSON text. */
export function configOf(keys: Record<string, string>): StackConfig {
    return stackConfig((key) => keys[key]);
}
