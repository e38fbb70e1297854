import type { Cluster, ClusterPack, Happening, Outcome } from "./records";
import {
    minutesIn,
    deletedAt,
    deletion,
    machineTime,
    MINUTE,
    never,
    packs,
    packStage,
    packState,
    readyAt,
    stage,
} from "./timeline";

/** All that happened up to now, oldest first. */
export function events(cluster: Cluster, now: number): Happening[] {
    const list: Happening[] = [...cluster.history];
    const add = (
        time: number,
        reason: string,
        message: string,
        severity: Happening["severity"] = "Info",
    ): void => {
        list.push({ at: time, reason, message, severity });
    };
    // What was still to come when the cluster failed or was deleted never happens.
    const end = Math.min(
        cluster.deletion ?? never,
        cluster.fault?.provisioning === undefined ? never : minutesIn(cluster, stage.network),
    );
    const until = (minutes: number, reason: string, message: string): void => {
        if (minutesIn(cluster, minutes) < end) {
            add(minutesIn(cluster, minutes), reason, message);
        }
    };
    const { name, cloudConfig } = cluster;
    until(0, "ClusterCreated", `Cluster ${name} is created`);
    until(stage.images, "ImageResolved", "The image of the nodes is resolved");
    until(1.5, "VpcCreated", `VPC is created in ${cloudConfig.region}`);
    until(
        stage.network,
        "SubnetsCreated",
        "Subnets, route tables and internet gateway are created",
    );
    until(5, "NatGatewayCreated", "NAT gateway is created");
    until(stage.infrastructure, "CloudInfrastructureReady", "Cloud infrastructure is ready");
    until(stage.controlPlane, "ControlPlaneReady", "Control plane is ready");
    until(stage.kubeconfig, "KubeConfigReady", "Kubeconfig is ready");
    until(stage.workers, "WorkersReady", "Worker nodes are ready");
    until(stage.running, "ClusterRunning", `Cluster ${name} is running`);
    if (cluster.fault?.provisioning !== undefined) {
        add(
            minutesIn(cluster, stage.network),
            "ProvisioningFailed",
            cluster.fault.provisioning,
            "Error",
        );
    }
    for (const pool of cluster.pools) {
        for (const machine of pool.machines.filter((candidate) => candidate.start < end)) {
            add(
                machine.start,
                "MachineCreating",
                `Machine ${machine.name} of pool ${pool.name} is created`,
            );
            if (machine.start + machineTime < Math.min(end, machine.removed ?? never)) {
                add(
                    machine.start + machineTime,
                    "MachineReady",
                    `Machine ${machine.name} is running`,
                );
            }
        }
    }
    for (const { pack } of packs(cluster)) {
        list.push(...packEvents(cluster, pack, Math.min(end, now)));
    }
    if (cluster.deletion !== undefined) {
        add(cluster.deletion, "ClusterDeleting", `Cluster ${name} is being deleted`);
        if (cluster.forced === undefined) {
            if (!cluster.fault?.deletionSticks) {
                add(
                    cluster.deletion + deletion.workers * MINUTE,
                    "MachinesDeleting",
                    "Worker nodes are deleted",
                );
                add(
                    cluster.deletion + deletion.controlPlane * MINUTE,
                    "MachinesDeleting",
                    "Control plane nodes are deleted",
                );
            }
        } else {
            add(
                cluster.forced,
                "ForceDelete",
                "Force delete: cloud resources may be left",
                "Warning",
            );
        }
        add(deletedAt(cluster), "ClusterDeleted", `Cluster ${name} is deleted`);
    }
    list.push(...faultEvents(cluster, now));
    return list.filter((event) => event.at <= now).sort((a, b) => a.at - b.at);
}

/** Trouble that a test has arranged for a cluster that runs. */
export function faultEvents({ fault, createdAt }: Cluster, now: number): Happening[] {
    const at = Math.max(fault?.since ?? now, createdAt);
    return [
        { reason: "ClusterFailed", message: fault?.error, severity: "Error" as const },
        { reason: "ClusterUnhealthy", message: fault?.unhealthy, severity: "Warning" as const },
    ].flatMap(({ message, ...event }) =>
        message === undefined ? [] : [{ ...event, message, at }],
    );
}

/** What a pack's revision has gone through by then. */
export function packEvents(cluster: Cluster, pack: ClusterPack, now: number): Happening[] {
    const label = `Pack ${pack.name} ${pack.version}`;
    const list: Happening[] = [];
    const current = packState(cluster, pack, now);
    if (current === "Waiting") {
        return list;
    }
    list.push({
        at: pack.start,
        reason: "PackInstalling",
        message: `${label} is being installed`,
        severity: "Info",
    });
    if (current === "Ready") {
        list.push({
            at: readyAt(pack),
            reason: "PackReady",
            message: `${label} is ready`,
            severity: "Info",
        });
    } else if (current === "Error") {
        const { error } = pack.outcome as Extract<Outcome, { error: string }>;
        const time = pack.start + packStage.failed * MINUTE;
        list.push({
            at: time,
            reason: "PackFailed",
            message: `${label}: ${error}`,
            severity: "Error",
        });
    }
    return list;
}
