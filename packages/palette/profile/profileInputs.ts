import type { Claimed, Owner } from "../lifecycle/ownership";

/** One layer of a profile: a pack version from a registry, and what differs from the pack's own values. */
export interface Layer {
    /** Name of the pack, or `alias--name` where a profile holds a pack twice ({@link packNameOf}). */
    name: string;
    /** Exact version of the pack. */
    version: string;
    /** The tag (`1.28.x`) that stood for this version when the profile was previewed: for policies; it is not compared. */
    movingTag?: string;
    /** Uid in Palette of the registry that holds the pack. */
    registryUid: string;
    /** Digest of a custom pack's manifest, so that other content is another profile. */
    digest?: string;
    /** Names of presets of the pack, applied to its values before the overrides. */
    presets?: string[];
    /** YAML text that is merged into the pack's values. The pack's own values are not kept in the state. */
    overrides?: string;
}

/** A layer whose version its registry does not offer (any more): taken out of it, or disabled. */
export interface UnresolvedLayer {
    name: string;
    registryUid: string;
    /** As configured: exact, or a moving tag that stands for nothing. */
    version: string;
    /** What is wrong, by the key of the configuration. */
    message: string;
    /** The newest version that is offered. */
    successor?: string;
    /** Path in the overrides of a list that is made from the pack's own values, which cannot be read. */
    derived?: string[];
}

/** The pack of a layer, as its registry calls it. */
export function packNameOf({ name }: Pick<Layer, "name">): string {
    return name.split("--").at(-1)!;
}

/** A variable of a profile (`v1Variable`, whose names these are). */
export interface ProfileVariable {
    name: string;
    displayName?: string;
    description?: string;
    format?: "string" | "number" | "boolean" | "ipv4" | "ipv4cidr" | "ipv6" | "version" | "base64";
    /** To be given as a secret where the variable is sensitive. */
    defaultValue?: string;
    /** What a value must match. */
    regex?: string;
    required?: boolean;
    /** Whether a cluster that has a value keeps it. */
    immutable?: boolean;
    hidden?: boolean;
    /** Whether Palette masks values. */
    isSensitive?: boolean;
    inputType?: "text" | "dropdown" | "multiline";
    options?: { value: string; label?: string; description?: string; default?: boolean }[];
}

/** The cloud of a profile that names none (`v1CloudType`). */
export const DEFAULT_CLOUD = "aws";

/** What the program says about a profile. What is optional is absent when it is not configured. */
export interface ClusterProfileInputs {
    name: string;
    /**
     * Version of the profile; each (name, version) is an object of its own in Palette. Absent: the provider chooses,
     * 1.0.0 at first, then the next patch whenever the content changes, or the kept version that has this content.
     */
    version?: string;
    /** Full, infrastructure or add-on. Absent means `cluster`, which is Full. */
    type?: "cluster" | "infra" | "add-on";
    /** Cloud of its clusters, as Palette calls it; an add-on profile is for all. Absent means {@link DEFAULT_CLOUD}. */
    cloudType?: string;
    /** Who sees it. Absent means `project`. */
    scope?: "project" | "tenant";
    description: string;
    /** `key:value` or bare words. */
    tags: string[];
    /** Uid of the project. */
    project: string;
    /** In order: OS, Kubernetes, network, storage, add-ons. */
    layers: Layer[];
    /** Layers that can only stay as they are recorded. Not kept in the state. */
    unresolved?: UnresolvedLayer[];
    variables?: ProfileVariable[];
    /** Change the content of the version in place instead of asking for, or making, a new version. */
    editInPlace?: boolean;
    /** How many old versions to keep beside the current one. Absent: all. One that a cluster uses is kept anyway. */
    keepVersions?: number;
    owner: Owner;
    /** Take over a profile of this name (and version) that somebody else made; as a text, only if that is its uid. */
    adopt: boolean | string;
}

/** A profile's inputs with what its labels hold beside the tags. */
export type ClaimedProfile = ClusterProfileInputs & Pick<Claimed, "claim">;

/** A version of the profile that this stack has in Palette. */
export interface ProfileVersion {
    version: string;
    uid: string;
    /** Changes with what was sent to Palette as the content: SHA-256. */
    revision: string;
    /** SHA-256 of the inputs that make the content. */
    contentDigest: string;
    /** Its packs as `name:version`. */
    packs: string[];
    /** Layer → SHA-256 of the values that were sent, to recognise an edit in the console. */
    valuesDigests: Record<string, string>;
    /** It was never completed, so nothing uses it and it may still change. */
    partial?: true;
}

/** What is recorded of a profile. */
export interface ClusterProfileOutputs extends ClusterProfileInputs {
    /** Version, uid of the current version. */
    version: string;
    uid: string;
    /** Changes with the layers, their values or the variables of the current version. */
    revision: string;
    /** Layer → SHA-256 of the values of the current version. */
    valuesDigests: Record<string, string>;
    /** All versions, oldest first. */
    versions: ProfileVersion[];
    /** Whether the provider chose the version. */
    automaticVersion?: boolean;
    /** What its versions carry where a create found them in Palette ({@link Claimed}). */
    claim?: string;
}
