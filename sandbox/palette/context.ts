import { randomBytes } from "node:crypto";
import type {} from "fastify";
import type { CertificateAuthority } from "../tls";
import type { Clock } from "../clock";
import type { Collection, Journal } from "../journal";
import { ApiError } from "./apiError";
import type { Switches } from "./switches";
import { AwsCredentials, User, Pack, Profile, ClusterReference, Stored, Owner } from "./stored";

export { ApiError };

/** Who calls and for what: from the `ApiKey` (or `Authorization`) and `ProjectUid` headers. */
export interface Scope {
    userUid: string;
    /** The user may act in the tenant (registries, users, tenant objects). */
    tenantAdmin: boolean;
    /** Absent: the call is in tenant scope. */
    projectUid?: string;
}

declare module "fastify" {
    interface FastifyRequest {
        scope: Scope;
    }
}

/** The local AWS as Palette sees it. */
export interface Aws {
    /** Base URL of ECR, STS and IAM. */
    endpoint: string;
    registryHost: string;
    region: string;
    /** The region whose registry has that host. */
    regionOf(host: string): Promise<string | undefined>;
    accountId: string;
    /** Of the account's own user, who may do everything there. */
    credentials: AwsCredentials;
    /** Palette's own identity, in its own account, which assumes customers' roles. */
    paletteCredentials: AwsCredentials;
    paletteAccountId: string;
}

/** Everything the routes share. */
export interface Context {
    /** Folder of the sandbox's state. */
    dir: string;
    journal: Journal;
    clock: Clock;
    ca: CertificateAuthority;
    switches: Switches;
    aws: Aws;
    /** The legacy registry that lives here: its packs are read where the CLI puts them. */
    spectroRegistry: { endpoint: string; folder: string };
    /** Path or name of the Helm that renders packs. */
    helmBinary: string;
    /** Things of the tenant that exist from the start. */
    seed: {
        cloudAccount: string;
        sshKeyName: string;
        region: string;
        availabilityZones: string[];
    };
    /** What STS trust policies name: Palette passes it when it assumes a role. */
    externalId: string;
    tenantUid: string;
    orgName: string;
    /** Of `POST /v1/auth/authenticate`, in memory only: after a restart one logs in again. */
    tokens: Map<string, { userUid: string; expires: number }>;
    users: Collection<User>;
    projects: Collection<Stored>;
    packs: Collection<Pack>;
    profiles: Collection<Profile>;
    /** Clusters that use the profile now. The cluster routes put their answer in. */
    clustersUsing(profileUid: string): ClusterReference[];
    /** Keeps a cluster that was changed from outside of its routes, which put their answer in. */
    clusterChanged(cluster: object): void;
    /** Aborted when the server closes: background work ends and is taken up at the next start. */
    closing: AbortSignal;
    /** A line in `<dir>/log/sandbox.log`, with the real time before it. No secrets. */
    log(line: string): void;
}

/** 404 `ResourceNotFound`. */
export function notFound(kind: string, id: string): ApiError {
    return new ApiError(404, "ResourceNotFound", `${kind} '${id}' is not found`);
}

/** 403, for a user or a scope that may not do this. */
export function forbidden(message: string): ApiError {
    return new ApiError(403, "OperationForbidden", message);
}

/** 400, for a body or parameter that does not fit. */
export function invalid(message: string, details: Record<string, unknown> = {}): ApiError {
    return new ApiError(400, "InvalidRequest", message, details);
}

/**
 * Refuses a second object of a name, as the switch `duplicateName` says; returns where two are let
 * be. `kind` is a noun in camel case, such as `ClusterProfile`.
 */
export function refuseDuplicate(context: Context, kind: string, name: string): void {
    const position = context.switches.get("duplicateName");
    if (position !== "secondObject") {
        const status = Number(position);
        throw new ApiError(status, `${kind}AlreadyExists`, `${kind} '${name}' already exists`);
    }
}

/** 24 hexadecimal digits, as Palette's uids look. */
export function uid(): string {
    return randomBytes(12).toString("hex");
}

/** The virtual time as the API prints times. */
export function timestamp(context: Context): string {
    return context.clock.date().toISOString();
}

/** Whether a call of this scope sees the object: its own project's, the tenant's and the system's. */
export function visible(scope: Scope, owner: Owner): boolean {
    return owner.scope !== "project" || owner.projectUid === scope.projectUid;
}

/** Before the uid of a project that is not there, in the scope of calls that are answered all the same. */
export const DELETED_PROJECT = "deleted project ";

/** The owner of what a call in this scope creates. Throws 403 when the user may not create there. */
export function ownerOf(scope: Scope): Owner {
    if (scope.projectUid?.startsWith(DELETED_PROJECT)) {
        throw notFound("Project", scope.projectUid.slice(DELETED_PROJECT.length));
    }
    if (scope.projectUid !== undefined) {
        return { scope: "project", projectUid: scope.projectUid };
    }
    requireTenantAdmin(scope);
    return { scope: "tenant" };
}

/** Throws 403 for a user without tenant rights. */
export function requireTenantAdmin(scope: Scope): void {
    if (!scope.tenantAdmin) {
        throw forbidden("You do not have tenant permissions for this operation");
    }
}

/** Throws 403 when the object lives in another scope than the call's (a tenant's in a project's). */
export function requireOwner(scope: Scope, owner: Owner): void {
    const own = scope.projectUid === undefined ? "tenant" : "project";
    if (owner.scope !== own) {
        throw forbidden(`The object belongs to scope '${owner.scope}', the call is in '${own}'`);
    }
    if (own === "tenant") {
        requireTenantAdmin(scope);
    }
}

/** The part of a request's `metadata` that a client may choose. */
export interface InputMetadata {
    name?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
}

/**
 * What is kept of a request's labels and annotations (switch `labels`); `description` always is.
 * `kind` is the object's, as the switch names it.
 */
export function keptMetadata(
    context: Context,
    kind: "registry" | "profile" | "cluster",
    input: InputMetadata | undefined,
): Pick<Stored, "labels" | "annotations"> {
    const position = context.switches.get("labels");
    const annotations = { ...input?.annotations };
    // Where an object lives is Palette's to say.
    delete annotations["scope"];
    delete annotations["projectUid"];
    if (position === "dropped" || (position === "droppedOnRegistries" && kind === "registry")) {
        const { description } = annotations;
        return { labels: {}, annotations: description === undefined ? {} : { description } };
    }
    return { labels: { ...input?.labels }, annotations };
}

/** `v1ObjectMeta`. */
export interface Metadata {
    name: string;
    uid: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
    creationTimestamp: string;
    lastModifiedTimestamp: string;
}

/** The `metadata` of an answer; annotations name the owner. */
export function metadata(object: Stored): Metadata {
    const { scope, projectUid } = object.owner;
    return {
        name: object.name,
        uid: object.uid,
        labels: object.labels,
        annotations: {
            ...object.annotations,
            scope,
            ...(projectUid === undefined ? {} : { projectUid }),
        },
        creationTimestamp: object.created,
        lastModifiedTimestamp: object.modified,
    };
}
