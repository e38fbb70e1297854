import * as pulumi from "@pulumi/pulumi";
import type { ApplicationUrlsInputs } from "./cluster/applicationUrls";
import type { AwsClusterInputs } from "./cluster/aws/awsInputs";
import type { ClusterProfileInputs, ProfileVersion } from "./profile/profileInputs";
import type { OciRegistryInputs } from "./registry/ociRegistry";
import type { OwnerTokenInputs } from "./lifecycle/ownerToken";
import type { Owner } from "./lifecycle/ownership";
import { bundledAs } from "../registry/bundledAs";
import type { Image } from "../registry/history";
import type { PackRepositoryArgs } from "./registry/packRepositoryInputs";
import type { PackRetentionInputs } from "./registry/packRetention";
import type { RegistrySyncInputs } from "./registry/registrySync";
import type { PaletteAwsAccountInputs } from "./registry/paletteAwsAccount";
import type { SpectroRegistryInputs } from "./registry/spectroRegistry";

/** Inputs of which any part may be an output of another resource. */
export type Args<T> = { [K in keyof T]: DeepInput<T[K]> };
type DeepInput<T> = pulumi.Input<
    T extends (infer Item)[]
        ? DeepInput<Item>[]
        : T extends object
          ? { [K in keyof T]: DeepInput<T[K]> }
          : T
>;

/** The stack as the owner of what it makes in Palette. */
export type StackOwner = Args<Owner>;

/**
 * A dynamic resource whose provider is stored by reference: the engine keeps the text below in the state and hands it
 * to the dynamic provider process, which evaluates it and calls `handler()` (sdk/nodejs/cmd/dynamic-provider of
 * pulumi/pulumi). `pulumi.dynamic.Resource` would serialize the code itself: a copy of it in the state of every
 * resource, a diff after every edit, and a destroy that runs yesterday's code.
 */
abstract class PaletteResource extends pulumi.CustomResource {
    /** @param type The name under which ./index.ts exports the implementation. */
    constructor(
        type: string,
        name: string,
        props: pulumi.Inputs,
        opts?: pulumi.CustomResourceOptions,
    ) {
        const provider = bundledAs === undefined ? "palette-provider" : `${bundledAs}/provider`;
        const __provider = `exports.handler = () => require("${provider}").${type};`;
        super(`pulumi-nodejs:dynamic/palette:${type}`, name, { ...props, __provider }, opts);
    }
}

/** A random id by which the stack recognises what it made in Palette. */
export class OwnerToken extends PaletteResource {
    declare readonly ownerId: pulumi.Output<string>;
    /** Uid of the tenant that the stack's objects are in; empty where Palette does not report it. */
    declare readonly tenant: pulumi.Output<string>;

    constructor(name: string, args: Args<OwnerTokenInputs>, opts?: pulumi.CustomResourceOptions) {
        // A replacement is refused while anything carries the id, and that before there is another one.
        const first = { deleteBeforeReplace: true };
        const outputs = { ownerId: undefined, tenant: undefined };
        super("OwnerToken", name, { ...args, ...outputs }, pulumi.mergeOptions(opts, first));
    }
}

/** The AWS account that Palette works from, for the trust policy of a role. */
export class PaletteAwsAccount extends PaletteResource {
    declare readonly accountId: pulumi.Output<string>;
    declare readonly externalId: pulumi.Output<string>;

    constructor(
        name: string,
        args: Args<PaletteAwsAccountInputs>,
        opts?: pulumi.CustomResourceOptions,
    ) {
        const outputs = { accountId: undefined, externalId: undefined };
        super("PaletteAwsAccount", name, { ...args, ...outputs }, opts);
    }
}

/** A registry of packs in Palette, synchronized: its packs are visible. */
export class OciRegistry extends PaletteResource {
    declare readonly uid: pulumi.Output<string>;

    constructor(name: string, args: Args<OciRegistryInputs>, opts?: pulumi.CustomResourceOptions) {
        super("OciRegistry", name, { ...args, uid: undefined }, opts);
    }
}

/** A published version of a cluster profile. */
export class ClusterProfile extends PaletteResource {
    /**
     * Outputs that are plain digests of values, or hold some: `additionalSecretOutputs` where the values hold a secret,
     * which could be short enough to be guessed.
     */
    static readonly digests = ["revision", "valuesDigests", "versions"];

    declare readonly uid: pulumi.Output<string>;
    declare readonly version: pulumi.Output<string>;
    /** Changes with the layers or their values. */
    declare readonly revision: pulumi.Output<string>;
    /** All versions that the stack keeps in Palette, oldest first. */
    declare readonly versions: pulumi.Output<ProfileVersion[]>;

