/** Layers of a cluster profile, in the order in which a cluster is built from them. */
export const LAYERS = ["kernel", "os", "k8s", "cni", "csi", "addon"] as const;
export type Layer = (typeof LAYERS)[number];

/** What people write for a layer. */
export const otherLayerNames = new Map([
    ["app", "addon"],
    ["application", "addon"],
    ["kubernetes", "k8s"],
    ["network", "cni"],
    ["networking", "cni"],
    ["storage", "csi"],
]);

/** Types that Palette, its Terraform provider and published packs file add-on packs under. */
export const ADDON_TYPES: readonly string[] = [
    "app services",
    "authentication",
    "ingress",
    "integration",
    "load balancer",
    "logging",
    "monitoring",
    "network",
    "registry",
    "security",
    "servicemesh",
    "storage",
    "system app",
    "ai",
];

/**
 * Clouds of the documented pack schema, the public pack repository's and the Terraform provider's.
 */
export const CLOUDS: readonly string[] = [
    "all",
    "aws",
    "azure",
    "gcp",
    "vsphere",
    "openstack",
    "baremetal",
    "maas",
    "aks",
    "eks",
    "gke",
    "tke",
    "tencent",
    "edge",
    "edge-native",
    "libvirt",
    "coxedge",
    "custom",
];

/** What people write for a cloud. */
export const otherCloudNames = new Map([
    ["any", "all"],
    ["amazon", "aws"],
    ["google", "gcp"],
    ["vmware", "vsphere"],
]);

/**
 * The fields of pack.json (Palette documentation, "Add-on Packs", JSON schema) and those that
 * published packs have besides. `text` and `texts` are checked for their type; the others have
 * rules of their own.
 */
export const packJsonFields: Readonly<Record<string, "text" | "texts" | "own">> = {
    name: "own",
    displayName: "own",
    version: "own",
    layer: "own",
    addonType: "text",
    addonSubType: "text",
    cloudType: "text",
    cloudTypes: "own",
    charts: "own",
    kubeManifests: "own",
    group: "text",
    annotations: "own",
    eol: "text",
    constraints: "own",
    ansibleRoles: "texts",
    commit_msg: "own",
    kubeVersion: "own",
    readme: "own",
    $schema: "own",
};

/** What other formats call a field of pack.json. */
export const otherFieldNames = new Map([
    ["clouds", "cloudTypes"],
    ["packName", "name"],
    ["title", "displayName"],
    ["type", "addonType"],
]);

/** Annotations that Palette's own and published packs have. */
export const KNOWN_ANNOTATIONS: readonly string[] = [
    "airgap",
    "architecture",
    "cloudRegion",
    "commit_msg",
    "contributor",
    "description",
    "disabled",
    "docsURL",
    "imageId",
    "imageOffer",
    "imageOwner",
    "imagePublisher",
    "imageSKU",
    "ingressCapability",
    "ingressSupported",
    "osName",
    "os_spectro_version",
    "prerequisitesRequired",
    "revision",
    "skipK8sInstall",
    "source",
    "sshPassword",
    "sshUsername",
    "system_state",
    "upstreamRef",
    "upstreamVersion",
];

/**
 * Whether a name can be the last segment of an OCI repository path (OCI Distribution Specification,
 * "name").
 */
export function isPackName(name: string): boolean {
    return name.length <= 128 && /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/.test(name);
}

/** Whether a name can be a segment of a repository path of ECR, which wants every separator alone (CreateRepository). */
export function isEcrName(name: string): boolean {
    return /^[a-z0-9]+([._-][a-z0-9]+)*$/.test(name);
}

/** Whether a version can be an OCI tag (OCI Distribution Specification, "reference"). */
export function isPackVersion(version: string): boolean {
    return /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(version);
}

/** Numbers without leading zeros, a pre-release, build metadata (semver.org, version 2.0.0). */
const semver = (() => {
    const number = "(?:0|[1-9]\\d*)";
    const identifier = `(?:${number}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
    const build = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
    return new RegExp(
        `^${number}\\.${number}\\.${number}(?:-${identifier}(?:\\.${identifier})*)?(?:\\+${build})?$`,
    );
})();

/** Whether a version is strict semantic versioning. */
export function isSemver(version: string): boolean {
    return semver.test(version);
}

/**
 * Compares versions part by part as numbers, however many parts they have: `1.29` is below
 * `1.29.4`, a pre-release below its release. Returns a negative number, zero or a positive number;
 * undefined when one has no number.
 */
export function compareVersions(a: string, b: string): number | undefined {
    const parse = (version: string) => /^v?(\d+(?:\.\d+)*)(-)?/.exec(version.trim());
    const [left, right] = [parse(a), parse(b)];
    if (!left || !right) {
        return undefined;
    }
    const [x, y] = [left, right].map((match) => (match[1] as string).split(".").map(Number));
    for (let index = 0; index < Math.max(x?.length ?? 0, y?.length ?? 0); index += 1) {
        const difference = (x?.[index] ?? 0) - (y?.[index] ?? 0);
        if (difference !== 0) {
            return difference;
        }
    }
    return Number(left[2] === undefined) - Number(right[2] === undefined);
}
