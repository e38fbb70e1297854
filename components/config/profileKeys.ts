import * as v from "valibot";
import { adopt, flag, named, objectName, tags, text, yaml } from "./fields";
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
    name: text,
    version,
    registry: v.optional(text, "Public Repo"),
    presets: v.optional(v.array(text)),
    values: v.optional(yaml),
});

const profilePack = v.strictObject({
    name: text,
    version: v.optional(version),
    presets: v.optional(v.array(text)),
    values: v.optional(yaml),
});

/** A profile variable; the names are those of Palette's API (`v1Variable`). */
const variable = v.strictObject({
    name: v.pipe(
        v.string(),
        v.regex(/^[A-Za-z][\w-]*$/, "expected letters, digits, dashes and underscores"),
    ),
    displayName: v.optional(text),
    description: v.optional(v.string()),
    format: v.optional(
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
    defaultValue: v.optional(v.string("expected a text, in quotes")),
    regex: v.optional(text),
    required: flag,
    immutable: flag,
    hidden: flag,
    isSensitive: flag,
});

/** The keys of `profile` and of each of `profiles`. */
export const profile = v.strictObject({
    name: v.optional(objectName),
    type: v.optional(v.picklist(["cluster", "infra", "add-on"]), "cluster"),
    scope: v.optional(v.picklist(["project", "tenant"]), "project"),
    version: v.optional(
        v.pipe(
            v.string("expected a version such as 1.0.0, in quotes"),
            v.regex(/^\d+\.\d+\.\d+$/, "expected a version such as 1.0.0, in quotes"),
        ),
    ),
    editInPlace: flag,
    description: v.optional(v.string(), "My cluster profile as part of the packs tutorial."),
    tags: v.optional(tags, TUTORIAL_TAGS),
    layers: v.optional(v.array(layer)),
    packs: v.optional(named(profilePack, "pack of a profile")),
    spectroProxy: v.optional(text),
    variables: v.optional(named(variable, "variable")),
    adopt,
});

/** The layers of a profile that names none: of an add-on profile none, else the tutorial's. */
export function defaultLayers({ type }: { type: string }): v.InferOutput<typeof layer>[] {
    return type === "add-on"
        ? []
        : TUTORIAL_LAYERS.map((one) => ({ ...one, registry: "Public Repo" }));
}
