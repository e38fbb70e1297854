import {
    addPack,
    addProfile,
    type Bench,
    bench,
    clusterRequest,
    describeWithHelm,
    infraPacks,
    type Json,
    pool,
} from "./clustersSupport";

let palette: Bench;
let uid: string;
let configUid: string;
const infra = "profile-infra";

/** A running cluster of the infrastructure layers. */
beforeEach(async () => {
    palette = await bench();
    addProfile(palette.context, "infra", infraPacks(palette.context), {
        variables: [
            { name: "size", defaultValue: "small" },
            { name: "password", defaultValue: "hidden", isSensitive: true },
        ],
    });
    const request = clusterRequest(palette.context, [infra]);
    uid = (await palette.call("POST", "/v1/spectroclusters/aws", request)).body.uid;
    configUid = (await get("")).spec.cloudConfigRef.uid;
    await palette.pass(18);
});
afterEach(() => palette.close());

async function get(path: string): Promise<Json> {
    const { body, status } = await palette.call("GET", `/v1/spectroclusters/${uid}${path}`);
    expect(status).toBe(200);
    return body;
}

async function change(method: string, path: string, body?: unknown): Promise<number> {
    return (await palette.call(method, `/v1/spectroclusters/${uid}${path}`, body)).status;
}

async function machines(name: string): Promise<string[]> {
    const { body } = await palette.call(
        "GET",
        `/v1/cloudconfigs/aws/${configUid}/machinePools/${name}/machines`,
    );
    return body.items.map((item: Json) => item.status.instanceState);
}

describe("machine pools", () => {
    const base = (): string => `/v1/cloudconfigs/aws/${configUid}/machinePools`;

    test("scale out and in, machine by machine", async () => {
        expect(await machines("worker-pool")).toEqual(["Running"]);
        const put = (size: number): Promise<Json> =>
            palette.call("PUT", `${base()}/worker-pool`, pool("worker-pool", false, size));
        expect((await put(3)).status).toBe(204);
        expect(await machines("worker-pool")).toEqual(["Running", "Pending", "Pending"]);
        await palette.pass(1);
        expect(await machines("worker-pool")).toEqual(["Running", "Provisioning", "Provisioning"]);
        await palette.pass(2.1);
        expect(await machines("worker-pool")).toEqual(["Running", "Running", "Running"]);
        expect((await put(1)).status).toBe(204);
        expect(await machines("worker-pool")).toEqual(["Running", "Deleting", "Deleting"]);
        await palette.pass(2);
        expect(await machines("worker-pool")).toEqual(["Running"]);
        const refused = await palette.call(
            "GET",
            `/v1/cloudconfigs/${configUid}/machinePools/machineUids`,
        );
        expect(refused.body.machinePools["worker-pool"].machineUids).toHaveLength(1);
    });

    test("another machine type makes the machines anew, the old one going last", async () => {
        const request = pool("worker-pool", false) as Json;
        request.cloudConfig.instanceType = "m5.xlarge";
        await palette.call("PUT", `${base()}/worker-pool`, request);
        await palette.pass(2.9);
        expect(await machines("worker-pool")).toEqual(["Running", "Provisioned"]);
        await palette.pass(0.3);
        expect(await machines("worker-pool")).toEqual(["Deleting", "Running"]);
        await palette.pass(2);
        expect(await machines("worker-pool")).toEqual(["Running"]);
    });

    test("are added and deleted", async () => {
        const made = await palette.call("POST", base(), pool("extra", false, 2));
        expect(made).toMatchObject({ status: 201, body: { uid: expect.any(String) } });
        await palette.pass(3.1);
        expect(await machines("extra")).toEqual(["Running", "Running"]);
        expect((await palette.call("POST", base(), pool("extra", false))).status).toBe(409);
        expect((await palette.call("POST", base(), pool("second", true))).status).toBe(400);
        expect((await palette.call("DELETE", `${base()}/extra`)).status).toBe(204);
        expect((await palette.call("DELETE", `${base()}/extra`)).status).toBe(404);
        expect((await palette.call("DELETE", `${base()}/control-plane-pool`)).status).toBe(400);
        expect((await palette.call("PUT", `${base()}/none`, pool("none", false))).status).toBe(404);
        expect(
            (await palette.call("PUT", `${base()}/worker-pool`, pool("other", false))).status,
        ).toBe(400);
    });

    test("machines can be looked at and cordoned one by one", async () => {
        const { body } = await palette.call("GET", `${base()}/worker-pool/machines`);
        const [machine] = body.items;
        expect(machine.spec).toMatchObject({ instanceType: "m4.xlarge", az: "us-east-1a" });
        const url = `${base()}/worker-pool/machines/${machine.metadata.uid}`;
        expect((await palette.call("GET", url)).body).toEqual(machine);
        expect((await palette.call("GET", `${base()}/worker-pool/machines/none`)).status).toBe(404);
        expect((await palette.call("PUT", `${url}/maintenance`, { action: "cordon" })).status).toBe(
            204,
        );
    });

    test("bodies that do not fit are refused", async () => {
        const request = pool("worker-pool", false) as Json;
        request.cloudConfig.rootDeviceSize = 2001;
        expect((await palette.call("PUT", `${base()}/worker-pool`, request)).status).toBe(400);
        request.cloudConfig = {};
        expect((await palette.call("PUT", `${base()}/worker-pool`, request)).status).toBe(400);
    });
});

