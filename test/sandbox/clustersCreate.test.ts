import {
    addPack,
    addProfile,
    type Bench,
    bench,
    clusterCalls,
    clusterRequest,
    infraPacks,
    type Json,
    pool,
} from "./clustersSupport";
import { setClusterFault } from "../../sandbox/palette/clusters";

let palette: Bench;
const { create, get, health, state } = clusterCalls(() => palette);
afterEach(() => palette.close());

describe("create", () => {
    async function post(
        fields: Parameters<typeof clusterRequest>[2] = {},
        packs = infraPacks(palette.context),
    ) {
        const profile = addProfile(palette.context, "profile", packs);
        const request = clusterRequest(palette.context, [profile.uid], fields);
        return palette.call("POST", "/v1/spectroclusters/aws", request);
    }

    test("answers like the request but for the spelling", async () => {
        palette = await bench();
        const request = {
            spec: {
                machinepoolconfig: [
                    pool("control-plane-pool", true),
                    {
                        ...pool("worker-pool", false, 2),
                        cloudConfig: {
                            instanceType: "m5.large",
                            rootDeviceSize: 65,
                            azs: ["us-east-1a"],
                            subnets: [{ az: "us-east-1a", id: "subnet-1" }],
                        },
                    },
                ],
            },
        };
        const { body: made, status } = await post(request);
        expect({ made, status }).toMatchObject({ status: 201 });
        const cluster = await get(made.uid);
        expect(cluster.metadata).toMatchObject({
            name: "pack-tutorial-cluster",
            annotations: { description: "a cluster", scope: "project" },
            labels: { app: "hello-universe", "spectro-cloud-education": "spectro__tag" },
        });
        expect(cluster.spec).toMatchObject({ cloudType: "aws", clusterType: "PureManage" });
        const { uid } = cluster.spec.cloudConfigRef;
        const { body: config } = await palette.call("GET", `/v1/cloudconfigs/aws/${uid}`);
        expect(config.spec.clusterConfig).toEqual({
            region: "us-east-1",
            sshKeyName: "tutorial-key",
        });
        expect(config.spec.machinePoolConfig[1]).toMatchObject({
            name: "worker-pool",
            size: 2,
            isControlPlane: false,
            instanceType: "m5.large",
            rootDeviceSize: 65,
            capacityType: "on-demand",
            azs: ["us-east-1a"],
            subnetIds: { "us-east-1a": "subnet-1" },
            additionalLabels: { owner: "docs" },
            updateStrategy: { type: "RollingUpdateScaleOut" },
        });
        expect(config.spec.machinePoolConfig[0]).not.toHaveProperty("subnetIds");
        const scan = await palette.call(
            "GET",
            `/v1/spectroclusters/${made.uid}/features/complianceScan`,
        );
        expect(scan.body.spec.driverSpec).toMatchObject({
            "kube-bench": { config: { schedule: { scheduledRunTime: "0 0 * * SUN" } } },
            sonobuoy: { config: { schedule: { scheduledRunTime: "0 0 1 * *" } } },
        });
        expect(cluster.status.location).toMatchObject({
            countryCode: "US",
            regionCode: "us-east-1",
        });
    });

    test.each<[what: string, spec: Record<string, unknown>, code: string, message: RegExp]>([
        ["no such account", { cloudAccountUid: "none" }, "ResourceNotFound", /CloudAccount 'none'/],
        [
            "no such profile",
            { profiles: [{ uid: "none" }] },
            "ResourceNotFound",
            /ClusterProfile 'none'/,
        ],
        ["no profile", { profiles: [] }, "InvalidRequest", /exactly one profile/],
        ["no pool", { machinepoolconfig: [] }, "InvalidRequest", /exactly one control plane/],
        [
            "an even control plane",
            { machinepoolconfig: [pool("c", true, 2)] },
            "InvalidRequest",
            /1, 3 or 5/,
        ],
        [
            "pools of one name",
            { machinepoolconfig: [pool("c", true), pool("c", false)] },
            "InvalidRequest",
            /'c' is given twice/,
        ],
        [
            "an unknown region",
            { cloudConfig: { region: "us-nowhere-1" } },
            "InvalidRegion",
            /'us-nowhere-1'/,
        ],
        [
            "an unknown key pair",
            { cloudConfig: { region: "us-east-1", sshKeyName: "x" } },
            "InvalidKeyPair",
            /'x' does not exist/,
        ],
        [
            "an unknown VPC",
            { cloudConfig: { region: "us-east-1", vpcId: "vpc-1" } },
            "InvalidVpc",
            /'vpc-1'/,
        ],
    ])("refuses %s", async (_what, spec, code, message) => {
        palette = await bench();
        const { status, body } = await post({ spec });
        expect(body).toMatchObject({ code, message: expect.stringMatching(message) });
        expect(status).toBe(code === "ResourceNotFound" ? 404 : 400);
        expect(
            (await palette.call("GET", "/v1/dashboard/spectroclusters/metadata")).body.items,
        ).toEqual([]);
    });

    test.each(["", "Upper", "-a", "a_b", "a".repeat(64)])("refuses the name '%s'", async (name) => {
        palette = await bench();
        expect(await post({ name })).toMatchObject({
            status: 400,
            body: { code: "InvalidRequest" },
        });
        const validate = await palette.call(
            "GET",
            `/v1/spectroclusters/validate/name?name=${name}`,
        );
        expect(validate.status).toBe(400);
    });

    test("validates without making anything", async () => {
        palette = await bench();
        const profile = addProfile(palette.context, "profile", infraPacks(palette.context));
        const unfit = pool("worker-pool", false) as Json;
        Object.assign(unfit.cloudConfig, {
            instanceType: "m5.large",
            azs: ["us-east-1e", "us-east-1z"],
        });
        const request = clusterRequest(palette.context, [profile.uid], {
            spec: { machinepoolconfig: [pool("control-plane-pool", true), unfit] },
        });
        const { status, body } = await palette.call(
            "POST",
            "/v1/spectroclusters/aws/validate",
            request,
        );
        expect(status).toBe(200);
        expect(body.machinePools.results[0].errors).toEqual([]);
        expect(body.machinePools.results[1].errors.map((error: Json) => error.code)).toEqual([
            "InvalidZone",
            "UnsupportedInstanceType",
        ]);
        expect(body.profiles[0].packs.results.flatMap((result: Json) => result.errors)).toEqual([]);
        expect(await palette.call("POST", "/v1/spectroclusters/aws", request)).toMatchObject({
            status: 400,
            body: { code: "InvalidZone", message: expect.stringMatching(/has no zone us-east-1z/) },
        });
    });

    test("refuses a name that is taken until its cluster is deleted", async () => {
        palette = await bench();
        const { body } = await post();
        const name = "/v1/spectroclusters/validate/name?name=pack-tutorial-cluster";
        expect((await palette.call("GET", name)).status).toBe(409);
        expect(await post()).toMatchObject({
            status: 409,
            body: { code: "ClusterNameAlreadyExists" },
        });
        await palette.call("DELETE", `/v1/spectroclusters/${body.uid}`);
        expect((await post()).status).toBe(409);
        await palette.pass(7);
        expect((await palette.call("GET", name)).status).toBe(204);
        expect((await post()).status).toBe(201);
    });

    test("gives another project its own names", async () => {
        palette = await bench();
        const { body } = await post();
        const elsewhere = await palette.call(
            "GET",
            `/v1/spectroclusters/${body.uid}`,
            undefined,
            "other",
        );
        expect(elsewhere.status).toBe(404);
        expect(
            (await palette.call("GET", `/v1/spectroclusters/${body.uid}`, undefined, "")).status,
        ).toBe(404);
        const name = "/v1/spectroclusters/validate/name?name=pack-tutorial-cluster";
        expect((await palette.call("GET", name, undefined, "other")).status).toBe(204);
    });

    test("duplicate packs of two profiles", async () => {
        palette = await bench();
        const shared = addPack(palette.context, { name: "shared" });
        const first = addProfile(palette.context, "first", [
            ...infraPacks(palette.context),
            shared,
        ]);
        const second = addProfile(palette.context, "second", [shared], { type: "add-on" });
        const request = clusterRequest(palette.context, [first.uid, second.uid]);
        const { body } = await palette.call("POST", "/v1/spectroclusters/aws/validate", request);
        expect(body.profiles[1].packs.results[0].errors[0].code).toBe(
            "DuplicateClusterPacksForbidden",
        );
        for (const status of ["400", "409", "500"]) {
            palette.context.switches.set({ duplicatePacks: status });
            expect(await palette.call("POST", "/v1/spectroclusters/aws", request)).toMatchObject({
                status: Number(status),
                body: { code: "DuplicateClusterPacksForbidden" },
            });
        }
        palette.context.switches.set({ duplicatePacks: "added" });
        expect((await palette.call("POST", "/v1/spectroclusters/aws", request)).status).toBe(201);
    });
});

