/** What EC2 asks for the machines of a pool. */
export type CapacityType = "on-demand" | "spot";

/** How the machines of a pool are replaced (`v1UpdateStrategy`). */
export type UpdateStrategy = "RollingUpdateScaleOut" | "RollingUpdateScaleIn" | "OverrideScaling";

/** A taint of Kubernetes nodes (`v1Taint`). */
export interface Taint {
    key: string;
    value?: string;
    effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** A pool of EC2 machines. What is optional is absent when it is not configured. */
export interface MachinePool {
    name: string;
    controlPlane: boolean;
    /** Whether workloads may run on the control plane's machines. */
    controlPlaneAsWorker: boolean;
    /** Number of machines; of an autoscaled pool the number that it starts with. */
    size: number;
    /** With {@link maxSize}: limits of the autoscaler, between which any number of machines is right. */
    minSize?: number;
    maxSize?: number;
    instanceType: string;
    /** Root disk, in GiB. */
    diskSize: number;
    /** Absent means on-demand. */
    capacityType?: CapacityType;
    /** Limit of a spot machine's hourly price, in US dollars. Absent: EC2's own. */
    spotMaxPrice?: string;
    availabilityZones: string[];
    /** Zone → id of the subnet for its machines. Needs the cluster's `vpcId`. */
    subnets?: Record<string, string>;
    /** Labels of the Kubernetes nodes. */
    labels: Record<string, string>;
    taints?: Taint[];
    updateStrategy: UpdateStrategy;
    /** With `OverrideScaling`: machines above (number or percentage) and below the size meanwhile. */
    maxSurge?: string;
    maxUnavailable?: string;
    /** Seconds that a node must be Ready before the next one is replaced; worker pools only. */
    nodeRepaveInterval?: number;
}