describe("profiles", () => {
    test("an edited profile is a pending update until it is applied", async () => {
        expect((await get("/profileUpdates")).profiles).toEqual([]);
        const calico = addPack(palette.context, {
            name: "cni-calico",
            version: "3.30.0",
            layer: "cni",
        });
        const packs = infraPacks(palette.context).map((infraPack) =>
            infraPack.layer === "cni" ? calico : infraPack,
        );
        addProfile(palette.context, "infra", packs);
        const [update] = (await get("/profileUpdates")).profiles;
        expect(update.packs[2]).toMatchObject({ name: "cni-calico", version: "3.30.0" });
        expect((await get("")).spec.clusterProfileTemplates[0].packs[2].version).toBe("3.29.3");
        expect(await change("PATCH", "/profiles", { profiles: [{ uid: infra }] })).toBe(204);
        expect((await get("/profileUpdates")).profiles).toEqual([]);
        await palette.pass(3);
        const { status } = await get("");
        expect(status.packs[2]).toMatchObject({ version: "3.30.0", condition: { status: "True" } });
        expect((await get("/profiles")).profiles[0].spec.packs[2].spec.version).toBe("3.30.0");
    });

    test("are added, set and detached", async () => {
        const addOn = addPack(palette.context, { name: "extra", values: "a: 1\n" });
        const profile = addProfile(palette.context, "add-on", [addOn], { type: "add-on" });
        expect(await change("PATCH", "/profiles", { profiles: [{ uid: profile.uid }] })).toBe(204);
        const names = async (): Promise<string[]> =>
            (await get("")).spec.clusterProfileTemplates.map(
                (clusterProfileTemplate: Json) => clusterProfileTemplate.name,
            );
        expect(await names()).toEqual(["infra", "add-on"]);
        await palette.pass(3);
        expect((await get("")).status.packs[4].condition.status).toBe("True");
        expect(await change("DELETE", "/profiles", { profileUids: [profile.uid] })).toBe(204);
        expect(await names()).toEqual(["infra"]);
        expect(await change("DELETE", "/profiles", { profileUids: [profile.uid] })).toBe(404);
        expect(
            await change("PUT", "/profiles", { profiles: [{ uid: infra }, { uid: profile.uid }] }),
        ).toBe(204);
        expect(await names()).toEqual(["infra", "add-on"]);
        expect(await change("PUT", "/profiles", { profiles: [{ uid: profile.uid }] })).toBe(400);
        expect(await change("DELETE", "/profiles", { profileUids: [infra] })).toBe(400);
        const stray = { profiles: [{ uid: infra, replaceWithProfile: "none" }] };
        expect(await change("PATCH", "/profiles", stray)).toBe(400);
    });

    test("a second version beside the first has the same packs", async () => {
        const second = addProfile(palette.context, "infra", infraPacks(palette.context), {
            uid: "second",
        });
        const patch = { profiles: [{ uid: second.uid }] };
        expect(await change("PATCH", "/profiles", patch)).toBe(400);
        const replace = { profiles: [{ uid: second.uid, replaceWithProfile: infra }] };
        expect(await change("PATCH", "/profiles", replace)).toBe(204);
        expect((await get("")).spec.clusterProfileTemplates).toMatchObject([{ uid: "second" }]);
    });

    test("installed later, when the user says so", async () => {
        const addOn = addPack(palette.context, { name: "extra" });
        const profile = addProfile(palette.context, "add-on", [addOn], { type: "add-on" });
        const patch = {
            profiles: [{ uid: profile.uid }],
            spcApplySettings: { actionType: "DownloadAndInstallLater" },
        };
        expect(await change("PATCH", "/profiles", patch)).toBe(204);
        await palette.pass(5);
        expect(await get("/status/spcApply")).toMatchObject({
            actionType: "DownloadAndInstallLater",
            canBeApplied: true,
        });
        expect((await get("")).status.packs).toHaveLength(4);
        expect(await change("POST", "/status/spcApply")).toBe(202);
        await palette.pass(3);
        expect((await get("")).status.packs[4]).toMatchObject({
            name: "extra",
            condition: { status: "True" },
        });
    });

    test("values that the cluster overrides", async () => {
        const packValues = [{ name: "cni-calico", values: "own: true\n" }];
        expect(await change("PATCH", "/profiles", { profiles: [{ uid: infra, packValues }] })).toBe(
            204,
        );
        expect((await get("")).spec.clusterProfileTemplates[0].packs[2].values).toBe("own: true\n");
        expect((await get("/packs/resolvedValues")).profiles[0].resolved["cni-calico"]).toBe(
            "own: true\n",
        );
        const stray = { profiles: [{ uid: infra, packValues: [{ name: "none" }] }] };
        expect(await change("PATCH", "/profiles", stray)).toBe(400);
    });
});

