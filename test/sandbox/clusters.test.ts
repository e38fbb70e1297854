import {
    type Bench,
    bench,
    clusterCalls,
    describeWithHelm,
    type Json,
    minute,
} from "./clustersSupport";
import { setClusterFault } from "../../sandbox/palette/clusters";

let palette: Bench;
const { create, get, health, state } = clusterCalls(() => palette);
afterEach(() => palette.close());

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
            const hello = cluster.status.packs.find((pack: Json) => pack.name === "hellouniverse");
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
        expect(
            status.conditions.map((condition: Json) => `${condition.type} ${condition.status}`),
        ).toEqual([
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
            .map((event: Json) => event.reason)
            .filter((reason: string) => /^(Cl|Co|W)/.test(reason));
        expect(steps).toEqual([
            "ClusterCreated",
            "CloudInfrastructureReady",
            "ControlPlaneReady",
            "WorkersReady",
            "ClusterRunning",
        ]);
        const packs = events
            .map((event: Json) => event.message)
            .filter((message: string) => /^Pack/.test(message));
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
        const reasons = body.items.map((item: Json) => item.reason);
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
        cluster.profiles[0].packs.forEach((pack: Json) => delete pack.outcome);
        clusters.put(uid, cluster);
        await palette.restart();
        await palette.pass(18);
        expect((await health(uid)).state).toBe("Healthy");
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
