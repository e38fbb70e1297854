import http from "node:http";
import {
    addPack,
    addProfile,
    type Bench,
    bench,
    clusterRequest,
    describeWithHelm,
    helloManifest,
    helloPack,
    helloValues,
    infraPacks,
    type Json,
    minute,
    pool,
} from "./clustersSupport";
import { setClusterFault } from "../../sandbox/palette/clusters";

let palette: Bench;
afterEach(() => palette.close());

/** Creates a cluster of the infrastructure layers and these packs. */
async function create(
    packs = [helloPack(palette.context)],
    fields: Parameters<typeof clusterRequest>[2] = {},
): Promise<string> {
    const name = `profile-of-${fields.name ?? "default"}`;
    const profile = addProfile(palette.context, name, [...infraPacks(palette.context), ...packs]);
    const request = clusterRequest(palette.context, [profile.uid], fields);
    const { status, body } = await palette.call("POST", "/v1/spectroclusters/aws", request);
    expect({ status, body }).toEqual({ status: 201, body: { uid: expect.any(String) } });
    return body.uid;
}

async function get(uid: string): Promise<Json> {
    return (await palette.call("GET", `/v1/spectroclusters/${uid}`)).body;
}

async function health(uid: string): Promise<Json> {
    const { body } = await palette.call("GET", `/v1/dashboard/spectroclusters/${uid}/overview`);
    return body.status.health;
}

async function state(uid: string): Promise<string> {
    return (await palette.call("GET", `/v1/spectroclusters/${uid}/status`)).body.status.state;
}

