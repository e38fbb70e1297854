import * as v from "valibot";
import {
    adopt,
    cron,
    documented,
    flag,
    minutes,
    objectName,
    tags,
    text,
    texts,
    whole,
    yaml,
} from "./fields";
import { controlPlanePool, workerPool } from "./poolKeys";
import { TUTORIAL_TAGS } from "./tutorial";

/** Scheduled backups; the names are those of Palette's API (`v1ClusterBackupConfig`). */
const backup = v.strictObject({
    backupLocationName: documented(text, "name of a backup location in Palette"),
    backupPrefix: documented(text, "prefix of the backups' names"),
    schedule: documented(cron, "cron expression"),
    durationInHours: documented(whole(1), "how long a backup is kept"),
    includeAllDisks: documented(v.optional(v.boolean(), true), "with persistent disks"),
    includeClusterResourceMode: documented(
        v.optional(v.picklist(["Always", "Auto", "Never"]), "Always"),
        "whether cluster-scoped resources are included",
    ),
    namespaces: documented(v.optional(v.array(text)), "namespaces in the backup", "all"),
});

/** The names are those of Palette's API (`v1ClusterRbacBinding`). */
const roleBinding = v.strictObject({
    type: documented(
        v.picklist(["RoleBinding", "ClusterRoleBinding"]),
        "of a namespace, or of the cluster",
    ),
    namespace: documented(v.optional(text), "namespace of a RoleBinding", "none"),
    role: documented(
        v.strictObject({
            kind: documented(v.picklist(["Role", "ClusterRole"]), "kind of the role"),
            name: documented(text, "name of the role"),
        }),
        "the role",
    ),
    subjects: documented(
        v.pipe(
            v.array(
                v.strictObject({
                    type: documented(
                        v.picklist(["User", "Group", "ServiceAccount"]),
                        "kind of the subject",
                    ),
                    name: documented(text, "name of the subject"),
                    namespace: documented(
                        v.optional(text),
                        "namespace of a ServiceAccount",
                        "none",
                    ),
                }),
            ),
            v.minLength(1, "expected at least one subject"),
        ),
        "who has the role",
    ),
});

const osPatch = v.strictObject({
    onBoot: documented(flag, "patch when a machine starts"),
    rebootIfRequired: documented(flag, "restart a machine that a patch demands to"),
    schedule: documented(v.optional(cron), "cron expression", "none"),
    after: documented(
        v.optional(
            v.pipe(
                v.string('expected a time such as "2027-01-31T02:00:00Z", in quotes'),
                v.isoTimestamp("expected a time such as 2027-01-31T02:00:00Z"),
            ),
        ),
        "once, after this time (ISO 8601, in quotes)",
        "none",
    ),
});

/** The keys of `cluster` and of each of `clusters`. */
export const cluster = v.strictObject({
    cloud: documented(
        v.optional(
            v.literal("aws", "expected aws: this program builds clusters on AWS only"),
            "aws",
        ),
        "the cloud; this program builds clusters on AWS",
    ),
    name: documented(v.optional(objectName), "name in Palette", "`pack-tutorial-cluster-<stack>`"),
    description: documented(
        v.optional(v.string(), "Cluster as part of the Deploy a Custom Pack tutorial."),
        "description in Palette",
    ),
    tags: documented(v.optional(tags, TUTORIAL_TAGS), "words or `key:value`"),
    cloudAccount: documented(text, "name of the AWS account in Palette"),
    region: documented(
        v.optional(text),
        "AWS region",
        "`aws:region`, `AWS_REGION`, `AWS_DEFAULT_REGION`, or the AWS profile's",
    ),
    sshKeyName: documented(text, "EC2 key pair in the region"),
    vpcId: documented(
        v.optional(v.pipe(v.string(), v.regex(/^vpc-[0-9a-f]+$/, "expected a VPC's id"))),
        "existing VPC; every pool then needs `subnets`",
        "Palette creates one",
    ),
    controlPlaneLoadBalancer: documented(
        v.optional(v.picklist(["Internet-facing", "internal"])),
        "who reaches the API server",
        "`Internet-facing`",
    ),
    availabilityZones: documented(
        v.optional(v.array(text), []),
        "zones of all pools; empty means the first available",
    ),
    controlPlanePool: documented(v.optional(controlPlanePool, {}), "the pool of the control plane"),
    workerPools: documented(v.optional(v.array(workerPool), [{}]), "the pools of workers"),
    profiles: documented(v.optional(v.array(objectName)), "names of profiles of the stack", "all"),
    variables: documented(v.optional(texts), "values of profile variables", "none"),
    packValues: documented(
        v.optional(v.record(v.string(), yaml)),
        "pack → values in this cluster alone",
        "none",
    ),
    scans: documented(
        v.optional(
            v.strictObject({
                configuration: documented(
                    v.optional(v.nullable(cron), "0 0 * * SUN"),
                    "cron expression, or `null` for none (CIS benchmark of Kubernetes)",
                ),
                penetration: documented(
                    v.optional(v.nullable(cron), "0 0 * * SUN"),
                    "cron expression, or `null` for none (kube-hunter)",
                ),
                conformance: documented(
                    v.optional(v.nullable(cron), "0 0 1 * *"),
                    "cron expression, or `null` for none (Sonobuoy)",
                ),
            }),
            {},
        ),
        "schedules of compliance scans",
    ),
    backup: documented(v.optional(backup), "scheduled backups", "none"),
    roleBindings: documented(
        v.optional(v.array(roleBinding)),
        "bindings of Kubernetes roles",
        "none",
    ),
    osPatch: documented(v.optional(osPatch), "patches of the operating system", "none"),
    rolloutGroup: documented(
        v.optional(whole(1)),
        "clusters with the same number change side by side, after those with lower ones",
        "its place in `clusters`",
    ),
    repave: documented(
        v.optional(v.picklist(["approve", "stop"]), "stop"),
        "`approve`: a change may replace nodes",
    ),
    adopt: documented(adopt, "take over an existing cluster of this name; a uid says which one"),
    createTimeout: documented(
        v.optional(minutes, 60),
        "deadline in minutes for creation and changes",
    ),
    deleteTimeout: documented(v.optional(minutes, 60), "deadline in minutes for the deletion"),
    forceDelete: documented(flag, "force a deletion that is stuck for 15 minutes"),
    applicationTimeout: documented(
        v.optional(minutes, 15),
        "deadline in minutes for the hosts of load balancers",
    ),
});
