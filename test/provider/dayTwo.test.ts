import { differ } from "../../packages/palette/lifecycle/comparison";
import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import type {
    AwsClusterInputs,
    AwsClusterOutputs,
    AwsMachinePool,
} from "../../packages/palette/cluster/aws/awsInputs";
import { clusterProfile } from "../../packages/palette/profile/clusterProfile";
import type {
    ClusterProfileInputs,
    ClusterProfileOutputs,
} from "../../packages/palette/profile/profileInputs";
import { applicationUrls } from "../../packages/palette/cluster/applicationUrls";
import { ociRegistry } from "../../packages/palette/registry/ociRegistry";
import { describeWith } from "../sandbox/awsSandbox";
import { update, expectNoDrift, create, remove, type EngineResource } from "./engineResource";
import { pool, Tutorial, tutorialBinaries, type Found } from "./tutorial";

jest.mock("node:timers/promises", () => ({
    setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms / 150)),
}));
jest.setTimeout(60_000);

type Cluster = EngineResource<AwsClusterInputs, AwsClusterOutputs>;
type Profile = EngineResource<ClusterProfileInputs, ClusterProfileOutputs>;

describeWith(...tutorialBinaries)("a cluster from day two on", () => {
    let tutorial: Tutorial;
    let found: Found;
    let registryUid: string;
    let profile: Profile;
    let cluster: Cluster;
    let said: jest.SpyInstance;

    beforeAll(async () => {
        tutorial = await Tutorial.start();
        said = jest.spyOn(console, "log").mockImplementation(() => undefined);
        await tutorial.push();
        registryUid = (await ociRegistry.create(tutorial.registry({ name: "days" }))).id;
        found = await tutorial.preflight();
        profile = await create(clusterProfile, {
            ...tutorial.profile({ name: "days" }, found, { registryUid }),
            variables: [
                { name: "colour", defaultValue: "red" },
                { name: "password", defaultValue: "hunter2", isSensitive: true },
            ],
        });
        cluster = await create(awsCluster, tutorial.cluster({ name: "days" }, found, profile.outs));
    });
    afterAll(async () => {
        jest.restoreAllMocks();
        await tutorial?.remove();
    });
    beforeEach(() => said.mockClear());

    const inConsole = async (method: string, url: string, body?: object) => {
        const answer = await tutorial.bench.call(method, url, body, {
            project: tutorial.bench.project,
        });
        expect(answer.status).toBeLessThan(300);
        return answer.body;
    };
    const ofCluster = (method: string, rest: string, body?: object, uid = cluster.id) =>
        inConsole(method, `/v1/spectroclusters/${uid}${rest}`, body);

    const writes = () => tutorial.writes();

    /** What a refresh finds of somebody's edit: nothing but that; and `up` after it puts it back. */
    async function drift(edit: () => Promise<unknown>): Promise<Partial<AwsClusterInputs>> {
        await edit();
        const { id, props, inputs } = await awsCluster.read(cluster.id, cluster.outs);
        expect(await awsCluster.diff(id, props!, cluster.inputs)).toMatchObject({
            changes: true,
            replaces: [],
        });
        cluster.outs = (await awsCluster.update(id, props!, cluster.inputs)).outs;
        await expectNoDrift(cluster);
        const known = cluster.inputs as unknown as Record<string, unknown>;
        return Object.fromEntries(
            [...new Set([...Object.keys(inputs!), ...Object.keys(known)])]
                .map((key) => [key, (inputs as unknown as Record<string, unknown>)[key]])
                .filter(([key, value]) => differ(known[key as string], value)),
        );
    }

    describe("has pools", () => {
        let pools: string;
        beforeAll(
            () => void (pools = `/v1/cloudconfigs/aws/${cluster.outs.cloudConfigUid}/machinePools`),
        );
        const machines = async (name: string) =>
            (await inConsole("GET", `${pools}/${name}/machines`)).items as object[];
        const workers = () => cluster.inputs.pools[1]!;
        const zones = () => ({ availabilityZones: workers().availabilityZones });

        /** The pool as somebody would send it in the console. */
        const edit = (of: AwsMachinePool, config: object, cloud: object = {}) =>
            inConsole("PUT", `${pools}/${of.name}`, {
                poolConfig: {
                    name: of.name,
                    size: of.size,
                    labels: ["worker"],
                    additionalLabels: of.labels,
                    ...config,
                },
                cloudConfig: {
                    instanceType: of.instanceType,
                    rootDeviceSize: of.diskSize,
                    azs: of.availabilityZones,
                    ...cloud,
                },
            });

        test("that are scaled, changed, added and removed in place", async () => {
            const [controlPlane] = cluster.inputs.pools;
            const extra: AwsMachinePool = {
                ...pool("extra", false),
                ...zones(),
                capacityType: "spot",
                spotMaxPrice: "0.25",
                taints: [
                    { key: "gpu", value: "true", effect: "NoSchedule" },
                    { key: "own", effect: "NoExecute" },
                ],
                updateStrategy: "OverrideScaling",
                maxSurge: "1",
                maxUnavailable: "0",
                nodeRepaveInterval: 120,
            };
            await update(cluster, {
                ...cluster.inputs,
                pools: [controlPlane!, { ...workers(), size: 3 }, extra],
            });
            expect(await machines("worker-pool")).toHaveLength(3);
            expect(await machines("extra")).toHaveLength(1);
            await expectNoDrift(cluster);

            await update(cluster, {
                ...cluster.inputs,
                pools: [controlPlane!, { ...workers(), size: 1, instanceType: "m5.xlarge" }],
            });
            expect(await machines("worker-pool")).toHaveLength(1);
            expect(said.mock.calls.join("\n")).toContain(
                'the machines of pool worker-pool are replaced: instanceType "m4.xlarge" → "m5.xlarge"',
            );
            expect(cluster.outs.pools.map(({ name }) => name)).toEqual([
                "control-plane-pool",
                "worker-pool",
            ]);
            await expectNoDrift(cluster);
            await update(cluster, {
                ...cluster.inputs,
                pools: [controlPlane!, { ...workers(), instanceType: "m4.xlarge" }],
            });
        });

        test("that are renamed: the new one runs before the old one goes", async () => {
            await tutorial.bench.control("DELETE", "/requests");
            // However fast its machines come, the first look at the pool finds none; that at the control plane comes before.
            const route = "/v1/cloudconfigs/aws/{configUid}/machinePools/{pool}/machines";
            const none = { method: "GET", route, nth: 2, status: 200, body: { items: [] } };
            await tutorial.bench.control("POST", "/faults", none);
            const before = cluster.inputs.pools;
            await update(cluster, {
                ...cluster.inputs,
                pools: [before[0]!, { ...workers(), name: "renamed" }],
            });
            expect(said.mock.calls.join("\n")).toContain(
                'cluster "days": pool worker-pool is removed with its machines, when those of all others run',
            );
            expect(said.mock.calls.join("\n")).toMatch(/pool renamed: 0 of \d machines running/);
            const { items } = await tutorial.bench.control("GET", "/requests");
            const calls = (items as { method: string; path: string }[]).map(
                ({ method, path }) => `${method} ${path}`,
            );
            const isLook = (call: string) => /GET .*renamed\/machines/.test(call);
            const removal = calls.findIndex((call) => /DELETE .*worker-pool/.test(call));
            expect(removal).toBeGreaterThan(calls.findIndex(isLook));
            expect(calls.findLastIndex(isLook)).toBeGreaterThan(removal);
            await expectNoDrift(cluster);
            await update(cluster, { ...cluster.inputs, pools: before });
        });

        test("that an autoscaler moves between its limits without a difference", async () => {
            const [controlPlane] = cluster.inputs.pools;
            const scaled = { ...pool("scaled", false), ...zones(), minSize: 1, maxSize: 4 };
            await update(cluster, { ...cluster.inputs, pools: [controlPlane!, workers(), scaled] });
            const limits = { minSize: 1, maxSize: 4 };
            await edit(scaled, { size: 3, ...limits });
            await expectNoDrift(cluster);
            // Another change leaves the autoscaler's number alone.
            const labelled = { ...scaled, labels: { owner: "other" } };
            await update(cluster, {
                ...cluster.inputs,
                pools: [controlPlane!, workers(), labelled],
            });
            expect(await machines("scaled")).toHaveLength(3);
            await expectNoDrift(cluster);
            const beyond = await drift(() => edit(labelled, { size: 6, minSize: 1, maxSize: 9 }));
            expect(beyond.pools![2]).toMatchObject({ size: 6, maxSize: 9 });
            expect(await machines("scaled")).toHaveLength(1);
            await update(cluster, { ...cluster.inputs, pools: [controlPlane!, workers()] });
        });

        test("whose changes in the console show, by name", async () => {
            const scaled = await drift(() => edit(workers(), { size: 2 }));
            expect(scaled).toEqual({
                pools: [cluster.inputs.pools[0], { ...workers(), size: 2 }],
            });
            const tainted = await drift(() =>
                edit(
                    workers(),
                    { taints: [{ key: "k", value: "v", effect: "NoSchedule" }] },
                    { capacityType: "spot", spotMarketOptions: { maxPrice: "1" } },
                ),
            );
            expect(tainted.pools![1]).toEqual({
                ...workers(),
                taints: [{ key: "k", value: "v", effect: "NoSchedule" }],
                capacityType: "spot",
                spotMaxPrice: "1",
            });
            const added = await drift(() =>
                inConsole("POST", pools, {
                    poolConfig: { name: "foreign", size: 1, labels: ["worker"] },
                    cloudConfig: { instanceType: "m4.xlarge", azs: workers().availabilityZones },
                }),
            );
            expect(added.pools![2]).toMatchObject({ name: "foreign", instanceType: "m4.xlarge" });
            const removed = await drift(() => inConsole("DELETE", `${pools}/worker-pool`));
            expect(removed.pools).toHaveLength(1);
        });

        test("beside one that somebody added, which goes no sooner than a refresh has told of it", async () => {
            const before = cluster.inputs;
            await inConsole("POST", pools, {
                poolConfig: { name: "foreign", size: 1, labels: ["worker"] },
                cloudConfig: { instanceType: "m4.xlarge", azs: workers().availabilityZones },
            });
            await update(cluster, { ...before, tags: [...before.tags, "beside"] });
            expect(await machines("foreign")).not.toHaveLength(0);
            expect((await drift(async () => {})).pools![2]).toMatchObject({ name: "foreign" });
            await update(cluster, before);
        });

        test("on subnets of its own VPC", async () => {
            const { vpcs } = await inConsole("GET", vpcsUrl());
            const vpc = vpcs[0] as {
                vpcId: string;
                subnets: { subnetId: string; az: string }[];
            };
            const [subnet] = vpc.subnets;
            const name = "static";
            const pools = found.pools.map((pool) => ({
                ...pool,
                availabilityZones: [subnet!.az],
                subnets: { [subnet!.az]: subnet!.subnetId },
            }));
            const placed = await create(
                awsCluster,
                tutorial.cluster({ name, vpcId: vpc.vpcId, pools }, found, profile.outs),
            );
            await expectNoDrift(placed);
            const { spec } = await inConsole(
                "GET",
                `/v1/cloudconfigs/aws/${placed.outs.cloudConfigUid}`,
            );
            expect(spec.machinePoolConfig[1].subnetIds).toEqual({
                [subnet!.az]: subnet!.subnetId,
            });
            expect(spec.clusterConfig.vpcId).toBe(vpc.vpcId);
            await remove(placed);
        });

        const vpcsUrl = () =>
            `/v1/clouds/aws/regions/${cluster.inputs.region}/vpcs?cloudAccountUid=${cluster.inputs.cloudAccount}`;
    });

    describe("has features", () => {
        const backup = {
            backupPrefix: "daily",
            backupLocationUid: "0123456789abcdef01234567",
            schedule: "0 2 * * *",
            durationInHours: 48,
            includeAllDisks: false,
            includeClusterResourceMode: "Auto" as const,
        };
        const roleBindings = [
            {
                type: "ClusterRoleBinding" as const,
                role: { kind: "ClusterRole" as const, name: "view" },
                subjects: [
                    { type: "User" as const, name: "ann" },
                    { type: "Group" as const, name: "ops" },
                ],
            },
            {
                type: "RoleBinding" as const,
                namespace: "default",
                role: { kind: "Role" as const, name: "reader" },
                subjects: [{ type: "ServiceAccount" as const, name: "bot", namespace: "ci" }],
            },
        ];
        const osPatch = { onBoot: true, after: "2999-01-01T00:00:00Z" };

        test("that come, change and go in place", async () => {
            await writes();
            const { scans, ...rest } = cluster.inputs;
            await update(cluster, { ...cluster.inputs, backup, roleBindings, osPatch });
            await expectNoDrift(cluster);
            expect(await writes()).toEqual([
                "POST /v1/spectroclusters/{uid}/features/backup",
                "PUT /v1/spectroclusters/{uid}/config/rbacs",
                "PATCH /v1/spectroclusters/{uid}/clusterConfig/osPatch",
            ]);
            await update(cluster, {
                ...cluster.inputs,
                backup: { ...backup, namespaces: ["b", "a"] },
                roleBindings: roleBindings.slice(1),
                osPatch: { schedule: "0 3 * * SUN", rebootIfRequired: true },
                scans: { configuration: "0 4 * * *" },
            });
            await expectNoDrift(cluster);
            expect(await ofCluster("GET", "/features/complianceScan")).toMatchObject({
                spec: {
                    driverSpec: { sonobuoy: { config: { schedule: { scheduledRunTime: "" } } } },
                },
            });
            await writes();
            await update(cluster, rest);
            await expectNoDrift(cluster);
            expect(await writes()).toEqual([
                "PUT /v1/spectroclusters/{uid}/features/complianceScan",
                "DELETE /v1/spectroclusters/{uid}/features/backup",
                "PUT /v1/spectroclusters/{uid}/config/rbacs",
                "PATCH /v1/spectroclusters/{uid}/clusterConfig/osPatch",
            ]);
            // What is not managed is left alone.
            await ofCluster("POST", "/features/backup", { backupPrefix: "theirs" });
            await expectNoDrift(cluster);
            await update(cluster, { ...cluster.inputs, scans, tags: ["once"] });
            expect((await ofCluster("GET", "/features/backup")).spec.config.backupPrefix).toBe(
                "theirs",
            );
            await update(cluster, { ...cluster.inputs, backup, roleBindings, osPatch });
        });

        test("that come and go even where a change has broken off", async () => {
            const before = cluster.inputs;
            const { backup: _backup, roleBindings: _bindings, ...without } = before;
            const breakOff = async (news: AwsClusterInputs) => {
                const error = await awsCluster
                    .update(cluster.id, cluster.outs, news)
                    .catch((cause: Error & { properties: AwsClusterOutputs }) => cause);
                cluster.outs = (error as { properties: AwsClusterOutputs }).properties;
            };
            const [base] = before.profiles;
            await breakOff({
                ...without,
                profiles: [{ ...base!, packValues: { nothing: "a: 1" } }],
            });
            await update(cluster, without);
            expect((await ofCluster("GET", "/config/rbacs")).items ?? []).toEqual([]);
            await expectNoDrift(cluster);

            // What it has made before it broke off is the stack's, and goes again.
            await tutorial.bench.control("POST", "/faults", {
                method: "PATCH",
                route: "/v1/spectroclusters/{uid}/clusterConfig/osPatch",
                status: 400,
                body: { code: "Broken", message: "broken" },
            });
            await breakOff({ ...before, osPatch: { onBoot: false, schedule: "0 5 * * *" } });
            await tutorial.bench.control("DELETE", "/faults");
            expect(await ofCluster("GET", "/features/backup")).toMatchObject({
                spec: { config: { backupPrefix: "daily" } },
            });
            await update(cluster, without);
            await writes();
            await expectNoDrift(cluster);
            await update(cluster, before);
            expect(await writes()).toContain("POST /v1/spectroclusters/{uid}/features/backup");
        });

        test("whose changes in the console show", async () => {
            const scan = (scheduledRunTime: string) => ({ schedule: { scheduledRunTime } });
            expect(
                await drift(() =>
                    ofCluster("PUT", "/features/complianceScan", {
                        kubeBench: scan("1 1 * * *"),
                        kubeHunter: scan(cluster.inputs.scans!.penetration!),
                        sonobuoy: scan(""),
                    }),
                ),
            ).toEqual({
                scans: {
                    configuration: "1 1 * * *",
                    penetration: cluster.inputs.scans!.penetration,
                },
            });
            expect(await drift(() => ofCluster("DELETE", "/features/backup"))).toEqual({
                backup: undefined,
            });
            const { schedule, ...policy } = backup;
            expect(
                await drift(() =>
                    ofCluster("PUT", "/features/backup", {
                        ...policy,
                        durationInHours: 1,
                        schedule: { scheduledRunTime: schedule },
                    }),
                ),
            ).toEqual({ backup: { ...backup, durationInHours: 1 } });
            expect(
                await drift(() =>
                    ofCluster("PUT", "/config/rbacs", {
                        rbacs: [
                            { spec: { bindings: [roleBindings[1]] } },
                            { spec: { bindings: [{ ...roleBindings[0], subjects: [] }] } },
                            { spec: { bindings: [roleBindings[0]], isSystem: true } },
                        ],
                    }),
                ),
            ).toEqual({ roleBindings: [roleBindings[1], { ...roleBindings[0], subjects: [] }] });
            expect(
                await drift(() =>
                    ofCluster("PATCH", "/clusterConfig/osPatch", {
                        osPatchConfig: { patchOnBoot: false, schedule: "0 0 * * *" },
                    }),
                ),
            ).toEqual({ osPatch: { schedule: "0 0 * * *" } });
        });

        test("as tags and a description", async () => {
            const { metadata } = await ofCluster("GET", "");
            expect(
                await drift(() =>
                    ofCluster("PATCH", "/metadata", {
                        metadata: {
                            name: "days",
                            labels: { ...metadata.labels, team: "blue" },
                            annotations: { description: "Mine." },
                        },
                    }),
                ),
            ).toEqual({ description: "Mine.", tags: [...cluster.inputs.tags, "team:blue"] });
        });
    });

    describe("has profiles", () => {
        let addOn: Profile;
        beforeAll(async () => {
            addOn = await create(clusterProfile, {
                ...tutorial.profile({ name: "add-on", type: "add-on" }, found, { registryUid }),
                layers: [{ ...found.layers[0]!, name: "spectro-proxy", version: "1.4.1" }],
            });
        });
        const base = () => cluster.inputs.profiles[0]!;
        const attachedAddOn = () => ({
            name: "add-on",
            uid: addOn.outs.uid,
            revision: addOn.outs.revision,
            packs: [{ name: "spectro-proxy", version: "1.4.1" }],
        });
        const attached = async () =>
            (await ofCluster("GET", "")).spec.clusterProfileTemplates as {
                uid: string;
                packs: { name: string; values: string }[];
            }[];

        test("of which add-ons come, change and go", async () => {
            await update(cluster, {
                ...cluster.inputs,
                profiles: [base(), attachedAddOn()],
            });
            await expectNoDrift(cluster);
            await update(addOn, {
                ...addOn.inputs,
                version: "1.1.0",
                layers: addOn.inputs.layers.map((layer) => ({
                    ...layer,
                    overrides: "extra: true\n",
                })),
            });
            await update(cluster, { ...cluster.inputs, profiles: [base(), attachedAddOn()] });
            expect((await attached()).map(({ uid }) => uid)).toEqual([base().uid, addOn.outs.uid]);
            await expectNoDrift(cluster);
            await update(cluster, { ...cluster.inputs, profiles: [base()] });
            expect(await attached()).toHaveLength(1);
            await expectNoDrift(cluster);
        });

        test("with variables and values of its own", async () => {
            const mine = {
                ...base(),
                variables: { colour: "blue", password: "hunter3" },
                packValues: { hellouniverse: 'manifests:\n  hello-universe:\n    tag: "9"\n' },
            };
            const before = cluster.inputs;
            await update(cluster, { ...before, profiles: [mine] });
            const values = async () => (await attached())[0]!.packs.at(-1)!.values;
            // The rest of the profile's values is still there.
            expect(await values()).toMatch(/namespace: "hello-universe"[^]*tag: "9"/);
            await expectNoDrift(cluster);
            const [{ variables }] = await ofCluster("GET", "/variables");
            expect(variables).toMatchObject([{ value: "blue" }, { value: "*******" }]);

            const recoloured = await drift(() =>
                ofCluster("PATCH", "/variables", [
                    { profileUid: base().uid, variables: [{ name: "colour", value: "green" }] },
                ]),
            );
            expect(recoloured).toEqual({
                profiles: [{ ...mine, variables: { colour: "green", password: "hunter3" } }],
            });
            const edited = await drift(async () =>
                ofCluster("PATCH", "/profiles", {
                    profiles: [
                        {
                            uid: base().uid,
                            variables: Object.entries(mine.variables).map(([name, value]) => ({
                                name,
                                value,
                            })),
                            packValues: [
                                {
                                    name: "hellouniverse",
                                    values: (await values()).replace('tag: "9"', 'tag: "10"'),
                                },
                            ],
                        },
                    ],
                }),
            );
            expect(edited).toEqual({
                profiles: [
                    {
                        ...mine,
                        packValues: {
                            hellouniverse: 'manifests:\n  hello-universe:\n    tag: "10"\n',
                        },
                    },
                ],
            });
            await expect(
                awsCluster.update(cluster.id, cluster.outs, {
                    ...before,
                    profiles: [{ ...base(), packValues: { nothing: "a: 1" } }],
                }),
            ).rejects.toThrow(/packValues name the pack nothing, .* it has ubuntu-aws, kubernetes/);
            await update(cluster, before);
            expect(await values()).not.toContain('tag: "9"');
            expect((await ofCluster("GET", "/variables"))[0].variables[0].value).toBe("red");
            await expectNoDrift(cluster);
        });

        test("of which one that somebody attached goes no sooner than a refresh has told of it", async () => {
            const before = cluster.inputs;
            await ofCluster("PATCH", "/profiles", {
                profiles: [{ uid: addOn.outs.uid, packValues: [], variables: [] }],
            });
            await update(cluster, { ...before, tags: [...before.tags, "beside"] });
            expect(await attached()).toHaveLength(2);
            await update(cluster, before);
            const observed = await drift(async () => {});
            expect(await attached()).toHaveLength(1);
            expect(observed.profiles).toEqual([
                base(),
                { uid: addOn.outs.uid, name: "add-on", revision: "", packs: [] },
            ]);
        });
    });

    test("whose applications may have moved when its values have changed", async () => {
        const inputs = { cluster: "c", name: "c", project: "p", packs: [], timeout: 1 };
        const olds = { ...inputs, revisions: ["1"], packValues: { a: "x: 1" }, urls: {} };
        const isDue = async (news: object) =>
            (await applicationUrls.diff("c", olds, { ...olds, ...news })).changes;
        expect(await isDue({})).toBe(false);
        expect(await isDue({ timeout: 2 })).toBe(false);
        expect(await isDue({ revisions: ["2"] })).toBe(true);
        expect(await isDue({ packValues: { a: "x: 2" } })).toBe(true);
    });

    test("has a price, before it is made too, and another one for other machines", async () => {
        const check = async (olds: object, news: AwsClusterInputs) =>
            (await awsCluster.check!(olds as AwsClusterInputs, news)).inputs!;
        const { hourlyPrice: price, ...made } = await check({}, cluster.inputs);
        expect(price).toBeGreaterThan(0);
        expect(made).toEqual(cluster.inputs);
        const recorded = { ...cluster.inputs, hourlyPrice: 0.5 };
        expect((await check(recorded, cluster.inputs)).hourlyPrice).toBe(0.5);
        const pools = cluster.inputs.pools.map((pool) => ({ ...pool, size: 5 }));
        const larger = await check(recorded, { ...cluster.inputs, pools });
        expect(larger.hourlyPrice).toBeCloseTo((price! * 10) / 2, 4);
        expect(said.mock.calls.flat()).toContainEqual(
            expect.stringMatching(/USD an hour, after 0\.50$/),
        );
    });
});