describeWithHelm("a cluster's life", () => {
    beforeEach(async () => (palette = await bench()));

    test("goes from Pending to a page that answers", async () => {
        const uid = await create();
        const seen: string[] = [];
        const note = (what: string): void => void (seen.includes(what) || seen.push(what));
        for (let half = 0; half < 36; half++) {
            const cluster = await get(uid);
            note(cluster.status.state);
            note((await health(uid))?.state ?? "no health");
            const hello = cluster.status.packs.find((one: Json) => one.name === "hellouniverse");
            note(`${hello.condition.type} ${hello.condition.status}`);
            note(hello.services[0]?.host ? "host" : hello.services[0] ? "service" : "none");
            const file = await palette.call("GET", `/v1/spectroclusters/${uid}/assets/kubeconfig`);
            note(`kubeconfig ${file.status}`);
            await palette.pass(0.5);
        }
        expect(seen).toEqual([
            "Pending",
            "no health",
            "Ready False",
            "none",
            "kubeconfig 404",
            "Provisioning",
            "kubeconfig 200",
            "Running",
            "Unknown",
            "Ready True",
            "service",
            "Healthy",
            "host",
        ]);
        const { status } = await get(uid);
        expect(status.conditions.map((one: Json) => `${one.type} ${one.status}`)).toEqual([
            "ImageResolutionDone True",
            "CloudInfrastructureReady True",
            "BootstrappingDone True",
            "ControlPlaneNodeAdditionDone True",
            "KubeConfigReady True",
            "WorkerNodeAdditionDone True",
            "AddOnDeploymentDone True",
        ]);
        const [service] = status.services;
        expect(service).toEqual({
            name: "hello-universe-service",
            host: expect.stringMatching(/^127\.\d+\.\d+\.\d+$/),
            ports: [{ port: 8080, protocol: "TCP" }],
        });
        expect(status.packs[4].services).toEqual([service]);
        const page = await fetch(`http://${service.host}:8080/`);
        expect(page.status).toBe(200);
        const html = await page.text();
        for (const part of ["The hellouniverse", "pack-tutorial-cluster", "hellouniverse 1.0.0"]) {
            expect(html).toContain(part);
        }
        expect(html).toContain("ghcr.io/spectrocloud/hello-universe:1.2.0");
    });

    test("takes 15 to 18 minutes", async () => {
        const uid = await create();
        const ready = async (): Promise<boolean> =>
            (await get(uid)).status.services[0]?.host !== undefined &&
            (await health(uid))?.state === "Healthy";
        await palette.pass(14.9);
        expect(await ready()).toBe(false);
        await palette.pass(3);
        expect(await ready()).toBe(true);
    });

    test("is told in conditions and events as it goes", async () => {
        const uid = await create();
        await palette.pass(2);
        const last = (await get(uid)).status.conditions.at(-1);
        expect(last).toMatchObject({
            type: "CloudInfrastructureReady",
            status: "False",
            reason: "InProgress",
            message: "Creating VPC and subnets in us-east-1",
        });
        await palette.pass(18);
        const url = `/v1/events/components/spectrocluster/${uid}`;
        const events = (await palette.call("GET", url)).body.items;
        const steps = events
            .map((one: Json) => one.reason)
            .filter((one: string) => /^(Cl|Co|W)/.test(one));
        expect(steps).toEqual([
            "ClusterCreated",
            "CloudInfrastructureReady",
            "ControlPlaneReady",
            "WorkersReady",
            "ClusterRunning",
        ]);
        const packs = events
            .map((one: Json) => one.message)
            .filter((one: string) => /^Pack/.test(one));
        expect(packs).toEqual([
            "Pack ubuntu-aws 22.04 is being installed",
            "Pack kubernetes 1.32.3 is being installed",
            "Pack ubuntu-aws 22.04 is ready",
            "Pack kubernetes 1.32.3 is ready",
            "Pack cni-calico 3.29.3 is being installed",
            "Pack csi-aws-ebs 1.41.0 is being installed",
            "Pack cni-calico 3.29.3 is ready",
            "Pack csi-aws-ebs 1.41.0 is ready",
            "Pack hellouniverse 1.0.0 is being installed",
            "Pack hellouniverse 1.0.0 is ready",
        ]);
        const newest = await palette.call(
            "GET",
            `${url}?orderBy=metadata.creationTimestamp=-1&limit=1`,
        );
        expect(newest.body.items[0].message).toBe("Pack hellouniverse 1.0.0 is ready");
    });

    test("is deleted in 5 to 8 minutes, its page at once, and forgotten after days", async () => {
        const uid = await create();
        await palette.pass(18);
        const { host } = (await get(uid)).status.services[0];
        expect((await palette.call("DELETE", `/v1/spectroclusters/${uid}`)).status).toBe(204);
        await palette.pass(0.1);
        await expect(fetch(`http://${host}:8080/`)).rejects.toThrow();
        expect((await get(uid)).status.services).toEqual([]);
        expect(await state(uid)).toBe("Deleting");
        expect((await palette.call("DELETE", `/v1/spectroclusters/${uid}`)).status).toBe(204);
        await palette.pass(4);
        expect((await get(uid)).status.conditions.at(-1)).toMatchObject({ reason: "Deleting" });
        expect(await state(uid)).toBe("Deleting");
        await palette.pass(3);
        expect(await state(uid)).toBe("Deleted");
        const patch = await palette.call("PATCH", `/v1/spectroclusters/${uid}/metadata`, {
            metadata: {},
        });
        expect(patch).toMatchObject({ status: 400, body: { code: "ClusterDeleting" } });
        expect((await palette.call("DELETE", `/v1/spectroclusters/${uid}`)).status).toBe(404);
        await palette.pass(72 * 60);
        expect(await palette.call("GET", `/v1/spectroclusters/${uid}`)).toMatchObject({
            status: 404,
            body: { code: "ResourceNotFound" },
        });
        expect(palette.context.journal.collection("clusters").size).toBe(0);
    });

    test("can end while it is being provisioned", async () => {
        const uid = await create();
        await palette.pass(4);
        await palette.call("DELETE", `/v1/spectroclusters/${uid}`);
        await palette.pass(30);
        expect(await state(uid)).toBe("Deleted");
        const { body } = await palette.call("GET", `/v1/events/components/spectrocluster/${uid}`);
        const reasons = body.items.map((one: Json) => one.reason);
        expect(reasons).not.toContain("ClusterRunning");
        expect(reasons.at(-1)).toBe("ClusterDeleted");
    });

    test("goes on after a restart where it was", async () => {
        const uid = await create();
        await palette.pass(11);
        await palette.restart();
        expect(await state(uid)).toBe("Provisioning");
        await palette.pass(7);
        const { host } = (await get(uid)).status.services[0];
        expect((await fetch(`http://${host}:8080/`)).status).toBe(200);
        await palette.restart();
        expect((await get(uid)).status.services[0].host).toBe(host);
        expect((await fetch(`http://${host}:8080/`)).status).toBe(200);
        await palette.call("DELETE", `/v1/spectroclusters/${uid}`);
        await palette.restart();
        await expect(fetch(`http://${host}:8080/`)).rejects.toThrow();
        await palette.pass(7);
        expect(await state(uid)).toBe("Deleted");
    });

    test("does not end with the clock when its packs were never rendered", async () => {
        const uid = await create();
        // What a kill leaves that came before Helm was done.
        const clusters = palette.context.journal.collection<Json>("clusters");
        await palette.pass(0);
        const cluster = clusters.get(uid);
        cluster.profiles[0].packs.forEach((one: Json) => delete one.outcome);
        clusters.put(uid, cluster);
        await palette.restart();
        await palette.pass(18);
        expect((await health(uid)).state).toBe("Healthy");
    });
});

