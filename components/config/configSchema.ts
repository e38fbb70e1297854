import * as v from "valibot";
import { brokenNameRule, type NamedKind } from "./names";
import { OWNER_LABEL } from "../../packages/palette/lifecycle/ownership";

/** The tutorial's newest layers: OS, Kubernetes, network, storage. */
const TUTORIAL_LAYERS = [
    { name: "ubuntu-aws", version: "22.04" },
    { name: "kubernetes", version: "1.32.3" },
    { name: "cni-calico", version: "3.29.3" },
    { name: "csi-aws-ebs", version: "1.41.0" },
];

const TUTORIAL_TAGS = ["spectro-cloud-education", "app:hello-universe", "terraform_managed:false"];

const text = v.pipe(v.string(), v.trim(), v.minLength(1, "expected a text that is not empty"));
const texts = v.record(v.string(), v.string("expected a text, in quotes"));
const yaml = v.record(v.string(), v.unknown());
const whole = (least: number) =>
    v.pipe(
        v.number("expected a number"),
        v.integer("expected an integer"),
        v.minValue(least, `expected at least ${least}`),
    );
const minutes = v.pipe(
    v.number("expected a number of minutes"),
    v.minValue(1, "expected at least 1"),
);
const flag = v.optional(v.boolean(), false);
const cron = v.pipe(
    v.string(),
    v.regex(/^\S+(\s+\S+){4}$/, "expected a cron expression of five fields"),
);

function areUnique(items: unknown[]): boolean {
    return new Set(items).size === items.length;
}

/** A list whose items have a name of their own each. */
function named<Item extends v.GenericSchema>(item: Item, what: string) {
    return v.pipe(
        v.array(item),
        v.check(
            (all) =>
                areUnique((all as { name?: string }[]).flatMap(({ name }) => (name ? [name] : []))),
            `expected every ${what} to have a name of its own`,
        ),
    );
}

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

/** A name that keeps to the rules of its kind of object. */
const nameOf = (kind: NamedKind) =>
    v.pipe(
        v.string(),
        v.check(
            (name) => brokenNameRule(kind, name) === undefined,
            ({ input }) => brokenNameRule(kind, input as string)!,
        ),
    );

const objectName = nameOf("object");

export const packs = v.pipe(
    v.array(v.strictObject({ path: text, registry: v.optional(objectName) })),
    v.minLength(1, "expected at least one pack"),
);

const roleArn = v.pipe(
    v.string(),
    v.regex(/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, "expected the ARN of an IAM role"),
);

/** What an administrator may demand of a role or user that the stack makes. */
const iamRules = {
    permissionsBoundary: v.optional(
        v.pipe(
            v.string(),
            v.regex(
                /^arn:aws[\w-]*:iam::(\d{12}|aws):policy\/.+$/,
                "expected the ARN of an IAM policy",
            ),
        ),
    ),
    path: v.optional(
        v.pipe(
            v.string(),
            v.regex(/^\/([!-.0-~]+\/)*$/, "expected an IAM path such as /teams/packs/"),
            v.maxLength(512, "expected at most 512 characters"),
        ),
    ),
};

/** Whether the rules are beside nothing that the user made, which they could not change. */
const ruleWhatIsMade = (given: string | undefined, { permissionsBoundary, path }: IamRules) =>
    given === undefined || (permissionsBoundary === undefined && path === undefined);

interface IamRules {
    permissionsBoundary?: string;
    path?: string;
}

const credentials = v.variant("type", [
    v.pipe(
        v.strictObject({
            type: v.literal("sts"),
            roleArn: v.optional(roleArn),
            externalId: v.optional(text),
            ...iamRules,
        }),
        v.check(
            (one) => ruleWhatIsMade(one.roleArn, one),
            "expected no permissionsBoundary and no path beside roleArn: they are for the role that the stack makes",
        ),
        v.check(
            (one) => (one.roleArn === undefined) === (one.externalId === undefined),
            "expected roleArn and externalId together, or neither: the stack then creates the role",
        ),
    ),
    v.pipe(
        v.strictObject({
            type: v.literal("secret"),
            accessKey: v.optional(text),
            secretKey: v.optional(text),
            ...iamRules,
        }),
        v.check(
            (one) => ruleWhatIsMade(one.accessKey, one),
            "expected no permissionsBoundary and no path beside accessKey: they are for the user that the stack makes",
        ),
        v.check(
            ({ accessKey, secretKey }) => (accessKey === undefined) === (secretKey === undefined),
            "expected accessKey and secretKey together, or neither: the stack then creates a user that may read only",
        ),
    ),
]);

