import { describeWith } from "./awsSandbox";
import { PaletteBench } from "./paletteSupport";

/**
 * What the official Terraform provider calls in the tutorial's workflow (plan, apply, scale, destroy),
 * for each kind of registry, and what a program may call beside it to know more or sooner.
 */
const operations = {
    "provider start and look-ups": [
        "GET /v1/dashboard/projects/metadata",
        "GET /v1/users",
        "GET /v1/users/info",
        "GET /v1/registries/metadata",
        "GET /v1/registries/oci/summary",
        "GET /v1/registries/pack",
        "GET /v1/registries/helm",
        "GET /v1/packs",
        "POST /v1/packs/search",
        "GET /v1/packs/{name}/registries/{uid}",
        "GET /v1/packs/{uid}",
        "GET /v1/cloudaccounts/aws",
        "GET /v1/dashboard/cloudaccounts/metadata",
        "GET /v1/cloudaccounts/summary",
    ],
    registries: ["oci ecr", "oci basic", "pack", "helm"].flatMap((kind) => {
        const [family, one] = kind.split(" ");
        const create = `/v1/registries/${kind.replace(" ", "/")}`;
        const path = one
            ? `/v1/registries/${family}/{uid}/${one}`
            : `/v1/registries/${family}/{uid}`;
        return [
            `POST ${create}/validate`,
            `POST ${create}`,
            `GET ${path}`,
            `PUT ${path}`,
            `DELETE ${path}`,
            `POST ${path}/sync`,
            `GET ${path}/sync/status`,
        ];
    }),
    "registries, other": [
        "DELETE /v1/registries/{uid}",
        "GET /v1/registries/oci/{uid}",
        "GET /v1/registries/{uid}/config",
        "GET /v1/clouds/aws/account/sts",
    ],
    profiles: [
        "GET /v1/clusterprofiles/validate/name",
        "POST /v1/clusterprofiles/validate/packs",
        "POST /v1/clusterprofiles",
        "PATCH /v1/clusterprofiles/{uid}/publish",
        "GET /v1/clusterprofiles/{uid}",
        "PUT /v1/clusterprofiles/{uid}",
        "PATCH /v1/clusterprofiles/{uid}/metadata",
        "POST /v1/clusterprofiles/{uid}/packs",
        "PUT /v1/clusterprofiles/{uid}/packs/{name}",
        "DELETE /v1/clusterprofiles/{uid}/packs/{name}",
        "POST /v1/clusterprofiles/{uid}/clone",
        "GET /v1/dashboard/clusterprofiles/metadata",
        "POST /v1/dashboard/clusterprofiles",
        "DELETE /v1/clusterprofiles/{uid}",
        "DELETE /v1/clusterprofiles/bulk",
        "GET /v1/clusterprofiles/{uid}/variables",
        "PUT /v1/clusterprofiles/{uid}/variables",
        "PATCH /v1/clusterprofiles/{uid}/variables",
        "DELETE /v1/clusterprofiles/{uid}/variables",
    ],
    "AWS before a cluster": [
        "POST /v1/clouds/aws/regions/{region}/keypairs/{name}/validate",
        "GET /v1/clouds/aws/regions/{region}/availabilityzones",
        "GET /v1/clouds/aws/regions/{region}/instancetypes",
        "POST /v1/clouds/aws/properties/validate",
    ],
    clusters: [
        "GET /v1/spectroclusters/validate/name",
        "POST /v1/spectroclusters/aws/validate",
        "POST /v1/spectroclusters/aws/rate",
        "POST /v1/spectroclusters/aws",
        "GET /v1/spectroclusters/{uid}",
        "GET /v1/spectroclusters/{uid}/status",
        "GET /v1/dashboard/spectroclusters/{uid}/overview",
        "POST /v1/dashboard/spectroclusters/search",
        "GET /v1/events/components/spectrocluster/{uid}",
        "GET /v1/spectroclusters/{uid}/assets/kubeconfig",
        "GET /v1/spectroclusters/{uid}/assets/kubeconfigclient",
        "GET /v1/spectroclusters/{uid}/assets/adminKubeconfig",
        "GET /v1/spectroclusters/{uid}/features/backup",
        "GET /v1/spectroclusters/{uid}/features/complianceScan",
        "POST /v1/spectroclusters/{uid}/features/complianceScan",
        "PUT /v1/spectroclusters/{uid}/features/complianceScan",
        "GET /v1/spectroclusters/{uid}/config/rbacs",
        "GET /v1/spectroclusters/{uid}/config/namespaces",
        "PATCH /v1/spectroclusters/{uid}/metadata",
        "GET /v1/spectroclusters/{uid}/profiles",
        "PATCH /v1/spectroclusters/{uid}/profiles",
        "PUT /v1/spectroclusters/{uid}/profiles",
        "DELETE /v1/spectroclusters/{uid}/profiles",
        "GET /v1/spectroclusters/{uid}/profileUpdates",
        "GET /v1/spectroclusters/{uid}/status/spcApply",
        "POST /v1/spectroclusters/{uid}/status/spcApply",
        "POST /v1/spectroclusters/{uid}/validate/repave",
        "GET /v1/spectroclusters/{uid}/repave/status",
        "PATCH /v1/spectroclusters/{uid}/repave/approve",
        "GET /v1/spectroclusters/{uid}/variables",
        "PATCH /v1/spectroclusters/{uid}/clusterConfig/timezone",
        "PATCH /v1/spectroclusters/{uid}/clusterConfig/osPatch",
        "POST /v1/spectroclusters/{uid}/upgrade/settings",
        "DELETE /v1/spectroclusters/{uid}",
        "GET /v1/cloudconfigs/aws/{uid}",
        "POST /v1/cloudconfigs/aws/{uid}/machinePools",
        "PUT /v1/cloudconfigs/aws/{uid}/machinePools/{name}",
        "DELETE /v1/cloudconfigs/aws/{uid}/machinePools/{name}",
        "GET /v1/cloudconfigs/aws/{uid}/machinePools/{name}/machines",
    ],
};

describeWith("registry")("the operations of the tutorial's workflow", () => {
    let bench: PaletteBench;
    beforeAll(async () => {
        bench = await PaletteBench.start({ switches: { rateLimit: "off" } });
    });
    afterAll(() => bench.remove());

    it.each(Object.entries(operations))("are all there: %s", async (_part, list) => {
        const missing = [];
        for (const operation of list) {
            const [method, path] = operation.split(" ") as [string, string];
            const url = path.replace(/\{\w+\}/g, "none");
            const body = ["GET", "DELETE"].includes(method) ? undefined : {};
            const answer = await bench.call(method, url, body, { project: bench.project });
            if (answer.body?.code === "RouteNotFound") {
                missing.push(operation);
            }
        }
        expect(missing).toEqual([]);
    });
});
