export interface User extends Stored {
    emailId: string;
    firstName: string;
    lastName: string;
    tenantAdmin: boolean;
    /** Projects a user without tenant rights may act in. */
    projectUids: string[];
}

/** Layers of a profile in their order (`v1PackLayer`). */
export type Layer = "kernel" | "os" | "k8s" | "cni" | "csi" | "addon";

/** `v1PackType`. */
export type PackType = "spectro" | "helm" | "manifest" | "oci";

export interface Preset {
    name: string;
    displayName: string;
    group: string;
    add: string;
    remove: string[];
}

/** An entry of pack.json's `constraints.dependencies`; an empty bound is none. */
export interface PackDependency {
    packName: string;
    layer: string;
    type: "required" | "optional" | "notSupported" | "upgrade";
    minVersion: string;
    maxVersion: string;
}

/** One version of a pack in one registry. */
export interface Pack {
    uid: string;
    name: string;
    displayName: string;
    version: string;
    /** The most specific label beside the version, such as `LTS__22.4.x`; else the version. */
    tag: string;
    /** Moving labels that this version bears now, such as `1.28.x`. */
    parentTags: string[];
    group: string;
    layer: Layer;
    type: PackType;
    addonType: string;
    cloudTypes: string[];
    registryUid: string;
    annotations: Record<string, string>;
    values: string;
    presets: Preset[];
    dependencies?: PackDependency[];
    readme: string;
    digest: string;
    created: string;
    /**
     * Folder of the unpacked archive, relative to `Context.dir`: what pack.json's `kubeManifests`
     * and `charts` name lies below it. Packs of the public registry have none.
     */
    files?: string;
    /** Pack-relative paths, in apply order. */
    kubeManifests: string[];
    charts: string[];
    /** Absent: it is offered like any other. */
    state?: "deprecated" | "disabled";
    /** Taken out of its registry; profiles that name it are invalid. */
    deleted?: boolean;
}

/** A manifest that a profile adds to a pack. */
export interface ProfileManifest {
    uid: string;
    name: string;
    content: string;
}

/** A layer of a profile, its pack resolved. */
export interface ProfilePack {
    name: string;
    /** Uid of the `Pack`; `spectro-manifest-pack` for a layer that has only manifests. */
    uid: string;
    registryUid: string;
    layer: Layer;
    type: PackType;
    /** As it was asked for; `version` is the resolved pack's own. */
    tag: string;
    version: string;
    values: string;
    manifests: ProfileManifest[];
}

/** One side (draft or published) of a profile. */
export interface ProfileTemplate {
    type: "cluster" | "infra" | "add-on" | "system";
    cloudType: string;
    packs: ProfilePack[];
    /** Grows with each publish. */
    revision: number;
}

/** A profile variable (`v1Variable`). */
export interface Variable {
    name: string;
    displayName?: string;
    description?: string;
    format?: string;
    defaultValue?: string;
    regex?: string;
    required?: boolean;
    immutable?: boolean;
    hidden?: boolean;
    isSensitive?: boolean;
    inputType?: string;
    options?: { value: string; label?: string; description?: string; default?: boolean }[];
}

/** One version of a cluster profile; the versions of a profile share `name` and `owner`. */
export interface Profile extends Stored {
    version: string;
    /** Absent when nothing is unpublished. */
    draft?: ProfileTemplate;
    /** Absent until the first publish. Clusters take a copy of it. */
    published?: ProfileTemplate;
    variables: Variable[];
}

/** A user of a profile, for `inUseClusters` and refusals. */
export interface ClusterReference {
    uid: string;
    name: string;
    projectUid: string;
}

export interface AwsCredentials {
    accessKeyId: string;
    secretAccessKey: string;
}

/** Where an object lives; `projectUid` is set exactly when `scope` is `project`. */
export interface Owner {
    scope: "system" | "tenant" | "project";
    projectUid?: string;
}

/** What every stored object carries. Times are ISO 8601, from the virtual clock. */
export interface Stored {
    uid: string;
    name: string;
    owner: Owner;
    labels: Record<string, string>;
    annotations: Record<string, string>;
    created: string;
    modified: string;
}
