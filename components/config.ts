import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import type { ScanSchedules } from "./palette/provider/awsCluster";
import type { MachinePool } from "./palette/provider/machinePools";
import { OWNER_LABEL } from "./palette/provider/ownership";
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
const count = v.pipe(
    v.number("expected a number"),
    v.integer("expected an integer"),
    v.minValue(1, "expected at least 1"),
);
const minutes = v.pipe(
    v.number("expected a number of minutes"),
    v.minValue(1, "expected at least 1"),
);

/** Palette's rule for tags: key and value of at most 63 characters, alphanumeric at both ends. */
const tag = v.pipe(
    v.string(),
    v.regex(
        /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?(:[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/,
        "expected a word or key:value, each at most 63 letters, digits, dots, dashes, underscores, alphanumeric at both ends",
    ),
);

/** A tag is a label in the API, so a key can have one value only. */
const tags = v.pipe(
    v.array(tag),
    v.check(
        (all) => areUnique(all.map((one) => one.split(":")[0]!)),
        "expected every tag to have a key of its own",
    ),
    v.check(
        (all) =>
            all.every(
                (one) => !one.startsWith(`${OWNER_LABEL}:`) && !one.endsWith(":spectro__tag"),
            ),
        `expected no tag ${OWNER_LABEL}:… or …:spectro__tag, which have a meaning of their own`,
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
    v.pipe(
        v.strictObject({
            type: v.literal("sts"),
            roleArn: v.optional(
                v.pipe(
                    v.string(),
                    v.regex(
                        /^arn:aws[\w-]*:iam::\d{12}:role\/.+$/,
                        "expected the ARN of an IAM role",
                    ),
                ),
            ),
            externalId: v.optional(text),
        }),
        v.check(
            ({ roleArn, externalId }) => (roleArn === undefined) === (externalId === undefined),
            "expected roleArn and externalId together, or neither: the stack then creates the role",
        ),
    ),
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
    version: v.pipe(
        v.string("expected a version, in quotes"),
        v.minLength(1, "expected a version"),
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
    tags: v.optional(tags, TUTORIAL_TAGS),
    layers: v.optional(v.array(layer), TUTORIAL_LAYERS),
    spectroProxy: v.optional(text),
    adopt: v.optional(v.boolean(), false),
});

const pool = {
    size: v.optional(count, 1),
    instanceType: v.optional(text, "m4.xlarge"),
    diskSize: v.optional(v.pipe(count, v.maxValue(2000, "expected at most 2000 GiB")), 60),
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
    tags: v.optional(tags, TUTORIAL_TAGS),
    cloudAccount: text,
    region: v.optional(text),
    sshKeyName: text,
    availabilityZones: v.optional(v.array(text), []),
    controlPlanePool: v.optional(controlPlanePool, {}),
    workerPools: v.optional(
        v.pipe(
            v.array(workerPool),
            v.check(
                (pools) => areUnique(pools.map(({ name }) => name)),
                "expected every pool to have a name of its own",
            ),
        ),
        [{}],
    ),
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
        const result = v.safeParse(schema, getObject(config, key) ?? absent);
        problems.push(...(result.issues ?? []).map((issue) => describe(key, issue)));
        return result.output as v.InferOutput<S>;
    };
    const packs = read(
        "packs",
        v.pipe(v.array(pack), v.minLength(1, "expected at least one pack")),
        [{ path: "packs/hello-universe-pack" }],
    );
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

/** A value that is not structured stays as it is, for the schema to refuse; the SDK's own error would quote it. */
function getObject(config: pulumi.Config, key: string): unknown {
    try {
        return config.getObject(key);
    } catch {
        return config.get(key);
    }
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

/**
 * `cluster.workerPools[1].size: "two": expected a number`. What is, or may hold, a credential is never shown, nor is
 * valibot's own wording, which quotes what it got.
 */
function describe(key: string, issue: v.BaseIssue<unknown>): string {
    const path = (issue.path ?? []).map(({ key: step }) =>
        typeof step === "number" ? `[${step}]` : `.${String(step)}`,
    );
    const where = key + path.join("");
    const expected = issue.message.startsWith("Invalid ")
        ? `expected ${issue.expected ?? "another value"}`
        : issue.message;
    if (issue.kind === "schema" && issue.input === undefined) {
        const flags = [/secret/i.test(where) && "--secret", path.length > 0 && "--path"];
        const options = flags.filter(Boolean).join(" ");
        return `${where}: required; set it with: pulumi config set ${options} '${where}' <value>`;
    }
    if (issue.type === "strict_object" && issue.expected === "never") {
        return `${where}: unknown key; the README lists the keys`;
    }
    const value = JSON.stringify(issue.input);
    const secret = /^registries(\[\d+\])?$|credentials$|accessKey|secretKey/.test(where);
    return `${where}:${secret || value.length > 80 ? "" : ` ${value}:`} ${expected}`;
}

function areUnique(items: string[]): boolean {
    return new Set(items).size === items.length;
}
