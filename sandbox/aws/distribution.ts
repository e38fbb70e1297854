import type { IncomingMessage, ServerResponse } from "node:http";
import { AwsError } from "./protocol";

export const IMAGE_INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST_TYPES = [
    "application/vnd.oci.image.manifest.v1+json",
    IMAGE_INDEX,
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

interface Descriptor {
    mediaType: string;
    digest: string;
    size: number;
}

export interface Manifest {
    schemaVersion?: number;
    mediaType?: string;
    artifactType?: string;
    config?: Descriptor;
    layers?: Descriptor[];
    manifests?: Descriptor[];
    subject?: Descriptor;
    annotations?: Record<string, string>;
}

/** An error of the OCI distribution API. */
export class RegistryError extends Error {
    constructor(
        readonly status: number,
        readonly code: string,
        message: string,
    ) {
        super(message);
    }
}

/** Throws 405 for whatever ECR does not take for a manifest. */
export function readManifest(
    request: IncomingMessage,
    body: Buffer,
    refuseArtifactType: boolean,
): { manifest: Manifest; mediaType: string } {
    const unsupported = (constraint: string) =>
        new RegistryError(
            405,
            "UNSUPPORTED",
            `Invalid parameter at 'ImageManifest' failed to satisfy constraint: '${constraint}'`,
        );
    let manifest: Manifest;
    try {
        manifest = JSON.parse(body.toString()) as Manifest;
    } catch {
        throw unsupported("Invalid JSON syntax");
    }
    const mediaType = request.headers["content-type"] ?? manifest.mediaType ?? "";
    const { config, layers, manifests } = manifest;
    const descriptors = [...(config ? [config] : []), ...(layers ?? []), ...(manifests ?? [])];
    const whole =
        mediaType.includes("index") || mediaType.includes("list") ? manifests : config && layers;
    if (
        !MANIFEST_TYPES.includes(mediaType) ||
        (manifest.mediaType !== undefined && manifest.mediaType !== mediaType) ||
        manifest.schemaVersion !== 2 ||
        !whole ||
        !descriptors.every(({ digest, size }) => digest && Number.isInteger(size)) ||
        (refuseArtifactType && manifest.artifactType !== undefined)
    ) {
        throw unsupported("Invalid JSON syntax");
    }
    return { manifest, mediaType };
}

/** One page of names, with the Link header of the OCI distribution specification. */
export function sendPage(
    response: ServerResponse,
    path: string,
    query: URLSearchParams,
    names: string[],
    body: (page: string[]) => object,
): void {
    const limit = Math.min(Number(query.get("n") ?? 1000) || 1000, 1000);
    const last = query.get("last") ?? "";
    const rest = [...names].sort().filter((name) => name > last);
    const page = rest.slice(0, limit);
    const next = `<${path}?n=${limit}&last=${encodeURIComponent(page.at(-1) ?? "")}>; rel="next"`;
    response.writeHead(200, {
        "content-type": "application/json",
        ...(rest.length > page.length && { link: next }),
    });
    response.end(JSON.stringify(body(page)));
}

export function sendError(
    request: IncomingMessage,
    response: ServerResponse,
    error: unknown,
): void {
    if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
    }
    // What is left of the body is taken in, else the client might not get to read the answer.
    request.resume();
    const { status, code, message } = spell(error);
    const challenge = `Basic realm="https://${request.headers.host}/",service="ecr.amazonaws.com"`;
    response.writeHead(status, {
        "content-type": "application/json",
        ...(status === 401 && { "www-authenticate": challenge }),
    });
    response.end(JSON.stringify({ errors: [{ code, message }] }));
}

/** An error of the control plane as the registry API spells it. */
function spell(error: unknown): { status: number; code: string; message: string } {
    if (error instanceof RegistryError) {
        return error;
    }
    if (error instanceof AwsError) {
        const { message } = error;
        switch (error.code) {
            case "AccessDeniedException":
                return { status: 403, code: "DENIED", message };
            case "RepositoryNotFoundException":
                return { status: 404, code: "NAME_UNKNOWN", message };
            case "InvalidParameterException":
                return { status: 400, code: "NAME_INVALID", message };
        }
    }
    return { status: 500, code: "UNKNOWN", message: String(error) };
}
