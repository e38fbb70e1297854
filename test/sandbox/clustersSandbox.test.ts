import { describeWith } from "./awsSandbox";
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

    async function packsOf(names: Record<string, string>): Promise<object[]> {
        const packs = Object.entries(names).map(async ([name, version]) => {
            const url = `/v1/packs?filters=spec.name=${name}ANDspec.version=${version}`;
            const { metadata, spec } = await bench.until(async () => (await get(url)).items[0]);
            const { registryUid, type, values } = spec;
            return { name, tag: version, uid: metadata.uid, registryUid, type, values };
        });
        return Promise.all(packs);
    }

    const pool = (name: string, isControlPlane: boolean): object => ({
        poolConfig: {
            name,
            size: 1,
            isControlPlane,
            labels: [isControlPlane ? "control-plane" : "worker"],
            skipK8sUpgrade: "disabled",
        },
        cloudConfig: {
            instanceType: "m4.xlarge",
            azs: [bench.sandbox.seed.availabilityZones[0]],
            licenseConfigurationArns: null,
        },
    });

    it("runs what was pushed, over a restart, until it is deleted", async () => {
        const layers = [await archive(helloFiles())];
        await bench.push(packRepository, "1.0.0", { layers });
        await bench.create("/v1/registries/oci/ecr", bench.ecrRegistry());
        const packs = await packsOf({
            "ubuntu-aws": "22.04",
            kubernetes: "1.32.3",
            "cni-calico": "3.29.3",
            "csi-aws-ebs": "1.41.0",
            hellouniverse: "1.0.0",
        });
        const profile = {
            metadata: { name: "pack-tutorial-profile" },
            spec: { version: "1.0.0", template: { type: "cluster", cloudType: "aws", packs } },
        };
        const made = await call("POST", "/v1/clusterprofiles?publish=true", profile);
        const { seed } = bench.sandbox;
        const account = (await get("/v1/cloudaccounts/aws?limit=0")).items.find(
            (one: Json) => one.metadata.name === seed.cloudAccount,
        );
        const { body } = await call("POST", "/v1/spectroclusters/aws", {
            metadata: { name: "pack-tutorial-cluster" },
            spec: {
                cloudAccountUid: account.metadata.uid,
                cloudConfig: { region: seed.region, sshKeyName: seed.sshKeyName },
                profiles: [{ uid: made.body.uid, packValues: null, variables: null }],
                machinepoolconfig: [pool("control-plane-pool", true), pool("worker-pool", false)],
            },
        });
        const url = `/v1/spectroclusters/${body.uid}`;
        const service = (): Promise<Json> =>
            bench.until(async () => {
                const { status } = await get(url);
                return status.services[0]?.host ? status.services[0] : undefined;
            });
        await bench.advance(18 * 60);
        const { host, ports } = await service();
        const overview = await get(`/v1/dashboard/spectroclusters/${body.uid}/overview`);
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
        expect((await call("DELETE", `/v1/clusterprofiles/${made.body.uid}`)).status).toBe(204);
    });

    it("gets into trouble when told through the control address", async () => {
        const packs = await packsOf({
            "ubuntu-aws": "22.04",
            kubernetes: "1.32.3",
            "cni-calico": "3.29.3",
        });
        const made = await call("POST", "/v1/clusterprofiles?publish=true", {
            metadata: { name: "infra" },
            spec: { version: "1.0.0", template: { type: "cluster", cloudType: "aws", packs } },
        });
        const accounts = await get("/v1/cloudaccounts/aws");
        const { body } = await call("POST", "/v1/spectroclusters/aws", {
            metadata: { name: "troubled" },
            spec: {
                cloudAccountUid: accounts.items[0].metadata.uid,
                cloudConfig: { region: bench.sandbox.seed.region },
                profiles: [{ uid: made.body.uid }],
                machinepoolconfig: [pool("control-plane-pool", true)],
            },
        });
        const state = async (): Promise<string> =>
            (await get(`/v1/spectroclusters/${body.uid}/status`)).status.state;
        const fault = (trouble: object): Promise<Json> =>
            bench.control("PUT", "/clusters/troubled/fault", trouble);
        await fault({ provisioning: "no elastic IP is left" });
        await bench.advance(20 * 60);
        expect(await state()).toBe("Error");
        await fault({ deletionSticks: true });
        await call("DELETE", `/v1/spectroclusters/${body.uid}`);
        await bench.advance(60 * 60);
        expect(await state()).toBe("Deleting");
        await fault({});
        expect(await state()).toBe("Deleted");
        await expect(fault({ provisionning: "x" })).rejects.toThrow(/provisionning/);
    });
});
