import type { Context } from "../context";
import type { CloudAccounts } from "./accounts";
import type { ClusterAnswers } from "./clusterAnswers";
import { clusterCost } from "./costs";
import { kubernetesVersion } from "./deploy";
import type { AttachedProfile, Cluster } from "./records";
import { hasKubeconfig, machines, state } from "./timeline";

/** What Palette's dashboard answers about a cluster: its overview, and its item in lists and searches. */
export class DashboardAnswers {
    constructor(
        private readonly context: Context,
        private readonly accounts: CloudAccounts,
        private readonly answers: ClusterAnswers,
    ) {}

    /** `v1SpectroClusterUidSummary`. */
    overview(cluster: Cluster): object {
        const [infra] = cluster.profiles;
        const found = hasKubeconfig(cluster, this.answers.now);
        const cost = clusterCost(this.accounts.catalog, cluster);
        const current = this.answers.health(cluster);
        return {
            metadata: this.answers.metadata(cluster),
            spec: {
                archTypes: ["amd64"],
                cloudConfig: this.cloudConfigMeta(cluster),
                cloudaccount: this.accounts.reference(cluster.cloudAccountUid),
                ...(infra && { clusterProfileTemplate: this.templateMeta(infra) }),
                clusterProfileTemplates: cluster.profiles.map((profile) =>
                    this.templateMeta(profile),
                ),
            },
            ...(this.answers.hasStatus(cluster) && {
                status: {
                    state: state(cluster, this.answers.now),
                    ...this.answers.commonStatus(cluster),
                    ...(current && { health: current }),
                    kubeMeta: {
                        hasKubeConfig: found,
                        hasKubeConfigClient: found,
                        hasManifest: false,
                        kubernetesVersion: kubernetesVersion(cluster),
                    },
                    location: this.metaLocation(cluster),
                    cost: { cloud: cost, total: cost.total },
                    hourlyRate: { cloud: cost, total: cost.total },
                    notifications: { isAvailable: this.answers.updates(cluster).length > 0 },
                },
            }),
        };
    }

    /** `v1SpectroClusterSummary`, an item of the dashboard's search. */
    summary(cluster: Cluster): object {
        const current = this.answers.health(cluster);
        const cost = clusterCost(this.accounts.catalog, cluster);
        return {
            metadata: this.answers.metadata(cluster),
            specSummary: {
                archTypes: ["amd64"],
                cloudAccountMeta: this.accounts.reference(cluster.cloudAccountUid),
                cloudConfig: this.cloudConfigMeta(cluster),
                clusterProfileTemplates: cluster.profiles.map((profile) =>
                    this.templateMeta(profile),
                ),
                projectMeta: this.projectMeta(cluster),
            },
            status: {
                state: state(cluster, this.answers.now),
                ...(current && { health: current }),
                location: this.metaLocation(cluster),
                cost: { cloud: cost, total: cost.total },
                ...(cluster.repave && { repave: { state: cluster.repave.state } }),
            },
        };
    }

    /** `v1SpectroClusterMeta`, also an item of the metadata search. */
    meta(cluster: Cluster): { metadata: object; spec: Record<string, unknown>; state: string } {
        return {
            metadata: this.answers.metadata(cluster),
            spec: {
                cloudAccountUid: cluster.cloudAccountUid,
                cloudRegion: cluster.cloudConfig.region,
                cloudType: "aws",
                clusterType: "PureManage",
                location: this.metaLocation(cluster),
                tags: tags(cluster),
            },
            state: state(cluster, this.answers.now),
        };
    }

    projectMeta(cluster: Cluster): object {
        const uid = cluster.owner.projectUid;
        const project = uid === undefined ? undefined : this.context.projects.get(uid);
        return project ? { name: project.name, uid: project.uid } : {};
    }

    private metaLocation(cluster: Cluster): object {
        const { geoLoc, ...place } = (cluster.location ??
            this.accounts.catalog.location(cluster.cloudConfig.region)) as {
            geoLoc?: { latitude: number; longitude: number };
        };
        return { ...place, ...(geoLoc && { coordinates: [geoLoc.longitude, geoLoc.latitude] }) };
    }

    private templateMeta(profile: AttachedProfile): object {
        const { uid, name, type, cloudType, revision } = profile;
        const scope = this.context.profiles.get(uid)?.owner.scope ?? "project";
        return {
            uid,
            name,
            type,
            cloudType,
            scope,
            version: revision,
            packs: profile.packs.map((pack) => ({
                ...this.answers.packRef(pack),
                values: undefined,
            })),
        };
    }

    private cloudConfigMeta(cluster: Cluster): object {
        return {
            uid: cluster.cloudConfigUid,
            cloudType: "aws",
            machinePools: cluster.pools.map((pool) => ({
                cloudType: "aws",
                healthy: machines(cluster, pool, this.answers.now).filter(
                    (machine) => machine.state === "Running",
                ).length,
                isControlPlane: pool.config.isControlPlane,
                labels: pool.config.labels,
                maintenanceMode: 0,
                size: pool.config.size,
            })),
        };
    }
}

/** Labels as Palette's tags: a label without a value of its own is a bare tag. */
export function tags(cluster: Cluster): string[] {
    return Object.entries(cluster.labels).map(([key, value]) =>
        value === "spectro__tag" || value === "" ? key : `${key}:${value}`,
    );
}
