import * as v from "valibot";
import { objectName, text, texts, whole } from "./fields";

const taint = v.strictObject({
    key: text,
    value: v.optional(v.string()),
    effect: v.picklist(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
});

const poolFields = {
    size: v.optional(whole(1), 1),
    minSize: v.optional(whole(0)),
    maxSize: v.optional(whole(1)),
    instanceType: v.optional(text, "m4.xlarge"),
    diskSize: v.optional(v.pipe(whole(1), v.maxValue(2000, "expected at most 2000 GiB")), 60),
    capacityType: v.optional(v.picklist(["on-demand", "spot"])),
    spotMaxPrice: v.optional(v.pipe(v.string(), v.regex(/^\d+(\.\d+)?$/, "expected a price"))),
    availabilityZones: v.optional(v.array(text)),
    subnets: v.optional(texts),
    labels: v.optional(texts),
    taints: v.optional(v.array(taint)),
    updateStrategy: v.optional(
        v.picklist(["RollingUpdateScaleOut", "RollingUpdateScaleIn", "OverrideScaling"]),
        "RollingUpdateScaleOut",
    ),
    maxSurge: v.optional(text),
    maxUnavailable: v.optional(text),
};

// What the fields of a pool demand of each other is in packages/palette/cluster/clusterRules.ts.
/** The keys of `controlPlanePool`. */
export const controlPlanePool = v.strictObject({
    ...poolFields,
    name: v.optional(objectName, "control-plane-pool"),
    asWorker: v.optional(v.boolean(), true),
});

/** The keys of each of `workerPools`. */
export const workerPool = v.strictObject({
    ...poolFields,
    name: v.optional(objectName, "worker-pool"),
    nodeRepaveInterval: v.optional(whole(0)),
});
