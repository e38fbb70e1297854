import { createHash } from "node:crypto";
import { valueAt } from "./positioned";
import { archiveTime } from "./tarWriter";

/** Value of the `org.opencontainers.image.created` annotation of every pack artifact (RFC 3339). */
export const createdAnnotation = archiveTime.toISOString().replace(".000Z", "Z");

/** The empty JSON object that is the configuration of every pack artifact. */
const emptyConfig = "{}";

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
            digest: sha256(emptyConfig),
            size: emptyConfig.length,
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

/**
 * What keeps Palette from reading a manifest as the given pack, or may keep it from that: every way
 * in which it differs from what `ociManifest` makes.
 *
 * @param manifest Text of a manifest.
 */
export function manifestProblems(
    manifest: string,
    pack: { name: string; version: string },
): string[] {
    const value = JSON.parse(manifest) as unknown;
    const expected = JSON.parse(ociManifest({ title: "", digest: "", size: 0 })) as unknown;
    const problems = [["mediaType"], ["config", "mediaType"], ["layers", 0, "mediaType"]].flatMap(
        (path) => {
            const [is, wanted] = [valueAt(value, path), valueAt(expected, path)];
            return is === wanted
                ? []
                : [`${path.join(".")} is ${JSON.stringify(is)} instead of "${String(wanted)}"`];
        },
    );
    if (valueAt(value, ["artifactType"]) !== undefined) {
        problems.push("artifactType is set: push with --image-spec v1.0");
    }
    const title = valueAt(value, ["layers", 0, "annotations", "org.opencontainers.image.title"]);
    const wanted = `${pack.name}-${pack.version}.tar.gz`;
    if (title !== wanted) {
        problems.push(`the layer's title is ${JSON.stringify(title)} instead of "${wanted}"`);
    }
    return problems;
}

/** Digest of a text or of bytes in OCI notation, `sha256:<64 hexadecimal digits>`. */
export function sha256(content: string | Uint8Array): string {
    return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
