/**
 * Fields of Kubernetes types that stand in values of charts, but for those that are words of every chart (`name`,
 * `port`, `type`). A chart that copies a mapping into a manifest need not name them.
 */
export const kubernetesFields: ReadonlySet<string> = new Set(
    `accessModes activeDeadlineSeconds allocateLoadBalancerNodePorts allowPrivilegeEscalation allowedTopologies
    appArmorProfile automountServiceAccountToken averageUtilization averageValue awsElasticBlockStore azureDisk azureFile
    backoffLimit behavior capabilities cephfs claimName clusterIP clusterIPs completions concurrencyPolicy configMapKeyRef configMapRef
    containerPort containerResource csi currentAverageUtilization dataSource dataSourceRef defaultMode defaultRequest
    describedObject dnsConfig dnsPolicy downwardAPI effect emptyDir enableServiceLinks env envFrom
    ephemeral ephemeralContainers externalIPs externalName externalTrafficPolicy failedJobsHistoryLimit
    failureThreshold fieldPath fieldRef flexVolume fsGroup fsGroupChangePolicy gcePersistentDisk gmsaCredentialSpec
    gmsaCredentialSpecName grpc healthCheckNodePort hostAliases hostIP hostIPC hostNetwork hostPID hostPath hostPort
    hostProcess hostUsers hostnames httpGet httpHeaders imagePullPolicy imagePullSecrets ingressClassName initContainers
    initialDelaySeconds internalTrafficPolicy ipFamilies ipFamilyPolicy iscsi labelSelector lifecycle limits livenessProbe
    loadBalancerClass loadBalancerIP loadBalancerSourceRanges localhostProfile matchExpressions matchFields
    matchLabelKeys matchLabels maxReplicas maxSkew maxSurge maxUnavailable minAvailable minDomains minReadySeconds
    minReplicas mismatchLabelKeys mountPath mountPropagation namespaceSelector nfs nodeAffinity nodeAffinityPolicy
    nodeName nodePort nodeSelector nodeSelectorTerms nodeTaintsPolicy overhead parallelism
    periodSeconds persistentVolumeClaim persistentVolumeReclaimPolicy podAffinity podAffinityTerm podAntiAffinity
    podFailurePolicy podManagementPolicy podSelector policyTypes postStart preStop preemptionPolicy
    preferredDuringSchedulingIgnoredDuringExecution priorityClassName privileged procMount progressDeadlineSeconds
    projected publishNotReadyAddresses rbd readOnly readOnlyRootFilesystem readinessGates readinessProbe
    reclaimPolicy requests requiredDuringSchedulingIgnoredDuringExecution resourceFieldRef restartPolicy
    revisionHistoryLimit rollingUpdate runAsGroup runAsNonRoot runAsUser runAsUserName runtimeClassName scaleDown
    scaleTargetRef scaleUp schedulerName schedulingGates seLinuxOptions seccompProfile secretKeyRef secretName secretRef
    securityContext selectPolicy serviceAccountName serviceAccountToken sessionAffinity sessionAffinityConfig
    setHostnameAsFQDN shareProcessNamespace sizeLimit stabilizationWindowSeconds startingDeadlineSeconds startupProbe
    storageClassName subPath subPathExpr subdomain successThreshold successfulJobsHistoryLimit supplementalGroups sysctls
    targetPort tcpSocket terminationGracePeriodSeconds terminationMessagePath terminationMessagePolicy timeoutSeconds
    tolerationSeconds tolerations topologyKey topologySpreadConstraints trafficDistribution ttlSecondsAfterFinished
    unhealthyPodEvictionPolicy updateStrategy valueFrom volumeAttributesClassName volumeBindingMode
    volumeClaimTemplate volumeClaimTemplates volumeDevices volumeMode volumeMounts volumeName weight whenUnsatisfiable
    windowsOptions workingDir`
        .split(/\s+/)
        .filter((name) => name !== ""),
);