describe("points that are not confirmed", () => {
    async function simple(positions: Record<string, string>): Promise<string> {
        palette = await bench(positions);
        return create([]);
    }

    test("duplicate names", async () => {
        await simple({ duplicateName: "500" });
        const profile = addProfile(palette.context, "p", infraPacks(palette.context));
        const request = clusterRequest(palette.context, [profile.uid]);
        const again = (): Promise<Json> => palette.call("POST", "/v1/spectroclusters/aws", request);
        expect(await again()).toMatchObject({
            status: 500,
            body: { code: "ClusterNameAlreadyExists" },
        });
        palette.context.switches.set({ duplicateName: "secondObject" });
        expect((await again()).status).toBe(201);
        expect(
            (await palette.call("GET", "/v1/dashboard/spectroclusters/metadata")).body.items,
        ).toHaveLength(2);
    });

    test("labels", async () => {
        const uid = await simple({ labels: "dropped" });
        const { metadata } = await get(uid);
        expect(metadata.labels).toEqual({});
        expect(metadata.annotations.description).toBe("a cluster");
    });

    test("a specification that AWS does not take", async () => {
        palette = await bench({ unfitCluster: "errorState" });
        const unfit = pool("worker-pool", false) as Json;
        unfit.cloudConfig.instanceType = "m9.huge";
        const uid = await create([], {
            spec: { machinepoolconfig: [pool("control-plane-pool", true), unfit] },
        });
        await palette.pass(4);
        const { status } = await get(uid);
        expect(status.state).toBe("Error");
        expect(status.conditions.at(-1)).toMatchObject({
            status: "False",
            reason: "ProvisioningFailed",
            message: expect.stringMatching(/'m9.huge' is not known/),
        });
        await palette.call("DELETE", `/v1/spectroclusters/${uid}`);
        await palette.pass(7);
        expect(await state(uid)).toBe("Deleted");
    });

    test("status of a new cluster", async () => {
        const uid = await simple({ newClusterStatus: "late" });
        expect(await get(uid)).not.toHaveProperty("status");
        await palette.pass(0.6);
        expect((await get(uid)).status.state).toBe("Provisioning");
    });

    test("health strings", async () => {
        palette = await bench({ unhealthy: "Unhealthy", unsettledHealth: "absent" });
        const uid = await create([addPack(palette.context, { name: "broken", values: "a: [" })]);
        await palette.pass(13.1);
        expect(await health(uid)).toBeUndefined();
        palette.context.switches.set({ unsettledHealth: "UnHealthy" });
        expect((await health(uid)).state).toBe("UnHealthy");
        await palette.pass(2);
        expect((await health(uid)).state).toBe("Unhealthy");
    });

    test("health while packs are deployed", async () => {
        palette = await bench({ unsettledHealth: "Healthy", unhealthy: "Error" });
        const uid = await create([addPack(palette.context, { name: "broken", values: "a: [" })]);
        await palette.pass(13.1);
        expect((await health(uid)).state).toBe("Healthy");
        await palette.pass(2);
        expect((await health(uid)).state).toBe("Error");
    });

    test("kubeconfig", async () => {
        const uid = await simple({ kubeconfig: "base64" });
        await palette.pass(11);
        const assets = ["kubeconfig", "kubeconfigclient", "adminKubeconfig"];
        for (const asset of assets) {
            const { text } = await palette.call(
                "GET",
                `/v1/spectroclusters/${uid}/assets/${asset}`,
            );
            expect(Buffer.from(text, "base64").toString()).toMatch(/^apiVersion: v1\nkind: Config/);
        }
    });

    test("early force delete", async () => {
        const uid = await simple({});
        const force = (): Promise<Json> =>
            palette.call("DELETE", `/v1/spectroclusters/${uid}?forceDelete=true`);
        expect(await force()).toMatchObject({
            status: 400,
            body: { code: "ForceDeleteNotAllowed" },
        });
        setClusterFault(palette.context, "pack-tutorial-cluster", { deletionSticks: true });
        await palette.call("DELETE", `/v1/spectroclusters/${uid}`);
        await palette.pass(14);
        expect(await state(uid)).toBe("Deleting");
        expect((await force()).status).toBe(400);
        expect((await get(uid)).status.conditions.at(-1).message).toMatch(/dependencies/);
        await palette.pass(2);
        expect((await force()).status).toBe(204);
        await palette.pass(1);
        expect(await state(uid)).toBe("Deleted");
        await palette.close();

        const second = await simple({ earlyForceDelete: "accepted" });
        const url = `/v1/spectroclusters/${second}?forceDelete=true`;
        expect((await palette.call("DELETE", url)).status).toBe(204);
        await palette.pass(1);
        expect(await state(second)).toBe("Deleted");
    });

    test("deleted clusters", async () => {
        const uid = await simple({ deletedCluster: "404" });
        await palette.call("DELETE", `/v1/spectroclusters/${uid}`);
        await palette.pass(7);
        expect((await palette.call("GET", `/v1/spectroclusters/${uid}`)).status).toBe(404);
    });

    test("order of events", async () => {
        const uid = await simple({ eventOrder: "ignored" });
        await palette.pass(3);
        const url = `/v1/events/components/spectrocluster/${uid}?orderBy=metadata.creationTimestamp=-1`;
        expect((await palette.call("GET", url)).body.items[0].reason).toBe("ClusterCreated");
    });
});
