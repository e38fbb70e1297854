import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import type { ScanSchedules } from "./palette/provider/awsCluster";
import type { MachinePool } from "./palette/provider/machinePools";
import { paletteSettings, type PaletteSettings } from "./palette/provider/settings";

/** The tutorial's newest layers: OS, Kubernetes, network, storage. */
const TUTORIAL_LAYERS = [
    { name: "ubuntu-aws", version: "22.04" },
    { name: "kubernetes", version: "1.32.3" },
    { name: "cni-calico", version: "3.29.3" },
    { name: "csi-aws-ebs", version: "1.41.0" },
];

const TUTORIAL_TAGS = ["spectro-cloud-education", "app:hello-universe", "terraform_managed:false"];

const text = v.pipe(v.string(), v.trim(), v.minLength(1, "expected a text that is not empty"));
const count = v.pipe(v.number("expected a number"), v.integer(), v.minValue(1));
const minutes = v.pipe(v.number("expected a number of minutes"), v.minValue(1));

/** Palette's rule for tags: key and value of at most 63 characters, alphanumeric at both ends. */
const tag = v.pipe(
    v.string(),
    v.regex(
        /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?(:[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/,
        "expected a word or key:value, each at most 63 letters, digits, dots, dashes, underscores, alphanumeric at both ends",
    ),
);

/** Names of clusters, profiles and registries: what is safe in a URL, a DNS label and Palette's console. */
const objectName = v.pipe(
    v.string(),
    v.regex(
        /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
        "expected lower-case letters, digits and dashes, at most 63, beginning with a letter",
    ),
);

const pack = v.strictObject({ path: text });

const credentials = v.variant("type", [
    v.strictObject({
        type: v.literal("sts"),
        roleArn: v.optional(
            v.pipe(
                v.string(),
                v.regex(/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, "expected the ARN of an IAM role"),
            ),
        ),
        externalId: v.optional(text),
    }),
    v.strictObject({ type: v.literal("secret"), accessKey: text, secretKey: text }),
]);

const registry = v.strictObject({
    kind: v.optional(v.literal("ecr"), "ecr"),
    name: v.optional(objectName),
    basePath: v.optional(
        v.pipe(
            v.string(),
            v.regex(
                /^[a-z0-9]+([._-][a-z0-9]+)*(\/[a-z0-9]+([._-][a-z0-9]+)*)*$/,
                "expected a repository prefix in lower case, without a leading or trailing slash",
            ),
            v.check(
                (path) => !path.split("/").includes("spectro-packs"),
                "expected the prefix before spectro-packs only: spectro-packs/archive is added",
            ),
        ),
    ),
    credentials: v.optional(credentials, { type: "sts" }),
    adopt: v.optional(v.boolean(), false),
    forceDelete: v.optional(v.boolean(), false),
    syncTimeout: v.optional(minutes, 10),
});

const layer = v.strictObject({
    name: text,
    version: v.union(
        [text, v.pipe(v.number(), v.transform(String))],
        "expected a version; put it in quotes",
    ),
    registry: v.optional(text, "Public Repo"),
    values: v.optional(v.record(v.string(), v.unknown())),
});

const profile = v.strictObject({
    name: v.optional(objectName),
    version: v.optional(
        v.pipe(
            v.string(),
            v.regex(/^\d+\.\d+\.\d+$/, "expected a version such as 1.0.0, in quotes"),
        ),
        "1.0.0",
    ),
    description: v.optional(v.string(), "My cluster profile as part of the packs tutorial."),
    tags: v.optional(v.array(tag), TUTORIAL_TAGS),
    layers: v.optional(v.array(layer), TUTORIAL_LAYERS),
    spectroProxy: v.optional(text),
    adopt: v.optional(v.boolean(), false),
});

const pool = {
    size: v.optional(count, 1),
    instanceType: v.optional(text, "m4.xlarge"),
    diskSize: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2000)), 60),
    availabilityZones: v.optional(v.array(text)),
    labels: v.optional(v.record(v.string(), v.string())),
    updateStrategy: v.optional(
        v.picklist(["RollingUpdateScaleOut", "RollingUpdateScaleIn"]),
        "RollingUpdateScaleOut",
    ),
};

const controlPlanePool = v.strictObject({
    ...pool,
    name: v.optional(objectName, "control-plane-pool"),
    asWorker: v.optional(v.boolean(), true),
});

const workerPool = v.strictObject({ ...pool, name: v.optional(objectName, "worker-pool") });

const cluster = v.strictObject({
    cloud: v.optional(
        v.literal("aws", "expected aws: this program builds clusters on AWS only"),
        "aws",
    ),
    name: v.optional(objectName),
    description: v.optional(v.string(), "Cluster as part of the Deploy a Custom Pack tutorial."),
    tags: v.optional(v.array(tag), TUTORIAL_TAGS),
    cloudAccount: text,
    region: v.optional(text),
    sshKeyName: text,
    availabilityZones: v.optional(v.array(text), []),
    controlPlanePool: v.optional(controlPlanePool, {}),
    workerPools: v.optional(v.array(workerPool), [{}]),
    scans: v.optional(
        v.strictObject({
            configuration: v.optional(text, "0 0 * * SUN"),
            penetration: v.optional(text, "0 0 * * SUN"),
            conformance: v.optional(text, "0 0 1 * *"),
        }),
        {},
    ),
    adopt: v.optional(v.boolean(), false),
    createTimeout: v.optional(minutes, 60),
    deleteTimeout: v.optional(minutes, 60),
    forceDelete: v.optional(v.boolean(), false),
    applicationTimeout: v.optional(minutes, 15),
});

