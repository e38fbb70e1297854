import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import type { AwsClusterInputs } from "../../packages/palette/cluster/aws/awsInputs";
import { clusterProfile } from "../../packages/palette/profile/clusterProfile";
import { ociRegistry } from "../../packages/palette/registry/ociRegistry";
import { describeWith } from "../sandbox/awsSandbox";
import { expectNoDrift, create, remove, type EngineResource } from "./engineResource";
import { Tutorial, tutorialBinaries, type Found } from "./tutorial";

jest.mock("node:timers/promises", () => ({
    setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms / 150)),
}));
jest.setTimeout(60_000);

/** As the official provider spells the tutorial's tags. */
const labels = {
    "spectro-cloud-education": "spectro__tag",
    app: "hello-universe",
    terraform_managed: "true",
};
const tags = ["spectro-cloud-education", "app:hello-universe", "terraform_managed:true"];
const zero = "0001-01-01T00:00:00.000Z";
const poolLabels = (type: string) => ({ owner: "docs", purpose: "tutorial", type });

describeWith(...tutorialBinaries)("what the tutorial's Terraform code has made", () => {
    let tutorial: Tutorial;
    let found: Found;
    let registryUid: string;
    let profileUid: string;
    let clusterUid: string;

    beforeAll(async () => {
        tutorial = await Tutorial.start();
        jest.spyOn(console, "log").mockImplementation(() => undefined);
        await tutorial.push();
        registryUid = (await ociRegistry.create(tutorial.registry({ name: "ecr-registry" }))).id;
        found = await tutorial.preflight();
        profileUid = await profileByTerraform();
        clusterUid = await clusterByTerraform();
    });
    afterAll(async () => {
        jest.restoreAllMocks();
        await tutorial?.remove();
    });

    const options = () => ({ project: tutorial.bench.project });

    async function profileByTerraform(): Promise<string> {
        const { bench } = tutorial;
        const layers = [...found.layers, { ...tutorial.pack, registryUid }];
        const packs = await Promise.all(
            layers.map(async ({ name, version, registryUid: from }) => {
                const filters = `spec.name=${name}ANDspec.version=${version}`;
                const { items } = await bench.get(`/v1/packs?filters=${filters}`, options());
                const { metadata, spec } = items.find(
                    (pack: { spec: { registryUid: string } }) => pack.spec.registryUid === from,
                );
                // The tutorial looks hellouniverse up as 1.0.0 and tags it 1.2.0.
                const tag = name === "hellouniverse" ? "1.2.0" : version;
                return {
                    ...{ name, tag, uid: metadata.uid, type: "spectro", manifests: [] },
                    values: spec.values.trim(),
                };
            }),
        );
        const uid = await bench.create(
            "/v1/clusterprofiles",
            {
                metadata: {
                    name: "pack-tutorial-profile",
                    annotations: {
                        description: "My cluster profile as part of the packs tutorial.",
                    },
                    labels,
                    creationTimestamp: zero,
                    lastModifiedTimestamp: zero,
                },
                spec: {
                    version: "1.0.0",
                    template: { type: "cluster", cloudType: "aws", packs },
                    variables: null,
                },
            },
            options(),
        );
        await bench.call("PATCH", `/v1/clusterprofiles/${uid}/publish`, undefined, options());
        return uid;
    }

    async function clusterByTerraform(): Promise<string> {
        const { bench } = tutorial;
        const { region, sshKeyName } = bench.sandbox.seed;
        const machines = (name: string, size: number, isControlPlane: boolean) => ({
            poolConfig: {
                ...{ name, size: 1, isControlPlane, useControlPlaneAsWorker: isControlPlane },
                labels: [isControlPlane ? "control-plane" : "worker"],
                additionalLabels: poolLabels(isControlPlane ? "control-plane-node" : "worker-node"),
                updateStrategy: { type: "RollingUpdateScaleOut" },
                taints: [],
                skipK8sUpgrade: "disabled",
            },
            cloudConfig: {
                instanceType: "m4.xlarge",
                rootDeviceSize: size,
                capacityType: "on-demand",
                azs: found.pools[0]!.availabilityZones,
                subnets: [],
                licenseConfigurationArns: null,
            },
        });
        const at = (scheduledRunTime: string) => ({ schedule: { scheduledRunTime } });
        const uid = await bench.create(
            "/v1/spectroclusters/aws",
            {
                metadata: {
                    name: "pack-tutorial-cluster",
                    annotations: { description: "" },
                    labels,
                    creationTimestamp: zero,
                },
                spec: {
                    cloudAccountUid: found.cloudAccount,
                    cloudConfig: { region, sshKeyName },
                    profiles: [{ uid: profileUid, packValues: [], variables: null }],
                    machinepoolconfig: [
                        machines("control-plane-pool", 60, true),
                        machines("worker-basic", 65, false),
                    ],
                    policies: {
                        scanPolicy: {
                            kubeBench: at("0 0 * * SUN"),
                            kubeHunter: at("0 0 * * SUN"),
                            sonobuoy: at("0 0 1 * *"),
                        },
                    },
                    clusterConfig: {},
                },
            },
            options(),
        );
        const status = () => bench.get(`/v1/spectroclusters/${uid}/status`, options());
        await bench.until(async () => (await status()).status.state === "Running");
        return uid;
    }

    const writes = () => tutorial.writes();

    const profileInputs = () =>
        tutorial.profile({ name: "pack-tutorial-profile", tags, adopt: true }, found, {
            registryUid,
        });
    function clusterInputs(fields: Partial<AwsClusterInputs> = {}): AwsClusterInputs {
        const [controlPlane, workers] = found.pools;
        return tutorial.cluster(
            {
                name: "pack-tutorial-cluster",
                description: "",
                tags,
                pools: [
                    { ...controlPlane!, labels: poolLabels("control-plane-node") },
                    {
                        ...workers!,
                        name: "worker-basic",
                        diskSize: 65,
                        labels: poolLabels("worker-node"),
                    },
                ],
                adopt: true,
                ...fields,
            },
            found,
            { uid: profileUid, revision: "r" },
        );
    }

    test("is taken over with no change but the stack's owner id, and shows none afterwards", async () => {
        await writes();
        const profile = await create(clusterProfile, profileInputs());
        expect(profile.id).toBe(profileUid);
        const { revision } = profile.outs;
        const [attached] = clusterInputs().profiles;
        const inputs = clusterInputs({ profiles: [{ ...attached!, revision }] });
        const cluster = await create(awsCluster, inputs);
        expect(cluster.id).toBe(clusterUid);
        expect(await writes()).toEqual([
            "PATCH /v1/clusterprofiles/{uid}/metadata",
            "PATCH /v1/spectroclusters/{uid}/metadata",
        ]);
        for (const made of [profile, cluster]) {
            await expectNoDrift(made as EngineResource<object, object>);
        }
        const { metadata } = await tutorial.bench.get(
            `/v1/spectroclusters/${clusterUid}`,
            options(),
        );
        expect(metadata.labels).toMatchObject(labels);

        // Once more, as after a run that was killed: nothing but another claim.
        const again = await create(clusterProfile, profileInputs());
        const same = await create(awsCluster, inputs);
        expect(await writes()).toEqual([
            "PATCH /v1/clusterprofiles/{uid}/metadata",
            "PATCH /v1/spectroclusters/{uid}/metadata",
        ]);
        // What stood for them before takes nothing along.
        await cluster.provider.delete(cluster.id, cluster.outs);
        await profile.provider.delete(profile.id, profile.outs);
        await expectNoDrift(again as EngineResource<object, object>);
        await expectNoDrift(same as EngineResource<object, object>);
        await remove(same);
        await remove(again);
    });

    test("is not taken over when the configuration describes something else", async () => {
        clusterUid = await clusterByTerraform().catch(async () => {
            profileUid = await profileByTerraform();
            return clusterByTerraform();
        });
        await writes();
        const otherUid = "0123456789abcdef01234567";
        for (const [fields, message] of [
            [{ adopt: false }, /exists already[^]* cluster\.adopt: true/],
            [{ adopt: otherUid }, new RegExp(`exists already .* cluster\\.adopt is ${otherUid}`)],
            [{ region: "eu-west-1" }, /cannot be adopted: region is us-east-1, not eu-west-1/],
            [
                { sshKeyName: "other", vpcId: "vpc-1" },
                /sshKeyName is \S+, not other; vpcId is empty, not vpc-1/,
            ],
            [
                { controlPlaneLoadBalancer: "internal" },
                /controlPlaneLoadBalancer is Internet-facing/,
            ],
            [{ name: "nobody", adopt: otherUid }, /uid 0123\w+ does not exist/],
        ] as [Partial<AwsClusterInputs>, RegExp][]) {
            await expect(awsCluster.create(clusterInputs(fields))).rejects.toThrow(message);
        }
        expect(await writes()).toEqual([]);
        const cluster = await create(awsCluster, clusterInputs({ adopt: clusterUid }));
        expect(cluster.id).toBe(clusterUid);
        await remove(cluster);
    });

    test("is brought to what is wanted where that can change in place", async () => {
        clusterUid = await clusterByTerraform();
        await writes();
        const inputs = clusterInputs({ tags: ["mine"], scans: { configuration: "1 1 * * *" } });
        const cluster = await create(awsCluster, {
            ...inputs,
            pools: inputs.pools.map((pool) => ({ ...pool, labels: {} })),
        });
        expect(await writes()).toEqual([
            "PATCH /v1/spectroclusters/{uid}/metadata",
            "PUT /v1/cloudconfigs/aws/{configUid}/machinePools/{pool}",
            "PUT /v1/cloudconfigs/aws/{configUid}/machinePools/{pool}",
            "PUT /v1/spectroclusters/{uid}/features/complianceScan",
        ]);
        await expectNoDrift(cluster);
        await remove(cluster);
    });
});
