import { unknownValue } from "@pulumi/pulumi/runtime";
import * as providers from "../../packages/palette";
import type { Provider } from "../../packages/palette/lifecycle/provider";
import { disconnect } from "../../packages/palette/api/session";
import { connectWithFake } from "./connect";
import { fakePalette, recordedCluster, type FakePalette } from "./fakePalette";

const owner = { id: "m", stack: "o/p/s", tenant: "t" };
const registry = {
    name: "r",
    packs: [{ name: "hello", version: "1.0.0", digest: "sha256:1" }],
    owner,
    adopt: false,
    syncTimeout: 10,
};

/** Inputs of each kind of resource with all that it can be told, and what it has recorded beside them. */
const samples: Record<string, { inputs: object; outputs: object }> = {
    OwnerToken: { inputs: { stack: "o/p/s" }, outputs: { ownerId: "m", tenant: "t" } },
    PaletteAwsAccount: { inputs: {}, outputs: { accountId: "1", externalId: "e" } },
    OciRegistry: {
        inputs: {
            ...registry,
            kind: "basic",
            endpoint: "https://harbor",
            basePath: "b",
            credentials: { type: "basic", username: "u", password: "p" },
            tls: { certificate: "c", insecureSkipVerify: false },
        },
        outputs: { uid: "1" },
    },
    SpectroRegistry: {
        inputs: {
            ...registry,
            endpoint: "https://legacy",
            credentials: { type: "basic", username: "u", password: "p" },
            tls: { certificate: "c" },
        },
        outputs: { uid: "1" },
    },
    RegistrySync: {
        inputs: { name: "r", packs: registry.packs, stack: "o/p/s", syncTimeout: 1 },
        outputs: { uid: "1" },
    },
    ClusterProfile: {
        inputs: {
            name: "p",
            version: "1.0.0",
            type: "cluster",
            scope: "project",
            description: "d",
            tags: ["a:b"],
            project: "1",
            layers: [
                {
                    name: "l",
                    version: "1",
                    registryUid: "1",
                    digest: "d",
                    presets: ["one"],
                    overrides: "a: 1",
                },
            ],
            variables: [
                { name: "v", defaultValue: "s", isSensitive: true, options: [{ value: "1" }] },
            ],
            editInPlace: true,
            keepVersions: 1,
            owner,
            adopt: false,
        },
        outputs: {
            uid: "1",
            revision: "r",
            valuesDigests: {},
            versions: [
                {
                    version: "1.0.0",
                    uid: "1",
                    revision: "r",
                    contentDigest: "c",
                    packs: ["l:1"],
                    valuesDigests: {},
                },
            ],
        },
    },
    AwsCluster: {
        inputs: {
            name: "c",
            description: "d",
            tags: ["a"],
            project: "p",
            cloudAccount: "a",
            region: "us-east-1",
            sshKeyName: "k",
            vpcId: "vpc-1",
            controlPlaneLoadBalancer: "internal",
            profiles: [
                {
                    uid: "profile",
                    revision: "r",
                    packs: [{ name: "hello", version: "1" }],
                    name: "n",
                    variables: { v: "1" },
                    packValues: { hello: "a: 1" },
                },
            ],
            pools: ["control", "workers"].map((name, index) => ({
                name,
                controlPlane: index === 0,
                controlPlaneAsWorker: index === 0,
                size: 1,
                instanceType: "m4.xlarge",
                diskSize: 60,
                availabilityZones: ["us-east-1a"],
                subnets: { "us-east-1a": "subnet-1" },
                labels: { a: "1" },
                updateStrategy: "RollingUpdateScaleOut",
            })),
            scans: { configuration: "0 0 * * SUN" },
            backup: { backupLocationName: "l", schedule: "0 0 * * *", prefix: "p" },
            roleBindings: [
                {
                    type: "ClusterRoleBinding",
                    role: { kind: "ClusterRole", name: "view" },
                    subjects: [{ type: "User", name: "u" }],
                },
            ],
            osPatch: { onBoot: true },
            repave: "approve",
            owner,
            adopt: false,
            createTimeout: 60,
            deleteTimeout: 60,
            forceDelete: false,
        },
        outputs: {
            uid: "1",
            state: "Running",
            health: "Healthy",
            cloudConfigUid: recordedCluster.cloudConfigUid,
            kubeconfig: recordedCluster.kubeconfig,
        },
    },
    ApplicationUrls: {
        inputs: {
            cluster: "1",
            name: "c",
            project: "p",
            packs: [{ name: "hello", version: "1", loadBalancer: true }],
            revisions: ["r"],
            packValues: { hello: "a: 1" },
            timeout: 15,
        },
        outputs: { urls: {} },
    },
};

/** The value with one of its parts unknown: each in turn, itself last. */
function withUnknowns(value: unknown, path = "inputs"): [path: string, value: unknown][] {
    if (typeof value !== "object" || value === null) {
        return [[path, unknownValue]];
    }
    const parts = Object.entries(value).flatMap(([key, part]) =>
        withUnknowns(part, `${path}.${key}`).map(([where, changed]): [string, unknown] => [
            where,
            Array.isArray(value)
                ? value.map((item, index) => (String(index) === key ? changed : item))
                : { ...value, [key]: changed },
        ]),
    );
    return [...parts, [path, unknownValue]];
}

let palette: FakePalette;
beforeAll(async () => {
    palette = await fakePalette(({ path }) => ({
        body:
            path === "/v1/users/info"
                ? { tenantUid: "t" }
                : {
                      items: [],
                      // What is asked about Palette's AWS account.
                      accountId: "123456789012",
                      externalId: "external",
                      metadata: { uid: "1", name: "c" },
                      spec: {},
                      status: { state: "Running" },
                  },
    }));
    await connectWithFake(palette);
    jest.spyOn(console, "log").mockImplementation(() => undefined);
});
afterAll(async () => {
    jest.restoreAllMocks();
    await disconnect();
    await palette.close();
});

/** What {@link providers} exports, but for the packs in a registry, which have a test of their own. */
const types = Object.keys(providers).filter((type) => !type.startsWith("Pack"));

test("every kind of resource has a sample", () => {
    expect(Object.keys(samples).sort()).toEqual(types.sort());
});

let asked = 0;
afterAll(() => process.stderr.write(`${asked} inputs with something unknown\n`));

describe.each(types)("%s", (type) => {
    const { inputs, outputs } = samples[type]!;
    const allUnknown = Object.fromEntries(Object.keys(inputs).map((key) => [key, unknownValue]));
    const cases: [string, unknown][] = [
        // The engine asks with a property that is unknown as a whole, or with all of them, and never without the others.
        ...withUnknowns(inputs).slice(0, -1),
        ["all inputs", allUnknown],
    ];
    test("takes whatever is not known yet, and announces no replacement for it", async () => {
        const provider = (providers as unknown as Record<string, Provider<object, object>>)[type]!;
        for (const [where, news] of cases) {
            asked++;
            try {
                for (const olds of [{}, inputs]) {
                    const checked = await provider.check?.(olds, news as object);
                    expect(checked?.failures ?? []).toEqual([]);
                }
                const diff = await provider.diff("1", { ...inputs, ...outputs }, news as object);
                expect(diff.replaces ?? []).toEqual([]);
            } catch (error) {
                throw new Error(`${type}, ${where} unknown: ${(error as Error).message}`);
            }
        }
    });
});