const basePathOf = (kind: NamedKind) =>
    v.pipe(
        nameOf(kind),
        v.check(
            (path) => !path.split("/").includes("spectro-packs"),
            "expected the prefix before spectro-packs only: spectro-packs/archive is added",
        ),
    );

const httpsUrl = v.pipe(
    v.string(),
    v.regex(
        /^https:\/\/[^\s/?#@]+\/?$/,
        "expected an address such as https://harbor.example.com, without a path or credentials",
    ),
    v.transform((url) => url.replace(/\/$/, "")),
);

/** An address with a path, such as a registry that shares its host with others has. */
const pushEndpoint = v.optional(
    v.pipe(
        v.string(),
        v.regex(
            /^https:\/\/[^\s/?#@]+(\/[a-z0-9._/-]*)?$/,
            "expected an address such as https://registry.example.com/packs-local, without credentials",
        ),
        v.transform((url) => url.replace(/\/+$/, "")),
    ),
);

/** `true`, or the uid of the object that may be taken over. */
const adopt = v.optional(v.union([v.boolean(), text], "expected true, false or a uid"), false);

const registration = {
    name: v.optional(objectName),
    adopt,
    syncTimeout: v.optional(minutes, 10),
};

const tls = {
    caFile: v.optional(text),
    insecureSkipVerify: flag,
};

const ecrRegistry = v.strictObject({
    ...registration,
    kind: v.literal("ecr"),
    basePath: v.optional(basePathOf("ecrRepository")),
    credentials: v.optional(credentials, { type: "sts" }),
    forceDelete: flag,
    existingRepositories: flag,
    immutableTags: flag,
    scanOnPush: flag,
    encryption: v.optional(
        v.strictObject({ type: v.picklist(["AES256", "KMS"]), kmsKey: v.optional(text) }),
    ),
    lifecyclePolicy: v.optional(yaml),
    pullAccounts: v.optional(
        v.array(v.pipe(v.string(), v.regex(/^\d{12}$/, "expected an AWS account of 12 digits"))),
    ),
});

interface LoginFields {
    username?: string;
    password?: string;
    token?: string;
}

function areOneLogin({ username, password, token }: LoginFields): boolean {
    return token === undefined ? !!username && !!password : !username && !password;
}

/** What Palette reads a registry with, where that is less than the push needs. */
const paletteCredentials = v.union(
    [
        v.literal("none"),
        v.pipe(
            v.strictObject({
                username: v.optional(text),
                password: v.optional(text),
                token: v.optional(text),
            }),
            v.check(areOneLogin, "expected username and password, or a token"),
        ),
    ],
    "expected username and password, a token, or none",
);

const basicRegistry = v.pipe(
    v.strictObject({
        ...registration,
        ...tls,
        kind: v.literal("basic"),
        endpoint: httpsUrl,
        endpointSuffix: v.optional(
            v.pipe(
                v.string(),
                v.regex(
                    /^\/?[\w.~-]+(\/[\w.~-]+)*\/?$/,
                    "expected a path such as artifactory/api/docker/packs-local",
                ),
                v.transform((path) => path.replace(/^\/|\/$/g, "")),
            ),
        ),
        pushEndpoint,
        basePath: basePathOf("ociRepository"),
        username: v.optional(text),
        password: v.optional(text),
        token: v.optional(text),
        paletteCredentials: v.optional(paletteCredentials),
    }),
    v.check(
        ({ username, password, token, paletteCredentials: reader }) =>
            areOneLogin({ username, password, token }) ||
            (reader === "none" && !username && !password && !token),
        "expected username and password, or a token; neither only where the registry is open, with paletteCredentials: none",
    ),
);

const spectroRegistry = v.strictObject({
    ...registration,
    ...tls,
    kind: v.literal("spectro"),
    endpoint: httpsUrl,
    username: text,
    password: text,
});

const existingRegistry = v.strictObject({
    kind: v.literal("existing"),
    name: objectName,
    pushEndpoint,
    username: v.optional(text),
    password: v.optional(text),
    caFile: tls.caFile,
    insecureSkipVerify: flag,
    syncTimeout: registration.syncTimeout,
});

const registry = v.pipe(
    v.unknown(),
    // The kind that nobody writes is the tutorial's.
    v.transform((one) =>
        typeof one === "object" && one !== null && !("kind" in one) ? { kind: "ecr", ...one } : one,
    ),
    v.variant("kind", [ecrRegistry, basicRegistry, spectroRegistry, existingRegistry]),
);

export const registries = v.pipe(
    named(registry, "registry"),
    v.minLength(1, "expected at least one registry"),
);

const version = v.pipe(
    v.string("expected a version, in quotes"),
    v.minLength(1, "expected a version"),
);

const layer = v.strictObject({
    name: text,
    version,
    registry: v.optional(text, "Public Repo"),
    presets: v.optional(v.array(text)),
    values: v.optional(yaml),
});

const profilePack = v.strictObject({
    name: text,
    version: v.optional(version),
    presets: v.optional(v.array(text)),
    values: v.optional(yaml),
});

/** A profile variable; the names are those of Palette's API (`v1Variable`). */
const variable = v.strictObject({
    name: v.pipe(
        v.string(),
        v.regex(/^[A-Za-z][\w-]*$/, "expected letters, digits, dashes and underscores"),
    ),
    displayName: v.optional(text),
    description: v.optional(v.string()),
    format: v.optional(
        v.picklist([
            "string",
            "number",
            "boolean",
            "ipv4",
            "ipv4cidr",
            "ipv6",
            "version",
            "base64",
        ]),
    ),
    defaultValue: v.optional(v.string("expected a text, in quotes")),
    regex: v.optional(text),
    required: flag,
    immutable: flag,
    hidden: flag,
    isSensitive: flag,
});

export const profile = v.strictObject({
    name: v.optional(objectName),
    type: v.optional(v.picklist(["cluster", "infra", "add-on"]), "cluster"),
    scope: v.optional(v.picklist(["project", "tenant"]), "project"),
    version: v.optional(
        v.pipe(
            v.string("expected a version such as 1.0.0, in quotes"),
            v.regex(/^\d+\.\d+\.\d+$/, "expected a version such as 1.0.0, in quotes"),
        ),
    ),
    editInPlace: flag,
    description: v.optional(v.string(), "My cluster profile as part of the packs tutorial."),
    tags: v.optional(tags, TUTORIAL_TAGS),
    layers: v.optional(v.array(layer)),
    packs: v.optional(named(profilePack, "pack of a profile")),
    spectroProxy: v.optional(text),
    variables: v.optional(named(variable, "variable")),
    adopt,
});

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

// What the fields of a pool demand of each other is in palette/provider/clusterRules.ts.
const controlPlanePool = v.strictObject({
    ...poolFields,
    name: v.optional(objectName, "control-plane-pool"),
    asWorker: v.optional(v.boolean(), true),
});

const workerPool = v.strictObject({
    ...poolFields,
    name: v.optional(objectName, "worker-pool"),
    nodeRepaveInterval: v.optional(whole(0)),
});

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

/** How many versions stay beside the current one. */
export const keepVersions = v.optional(whole(0));

/** The layers of a profile that names none: of an add-on profile none, else the tutorial's. */
export function defaultLayers({ type }: { type: string }): v.InferOutput<typeof layer>[] {
    return type === "add-on"
        ? []
        : TUTORIAL_LAYERS.map((one) => ({ ...one, registry: "Public Repo" }));
}
