/** Keys at the root of values.yaml that belong to Palette. */
export const rootKeys = ["pack", "charts", "manifests", "readinessCheck"];

/** Keys of `pack` in values.yaml (Palette documentation, "Profile Customization"). */
export const packKeys = [
    "namespace",
    "content",
    "releaseNameOverride",
    "namespaceLabels",
    "namespaceAnnotations",
    "additionalNamespaces",
    "spectrocloud.com/install-priority",
    "spectrocloud.com/display-name",
];

/** What people write for a key of `pack`. */
export const otherPackKeys = new Map([
    ["displayName", "spectrocloud.com/display-name"],
    ["display-name", "spectrocloud.com/display-name"],
    ["install-priority", "spectrocloud.com/install-priority"],
    ["installPriority", "spectrocloud.com/install-priority"],
    ["ns", "namespace"],
    ["priority", "spectrocloud.com/install-priority"],
]);

/** Keys of an item of `readinessCheck`, which is a list under a version such as v1beta1. */
export const readinessKeys = ["name", "kind", "group", "version", "namespace", "keysToCheck"];

export const contentKeys = ["images", "charts"];

/** Keys of `constraints` in pack.json and of what is in it (Palette documentation, "Pack Constraints"). */
export const constraintKeys = ["dependencies", "resources"];
export const dependencyKeys = ["packName", "layer", "type", "minVersion", "maxVersion"];
export const resourceKeys = ["type", "minLimit", "components"];
export const componentKeys = ["scheduleType", "resourceRequestParamRef", "replicaCountParamRef"];

/** Keys of a preset in presets.yaml. */
export const presetKeys = ["name", "displayName", "group", "add", "remove"];

/** What people write for a key of a preset. */
export const otherPresetKeys = new Map([
    ["label", "displayName"],
    ["title", "displayName"],
    ["values", "add"],
]);
