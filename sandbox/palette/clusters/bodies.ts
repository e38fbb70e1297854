import {
    flag,
    inputMetadata,
    listOf,
    object,
    oneOf,
    optional,
    text,
    textMap,
    texts,
} from "../schema";

// The bodies that the routes accept, as the API's document has them.

const integer = { type: "integer" };
const number = { type: "number" };
/** An object whose inside the sandbox only keeps. */
const kept = { type: "object" };

/** `v1SpectroClusterProfileEntity`s. */
export const profiles = listOf(
    object({
        uid: text,
        replaceWithProfile: text,
        packValues: listOf(
            object(
                {
                    name: text,
                    tag: text,
                    type: oneOf("spectro", "helm", "manifest", "oci"),
                    values: text,
                    manifests: listOf(object({ name: text, content: text, uid: text }, ["name"])),
                },
                ["name"],
            ),
        ),
        variables: listOf(object({ name: text, value: text }, ["name"])),
    }),
);

/** `v1SpectroClusterProfiles`; the list alone is `v1SpectroClusterPacksEntity`. */
export const profilesBody = object({
    profiles,
    spcApplySettings: object({
        actionType: oneOf("DownloadAndInstall", "DownloadAndInstallLater"),
    }),
});

/** `v1SpectroClusterVariableUpdateEntity`s. */
export const variablesBody = listOf(
    object(
        {
            profileUid: text,
            variables: listOf(object({ name: text, value: text }, ["name"])),
        },
        ["profileUid"],
    ),
);

/** `v1AwsMachinePoolConfigEntity`. */
export const poolBody = object(
    {
        poolConfig: object(
            {
                name: text,
                size: { ...integer, minimum: 0 },
                minSize: integer,
                maxSize: integer,
                isControlPlane: flag,
                useControlPlaneAsWorker: flag,
                labels: texts,
                additionalAnnotations: textMap,
                additionalLabels: textMap,
                additionalTags: textMap,
                machinePoolProperties: object({ archType: oneOf("amd64", "arm64") }),
                nodeRepaveInterval: integer,
                overrideKubeadmConfiguration: text,
                updateStrategy: object({
                    type: oneOf("RollingUpdateScaleOut", "RollingUpdateScaleIn", "OverrideScaling"),
                    maxSurge: text,
                    maxUnavailable: text,
                }),
                taints: listOf(
                    object({
                        key: text,
                        value: text,
                        effect: oneOf("NoSchedule", "PreferNoSchedule", "NoExecute"),
                        timeAdded: text,
                    }),
                ),
            },
            ["name", "size", "labels"],
        ),
        cloudConfig: object(
            {
                instanceType: text,
                // In GiB; the limits are those of the API's document.
                rootDeviceSize: { ...integer, minimum: 1, maximum: 2000 },
                capacityType: oneOf("on-demand", "spot", "host-resource-group"),
                azs: texts,
                subnets: listOf(object({ az: text, id: text })),
                spotMarketOptions: object({ maxPrice: text }),
                additionalSecurityGroups: listOf(kept),
                hostResourceGroupArn: text,
                licenseConfigurationArns: texts,
            },
            ["instanceType"],
        ),
    },
    ["cloudConfig", "poolConfig"],
);

const cloudConfig = object(
    {
        region: text,
        sshKeyName: text,
        vpcId: text,
        controlPlaneLoadBalancer: text,
        bastionDisabled: flag,
        hybridConfig: kept,
    },
    ["region"],
);

/** `v1AwsCloudClusterConfigEntity`. */
export const cloudConfigBody = object({ clusterConfig: cloudConfig });

/** `v1SpectroAwsClusterRateEntity`. */
export const rateBody = object({ cloudConfig, machinepoolconfig: listOf(poolBody) });

const schedule = object({ schedule: object({ scheduledRunTime: text }) });

/** `v1ClusterComplianceScheduleConfig`. */
export const scanBody = object({ kubeBench: schedule, kubeHunter: schedule, sonobuoy: schedule });