describeWithHelm("what is wrong with a pack", () => {
    beforeEach(async () => (palette = await bench()));

    test("is told in its condition; the cluster runs and is not healthy", async () => {
        const manifest = helloManifest.replace(
            "/{{ .Values.repository }}",
            "/{{ .Values.no.repository }}",
        );
        const uid = await create([helloPack(palette.context, { manifest })]);
        await palette.pass(20);
        const { status } = await get(uid);
        expect(status.state).toBe("Running");
        expect(status.services).toEqual([]);
        expect(
            status.packs.find((one: Json) => one.name === "hellouniverse").condition,
        ).toMatchObject({
            type: "Error",
            status: "True",
            message: expect.stringMatching(/manifests\/hello-universe.yaml.*nil pointer/s),
        });
        expect(status.packs.filter((one: Json) => one.condition.type === "Error")).toHaveLength(1);
        expect(await health(uid)).toMatchObject({
            state: "UnHealthy",
            conditions: [
                { type: "PackError", relatedObject: { kind: "pack", name: "hellouniverse" } },
            ],
        });
        expect(status.conditions.at(-1)).toMatchObject({
            type: "AddOnDeploymentDone",
            status: "False",
        });
        const { body } = await palette.call("GET", `/v1/events/components/spectrocluster/${uid}`);
        expect(body.items).toContainEqual(
            expect.objectContaining({ reason: "PackFailed", severity: "Error" }),
        );

        // The correction converges.
        const fixed = helloPack(palette.context, { version: "1.0.1" });
        const profile = addProfile(palette.context, "profile-of-default", [
            ...infraPacks(palette.context),
            fixed,
        ]);
        const patch = { profiles: [{ uid: profile.uid }] };
        const url = `/v1/spectroclusters/${uid}/profiles?resolveNotification=true`;
        expect((await palette.call("PATCH", url, patch)).status).toBe(204);
        expect((await health(uid)).state).toBe("Unknown");
        await palette.pass(5);
        expect((await health(uid)).state).toBe("Healthy");
        expect((await get(uid)).status.services[0].host).toBeTruthy();
    });

    test.each([
        ["public pack with values that are no YAML", "a: [1", /values of pack broken/],
        [
            "public pack with an unknown macro",
            'a: "{{ .spectro.system.nope }}"',
            /nope' is not known/,
        ],
    ])("%s", async (_what, values, message) => {
        const broken = addPack(palette.context, { name: "broken", layer: "addon", values });
        const uid = await create([broken]);
        await palette.pass(20);
        const condition = (await get(uid)).status.packs[4].condition;
        expect(condition).toMatchObject({ type: "Error", message: expect.stringMatching(message) });
    });

    test("macros of the cluster, its profile, its packs and variables are known", async () => {
        const names = [
            "system.cluster.uid",
            "system.reverseproxy.server",
            "system.project.name",
            "system.tenant.uid",
            "system.clusterprofile.infra.version",
            "system.cloudaccount.name",
            "system.cloud.region",
            "system.kubernetes.version | substr 0 4",
            "pack.kubernetes.a",
        ];
        const values = names.map((one, index) => `k${index}: "{{ .spectro.${one} }}"\n`).join("");
        const manifest = names.map((_, index) => `{{ required "k${index}" .Values.k${index} }}`);
        const hello = helloPack(palette.context, {
            values: `manifests:\n  hello-universe:\n    ${values.replaceAll("\n", "\n    ")}`,
            manifest: [
                "apiVersion: v1",
                "kind: Pod",
                "metadata: {name: p}",
                `spec: {containers: [{name: "${manifest.slice(1).join(" ")}", image: a}]}`,
            ].join("\n"),
        });
        const uid = await create([hello]);
        await palette.pass(20);
        const path = `/v1/dashboard/spectroclusters/${uid}/workloads/pod`;
        const { body } = await palette.call("POST", path, {});
        expect(body.pods[0].spec.containers[0].name).toBe(
            "proxy.sandbox.localhost Default tenant 1.0.0 aws-account us-east-1 1.32 1",
        );
    });

    test("a pack that has left its registry", async () => {
        const hello = helloPack(palette.context);
        const profile = addProfile(palette.context, "p", [...infraPacks(palette.context), hello]);
        palette.context.packs.put(hello.uid, { ...hello, deleted: true });
        const request = clusterRequest(palette.context, [profile.uid]);
        const validation = await palette.call("POST", "/v1/spectroclusters/aws/validate", request);
        expect(validation.body.profiles[0].packs.results[4]).toMatchObject({
            name: "hellouniverse",
            errors: [{ code: "PackInvalid" }],
        });
        const { uid } = (await palette.call("POST", "/v1/spectroclusters/aws", request)).body;
        await palette.pass(20);
        const cluster = await get(uid);
        expect(cluster.status.packs[4].condition.message).toMatch(
            /is not in its registry any more/,
        );
        expect(cluster.spec.clusterProfileTemplates[0].packs[4].isInvalid).toBe(true);
    });

    test("stops the packs of later priority", async () => {
        const values = (priority: number): string =>
            `pack:\n  spectrocloud.com/install-priority: "${priority}"\n`;
        const first = addPack(palette.context, {
            name: "first",
            values: `${values(-5)}m: "{{ .spectro.var.none }}"`,
        });
        const second = addPack(palette.context, { name: "second", values: values(0) });
        const uid = await create([second, first]);
        await palette.pass(20);
        const conditions = (await get(uid)).status.packs.slice(4).map((one: Json) => one.condition);
        expect(conditions.map((one: Json) => one.reason)).toEqual(["Waiting", "DeploymentFailed"]);
    });
});

