import { applicationUrls } from "../../packages/palette/cluster/applicationUrls";
import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import type { AwsClusterOutputs } from "../../packages/palette/cluster/aws/awsInputs";
import { clusterProfile } from "../../packages/palette/profile/clusterProfile";
import type { ClusterProfileInputs } from "../../packages/palette/profile/profileInputs";
import { ociRegistry } from "../../packages/palette/registry/ociRegistry";
import { describeWith } from "../sandbox/awsSandbox";
import { update, expectNoDrift, create, remove } from "./engineResource";
import { Tutorial, tutorialBinaries, type Found } from "./tutorial";

// The pauses between two looks take a part of their time.
jest.mock("node:timers/promises", () => ({
    setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms / 150)),
}));
jest.setTimeout(60_000);

// The rows of "Weak points of the Terraform provider" in the API facts, by number. Those of registries, packs and the
// client are tested with them.

describeWith(...tutorialBinaries)("where the official provider is weak, in the sandbox", () => {
    let tutorial: Tutorial;
    let found: Found;
    let registryUid: string;
    let number = 0;

    beforeAll(async () => {
        tutorial = await Tutorial.start();
        jest.spyOn(console, "log").mockImplementation(() => undefined);
        await tutorial.push();
        registryUid = (await ociRegistry.create(tutorial.registry({ name: "weak" }))).id;
        found = await tutorial.preflight();
    });
    afterAll(async () => {
        jest.restoreAllMocks();
        await tutorial?.remove();
    });
    beforeEach(async () => {
        number++;
        await tutorial.bench.control("DELETE", "/faults");
        await tutorial.bench.control("DELETE", "/requests");
    });

    const name = () => `weak-${number}`;
    const profileOf = (fields: Partial<ClusterProfileInputs> = {}, overrides?: string) =>
        tutorial.profile({ name: name(), ...fields }, found, {
            registryUid,
            ...(overrides && { overrides }),
        });
    const options = () => ({ project: tutorial.bench.project });
    const requests = async (): Promise<
        { method: string; route: string; status: number; scope?: string; path: string }[]
    > => (await tutorial.bench.control("GET", "/requests")).items;
    const countOf = async (method: string, route: string) =>
        (await requests()).filter((call) => call.method === method && call.route === route).length;
    const fault = (method: string, route: string, rest: object) =>
        tutorial.bench.control("POST", "/faults", { service: "palette", method, route, ...rest });
    async function clusterWith(fields: Parameters<Tutorial["cluster"]>[0] | object = {}) {
        const profile = await create(clusterProfile, profileOf());
        const inputs = tutorial.cluster({ name: name(), ...fields }, found, profile.outs);
        return { profile, inputs };
    }

    test("row 1: calls of tenant and project scope side by side keep their scopes", async () => {
        const project = await create(clusterProfile, profileOf());
        const tenant = await create(clusterProfile, profileOf({ scope: "tenant" }));
        await tutorial.bench.control("DELETE", "/requests");
        const reads = Array.from({ length: 100 }, (_, index) =>
            index % 2 === 0
                ? clusterProfile.read(project.id, project.outs)
                : clusterProfile.read(tenant.id, tenant.outs),
        );
        await Promise.all(reads);
        for (const { path, scope } of await requests()) {
            const isTenant = path.includes(tenant.id);
            expect([path, scope === tutorial.bench.project]).toEqual([path, !isTenant]);
        }
        await remove(tenant);
        await remove(project);
    });

    test("rows 4 and 12: a cluster that is not ready in time is an error with the reason, and is kept", async () => {
        // No pause fits in the last 15 s of a deadline: three seconds are left, in which the sandbox sees hours pass.
        const { profile, inputs } = await clusterWith({ createTimeout: 0.3 });
        await fault("GET", "/v1/dashboard/spectroclusters/{uid}/overview", {
            status: 200,
            body: { status: { health: { state: "UnHealthy" } } },
            times: 0,
        });
        const failed = await awsCluster.create(inputs).catch((error: unknown) => error);
        expect(failed).toMatchObject({
            message: expect.stringMatching(
                /^waited 0\.3 minutes for cluster .*; last seen: Running, UnHealthy.*Latest events: /,
            ),
            id: expect.stringMatching(/^\w+$/),
            properties: { name: name() },
        });
        const { id, properties } = failed as { id: string; properties: AwsClusterOutputs };
        await tutorial.bench.control("DELETE", "/faults");
        const wanted = { ...inputs, createTimeout: 2 };
        const { outs } = await awsCluster.update(id, properties, wanted);
        expect(outs).toMatchObject({ state: "Running", health: "Healthy" });
        const cluster = { provider: awsCluster, inputs: wanted, id, outs };
        await expectNoDrift(cluster);
        await remove(cluster);
        await remove(profile);
    });

    test("row 5: a profile is created and published in one call", async () => {
        await fault("PATCH", "/v1/clusterprofiles/{uid}/publish", { status: 500, body: {} });
        const profile = await create(clusterProfile, profileOf());
        expect(await countOf("POST", "/v1/clusterprofiles")).toBe(1);
        expect(await countOf("PATCH", "/v1/clusterprofiles/{uid}/publish")).toBe(0);
        const { body } = await tutorial.bench.call(
            "GET",
            `/v1/clusterprofiles/${profile.id}`,
            undefined,
            options(),
        );
        expect(body.status.isPublished).toBe(true);
        await remove(profile);
    });

    test("row 5: a draft that an interrupted run has left is published", async () => {
        const { tags: _tags, layers, ...inputs } = profileOf();
        const packs = layers.map(({ version: tag, ...layer }) => ({
            ...{ name: layer.name, tag, registryUid: layer.registryUid },
        }));
        const metadata = { name: name(), labels: { "pulumi-owner": inputs.owner.id } };
        const template = { type: "cluster", cloudType: "aws", packs };
        const uid = await tutorial.bench.create(
            "/v1/clusterprofiles",
            { metadata, spec: { version: "1.0.0", template } },
            options(),
        );
        const profile = await create(clusterProfile, profileOf());
        expect(profile.id).toBe(uid);
        const { status } = await tutorial.bench.get(`/v1/clusterprofiles/${uid}`, options());
        expect(status.isPublished).toBe(true);
        await expectNoDrift(profile);
        await remove(profile);
    });

    test("row 10: a scaled pool and a new profile version are waited for", async () => {
        const { profile, inputs } = await clusterWith();
        const cluster = await create(awsCluster, inputs);
        const { cloudConfigUid } = cluster.outs;
        const [controlPlane, workers] = inputs.pools;
        await update(profile, profileOf({ version: "1.1.0" }, "extra: true\n"));
        await update(cluster, {
            ...tutorial.cluster({ name: name() }, found, profile.outs),
            pools: [controlPlane!, { ...workers!, size: 3 }],
        });
        const { items } = await tutorial.bench.get(
            `/v1/cloudconfigs/aws/${cloudConfigUid}/machinePools/${workers!.name}/machines`,
            options(),
        );
        expect(
            items.map(
                (machine: { status: { instanceState: string } }) => machine.status.instanceState,
            ),
        ).toEqual(["Running", "Running", "Running"]);
        const { status } = await tutorial.bench.get(`/v1/spectroclusters/${cluster.id}`, options());
        for (const pack of status.packs) {
            expect(pack).toMatchObject({
                profileUid: profile.outs.uid,
                condition: { type: "Ready", status: "True" },
            });
        }
        await remove(cluster);
        await remove(profile);
    });

    test("row 11: what Palette's validation finds stops a profile and a cluster before they are made", async () => {
        const layers = profileOf().layers.filter((layer) => layer.name !== "kubernetes");
        await fault("POST", "/v1/clusterprofiles/validate/packs", {
            status: 200,
            body: { packs: { results: [{ name: "x", errors: [{ code: "C", message: "bad" }] }] } },
        });
        await expect(create(clusterProfile, profileOf({ layers }))).rejects.toThrow(
            "Palette's validation found: x: bad",
        );
        const { profile, inputs } = await clusterWith();
        await expect(create(awsCluster, { ...inputs, sshKeyName: "nobody's" })).rejects.toThrow(
            /Palette's validation found: control-plane-pool: .*nobody's/,
        );
        expect(await countOf("POST", "/v1/spectroclusters/aws")).toBe(0);
        await remove(profile);
    });

    test("row 12: a cluster in Error tells conditions and events", async () => {
        await tutorial.bench.control("PUT", `/clusters/${name()}/fault`, {
            provisioning: "VpcLimitExceeded: no more VPCs in us-east-1",
        });
        const { profile, inputs } = await clusterWith();
        const failed = await awsCluster.create(inputs).catch((error: unknown) => error);
        const { message, id, properties } = failed as Error & {
            id: string;
            properties: AwsClusterOutputs;
        };
        expect(message).toMatch(
            /failed: Error; .*VpcLimitExceeded.*Latest events: .*ProvisioningFailed.*run pulumi up again/,
        );
        await remove({ provider: awsCluster, inputs, id, outs: properties });
        await remove(profile);
    });

    test("rows 13 and 17: the URL is told; a tag named skip_completion is a tag, and so is a:b:c", async () => {
        const tags = ["skip_completion", "a:b:c", "skip_apply:true"];
        const { profile, inputs } = await clusterWith({ tags });
        const cluster = await create(awsCluster, inputs);
        expect(cluster.outs).toMatchObject({ state: "Running", health: "Healthy", tags });
        const { metadata } = await tutorial.bench.get(
            `/v1/spectroclusters/${cluster.id}`,
            options(),
        );
        expect(metadata.labels).toMatchObject({ a: "b:c", skip_completion: "spectro__tag" });
        await expectNoDrift(cluster);
        const urls = await create(applicationUrls, {
            cluster: cluster.id,
            name: name(),
            project: found.project,
            packs: [tutorial.pack],
            revisions: [],
            timeout: 2,
        });
        expect(urls.outs.urls.hellouniverse).toMatch(/^http:\/\/127\.[\d.]+:\d+$/);
        await remove(cluster);
        await remove(profile);
    });

    test("row 14: a new version leaves the old one as it is", async () => {
        const profile = await create(clusterProfile, profileOf());
        const url = `/v1/clusterprofiles/${profile.outs.uid}`;
        const before = await tutorial.bench.get(url, options());
        await update(profile, profileOf({ version: "1.1.0" }, "extra: true\n"));
        const { metadata, spec } = await tutorial.bench.get(url, options());
        expect(metadata).toEqual(before.metadata);
        expect(spec.version).toBe("1.0.0");
        expect(spec.published).toEqual(before.spec.published);
        await remove(profile);
    });

    test("row 15: a lost answer makes no second profile, version or cluster", async () => {
        for (const [method, route] of [
            ["POST", "/v1/clusterprofiles"],
            ["POST", "/v1/spectroclusters/aws"],
        ] as const) {
            await fault(method, route, { action: "resetAfter" });
        }
        const { profile, inputs } = await clusterWith();
        const cluster = await create(awsCluster, inputs);
        expect(await countOf("POST", "/v1/clusterprofiles")).toBe(1);
        expect(await countOf("POST", "/v1/spectroclusters/aws")).toBe(1);
        await fault("POST", "/v1/clusterprofiles", { action: "resetAfter" });
        await update(profile, profileOf({ version: "2.0.0" }, "extra: true\n"));
        expect(await countOf("POST", "/v1/clusterprofiles")).toBe(2);
        await remove(cluster);
        await remove(profile);
    });

    test("row 16: an update looks up the pack in the registry that it names", async () => {
        const profile = await create(clusterProfile, profileOf());
        const layers = profileOf().layers.map((layer) =>
            layer.name === "hellouniverse"
                ? { ...layer, registryUid: found.layers[0]!.registryUid }
                : layer,
        );
        await expect(
            clusterProfile.update(
                profile.id,
                profile.outs,
                profileOf({ version: "2.0.0", layers }),
            ),
        ).rejects.toThrow(/hellouniverse:1\.0\.0 is not in the registry/);
        await remove(profile);
    });

    test("rows 18 and 22: gone is gone, whatever its code, and gone is deleted", async () => {
        const { profile, inputs } = await clusterWith();
        const cluster = await create(awsCluster, inputs);
        const answer = { status: 404, body: { code: "SomethingElse", message: "no such thing" } };
        await fault("GET", "/v1/spectroclusters/{uid}", answer);
        expect(await awsCluster.read(cluster.id, cluster.outs)).toEqual({ id: "" });
        await fault("GET", "/v1/clusterprofiles/{uid}", answer);
        await fault("GET", "/v1/dashboard/clusterprofiles/metadata", {
            status: 200,
            body: { items: [] },
        });
        expect(await clusterProfile.read(profile.id, profile.outs)).toEqual({ id: "" });
        for (const { provider, id, outs } of [cluster, profile] as {
            provider: { delete(id: string, outs: object): Promise<void> };
            id: string;
            outs: object;
        }[]) {
            await provider.delete(id, outs);
            await fault("DELETE", "*", answer);
            await provider.delete(id, outs);
        }
    });

    test("row 23: subnets without a VPC are refused, not dropped", async () => {
        const { profile, inputs } = await clusterWith();
        const pools = inputs.pools.map((pool) => ({ ...pool, subnets: { "us-east-1a": "s" } }));
        expect(await awsCluster.check!(inputs, { ...inputs, pools })).toMatchObject({
            failures: [
                {
                    property: "pools[0].subnets",
                    reason: "subnets need the cluster's vpcId",
                },
                { property: "pools[1].subnets", reason: "subnets need the cluster's vpcId" },
            ],
        });
        await remove(profile);
    });
});
