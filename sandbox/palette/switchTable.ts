/** A point of the real API that no public source settles. */
export interface Switch {
    /** What is not known, in one sentence. */
    readonly unknown: string;
    /** Section of the API facts that leaves it open. */
    readonly section: string;
    /** All that the sandbox can do here; the first is the default. */
    readonly values: readonly [string, ...string[]];
}

/**
 * Every point that is "not confirmed", and a few real circumstances that tests need to choose.
 * Set at the start (`--switch name=value`) or while it runs, through the control address.
 */
export const switchTable = {
    duplicateName: {
        unknown: "What creating an object with a name that is taken answers",
        section: "2",
        values: ["409", "500", "secondObject"],
    },
    rateLimit: {
        unknown: "Nothing; `off` is for setting up many objects in load tests",
        section: "2",
        values: ["on", "off"],
    },
    retryAfter: {
        unknown: "Whether a 429 bears a Retry-After header",
        section: "2",
        values: ["absent", "seconds"],
    },
    labels: {
        unknown: "Whether labels and annotations of a request are kept by every kind of object",
        section: "4, 6, 8",
        values: ["kept", "dropped", "droppedOnRegistries"],
    },
    limitZero: {
        unknown: "What limit=0 of a list means",
        section: "2",
        values: ["page", "all"],
    },
    deletedProject: {
        unknown: "What calls under the uid of a project that was deleted answer",
        section: "1, 3",
        values: ["404", "403", "401", "emptyProject"],
    },
    projectName: {
        unknown: "Whether ?name= of the project list matches exactly or by prefix",
        section: "3",
        values: ["exact", "prefix"],
    },
    createValidates: {
        unknown: "Whether creating a registry checks its credentials",
        section: "4",
        values: ["no", "yes"],
    },
    validateFailure: {
        unknown: "The status of a registry validation that fails",
        section: "4",
        values: ["400", "500"],
    },
    accessKey: {
        unknown: "Whether the access key of an ECR registry comes back masked",
        section: "4.5",
        values: ["plain", "masked"],
    },
    maskedSecret: {
        unknown: "Whether an update with a masked or empty secret keeps the stored one",
        section: "4.5",
        values: ["keepsStored", "takenLiterally"],
    },
    ecrTls: {
        unknown: "Whether an ECR registry comes back with a default tls block",
        section: "13",
        values: ["omitted", "returned"],
    },
    registryType: {
        unknown: "The strings that registryType of the OCI summary takes",
        section: "4.4",
        values: ["lowerCase", "upperCase"],
    },
    packRegistryName: {
        unknown: "Whether the server needs spec.name of a legacy pack registry",
        section: "4.3",
        values: ["optional", "required"],
    },
    packRegistryPrivate: {
        unknown: "Whether the server needs spec.private of a legacy pack registry",
        section: "4.3",
        values: ["optional", "required"],
    },
    registryInUse: {
        unknown: "What deleting a registry whose packs a profile uses does",
        section: "10",
        values: ["deleted", "409", "500"],
    },
    syncStatus: {
        unknown: "Which of the known strings the sync status takes",
        section: "4",
        values: ["Success", "Completed", "lowerCase", "emptyUntilDone", "unknownWord"],
    },
    syncOnUpdate: {
        unknown: "Whether updating a registry starts a sync",
        section: "11",
        values: ["yes", "no"],
    },
    packVisibility: {
        unknown: "How long after a successful sync its packs can be seen",
        section: "11",
        values: ["20s", "0s", "300s"],
    },
    changedDigest: {
        unknown: "Which sync takes over a pack version that was pushed anew with other content",
        section: "pack format 0.8",
        values: ["forcedSync", "anySync", "never"],
    },
    invalidPack: {
        unknown: "Whether an archive that is no valid pack makes the sync fail",
        section: "pack format 4",
        values: ["skipped", "failsSync"],
    },
    manifestShape: {
        unknown: "Whether Palette reads OCI manifests of other shapes than image-spec v1.0",
        section: "pack format 4.3",
        values: ["v1.0", "v1.1"],
    },
    layerMediaType: {
        unknown: "Whether the layer may have the media type of what it is, tar+gzip",
        section: "pack format 4.3",
        values: ["tar", "tarOrGzip"],
    },
    packLayers: {
        unknown: "Whether Palette reads the first of several layers",
        section: "pack format 9",
        values: ["one", "first"],
    },
    archiveLayout: {
        unknown: "Whether an archive may have ./ prefixes or its files at the root",
        section: "pack format 4.1",
        values: ["oneFolder", "anyRoot"],
    },
    ociPackType: {
        unknown: "The type of a pack that comes from an OCI pack registry",
        section: "6",
        values: ["spectro", "oci"],
    },
    awsAccountSts: {
        unknown: "Whether Palette tells the account and external id that a role has to trust",
        section: "4.4",
        values: ["told", "empty", "emptyStrings"],
    },
    accountFilter: {
        unknown: "Whether the cloud account list heeds filters=metadata.name=",
        section: "7",
        values: ["heeded", "ignored"],
    },
    unfitCluster: {
        unknown:
            "What creating a cluster does when its zone, key pair or instance type does not exist",
        section: "8",
        values: ["refused", "errorState"],
    },
    newClusterStatus: {
        unknown: "Whether a cluster answers with a status at once or half a minute later",
        section: "8, 12",
        values: ["atOnce", "late"],
    },
    unhealthy: {
        unknown: "The health string of a cluster with a failed pack",
        section: "8",
        values: ["UnHealthy", "Unhealthy", "Error"],
    },
    unsettledHealth: {
        unknown: "The health of a running cluster whose packs are still being deployed",
        section: "8",
        values: ["Unknown", "absent", "UnHealthy", "Healthy"],
    },
    pendingHost: {
        unknown: "How a LoadBalancer Service is reported until it has a host",
        section: "8",
        values: ["withoutHost", "emptyHost", "notReported"],
    },
    eventOrder: {
        unknown: "Whether events heed orderBy=metadata.creationTimestamp",
        section: "8",
        values: ["heeded", "ignored"],
    },
    noBackup: {
        unknown: "How the backup of a cluster without one is refused (BackupNotConfigured)",
        section: "2",
        values: ["404", "500 BackupNotConfigured"],
    },
    kubeconfig: {
        unknown: "When a kubeconfig is base64",
        section: "8",
        values: ["plain", "base64"],
    },
    duplicatePacks: {
        unknown:
            "What a second profile with the same pack answers (DuplicateClusterPacksForbidden)",
        section: "2, 9",
        values: ["400", "409", "500", "added"],
    },
    repave: {
        unknown: "Whether a change of the OS or Kubernetes layer waits for an approval",
        section: "9",
        values: ["approved", "pending"],
    },
    deletedCluster: {
        unknown: "Whether a cluster can be read once it is Deleted",
        section: "10",
        values: ["readable", "404"],
    },
    earlyForceDelete: {
        unknown: "What a force delete answers before 15 minutes in Deleting",
        section: "10",
        values: ["refused", "accepted"],
    },
    valuesLeftOut: {
        unknown: "Which values a pack has that a profile is sent without any",
        section: "6",
        values: ["ofPack", "none"],
    },
    editedProfile: {
        unknown: "Which version a cluster tells of a profile that was edited since it took it over",
        section: "8, 9",
        values: ["asTakenOver", "current"],
    },
    unknownBackupLocation: {
        unknown: "What a backup at a location that does not exist answers",
        section: "8",
        values: ["accepted", "404", "400"],
    },
    packState: {
        unknown: "Whether a pack's annotations tell that it is deprecated or disabled",
        section: "5",
        values: ["annotation", "filtersOnly"],
    },
    disabledPacks: {
        unknown: "Whether the list of packs has disabled ones",
        section: "5",
        values: ["hidden", "listed"],
    },
    disabledPackInNewProfile: {
        unknown: "What a new profile with a disabled pack answers",
        section: "6",
        values: ["refused", "accepted"],
    },
    removedPack: {
        unknown: "Whether a pack that was taken out of its registry can be read by its uid",
        section: "5",
        values: ["readable", "404"],
    },
    valuesLayout: {
        unknown: "Whether Palette answers pack values as they were sent",
        section: "6",
        values: ["asSent", "reformatted", "withoutComments"],
    },
    duplicateLayer: {
        unknown: "What a profile with two packs of one infrastructure layer answers",
        section: "6",
        values: ["400", "500", "accepted"],
    },
    uidOrTag: {
        unknown: "Which one wins when a profile's pack has a uid and a tag that disagree",
        section: "5",
        values: ["uid", "tag", "refused"],
    },
    packOrder: {
        unknown: "Whether the server puts the packs of a profile in the order of their layers",
        section: "6",
        values: ["asSent", "byLayer"],
    },
    profileInUse: {
        unknown: "What deleting a profile that a cluster uses does",
        section: "10",
        values: ["deleted", "409", "500"],
    },
    ecrArtifactType: {
        unknown: "Whether ECR still answers 405 to a manifest with an artifactType",
        section: "pack format 4.4",
        values: ["accepted", "refused"],
    },
    ecrCreateOnPush: {
        unknown: "Nothing; whether the account has a template that creates repositories on push",
        section: "pack format 4.4",
        values: ["off", "on"],
    },
    ecrManifestDelete: {
        unknown: "Whether ECR deletes manifests through the registry API too",
        section: "pack format 4.4",
        values: ["refused", "accepted"],
    },
    ecrUploadLimit: {
        unknown: "Whether ECR's limit of a layer part holds for an upload in one piece",
        section: "pack format 4.4",
        values: ["chunks", "wholeUploads"],
    },
    basePaths: {
        unknown: "How several base content paths of one basic registry are spelled",
        section: "pack format 4.2",
        values: ["commas", "one"],
    },
    harborChallenge: {
        unknown: "Nothing; whether the basic registry wants a password or its service's token",
        section: "pack format 4.3",
        values: ["basic", "bearer"],
    },
    iamPropagation: {
        unknown: "How long a new role or trust policy takes until STS knows it",
        section: "pack format 4.4",
        values: ["0s", "8s"],
    },
} as const satisfies Record<string, Switch>;