describe("manifests that a profile adds", () => {
    const service = (port: number | string): string =>
        `apiVersion: v1\nkind: Service\nmetadata: {name: extra}\nspec: {type: LoadBalancer, ports: [{port: ${port}}]}\n`;

    async function attach(content: string): Promise<Json> {
        const pack = addPack(palette.context, {
            name: "plain",
            values: "pack: {namespace: own}\n",
        });
        const profile = addProfile(palette.context, "add-on", [pack], { type: "add-on" });
        const manifest = { uid: "manifest-1", name: "extra", content };
        profile.published!.packs[0]!.manifests = [manifest];
        palette.context.profiles.put(profile.uid, profile);
        expect(await change("PATCH", "/profiles", { profiles: [{ uid: profile.uid }] })).toBe(204);
        await palette.pass(5);
        return (await get("")).status;
    }

    test("are deployed, and overridden by the cluster", async () => {
        const status = await attach(service(7070));
        expect(status.packs[4]).toMatchObject({
            condition: { status: "True" },
            manifests: [{ name: "extra", condition: { status: "True" } }],
        });
        expect(status.services).toMatchObject([{ name: "extra", ports: [{ port: 7070 }] }]);
        const url = "/profiles/profile-add-on/packs/plain/manifests";
        expect((await get(url)).items[0].spec.published.content).toBe(service(7070));
        expect((await get("/pack/manifests/manifest-1")).spec.published.content).toBe(
            service(7070),
        );
        const [, addOn] = (await get("/profiles/packs/manifests")).profiles;
        expect(addOn.spec.packs[0].spec.manifests[0].name).toBe("extra");

        const packValues = [
            { name: "plain", manifests: [{ name: "extra", content: service(7071) }] },
        ];
        const profiles = [{ uid: "profile-add-on", packValues }];
        expect(await change("PATCH", "/profiles", { profiles })).toBe(204);
        await palette.pass(5);
        expect((await get("")).status.services).toMatchObject([{ ports: [{ port: 7071 }] }]);
    });

    test.each([
        ["no object", "- a\n", /lacks apiVersion or kind/],
        ["no YAML", "a: [", /is not valid YAML/],
        ["no port", service('""'), /is not a port number/],
    ])("fail with %s", async (_what, content, message) => {
        const { condition } = (await attach(content)).packs[4];
        expect(condition).toMatchObject({ type: "Error", message: expect.stringMatching(message) });
    });

    test("packs are validated before they are attached", async () => {
        const broken = addPack(palette.context, { name: "cni-calico", values: "a: [" });
        addProfile(palette.context, "add-on", [broken], { type: "add-on" });
        const profiles = [{ uid: infra }, { uid: "profile-add-on" }];
        for (const path of [`/v1/spectroclusters/${uid}`, "/v1/spectroclusters"]) {
            const { body } = await palette.call("POST", `${path}/validate/packs`, { profiles });
            const [{ errors }] = body.profiles[1].packs.results;
            expect(errors.map((error: Json) => error.code)).toEqual([
                "PackValuesInvalid",
                "DuplicateClusterPacksForbidden",
            ]);
        }
    });
});

