import type { Call } from "./client";
import { changes, createOnce, differ, notReady, remove, type Provider } from "./lifecycle";
import { OWNER_LABEL, requireOwn, type Owner } from "./ownership";
import { palette } from "./session";
import { reporter, waitFor } from "./wait";

/** How Palette reads an ECR registry: with a key pair, or by assuming a role with an external id. */
export type EcrCredentials =
    | { type: "secret"; accessKey: string; secretKey: string }
    | { type: "sts"; roleArn: string; externalId: string };

/** How Palette reads any other OCI registry. */
export type BasicCredentials =
    { type: "basic"; username: string; password: string } | { type: "token"; token: string };

export type RegistryCredentials = EcrCredentials | BasicCredentials;

/** How Palette trusts the certificate of a registry. */
export interface RegistryTls {
    /** PEM text of the CA. */
    certificate?: string;
    insecureSkipVerify?: boolean;
}

/** A pack version that must be in the registry. */
export interface PublishedPack {
    name: string;
    version: string;
    /** Digest of its OCI manifest; another one means another synchronization. */
    digest: string;
}

export interface OciRegistryInputs {
    /** Absent means `ecr`. */
    kind?: "ecr" | "basic";
    /** Name in Palette, unique in the tenant. */
    name: string;
    /** ECR: a host without a scheme; basic: with `https://` (Palette's forms). */
    endpoint: string;
    /** Repository prefix before `/spectro-packs/archive`. */
    basePath: string;
    /** Those of the kind. */
    credentials: RegistryCredentials;
    /** Basic registries only. */
    tls?: RegistryTls;
    packs: PublishedPack[];
    owner: Owner;
    /** Take over a registry of this name that somebody else made. */
    adopt: boolean;
    /** Deadline of a synchronization, in minutes. */
    syncTimeout: number;
}

export interface OciRegistryOutputs extends OciRegistryInputs {
    uid: string;
}

/** The fields of `v1EcrRegistry` (OpenAPI document) that this provider reads. */
interface EcrRegistry {
    metadata: { uid: string; name: string; labels?: Record<string, string> };
    spec: { endpoint: string; baseContentPath?: string };
}

/** `v1RegistrySyncStatus`. */
interface SyncStatus {
    status?: string;
    message?: string;
    isSyncSupported?: boolean;
    lastRunTime?: string;
    lastSyncedTime?: string;
}

/** A role that was just created cannot be assumed everywhere at once: IAM is eventually consistent. */
const VALIDATION_MINUTES = 2;

/** After this long an end that shows the times of an earlier run is taken for one that came within the same second. */
const STALE_STATUS_MS = 60_000;

/** How long packs may take to show up after the synchronization that brought them has succeeded. */
const VISIBILITY_MINUTES = 5;

/**
 * An ECR registry of packs in Palette: `/v1/registries/oci/…/ecr`, in tenant scope. It counts as created once
 * the packs that were pushed to it are visible.
 */
