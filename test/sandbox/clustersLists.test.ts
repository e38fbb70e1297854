import {
    addProfile,
    type Bench,
    bench,
    clusterRequest,
    describeWithHelm,
    helloPack,
    infraPacks,
    type Json,
    projectUid,
} from "./clustersSupport";

let palette: Bench;
beforeEach(async () => (palette = await bench()));
afterEach(() => palette.close());

async function accountUid(): Promise<string> {
    return (await palette.call("GET", "/v1/cloudaccounts/aws")).body.items[0].metadata.uid;
}

describe("cloud accounts", () => {
    test("a project has its own and the tenant's; no secret is told", async () => {
        const { body, text } = await palette.call("GET", "/v1/cloudaccounts/aws?limit=0");
        expect(body.items).toMatchObject([
            {
                metadata: { name: "aws-account", annotations: { scope: "project", projectUid } },
                spec: { credentialType: "secret", accessKey: "AKIATEST" },
                status: { state: "Running" },
            },
            {
                metadata: { name: "aws-account-tenant", annotations: { scope: "tenant" } },
                spec: { credentialType: "sts" },
            },
        ]);
        expect(body.items[0].spec.secretKey).toMatch(/^\*+$/);
        expect(text).not.toContain("secret-of-aws");
        const tenant = await palette.call("GET", "/v1/cloudaccounts/aws", undefined, "");
        expect(tenant.body.items.map((item: Json) => item.metadata.name)).toEqual([
            "aws-account-tenant",
        ]);
    });

    test("are found by name in all three lists", async () => {
        const filtered = "/v1/cloudaccounts/aws?filters=metadata.name=aws-account-tenant";
        expect((await palette.call("GET", filtered)).body.items).toHaveLength(1);
        palette.context.switches.set({ accountFilter: "ignored" });
        expect((await palette.call("GET", filtered)).body.items).toHaveLength(2);
        const summary = await palette.call("GET", "/v1/cloudaccounts/summary");
        expect(summary.body.items[0].specSummary.accountId).toBe("123456789012");
        const metadata = "/v1/dashboard/cloudaccounts/metadata?environment=";
        expect((await palette.call("GET", `${metadata}aws`)).body.items).toHaveLength(2);
        expect((await palette.call("GET", `${metadata}azure`)).body.items).toHaveLength(0);
    });

    test("are made, changed and deleted; a masked secret changes nothing", async () => {
        const spec = { accessKey: "AKIA2", secretKey: "second-secret", credentialType: "secret" };
        const url = "/v1/cloudaccounts/aws";
        const made = await palette.call("POST", url, { metadata: { name: "mine" }, spec });
        expect(made.status).toBe(201);
        expect((await palette.call("POST", url, { metadata: { name: "mine" }, spec })).status).toBe(
            409,
        );
        const own = `${url}/${made.body.uid}`;
        const read = (await palette.call("GET", own)).body;
        const put = { metadata: read.metadata, spec: { ...read.spec, accessKey: "AKIA3" } };
        expect((await palette.call("PUT", own, put)).status).toBe(204);
        const accounts = palette.context.journal.collection<Json>("cloudAccounts");
        expect(accounts.get(made.body.uid)).toMatchObject({
            accessKey: "AKIA3",
            secretKey: "second-secret",
        });
        expect((await palette.call("DELETE", own)).status).toBe(204);
        expect((await palette.call("GET", own)).status).toBe(404);
    });
});

