import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Registry } from "../ociRegistry";
import {
    IMAGE_INDEX,
    readManifest,
    RegistryError,
    sendError,
    sendPage,
    type Manifest,
} from "./distribution";
import { isMutable } from "./repositories";
import { checkRepositoryName } from "./ecrInput";
import type { Identities } from "./identities";
import { authorize, type Identity } from "./policy";
import { readBody } from "./protocol";
import type { Image, Repositories, Repository } from "./repositories";
import type { Tokens } from "./tokens";

/** Refusals of ECR that were seen, and of which it is not known whether they still happen. */
export interface EcrSwitches {
    /** 405 to a manifest with an artifactType (oras 1.1 and later without `--image-spec v1.0`). */
    refuseArtifactType: boolean;
    /** A push into a repository that is not there creates it, as by a creation template. */
    createOnPush: boolean;
    /** `DELETE` of a manifest deletes the image (or the tag) instead of 405. */
    deleteManifests: boolean;
    /** The limit of a layer part holds for an upload in one piece too, not for chunks alone. */
    limitWholeUploads: boolean;
    /** Milliseconds until a new role or trust policy is known to STS. */
    propagation: number;
}

/** Largest layer part in bytes (ECR service quotas). */
const PART_SIZE = 20 * 1024 * 1024;
const MANIFEST_SIZE = 4 * 1024 * 1024;
const DAY_LONG = 24 * 60 * 60 * 1000;

const unknownImage = () => new RegistryError(404, "MANIFEST_UNKNOWN", "Requested image not found");

/**
 * ECR's registry API: checks who may do what, keeps tags and images in `repositories`, and leaves
 * blobs and manifests (by digest) to the registry behind it.
 */
