import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { StackProfile } from "../profiles/clusterProfiles";
import type { ClusterConfig, Config } from "../config/config";
import { expectsLoadBalancer } from "../packs/customPack";
import { mergeValues } from "../../packages/pack/format/values";
import { consoleUrl } from "../../packages/palette/api/settings";
import { ApplicationUrls, AwsCluster, type StackOwner } from "../../packages/palette/resources";
import type { Preflight } from "../preflight/preflight";
import { mapValues } from "../records";
import { secretIf } from "../config/secrets";

/** A cluster of the stack. */
export interface StackCluster {
    resource: AwsCluster;
    /** Pack name → URL. */
    applicationUrls: pulumi.Output<Record<string, string>>;
    /** Its page in Palette's console. */
    consoleUrl: pulumi.Output<string>;
}

/**
 * The clusters, by name. New ones are created side by side. Those that are there already change group by group: a group
 * waits for the one before it, so a change stops at the first cluster that does not become healthy.
 */
export function createClusters(
    config: Config,
    resolved: Preflight,
    profiles: Record<string, StackProfile>,
    owner: StackOwner,
): Record<string, StackCluster> {
    const made = new Map<ClusterConfig, StackCluster>();
    const isThere = ({ name }: ClusterConfig) => resolved.existingClusters.includes(name);
    for (const cluster of [...config.clusters].sort((a, b) => a.rolloutGroup - b.rolloutGroup)) {
        const earlier = [...made]
            .filter(([candidate]) => isThere(cluster) && isThere(candidate))
            .filter(([{ rolloutGroup }]) => rolloutGroup < cluster.rolloutGroup)
            .map(([, { resource }]) => resource);
        const options: pulumi.CustomResourceOptions = {
            dependsOn: earlier,
            protect: !config.allowClusterDeletion,
        };
        made.set(cluster, createCluster(cluster, config, resolved, profiles, owner, options));
    }
    return Object.fromEntries([...made].map(([{ name }, cluster]) => [name, cluster]));
}

function createCluster(
    cluster: ClusterConfig,
    config: Config,
    resolved: Preflight,
    profiles: Record<string, StackProfile>,
    owner: StackOwner,
    options: pulumi.CustomResourceOptions,
): StackCluster {
    const { name } = cluster;
    // The infrastructure first, whatever place it has in the configuration: add-ons are installed on it.
    const rank = (profile: StackProfile) => (profile.config.type === "add-on" ? 1 : 0);
    const attached = cluster.profiles
        .map((profile) => profiles[profile]!)
        .sort((a, b) => rank(a) - rank(b));
    const sensitive = attached
        .flatMap(({ config: profile }) => profile.variables ?? [])
        .filter(({ isSensitive }) => isSensitive);
    const variables = mapValues(cluster.variables ?? {}, (value, variable) =>
        secretIf(
            value,
            cluster.secret ||
                sensitive.some(({ name: sensitiveName }) => sensitiveName === variable),
        ),
    );
    const packValues = mapValues(cluster.packValues ?? {}, (values) =>
        secretIf(stringify(values), cluster.secret),
    );
    const { cloudAccount, pools } = resolved.clusters[name]!;
    const secret = cluster.secret || attached.some((profile) => profile.config.secret);
    const resource = new AwsCluster(
        name,
        {
            name,
            description: cluster.description,
            tags: cluster.tags,
            project: resolved.project,
            cloudAccount,
            region: cluster.region,
            sshKeyName: cluster.sshKeyName,
            ...(cluster.vpcId && { vpcId: cluster.vpcId }),
            ...(cluster.controlPlaneLoadBalancer && {
                controlPlaneLoadBalancer: cluster.controlPlaneLoadBalancer,
            }),
            profiles: attached.map(({ resource, packs, config: profile, packNames }) => ({
                name: profile.name,
                uid: resource.uid,
                revision: resource.revision,
                packs: packs.map(({ pack }) => ({ name: pack.name, version: pack.version })),
                ...only(
                    variables,
                    profile.variables?.map((variable) => variable.name) ?? [],
                    "variables",
                ),
                ...only(packValues, packNames, "packValues"),
            })),
            pools: pools.map(({ machine: _, ...pool }) => pool),
            scans: cluster.scans,
            ...(cluster.backup && { backup: cluster.backup }),
            ...(cluster.roleBindings && { roleBindings: cluster.roleBindings }),
            ...(cluster.osPatch && { osPatch: cluster.osPatch }),
            ...(cluster.repave !== "stop" && { repave: cluster.repave }),
            owner,
            adopt: cluster.adopt,
            createTimeout: cluster.createTimeout,
            deleteTimeout: cluster.deleteTimeout,
            forceDelete: cluster.forceDelete,
        },
        {
            ...options,
            ...(secret && { additionalSecretOutputs: AwsCluster.digests }),
        },
    );
    const applications = new ApplicationUrls(name, {
        cluster: resource.uid,
        name,
        project: resolved.project,
        packs: attached.flatMap(({ packs }) =>
            packs.map(({ pack, values }) => {
                const { name, version } = pack;
                const overrides = cluster.packValues?.[name];
                const merged = overrides ? mergeValues(values, overrides) : values;
                return { name, version, loadBalancer: expectsLoadBalancer(pack, merged) };
            }),
        ),
        revisions: attached.map(({ resource: profile }) => profile.revision),
        ...(cluster.packValues && { packValues }),
        timeout: cluster.applicationTimeout,
    });
    return {
        resource,
        applicationUrls: applications.urls,
        consoleUrl: pulumi.interpolate`${consoleUrl(config.palette)}/projects/${resolved.project}/clusters/${resource.uid}/overview`,
    };
}

/** The part of a cluster's settings that concerns one profile, under their key; nothing where there is none. */
function only<Key extends string>(
    settings: Record<string, pulumi.Input<string>>,
    names: string[],
    key: Key,
): { [K in Key]?: Record<string, pulumi.Input<string>> } {
    const chosen = Object.entries(settings).filter(([name]) => names.includes(name));
    return chosen.length === 0 ? {} : ({ [key]: Object.fromEntries(chosen) } as never);
}
