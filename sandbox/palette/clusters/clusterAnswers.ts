import { metadata, type Context } from "../context";
import { answeredValues } from "../valuesLayout";
import type { CloudAccounts } from "./accounts";
import { conditions } from "./conditions";
import { type Pages, reachedAt } from "./pages";
import { copy } from "./profiles";
import type { AttachedProfile, Cluster, ClusterPack, ClusterResource } from "./records";
import type { ClusterStore } from "./clusterStore";
import type { RenderedService } from "./render";
import {
    canBeApplied,
    hasKubeconfig,
    health,
    hostAt,
    packs,
    packState,
    readyAt,
    runs,
    serving,
    state,
} from "./timeline";

const time = (at: number): string => new Date(at).toISOString();

/** How long a new cluster is without `status` where the switch `newClusterStatus` says so. */
const STATUS_LATE = 30_000;

/** What Palette answers about a cluster itself: its spec, its status, its packs and its health. */
export class ClusterAnswers {
    constructor(
        private readonly context: Context,
        private readonly store: ClusterStore,
        private readonly pages: Pages,
        private readonly accounts: CloudAccounts,
    ) {}

    get now(): number {
        return this.context.clock.now();
    }

    /** `v1SpectroCluster`. */
    cluster(cluster: Cluster): object {
        return {
            apiVersion: "cluster.spectrocloud.com/v1",
            kind: "SpectroCluster",
            metadata: this.metadata(cluster),
            spec: {
                cloudConfigRef: { kind: "AwsCloudConfig", uid: cluster.cloudConfigUid },
                cloudType: "aws",
                clusterType: "PureManage",
                clusterConfig: {
                    updateWorkerPoolsInParallel: false,
                    ...cluster.clusterConfig,
                    clusterResources: {
                        namespaces: references("namespace", cluster.namespaces),
                        rbacs: references("rbac", cluster.rbacs),
                    },
                },
                clusterProfileTemplates: cluster.profiles.map((profile) => this.template(profile)),
            },
            ...(this.hasStatus(cluster) && { status: this.status(cluster) }),
        };
    }

    /** Whether answers about the cluster bear a status: a new one may do without. */
    hasStatus(cluster: Cluster): boolean {
        const late = this.context.switches.get("newClusterStatus") === "late";
        return (
            !cluster.fault?.withoutStatus && !(late && this.now < cluster.createdAt + STATUS_LATE)
        );
    }

    metadata(cluster: Cluster): object {
        return {
            ...metadata(cluster),
            ...(cluster.deletion !== undefined && { deletionTimestamp: time(cluster.deletion) }),
        };
    }

    /** `v1ClusterProfileTemplate`; switch `editedProfile`. */
    private template(profile: AttachedProfile): object {
        const isCurrent = this.context.switches.get("editedProfile") === "current";
        const source = isCurrent ? this.context.profiles.get(profile.uid) : undefined;
        const revision = source?.published?.revision ?? profile.revision;
        return {
            ...template({ ...profile, revision }, source?.version ?? profile.version),
            packs: profile.packs.map((pack) => this.packRef(pack)),
        };
    }

    /** `v1PackRef`. */
    packRef(pack: ClusterPack): object {
        const deleted = this.context.packs.get(pack.uid)?.deleted ?? false;
        return {
            name: pack.name,
            packUid: pack.uid,
            registryUid: pack.registryUid,
            layer: pack.layer,
            type: pack.type,
            tag: pack.tag,
            version: pack.version,
            digest: pack.digest,
            values: answeredValues(this.context, this.store.text(pack.values)),
            manifests: pack.manifests.map(({ uid, name }) => ({ kind: "manifest", uid, name })),
            isInvalid: deleted,
            ...(deleted && { inValidReason: "The tag was deleted from the registry" }),
        };
    }

    private status(cluster: Cluster): object {
        const { catalog } = this.accounts;
        return {
            state: state(cluster, this.now),
            ...this.commonStatus(cluster),
            location: cluster.location ?? catalog.location(cluster.cloudConfig.region),
            repave: cluster.repave ? { state: cluster.repave.state } : {},
            profileStatus: { hasUserMacros: false },
        };
    }

    /** The status that a cluster and its overview have in common. */
    commonStatus(cluster: Cluster): object {
        const { now } = this;
        return {
            conditions: conditions(cluster, now).map(({ at, ...condition }) => ({
                ...condition,
                lastTransitionTime: time(at),
                lastProbeTime: time(now),
            })),
            apiEndpoints: hasKubeconfig(cluster, now)
                ? [{ host: cluster.address, port: 6443 }]
                : [],
            packs: packs(cluster).map(({ pack, profileUid }) =>
                this.packStatus(cluster, pack, profileUid),
            ),
            services: packs(cluster).flatMap(({ pack }) => this.services(cluster, pack)),
            spcApply: this.spcApply(cluster),
            upgrades: cluster.repave
                ? [
                      {
                          reason: cluster.repave.reasons.map(({ message }) => message),
                          timestamp: time(cluster.repave.at),
                      },
                  ]
                : [],
        };
    }

