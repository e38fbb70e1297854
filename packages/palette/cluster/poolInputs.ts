/** How the machines of a pool are replaced (`v1UpdateStrategy`). */
export type UpdateStrategy = "RollingUpdateScaleOut" | "RollingUpdateScaleIn" | "OverrideScaling";

/** A taint of Kubernetes nodes (`v1Taint`). */
export interface Taint {
    key: string;
    value?: string;
    effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** A pool of machines, as far as it is the same in every cloud. What is optional is absent when it is not configured. */
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

/**
 * A pool in the answer of `GET /v1/cloudconfigs/{cloud}/{uid}`: flat, unlike in a request. What each cloud has of its own
 * is beside these fields.
 */
export interface ObservedPool {
    name: string;
    size?: number;
    minSize?: number;
    maxSize?: number;
    isControlPlane?: boolean;
    useControlPlaneAsWorker?: boolean;
    additionalLabels?: Record<string, string> | null;
    taints?: Taint[] | null;
    updateStrategy?: { type?: UpdateStrategy; maxSurge?: string; maxUnavailable?: string };
    nodeRepaveInterval?: number;
    /** Not managed here, and kept. */
    additionalTags?: Record<string, string> | null;
}
