import type { Answer } from "../factsClient";
import { region, type Walk } from "./walk";

/** What is changed while a cluster runs (section 9). */
export function dayTwoFacts(walk: Walk): void {
    const { admin, user, get } = walk;

    describe("9 Day two", () => {
        const url = () => `/v1/spectroclusters/${walk.clusterUid}`;
        const machines = async (name: string) =>
            (await get(`/v1/cloudconfigs/aws/${walk.configUid}/machinePools/${name}/machines`))
                .items;

        test("pools are scaled, added, changed and removed", async () => {
            const pools = `/v1/cloudconfigs/aws/${walk.configUid}/machinePools`;
            await user("PUT", `${pools}/worker-basic`, 204, walk.pool("worker-basic", 2));
            await walk.out.advance(5);
            expect(await machines("worker-basic")).toHaveLength(2);
            await user("POST", pools, 201, walk.pool("more", 1));
            await walk.out.advance(5);
            expect((await machines("more"))[0].status.instanceState).toBe("Running");
            await user("DELETE", `${pools}/more`, 204);
            expect((await walk.out.palette("DELETE", `${pools}/control-plane-pool`)).status).toBe(
                400,
            );
            await user("PUT", `/v1/cloudconfigs/aws/${walk.configUid}/clusterConfig`, 204, {
                clusterConfig: { region, controlPlaneLoadBalancer: "" },
            });
        });

        test("a profile is replaced; the new version answers when its packs are ready", async () => {
            const profiles = [
                {
                    uid: walk.newProfileUid,
                    replaceWithProfile: walk.profileUid,
                    packValues: [],
                    variables: [],
                },
            ];
            const repave = await user("POST", `${url()}/validate/repave`, 200, { profiles });
            expect(repave.isRepaveRequired).toBe(false);
            await user("POST", `${url()}/validate/packs`, 200, { profiles });
            const spcApplySettings = { actionType: "DownloadAndInstall" };
            const query = "?resolveNotification=true";
            await user("PATCH", `${url()}/profiles${query}`, 204, { profiles, spcApplySettings });
            expect((await get(`${url()}/profiles`)).profiles).toHaveLength(1);
            await walk.out.until(async () => (await get(`${url()}/status/spcApply`)).canBeApplied);
            await walk.out.advance(5);
            const ready = (pack: Answer["body"]) =>
                pack.condition.type === "Ready" && pack.condition.status === "True";
            const status = await walk.out.until(async () => {
                const now = (await walk.cluster()).status;
                const own = now.packs.filter(
                    (pack: Answer["body"]) => pack.profileUid === walk.newProfileUid,
                );
                expect(own).toHaveLength(5);
                return own.every(ready) && now;
            });
            const [{ host }] = status.services;
            const page = await walk.out.http("GET", `http://${host}:8080/`);
            expect(page.text).toContain("hello-universe:1.3.0");
            const { status: inUse } = await get(`/v1/clusterprofiles/${walk.newProfileUid}`);
            expect(inUse.inUseClusters).toMatchObject([
                { uid: walk.clusterUid, name: "pack-tutorial-cluster" },
            ]);
            const before = await get(`/v1/clusterprofiles/${walk.profileUid}`);
            expect(before.status.inUseClusters).toEqual([]);
        });

        test("an edited profile is a pending update until it is applied again", async () => {
            const body = {
                metadata: { name: "pack-tutorial-profile", uid: walk.newProfileUid },
                spec: {
                    version: "1.1.0",
                    template: walk.template("manifests:\n  hello:\n    tag: 1.4.0\n"),
                },
            };
            await user("PUT", `/v1/clusterprofiles/${walk.newProfileUid}`, 204, body);
            await user("PATCH", `/v1/clusterprofiles/${walk.newProfileUid}/publish`, 204);
            expect((await get(`${url()}/profileUpdates`)).profiles).toHaveLength(1);
            const later = { actionType: "DownloadAndInstallLater" };
            const profiles = [{ uid: walk.newProfileUid }];
            await user("PATCH", `${url()}/profiles`, 204, { profiles, spcApplySettings: later });
            await user("POST", `${url()}/status/spcApply`, 202);
            expect((await get(`${url()}/profileUpdates`)).profiles).toEqual([]);
        });

        test("a change of Kubernetes is a repave, with its reasons and an approval", async () => {
            await walk.out.control("PATCH", "/switches", { repave: "pending" });
            const { items } = await get(
                "/v1/packs?filters=spec.name=kubernetesANDspec.version=1.28.2",
            );
            const kept = walk.packs.kubernetes;
            walk.packs.kubernetes = items[0];
            const { uid: older } = await user("POST", "/v1/clusterprofiles?publish=true", 201, {
                metadata: { name: "older-kubernetes" },
                spec: { template: walk.template() },
            });
            walk.packs.kubernetes = kept;
            const profiles = [{ uid: older, replaceWithProfile: walk.newProfileUid }];
            const checked = await user("POST", `${url()}/validate/repave`, 200, { profiles });
            expect(checked.isRepaveRequired).toBe(true);
            await user("PUT", `${url()}/profiles`, 204, { profiles: [{ uid: older }] });
            const { status } = await get(`${url()}/repave/status`);
            expect(status.state).toBe("Pending");
            expect((await get("/v1/dashboard/spectroclusters/repaveStatus")).items).toHaveLength(1);
            await user("PATCH", `${url()}/repave/approve`, 204);
            await walk.out.control("PATCH", "/switches", { repave: "approved" });
            await walk.out.advance(30);
            expect((await walk.cluster()).status.repave.state).toBe("Approved");
        });

        test("an add-on profile is attached and detached; the same pack twice is refused", async () => {
            const pack = {
                name: "notes",
                type: "manifest",
                layer: "addon",
                values: "",
                manifests: [
                    {
                        name: "notes",
                        content: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: notes\n",
                    },
                ],
            };
            const { uid: addOn } = await user("POST", "/v1/clusterprofiles?publish=true", 201, {
                metadata: { name: "notes" },
                spec: {
                    template: { type: "add-on", cloudType: "all", packs: [pack] },
                    variables: [{ name: "size", defaultValue: "3" }],
                },
            });
            await user("PATCH", `${url()}/profiles`, 204, { profiles: [{ uid: addOn }] });
            const twice = await walk.out.palette("PATCH", `${url()}/profiles`, {
                profiles: [{ uid: walk.newProfileUid }],
            });
            expect([twice.status, twice.body.code]).toEqual([400, expect.any(String)]);
            const listed = await get(`${url()}/profiles/packs/manifests`);
            const manifests = JSON.stringify(listed).matchAll(/"uid":"(\w+)"/g);
            const found = await Promise.all(
                [...manifests].map(([, manifestUid]) =>
                    walk.out.palette("GET", `${url()}/pack/manifests/${manifestUid}`),
                ),
            );
            expect(found.map(({ text }) => text).join()).toContain("kind: ConfigMap");
            await get(`${url()}/profiles/${addOn}/packs/notes/manifests`);
            const variables = await get(`${url()}/variables`);
            expect(JSON.stringify(variables)).toContain('"size"');
            await user("PATCH", `${url()}/variables`, 204, [
                { profileUid: addOn, variables: [{ name: "size", value: "5" }] },
            ]);
            await user("DELETE", `${url()}/profiles`, 204, { profileUids: [addOn] });
            await user("DELETE", `/v1/clusterprofiles/${addOn}`, 204);
        });

        test("scans, backups, namespaces, role bindings", async () => {
            const schedule = { schedule: { scheduledRunTime: "0 0 1 * *" } };
            const scan = `${url()}/features/complianceScan`;
            const { spec } = await get(scan);
            expect(Object.keys(spec.driverSpec)).toEqual(["kube-bench", "kube-hunter", "sonobuoy"]);
            await user("PUT", scan, 204, { kubeBench: schedule });
            await user("POST", scan, 201, { kubeBench: schedule, kubeHunter: schedule });
            expect((await get(scan)).spec.driverSpec["kube-bench"].config.schedule).toEqual(
                schedule.schedule,
            );
            const backup = `${url()}/features/backup`;
            const none = await walk.out.palette("GET", backup);
            expect([none.status, none.body.code]).toEqual([404, "ResourceNotFound"]);
            const policy = { backupPrefix: "daily", namespaces: ["default"], ...schedule };
            await user("POST", backup, 201, policy);
            await user("PUT", backup, 204, { ...policy, durationInHours: 24 });
            expect((await get(backup)).spec.config.backupPrefix).toBe("daily");
            await user("DELETE", backup, 204);
            for (const [kind, resource] of [
                [
                    "namespaces",
                    {
                        metadata: { name: "team" },
                        spec: { isRegex: false, resourceAllocation: { cpuCores: 1, memoryMiB: 1 } },
                    },
                ],
                [
                    "rbacs",
                    {
                        metadata: { name: "viewers" },
                        spec: {
                            bindings: [
                                {
                                    type: "ClusterRoleBinding",
                                    role: { kind: "ClusterRole", name: "view" },
                                    subjects: [{ type: "Group", name: "team" }],
                                },
                            ],
                        },
                    },
                ],
            ] as const) {
                const list = `${url()}/config/${kind}`;
                await user("PUT", list, 204, { [kind]: [resource] });
                const { items } = await get(list);
                expect(items[0]).toMatchObject({ spec: resource.spec });
                const resourceUrl = `${list}/${items[0].metadata.uid}`;
                await get(resourceUrl);
                await user("PUT", resourceUrl, 204, resource);
                expect(
                    (await walk.cluster()).spec.clusterConfig.clusterResources[kind],
                ).toHaveLength(1);
                await user("PUT", list, 204, { [kind]: [resource] });
                expect((await get(list)).items[0].metadata.uid).toBe(items[0].metadata.uid);
            }
        });

        test("name, tags, time zone, OS patches and the rest", async () => {
            const metadata = {
                name: "pack-tutorial-cluster",
                labels: { app: "hello" },
                annotations: { description: "mine" },
            };
            await user("PATCH", `${url()}/metadata`, 204, { metadata });
            const config = `${url()}/clusterConfig`;
            await user("PATCH", `${config}/timezone`, 204, { timezone: "Europe/Berlin" });
            const osPatchConfig = { schedule: "0 0 * * SUN", patchOnBoot: true };
            await user("PATCH", `${config}/osPatch`, 204, { osPatchConfig });
            await user("PATCH", `${config}/lifecycleConfig`, 204, {
                lifecycleConfig: { pause: false },
            });
            await user("PATCH", `${config}/clusterMetaAttribute`, 204, {
                clusterMetaAttribute: "a",
            });
            await user("PATCH", `${config}/controlPlaneHealthCheckTimeout`, 204, {
                controlPlaneHealthCheckTimeout: "10m",
            });
            await user("POST", `${url()}/upgrade/settings`, 204, { spectroComponents: "lock" });
            await user("PUT", `${url()}/location`, 204, { location: { countryCode: "DE" } });
            const { metadata: read, spec } = await walk.cluster();
            expect(read.labels).toEqual({ app: "hello" });
            expect(spec.clusterConfig).toMatchObject({
                timezone: "Europe/Berlin",
                machineManagementConfig: { osPatchConfig },
            });
        });

        test("a tenant's profile is seen from a project and changed in the tenant alone", async () => {
            const { uid: own } = await admin("POST", "/v1/clusterprofiles?publish=true", 201, {
                metadata: { name: "of-the-tenant" },
                spec: { template: walk.template() },
            });
            const url = `/v1/clusterprofiles/${own}`;
            expect((await get(url)).metadata.annotations.scope).toBe("tenant");
            expect((await walk.out.palette("DELETE", url)).status).toBe(403);
            await admin("DELETE", url, 204);
        });
    });
}
