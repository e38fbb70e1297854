import type { Collection } from "../../journal";
import {
    type Context,
    forbidden,
    type Metadata,
    metadata,
    type Scope,
    requireTenantAdmin,
} from "../context";
import { type Stored } from "../stored";

/** `v1TlsConfiguration`. */
export interface Tls {
    enabled?: boolean;
    insecureSkipVerify?: boolean;
    ca?: string;
    /** PEM of the certificate to trust. */
    certificate?: string;
    key?: string;
}

/** `v1RegistryAuth`. */
export interface Auth {
    type?: "noAuth" | "basic" | "token";
    username?: string;
    password?: string;
    token?: string;
    tls?: Tls;
}

/** `v1AwsCloudAccount`, as far as a registry uses it. */
export interface AwsAccount {
    credentialType?: "secret" | "sts" | "pod-identity";
    accessKey?: string;
    secretKey?: string;
    secretToken?: string;
    partition?: string;
    policyARNs?: string[];
    sts?: { arn?: string; externalId?: string };
}

interface OciSpec {
    endpoint: string;
    providerType?: "helm" | "pack" | "zarf";
    isSyncSupported?: boolean;
    baseContentPath?: string;
    containsSpectroManifest?: boolean;
}

/** `v1EcrRegistrySpec`; `endpoint` is a host without scheme. */
export interface EcrSpec extends OciSpec {
    isPrivate: boolean;
    credentials?: AwsAccount;
    defaultRegion?: string;
    tls?: Tls;
}

/** `v1BasicOciRegistrySpec`; `endpoint` is a URL. */
export interface BasicSpec extends OciSpec {
    basePath?: string;
    auth: Auth;
}

/** `v1PackRegistrySpec`, the legacy kind. */
export interface PackRegistrySpec {
    name?: string;
    endpoint: string;
    private?: boolean;
    auth: Auth;
}

/** `v1HelmRegistrySpec`. */
export interface HelmSpec {
    name?: string;
    endpoint: string;
    isPrivate?: boolean;
    auth: Auth;
    /** Of a create only. */
    createOption?: { skipSync?: boolean };
}

export interface Specs {
    ecr: EcrSpec;
    basic: BasicSpec;
    pack: PackRegistrySpec;
    helm: HelmSpec;
}

export type Kind = keyof Specs;

/** Where the sync of a registry stands; the switch `syncStatus` says how it is spelt. */
export interface SyncState {
    phase: "none" | "running" | "done" | "failed";
    message: string;
    lastRunTime?: string;
    lastSyncedTime?: string;
    /** A run that was asked for and has not ended; taken up again after a restart. */
    pending?: { force: boolean };
}

/** A registered registry; `spec` is as it was written, secrets in full. */
export type RegistryOf<K extends Kind> = Stored & {
    kind: K;
    spec: Specs[K];
    sync: SyncState;
    isDefault: boolean;
};

export type Registry = { [K in Kind]: RegistryOf<K> }[Kind];

export type Spec = Specs[Kind];

/** A spec, and the kind that decides its shape. */
export type Target = { [K in Kind]: { kind: K; spec: Specs[K] } }[Kind];

export function registries(context: Context): Collection<Registry> {
    return context.journal.collection<Registry>("registries");
}

/** `v1RegistrySyncStatus`. */
export interface SyncStatus {
    status: string;
    message: string;
    isSyncSupported: boolean;
    lastRunTime?: string;
    lastSyncedTime?: string;
}

export function syncStatus(context: Context, registry: Registry): SyncStatus {
    const { phase, message, lastRunTime, lastSyncedTime } = registry.sync;
    return {
        status: spelling[context.switches.get("syncStatus")][phase],
        message,
        isSyncSupported: isSyncSupported(registry),
        ...(lastRunTime === undefined ? {} : { lastRunTime }),
        ...(lastSyncedTime === undefined ? {} : { lastSyncedTime }),
    };
}

const spelling = {
    Success: { none: "Pending", running: "InProgress", done: "Success", failed: "Failed" },
    Completed: { none: "Unknown", running: "Running", done: "Completed", failed: "Error" },
    lowerCase: { none: "pending", running: "syncing", done: "success", failed: "failed" },
    emptyUntilDone: { none: "", running: "", done: "Success", failed: "Failed" },
    unknownWord: { none: "Queued", running: "Indexing", done: "Success", failed: "Failed" },
} satisfies Record<string, Record<SyncState["phase"], string>>;

