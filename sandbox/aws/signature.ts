import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { AwsError } from "./protocol";

/** What a signed request says about itself. */
export interface SignedRequest {
    accessKeyId: string;
    region: string;
    /** The signed-for service: `ecr`, `sts`, `iam`. */
    service: string;
    sessionToken?: string;
    /** Throws when the request was not signed with this secret, or not within 15 minutes of `now`. */
    verify(secretAccessKey: string, now: number): void;
}

/** How far the client's clock may be off (IAM User Guide, "Troubleshoot signed requests"). */
const TOLERANCE = 15 * 60 * 1000;

/**
 * Reads an AWS Signature Version 4 from the Authorization header; `undefined` when there is none.
 * The algorithm is the one of the IAM User Guide, "Create a signed AWS API request".
 */
export function readSignature(request: IncomingMessage, body: Buffer): SignedRequest | undefined {
    const header = request.headers.authorization;
    const date = String(request.headers["x-amz-date"] ?? "");
    if (!header) {
        return undefined;
    }
    const match =
        /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
            header,
        );
    const time = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
    if (!match || !time) {
        throw new AwsError(
            "IncompleteSignature",
            "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters and a 'X-Amz-Date' header.",
        );
    }
    const [, accessKeyId, day, region, service, signedHeaders, signature] = match as unknown as [
        string,
        ...string[],
    ] & { length: 7 };
    const sessionToken = request.headers["x-amz-security-token"];
    return {
        accessKeyId: accessKeyId!,
        region: region!,
        service: service!,
        ...(typeof sessionToken === "string" && { sessionToken }),
        verify(secretAccessKey, now) {
            const refuse = (message: string) =>
                new AwsError(
                    service === "ecr" ? "InvalidSignatureException" : "SignatureDoesNotMatch",
                    message,
                    403,
                );
            const signedAt = Date.parse(
                `${time[1]}-${time[2]}-${time[3]}T${time[4]}:${time[5]}:${time[6]}Z`,
            );
            if (!date.startsWith(day!)) {
                throw refuse(
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.",
                );
            }
            if (signedAt < now - TOLERANCE) {
                throw refuse(
                    `Signature expired: ${date} is now earlier than ${basic(now - TOLERANCE)} (${basic(now)} - 15 min.)`,
                );
            }
            if (signedAt > now + TOLERANCE) {
                throw refuse(
                    `Signature not yet current: ${date} is still later than ${basic(now + TOLERANCE)} (${basic(now)} + 15 min.)`,
                );
            }
            const names = signedHeaders!.split(";");
            const canonical = canonicalRequest(request, names, body);
            const scope = `${day}/${region}/${service}/aws4_request`;
            const text = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
            const key = [day!, region!, service!, "aws4_request"].reduce<string | Buffer>(
                (previous, part) => hmac(previous, part),
                `AWS4${secretAccessKey}`,
            );
            const complete = ["host", "x-amz-date"].every((name) => names.includes(name));
            if (!complete || !timingSafeEqual(hmac(key, text), Buffer.from(signature!, "hex"))) {
                throw refuse(
                    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
                );
            }
        },
    };
}

function canonicalRequest(request: IncomingMessage, names: string[], body: Buffer): string {
    const url = new URL(request.url ?? "/", "http://host");
    const query = [...url.searchParams]
        .map(([name, value]) => [encode(name), encode(value)] as const)
        .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
        .map(([name, value]) => `${name}=${value}`)
        .join("&");
    const headers = names.map((name) => {
        const value = request.headers[name];
        const text = (Array.isArray(value) ? value : [value ?? ""])
            .map((part) => part.trim().replace(/ +/g, " "))
            .join(",");
        return `${name}:${text}\n`;
    });
    // Every service but S3 signs the path encoded twice.
    const path = url.pathname.split("/").map(encode).join("/");
    const lines = [request.method, path, query, headers.join(""), names.join(";"), sha256(body)];
    return lines.join("\n");
}

function encode(text: string): string {
    return encodeURIComponent(text).replace(
        /[!'()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
}

const basic = (time: number) => new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, text: string) =>
    createHmac("sha256", key).update(text).digest();