describe("look-ups in AWS", () => {
    const base = "/v1/clouds/aws/regions";

    test("regions, zones, key pairs, VPCs, volumes", async () => {
        const query = `cloudAccountUid=${await accountUid()}`;
        const regions = (await palette.call("GET", `${base}?${query}`)).body.regions;
        expect(regions).toContainEqual(expect.objectContaining({ name: "us-east-1" }));
        const zones = await palette.call("GET", `${base}/us-east-1/availabilityzones?${query}`);
        expect(zones.body.zones[0]).toEqual({
            name: "us-east-1a",
            state: "available",
            zoneId: "use1-az1",
        });
        const keys = await palette.call("GET", `${base}/us-east-1/keypairs?${query}`);
        expect(keys.body.keyNames).toEqual(["tutorial-key"]);
        const vpcs = (await palette.call("GET", `${base}/us-east-1/vpcs?${query}`)).body.vpcs;
        expect(vpcs[0].subnets).toHaveLength(6);
        expect((await palette.call("GET", `${base}/us-east-1/storagetypes`)).status).toBe(200);
    });

    test("instance types with prices and the zones that lack them", async () => {
        const types = (await palette.call("GET", `${base}/us-east-1/instancetypes`)).body
            .instanceTypes;
        const type = (name: string): Json =>
            types.find((candidate: Json) => candidate.type === name);
        expect(type("m4.xlarge")).toMatchObject({
            cpu: 4,
            memory: 16,
            price: 0.2,
            nonSupportedZones: [],
        });
        expect(type("m5.large").nonSupportedZones).toEqual(["us-east-1e"]);
        const big = await palette.call(
            "GET",
            `${base}/eu-west-1/instancetypes?cpuGtEq=16&memoryGtEq=64`,
        );
        expect(big.body.instanceTypes.map((instanceType: Json) => instanceType.type)).toEqual([
            "m4.4xlarge",
            "m5.4xlarge",
            "r5.4xlarge",
        ]);
        expect(
            (await palette.call("GET", `${base}/us-east-1/instancetypes?gpuGtEq=1`)).body
                .instanceTypes,
        ).toEqual([]);
    });

    test("key pairs are validated", async () => {
        const query = `cloudAccountUid=${await accountUid()}`;
        const validate = (region: string, key: string): Promise<Json> =>
            palette.call("POST", `${base}/${region}/keypairs/${key}/validate?${query}`);
        expect((await validate("us-east-1", "tutorial-key")).status).toBe(204);
        expect(await validate("us-east-1", "other")).toMatchObject({
            status: 400,
            body: {
                code: "InvalidKeyPair",
                message: expect.stringMatching(/'other' does not exist/),
            },
        });
        expect((await validate("eu-west-1", "tutorial-key")).status).toBe(400);
        const properties = (body: object): Promise<Json> =>
            palette.call("POST", "/v1/clouds/aws/properties/validate", body);
        expect((await properties({ region: "us-east-1", sshKeyName: "tutorial-key" })).status).toBe(
            204,
        );
        expect((await properties({ region: "us-east-1", sshKeyName: "x" })).status).toBe(400);
        expect((await properties({ region: "nowhere" })).status).toBe(400);
    });

    test.each([
        ["no account", `${base}/us-east-1/keypairs`, 400],
        ["an unknown account", `${base}/us-east-1/keypairs?cloudAccountUid=none`, 404],
        [
            "an unknown account for instance types",
            `${base}/us-east-1/instancetypes?cloudAccountUid=none`,
            404,
        ],
        ["an unknown region", `${base}/us-nowhere-1/instancetypes`, 400],
    ])("%s", async (_what, url, status) => {
        expect((await palette.call("GET", url)).status).toBe(status);
    });
});

describe("lists of clusters", () => {
    const uids: Record<string, string> = {};
    beforeEach(async () => {
        addProfile(palette.context, "infra", infraPacks(palette.context));
        for (const name of ["alpha", "beta", "gamma"]) {
            const request = clusterRequest(palette.context, ["profile-infra"], { name });
            const { body } = await palette.call("POST", "/v1/spectroclusters/aws", request);
            uids[name] = body.uid;
            palette.context.clock.advance(1000);
        }
    });

    const string = (property: string, values: string[], more: object = {}): object => ({
        property,
        type: "string",
        condition: {
            string: {
                operator: "eq",
                negation: false,
                ignoreCase: false,
                match: { conjunction: "or", values },
                ...more,
            },
        },
    });
    const isDeleted = (value: boolean): object => ({
        property: "isDeleted",
        type: "bool",
        condition: { bool: { value } },
    });

    async function search(
        filters: object[],
        sort: object[] = [],
        path = "search",
    ): Promise<string[]> {
        const filter = { conjunction: "and", filterGroups: [{ conjunction: "and", filters }] };
        const { body } = await palette.call("POST", `/v1/dashboard/spectroclusters/${path}`, {
            filter,
            sort,
        });
        return body.items.map((item: Json) => item.metadata.name);
    }

    test("search by name, state, tags", async () => {
        expect(await search([string("clusterName", ["beta"]), isDeleted(false)])).toEqual(["beta"]);
        expect(await search([string("clusterName", ["BETA"])])).toEqual([]);
        expect(await search([string("clusterName", ["BETA"], { ignoreCase: true })])).toEqual([
            "beta",
        ]);
        expect(await search([string("clusterName", ["a"], { operator: "contains" })])).toHaveLength(
            3,
        );
        expect(await search([string("clusterName", ["beta"], { negation: true })])).toEqual([
            "alpha",
            "gamma",
        ]);
        expect(await search([string("clusterState", ["Pending"])])).toHaveLength(3);
        expect(await search([string("environment", ["aws"])])).toHaveLength(3);
        const tag = {
            property: "tags",
            type: "keyValue",
            condition: { keyValue: { key: "app", match: { values: ["hello-universe"] } } },
        };
        expect(await search([tag])).toHaveLength(3);
        expect(await search([], [{ field: "clusterName", order: "desc" }])).toEqual([
            "gamma",
            "beta",
            "alpha",
        ]);
        expect(await search([string("clusterName", ["beta"])], [], "metadata/search")).toEqual([
            "beta",
        ]);
        const bad = await palette.call("POST", "/v1/dashboard/spectroclusters/search", {
            filter: { filterGroups: [{ filters: [string("nope", ["x"])] }] },
        });
        expect(bad.status).toBe(400);
    });

    test("deleted clusters are found as such, and not in other lists", async () => {
        await palette.call("DELETE", `/v1/spectroclusters/${uids.beta}`);
        expect(await search([isDeleted(false)])).toEqual(["alpha", "beta", "gamma"]);
        await palette.pass(7);
        expect(await search([isDeleted(false)])).toEqual(["alpha", "gamma"]);
        expect(await search([isDeleted(true)])).toEqual(["beta"]);
        const names = async (method: string, path: string, body?: object): Promise<string[]> => {
            const answer = (
                await palette.call(method, `/v1/dashboard/spectroclusters/${path}`, body)
            ).body;
            return (answer.items ?? answer).map((item: Json) => item.name ?? item.metadata.name);
        };
        expect(await names("GET", "metadata")).toEqual(["alpha", "gamma"]);
        expect(await names("GET", "meta")).toEqual(["alpha", "gamma"]);
        const filter = { name: { eq: "gamma" }, environment: "aws", state: "Provisioning" };
        expect(await names("POST", "metadata", { filter })).toEqual(["gamma"]);
    });

    test("pages of fifty", async () => {
        const clusters = palette.context.journal.collection<Json>("clusters");
        const cluster = clusters.get(uids.alpha!);
        for (let index = 0; index < 100; index++) {
            clusters.put(`copy${index}`, {
                ...cluster,
                uid: `copy${index}`,
                name: `copy-${index}`,
            });
        }
        const url = "/v1/dashboard/spectroclusters/search";
        const sizes: number[] = [];
        let next = "";
        do {
            const { body } = await palette.call("POST", `${url}?continue=${next}`, {});
            sizes.push(body.items.length);
            next = body.listmeta.continue;
        } while (next);
        expect(sizes).toEqual([50, 50, 3]);
    });

    test("what can be searched", async () => {
        const schema = await palette.call("GET", "/v1/dashboard/spectroclusters/search/schema");
        expect(schema.body.schema.properties).toContainEqual(
            expect.objectContaining({ name: "clusterName" }),
        );
        const input = await palette.call("GET", "/v1/dashboard/spectroclusters/search/input");
        expect(input.body.inputs.clusterName.values).toHaveLength(3);
    });

    test("events of what is not a cluster", async () => {
        const url = "/v1/events/components";
        expect((await palette.call("GET", `${url}/edgehost/x`)).status).toBe(400);
        expect((await palette.call("GET", `${url}/spectrocluster/x`)).status).toBe(404);
    });
});