/** How Palette reads the registry, as configured; without a role's ARN the program creates the role. */
export type RegistryCredentials = v.InferOutput<typeof credentials>;

/** The whole configuration of a stack, checked, with all defaults in. */
export interface Config {
    palette: PaletteSettings;
    /** Name of the Palette project. */
    project: string;
    /** Folders of the custom packs, relative to the project folder. */
    packs: { path: string }[];
    registry: v.InferOutput<typeof registry> & { name: string; basePath: string };
    profile: v.InferOutput<typeof profile> & { name: string };
    cluster: Omit<v.InferOutput<typeof cluster>, "scans" | "controlPlanePool" | "workerPools"> & {
        name: string;
        region: string;
        scans: ScanSchedules;
        /** The control plane first; zones are empty where none are configured. */
        pools: MachinePool[];
    };
}

/**
 * Reads and checks the configuration of the current stack. A name or base path that is not set ends with the
 * stack's name, so that stacks live side by side in one AWS account and one Palette tenant.
 *
 * @throws pulumi.RunError that lists every wrong key with its path, its value (never a secret) and what was expected.
 */
export function readConfig(): Config {
    const config = new pulumi.Config();
    const stack = pulumi
        .getStack()
        .toLowerCase()
        .replace(/[^a-z0-9-]/g, "-");
    const problems: string[] = [];
    const read = <S extends v.GenericSchema>(key: string, schema: S, absent: unknown) => {
        const result = v.safeParse(schema, config.getObject(key) ?? absent);
        problems.push(...(result.issues ?? []).map((issue) => describe(key, issue)));
        return result.output as v.InferOutput<S>;
    };
    const packs = read("packs", v.pipe(v.array(pack), v.minLength(1)), [
        { path: "packs/hello-universe-pack" },
    ]);
    const registries = read(
        "registries",
        v.pipe(v.array(registry), v.length(1, "expected one registry")),
        [{}],
    );
    const profileConfig = read("profile", profile, {});
    const clusterConfig = read("cluster", cluster, {});
    let palette!: PaletteSettings;
    try {
        palette = paletteSettings((key) => config.get(key));
    } catch (error) {
        problems.push((error as Error).message);
    }
    const region = clusterConfig?.region ?? new pulumi.Config("aws").get("region");
    if (region === undefined) {
        problems.push("cluster.region: not set, and neither is aws:region; set one of them");
    }
    if (problems.length > 0) {
        throw new pulumi.RunError(
            `The configuration of stack ${stack} is not right:\n  ${problems.join("\n  ")}`,
        );
    }
    const [registryConfig] = registries;
    const { controlPlanePool, workerPools, ...restOfCluster } = clusterConfig;
    return {
        palette,
        project: config.get("paletteProject") || "Default",
        packs,
        registry: {
            ...registryConfig!,
            name: registryConfig!.name ?? `ecr-registry-${stack}`,
            basePath: registryConfig!.basePath ?? `spectro-oci-registry-${stack}`,
        },
        profile: { ...profileConfig, name: profileConfig.name ?? `pack-tutorial-profile-${stack}` },
        cluster: {
            ...restOfCluster,
            name: clusterConfig.name ?? `pack-tutorial-cluster-${stack}`,
            region: region!,
            pools: [
                machinePool(controlPlanePool, controlPlanePool.asWorker, clusterConfig),
                ...workerPools.map((one) => machinePool(one, undefined, clusterConfig)),
            ],
        },
    };
}

/** A pool with the tutorial's labels and the cluster's zones where it has none of its own. */
function machinePool(
    pool: Omit<v.InferOutput<typeof workerPool>, never>,
    asWorker: boolean | undefined,
    { availabilityZones }: { availabilityZones: string[] },
): MachinePool {
    const controlPlane = asWorker !== undefined;
    return {
        name: pool.name,
        controlPlane,
        controlPlaneAsWorker: asWorker ?? false,
        size: pool.size,
        instanceType: pool.instanceType,
        diskSize: pool.diskSize,
        availabilityZones: pool.availabilityZones ?? availabilityZones,
        labels: pool.labels ?? {
            owner: "docs",
            purpose: "tutorial",
            type: controlPlane ? "control-plane-node" : "worker-node",
        },
        updateStrategy: pool.updateStrategy,
    };
}

/** `cluster.workerPools[1].size: "two": expected a number`. */
function describe(key: string, issue: v.BaseIssue<unknown>): string {
    const path = (issue.path ?? []).map(({ key: step }) =>
        typeof step === "number" ? `[${step}]` : `.${String(step)}`,
    );
    const where = key + path.join("");
    if (issue.kind === "schema" && issue.input === undefined) {
        const flag = path.length > 0 ? "--path " : "";
        return `${where}: required; set it with: pulumi config set ${flag}'${where}' <value>`;
    }
    if (issue.type === "strict_object") {
        return `${where}: unknown key; expected ${issue.expected === "never" ? "one of the documented keys" : issue.expected}`;
    }
    const secret = /secret|accessKey|apiKey|password|token/i.test(where);
    const value = secret ? "" : ` ${JSON.stringify(issue.input)}:`;
    return `${where}:${value} ${issue.message}`;
}
