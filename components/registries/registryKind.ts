import type * as pulumi from "@pulumi/pulumi";
import type { NameRule } from "../config/names";
import type { RegistryConfig, RegistryKeys } from "../config/registryKeys";
import type { PaletteClient } from "../../packages/palette/api/client";
import type { RegistryCredentials } from "../../packages/palette/registry/registryCredentials";
import type { RegistryTls } from "../../packages/palette/registry/registryKind";
import type { FoundRegistry } from "../../packages/palette/registry/registryLookup";
import type { PackRepository, StackOwner } from "../../packages/palette/resources";
import type { RegistryAccess } from "../../packages/registry/access";

/** What a push needs on this machine: the oras command, or an AWS account. */
export type Requirement = "oras" | "aws";

/** How packs get into registries of one kind, whoever has registered them in Palette. */
export interface Transport {
    kind: RegistryAccess["kind"];
    requires: Requirement[];
    /** What the path of a repository keeps to; absent where any name of a pack will do. */
    repositoryNames?: NameRule;
    /** A push does not create the repository. */
    needsRepositories: boolean;
    /** The path of a pack's repository. @param prefix What the registry has before the part that is Palette's. */
    repositoryPath(prefix: string, pack: string): string;
    /** The keys of the stack's configuration that hold what a push logs in with. Secret. */
    pushConfig(entry: PushEntry): pulumi.Output<Record<string, string>>;
}

/** The keys of an entry that a push reads. */
export interface PushEntry {
    name: string;
    endpoint?: string;
    pushEndpoint?: string;
    username?: string;
    /** Secret. */
    password?: pulumi.Input<string>;
    /** Secret; in place of user and password. */
    token?: pulumi.Input<string>;
    /** PEM file of the CA that signed the registry's certificate, relative to the project folder. */
    caFile?: string;
    insecureSkipVerify?: boolean;
}

/** What is known of an entry when its registry is declared. */
export interface RegistryContext {
    /** Where it stands in the configuration: `registries[0]`. */
    key: string;
    /** What Palette has under its name, where its kind looks that up. */
    resolved?: FoundRegistry;
    /** Host of the ECR of the stack's AWS account and region, where a registry is one. */
    ecrHost?: string;
}

/**
 * One kind of registry. Its file in this folder holds everything that this program knows of it; the table is in kinds.ts.
 */
export interface RegistryKind<
    Entry extends RegistryConfig = RegistryConfig,
> extends RegistryKeys<Entry> {
    /** Absent: Palette says of each registry of this kind which one it has. */
    transport?: Transport;
    /** What Palette has under the name of an entry. Absent: the stack registers it. */
    resolve?(client: PaletteClient, name: string): Promise<FoundRegistry>;
    /** The registry of an entry. @throws Error when a file that the entry names cannot be read. */
    declare(entry: Entry, context: RegistryContext): PackRegistry;
}

/** A registry of the stack: where its packs go, and what belongs to it. */
export interface PackRegistry {
    /** Name in Palette and in the configuration. */
    readonly name: string;
    /** How packs get there; that of an existing registry is what Palette says it is. */
    readonly access: RegistryAccess;
    /** The registry's address in Palette's form: ECR a host, all others with `https://`. */
    readonly endpoint: string;
    /** What Palette needs to read the registry; absent where it knows that, or the stack creates it. Holds secrets. */
    readonly credentials?: pulumi.Output<RegistryCredentials>;
    /** How Palette shall trust the registry's certificate, where that is not the usual way. */
    readonly tls?: RegistryTls;
    /** ECR: images that the stack did not push go with a repository. */
    readonly forceDelete: boolean;
    /** ECR: repositories have to be there, and stay. */
    readonly keepRepositories: boolean;
    /** Pack name → path of its repository in the registry. */
    repositoryPath(pack: string): string;
    /** Why the repository of a pack cannot have its name, and what to do; undefined when it can. */
    repositoryMistake(pack: { name: string; path: string }): string | undefined;
    /** The keys of the stack's configuration that hold what a push logs in with. Secret. */
    pushConfig(): pulumi.Output<Record<string, string>>;
    /** What the stack creates before a push. Absent: a push creates the repositories, or somebody else has. */
    readonly repositories?: CreatedRepositories;
    /** What may delete these packs although the stack wants them. */
    warnings?(packs: { name: string; version: string }[]): string[];
    /** Registers the registry in Palette under a resource name; its uid is known once all packs are visible. */
    register(
        resourceName: string,
        args: RegistrationArgs,
        opts?: pulumi.CustomResourceOptions,
    ): { uid: pulumi.Output<string> };
}

/** Repositories that have to be there before a push. */
export interface CreatedRepositories {
    /** Path of the one that those of the packs are below. */
    basePath: string;
    create(resourceName: string, args: RepositoriesArgs): RegistryRepositories;
}

/** The repositories of a registry, as the stack has found them. */
export interface RepositoriesArgs {
    base: ResolvedRepository;
    packs: ResolvedRepository[];
    owner: StackOwner;
}

/** A repository, as a look at the registry has found it. */
export interface ResolvedRepository {
    /** Name of its resources. */
    name: string;
    path: string;
    /** What is in it. */
    resource: PackRepository;
    /** Whether the stack creates it: it was not there before. */
    managed: boolean;
    /** Another number creates it again; undefined where a preview does not know. */
    generation: number | undefined;
}

/** What was created for a registry. */
export interface RegistryRepositories {
    /** What Palette reads the registry with. Holds secrets. */
    readonly credentials: pulumi.Output<RegistryCredentials>;
    /** What has to be there before a push. */
    readonly resources: pulumi.CustomResource[];
}

/** The arguments of every registration. */
export interface RegistrationArgs {
    /** Versions that must become visible. */
    packs: {
        name: string;
        version: string;
        digest: pulumi.Input<string>;
        generation?: pulumi.Input<number>;
    }[];
    owner: StackOwner;
    /** What Palette reads it with; absent for a registry that it knows. */
    credentials?: pulumi.Output<RegistryCredentials>;
}