describe("repave", () => {
    function upgrade(): Json {
        const packs = infraPacks(palette.context);
        const kubernetes = addPack(palette.context, { ...packs[1]!, version: "1.33.0" } as Json);
        addProfile(palette.context, "infra", [packs[0]!, kubernetes, packs[2]!, packs[3]!]);
        return { profiles: [{ uid: infra }] };
    }

    test("a change of Kubernetes makes the nodes anew, one after the other", async () => {
        expect((await get("")).status.repave).toEqual({});
        expect((await palette.call("GET", `/v1/spectroclusters/${uid}/repave/status`)).status).toBe(
            404,
        );
        const request = upgrade();
        const url = `/v1/spectroclusters/${uid}/validate/repave`;
        const { body } = await palette.call("POST", url, request);
        expect(body).toMatchObject({
            isRepaveRequired: true,
            reasons: [
                {
                    message: "kubernetes changes from 1.32.3 to 1.33.0",
                    pack: { current: { version: "1.32.3" }, target: { version: "1.33.0" } },
                },
            ],
        });
        expect(await change("PATCH", "/profiles", request)).toBe(204);
        expect((await get("/repave/status")).status.state).toBe("Approved");
        await palette.pass(1);
        expect(await machines("control-plane-pool")).toEqual(["Running", "Provisioning"]);
        expect(await machines("worker-pool")).toEqual(["Running"]);
        await palette.pass(3);
        expect(await machines("control-plane-pool")).toEqual(["Deleting", "Running"]);
        expect(await machines("worker-pool")).toEqual(["Running", "Provisioning"]);
        await palette.pass(5);
        expect(await machines("worker-pool")).toEqual(["Running"]);
        expect((await get("")).status.packs[1]).toMatchObject({
            version: "1.33.0",
            condition: { status: "True" },
        });
    });

    test("one that waits for an approval", async () => {
        palette.context.switches.set({ repave: "pending" });
        expect(await change("PATCH", "/repave/approve")).toBe(400);
        expect(await change("PATCH", "/profiles", upgrade())).toBe(204);
        expect((await get("")).status.repave.state).toBe("Pending");
        expect((await get("/repave/status")).spec.reasons).toHaveLength(1);
        const { body } = await palette.call(
            "GET",
            "/v1/dashboard/spectroclusters/repaveStatus?repaveState=Pending",
        );
        expect(body.items).toHaveLength(1);
        await palette.pass(5);
        expect((await get("")).status.packs[1].version).toBe("1.32.3");
        expect(await change("PATCH", "/repave/approve")).toBe(204);
        await palette.pass(10);
        expect((await get("")).status.packs[1]).toMatchObject({
            version: "1.33.0",
            condition: { status: "True" },
        });
    });

    test("other layers need none", async () => {
        const url = `/v1/spectroclusters/${uid}/validate/repave`;
        const { body } = await palette.call("POST", url, { profiles: [{ uid: infra }] });
        expect(body).toEqual({ isRepaveRequired: false, reasons: [] });
    });
});

