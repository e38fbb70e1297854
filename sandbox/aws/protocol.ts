import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** An error as AWS answers it; each protocol spells it in its own way. */
export class AwsError extends Error {
    constructor(
        readonly code: string,
        message: string,
        /** HTTP status of the query protocol; the JSON protocol answers 400 to all errors of the client. */
        readonly status = 400,
    ) {
        super(message);
    }
}

export const notFound = (message: string) => new AwsError("NoSuchEntity", message, 404);

/** The parameters of the query protocol as a tree: `Tags.member.1.Key` is `{Tags: [{Key}]}`. */
export interface QueryInput {
    [name: string]: string | QueryInput | (string | QueryInput)[];
}

/** The whole body; throws when it is longer than `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > limit) {
            throw new AwsError("RequestEntityTooLarge", "Request body is too large", 413);
        }
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
}

/** Decodes a form body of the AWS query protocol (AWS General Reference, "Query requests"). */
export function decodeQuery(body: string): QueryInput {
    // Without prototypes, so that no name of a parameter means anything to JavaScript.
    const tree = Object.create(null) as QueryInput;
    for (const [name, value] of new URLSearchParams(body)) {
        const path = name.split(".");
        const last = path.pop()!;
        let node = tree;
        for (const step of path) {
            node = (node[step] ??= Object.create(null) as QueryInput) as QueryInput;
        }
        node[last] = value;
    }
    return lists(tree) as QueryInput;
}

/** Answers in JSON 1.1, as ECR does. */
export function sendJson(response: ServerResponse, result: object | AwsError): void {
    const failed = result instanceof AwsError;
    const body = failed ? { __type: result.code, message: result.message } : result;
    response.writeHead(failed ? (result.status >= 500 ? result.status : 400) : 200, {
        "content-type": "application/x-amz-json-1.1",
        "x-amzn-requestid": randomUUID(),
    });
    response.end(JSON.stringify(body));
}

/** Answers in XML, as STS and IAM do. */
export function sendXml(
    response: ServerResponse,
    namespace: string,
    operation: string,
    result: object | AwsError,
): void {
    const requestId = randomUUID();
    let status = 200;
    let body: string;
    if (result instanceof AwsError) {
        status = result.status;
        const type = status < 500 ? "Sender" : "Receiver";
        const error = { Type: type, Code: result.code, Message: result.message };
        body = `<ErrorResponse xmlns="${namespace}">${xml({ Error: error, RequestId: requestId })}</ErrorResponse>`;
    } else {
        const tree = { [`${operation}Result`]: result, ResponseMetadata: { RequestId: requestId } };
        body = `<${operation}Response xmlns="${namespace}">${xml(tree)}</${operation}Response>`;
    }
    response.writeHead(status, { "content-type": "text/xml", "x-amzn-requestid": requestId });
    response.end(body);
}

/** `{member: {1: a, 2: b}}` becomes `[a, b]`, at every depth. */
function lists(value: string | QueryInput): string | QueryInput | (string | QueryInput)[] {
    if (typeof value === "string") {
        return value;
    }
    const { member } = value;
    if (member && typeof member === "object") {
        return Object.entries(member as QueryInput)
            .sort(([a], [b]) => Number(a) - Number(b))
            .map(([, item]) => lists(item as QueryInput) as string | QueryInput);
    }
    return Object.fromEntries(
        Object.entries(value).map(([name, child]) => [name, lists(child as QueryInput)]),
    );
}

function xml(value: unknown): string {
    if (Array.isArray(value)) {
        return value.map((item) => `<member>${xml(item)}</member>`).join("");
    }
    if (typeof value === "object" && value !== null) {
        return Object.entries(value)
            .filter(([, child]) => child !== undefined)
            .map(([name, child]) => `<${name}>${xml(child)}</${name}>`)
            .join("");
    }
    return String(value).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
