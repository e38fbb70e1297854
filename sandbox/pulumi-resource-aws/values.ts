/** Marks of the engine's wire format (pulumi/pulumi, `sdk/go/common/resource/sig`). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270";
const RESOURCE_MARK = "5cf8f73096256a8f31e491e813e4eb8e";
/** Stands for a value that is not known before the update. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export type Properties = Record<string, unknown>;

/** The value with resources replaced by their ids, as the inputs are kept. */
export function dereferenced(value: unknown): unknown {
    return isObject(value) && value[SIGNATURE] === RESOURCE_MARK
        ? value.id || UNKNOWN
        : map(value, dereferenced);
}

/** The value without the engine's wrappers: secrets bare, resources as their ids, no `null`s. */
export function plain(value: unknown): unknown {
    if (isObject(value) && value[SIGNATURE] === SECRET_MARK) {
        return plain(value.value);
    }
    const bare = map(dereferenced(value), plain);
    return isObject(bare)
        ? Object.fromEntries(Object.entries(bare).filter(([, child]) => child !== null))
        : bare;
}

/** The outputs with those of them secret that are named, or whose input of the same name was. */
export function withSecretsOf(
    inputs: Properties,
    outputs: Properties,
    secrets: string[] = [],
): Properties {
    const entries = Object.entries(outputs)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [
            key,
            isSecret(inputs[key]) || secrets.includes(key)
                ? { [SIGNATURE]: SECRET_MARK, value }
                : value,
        ]);
    return Object.fromEntries(entries) as Properties;
}

/** Whether the value or a part of it is not known yet. */
export function hasUnknown(value: unknown): boolean {
    return (
        value === UNKNOWN ||
        (typeof value === "object" && value !== null && Object.values(value).some(hasUnknown))
    );
}

function isObject(value: unknown): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function map(value: unknown, change: (value: unknown) => unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(change);
    }
    return isObject(value)
        ? Object.fromEntries(Object.entries(value).map(([key, child]) => [key, change(child)]))
        : value;
}

function isSecret(value: unknown): boolean {
    return (
        (isObject(value) && value[SIGNATURE] === SECRET_MARK) ||
        (typeof value === "object" && value !== null && Object.values(value).some(isSecret))
    );
}
