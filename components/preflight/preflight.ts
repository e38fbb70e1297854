import { getAuthorizationToken } from "@pulumi/aws/ecr/getAuthorizationToken";
import { isSeq, parseDocument, stringify } from "yaml";
import { checkAwsIdentity } from "./awsIdentity";
import { findExistingClusters, lookUpCluster, type ResolvedCluster } from "./clusterLookup";
import type { Config, ProfileConfig } from "../config/config";
import { allOf, choose, type Get, type List, type Named } from "./lookup";
import { findPack, type ResolvedPack } from "./packVersions";
import { kindOf, requires } from "../registries/kinds";
import type { Requirement } from "../registries/registryKind";
import { findOras } from "../../packages/registry/oras";
import { applyPresets, mergeValues, ValuesError } from "../../packages/pack/format/values";
import { PaletteClient } from "../../packages/palette/api/client";
import type { FoundRegistry } from "../../packages/palette/registry/registryLookup";
import type { ResolvedLayer } from "../profiles/profileLayers";
import { UserError } from "../../packages/pack/userError";

/** What only Palette and AWS know, looked up before anything is changed. */
export interface Preflight {
    /** Uid of the project. */
    project: string;
    /** Name of a registry that the stack does not register → what Palette has under it. */
    registries: Record<string, FoundRegistry>;
    /** Name of a profile → its layers below the custom packs, with exact versions. */
    layers: Record<string, ResolvedLayer[]>;
    /** Name of a cluster → its cloud account and pools. */
    clusters: Record<string, ResolvedCluster>;
    /** Names of the stack's clusters that are there already: changes reach these group by group. */
    existingClusters: string[];
}

/**
 * Checks every name in the configuration against Palette, with reads only.
 *
 * @throws Error that says of each wrong name which ones exist, or why Palette refuses the API key.
 */
export async function preflight(config: Config): Promise<Preflight> {
    const client = new PaletteClient(config.palette);
    const made = new Map<string, Promise<unknown>>();
    const get: Get = <T>(...[path, subject, query, project]: Parameters<Get>) => {
        const key = JSON.stringify([path, query, project]);
        const answer =
            made.get(key) ?? client.request({ method: "GET", path, subject, query, project });
        made.set(key, answer);
        return answer as Promise<T>;
    };
    try {
        // First and alone: it also tells whether the API key is right, once and not twelve times.
        const project = await findProject(get, config.project);
        const [registries, layers, clusters, existingClusters] = await allOf([
            forEach(
                config.registries.filter((registry) => kindOf(registry).resolve),
                (registry) => kindOf(registry).resolve!(client, registry.name),
            ),
            forEach(config.profiles, (profile) => resolveLayers(get, project, profile)),
            forEach(config.clusters, (cluster) => lookUpCluster(get, project, cluster)),
            findExistingClusters(client, project, config.clusters),
            // Registries belong to the tenant. Only its admins may list users, and only they may create registries.
            get("/v1/users", "the tenant-admin right of the API key", { limit: 1 }),
        ]);
        return { project, registries, layers, clusters, existingClusters };
    } finally {
        await client.close();
    }
}

/**
 * Checks what packs are pushed with: oras, and for an ECR the credentials of the stack's AWS provider, which also tell where
 * it is. What no registry needs is not asked for.
 *
 * @param resolved Says what a registry is where only Palette knows that. Awaited only where no other registry decides.
 * @throws Error that says how to get oras, or that AWS does not accept the credentials.
 */
export async function checkPushTools(
    { registries }: Config,
    resolved: Promise<Pick<Preflight, "registries">>,
): Promise<{ ecrHost?: string }> {
    const isRequired = async (what: Requirement) =>
        registries.some((registry) => requires(registry, what)) ||
        Object.values((await resolved).registries).some((registry) => requires(registry, what));
    if (await isRequired("oras")) {
        findOras();
    }
    if (!(await isRequired("aws"))) {
        return {};
    }
    await checkAwsIdentity();
    return { ecrHost: await findEcr() };
}

/** Name → what a lookup answers about the item. */
async function forEach<Item extends { name: string }, Answer>(
    items: Item[],
    find: (item: Item) => Promise<Answer>,
): Promise<Record<string, Answer>> {
    const answers = await allOf(items.map(find));
    return Object.fromEntries(items.map(({ name }, index) => [name, answers[index] as Answer]));
}

/** The host of the ECR of the stack's AWS account and region. */
async function findEcr(): Promise<string> {
    try {
        const { proxyEndpoint } = await getAuthorizationToken();
        return new URL(proxyEndpoint).host;
    } catch (error) {
        throw new UserError(
            `AWS gives no token for its ECR: ${(error as Error).message}; ` +
                "allow ecr:GetAuthorizationToken to the identity of this run, or use another one (aws:* configuration, AWS_* environment)",
        );
    }
}

