import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { RegistryCredentials, RegistryTls } from "../../packages/palette/registry/ociRegistry";
import { pathOf, type FoundRegistry } from "../../packages/palette/registry/registryLookup";
import { hostOf } from "../../packages/registry/host";
import type { RegistryAccess } from "../../packages/registry/access";

/** What every kind of registry is told. */
interface CommonArgs {
    /** Name in Palette and in the configuration. */
    name: string;
}

/** What an administrator may demand of a role or user that the stack makes. */
export interface IamRules {
    /** ARN of a policy: the most that the role or user may do. */
    permissionsBoundary?: string;
    /** Such as `/teams/packs/`. */
    path?: string;
}

/** A private Amazon ECR. */
export interface EcrRegistryArgs extends CommonArgs {
    kind: "ecr";
    /** Repository prefix before `/spectro-packs/archive`. */
    basePath: string;
    /**
     * How Palette reads the registry: a given role or key pair, or one that the stack creates (`sts` without `roleArn`,
     * `secret` without `accessKey`).
     */
    credentials: IamRules &
        (
            | { type: "sts"; roleArn?: string; externalId?: string }
            | { type: "secret"; accessKey?: string; secretKey?: string }
        );
    /** Delete repositories with what others have pushed into them, unless another stack uses them. */
    forceDelete: boolean;
    /** ECR refuses another image under a tag that exists. Default: absent, as AWS has it (mutable). */
    immutableTags?: boolean;
    /** ECR scans every image that is pushed. */
    scanOnPush?: boolean;
    /** Encryption of the repositories; only a new repository can have another one. `kmsKey`: ARN of a key. */
    encryption?: { type: "AES256" | "KMS"; kmsKey?: string };
    /** An ECR lifecycle policy (`{rules: […]}`) for every pack's repository. */
    lifecyclePolicy?: Record<string, unknown>;
    /** Numbers of other AWS accounts that may pull the packs (repository policy). */
    pullAccounts?: string[];
    /** The repositories have to be there, and are neither changed nor deleted. */
    existingRepositories?: boolean;
}

/** User and password, or a token. */
export interface BasicLogin {
    username?: string;
    /** Secret. */
    password?: pulumi.Input<string>;
    /** Secret; in place of user and password. */
    token?: pulumi.Input<string>;
}

/** Harbor or any other OCI registry with user and password or a token. */
export interface BasicRegistryArgs extends CommonArgs, BasicLogin {
    kind: "basic";
    /** `https://host[:port]`, as Palette wants it. */
    endpoint: string;
    /** What Palette appends to the endpoint, where the registry's API is not at the root of its host. */
    endpointSuffix?: string;
    /** `https://host[:port][/path]` that packs are pushed to, where that is another address than Palette's. */
    pushEndpoint?: string;
    /** Repository path before `/spectro-packs/archive`; its first segment is the project in Harbor. */
    basePath: string;
    /** What Palette reads with, where that is not what the push uses; `none`: the registry is public. Holds secrets. */
    paletteCredentials?: "none" | BasicLogin;
    /** PEM file of the CA that signed the registry's certificate, relative to the project folder. */
    caFile?: string;
    insecureSkipVerify?: boolean;
}

/** The legacy Spectro pack registry, which packs are pushed to with the `spectro` CLI. */
export interface SpectroRegistryArgs extends CommonArgs {
    kind: "spectro";
    /** `https://host[:port]`. */
    endpoint: string;
    username: string;
    /** Secret. */
    password: pulumi.Input<string>;
    /** PEM file of the CA that signed the registry's certificate, relative to the project folder. */
    caFile?: string;
    insecureSkipVerify?: boolean;
}

/** A registry that Palette knows already; neither it nor its repositories are managed. */
export interface ExistingRegistryArgs extends CommonArgs {
    kind: "existing";
    /** What Palette has under this name: `findRegistry()` of palette/provider/registryLookup.ts, read before the program starts. */
    found: FoundRegistry;
    /** `https://host[:port][/path]` that packs are pushed to, where that is another address than Palette's. */
    pushEndpoint?: string;
    /** PEM file of the CA that signed the registry's certificate, for the push. */
    caFile?: string;
    insecureSkipVerify?: boolean;
}

