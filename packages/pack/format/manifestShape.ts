import { ociManifest } from "./ociManifest";

/** What of an OCI manifest Palette looks at. */
interface Manifest {
    mediaType?: string;
    artifactType?: string;
    config?: { mediaType?: string };
    layers?: { mediaType?: string; annotations?: Record<string, string> }[];
}

const TITLE = "org.opencontainers.image.title";

/**
 * In what a manifest differs from the shape that Palette reads, which is that of OCI image-spec v1.0 as oras makes it.
 *
 * @param title Name of the archive, `<name>-<version>.tar.gz`.
 */
export function manifestViolations(text: string, title: string): string[] {
    const wanted: Manifest = JSON.parse(ociManifest({ title, digest: "", size: 0 }));
    const manifest: Manifest = JSON.parse(text);
    const [layer, ...rest] = manifest.layers ?? [];
    const differing = (what: string, is: string | undefined, should: string | undefined) =>
        is === should ? [] : [`its ${what} is ${is ?? "absent"} instead of ${should ?? "absent"}`];
    return [
        ...differing("media type", manifest.mediaType, wanted.mediaType),
        ...differing("artifactType", manifest.artifactType, undefined),
        ...differing(
            "configuration's media type",
            manifest.config?.mediaType,
            wanted.config?.mediaType,
        ),
        ...(layer === undefined || rest.length > 0
            ? [`it has ${manifest.layers?.length ?? 0} layers instead of one`]
            : [
                  ...differing("layer's media type", layer.mediaType, wanted.layers![0]!.mediaType),
                  ...differing("layer's title", layer.annotations?.[TITLE], title),
              ]),
    ];
}