export const ociRegistry: Provider<OciRegistryInputs, OciRegistryOutputs> = {
    async create(inputs) {
        const existing = await findByName(inputs);
        if (existing !== undefined) {
            await requireOwn(
                { uid: existing.metadata.uid, labels: existing.metadata.labels },
                {
                    subject: subjectOf(inputs),
                    type: "OciRegistry",
                    name: inputs.name,
                    owner: inputs.owner,
                    adopt: inputs.adopt,
                    adoptKey: "adopt (under registries)",
                    sameSpecification: async () =>
                        !specDiffers(await seenSpec(existing.metadata.uid, inputs), inputs),
                },
            );
        }
        await validate(inputs);
        const uid =
            existing?.metadata.uid ??
            (await createOnce(
                {
                    ...callOf(inputs, "POST", "/v1/registries/oci/ecr"),
                    // The synchronization is started below, so that there is one and its end can be told.
                    query: { skipPackSync: true },
                    body: entityOf(inputs),
                },
                async () => (await findByName(inputs))?.metadata.uid,
            ));
        try {
            if (existing !== undefined) {
                await put(uid, inputs);
            }
            await synchronize(uid, inputs);
        } catch (error) {
            throw notReady(error, uid, { ...inputs, uid });
        }
        return { id: uid, outs: { ...inputs, uid } };
    },

    async read(id, props) {
        const registry = await palette().find<EcrRegistry>(callOf(props, "GET", pathOf(id)));
        if (registry === undefined) {
            return { id: "" };
        }
        const { uid: _, ...inputs } = {
            ...props,
            name: registry.metadata.name,
            endpoint: registry.spec.endpoint,
            basePath: registry.spec.baseContentPath ?? "",
        };
        return { id, props: { ...inputs, uid: id }, inputs };
    },

    async diff(_id, olds, news) {
        return changes<OciRegistryInputs>(olds, news, {
            replace: ["name"],
            update: ["endpoint", "basePath", "credentials", "packs"],
            deleteBeforeReplace: false,
        });
    },

    async update(id, olds, news) {
        if (specDiffers(olds, news) || differ(olds.credentials, news.credentials)) {
            await validate(news);
            await put(id, news);
        }
        await synchronize(id, news);
        return { outs: { ...news, uid: id } };
    },

    async delete(id, props) {
        await remove(callOf(props, "DELETE", pathOf(id)));
        await waitFor(
            `${subjectOf(props)} to be gone`,
            props.syncTimeout,
            reporter(subjectOf(props)),
            async () =>
                (await palette().find<EcrRegistry>(callOf(props, "GET", pathOf(id)))) === undefined
                    ? {}
                    : "still being deleted",
        );
    },
};

const subjectOf = ({ name }: { name: string }) => `registry "${name}"`;
const pathOf = (uid: string) => `/v1/registries/oci/${uid}/ecr`;

function callOf(inputs: { name: string }, method: Call["method"], path: string): Call {
    return { method, path, subject: subjectOf(inputs) };
}

/** The request's form of a registry. Labels carry the owner's mark; whether Palette keeps them is not known. */
function entityOf(inputs: OciRegistryInputs) {
    return {
        metadata: { name: inputs.name, labels: { [OWNER_LABEL]: inputs.owner.mark } },
        spec: specOf(inputs),
    };
}

function specOf({ endpoint, basePath, credentials }: OciRegistryInputs) {
    return {
        endpoint,
        isPrivate: true,
        providerType: "pack",
        isSyncSupported: true,
        baseContentPath: basePath,
        credentials:
            credentials.type === "secret"
                ? {
                      credentialType: "secret",
                      accessKey: credentials.accessKey,
                      secretKey: credentials.secretKey,
                  }
                : {
                      credentialType: "sts",
                      sts: { arn: credentials.roleArn, externalId: credentials.externalId },
                  },
    };
}

function specDiffers(
    one: Pick<OciRegistryInputs, "endpoint" | "basePath">,
    other: Pick<OciRegistryInputs, "endpoint" | "basePath">,
): boolean {
    return one.endpoint !== other.endpoint || one.basePath !== other.basePath;
}

async function seenSpec(uid: string, inputs: OciRegistryInputs) {
    const { spec } = await palette().request<EcrRegistry>(callOf(inputs, "GET", pathOf(uid)));
    return { endpoint: spec.endpoint, basePath: spec.baseContentPath ?? "" };
}

async function findByName(inputs: OciRegistryInputs): Promise<EcrRegistry | undefined> {
    const { items } = await palette().request<{ items?: EcrRegistry[] }>(
        callOf(inputs, "GET", "/v1/registries/oci/summary"),
    );
    return items?.find(({ metadata }) => metadata.name === inputs.name);
}

function put(uid: string, inputs: OciRegistryInputs): Promise<void> {
    return palette().request({ ...callOf(inputs, "PUT", pathOf(uid)), body: entityOf(inputs) });
}