/** `v1ClusterBackupConfig`. */
export const backupBody = object({
    backupLocationName: text,
    backupLocationUid: text,
    backupName: text,
    backupPrefix: text,
    durationInHours: number,
    includeAllDisks: flag,
    includeClusterResourceMode: oneOf("Always", "Auto", "Never"),
    includeClusterResources: flag,
    locationType: text,
    namespaces: texts,
    schedule: object({ scheduledRunTime: text }),
});

const location = object({
    countryCode: text,
    countryName: text,
    regionCode: text,
    regionName: text,
    geoLoc: object({ latitude: number, longitude: number }),
});

/** `v1SpectroClusterLocationInputEntity`. */
export const locationBody = object({ location });

/** `v1ClusterNamespaceResourceInputEntity` or `v1ClusterRbacInputEntity`. */
export const resourceBody = object({ metadata: inputMetadata, spec: kept });

const machineManagementConfig = object({
    osPatchConfig: object({
        onDemandPatchAfter: text,
        patchOnBoot: flag,
        rebootIfRequired: flag,
        schedule: text,
    }),
});

/** `v1SpectroAwsClusterEntity`. */
export const clusterBody = object(
    {
        metadata: inputMetadata,
        spec: object(
            {
                cloudAccountUid: text,
                cloudConfig,
                profiles,
                machinepoolconfig: listOf(poolBody),
                policies: object({ scanPolicy: scanBody, backupPolicy: backupBody }),
                clusterConfig: object({
                    clusterMetaAttribute: text,
                    controlPlaneHealthCheckTimeout: text,
                    hostClusterConfig: kept,
                    lifecycleConfig: object({ pause: flag }),
                    location,
                    machineManagementConfig,
                    resources: object({
                        namespaces: listOf(resourceBody),
                        rbacs: listOf(resourceBody),
                    }),
                    timezone: text,
                    updateWorkerPoolsInParallel: flag,
                }),
            },
            ["cloudAccountUid", "cloudConfig"],
        ),
    },
    ["metadata", "spec"],
);

/** The bodies of `PATCH …/clusterConfig/<member>`. */
export const clusterConfigBodies = {
    timezone: object({ timezone: text }),
    osPatch: machineManagementConfig,
    lifecycleConfig: object({ lifecycleConfig: object({ pause: flag }) }),
    clusterMetaAttribute: object({ clusterMetaAttribute: text }),
    controlPlaneHealthCheckTimeout: object({ controlPlaneHealthCheckTimeout: text }),
};

/** `v1SearchFilterSummarySpec`; conditions are read by the property that they are for. */
export const searchBody = optional(
    object({
        filter: object({
            conjunction: oneOf("and", "or"),
            filterGroups: listOf(
                object({
                    conjunction: oneOf("and", "or"),
                    filters: listOf(
                        object({
                            property: text,
                            type: text,
                            condition: object({
                                string: object({
                                    operator: oneOf("eq", "contains", "beginsWith"),
                                    negation: flag,
                                    ignoreCase: flag,
                                    match: object({
                                        conjunction: oneOf("and", "or"),
                                        values: texts,
                                    }),
                                }),
                                bool: object({ value: flag }),
                                keyValue: object({
                                    key: text,
                                    negation: flag,
                                    ignoreCase: flag,
                                    operator: text,
                                    match: object({
                                        conjunction: oneOf("and", "or"),
                                        values: texts,
                                    }),
                                }),
                                date: kept,
                                float: kept,
                                int: kept,
                            }),
                        }),
                    ),
                }),
            ),
        }),
        sort: listOf(object({ field: text, order: oneOf("asc", "desc") })),
    }),
);

/** `v1ClusterWorkloadsSpec`. */
export const workloadsBody = optional(object({ filter: object({ namespaces: texts }) }));

/** `v1AwsAccount`. */
export const accountBody = object(
    {
        metadata: inputMetadata,
        spec: object({
            accessKey: text,
            secretKey: text,
            credentialType: oneOf("secret", "sts"),
            partition: text,
            policyARNs: texts,
            sts: object({ arn: text, externalId: text }),
        }),
    },
    ["metadata", "spec"],
);