describeWithHelm("pages", () => {
    beforeEach(async () => (palette = await bench()));

    async function text(service: Json): Promise<string> {
        const response = await fetch(`http://${service.host}:${service.ports[0].port}/`);
        return response.text();
    }

    test("of two clusters and two apps answer side by side", async () => {
        const other = helloPack(palette.context, {
            name: "otherapp",
            values: helloValues({ port: 9090, tag: "2.0.0" }),
            manifest: helloManifest.replaceAll("hello-universe", "other"),
        });
        other.values = helloValues({ port: 9090, tag: "2.0.0" });
        const one = await create([helloPack(palette.context), other], { name: "one" });
        const two = await create([helloPack(palette.context)], { name: "two" });
        await palette.pass(18);
        const [first, second] = (await get(one)).status.services;
        const [third] = (await get(two)).status.services;
        expect(first.host).not.toBe(third.host);
        expect(await text(first)).toMatch(/one<[^]*hellouniverse 1.0.0/);
        expect(second.ports).toEqual([{ port: 9090, protocol: "TCP" }]);
        expect(await text(second)).toMatch(/one<[^]*otherapp 1.0.0[^]*hello-universe:2.0.0/);
        expect(await text(third)).toMatch(/two<[^]*hellouniverse 1.0.0/);
        await palette.call("DELETE", `/v1/spectroclusters/${one}`);
        await palette.pass(1);
        await expect(text(first)).rejects.toThrow();
        expect(await text(third)).toMatch(/two</);
    });

    test("of two packs with a Service of one name are one page, gone with its cluster", async () => {
        const other = helloPack(palette.context, { name: "otherapp" });
        const uid = await create([helloPack(palette.context), other]);
        await palette.pass(18);
        const { address } = palette.context.journal.collection<Json>("clusters").get(uid);
        const pages = (): Promise<number[]> =>
            Promise.all(
                [8080, 8081].map(async (port) =>
                    fetch(`http://${address}:${port}/`).then(
                        ({ status }) => status,
                        () => 0,
                    ),
                ),
            );
        expect(await pages()).toEqual([200, 0]);
        await palette.call("DELETE", `/v1/spectroclusters/${uid}`);
        await palette.pass(1);
        expect(await pages()).toEqual([0, 0]);
    });

    test("take the next free port when theirs is taken, and keep it", async () => {
        const uid = await create();
        const clusters = palette.context.journal.collection<Json>("clusters");
        const { address } = clusters.get(uid);
        const blocker = http.createServer();
        await new Promise<void>((resolve) => blocker.listen(8080, address, resolve));
        try {
            await palette.pass(18);
            const [service] = (await get(uid)).status.services;
            expect(service.ports).toEqual([{ port: 8081, protocol: "TCP" }]);
            expect(palette.log.join("\n")).toMatch(/port 8080 of 127.* answers on 8081/);
            expect(await text(service)).toContain("hellouniverse");
        } finally {
            await new Promise((resolve) => blocker.close(resolve));
        }
        await palette.restart();
        const [service] = (await get(uid)).status.services;
        expect(service.ports).toEqual([{ port: 8081, protocol: "TCP" }]);
        expect(await text(service)).toContain("hellouniverse");
    });

    test("fall back to 127.0.0.1 where the address cannot be had", async () => {
        const free = await new Promise<number>((resolve) => {
            const probe = http.createServer().listen(0, "127.0.0.1", () => {
                const { port } = probe.address() as { port: number };
                probe.close(() => resolve(port));
            });
        });
        const values = helloValues({ port: free });
        const uid = await create([helloPack(palette.context, { values })]);
        const clusters = palette.context.journal.collection<Json>("clusters");
        await palette.pass(0);
        // An address of documentation: no machine has it.
        clusters.put(uid, { ...clusters.get(uid), address: "192.0.2.1" });
        await palette.restart();
        await palette.pass(18);
        const [service] = (await get(uid)).status.services;
        expect(service.host).toBe("127.0.0.1");
        expect(palette.log.join("\n")).toMatch(/192.0.2.1 is not available on this machine/);
        expect(await text(service)).toContain("hellouniverse");
    });

    test("a rolling update answers with the old version until the new one is ready", async () => {
        const uid = await create();
        await palette.pass(18);
        const [service] = (await get(uid)).status.services;
        const next = helloPack(palette.context, {
            version: "1.1.0",
            values: helloValues({ tag: "1.3.0" }),
        });
        const profile = addProfile(
            palette.context,
            "profile-of-default",
            [...infraPacks(palette.context), next],
            { uid: "new-version", version: "1.1.0" },
        );
        const url = `/v1/spectroclusters/${uid}/profiles`;
        const patch = {
            profiles: [{ uid: profile.uid, replaceWithProfile: "profile-profile-of-default" }],
        };
        expect((await palette.call("PATCH", url, patch)).status).toBe(204);
        const pending = await get(uid);
        expect(pending.status.spcApply.canBeApplied).toBe(false);
        expect(pending.spec.clusterProfileTemplates).toMatchObject([
            { uid: "new-version", profileVersion: "1.1.0" },
        ]);
        expect(pending.status.packs[4]).toMatchObject({
            version: "1.1.0",
            profileUid: "new-version",
            condition: { type: "Ready", status: "False" },
        });
        expect(pending.status.services).toEqual([service]);
        expect(await text(service)).toMatch(/hellouniverse 1.0.0[^]*:1.2.0/);
        await palette.pass(0.6);
        expect((await get(uid)).status.spcApply.canBeApplied).toBe(true);
        expect((await health(uid)).state).toBe("Healthy");
        await palette.pass(2);
        expect((await get(uid)).status.packs[4].condition).toMatchObject({
            type: "Ready",
            status: "True",
        });
        expect((await get(uid)).status.services).toEqual([service]);
        expect(await text(service)).toMatch(/hellouniverse 1.1.0[^]*:1.3.0/);
        expect((await get(uid)).status.packs[0].condition).toMatchObject({ status: "True" });

        // One that fails leaves the old one answering.
        const broken = helloPack(palette.context, { version: "1.2.0", manifest: "a: {{ .x.y }}" });
        addProfile(
            palette.context,
            "profile-of-default",
            [...infraPacks(palette.context), broken],
            {
                uid: "new-version",
                version: "1.1.0",
            },
        );
        expect(
            (await palette.call("PATCH", url, { profiles: [{ uid: "new-version" }] })).status,
        ).toBe(204);
        await palette.pass(3);
        expect((await health(uid)).state).toBe("UnHealthy");
        expect(await text(service)).toMatch(/hellouniverse 1.1.0[^]*:1.3.0/);
        const { body } = await palette.call("GET", `/v1/events/components/spectrocluster/${uid}`);
        const messages = body.items.map((one: Json) => one.message);
        expect(messages).toContain("Pack hellouniverse 1.0.0 is ready");
        expect(messages).toContain("Pack hellouniverse 1.1.0 is ready");
    });
});

