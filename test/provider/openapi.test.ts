import { applicationUrls } from "../../packages/palette/cluster/applicationUrls";
import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import type { AwsClusterInputs } from "../../packages/palette/cluster/aws/awsInputs";
import { clusterProfile } from "../../packages/palette/profile/clusterProfile";
import type { ClusterProfileInputs } from "../../packages/palette/profile/profileInputs";
import { ociRegistry } from "../../packages/palette/registry/ociRegistry";
import { registrySync } from "../../packages/palette/registry/registrySync";
import { spectroRegistry } from "../../packages/palette/registry/spectroRegistry";
import { describeWith } from "../sandbox/awsSandbox";
import { checkAnswer, checkRequest, hasDocument, requestExceptions } from "../sandbox/openapi";
import { unless } from "../skip";
import { basicRegistry, legacyRegistry } from "./otherRegistries";
import { pool, Tutorial, tutorialBinaries } from "./tutorial";

jest.setTimeout(60_000);

/** A call of the providers' and its answer, as they went over the wire. */
interface Exchange {
    method: string;
    /** Path and query. */
    url: string;
    project: boolean;
    body?: string;
    status: number;
    answer: string;
}

const mockExchanges: Exchange[] = [];
jest.mock("undici", () => {
    const undici = jest.requireActual<typeof import("undici")>("undici");
    const recorded: typeof undici.fetch = async (input, init) => {
        const response = await undici.fetch(input, init);
        if (input instanceof URL && input.pathname.startsWith("/v1/")) {
            const headers = new undici.Headers(init?.headers);
            mockExchanges.push({
                method: init!.method!,
                url: `${input.pathname}${input.search}`,
                project: headers.has("ProjectUid"),
                body: (init?.body as string | null) ?? undefined,
                status: response.status,
                answer: await response.clone().text(),
            });
        }
        return response;
    };
    return { ...undici, fetch: recorded };
});
jest.mock("node:timers/promises", () => ({
    setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms / 150)),
}));

const features = {
    backup: {
        backupPrefix: "daily",
        backupLocationName: "bucket",
        schedule: "0 2 * * *",
        durationInHours: 48,
        includeAllDisks: true,
        includeClusterResourceMode: "Auto" as const,
        namespaces: ["default"],
    },
    roleBindings: [
        {
            type: "RoleBinding" as const,
            namespace: "default",
            role: { kind: "Role" as const, name: "reader" },
            subjects: [{ type: "User" as const, name: "somebody" }],
        },
    ],
    osPatch: {
        onBoot: true,
        schedule: "0 3 * * SUN",
        after: "2999-01-01T00:00:00Z",
        rebootIfRequired: true,
    },
};

const suite = unless(
    hasDocument ? undefined : "Palette's OpenAPI document is not there",
    describeWith(...tutorialBinaries),
);

