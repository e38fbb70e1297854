import type { Cluster } from "./records";
import {
    minutesIn,
    deletedAt,
    deletion,
    MINUTE,
    packs,
    packStage,
    packState,
    readyAt,
    stage,
    state,
} from "./timeline";

/** `v1ClusterCondition`, with the time in virtual milliseconds. */
export interface Condition {
    type: string;
    status: "True" | "False";
    reason: string;
    message: string;
    at: number;
}

/** A condition that spans the minutes `from` to `until` after the creation. */
interface Step {
    type: string;
    from: number;
    until: number;
    doing: string;
    done: string;
}

/** Conditions in the order a cluster goes through them; the last is the one in progress. */
export function conditions(cluster: Cluster, now: number): Condition[] {
    if (cluster.deletion !== undefined) {
        const before = conditions({ ...cluster, deletion: undefined }, cluster.deletion);
        const after = deletionConditions(cluster, cluster.deletion, now);
        const kept = before.filter(
            ({ type }) => !after.some((condition) => condition.type === type),
        );
        return [...kept, ...after];
    }
    if (state(cluster, now) === "Pending") {
        return [];
    }
    const fault = cluster.fault?.provisioning;
    const result: Condition[] = [];
    for (const { type, from, until, doing, done } of steps(cluster, now)) {
        if (now < minutesIn(cluster, from)) {
            break;
        }
        if (
            fault &&
            type === "CloudInfrastructureReady" &&
            now >= minutesIn(cluster, stage.network)
        ) {
            const since = minutesIn(cluster, stage.network);
            result.push({
                type,
                status: "False",
                reason: "ProvisioningFailed",
                message: fault,
                at: since,
            });
            break;
        }
        result.push(
            progress(type, minutesIn(cluster, from), minutesIn(cluster, until), now, doing, done),
        );
    }
    return [...result, ...addOnCondition(cluster, now), ...failure(cluster)];
}

/** What a test has arranged to go wrong with the cluster as a whole. */
function failure({ fault, createdAt }: Cluster): Condition[] {
    const message = fault?.error ?? fault?.unhealthy;
    return message === undefined
        ? []
        : [
              {
                  type: "ClusterHealthy",
                  status: "False",
                  reason: fault?.error === undefined ? "ClusterUnhealthy" : "ClusterFailed",
                  message,
                  at: Math.max(fault?.since ?? 0, createdAt),
              },
          ];
}

function steps(cluster: Cluster, now: number): Step[] {
    const { pending, images, network, infrastructure, controlPlane, kubeconfig, workers } = stage;
    return [
        {
            type: "ImageResolutionDone",
            from: pending,
            until: images,
            doing: "Resolving the image of the nodes",
            done: "The image of the nodes is resolved",
        },
        {
            type: "CloudInfrastructureReady",
            from: images,
            until: infrastructure,
            doing:
                now < minutesIn(cluster, network)
                    ? `Creating VPC and subnets in ${cluster.cloudConfig.region}`
                    : "Creating NAT gateways and the load balancer of the API server",
            done: "Cloud infrastructure is ready",
        },
        {
            type: "BootstrappingDone",
            from: infrastructure,
            until: controlPlane,
            doing: "Bootstrapping the first control plane node",
            done: "The cluster is bootstrapped",
        },
        {
            type: "ControlPlaneNodeAdditionDone",
            from: infrastructure,
            until: controlPlane,
            doing: "Adding control plane nodes",
            done: "Control plane nodes are added",
        },
        {
            type: "KubeConfigReady",
            from: controlPlane,
            until: kubeconfig,
            doing: "Waiting for the kubeconfig",
            done: "The kubeconfig is ready",
        },
        {
            type: "WorkerNodeAdditionDone",
            from: controlPlane,
            until: workers,
            doing: "Adding worker nodes",
            done: "Worker nodes are added",
        },
    ];
}

function progress(
    type: string,
    from: number,
    until: number,
    now: number,
    doing: string,
    done: string,
): Condition {
    return now >= until
        ? { type, status: "True", reason: "Done", message: done, at: until }
        : { type, status: "False", reason: "InProgress", message: doing, at: from };
}

function deletionConditions(cluster: Cluster, since: number, now: number): Condition[] {
    const workers = since + deletion.workers * MINUTE;
    const controlPlane = since + deletion.controlPlane * MINUTE;
    const end = deletedAt(cluster);
    const type = "CloudInfrastructureReady";
    const message = cluster.fault?.deletionSticks
        ? "Deleting the VPC: it still has dependencies"
        : "Deleting load balancers, NAT gateways and the VPC";
    return [
        progress(
            "WorkerNodeDeletionDone",
            since,
            workers,
            now,
            "Deleting worker nodes",
            "Worker nodes are deleted",
        ),
        ...(now < workers
            ? []
            : [
                  progress(
                      "ControlPlaneNodeDeletionDone",
                      workers,
                      controlPlane,
                      now,
                      "Deleting control plane nodes",
                      "Control plane nodes are deleted",
                  ),
              ]),
        ...(now < controlPlane || now >= end
            ? []
            : [{ type, status: "False" as const, reason: "Deleting", message, at: controlPlane }]),
    ];
}

function addOnCondition(cluster: Cluster, now: number): Condition[] {
    const members = packs(cluster).map(({ pack }) => pack);
    if (
        members.length === 0 ||
        now < minutesIn(cluster, stage.workers) ||
        cluster.fault?.provisioning
    ) {
        return [];
    }
    const type = "AddOnDeploymentDone";
    const failed = members.filter((pack) => packState(cluster, pack, now) === "Error");
    if (failed.length > 0) {
        const message = failed
            .map((pack) => `${pack.name}: ${(pack.outcome as { error: string }).error}`)
            .join("; ");
        const since = Math.max(...failed.map((pack) => pack.start + packStage.failed * MINUTE));
        return [{ type, status: "False", reason: "AddOnDeploymentFailed", message, at: since }];
    }
    const open = members.filter((pack) => packState(cluster, pack, now) !== "Ready");
    const since = Math.max(
        ...members.map((pack) => (open.length > 0 ? pack.start : readyAt(pack))),
    );
    return [
        open.length > 0
            ? {
                  type,
                  status: "False",
                  reason: "InProgress",
                  message: `Deploying ${open.map((pack) => `${pack.name} ${pack.version}`).join(", ")}`,
                  at: Math.min(since, now),
              }
            : {
                  type,
                  status: "True",
                  reason: "Done",
                  message: "All packs are deployed",
                  at: since,
              },
    ];
}
