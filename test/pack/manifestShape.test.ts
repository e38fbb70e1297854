import { ociManifest } from "../../packages/pack/format/ociManifest";
import { manifestViolations } from "../../packages/pack/format/manifestShape";

const title = "hello-1.0.0.tar.gz";
const right = JSON.parse(ociManifest({ title, digest: `sha256:${"a".repeat(64)}`, size: 9 }));
const layer = right.layers[0];

test.each<[string, object, string[]]>([
    ["as oras makes it for image-spec v1.0", {}, []],
    [
        "of image-spec v1.1",
        {
            artifactType: "application/vnd.unknown.artifact.v1",
            config: { mediaType: "application/vnd.oci.empty.v1+json" },
        },
        [
            "its artifactType is application/vnd.unknown.artifact.v1 instead of absent",
            "its configuration's media type is application/vnd.oci.empty.v1+json instead of application/vnd.unknown.config.v1+json",
        ],
    ],
    [
        "of Docker",
        { mediaType: "application/vnd.docker.distribution.manifest.v2+json" },
        [
            "its media type is application/vnd.docker.distribution.manifest.v2+json instead of application/vnd.oci.image.manifest.v1+json",
        ],
    ],
    ["of two files", { layers: [layer, layer] }, ["it has 2 layers instead of one"]],
    ["without layers", { layers: undefined }, ["it has 0 layers instead of one"]],
    [
        "whose layer says what it is",
        { layers: [{ ...layer, mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" }] },
        [
            "its layer's media type is application/vnd.oci.image.layer.v1.tar+gzip instead of application/vnd.oci.image.layer.v1.tar",
        ],
    ],
    [
        "with a path for a title",
        { layers: [{ ...layer, annotations: { "org.opencontainers.image.title": `a/${title}` } }] },
        [`its layer's title is a/${title} instead of ${title}`],
    ],
])("a manifest %s", (_, fields, problems) => {
    expect(manifestViolations(JSON.stringify({ ...right, ...fields }), title)).toEqual(problems);
});
