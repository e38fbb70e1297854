import { hasUnknown, type Properties } from "./values";

/** One input of a resource type: what the real provider checks of it, and how it compares it. */
export interface Input {
    type: "string" | "boolean" | "number" | "map" | "list" | "object";
    /** Its name in Terraform, which the real provider's messages use. */
    terraform: string;
    required?: true;
    default?: string | number | boolean;
    /** A change of it makes a new resource. */
    replace?: true;
    /** Left out, it is whatever the service has. */
    computed?: true;
    /** Names of the members of an object, or of the objects of a list. */
    members?: Record<string, Input>;
    /** The real provider's complaint about a value, if it has one. */
    check?: (value: never, terraform: string) => string | undefined;
    /** Whether two values mean the same; JSON equality otherwise. */
    same?: (old: never, value: never) => boolean;
}

export interface Failure {
    property: string;
    reason: string;
}

/** The complaints of the real provider (Terraform's plugin SDK and Pulumi's bridge) about inputs. */
export function checkInputs(
    inputs: Record<string, Input>,
    values: Properties,
    resource: string,
): Failure[] {
    const complain = (path: string, reason: string): Failure => ({
        // Empty, so that the engine prints the reason alone.
        property: "",
        reason: `${reason}. Examine values at '${path}'.`,
    });
    const missing = Object.entries(inputs)
        .filter(([name, input]) => input.required && values[name] === undefined)
        .map(([name, { terraform }]) =>
            complain(
                `${resource}.${name}`,
                `Missing required argument. The argument "${terraform}" is required, but no definition was found.`,
            ),
        );
    const wrong = Object.entries(values)
        .filter(([name]) => !name.startsWith("__"))
        .flatMap(([name, value]): Failure[] => {
            const path = `${resource}.${name}`;
            const input = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
            if (!input) {
                return [complain(path, `An argument named "${name}" is not expected here`)];
            }
            if (hasUnknown(value) && input.type !== "list" && input.type !== "object") {
                return [];
            }
            const actual = typeOf(value);
            const expected = input.type === "map" ? "object" : input.type;
            if (value !== undefined && !hasUnknown(value) && actual !== expected) {
                return [complain(path, `expected ${input.type} type, got ${actual} type`)];
            }
            if (input.members && typeof value === "object") {
                const objects = Array.isArray(value)
                    ? value.map((item, index) => [item, `${path}[${index}]`] as const)
                    : [[value, path] as const];
                return objects.flatMap(([item, where]) =>
                    checkInputs(input.members!, item as Properties, where),
                );
            }
            const reason = hasUnknown(value)
                ? undefined
                : input.check?.(value as never, input.terraform);
            return reason ? [complain(path, reason)] : [];
        });
    return [...missing, ...wrong];
}

export const oneOf =
    (...allowed: string[]) =>
    (value: string, name: string): string | undefined =>
        allowed.includes(value)
            ? undefined
            : `expected ${name} to be one of [${allowed.map((choice) => `"${choice}"`).join(" ")}], got ${value}`;

export const between =
    (least: number, most: number) =>
    (value: number, name: string): string | undefined =>
        value >= least && value <= most
            ? undefined
            : `expected ${name} to be in the range (${least} - ${most}), got ${value}`;

export const lengthBetween =
    (least: number, most: number) =>
    (value: string, name: string): string | undefined =>
        value.length >= least && value.length <= most
            ? undefined
            : `expected length of ${name} to be in the range (${least} - ${most}), got ${value}`;

/** A name as IAM takes it. */
export const iamName =
    (most: number) =>
    (value: string, name: string): string | undefined =>
        lengthBetween(1, most)(value, name) ??
        (/^[\w+=,.@-]*$/.test(value)
            ? undefined
            : `invalid value for ${name} (must match [\\w+=,.@-])`);

export function isArn(value: string, name: string): string | undefined {
    return value === "" || /^arn:[\w-]+:[\w-]+:[^:]*:[^:]*:.+$/.test(value)
        ? undefined
        : `"${name}" (${value}) is an invalid ARN: arn: invalid prefix`;
}

export function isJson(value: string, name: string): string | undefined {
    try {
        JSON.parse(value);
        return undefined;
    } catch (error) {
        return `"${name}" contains an invalid JSON: ${(error as Error).message}`;
    }
}

export function isPolicy(value: string, name: string): string | undefined {
    const trimmed = value.trim();
    if (trimmed === "") {
        return `"${name}" is an empty string, which is not a valid JSON value`;
    }
    if (trimmed !== value && /^\s/.test(value)) {
        return `"${name}" contains an invalid JSON policy: leading space characters are not allowed`;
    }
    if (!trimmed.startsWith("{")) {
        return `"${name}" contains an invalid JSON policy: not a JSON object`;
    }
    return isJson(value, name);
}

/** Whether two policies are the same but for spaces, order and lists of one. */
export function samePolicy(old: string, value: string): boolean {
    return reduced(old) === reduced(value);
}

function typeOf(value: unknown): string {
    return Array.isArray(value) ? "list" : typeof value;
}

/** The policy as the real provider keeps it: without spaces, keys in order. */
export const normalized = (json: string): string =>
    JSON.stringify(sorted(JSON.parse(json), (list) => list));

function reduced(json: string): string {
    try {
        return JSON.stringify(
            sorted(JSON.parse(json), (list) =>
                list.length === 1
                    ? list[0]
                    : [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
            ),
        );
    } catch {
        return json;
    }
}

function sorted(value: unknown, list: (items: unknown[]) => unknown): unknown {
    if (Array.isArray(value)) {
        return list(value.map((item) => sorted(item, list)));
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    return Object.fromEntries(
        Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, child]) => [key, sorted(child, list)]),
    );
}