    constructor(
        name: string,
        args: Args<ClusterProfileInputs>,
        opts?: pulumi.CustomResourceOptions,
    ) {
        const outputs = {
            uid: undefined,
            valuesDigests: undefined,
            revision: undefined,
            versions: undefined,
            automaticVersion: undefined,
        };
        // Without a version in the arguments the provider chooses one.
        super("ClusterProfile", name, { version: undefined, ...args, ...outputs }, opts);
    }
}

/** A cluster on AWS that is Running and Healthy, with all packs Ready. */
export class AwsCluster extends PaletteResource {
    /** As those of {@link ClusterProfile}. */
    static readonly digests = ["packDigests"];

    declare readonly uid: pulumi.Output<string>;
    declare readonly state: pulumi.Output<string>;
    declare readonly health: pulumi.Output<string>;
    /** Cluster-admin kubeconfig. Secret. */
    declare readonly kubeconfig: pulumi.Output<string>;
    /** Palette's estimate in US dollars, before the cluster was created; undefined where there was none. */
    declare readonly hourlyPrice: pulumi.Output<number | undefined>;

    constructor(name: string, args: Args<AwsClusterInputs>, opts?: pulumi.CustomResourceOptions) {
        const outputs = {
            uid: undefined,
            state: undefined,
            health: undefined,
            cloudConfigUid: undefined,
            kubeconfig: undefined,
            hourlyPrice: undefined,
            packDigests: undefined,
        };
        const always = {
            additionalSecretOutputs: ["kubeconfig"],
            // The engine does not ask the provider about a replacement that is forced (up --replace, state taint).
            deleteBeforeReplace: true,
        };
        super("AwsCluster", name, { ...args, ...outputs }, pulumi.mergeOptions(opts, always));
    }
}

/** The addresses of a cluster's applications. */
export class ApplicationUrls extends PaletteResource {
    /** Pack name → URL. */
    declare readonly urls: pulumi.Output<Record<string, string>>;

    constructor(
        name: string,
        args: Args<ApplicationUrlsInputs>,
        opts?: pulumi.CustomResourceOptions,
    ) {
        super("ApplicationUrls", name, { ...args, urls: undefined }, opts);
    }
}

/** What is in a repository because of the stack: known in a preview, too. */
export class PackRepository extends PaletteResource {
    /** Version → digest that the registry has, or gets. */
    declare readonly published: pulumi.Output<Record<string, string>>;
    /** What is there because of the stack, oldest first. */
    declare readonly images: pulumi.Output<Image[]>;
    /** Grows each time something has to be pushed again. */
    declare readonly generation: pulumi.Output<number>;
    /** ECR: whether the stack makes the repository. */
    declare readonly managed: pulumi.Output<boolean>;
    /** ECR: grows each time the repository has to be made again. */
    declare readonly repositoryGeneration: pulumi.Output<number>;
    /** ECR: of a repository that was there before. */
    declare readonly arn: pulumi.Output<string | undefined>;

    constructor(name: string, args: Args<PackRepositoryArgs>, opts?: pulumi.CustomResourceOptions) {
        const found = {
            published: undefined,
            images: undefined,
            generation: undefined,
            managed: undefined,
            repositoryGeneration: undefined,
            arn: undefined,
        };
        super("PackRepository", name, { ...args, ...found }, opts);
    }
}

/** Removes unused versions of a pack. */
export class PackRetention extends PaletteResource {
    /** `version@digest` of what was removed last. */
    declare readonly removed: pulumi.Output<string[]>;

    constructor(
        name: string,
        args: Args<PackRetentionInputs>,
        opts?: pulumi.CustomResourceOptions,
    ) {
        super("PackRetention", name, { ...args, removed: undefined }, opts);
    }
}

/** A legacy Spectro registry in Palette, synchronized: its packs are visible. */
export class SpectroRegistry extends PaletteResource {
    declare readonly uid: pulumi.Output<string>;

    constructor(
        name: string,
        args: Args<SpectroRegistryInputs>,
        opts?: pulumi.CustomResourceOptions,
    ) {
        super("SpectroRegistry", name, { ...args, uid: undefined }, opts);
    }
}

/** The synchronization of a registry that Palette knows already: its packs are visible. */
export class RegistrySync extends PaletteResource {
    /** Uid of the registry. */
    declare readonly uid: pulumi.Output<string>;

    constructor(name: string, args: Args<RegistrySyncInputs>, opts?: pulumi.CustomResourceOptions) {
        super("RegistrySync", name, { ...args, uid: undefined }, opts);
    }
}