describeWithHelm("variables", () => {
    test("are read with sensitive ones masked, and a change rolls out what uses them", async () => {
        const addOn = addPack(palette.context, {
            name: "extra",
            values: 'size: "{{ .spectro.var.size }}"\n',
        });
        addProfile(palette.context, "infra", [...infraPacks(palette.context), addOn], {
            variables: palette.context.profiles.get(infra)!.variables,
        });
        await change("PATCH", "/profiles", { profiles: [{ uid: infra }] });
        await palette.pass(3);
        const [before] = await get("/variables");
        expect(before.variables).toMatchObject([
            { name: "size", defaultValue: "small", value: "" },
            { name: "password", defaultValue: "******", value: "" },
        ]);
        const patch = [{ profileUid: infra, variables: [{ name: "size", value: "large" }] }];
        expect(await change("PATCH", "/variables", patch)).toBe(204);
        expect((await get("/variables"))[0].variables[0].value).toBe("large");
        const packs = (await get("")).status.packs;
        expect(packs.map((pack: Json) => pack.condition.status)).toEqual([
            "True",
            "True",
            "True",
            "True",
            "False",
        ]);
        const stray = [{ profileUid: infra, variables: [{ name: "none", value: "" }] }];
        expect(await change("PATCH", "/variables", stray)).toBe(400);
    });
});