    /** `v1ClusterPackStatus`. */
    private packStatus(cluster: Cluster, pack: ClusterPack, profileUid: string): object {
        const { now } = this;
        const current = packState(cluster, pack, now);
        const since = current === "Ready" ? readyAt(pack) : Math.min(pack.start, now);
        const failure = pack.outcome && "error" in pack.outcome ? pack.outcome.error : "";
        const condition = {
            Waiting: {
                type: "Ready",
                status: "False",
                reason: "Waiting",
                message: "Waits to be installed",
            },
            Installing: {
                type: "Ready",
                status: "False",
                reason: "Installing",
                message: "Is being installed",
            },
            Ready: { type: "Ready", status: "True", reason: "Ready", message: "Is ready" },
            Error: { type: "Error", status: "True", reason: "DeploymentFailed", message: failure },
        }[current];
        const transition = { lastTransitionTime: time(since), lastProbeTime: time(now) };
        return {
            name: pack.name,
            version: pack.version,
            type: pack.type,
            profileUid,
            condition: { ...condition, ...transition },
            manifests: pack.manifests.map(({ uid, name }) => ({
                uid,
                name,
                condition: { ...condition, ...transition },
            })),
            services: this.services(cluster, pack),
            ...(current !== "Waiting" && { startTime: time(pack.start) }),
            ...(current === "Ready" && { endTime: time(readyAt(pack)) }),
        };
    }

    /** `v1LoadBalancerService`s of a pack; the host comes some time after the pack is ready. */
    private services(cluster: Cluster, pack: ClusterPack): object[] {
        const { now } = this;
        if (!runs(cluster, now)) {
            return [];
        }
        const pending = this.context.switches.get("pendingHost");
        return (serving(cluster, pack, now)?.outcome.services ?? []).flatMap((service) => {
            const ports = service.ports.map(({ port, protocol }) => ({
                port: reachedAt(cluster, service, port),
                protocol,
            }));
            if (this.hasHost(cluster, pack, service)) {
                return [{ name: service.name, host: cluster.address, ports }];
            }
            return pending === "notReported"
                ? []
                : [{ name: service.name, ...(pending === "emptyHost" && { host: "" }), ports }];
        });
    }

    private hasHost(cluster: Cluster, pack: ClusterPack, service: RenderedService): boolean {
        return this.now >= hostAt(pack) && this.pages.isOpen(cluster, service);
    }

    /** `v1SpcApply`. */
    spcApply(cluster: Cluster): object {
        const apply = cluster.spcApply;
        return {
            actionType: apply?.actionType ?? "DownloadAndInstall",
            canBeApplied: canBeApplied(cluster, this.now),
            lastModifiedTime: time(apply?.at ?? cluster.createdAt),
            ...(apply?.applied !== undefined && { patchAppliedTime: time(apply.applied) }),
        };
    }

    /** `v1SpectroClusterHealthStatus`; undefined before the cluster's agent has reported. */
    health(cluster: Cluster): { state: string; [key: string]: unknown } | undefined {
        const { now } = this;
        const { switches } = this.context;
        const current = health(cluster, now);
        const unsettled = switches.get("unsettledHealth");
        if (current === undefined || (current === "Unknown" && unsettled === "absent")) {
            return undefined;
        }
        const text = {
            Healthy: "Healthy",
            UnHealthy: switches.get("unhealthy"),
            Unknown: unsettled,
        };
        const failed = packs(cluster).filter(
            ({ pack }) => packState(cluster, pack, now) === "Error",
        );
        return {
            state: text[current],
            agentVersion: "4.8.0",
            lastHeartBeatTimestamp: time(now),
            conditions: [
                ...failed.map(({ pack }) => ({
                    type: "PackError",
                    message: `${pack.name}: ${(pack.outcome as { error: string }).error}`,
                    relatedObject: { kind: "pack", name: pack.name, uid: pack.uid },
                })),
                ...(cluster.fault?.unhealthy === undefined
                    ? []
                    : [{ type: "ClusterUnhealthy", message: cluster.fault.unhealthy }]),
            ],
        };
    }

    /** `v1ClusterProfileTemplate`s of profiles that are newer than the cluster's copy. */
    updates(cluster: Cluster): object[] {
        return cluster.profiles.flatMap(({ uid, revision }) => {
            const profile = this.context.profiles.get(uid);
            const published = profile?.published;
            if (!published || published.revision <= revision) {
                return [];
            }
            const { version, ...rest } = copy(profile, published);
            const packs = published.packs.map(({ uid: packUid, manifests, ...pack }) => ({
                ...pack,
                packUid,
                manifests: manifests.map((manifest) => ({
                    kind: "manifest",
                    uid: manifest.uid,
                    name: manifest.name,
                })),
            }));
            return [{ ...template(rest, version), packs }];
        });
    }
}

/** `v1ResourceReference`s. */
function references(kind: string, resources: ClusterResource[]): object[] {
    return resources.map(({ metadata: { uid, name } }) => ({ kind, uid, name }));
}

function template(
    {
        uid,
        name,
        type,
        cloudType,
        revision,
    }: Omit<AttachedProfile, "version" | "packs" | "variables" | "packValues">,
    profileVersion: string,
): object {
    return { uid, name, type, cloudType, profileVersion, version: revision };
}