describeWithHelm("a Service without a host yet", () => {
    test.each([
        [
            "withoutHost",
            { name: "hello-universe-service", ports: [{ port: 8080, protocol: "TCP" }] },
        ],
        ["emptyHost", { host: "" }],
        ["notReported", undefined],
    ])("%s", async (position, service) => {
        palette = await bench({ pendingHost: position });
        const uid = await create();
        await palette.pass(14.1);
        const { packs, services } = (await get(uid)).status;
        expect(packs[4].condition).toMatchObject({ type: "Ready", status: "True" });
        expect(services).toHaveLength(service ? 1 : 0);
        if (service) {
            expect(services[0]).toMatchObject(service);
        }
        expect(services[0]?.host || "none").toBe("none");
        await palette.pass(2);
        expect((await get(uid)).status.services[0].host).toMatch(/^127\./);
    });
});

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
        expect(body.machinePools.results[1].errors.map((one: Json) => one.code)).toEqual([
            "InvalidZone",
            "UnsupportedInstanceType",
        ]);
        expect(body.profiles[0].packs.results.flatMap((one: Json) => one.errors)).toEqual([]);
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

        const other = await simple({ earlyForceDelete: "accepted" });
        const url = `/v1/spectroclusters/${other}?forceDelete=true`;
        expect((await palette.call("DELETE", url)).status).toBe(204);
        await palette.pass(1);
        expect(await state(other)).toBe("Deleted");
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

test("a fault that is arranged ends provisioning; taken away, it goes on", async () => {
    palette = await bench();
    setClusterFault(palette.context, "pack-tutorial-cluster", {
        provisioning: "quota exceeded: 0 EIPs left",
    });
    const uid = await create([]);
    await palette.pass(5);
    expect(await state(uid)).toBe("Error");
    const { body } = await palette.call("GET", `/v1/events/components/spectrocluster/${uid}`);
    expect(body.items.at(-1)).toMatchObject({
        severity: "Error",
        message: "quota exceeded: 0 EIPs left",
    });
    setClusterFault(palette.context, "pack-tutorial-cluster", {});
    expect(await state(uid)).toBe("Provisioning");
});

test("a profile tells which clusters use it", async () => {
    palette = await bench();
    const uid = await create([]);
    const profile = "profile-profile-of-default";
    expect(palette.context.clustersUsing(profile)).toMatchObject([
        { uid, name: "pack-tutorial-cluster" },
    ]);
    await palette.call("DELETE", `/v1/spectroclusters/${uid}`);
    expect(palette.context.clustersUsing(profile)).toHaveLength(1);
    palette.context.clock.advance(7 * minute);
    expect(palette.context.clustersUsing(profile)).toEqual([]);
});