export function isSyncSupported(registry: Registry): boolean {
    return registry.kind === "pack" || registry.kind === "helm"
        ? true
        : registry.spec.isSyncSupported === true;
}

/** `isPrivate`, which a basic registry does not say itself. */
export function isPrivate(registry: Registry): boolean {
    switch (registry.kind) {
        case "ecr":
            return registry.spec.isPrivate;
        case "basic":
            return registry.spec.auth.type !== "noAuth";
        case "pack":
            return registry.spec.private ?? false;
        case "helm":
            return registry.spec.isPrivate ?? false;
    }
}

const MASK = "********";

/** The registry as a GET of its kind answers it, secrets masked. */
export function describe(
    context: Context,
    registry: Registry,
): { kind: string; metadata: Metadata; spec: object; status: object } {
    const sync = syncStatus(context, registry);
    return {
        kind: registry.kind,
        metadata: metadata(registry),
        spec: {
            ...maskedSpec(context, registry),
            registryUid: registry.uid,
            scope: registry.owner.scope,
        },
        status: {
            ecr: { syncStatus: sync },
            basic: { syncStatus: sync },
            pack: { packSyncStatus: sync },
            helm: { helmSyncStatus: sync },
        }[registry.kind],
    };
}

const defaultTls = { enabled: true, certificate: "", insecureSkipVerify: false };

/**
 * The spec of an update, with the stored secrets where the client had none to send: switch
 * `maskedSecret`.
 */
export function withStoredSecrets(context: Context, target: Target, stored: Spec): Spec {
    const { kind, spec: next } = target;
    if (context.switches.get("maskedSecret") === "takenLiterally") {
        return next;
    }
    if (kind === "ecr") {
        const [given, kept] = [next.credentials, (stored as EcrSpec).credentials];
        const credentials = { ...given };
        if (credentials.credentialType !== "sts" && isMasked(credentials.secretKey)) {
            credentials.secretKey = kept?.secretKey;
        }
        if (credentials.accessKey && isMasked(credentials.accessKey)) {
            credentials.accessKey = kept?.accessKey;
        }
        return { ...next, credentials };
    }
    const [given, kept] = [next.auth, (stored as Exclude<Spec, EcrSpec>).auth];
    const auth = { ...given };
    if (auth.type === "basic" && isMasked(auth.password)) {
        auth.password = kept.password;
    }
    if (auth.type === "token" && isMasked(auth.token)) {
        auth.token = kept.token;
    }
    return { ...next, auth };
}

/** Registries are the tenant's: a call with a project header may not change them. */
export function requireTenant(scope: Scope): void {
    requireTenantAdmin(scope);
    if (scope.projectUid !== undefined) {
        throw forbidden("Registries are managed in tenant scope: send no ProjectUid header");
    }
}

export function requireChangeable(registry: Registry): void {
    if (registry.owner.scope === "system") {
        throw forbidden(`Registry '${registry.name}' belongs to the system`);
    }
}

/** Helm's create says it in the body (`v1HelmRegistryCreateOption`). */
export function skipsSync(registry: Registry): boolean {
    return registry.kind === "helm" && registry.spec.createOption?.skipSync === true;
}

function masked(secret: string | undefined): string | undefined {
    return secret ? MASK : secret;
}

/** Whether a client sent back what it was shown instead of a secret. */
function isMasked(secret: string | undefined): boolean {
    return !secret || /^\*+$/.test(secret);
}

function maskedSpec(context: Context, registry: Registry): object {
    if (registry.kind !== "ecr") {
        return { ...registry.spec, auth: maskedAuth(registry.spec.auth) };
    }
    const { credentials, tls, ...spec } = registry.spec;
    const withTls = tls?.certificate || tls?.insecureSkipVerify;
    return {
        ...spec,
        credentials: {
            credentialType: "secret",
            ...credentials,
            accessKey:
                context.switches.get("accessKey") === "masked"
                    ? masked(credentials?.accessKey)
                    : credentials?.accessKey,
            secretKey: masked(credentials?.secretKey),
            secretToken: masked(credentials?.secretToken),
        },
        ...(withTls || context.switches.get("ecrTls") === "returned"
            ? { tls: { ...defaultTls, ...tls } }
            : {}),
    };
}

/** The API returns a `tls` block for these kinds even where none was sent. */
function maskedAuth(auth: Auth): Auth {
    return {
        ...auth,
        password: masked(auth.password),
        token: masked(auth.token),
        tls: { ...defaultTls, ...auth.tls, ...(auth.tls?.key ? { key: MASK } : {}) },
    };
}