suite("what goes to Palette, by its OpenAPI document", () => {
    let tutorial: Tutorial;
    beforeAll(async () => {
        tutorial = await Tutorial.start();
        await tutorial.push();
        jest.spyOn(console, "log").mockImplementation(() => undefined);
        await everything();
    });
    afterAll(async () => {
        jest.restoreAllMocks();
        await tutorial?.remove();
    });

    /** All that the program and its providers ask of Palette, one after the other. */
    async function everything(): Promise<void> {
        const { bench } = tutorial;
        const name = "openapi";
        const found = await tutorial.preflight();

        const registryInputs = tutorial.registry({ name });
        const registry = await ociRegistry.create(registryInputs);
        await ociRegistry.create({ ...registryInputs, adopt: true });
        await ociRegistry.read(registry.id, registry.outs);
        const credentials = await tutorial.createRole(name);
        await ociRegistry.update(registry.id, registry.outs, { ...registryInputs, credentials });

        const pack = { registryUid: registry.id };
        const variables = [{ name: "colour", defaultValue: "red", isSensitive: true }];
        const firstInputs = { ...tutorial.profile({ name }, found, pack), variables };
        const first = await clusterProfile.create(firstInputs);
        await clusterProfile.create({ ...firstInputs, adopt: true });
        await clusterProfile.read(first.id, first.outs);
        const infrastructure = found.layers.map((layer) =>
            layer.name === "kubernetes" ? { ...layer, version: "1.28.2" } : layer,
        );
        const secondInputs = {
            ...tutorial.profile(
                { name, version: "1.1.0", tags: ["word"] },
                { ...found, layers: infrastructure },
                { ...pack, overrides: "pack:\n  namespace: other\n" },
            ),
            editInPlace: true,
        };
        const second = await clusterProfile.update(first.id, first.outs, secondInputs);
        const third = await clusterProfile.update(first.id, second.outs, {
            ...secondInputs,
            layers: [...infrastructure, firstInputs.layers.at(-1)!],
            description: "other",
            variables,
        });
        const addOnInputs: ClusterProfileInputs = {
            ...tutorial.profile({ name: "openapi-add-on", type: "add-on" }, found, pack),
            layers: [{ ...found.layers[0]!, name: "spectro-proxy", version: "1.4.1" }],
            scope: "tenant",
        };
        const addOn = await clusterProfile.create(addOnInputs);

        const clusterInputs = {
            ...tutorial.cluster({ name }, found, first.outs),
            ...features,
        };
        const { profiles } = clusterInputs;
        profiles[0]!.packValues = { hellouniverse: "manifests:\n  hello-universe:\n    tag: x\n" };
        profiles[0]!.variables = { colour: "blue" };
        profiles.push({ uid: addOn.id, revision: addOn.outs.revision, packs: [] });
        const { inputs: priced } = await awsCluster.check!({} as AwsClusterInputs, clusterInputs);
        const cluster = await awsCluster.create(priced!);
        const { props } = await awsCluster.read(cluster.id, cluster.outs);
        await applicationUrls.create({
            cluster: cluster.id,
            name,
            project: found.project,
            packs: [tutorial.pack],
            revisions: [],
            timeout: clusterInputs.createTimeout,
        });
        const [controlPlane, workers] = clusterInputs.pools;
        const { availabilityZones } = workers!;
        const changed: AwsClusterInputs = {
            ...tutorial.cluster({ name, tags: ["word", "key:value"] }, found, third.outs),
            pools: [
                controlPlane!,
                { ...workers!, size: 2, labels: { a: "b" } },
                {
                    ...pool("more", false),
                    availabilityZones,
                    minSize: 1,
                    maxSize: 3,
                    capacityType: "spot",
                    spotMaxPrice: "0.5",
                    taints: [{ key: "k", value: "v", effect: "NoSchedule" }],
                    updateStrategy: "OverrideScaling",
                    maxSurge: "1",
                    maxUnavailable: "0",
                    nodeRepaveInterval: 60,
                },
            ],
            scans: { ...clusterInputs.scans, configuration: "0 1 * * *" },
            backup: { ...features.backup, durationInHours: 24 },
            roleBindings: [],
            osPatch: { onBoot: false },
            repave: "approve",
        };
        await bench.control("PATCH", "/switches", { repave: "pending" });
        const { outs } = await awsCluster.update(cluster.id, props!, changed);
        // A cluster that never had a schedule.
        const scans = {
            service: "palette",
            route: "/v1/spectroclusters/*/features/complianceScan",
        };
        const body = { code: "ResourceNotFound", message: "no schedule" };
        await bench.control("POST", "/faults", {
            ...scans,
            method: "GET",
            times: 2,
            status: 404,
            body,
        });
        const uid = { uid: cluster.id };
        await bench.control("POST", "/faults", {
            ...scans,
            method: "POST",
            status: 201,
            body: uid,
        });
        const back = {
            ...clusterInputs,
            ...features,
            backup: undefined,
            repave: "approve" as const,
        };
        await awsCluster.update(cluster.id, outs, back);
        // The resource that has taken the cluster over is the one whose deletion takes it along.
        const adopted = await awsCluster.create({ ...changed, adopt: true });
        const forcing = { ...adopted.outs, forceDelete: true, deleteTimeout: 60 };
        await tutorial.deleteStuck(name, () => awsCluster.delete(adopted.id, forcing));
        await clusterProfile.delete(first.id, third.outs);
        await clusterProfile.delete(addOn.id, addOn.outs);
        await ociRegistry.delete(registry.id, registry.outs);
        await registriesBesideEcr();
    }

    async function registriesBesideEcr(): Promise<void> {
        const { sandbox } = tutorial.bench;
        const inputs = basicRegistry(sandbox);
        const basic = await ociRegistry.create(inputs);
        await ociRegistry.read(basic.id, basic.outs);
        const { token } = sandbox.harbor;
        const credentials = { type: "token" as const, token };
        await ociRegistry.update(basic.id, basic.outs, { ...inputs, credentials });
        await registrySync.create(inputs);
        const legacyInputs = legacyRegistry(sandbox);
        const legacy = await spectroRegistry.create(legacyInputs);
        await spectroRegistry.read(legacy.id, legacy.outs);
        const tls = { insecureSkipVerify: true };
        await spectroRegistry.update(legacy.id, legacy.outs, { ...legacyInputs, tls });
        await ociRegistry.delete(basic.id, basic.outs);
        await spectroRegistry.delete(legacy.id, legacy.outs);
    }

    test("fits, every request of it", () => {
        const operations = mockExchanges.map(({ method, url, body }) =>
            checkRequest(method, url, body),
        );
        expect(mockExchanges.map(({ url }) => url)).toContainEqual(
            expect.stringMatching(/^\/v1\/spectroclusters\/\w+\?forceDelete=true$/),
        );
        expect([...new Set(operations)].sort()).toMatchInlineSnapshot(`
            [
              "DELETE /v1/cloudconfigs/aws/{configUid}/machinePools/{machinePoolName}",
              "DELETE /v1/clusterprofiles/{uid}",
              "DELETE /v1/registries/oci/{uid}/basic",
              "DELETE /v1/registries/oci/{uid}/ecr",
              "DELETE /v1/registries/pack/{uid}",
              "DELETE /v1/spectroclusters/{uid}",
              "DELETE /v1/spectroclusters/{uid}/features/backup",
              "DELETE /v1/spectroclusters/{uid}/profiles",
              "GET /v1/cloudconfigs/aws/{configUid}",
              "GET /v1/cloudconfigs/aws/{configUid}/machinePools/{machinePoolName}/machines",
              "GET /v1/clouds/aws/account/sts",
              "GET /v1/clouds/aws/regions/{region}/availabilityzones",
              "GET /v1/clouds/aws/regions/{region}/instancetypes",
              "GET /v1/clouds/aws/regions/{region}/keypairs",
              "GET /v1/clusterprofiles/{uid}",
              "GET /v1/clusterprofiles/{uid}/variables",
              "GET /v1/dashboard/cloudaccounts/metadata",
              "GET /v1/dashboard/clusterprofiles/metadata",
              "GET /v1/dashboard/projects/metadata",
              "GET /v1/dashboard/spectroclusters/{uid}/overview",
              "GET /v1/events/components/{objectKind}/{objectUid}",
              "GET /v1/packs",
              "GET /v1/packs/{packName}/registries/{registryUid}",
              "GET /v1/registries/metadata",
              "GET /v1/registries/oci/summary",
              "GET /v1/registries/oci/{uid}/basic",
              "GET /v1/registries/oci/{uid}/basic/sync/status",
              "GET /v1/registries/oci/{uid}/ecr",
              "GET /v1/registries/oci/{uid}/ecr/sync/status",
              "GET /v1/registries/pack",
              "GET /v1/registries/pack/{uid}",
              "GET /v1/registries/pack/{uid}/sync/status",
              "GET /v1/spectroclusters/{uid}",
              "GET /v1/spectroclusters/{uid}/assets/adminKubeconfig",
              "GET /v1/spectroclusters/{uid}/config/rbacs",
              "GET /v1/spectroclusters/{uid}/features/backup",
              "GET /v1/spectroclusters/{uid}/features/complianceScan",
              "GET /v1/spectroclusters/{uid}/repave/status",
              "GET /v1/spectroclusters/{uid}/variables",
              "GET /v1/users",
              "PATCH /v1/clusterprofiles/{uid}/metadata",
              "PATCH /v1/clusterprofiles/{uid}/publish",
              "PATCH /v1/spectroclusters/{uid}/clusterConfig/osPatch",
              "PATCH /v1/spectroclusters/{uid}/metadata",
              "PATCH /v1/spectroclusters/{uid}/profiles",
              "PATCH /v1/spectroclusters/{uid}/repave/approve",
              "POST /v1/cloudconfigs/aws/{configUid}/machinePools",
              "POST /v1/clusterprofiles",
              "POST /v1/clusterprofiles/validate/packs",
              "POST /v1/dashboard/spectroclusters/search",
              "POST /v1/registries/oci/basic",
              "POST /v1/registries/oci/basic/validate",
              "POST /v1/registries/oci/ecr",
              "POST /v1/registries/oci/ecr/validate",
              "POST /v1/registries/oci/{uid}/basic/sync",
              "POST /v1/registries/oci/{uid}/ecr/sync",
              "POST /v1/registries/pack",
              "POST /v1/registries/pack/validate",
              "POST /v1/registries/pack/{uid}/sync",
              "POST /v1/spectroclusters/aws",
              "POST /v1/spectroclusters/aws/rate",
              "POST /v1/spectroclusters/aws/validate",
              "POST /v1/spectroclusters/{uid}/features/backup",
              "POST /v1/spectroclusters/{uid}/features/complianceScan",
              "POST /v1/spectroclusters/{uid}/validate/repave",
              "PUT /v1/cloudconfigs/aws/{configUid}/machinePools/{machinePoolName}",
              "PUT /v1/clusterprofiles/{uid}",
              "PUT /v1/clusterprofiles/{uid}/variables",
              "PUT /v1/registries/oci/{uid}/basic",
              "PUT /v1/registries/oci/{uid}/ecr",
              "PUT /v1/registries/pack/{uid}",
              "PUT /v1/spectroclusters/{uid}/config/rbacs",
              "PUT /v1/spectroclusters/{uid}/features/backup",
              "PUT /v1/spectroclusters/{uid}/features/complianceScan",
            ]
        `);
    });

    test("comes back in the document's form too", () => {
        for (const { method, url, status, answer } of mockExchanges) {
            checkAnswer(method, url, status, answer);
        }
    });

    test("is asked of the tenant for registries, users and projects, and of the project otherwise", () => {
        const inTenant = mockExchanges.filter(({ project }) => !project);
        const families = inTenant.map(({ url }) => url.split("?")[0]!.replace(/[0-9a-f]{24}/, "*"));
        expect([...new Set(families)].sort()).toEqual([
            "/v1/clouds/aws/account/sts",
            // Of the profile in tenant scope.
            "/v1/clusterprofiles",
            "/v1/clusterprofiles/*",
            "/v1/clusterprofiles/validate/packs",
            "/v1/dashboard/clusterprofiles/metadata",
            "/v1/dashboard/projects/metadata",
            "/v1/packs",
            "/v1/registries/metadata",
            "/v1/registries/oci/*/basic",
            "/v1/registries/oci/*/basic/sync",
            "/v1/registries/oci/*/basic/sync/status",
            "/v1/registries/oci/*/ecr",
            "/v1/registries/oci/*/ecr/sync",
            "/v1/registries/oci/*/ecr/sync/status",
            "/v1/registries/oci/basic",
            "/v1/registries/oci/basic/validate",
            "/v1/registries/oci/ecr",
            "/v1/registries/oci/ecr/validate",
            "/v1/registries/oci/summary",
            "/v1/registries/pack",
            "/v1/registries/pack/*",
            "/v1/registries/pack/*/sync",
            "/v1/registries/pack/*/sync/status",
            "/v1/registries/pack/validate",
            "/v1/users",
        ]);
    });

    test("needs each of the exceptions", () => {
        const create = mockExchanges.find(({ url }) => url === "/v1/spectroclusters/aws")!;
        for (const exception of Object.keys(requestExceptions)) {
            expect(() => checkRequest(create.method, create.url, create.body, [])).toThrow(
                exception,
            );
        }
    });

    test.each<[string, string, unknown, RegExp]>([
        ["GET", "/v1/packz", undefined, /not in the API's document/],
        ["PATCH", "/v1/packs", undefined, /not in the API's document/],
        ["GET", "/v1/packs?filter=spec.name=a", undefined, /no parameter/],
        ["POST", "/v1/clusterprofiles?publish=1", {}, /publish=1 is boolean/],
        ["GET", "/v1/users", {}, /takes no body/],
        ["PATCH", "/v1/spectroclusters/1/profiles", { profile: [] }, /additional properties/],
        ["PATCH", "/v1/spectroclusters/1/profiles", { profiles: {} }, /must be array/],
        ["POST", "/v1/registries/oci/ecr", { spec: { endpoint: "e" } }, /property 'isPrivate'/],
    ])("and would not as %s %s %j", (method, url, body, message) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        expect(() => checkRequest(method, url, text)).toThrow(message);
    });
});