export type RegistryArgs =
    EcrRegistryArgs | BasicRegistryArgs | SpectroRegistryArgs | ExistingRegistryArgs;

/** Where the packs of a stack go, whatever kind of registry it is. */
export interface PackRegistry {
    readonly args: RegistryArgs;
    /** How packs get there; that of an existing registry is what Palette says it is. */
    readonly access: RegistryAccess;
    /** The registry's address in Palette's form: ECR a host, all others with `https://`. */
    readonly endpoint: string;
    /** Pack name → path of its repository in the registry. */
    repositoryPath(pack: string): string;
    /** What Palette needs to read the registry; undefined where it knows that, or the stack makes it. Holds secrets. */
    readonly credentials: pulumi.Output<RegistryCredentials> | undefined;
    /** How Palette shall trust the registry's certificate, where that is not the usual way. */
    readonly tls: RegistryTls | undefined;
}

/** The repository of an ECR below which those of the packs are, as Palette looks for them. */
export function archivePath(basePath: string): string {
    return `${basePath}/spectro-packs/archive`;
}

/**
 * The registry of one configuration entry.
 *
 * @param ecrHost Host of the ECR of the stack's AWS account and region, where a registry is one.
 * @throws Error when a file that it names cannot be read.
 */
export function packRegistry(args: RegistryArgs, ecrHost?: string): PackRegistry {
    switch (args.kind) {
        case "ecr":
            return registryAt(args, "ecr", ecrHost!, below(args.basePath));
        case "basic":
            return registryAt(
                args,
                "basic",
                args.endpoint,
                below(args.basePath, args.pushEndpoint),
                readLogin(args),
            );
        case "spectro":
            return registryAt(args, "spectro", args.endpoint, (pack) => pack, basicLogin(args));
        case "existing": {
            const { kind, endpoint, basePath } = args.found;
            const path =
                kind === "spectro" ? (pack: string) => pack : below(basePath, args.pushEndpoint);
            return registryAt(args, kind, endpoint, path);
        }
    }
}

/** The path of a pack's repository, as Palette looks for it; before it that of the address for pushes. */
function below(basePath: string, pushEndpoint = ""): (pack: string) => string {
    const path = [pathOf(pushEndpoint), basePath].filter(Boolean).join("/");
    return (pack) => `${archivePath(path)}/${pack}`;
}

function registryAt(
    args: RegistryArgs,
    kind: RegistryAccess["kind"],
    endpoint: string,
    repositoryPath: (pack: string) => string,
    credentials?: pulumi.Output<RegistryCredentials>,
): PackRegistry {
    const host = hostOf(("pushEndpoint" in args && args.pushEndpoint) || endpoint);
    return {
        args,
        access: { name: args.name, kind, host },
        endpoint,
        repositoryPath,
        credentials,
        tls: tlsOf(args),
    };
}

/** What Palette reads a basic registry with. */
function readLogin(args: BasicRegistryArgs): pulumi.Output<RegistryCredentials> {
    return args.paletteCredentials === "none"
        ? pulumi.output({ type: "noAuth" as const })
        : basicLogin(args.paletteCredentials ?? args);
}

function basicLogin({ username, password, token }: BasicLogin): pulumi.Output<RegistryCredentials> {
    return token === undefined
        ? pulumi.output({
              type: "basic" as const,
              username: username ?? "",
              password: pulumi.secret(password ?? ""),
          })
        : pulumi.output({ type: "token" as const, token: pulumi.secret(token) });
}

function tlsOf(args: RegistryArgs): RegistryTls | undefined {
    if (args.kind === "ecr" || args.kind === "existing") {
        return undefined;
    }
    const certificate = args.caFile ? readCa(args.name, args.caFile) : "";
    return certificate || args.insecureSkipVerify
        ? {
              ...(certificate && { certificate }),
              ...(args.insecureSkipVerify && { insecureSkipVerify: true }),
          }
        : undefined;
}

function readCa(name: string, file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch (error) {
        throw new Error(
            `caFile of registries[] "${name}": "${file}" cannot be read (${(error as NodeJS.ErrnoException).code}); ` +
                "expected a PEM file, relative to the project folder",
        );
    }
}