describe("settings", () => {
    test("name, tags, description, location", async () => {
        const metadata = {
            name: "renamed",
            labels: { team: "docs", bare: "spectro__tag" },
            annotations: { description: "new" },
        };
        expect(await change("PATCH", "/metadata", { metadata })).toBe(204);
        expect((await get("")).metadata).toMatchObject(metadata);
        expect((await palette.call("GET", "/v1/spectroclusters/tags")).body.tags).toEqual([
            "bare",
            "team:docs",
        ]);
        expect(await change("PATCH", "/metadata", { metadata: { name: "Not Good" } })).toBe(400);
        const location = { countryCode: "DE", countryName: "Germany" };
        expect(await change("PUT", "/location", { location })).toBe(204);
        expect((await get("")).status.location).toEqual(location);
    });

    test("cluster configuration", async () => {
        expect(
            await change("PATCH", "/clusterConfig/timezone", { timezone: "Europe/Berlin" }),
        ).toBe(204);
        const osPatchConfig = { patchOnBoot: true };
        expect(await change("PATCH", "/clusterConfig/osPatch", { osPatchConfig })).toBe(204);
        expect(await change("POST", "/upgrade/settings", { spectroComponents: "lock" })).toBe(204);
        const { spec, metadata } = await get("");
        expect(spec.clusterConfig).toMatchObject({
            timezone: "Europe/Berlin",
            machineManagementConfig: { osPatchConfig },
        });
        expect(metadata.annotations.spectroComponentsUpgradeForbidden).toBe("true");
        const url = `/v1/cloudconfigs/aws/${configUid}/clusterConfig`;
        const clusterConfig = { region: "eu-west-1", bastionDisabled: true };
        expect((await palette.call("PUT", url, { clusterConfig })).status).toBe(204);
        const config = await palette.call("GET", `/v1/cloudconfigs/aws/${configUid}`);
        expect(config.body.spec.clusterConfig).toMatchObject({
            region: "us-east-1",
            bastionDisabled: true,
        });
    });

    test("scans and backups", async () => {
        const schedule = { kubeBench: { schedule: { scheduledRunTime: "" } } };
        expect(await change("PUT", "/features/complianceScan", schedule)).toBe(204);
        expect((await get("/features/complianceScan")).spec.driverSpec).toEqual({
            "kube-bench": { config: { schedule: { scheduledRunTime: "" } }, isClusterConfig: true },
        });
        const backup = (): Promise<Json> =>
            palette.call("GET", `/v1/spectroclusters/${uid}/features/backup`);
        expect(await backup()).toMatchObject({ status: 404, body: { code: "ResourceNotFound" } });
        expect(await change("POST", "/features/backup", { backupPrefix: "b" })).toBe(201);
        expect((await backup()).body.spec.config).toEqual({ backupPrefix: "b" });
        expect(await change("DELETE", "/features/backup")).toBe(204);
        expect((await backup()).status).toBe(404);
    });

    test("a cluster made without scans has none", async () => {
        const request = clusterRequest(palette.context, [infra], {
            name: "bare",
            spec: { policies: {} },
        });
        const { body } = await palette.call("POST", "/v1/spectroclusters/aws", request);
        const url = `/v1/spectroclusters/${body.uid}/features/complianceScan`;
        expect(await palette.call("GET", url)).toMatchObject({
            status: 404,
            body: { code: "ResourceNotFound" },
        });
        expect(
            (await palette.call("POST", url, { sonobuoy: { schedule: { scheduledRunTime: "x" } } }))
                .status,
        ).toBe(201);
        expect((await palette.call("GET", url)).body.spec.driverSpec).toHaveProperty("sonobuoy");
    });

    test("namespaces and role bindings", async () => {
        expect(await get("/config/namespaces")).toEqual({ items: [] });
        expect(await get("/config/rbacs")).toEqual({ items: [] });
        const namespaces = [
            {
                metadata: { name: "team" },
                spec: { isRegex: false, resourceAllocation: { cpuCores: 2, memoryMiB: 512 } },
            },
        ];
        expect(await change("PUT", "/config/namespaces", { namespaces })).toBe(204);
        const [namespace] = (await get("/config/namespaces")).items;
        expect(namespace).toMatchObject(namespaces[0]!);
        const url = `/config/namespaces/${namespace.metadata.uid}`;
        expect(await change("PUT", url, { spec: { isRegex: true } })).toBe(204);
        expect((await get(url)).spec).toEqual({ isRegex: true });
        const rbacs = [
            {
                metadata: { name: "r" },
                spec: { bindings: [{ type: "RoleBinding", namespace: "team" }] },
            },
        ];
        expect(await change("PUT", "/config/rbacs", { rbacs })).toBe(204);
        expect((await get("/config/rbacs")).items).toMatchObject(rbacs);
    });

    test("price", async () => {
        const hourly = await get("/rate");
        expect(hourly.rate.compute).toBeCloseTo(0.4);
        expect((await get("/rate?periodType=monthly")).rate.compute).toBeCloseTo(0.4 * 730);
        const body = {
            cloudConfig: { region: "us-east-1" },
            machinepoolconfig: [pool("w", false, 3)],
        };
        const asked = await palette.call(
            "POST",
            "/v1/spectroclusters/aws/rate?periodType=hourly",
            body,
        );
        expect(asked.body).toMatchObject({ machinePools: [{ name: "w", nodesCount: 3 }] });
        expect(asked.body.rate.compute).toBeCloseTo(0.6);
    });
});