/** Lets Palette try the credentials. A role may be so new that AWS refuses it for a moment. */
async function validate(inputs: OciRegistryInputs): Promise<void> {
    const attempt = () =>
        palette().request<void>({
            ...callOf(inputs, "POST", "/v1/registries/oci/ecr/validate"),
            body: specOf(inputs),
            repeatable: true,
        });
    try {
        if (inputs.credentials.type === "secret") {
            await attempt();
            return;
        }
        await waitFor(
            `AWS to let Palette assume ${inputs.credentials.roleArn}`,
            VALIDATION_MINUTES,
            reporter(subjectOf(inputs)),
            async () => {
                try {
                    await attempt();
                    return {};
                } catch (error) {
                    return (error as Error).message;
                }
            },
        );
    } catch (error) {
        throw new Error(
            `${(error as Error).message}; Palette cannot read ${inputs.endpoint} with the registry's credentials: ` +
                "check registries[].credentials in the stack's configuration",
        );
    }
}

/**
 * Starts a synchronization, waits for its end and then until every pack is visible. A status left over from an
 * earlier run is told by its times. Which words Palette uses is not known for certain: unknown ones count as running.
 */
async function synchronize(uid: string, inputs: OciRegistryInputs): Promise<void> {
    const report = reporter(subjectOf(inputs));
    const status = () =>
        palette().request<SyncStatus>(callOf(inputs, "GET", `${pathOf(uid)}/sync/status`));
    const before = await status();
    await palette().request({
        ...callOf(inputs, "POST", `${pathOf(uid)}/sync`),
        query: { forceSync: true },
        repeatable: true,
    });
    const begun = Date.now();
    await waitFor(
        `${subjectOf(inputs)} to be synchronized`,
        inputs.syncTimeout,
        report,
        async () => {
            const now = await status();
            const word = (now.status ?? "").toLowerCase();
            const fresh =
                now.lastRunTime !== before.lastRunTime ||
                now.lastSyncedTime !== before.lastSyncedTime ||
                Date.now() - begun > STALE_STATUS_MS;
            if (["failed", "error"].includes(word) && fresh) {
                throw new Error(
                    `${subjectOf(inputs)}: Palette's synchronization failed: ${now.message || "no reason given"}; ` +
                        `check that Palette may read ${inputs.endpoint}/${inputs.basePath}/spectro-packs/archive`,
                );
            }
            const done = ["success", "completed"].includes(word) && fresh;
            return done || now.isSyncSupported === false
                ? now
                : `synchronization ${now.status || "not started"}`;
        },
    );
    for (const pack of inputs.packs) {
        const what = `pack ${pack.name}:${pack.version}`;
        try {
            await waitFor(
                `${what} to appear in ${subjectOf(inputs)}`,
                VISIBILITY_MINUTES,
                report,
                async () =>
                    (await isVisible(uid, pack)) ? pack : `synchronized, ${what} not visible yet`,
            );
        } catch (error) {
            throw new Error(
                `${(error as Error).message}. It was pushed to ${inputs.endpoint}/${inputs.basePath}/spectro-packs/archive/${pack.name}:${pack.version}; ` +
                    "Palette skips a pack whose repository or tag differs from pack.json, and a manifest that is not in the image-spec v1.0 shape",
            );
        }
        report(`${what} is visible`);
    }
}

/** The versions of a pack in one registry: `GET /v1/packs/{packName}/registries/{registryUid}`. */
async function isVisible(uid: string, { name, version }: PublishedPack): Promise<boolean> {
    const pack = await palette().find<{ tags?: { version?: string }[] }>({
        method: "GET",
        path: `/v1/packs/${name}/registries/${uid}`,
        subject: `pack "${name}"`,
    });
    return pack?.tags?.some((tag) => tag.version === version) ?? false;
}
