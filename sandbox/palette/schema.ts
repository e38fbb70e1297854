/** Short forms of JSON Schema, for the bodies that the routes accept. */
export const text = { type: "string" };
export const flag = { type: "boolean" };
export const texts = { type: "array", items: text };
export const textMap = { type: "object", additionalProperties: text };

/**
 * An object. Members that are not named are dropped from the body, as Go's decoder drops them: the
 * handler sees nothing that its schema does not declare.
 */
export function object(properties: Record<string, object>, required: string[] = []): object {
    return { type: "object", properties, required, additionalProperties: false };
}

/** A body that may be left out. */
export function optional(schema: object): object {
    return { ...schema, nullable: true };
}

/** Text of a closed set. */
export function oneOf(...values: string[]): object {
    return { type: "string", enum: values };
}

export function listOf(items: object): object {
    return { type: "array", items };
}

/** The `metadata` of a create or update. */
export const inputMetadata = object({ name: text, labels: textMap, annotations: textMap });

/** `v1TlsConfiguration`. */
export const tls = object({
    enabled: flag,
    insecureSkipVerify: flag,
    ca: text,
    certificate: text,
    key: text,
});

/** `v1FilterString`. */
export const textFilter = object({
    eq: text,
    ne: text,
    contains: text,
    beginsWith: text,
    ignoreCase: flag,
});