async function findProject(get: Get, name: string): Promise<string> {
    const { items } = await get<{ items: List<Named> }>(
        "/v1/dashboard/projects/metadata",
        "the projects",
    );
    return choose("paletteProject", name, items, ({ metadata }) => metadata.name).metadata.uid;
}

/** The address that Spectro Proxy gives the API server of a cluster, in Palette's macros (Spectro Proxy guide). */
const PROXY_CERT_SAN =
    "cluster-{{ .spectro.system.cluster.uid }}.{{ .spectro.system.reverseproxy.server }}";

/** Where the names of the API server's certificate are among the values of Kubernetes. */
const CERT_SANS = ["kubeadmconfig", "apiServer", "certSANs"];

/**
 * Finds the registries and versions of the layers; a moving tag such as `1.28.x` becomes the version it stands for.
 * A version that is not offered (any more) is handed on: a profile that has it already goes on with it.
 *
 * @throws Error where there is no such profile yet, which would need it.
 */
async function resolveLayers(
    get: Get,
    project: string,
    profile: ProfileConfig,
): Promise<ResolvedLayer[]> {
    const layers = await findLayers(get, project, profile);
    const messages = layers.flatMap(({ unresolved }) => unresolved?.message ?? []);
    if (messages.length > 0 && !(await isThere(get, project, profile))) {
        throw new UserError(messages.join("\n"));
    }
    return layers;
}

/** Whether Palette has a profile of that name, in whatever version. */
async function isThere(get: Get, project: string, { name }: ProfileConfig): Promise<boolean> {
    const { items } = await get<{ items: List<Named> }>(
        "/v1/dashboard/clusterprofiles/metadata",
        "the cluster profiles",
        {},
        project,
    );
    return (items ?? []).some(({ metadata }) => metadata.name === name);
}

async function findLayers(
    get: Get,
    project: string,
    { key, layers, spectroProxy }: ProfileConfig,
): Promise<ResolvedLayer[]> {
    const wanted: ProfileConfig["layers"] = spectroProxy
        ? [...layers, { name: "spectro-proxy", version: spectroProxy, registry: "Public Repo" }]
        : layers;
    if (wanted.length === 0) {
        return [];
    }
    const { items } = await get<{ items: List<{ uid: string; name: string }> }>(
        "/v1/registries/metadata",
        "the registries",
        { scope: "all" },
        project,
    );
    return allOf(
        wanted.map(async ({ name, version, registry, presets, values: own }, index) => {
            const isProxy = index >= layers.length;
            const where = `${key}.layers[${index}]`;
            const registryUid = choose(
                `${where}.registry`,
                registry,
                items,
                (item) => item.name,
            ).uid;
            const pack = await findPack(get, project, {
                key: isProxy ? `${key}.spectroProxy` : `${where}.version`,
                name,
                version,
                registry,
                registryUid,
            });
            const given = own ? stringify(own) : "";
            const needsProxyName = !!spectroProxy && name === "kubernetes";
            const isKnown = pack.values !== undefined;
            const overrides =
                needsProxyName && isKnown
                    ? withProxyName(withPresets(where, pack, presets), given)
                    : given;
            const unresolved = pack.unresolved && {
                ...pack.unresolved,
                ...(needsProxyName && !isKnown && { derived: CERT_SANS }),
            };
            return {
                name,
                version: pack.version,
                ...(pack.version !== version && { movingTag: version }),
                registryUid,
                ...(presets && { presets }),
                ...(overrides && { overrides }),
                layer: pack.layer,
                values: pack.values ?? "",
                ...(pack.notice !== undefined && { notice: pack.notice }),
                ...(unresolved && { unresolved }),
            };
        }),
    );
}

/** A pack's values with the chosen presets in. @throws Error that names the layer's key. */
function withPresets(
    where: string,
    { values = "", presets }: ResolvedPack,
    chosen?: string[],
): string {
    try {
        return chosen ? applyPresets(values, presets, chosen) : values;
    } catch (error) {
        if (error instanceof ValuesError) {
            throw new UserError(`${where}.presets: ${error.message}`);
        }
        throw error;
    }
}

/** Overrides that add the proxy's name to the certificate names which the pack and the user's overrides make. */
function withProxyName(values: string, overrides: string): string {
    const names = parseDocument(mergeValues(values, overrides)).getIn(CERT_SANS);
    const known = isSeq(names) ? (names.toJSON() as string[]) : [];
    const certSANs = [...new Set([...known, PROXY_CERT_SAN])];
    return mergeValues(overrides, { kubeadmconfig: { apiServer: { certSANs } } });
}
