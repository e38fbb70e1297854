/** An API that Kubernetes serves no more (Kubernetes documentation, "Deprecated API Migration Guide"). */
export interface RemovedApi {
    /** Minor version of Kubernetes 1 that is the first without it. */
    minor: number;
    /** What to write instead; nothing where there is no such API any more. */
    instead?: string;
}

const TABLE: readonly [apiVersion: string, kinds: string, minor: number, instead?: string][] = [
    ["extensions/v1beta1", "Deployment DaemonSet ReplicaSet", 16, "apps/v1"],
    ["extensions/v1beta1", "NetworkPolicy", 16, "networking.k8s.io/v1"],
    ["extensions/v1beta1", "PodSecurityPolicy", 16],
    ["extensions/v1beta1", "Ingress", 22, "networking.k8s.io/v1"],
    ["apps/v1beta1", "Deployment StatefulSet", 16, "apps/v1"],
    ["apps/v1beta2", "Deployment StatefulSet DaemonSet ReplicaSet", 16, "apps/v1"],
    [
        "admissionregistration.k8s.io/v1beta1",
        "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
        22,
        "admissionregistration.k8s.io/v1",
    ],
    ["apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", 22, "apiextensions.k8s.io/v1"],
    ["apiregistration.k8s.io/v1beta1", "APIService", 22, "apiregistration.k8s.io/v1"],
    ["certificates.k8s.io/v1beta1", "CertificateSigningRequest", 22, "certificates.k8s.io/v1"],
    ["coordination.k8s.io/v1beta1", "Lease", 22, "coordination.k8s.io/v1"],
    ["networking.k8s.io/v1beta1", "Ingress IngressClass", 22, "networking.k8s.io/v1"],
    [
        "rbac.authorization.k8s.io/v1beta1",
        "ClusterRole ClusterRoleBinding Role RoleBinding",
        22,
        "rbac.authorization.k8s.io/v1",
    ],
    ["scheduling.k8s.io/v1beta1", "PriorityClass", 22, "scheduling.k8s.io/v1"],
    [
        "storage.k8s.io/v1beta1",
        "CSIDriver CSINode StorageClass VolumeAttachment",
        22,
        "storage.k8s.io/v1",
    ],
    ["batch/v1beta1", "CronJob", 25, "batch/v1"],
    ["discovery.k8s.io/v1beta1", "EndpointSlice", 25, "discovery.k8s.io/v1"],
    ["events.k8s.io/v1beta1", "Event", 25, "events.k8s.io/v1"],
    ["autoscaling/v2beta1", "HorizontalPodAutoscaler", 25, "autoscaling/v2"],
    ["policy/v1beta1", "PodDisruptionBudget", 25, "policy/v1"],
    ["policy/v1beta1", "PodSecurityPolicy", 25],
    ["node.k8s.io/v1beta1", "RuntimeClass", 25, "node.k8s.io/v1"],
    ["autoscaling/v2beta2", "HorizontalPodAutoscaler", 26, "autoscaling/v2"],
    [
        "flowcontrol.apiserver.k8s.io/v1beta1",
        "FlowSchema PriorityLevelConfiguration",
        26,
        "flowcontrol.apiserver.k8s.io/v1",
    ],
    ["storage.k8s.io/v1beta1", "CSIStorageCapacity", 27, "storage.k8s.io/v1"],
    [
        "flowcontrol.apiserver.k8s.io/v1beta2",
        "FlowSchema PriorityLevelConfiguration",
        29,
        "flowcontrol.apiserver.k8s.io/v1",
    ],
    [
        "flowcontrol.apiserver.k8s.io/v1beta3",
        "FlowSchema PriorityLevelConfiguration",
        32,
        "flowcontrol.apiserver.k8s.io/v1",
    ],
];

/** Whether a version of Kubernetes has removed an API; undefined where it serves it, or never did. */
export function removedApi(
    apiVersion: string,
    kind: string,
    kubeVersion: string,
): RemovedApi | undefined {
    const row = TABLE.find(
        ([version, kinds]) => version === apiVersion && kinds.split(" ").includes(kind),
    );
    if (!row || Number(kubeVersion.split(".")[1]) < row[2]) {
        return undefined;
    }
    const [, , minor, instead] = row;
    return { minor, ...(instead === undefined ? {} : { instead }) };
}
