/** Schedules of the security scans, as cron expressions. An absent one means no scans of that kind. */
export interface ScanSchedules {
    /** kube-bench. */
    configuration?: string;
    /** kube-hunter. */
    penetration?: string;
    /** sonobuoy. */
    conformance?: string;
}

/** Scheduled backups (`v1ClusterBackupConfig`, whose names these are). */
export interface BackupPolicy {
    /** Start of every backup's name. */
    backupPrefix: string;
    /** Where backups go: name, uid or both of a backup location in Palette. */
    backupLocationName?: string;
    backupLocationUid?: string;
    /** Cron expression. */
    schedule: string;
    /** How long a backup is kept. */
    durationInHours: number;
    includeAllDisks: boolean;
    includeClusterResourceMode: "Always" | "Auto" | "Never";
    /** Absent or empty: all. */
    namespaces?: string[];
}

/** A role binding that Palette makes in the cluster (`v1ClusterRbacBinding`, whose names these are). */
export interface RoleBinding {
    type: "RoleBinding" | "ClusterRoleBinding";
    /** Of a RoleBinding only. */
    namespace?: string;
    role: { kind: "Role" | "ClusterRole"; name: string };
    subjects: {
        type: "User" | "Group" | "ServiceAccount";
        name: string;
        /** Of a ServiceAccount only. */
        namespace?: string;
    }[];
}

/** Security patches of the nodes' operating system (`v1OsPatchConfig`). */
export interface OsPatch {
    /** Patch a node once, when it boots first. */
    onBoot?: boolean;
    /** Cron expression. */
    schedule?: string;
    /** A time (RFC 3339) for one patch on demand. */
    after?: string;
    rebootIfRequired?: boolean;
}

/**
 * What a stack may manage of a cluster beside its nodes and profiles. What is absent is not managed: what others set is
 * left alone. Taking a feature out of the configuration removes it.
 */
export interface ClusterFeatures {
    scans?: ScanSchedules;
    backup?: BackupPolicy;
    roleBindings?: RoleBinding[];
    osPatch?: OsPatch;
}

/** `v1OsPatchConfig`. */
export interface ObservedOsPatch {
    patchOnBoot?: boolean;
    schedule?: string;
    onDemandPatchAfter?: string;
    rebootIfRequired?: boolean;
}
