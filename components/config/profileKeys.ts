import * as v from "valibot";
import { adopt, documented, flag, named, objectName, tags, text, yaml } from "./fields";
import { TUTORIAL_TAGS } from "./tutorial";

/** The tutorial's newest layers: OS, Kubernetes, network, storage. */
const TUTORIAL_LAYERS = [
    { name: "ubuntu-aws", version: "22.04" },
    { name: "kubernetes", version: "1.32.3" },
    { name: "cni-calico", version: "3.29.3" },
    { name: "csi-aws-ebs", version: "1.41.0" },
];

const version = v.pipe(
    v.string("expected a version, in quotes"),
    v.minLength(1, "expected a version"),
);

const layer = v.strictObject({
    name: documented(text, "name of the layer's pack"),
    version: documented(
        version,
        "exact, or a moving tag such as `1.28.x`, which a preview resolves",
    ),
    registry: documented(v.optional(text, "Public Repo"), "name of the registry in Palette"),
    presets: documented(v.optional(v.array(text)), "names of presets of the pack", "none"),
    values: documented(v.optional(yaml), "merged into the pack's values", "none"),
});

const profilePack = v.strictObject({
    name: documented(text, "name of a pack of the stack"),
    version: documented(
        v.optional(version),
        "its version, where the stack has several",
        "the stack's only one",
    ),
    presets: documented(v.optional(v.array(text)), "names of presets of the pack", "none"),
    values: documented(v.optional(yaml), "merged into the pack's values", "none"),
});

/** A profile variable; the names are those of Palette's API (`v1Variable`). */
const variable = v.strictObject({
    name: documented(
        v.pipe(
            v.string(),
            v.regex(/^[A-Za-z][\w-]*$/, "expected letters, digits, dashes and underscores"),
        ),
        "name of the variable",
    ),
    displayName: documented(v.optional(text), "name in Palette's console", "none"),
    description: documented(v.optional(v.string()), "description in Palette's console", "none"),
    format: documented(
        v.optional(
            v.picklist([
                "string",
                "number",
                "boolean",
                "ipv4",
                "ipv4cidr",
                "ipv6",
                "version",
                "base64",
            ]),
        ),
        "format that Palette checks",
        "Palette's (`string`)",
    ),
    defaultValue: documented(
        v.optional(v.string("expected a text, in quotes")),
        "value where a cluster sets none; a secret where `isSensitive`",
        "none",
    ),
    regex: documented(v.optional(text), "pattern that a value must match", "none"),
    required: documented(flag, "a cluster must have a value"),
    immutable: documented(flag, "the value of a cluster cannot change"),
    hidden: documented(flag, "Palette's console does not show it"),
    isSensitive: documented(flag, "Palette masks the value"),
});

/** The keys of `profile` and of each of `profiles`. */
export const profile = v.strictObject({
    name: documented(v.optional(objectName), "name in Palette", "`pack-tutorial-profile-<stack>`"),
    type: documented(
        v.optional(v.picklist(["cluster", "infra", "add-on"]), "cluster"),
        "`cluster` has infrastructure layers and packs (Full), `infra` the layers, `add-on` packs",
    ),
    scope: documented(
        v.optional(v.picklist(["project", "tenant"]), "project"),
        "who sees it: the project, or all of the tenant",
    ),
    version: documented(
        v.optional(
            v.pipe(
                v.string("expected a version such as 1.0.0, in quotes"),
                v.regex(/^\d+\.\d+\.\d+$/, "expected a version such as 1.0.0, in quotes"),
            ),
        ),
        "each version is an object of its own in Palette",
        "counted from `1.0.0`",
    ),
    editInPlace: documented(flag, "change the current version in place of making a new one"),
    description: documented(
        v.optional(v.string(), "My cluster profile as part of the packs tutorial."),
        "description in Palette",
    ),
    tags: documented(v.optional(tags, TUTORIAL_TAGS), "words or `key:value`"),
    layers: documented(
        v.optional(v.array(layer)),
        "the infrastructure layers; the default has Ubuntu 22.04, Kubernetes 1.32.3, Calico 3.29.3, EBS CSI 1.41.0",
        "the tutorial's; none of an add-on profile",
    ),
    packs: documented(
        v.optional(named(profilePack, "pack of a profile")),
        "the custom packs in it; one of layer `os`, `k8s`, `cni` or `csi` replaces that layer",
        "all packs of the stack that fit the profile's type",
    ),
    spectroProxy: documented(
        v.optional(text),
        "version of the Spectro Proxy pack; adds its name to the `certSANs` of Kubernetes",
        "no proxy",
    ),
    variables: documented(
        v.optional(named(variable, "variable")),
        "variables of the profile",
        "none",
    ),
    adopt: documented(
        adopt,
        "take over an existing profile of this name and version; a uid says which one",
    ),
});

/** The layers of a profile that names none: of an add-on profile none, else the tutorial's. */
export function defaultLayers({ type }: { type: string }): v.InferOutput<typeof layer>[] {
    return type === "add-on"
        ? []
        : TUTORIAL_LAYERS.map((tutorial) => ({ ...tutorial, registry: "Public Repo" }));
}
