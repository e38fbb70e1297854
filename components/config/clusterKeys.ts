import * as v from "valibot";
import { adopt, cron, flag, minutes, objectName, tags, text, texts, whole, yaml } from "./fields";
import { controlPlanePool, workerPool } from "./poolKeys";
import { TUTORIAL_TAGS } from "./tutorial";

/** Scheduled backups; the names are those of Palette's API (`v1ClusterBackupConfig`). */
const backup = v.strictObject({
    backupLocationName: text,
    backupPrefix: text,
    schedule: cron,
    durationInHours: whole(1),
    includeAllDisks: v.optional(v.boolean(), true),
    includeClusterResourceMode: v.optional(v.picklist(["Always", "Auto", "Never"]), "Always"),
    namespaces: v.optional(v.array(text)),
});

/** The names are those of Palette's API (`v1ClusterRbacBinding`). */
const roleBinding = v.strictObject({
    type: v.picklist(["RoleBinding", "ClusterRoleBinding"]),
    namespace: v.optional(text),
    role: v.strictObject({ kind: v.picklist(["Role", "ClusterRole"]), name: text }),
    subjects: v.pipe(
        v.array(
            v.strictObject({
                type: v.picklist(["User", "Group", "ServiceAccount"]),
                name: text,
                namespace: v.optional(text),
            }),
        ),
        v.minLength(1, "expected at least one subject"),
    ),
});

const osPatch = v.strictObject({
    onBoot: flag,
    rebootIfRequired: flag,
    schedule: v.optional(cron),
    after: v.optional(
        v.pipe(
            v.string('expected a time such as "2027-01-31T02:00:00Z", in quotes'),
            v.isoTimestamp("expected a time such as 2027-01-31T02:00:00Z"),
        ),
    ),
});

/** The keys of `cluster` and of each of `clusters`. */
export const cluster = v.strictObject({
    cloud: v.optional(
        v.literal("aws", "expected aws: this program builds clusters on AWS only"),
        "aws",
    ),
    name: v.optional(objectName),
    description: v.optional(v.string(), "Cluster as part of the Deploy a Custom Pack tutorial."),
    tags: v.optional(tags, TUTORIAL_TAGS),
    cloudAccount: text,
    region: v.optional(text),
    sshKeyName: text,
    vpcId: v.optional(v.pipe(v.string(), v.regex(/^vpc-[0-9a-f]+$/, "expected a VPC's id"))),
    controlPlaneLoadBalancer: v.optional(v.picklist(["Internet-facing", "internal"])),
    availabilityZones: v.optional(v.array(text), []),
    controlPlanePool: v.optional(controlPlanePool, {}),
    workerPools: v.optional(v.array(workerPool), [{}]),
    profiles: v.optional(v.array(objectName)),
    variables: v.optional(texts),
    packValues: v.optional(v.record(v.string(), yaml)),
    scans: v.optional(
        v.strictObject({
            configuration: v.optional(v.nullable(cron), "0 0 * * SUN"),
            penetration: v.optional(v.nullable(cron), "0 0 * * SUN"),
            conformance: v.optional(v.nullable(cron), "0 0 1 * *"),
        }),
        {},
    ),
    backup: v.optional(backup),
    roleBindings: v.optional(v.array(roleBinding)),
    osPatch: v.optional(osPatch),
    rolloutGroup: v.optional(whole(1)),
    repave: v.optional(v.picklist(["approve", "stop"]), "stop"),
    adopt,
    createTimeout: v.optional(minutes, 60),
    deleteTimeout: v.optional(minutes, 60),
    forceDelete: flag,
    applicationTimeout: v.optional(minutes, 15),
});
