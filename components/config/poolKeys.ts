import * as v from "valibot";
import { documented, labelKey, labelValue, objectName, text, texts, whole } from "./fields";

const taint = v.strictObject({
    key: documented(labelKey, "key of the taint"),
    value: documented(v.optional(labelValue), "value of the taint", "none"),
    effect: documented(
        v.picklist(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
        "what happens to pods that do not tolerate it",
    ),
});

const numberOrShare = v.pipe(
    v.string(),
    v.regex(/^\d+%?$/, 'expected a number or a percentage, such as "1" or "25%"'),
);

const poolFields = {
    size: documented(v.optional(whole(1), 1), "number of machines"),
    minSize: documented(v.optional(whole(0)), "least number, with autoscaling", "no autoscaling"),
    maxSize: documented(
        v.optional(whole(1)),
        "greatest number, with autoscaling",
        "no autoscaling",
    ),
    instanceType: documented(v.optional(text, "m4.xlarge"), "EC2 instance type"),
    diskSize: documented(
        v.optional(v.pipe(whole(1), v.maxValue(2000, "expected at most 2000 GiB")), 60),
        "root disk in GiB, at most 2000",
    ),
    capacityType: documented(
        v.optional(v.picklist(["on-demand", "spot"])),
        "how AWS bills the machines",
        "`on-demand`",
    ),
    spotMaxPrice: documented(
        v.optional(v.pipe(v.string(), v.regex(/^\d+(\.\d+)?$/, "expected a price"))),
        "highest spot price in US dollars an hour, in quotes",
        "the on-demand price",
    ),
    availabilityZones: documented(
        v.optional(v.array(text)),
        "zones of the machines",
        "those of the cluster",
    ),
    subnets: documented(v.optional(texts), "zone → subnet id, with `vpcId`", "none"),
    labels: documented(
        v.optional(v.record(labelKey, labelValue)),
        "labels of the nodes",
        "the tutorial's",
    ),
    taints: documented(v.optional(v.array(taint)), "taints of the nodes", "none"),
    updateStrategy: documented(
        v.optional(
            v.picklist(["RollingUpdateScaleOut", "RollingUpdateScaleIn", "OverrideScaling"]),
            "RollingUpdateScaleOut",
        ),
        "how nodes are replaced",
    ),
    maxSurge: documented(
        v.optional(numberOrShare),
        "with `OverrideScaling`: additional nodes, a number or percentage",
        "none",
    ),
    maxUnavailable: documented(
        v.optional(numberOrShare),
        "with `OverrideScaling`: missing nodes, a number or percentage",
        "none",
    ),
};

// What the fields of a pool demand of each other is in packages/palette/cluster/clusterRules.ts.
/** The keys of `controlPlanePool`. */
export const controlPlanePool = v.strictObject({
    ...poolFields,
    name: documented(v.optional(objectName, "control-plane-pool"), "name of the pool"),
    asWorker: documented(v.optional(v.boolean(), true), "the control plane runs applications, too"),
});

/** The keys of each of `workerPools`. */
export const workerPool = v.strictObject({
    ...poolFields,
    name: documented(v.optional(objectName, "worker-pool"), "name of the pool"),
    nodeRepaveInterval: documented(
        v.optional(whole(0)),
        "seconds between two replacements of nodes",
        "Palette's",
    ),
});
