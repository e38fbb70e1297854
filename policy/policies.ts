import {
    UnknownValueError,
    type Policies,
    type PolicyConfigSchema,
    type ReportViolation,
    type ResourceValidationArgs,
    type ResourceValidationPolicy,
} from "@pulumi/policy";

/** The types of resources that the policies look at, as the engine calls them. */
const type = {
    repository: "aws:ecr/repository:Repository",
    user: "aws:iam/user:User",
    packRepository: "pulumi-nodejs:dynamic/palette:PackRepository",
    ociRegistry: "pulumi-nodejs:dynamic/palette:OciRegistry",
    profile: "pulumi-nodejs:dynamic/palette:ClusterProfile",
    cluster: "pulumi-nodejs:dynamic/palette:AwsCluster",
};

/** A pool of a cluster, as far as policies look at it. */
interface Pool {
    name: string;
    size: number;
    maxSize?: number;
    instanceType: string;
}

/** A policy for resources of some types, on whose inputs it works: a preview knows them, and stops before anything is made. */
function policy<Settings extends object = object>(
    name: string,
    description: string,
    types: string[],
    configSchema: PolicyConfigSchema | undefined,
    validate: (
        resource: ResourceValidationArgs,
        report: ReportViolation,
        settings: Settings,
    ) => void,
): ResourceValidationPolicy {
    return {
        name,
        description,
        ...(configSchema && { configSchema }),
        validateResource: (resource, report) => {
            if (types.includes(resource.type)) {
                validate(resource, report, resource.getConfig<Settings>());
            }
        },
    };
}

const texts = (...values: string[]) => ({
    type: "array" as const,
    items: { type: "string" as const },
    default: values,
});

const stsCredentials = policy(
    "sts-credentials",
    "Palette reads an ECR with a role that it assumes, not with a long-lived key.",
    [type.user, type.ociRegistry],
    undefined,
    ({ type: kind, name, props }, report) => {
        const wayOut = "set credentials: { type: sts } of that registry";
        if (kind === type.user) {
            report(`The user ${name} would get a long-lived access key; ${wayOut}.`);
        } else if (known(() => props.kind) !== "basic" && secretType(props)) {
            report(`The registry ${name} is read with an access key; ${wayOut}.`);
        }
    },
);

/** Whether the credentials are a key pair; those of a role that is still to be made are unknown in a preview. */
function secretType(props: ResourceValidationArgs["props"]): boolean {
    return known(() => props.credentials.type) === "secret";
}

const immutableTags = policy(
    "immutable-tags",
    "A repository does not let a published version be overwritten.",
    [type.repository],
    undefined,
    ({ name, props }, report) => {
        if (props.imageTagMutability !== "IMMUTABLE") {
            report(
                `The repository ${name} has tags that can be overwritten; set immutableTags: true of its registry.`,
            );
        }
    },
);

const noOverwrite = policy(
    "no-overwrite",
    "The content of a published version of a pack never changes.",
    [type.packRepository],
    undefined,
    ({ name, props }, report) => {
        if (props.overwrite === true) {
            report(
                `Versions in ${name} can be overwritten; remove overwritePacks, and give a changed pack another version.`,
            );
        }
    },
);

interface Layer {
    name: string;
    version: string;
    movingTag?: string;
}

const pinnedVersions = policy(
    "pinned-versions",
    "A profile has exact versions of its layers, and custom packs are promoted by their digests.",
    [type.profile, type.packRepository],
    undefined,
    ({ type: kind, name, props }, report) => {
        if (kind === type.profile) {
            for (const { name: layer, version, movingTag } of props.layers as Layer[]) {
                if (movingTag !== undefined) {
                    report(
                        `The layer ${layer} of profile ${name} has the moving tag ${movingTag}; write the version that it stands for: "${version}".`,
                    );
                }
            }
            return;
        }
        const versions: Record<string, { digest: string; pinnedDigest?: string }> = props.versions;
        for (const [version, { digest, pinnedDigest }] of Object.entries(versions)) {
            if (pinnedDigest === undefined) {
                report(
                    `Version ${version} in ${name} is not pinned; set digest: ${digest} of that pack.`,
                );
            }
        }
    },
);

