import { createHash } from "node:crypto";
import { archiveTime } from "./tarWriter";

/** Value of the `org.opencontainers.image.created` annotation of every pack artifact (RFC 3339). */
export const createdAnnotation = archiveTime.toISOString().replace(".000Z", "Z");

/** Media types of the manifests that a tag can stand for: an image or a list of images, in OCI's and in Docker's form. */
export const MANIFEST_TYPES = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

/** The empty JSON object that is the configuration of every pack artifact. */
const EMPTY_CONFIG = "{}";

/**
 * The exact bytes of the manifest that `oras push --image-spec v1.0 --annotation
 * org.opencontainers.image.created=<createdAnnotation> <reference> <title>` makes for one layer,
 * which is the shape that Palette reads: a version 1.0 image manifest with an unknown configuration
 * type and one layer titled with the bare archive name. oras does not look at the file name, so the
 * layer type says tar although the content is gzip.
 *
 * @param layer `title`: name of the archive; `digest`: `sha256:…` of its bytes; `size`: its bytes.
 */
export function ociManifest(layer: { title: string; digest: string; size: number }): string {
    return JSON.stringify({
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: {
            mediaType: "application/vnd.unknown.config.v1+json",
            digest: sha256(EMPTY_CONFIG),
            size: EMPTY_CONFIG.length,
        },
        layers: [
            {
                mediaType: "application/vnd.oci.image.layer.v1.tar",
                digest: layer.digest,
                size: layer.size,
                annotations: { "org.opencontainers.image.title": layer.title },
            },
        ],
        annotations: { "org.opencontainers.image.created": createdAnnotation },
    });
}

/** Digest of a text or of bytes in OCI notation, `sha256:<64 hexadecimal digits>`. */
export function sha256(content: string | Uint8Array): string {
    return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
