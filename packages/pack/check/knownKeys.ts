/** Keys at the root of values.yaml that belong to Palette. */
export const ROOT_KEYS = ["pack", "charts", "manifests", "readinessCheck"];

/** Keys of `pack` in values.yaml (Palette documentation, "Profile Customization"). */
export const PACK_KEYS = [
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
export const READINESS_KEYS = ["name", "kind", "group", "version", "namespace", "keysToCheck"];

export const CONTENT_KEYS = ["images", "charts"];

/** Keys of `constraints` in pack.json and of what is in it (Palette documentation, "Pack Constraints"). */
export const CONSTRAINT_KEYS = ["dependencies", "resources"];
export const DEPENDENCY_KEYS = ["packName", "layer", "type", "minVersion", "maxVersion"];
export const RESOURCE_KEYS = ["type", "minLimit", "components"];
export const COMPONENT_KEYS = ["scheduleType", "resourceRequestParamRef", "replicaCountParamRef"];

/** Keys of a preset in presets.yaml. */
export const PRESET_KEYS = ["name", "displayName", "group", "add", "remove"];

/** What people write for a key of a preset. */
export const otherPresetKeys = new Map([
    ["label", "displayName"],
    ["title", "displayName"],
    ["values", "add"],
]);