export function dataPlane(parts: {
    repositories: Repositories;
    registry: Registry;
    tokens: Tokens;
    identities: Identities;
    switches: EcrSwitches;
}): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
    const { repositories, registry, tokens, identities, switches } = parts;

    const authenticate = (request: IncomingMessage): Identity => {
        const [scheme, credentials = ""] = (request.headers.authorization ?? "").split(" ");
        const [user, password] = splitOnce(Buffer.from(credentials, "base64").toString(), ":");
        const identity =
            scheme?.toLowerCase() === "basic" && user === "AWS" ? tokens.read(password) : undefined;
        if (identity === "expired") {
            throw new RegistryError(
                403,
                "DENIED",
                "Your authorization token has expired. Reauthenticate and try again.",
            );
        }
        if (!identity) {
            throw new RegistryError(401, "UNAUTHORIZED", "Not Authorized");
        }
        return identity;
    };

    const permit = (caller: Identity, operation: string, name: string): void =>
        authorize(
            caller,
            { action: `ecr:${operation}`, resource: repositories.arn(name) },
            repositories.policy(name),
        );

    const find = (repository: Repository, reference: string): Image => {
        const image = reference.includes(":")
            ? repository.images[reference]
            : repositories.byTag(repository, reference);
        if (!image) {
            throw unknownImage();
        }
        return image;
    };

    const putManifest = async (
        request: IncomingMessage,
        response: ServerResponse,
        repository: Repository,
        reference: string,
    ): Promise<void> => {
        const body = await readBody(request, MANIFEST_SIZE).catch(() => {
            throw new RegistryError(413, "SIZE_INVALID", "The manifest is too large");
        });
        const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
        const { manifest, mediaType } = readManifest(request, body, switches.refuseArtifactType);
        const tag = reference.includes(":") ? undefined : reference;
        if (tag === undefined && reference !== digest) {
            throw new RegistryError(
                400,
                "DIGEST_INVALID",
                "The digest of the manifest is not the one given",
            );
        }
        if (tag !== undefined && !/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$/.test(tag)) {
            throw new RegistryError(
                400,
                "TAG_INVALID",
                "Invalid parameter at 'imageTag' failed to satisfy constraint: 'must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9-_.]{0,127}''",
            );
        }
        const tagged = tag === undefined ? undefined : repositories.byTag(repository, tag);
        if (tagged && !isMutable(repository, tag!)) {
            throw new RegistryError(
                400,
                "TAG_INVALID",
                `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the repository is immutable.`,
            );
        }
        const path = `/v2/${repository.name}/manifests/${digest}`;
        const answer = await registry.fetch(path, {
            method: "PUT",
            headers: { "content-type": mediaType },
            body: new Uint8Array(body),
        });
        if (!answer.ok) {
            // Such as layers that are not there; the body is the protocol's own.
            response.writeHead(answer.status, { "content-type": "application/json" });
            response.end(await answer.text());
            return;
        }
        const image = (repository.images[digest] ??= imageOf(manifest, mediaType, digest, body));
        if (tag !== undefined && tagged !== image) {
            if (tagged) {
                tagged.tags = tagged.tags.filter((candidate) => candidate !== tag);
            }
            image.tags.push(tag);
        }
        repositories.all.put(repository.name, repository);
        response.writeHead(201, {
            location: `https://${request.headers.host}${path}`,
            "docker-content-digest": digest,
            ...(manifest.subject && { "oci-subject": manifest.subject.digest }),
        });
        response.end();
    };

    const imageOf = (
        manifest: Manifest,
        mediaType: string,
        digest: string,
        body: Buffer,
    ): Image => {
        const blobs = [...(manifest.config ? [manifest.config] : []), ...(manifest.layers ?? [])];
        const artifactMediaType = manifest.artifactType ?? manifest.config?.mediaType;
        return {
            digest,
            tags: [],
            size: blobs.reduce((sum, blob) => sum + blob.size, 0),
            mediaType,
            ...(artifactMediaType && { artifactMediaType }),
            manifestSize: body.length,
            blobs: [...new Set(blobs.map((blob) => blob.digest))],
            manifests: (manifest.manifests ?? []).map((descriptor) => descriptor.digest),
            ...(manifest.subject && { subject: manifest.subject.digest }),
            ...(manifest.annotations && { annotations: manifest.annotations }),
            pushedAt: identities.now(),
        };
    };

    const getManifest = async (
        request: IncomingMessage,
        response: ServerResponse,
        repository: Repository,
        reference: string,
    ): Promise<void> => {
        const image = find(repository, reference);
        // ECR notes a pull at most once a day (API Reference, ImageDetail).
        if (request.method === "GET" && (image.pulledAt ?? 0) + DAY_LONG <= identities.now()) {
            image.pulledAt = identities.now();
            repositories.all.put(repository.name, repository);
        }
        request.headers.accept = image.mediaType;
        await registry.forward(
            request,
            response,
            `/v2/${repository.name}/manifests/${image.digest}`,
        );
    };

    /** By digest the image with all its tags, by tag the tag, and the image with its last tag. */
    const deleteManifest = async (
        response: ServerResponse,
        repository: Repository,
        reference: string,
    ): Promise<void> => {
        const image = find(repository, reference);
        const rest = image.tags.filter((tag) => tag !== reference);
        if (reference.includes(":") || rest.length === 0) {
            await repositories.removeImage(repository, image.digest);
        } else {
            image.tags = rest;
            repositories.all.put(repository.name, repository);
        }
        response.writeHead(202).end();
    };

    const listTags = (response: ServerResponse, repository: Repository, query: URLSearchParams) => {
        const allTags = Object.values(repository.images).flatMap(({ tags }) => tags);
        sendPage(response, `/v2/${repository.name}/tags/list`, query, allTags, (tags) => ({
            name: repository.name,
            tags,
        }));
    };

    const referrers = (
        response: ServerResponse,
        repository: Repository,
        digest: string,
        artifactType: string | null,
    ) => {
        const manifests = Object.values(repository.images)
            .filter(({ subject }) => subject === digest)
            .filter((image) => !artifactType || image.artifactMediaType === artifactType)
            .map((image) => ({
                mediaType: image.mediaType,
                digest: image.digest,
                size: image.manifestSize,
                artifactType: image.artifactMediaType,
                annotations: image.annotations,
            }));
        response.writeHead(200, {
            "content-type": IMAGE_INDEX,
            ...(artifactType && { "oci-filters-applied": "artifactType" }),
        });
        response.end(JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests }));
    };

    const upload = async (
        request: IncomingMessage,
        response: ServerResponse,
        name: string,
        caller: Identity,
        url: URL,
    ): Promise<void> => {
        const { method = "", headers } = request;
        const operation = {
            POST: "InitiateLayerUpload",
            PATCH: "UploadLayerPart",
            PUT: "CompleteLayerUpload",
        }[method];
        permit(caller, operation ?? "InitiateLayerUpload", name);
        if (method === "PUT" && headers["content-length"] !== "0") {
            permit(caller, "UploadLayerPart", name);
        }
        // A part is a chunk with its range; a blob in one piece may be larger than a part.
        const chunk = headers["content-range"] !== undefined || switches.limitWholeUploads;
        if (chunk && Number(headers["content-length"] ?? 0) > PART_SIZE) {
            throw new RegistryError(
                413,
                "SIZE_INVALID",
                `Invalid parameter at 'layerPartBlob' failed to satisfy constraint: 'must have length less than or equal to ${PART_SIZE}'`,
            );
        }
        // Blobs are not shared between repositories: a mount begins an ordinary upload.
        url.searchParams.delete("mount");
        url.searchParams.delete("from");
        await registry.forward(request, response, url.pathname + url.search);
    };

    const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        const url = new URL(request.url ?? "/", "https://registry");
        const method = request.method ?? "";
        const reading = method === "GET" || method === "HEAD";
        if (!/^\/v2(\/|$)/.test(url.pathname)) {
            throw new RegistryError(404, "UNSUPPORTED", "Not Found");
        }
        const caller = authenticate(request);
        if (reading && /^\/v2\/?$/.test(url.pathname)) {
            response.writeHead(200, { "content-type": "application/json" }).end("{}");
            return;
        }
        if (reading && url.pathname === "/v2/_catalog") {
            permit(caller, "DescribeRepositories", "*");
            const names = repositories.all.values().map(({ name }) => name);
            sendPage(response, url.pathname, url.searchParams, names, (page) => ({
                repositories: page,
            }));
            return;
        }
        const match =
            /^\/v2\/(.+)\/(?:(blobs)\/(sha256:[0-9a-f]{64})|(blobs\/uploads)\/([\w.=-]*)|(manifests)\/([^/]+)|(tags\/list)|(referrers)\/([^/]+))$/.exec(
                url.pathname,
            );
        const [name, kind, key = ""] = (match ?? []).slice(1).filter((part) => part !== undefined);
        if (!name || !kind) {
            throw new RegistryError(404, "UNSUPPORTED", "Not Found");
        }
        checkRepositoryName(name);
        const reference = decodeURIComponent(key);
        const permitted = (operation: string): Repository => {
            permit(caller, operation, name);
            return repositories.get(name);
        };
        if (kind === "manifests" && reading) {
            await getManifest(request, response, permitted("BatchGetImage"), reference);
        } else if (kind === "manifests" && method === "PUT") {
            await putManifest(request, response, permitted("PutImage"), reference);
        } else if (kind === "blobs" && reading) {
            permitted(method === "HEAD" ? "BatchCheckLayerAvailability" : "GetDownloadUrlForLayer");
            await registry.forward(request, response, url.pathname);
        } else if (kind === "blobs/uploads" && method !== "DELETE") {
            permit(caller, "InitiateLayerUpload", name);
            if (switches.createOnPush && !repositories.all.has(name)) {
                permit(caller, "CreateRepository", name);
                repositories.create(name, identities.now());
            }
            repositories.get(name);
            await upload(request, response, name, caller, url);
        } else if (kind === "manifests" && method === "DELETE" && switches.deleteManifests) {
            await deleteManifest(response, permitted("BatchDeleteImage"), reference);
        } else if (kind === "tags/list" && reading) {
            listTags(response, permitted("ListImages"), url.searchParams);
        } else if (kind === "referrers" && reading) {
            const type = url.searchParams.get("artifactType");
            referrers(response, permitted("BatchGetImage"), reference, type);
        } else {
            // Images are deleted through the control plane alone.
            throw new RegistryError(405, "UNSUPPORTED", "The operation is unsupported");
        }
    };

    return async (request, response) => {
        response.setHeader("docker-distribution-api-version", "registry/2.0");
        try {
            await route(request, response);
        } catch (error) {
            sendError(request, response, error);
        }
    };
}

function splitOnce(text: string, separator: string): [string, string] {
    const at = text.indexOf(separator);
    return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