const allowedRegions = policy<{ regions: string[] }>(
    "allowed-regions",
    "Clusters are in allowed regions.",
    [type.cluster],
    { properties: { regions: texts("us-east-1", "us-east-2", "us-west-2", "eu-west-1") } },
    ({ name, props }, report, { regions }) => {
        if (!regions.includes(props.region)) {
            report(
                `The cluster ${name} is in region ${props.region}; allowed are ${regions.join(", ")}.`,
            );
        }
    },
);

const allowedInstanceTypes = policy<{ instanceTypes: string[] }>(
    "allowed-instance-types",
    "Machines are of allowed types.",
    [type.cluster],
    { properties: { instanceTypes: texts("m4.xlarge", "m5.xlarge", "m5.2xlarge") } },
    ({ name, props }, report, { instanceTypes }) => {
        for (const pool of props.pools as Pool[]) {
            if (!instanceTypes.includes(pool.instanceType)) {
                report(
                    `The pool ${pool.name} of cluster ${name} has machines of type ${pool.instanceType}; allowed are ${instanceTypes.join(", ")}.`,
                );
            }
        }
    },
);

const requiredTags = policy<{ tags: string[] }>(
    "required-tags",
    "Clusters and profiles have tags that tell what they are for.",
    [type.cluster, type.profile],
    { properties: { tags: texts("app", "environment") } },
    ({ type: kind, name, props }, report, { tags }) => {
        const keys = [...(props.tags as string[])].map((tag) => tag.split(":")[0]);
        const missing = tags.filter((tag) => !keys.includes(tag));
        if (missing.length > 0) {
            const what = kind === type.cluster ? "cluster" : "profile";
            report(
                `The ${what} ${name} lacks the tags ${missing.join(", ")}; add them to its tags.`,
            );
        }
    },
);

const deletionProtection = policy(
    "deletion-protection",
    "Clusters are protected from deletion and replacement.",
    [type.cluster],
    undefined,
    ({ name, opts }, report) => {
        if (!opts.protect) {
            report(`The cluster ${name} is not protected; remove allowClusterDeletion.`);
        }
    },
);

const costCeiling = policy<{ maximum: number; prices: Record<string, number> }>(
    "cost-ceiling",
    "The machines of a cluster cost no more than an hourly price in US dollars.",
    [type.cluster],
    {
        properties: {
            maximum: { type: "number", minimum: 0, default: 2 },
            // On-demand Linux in us-east-1, from AWS's price list.
            prices: {
                type: "object",
                additionalProperties: { type: "number" },
                default: { "m4.xlarge": 0.2, "m5.xlarge": 0.192, "m5.2xlarge": 0.384 },
            },
        },
    },
    ({ name, props }, report, { maximum, prices }) => {
        let sum = 0;
        for (const { name: pool, instanceType, size, maxSize = 0 } of props.pools as Pool[]) {
            const price = prices[instanceType];
            if (price === undefined) {
                report(
                    `The pool ${pool} of cluster ${name}: the price of ${instanceType} is not known; add it to the policy's prices.`,
                );
                return;
            }
            sum += price * Math.max(size, maxSize);
        }
        if (sum > maximum) {
            report(
                `The machines of cluster ${name} cost up to ${sum.toFixed(2)} USD an hour; allowed are ${maximum.toFixed(2)}.`,
            );
        }
    },
);

/** A value that a preview may not know yet; undefined then. */
function known<T>(read: () => T): T | undefined {
    try {
        return read();
    } catch (error) {
        if (error instanceof UnknownValueError) {
            return undefined;
        }
        throw error;
    }
}

/** All policies of the pack. */
export const policies: Policies = [
    stsCredentials,
    immutableTags,
    noOverwrite,
    pinnedVersions,
    allowedRegions,
    allowedInstanceTypes,
    requiredTags,
    deletionProtection,
    costCeiling,
];
