import type { Answer } from "../factsClient";
import { region, type Walk } from "./walk";

/** AWS cloud accounts (section 7), and a cluster until its application answers (8). */
export function clusterFacts(walk: Walk): void {
    const { user, get } = walk;

    test("7 AWS cloud accounts, and what can be asked before a cluster", async () => {
        const { items } = await get("/v1/cloudaccounts/aws?limit=0");
        const account = items.find(
            ({ metadata }: Answer["body"]) => metadata.name === walk.out.sandbox.seed.cloudAccount,
        );
        walk.accountUid = account.metadata.uid;
        expect(account.metadata.annotations.scope).toBe("project");
        expect(account.spec.secretKey).toMatch(/^\*+$/);
        const filters = `filters=metadata.name=${walk.out.sandbox.seed.cloudAccount}`;
        expect((await get(`/v1/cloudaccounts/aws?${filters}`)).items).toHaveLength(1);
        await get("/v1/dashboard/cloudaccounts/metadata?environment=aws");
        await get("/v1/cloudaccounts/summary");
        const spec = { accessKey: "AKIA", secretKey: "secret", credentialType: "secret" };
        const body = { metadata: { name: "another" }, spec };
        const { uid } = await user("POST", "/v1/cloudaccounts/aws", 201, body);
        await get(`/v1/cloudaccounts/aws/${uid}`);
        await user("PUT", `/v1/cloudaccounts/aws/${uid}`, 204, body);
        await user("DELETE", `/v1/cloudaccounts/aws/${uid}`, 204);
        const of = `cloudAccountUid=${walk.accountUid}`;
        const clouds = "/v1/clouds/aws";
        await get(`${clouds}/regions?${of}`);
        const zones = await get(`${clouds}/regions/${region}/availabilityzones?${of}`);
        expect(zones.zones[0].name).toBe("us-east-1a");
        await get(`${clouds}/regions/${region}/keypairs?${of}`);
        const key = `${clouds}/regions/${region}/keypairs`;
        await user("POST", `${key}/${walk.out.sandbox.seed.sshKeyName}/validate?${of}`, 204);
        expect((await walk.out.palette("POST", `${key}/none/validate?${of}`)).status).toBe(400);
        const types = await get(`${clouds}/regions/${region}/instancetypes?${of}`);
        expect(
            types.instanceTypes.map((instanceType: Answer["body"]) => instanceType.type),
        ).toContain("m4.xlarge");
        await get(`${clouds}/regions/${region}/vpcs?${of}`);
        await get(`${clouds}/regions/${region}/storagetypes?${of}`);
        await user("POST", `${clouds}/properties/validate`, 204, { region });
        const { accessKeyId: accessKey, secretAccessKey: secretKey } = walk.out.sandbox.aws;
        await user("POST", `${clouds}/account/validate`, 204, { accessKey, secretKey });
    });

    describe("8 AWS cluster", () => {
        const schedule = (scheduledRunTime: string) => ({ schedule: { scheduledRunTime } });
        const body = (profile = walk.profileUid) => ({
            metadata: {
                name: "pack-tutorial-cluster",
                annotations: { description: "" },
                labels: { "spectro-cloud-education": "spectro__tag" },
            },
            spec: {
                cloudAccountUid: walk.accountUid,
                cloudConfig: { region, sshKeyName: walk.out.sandbox.seed.sshKeyName },
                profiles: [{ uid: profile, packValues: [], variables: null }],
                machinepoolconfig: [
                    walk.pool("control-plane-pool", 1, true),
                    walk.pool("worker-basic", 1),
                ],
                policies: {
                    scanPolicy: {
                        kubeBench: schedule("0 0 * * SUN"),
                        kubeHunter: schedule("0 0 * * SUN"),
                        sonobuoy: schedule("0 0 1 * *"),
                    },
                },
                clusterConfig: {},
            },
        });

        test("is validated by its findings, priced, and created at once", async () => {
            await user("GET", "/v1/spectroclusters/validate/name?name=pack-tutorial-cluster", 204);
            const { machinePools, profiles } = await user(
                "POST",
                "/v1/spectroclusters/aws/validate",
                200,
                body(),
            );
            expect(machinePools.results.flatMap((result: Answer["body"]) => result.errors)).toEqual(
                [],
            );
            expect(profiles[0].packs.results).toHaveLength(5);
            const wrong = body();
            wrong.spec.cloudConfig.sshKeyName = "none";
            const found = await user("POST", "/v1/spectroclusters/aws/validate", 200, wrong);
            expect(JSON.stringify(found.machinePools)).toContain("none");
            const { cloudConfig, machinepoolconfig, profiles: own } = body().spec;
            const rate = await user("POST", "/v1/spectroclusters/aws/rate?periodType=hourly", 200, {
                cloudConfig,
                machinepoolconfig,
            });
            expect(rate.rate.total).toBeGreaterThan(0.4);
            await user("POST", "/v1/spectroclusters/validate/packs", 200, { profiles: own });
            const { uid } = await user("POST", "/v1/spectroclusters/aws", 201, body());
            walk.clusterUid = uid;
            expect((await walk.out.palette("POST", "/v1/spectroclusters/aws", body())).status).toBe(
                409,
            );
        });

        test("goes from Pending over Provisioning to Running and Healthy, and says why", async () => {
            const seen: string[] = [];
            const look = async () => {
                const { status } = await get(`/v1/spectroclusters/${walk.clusterUid}/status`);
                if (seen.at(-1) !== status.state) {
                    seen.push(status.state);
                }
                return status.state;
            };
            await look();
            expect(
                (
                    await walk.out.palette(
                        "GET",
                        `/v1/spectroclusters/${walk.clusterUid}/assets/kubeconfig`,
                    )
                ).status,
            ).toBe(404);
            for (let minute = 0; minute < 20; minute++) {
                await look();
                await walk.out.advance(1);
            }
            expect(["Pending", "Provisioning", "Running"]).toEqual(expect.arrayContaining(seen));
            expect(seen.at(-1)).toBe("Running");
            const { spec, status } = await walk.cluster();
            walk.configUid = spec.cloudConfigRef.uid;
            expect(status.conditions[0]).toMatchObject({ status: "True", reason: "Done" });
            expect(status.location).toBeTruthy();
            const pack = status.packs.find(
                (candidate: Answer["body"]) => candidate.name === "hellouniverse",
            );
            expect(pack).toMatchObject({
                profileUid: walk.profileUid,
                condition: { type: "Ready", status: "True" },
            });
            const overview = await get(`/v1/dashboard/spectroclusters/${walk.clusterUid}/overview`);
            expect(overview.status.health.state).toBe("Healthy");
            expect(overview.status.kubeMeta.hasKubeConfig).toBe(true);
            await get(`/v1/dashboard/spectroclusters/${walk.clusterUid}`);
            const { items } = await get(
                `/v1/events/components/spectrocluster/${walk.clusterUid}?orderBy=metadata.creationTimestamp=-1`,
            );
            const times = items.map((item: Answer["body"]) => item.metadata.creationTimestamp);
            expect(times).toEqual([...times].sort().reverse());
            await get(`/v1/spectroclusters/${walk.clusterUid}/rate`);
        });

        test("the application's URL, from the Service that was rendered", async () => {
            const { host, ports } = await walk.out.until(async () => {
                const { status } = await walk.cluster();
                const [service] = status.services;
                return service?.host && service;
            });
            expect(ports).toEqual([{ port: 8080, protocol: "TCP" }]);
            const page = await walk.out.http("GET", `http://${host}:8080/`);
            expect([page.status, page.text]).toEqual([
                200,
                expect.stringContaining("hello-universe:1.2.0"),
            ]);
        });

        test("kubeconfigs", async () => {
            for (const asset of ["kubeconfigclient", "adminKubeconfig", "frpKubeconfig"]) {
                const url = `/v1/spectroclusters/${walk.clusterUid}/assets/${asset}`;
                expect((await walk.out.palette("GET", url)).text).toContain("kind: Config");
            }
            const frp = `/v1/spectroclusters/${walk.clusterUid}/assets/kubeconfig?frp=true`;
            expect((await walk.out.palette("GET", frp)).status).toBe(200);
        });

        test("the cloud configuration has flat pools, and machines", async () => {
            const { spec } = await get(`/v1/cloudconfigs/aws/${walk.configUid}`);
            const [first, second] = spec.machinePoolConfig;
            expect(first).toMatchObject({ name: "control-plane-pool", isControlPlane: true });
            expect(second).toMatchObject({ rootDeviceSize: 60, azs: ["us-east-1a"] });
            expect(second).not.toHaveProperty("subnetIds");
            const url = `/v1/cloudconfigs/aws/${walk.configUid}/machinePools/worker-basic/machines`;
            const { items } = await get(url);
            expect(items[0].status).toMatchObject({
                instanceState: "Running",
                ready: true,
                health: { state: "Healthy" },
            });
            await get(`${url}/${items[0].metadata.uid}`);
            await user("PUT", `${url}/${items[0].metadata.uid}/maintenance`, 204, {
                action: "cordon",
            });
            await get(`/v1/cloudconfigs/${walk.configUid}/machinePools/machineUids`);
        });

        test("searches, by name and whether it is deleted", async () => {
            const string = {
                operator: "eq",
                negation: false,
                ignoreCase: false,
                match: { conjunction: "or", values: ["pack-tutorial-cluster"] },
            };
            const filters = [
                { property: "clusterName", type: "string", condition: { string } },
                { property: "isDeleted", type: "bool", condition: { bool: { value: false } } },
            ];
            const filter = {
                conjunction: "and",
                filterGroups: [{ conjunction: "and", filters }],
            };
            for (const where of ["search", "metadata/search"]) {
                const url = `/v1/dashboard/spectroclusters/${where}`;
                const { items } = await user("POST", url, 200, { filter, sort: [] });
                expect(items).toHaveLength(1);
            }
            await get("/v1/dashboard/spectroclusters/search/schema");
            await get("/v1/dashboard/spectroclusters/search/input");
            await get("/v1/dashboard/spectroclusters/meta");
            await get("/v1/dashboard/spectroclusters/metadata");
            await user("POST", "/v1/dashboard/spectroclusters/metadata", 200, {});
            expect((await get("/v1/spectroclusters/tags")).tags).toContain(
                "spectro-cloud-education",
            );
        });

        test("workloads are what the packs rendered to", async () => {
            const url = `/v1/dashboard/spectroclusters/${walk.clusterUid}/workloads`;
            const kinds = ["daemonset", "statefulset", "job", "cronjob", "pod"];
            for (const kind of [...kinds, "namespace", "rolebinding", "clusterrolebinding"]) {
                await user("POST", `${url}/${kind}`, 200, {});
            }
            const { deployments } = await user("POST", `${url}/deployment`, 200, {});
            expect(deployments[0].metadata.entity.name).toBe("hello-universe-deployment");
            await user("POST", url, 200, {});
            await user("POST", `/v1/spectroclusters/${walk.clusterUid}/workloads/sync`, 202);
            await get(`/v1/spectroclusters/${walk.clusterUid}/namespaces`);
            await get(`/v1/spectroclusters/${walk.clusterUid}/packs/resolvedValues`);
        });
    });
}
