import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { leftovers } from "../../scripts/leftovers";
import { succeeded, TestEnvironment, type TestStack } from "./environment";

jest.setTimeout(300_000);

let environment: TestEnvironment;
let dev: TestStack;

beforeAll(async () => {
    environment = await TestEnvironment.create();
    dev = await environment.stack("dev");
});
afterAll(() => environment?.close());

describe("the tutorial's flow", () => {
    let output = "";

    test("a preview reads only, and tells what will be pushed", async () => {
        await environment.resetCalls();
        const preview = await dev.run(["preview", "--diff"]);
        succeeded(preview);
        expect(preview.output).toMatch(/1\.0\.0\s*: \{\s*digest: "sha256:[0-9a-f]{64}"/);
        expect(preview.output).toMatch(
            /cluster "pack-tutorial-cluster": Palette estimates \d+\.\d\d USD an hour/,
        );
        const calls = await environment.calls();
        const changes = calls.filter(({ method }) => method !== "GET");
        expect(changes.map(({ method, route }) => `${method} ${route}`)).toEqual([
            "POST /v1/spectroclusters/aws/rate",
            // Whether the cluster's name is free.
            "POST /v1/dashboard/spectroclusters/search",
        ]);
    });

    test("up ends with an application that answers", async () => {
        const run = await dev.up();
        output += run.output;
        succeeded(run);
        const outputs = await dev.outputs<{
            applicationUrls: { hellouniverse: string };
            clusterState: string;
            clusterHealth: string;
            kubeconfig: string;
        }>();
        expect(outputs).toMatchObject({ clusterState: "Running", clusterHealth: "Healthy" });
        expect(outputs.kubeconfig).toBe("[secret]");
        expect(outputs.applicationUrls.hellouniverse).toMatch(/^http:\/\/127\.[\d.]+:8080$/);
        const page = await fetch(outputs.applicationUrls.hellouniverse);
        expect(page.status).toBe(200);
        expect(await page.text()).toContain("ghcr.io/spectrocloud/hello-universe:1.2.0");
    });

    test("the user sees what Palette is doing", () => {
        expect(output).toMatch(/cluster "pack-tutorial-cluster": .*Provisioning/);
        expect(output).toMatch(/pack hellouniverse:1.0.0 is visible/);
    });

    test("a second up changes nothing and writes nothing, with just these 13 Palette calls", async () => {
        await environment.resetCalls();
        const run = await dev.up();
        succeeded(run);
        expect(run.output).toMatch(/Resources:\n\s+\d+ unchanged/);
        const calls = await environment.calls();
        expect(calls.map(({ method, route }) => `${method} ${route}`).sort()).toEqual(
            [
                "GET /v1/dashboard/projects/metadata",
                "GET /v1/dashboard/cloudaccounts/metadata",
                "GET /v1/clouds/aws/regions/{region}/availabilityzones",
                "GET /v1/clouds/aws/regions/{region}/instancetypes",
                "GET /v1/clouds/aws/regions/{region}/keypairs",
                "GET /v1/registries/metadata",
                // The layer ubuntu-aws has a version of two numbers, which may be a moving tag.
                "GET /v1/packs/{packName}/registries/{registryUid}",
                ...["kubernetes", "cni-calico", "csi-aws-ebs"].map(() => "GET /v1/packs"),
                // Whether the API key may do what a run does, and is one of the stack's tenant.
                "GET /v1/users",
                "GET /v1/users/info",
                // Whether the cluster is still there.
                "GET /v1/spectroclusters/{uid}",
            ].sort(),
        );
    });

    test("refresh finds no difference", async () => {
        const run = await dev.run(["refresh", "--yes", "--expect-no-changes"]);
        succeeded(run);
    });

    test("no secret is in plain text in the state or in any output", async () => {
        const { palette, aws } = environment.sandbox;
        const kubeconfig = (await dev.outputs<{ kubeconfig: string }>("--show-secrets")).kubeconfig;
        const token = /token: (\S+)|client-key-data: (\S+)/
            .exec(kubeconfig)
            ?.slice(1)
            .find(Boolean);
        const secrets = [palette.apiKey, aws.secretAccessKey, token!, kubeconfig.split("\n")[5]!];
        const files = await filesBelow(path.join(environment.directory, "backend"));
        expect(files.length).toBeGreaterThan(0);
        const texts = [...(await Promise.all(files.map((file) => readFile(file, "utf8")))), output];
        for (const secret of secrets) {
            expect(secret.length).toBeGreaterThan(8);
            expect(texts.filter((text) => text.includes(secret)).length).toBe(0);
        }
    });

    test("the state of a Palette resource is small and holds its provider by reference", async () => {
        const { deployment } = await dev.export();
        const resources = deployment.resources!.filter(({ type }) =>
            type.includes("dynamic/palette:"),
        );
        expect(resources.length).toBe(8);
        for (const resource of resources) {
            expect(resource.inputs!.__provider).toMatch(
                /^exports\.handler = \(\) => require\("palette-provider"\)\.\w+;$/,
            );
            expect(JSON.stringify(resource).length).toBeLessThan(12_000);
        }
    });

    test("a second stack lives beside it, and its end leaves the first one alone", async () => {
        const prod = await environment.stack("prod", {
            registries: undefined,
            profile: undefined,
            "cluster.name": undefined,
            allowClusterDeletion: true,
        });
        succeeded(await prod.up());
        const { packReferences } = await prod.outputs<{ packReferences: Record<string, string> }>();
        expect(packReferences["hellouniverse:1.0.0"]).toContain(
            "/spectro-oci-registry-prod/spectro-packs/",
        );
        succeeded(await prod.destroy());
        succeeded(await dev.run(["preview", "--expect-no-changes"]));
        succeeded(await dev.run(["refresh", "--yes", "--expect-no-changes"]));
    });

    test("destroy takes everything back, in order", async () => {
        const run = await dev.destroy();
        succeeded(run);
        const deleted = [...run.output.matchAll(/ - {2}(\S+) (\S+) deleted/g)].map(
            ([, type]) => type!,
        );
        const position = (type: string) => deleted.findIndex((urn) => urn.endsWith(type));
        const order = [":AwsCluster", ":ClusterProfile", ":OciRegistry", ":Repository"].map(
            position,
        );
        expect(order).toEqual([...order].sort((left, right) => left - right));
        expect(order).not.toContain(-1);
        expect(await leftovers(environment.sandbox)).toEqual([]);
    });

    test("destroy again is a success", async () => {
        succeeded(await dev.destroy());
    });
});

async function filesBelow(folder: string): Promise<string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name));
}
