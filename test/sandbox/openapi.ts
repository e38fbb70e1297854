import fs from "node:fs";
import path from "node:path";
import Ajv, { type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";

const document = path.join(__dirname, "../../../shared/palette-api/openapi-subset.json");

interface Parameter {
    in: string;
    name: string;
    required?: boolean;
    type?: string;
    schema?: object;
}

interface Operation {
    parameters?: Parameter[];
    responses: Record<string, { schema?: object }>;
}

const api = fs.existsSync(document)
    ? (JSON.parse(fs.readFileSync(document, "utf8"), strictly) as {
          paths: Record<string, Record<string, Operation> & { parameters?: Parameter[] }>;
      })
    : undefined;
if (!api) {
    process.stderr.write("skipped: Palette's OpenAPI document is not there to check answers by\n");
}

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
["int8", "int32", "int64", "float64"].forEach((format) => ajv.addFormat(format, true));
if (api) {
    ajv.addSchema(api, "api");
}
const validators = new Map<object, ValidateFunction>();

/**
 * Throws when an answer is none of the operation's in Palette's OpenAPI document: unknown operation,
 * undocumented success status, or a body that does not fit or has members the document does not
 * know. Refusals have no operation of theirs there and must be a `v1Error`.
 */
export function checkAnswer(method: string, url: string, status: number, text: string): void {
    if (!api) {
        return;
    }
    if (status >= 300) {
        check(`${method} ${url} (${status})`, { $ref: "api#/definitions/v1Error" }, text);
        return;
    }
    const found = operationOf(method, url.split("?")[0]!);
    if (!found) {
        throw new Error(`${method} ${url} is not in the API's document`);
    }
    const response = found.operation.responses[status];
    if (!response) {
        const documented = Object.keys(found.operation.responses).join(", ");
        throw new Error(`${method} ${found.template} answers ${status}, not ${documented}`);
    }
    if (response.schema && !("format" in response.schema)) {
        check(`${method} ${found.template}`, response.schema, text);
    } else if (!response.schema && text !== "") {
        throw new Error(`${method} ${found.template} answers a body, there is none`);
    }
}

/** Whether there is a document to check by. */
export const hasDocument = api !== undefined;

/** What the document asks of a request although it cannot be done: how the check says it, and why. */
export const requestExceptions = {
    "data/spec must have required property 'cloudType'":
        "required of a cluster's request without being declared there; the official clients leave it out",
};

/**
 * Throws when a request is none of those in Palette's OpenAPI document: unknown operation, path or
 * query parameter, a query value of another type, or a body that does not fit or has members the
 * document does not know. Answers the operation, `METHOD /path/{parameter}`.
 */
export function checkRequest(
    method: string,
    url: string,
    text: string | undefined,
    exceptions = Object.keys(requestExceptions),
): string {
    const [path, search] = url.split("?") as [string, string?];
    const found = operationOf(method, path);
    if (!found) {
        throw new Error(`${method} ${url} is not in the API's document`);
    }
    const { template, operation } = found;
    const parameters = [
        ...(operation.parameters ?? []),
        ...(api!.paths[template]!.parameters ?? []),
    ];
    const what = `${method} ${template}`;
    const query = [...new URLSearchParams(search)];
    for (const [name, value] of query) {
        const known = parameters.find(
            (parameter) => parameter.in === "query" && parameter.name === name,
        );
        if (!known || !new RegExp(`^(?:${wordOf(known.type)})$`).test(value)) {
            throw new Error(`${what}: ${name}=${value} is ${known?.type ?? "no parameter of it"}`);
        }
    }
    for (const { in: place, name, required, schema } of parameters) {
        if (place === "query" && required && !query.some(([given]) => given === name)) {
            throw new Error(`${what}: lacks ${name}`);
        }
        if (place === "body" && schema && (required || text !== undefined)) {
            check(what, schema, text ?? "null", exceptions);
        }
    }
    if (text !== undefined && !parameters.some((parameter) => parameter.in === "body")) {
        throw new Error(`${what} takes no body`);
    }
    return what;
}

/** How a parameter of that type is written in a query. */
function wordOf(type: string | undefined): string {
    const words: Record<string, string> = { boolean: "true|false", integer: "-?\\d+" };
    return words[type ?? ""] ?? ".*";
}

function operationOf(
    method: string,
    url: string,
): { template: string; operation: Operation } | undefined {
    const steps = url.split("/");
    const fits = (template: string): boolean => {
        const parts = template.split("/");
        return (
            parts.length === steps.length &&
            parts.every((part, index) => part.startsWith("{") || part === steps[index])
        );
    };
    const parameters = (template: string): number => template.split("{").length;
    // The most literal path is meant: /packs/search, not /packs/{uid}.
    return Object.entries(api!.paths)
        .filter(([template]) => fits(template))
        .sort(([a], [b]) => parameters(a) - parameters(b))
        .flatMap(([template, methods]) => {
            const operation = methods[method.toLowerCase()];
            return operation ? [{ template, operation }] : [];
        })[0];
}

const schemas = new Map<string, object>();

function check(what: string, schema: object, text: string, exceptions: string[] = []): void {
    // References are objects of their own for each use: one validator for all of them.
    const key = JSON.stringify(schema);
    const known = schemas.get(key) ?? schema;
    schemas.set(key, known);
    const validate = validators.get(known) ?? ajv.compile(known);
    validators.set(known, validate);
    validate(JSON.parse(text));
    const errors = (validate.errors ?? []).filter(
        (error) => !exceptions.includes(ajv.errorsText([error])),
    );
    if (errors.length > 0) {
        throw new Error(`${what}: ${ajv.errorsText(errors)}\n${text.slice(0, 1000)}`);
    }
}

/**
 * Swagger 2.0 read as JSON Schema: references go to the whole document, and its boolean
 * `exclusiveMinimum` is left out. A member that the document does not know is taken for misspelt.
 */
function strictly(key: string, value: unknown): unknown {
    if (key === "$ref") {
        return `api${String(value)}`;
    }
    if (key === "exclusiveMinimum") {
        return undefined;
    }
    const schema = value as { type?: unknown; properties?: { type?: { type?: unknown } } } | null;
    const isObjectSchema =
        schema !== null &&
        typeof schema === "object" &&
        schema.type === "object" &&
        typeof schema.properties === "object";
    return isObjectSchema ? { additionalProperties: false, ...schema } : value;
}
