import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { loadPack } from "../../components/packs/customPack";
import { policies } from "../../policy/policies";
import { projectDirectory } from "../../scripts/environment";
import { succeeded, TestEnvironment, type TestStack } from "../flow/environment";

jest.setTimeout(300_000);

const POLICY = path.join(projectDirectory, "policy");
const tags = ["app:hello", "environment:production"];

describe("on the real engine", () => {
    let environment: TestEnvironment;
    let prod: TestStack;
    const previewWith = (folder: string, ...more: string[]) =>
        prod.run(["preview", "--policy-pack", folder, ...more]);

    beforeAll(async () => {
        environment = await TestEnvironment.create();
        prod = await environment.stack("prod");
    });
    afterAll(() => environment?.close());

    test("a stack that breaks all policies is stopped before anything is made, each named", async () => {
        await prod.configure({
            overwritePacks: true,
            "registries.0.credentials": { type: "secret" },
            "profile.layers": [
                { name: "ubuntu-aws", version: "22.04" },
                { name: "kubernetes", version: "1.32.x" },
                { name: "cni-calico", version: "3.29.3" },
                { name: "csi-aws-ebs", version: "1.41.0" },
            ],
            "cluster.workerPools": [{ size: 40 }, { name: "other", instanceType: "m5.4xlarge" }],
        });
        // A region that has no key pair would be refused before any policy is asked.
        const settings = path.join(environment.directory, "settings.json");
        const prices = { "m4.xlarge": 0.2, "m5.4xlarge": 0.77 };
        await writeFile(
            settings,
            JSON.stringify({
                "allowed-regions": { regions: ["eu-west-1"] },
                "cost-ceiling": { maximum: 2, prices },
            }),
        );
        const run = await previewWith(POLICY, "--policy-pack-config", settings);
        expect(run.code).not.toBe(0);
        const named = [...run.output.matchAll(/\[mandatory\]\s+(\S+)/g)];
        expect([...new Set(named.map(([, name]) => name))].sort()).toEqual(
            policies.map(({ name }) => name).sort(),
        );
    });

    test("a stack that keeps to all passes without a word, in preview and up", async () => {
        const { digest: pinned } = await loadPack("packs/hello-universe-pack");
        await prod.configure({
            overwritePacks: undefined,
            packs: [{ path: "packs/hello-universe-pack", digest: pinned }],
            allowClusterDeletion: undefined,
            "registries.0.credentials": undefined,
            "registries.0.immutableTags": true,
            "profile.layers": undefined,
            "profile.tags": tags,
            "cluster.tags": tags,
            "cluster.workerPools": undefined,
        });
        const up = await prod.up("--policy-pack", POLICY);
        succeeded(up);
        expect(up.output).not.toMatch(/can't run policy|\[(mandatory|advisory)\]/);
        await prod.configure({ allowClusterDeletion: true });
        const unprotected = await previewWith(POLICY);
        expect(unprotected.code).not.toBe(0);
        const settings = path.join(POLICY, "development.json");
        succeeded(await previewWith(POLICY, "--policy-pack-config", settings));
        succeeded(await prod.up());
        succeeded(await prod.destroy());
    });

    test.each([
        ["no tsconfig", undefined],
        ["a tsconfig of its own", { compilerOptions: { strict: true, module: "commonjs" } }],
    ])("somebody else's policy pack in plain JavaScript works with %s", async (_, tsconfig) => {
        const folder = path.join(environment.directory, `pack ${tsconfig ? "with" : "without"}`);
        await mkdir(path.join(folder, "node_modules/@pulumi"), { recursive: true });
        for (const name of ["policy", "pulumi"]) {
            const installed = path.join(projectDirectory, "node_modules/@pulumi", name);
            await symlink(installed, path.join(folder, "node_modules/@pulumi", name));
        }
        const files = {
            "PulumiPolicy.yaml": "runtime: nodejs\nversion: 0.0.1\n",
            "package.json": '{ "name": "other", "version": "0.0.1" }',
            "index.js":
                'const { PolicyPack } = require("@pulumi/policy");\n' +
                'new PolicyPack("other", { policies: [{ name: "no-clusters", description: "None.",\n' +
                '  enforcementLevel: "mandatory", validateResource: ({ type }, report) => {\n' +
                '    if (type.endsWith(":AwsCluster")) report("There is a cluster."); } }] });\n',
            ...(tsconfig && { "tsconfig.json": JSON.stringify(tsconfig) }),
        };
        for (const [name, content] of Object.entries(files)) {
            await writeFile(path.join(folder, name), content);
        }
        const run = await previewWith(folder);
        expect(run.code).not.toBe(0);
        expect(run.output).toMatch(/There is a cluster\./);
        expect(run.output).not.toMatch(/TSError|Cannot find/);
        await rm(folder, { recursive: true });
    });
});