describeWithHelm("overview and workloads", () => {
    test("tell what runs", async () => {
        addProfile(palette.context, "full", [
            ...infraPacks(palette.context),
            helloPack(palette.context),
        ]);
        const request = clusterRequest(palette.context, ["profile-full"]);
        const { uid } = (await palette.call("POST", "/v1/spectroclusters/aws", request)).body;
        const base = `/v1/dashboard/spectroclusters/${uid}`;
        const early = (await palette.call("GET", `${base}/overview`)).body.status;
        expect(early).not.toHaveProperty("health");
        expect(early.kubeMeta).toMatchObject({ hasKubeConfig: false, kubernetesVersion: "1.32.3" });
        expect((await palette.call("POST", `${base}/workloads/deployment`, {})).body).toEqual({
            deployments: [],
        });
        await palette.pass(18);
        const { status, spec } = (await palette.call("GET", base)).body;
        expect(status).toMatchObject({
            state: "Running",
            health: { state: "Healthy" },
            kubeMeta: { hasKubeConfig: true, hasKubeConfigClient: true },
            services: [{ name: "hello-universe-service" }],
            location: { coordinates: [-78.45, 38.13] },
        });
        expect(spec.cloudConfig.machinePools).toMatchObject([
            { isControlPlane: true, healthy: 1, size: 1 },
            { isControlPlane: false, healthy: 1, size: 1 },
        ]);
        const kinds = [
            "",
            "/daemonset",
            "/statefulset",
            "/job",
            "/cronjob",
            "/pod",
            "/namespace",
            "/rolebinding",
            "/clusterrolebinding",
        ];
        for (const kind of kinds) {
            expect((await palette.call("POST", `${base}/workloads${kind}`, {})).status).toBe(200);
        }
        const { body } = await palette.call("POST", `${base}/workloads/deployment`, {});
        expect(body.deployments).toMatchObject([
            {
                metadata: {
                    namespace: "hello-universe",
                    entity: { name: "hello-universe-deployment" },
                },
                status: { replicas: { ready: 2, total: 2 } },
            },
        ]);
        const filter = { namespaces: ["other"] };
        const none = await palette.call("POST", `${base}/workloads/deployment`, { filter });
        expect(none.body.deployments).toEqual([]);
        const namespaces = await palette.call("GET", `/v1/spectroclusters/${uid}/namespaces`);
        expect(namespaces.body.namespaces).toEqual([{ namespace: "hello-universe", pvcCount: 0 }]);
        expect(
            (await palette.call("POST", `/v1/spectroclusters/${uid}/workloads/sync`)).status,
        ).toBe(202);
    });
});
