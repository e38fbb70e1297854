import { describeWith } from "./awsSandbox";
import { createCluster, infrastructure, publishedProfile } from "./benchCluster";
import type { Json } from "./clustersSupport";
import { archive, helloFiles, helloValues, packRepository, PaletteBench } from "./paletteSupport";

/** All of the sandbox, from a pushed pack to the page. */
describeWith("registry", "helm")("a cluster in the whole sandbox", () => {
    let bench: PaletteBench;
    beforeAll(async () => {
        bench = await PaletteBench.start({ speed: 200, switches: { rateLimit: "off" } });
    });
    afterAll(() => bench.remove());

    const call = (method: string, url: string, body?: unknown): Promise<Json> =>
        bench.call(method, url, body, { project: bench.project });
    const get = async (url: string): Promise<Json> => (await call("GET", url)).body;

    it("runs what was pushed, over a restart, until it is deleted", async () => {
        const layers = [await archive(helloFiles())];
        await bench.push(packRepository, "1.0.0", { layers });
        await bench.create("/v1/registries/oci/ecr", bench.ecrRegistry());
        const profileUid = await publishedProfile(bench, "pack-tutorial-profile", {
            ...infrastructure,
            "csi-aws-ebs": "1.41.0",
            hellouniverse: "1.0.0",
        });
        const uid = await createCluster(bench, "pack-tutorial-cluster", profileUid);
        const url = `/v1/spectroclusters/${uid}`;
        const service = (): Promise<Json> =>
            bench.until(async () => {
                const { status } = await get(url);
                return status.services[0]?.host ? status.services[0] : undefined;
            });
        await bench.advance(18 * 60);
        const { host, ports } = await service();
        const overview = await get(`/v1/dashboard/spectroclusters/${uid}/overview`);
        expect(overview.status.health.state).toBe("Healthy");
        const page = async (): Promise<string> =>
            (await fetch(`http://${host}:${ports[0].port}/`)).text();
        expect(await page()).toContain(/image: (.*)/.exec(helloValues)![1]);

        await bench.close();
        await expect(page()).rejects.toThrow();
        await bench.open();
        expect((await service()).host).toBe(host);
        expect(await page()).toContain("hellouniverse 1.0.0");

        // What the Terraform provider reads of a cluster.
        const { cloudConfigRef } = (await get(url)).spec;
        const statuses: Record<string, number> = {};
        for (const path of [
            `${url}/assets/kubeconfigclient`,
            `${url}/assets/adminKubeconfig`,
            `${url}/features/backup`,
            `${url}/features/complianceScan`,
            `${url}/config/rbacs`,
            `${url}/config/namespaces`,
            `/v1/cloudconfigs/aws/${cloudConfigRef.uid}`,
        ]) {
            statuses[path.replace(/\/v1\/\w+\/(aws\/)?\w+/, "")] = (await call("GET", path)).status;
        }
        expect(statuses).toEqual({
            "/assets/kubeconfigclient": 200,
            "/assets/adminKubeconfig": 200,
            "/features/backup": 404,
            "/features/complianceScan": 404,
            "/config/rbacs": 200,
            "/config/namespaces": 200,
            "": 200,
        });

        expect((await call("DELETE", url)).status).toBe(204);
        await bench.advance(7 * 60);
        expect((await get(`${url}/status`)).status.state).toBe("Deleted");
        await expect(page()).rejects.toThrow();
        expect((await call("DELETE", `/v1/clusterprofiles/${profileUid}`)).status).toBe(204);
    });

    it("gets into trouble when told through the control address", async () => {
        const profileUid = await publishedProfile(bench, "infra");
        const uid = await createCluster(bench, "troubled", profileUid);
        const state = async (): Promise<string> =>
            (await get(`/v1/spectroclusters/${uid}/status`)).status.state;
        const fault = (trouble: object): Promise<Json> =>
            bench.control("PUT", "/clusters/troubled/fault", trouble);
        await fault({ provisioning: "no elastic IP is left" });
        await bench.advance(20 * 60);
        expect(await state()).toBe("Error");
        await fault({ deletionSticks: true });
        await call("DELETE", `/v1/spectroclusters/${uid}`);
        await bench.advance(60 * 60);
        expect(await state()).toBe("Deleting");
        await fault({});
        expect(await state()).toBe("Deleted");
        await expect(fault({ provisionning: "x" })).rejects.toThrow(/provisionning/);
    });
});
