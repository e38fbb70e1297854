import type { Cluster, Pool } from "./records";
import { machines } from "./timeline";

const time = (at: number): string => new Date(at).toISOString();

/** `v1AwsCloudConfig`: the pools flat. */
export function cloudConfigAnswer(
    cluster: Cluster,
    account: { uid: string; name: string },
): object {
    return {
        apiVersion: "cluster.spectrocloud.com/v1",
        kind: "AwsCloudConfig",
        metadata: {
            name: `${cluster.name}-aws-config`,
            uid: cluster.cloudConfigUid,
            creationTimestamp: cluster.created,
            lastModifiedTimestamp: cluster.modified,
        },
        spec: {
            cloudAccountRef: { kind: "AwsAccount", ...account },
            clusterConfig: cluster.cloudConfig,
            machinePoolConfig: cluster.pools.map(({ config }) => config),
        },
        status: { conditions: [], images: [] },
    };
}

/** `v1AwsMachine`s of a pool. */
export function machineAnswers(cluster: Cluster, pool: Pool, now: number): object[] {
    return machines(cluster, pool, now).map(({ machine, state: instanceState }) => {
        const address = `10.0.${machine.index >> 8}.${(machine.index & 255) + 10}`;
        const isRunning = instanceState === "Running";
        return {
            apiVersion: "cluster.spectrocloud.com/v1",
            kind: "AwsMachine",
            metadata: {
                name: machine.name,
                uid: machine.uid,
                creationTimestamp: time(machine.start),
                lastModifiedTimestamp: time(machine.removed ?? machine.start),
            },
            spec: {
                ami: `ami-${machine.uid.slice(0, 17)}`,
                az: machine.az,
                instanceType: pool.config.instanceType,
                sshKeyName: cluster.cloudConfig.sshKeyName ?? "",
                vpcId: cluster.cloudConfig.vpcId || `vpc-${cluster.uid.slice(0, 17)}`,
                nics: [{ index: 0, privateIPs: [address] }],
                type: pool.config.isControlPlane ? "control-plane" : "worker",
            },
            status: {
                addresses: [{ type: "InternalIP", address }],
                instanceState,
                ready: isRunning,
                health: { state: isRunning ? "Healthy" : "Unknown", conditions: [] },
            },
        };
    });
}
