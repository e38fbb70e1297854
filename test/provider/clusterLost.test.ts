import { applicationUrls } from "../../packages/palette/cluster/applicationUrls";
import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import type {
    AwsClusterInputs,
    AwsClusterOutputs,
} from "../../packages/palette/cluster/aws/awsInputs";
import { clusterProfile } from "../../packages/palette/profile/clusterProfile";
import { ociRegistry } from "../../packages/palette/registry/ociRegistry";
import { describeWith } from "../sandbox/awsSandbox";
import { update, expectNoDrift, create, remove, type EngineResource } from "./engineResource";
import { Tutorial, tutorialBinaries } from "./tutorial";

jest.mock("node:timers/promises", () => ({
    setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms / 150)),
}));
jest.setTimeout(60_000);

describeWith(...tutorialBinaries)("a cluster that the stack wants", () => {
    let tutorial: Tutorial;
    let cluster: EngineResource<AwsClusterInputs, AwsClusterOutputs>;
    let said: jest.SpyInstance;

    beforeAll(async () => {
        tutorial = await Tutorial.start();
        said = jest.spyOn(console, "log").mockImplementation(() => undefined);
        await tutorial.push();
        const registryUid = (await ociRegistry.create(tutorial.registry({ name: "days" }))).id;
        const found = await tutorial.preflight();
        const { outs } = await clusterProfile.create(
            tutorial.profile({ name: "days" }, found, { registryUid }),
        );
        cluster = await create(awsCluster, tutorial.cluster({ name: "days" }, found, outs));
    });
    afterAll(async () => {
        jest.restoreAllMocks();
        await tutorial?.remove();
    });
    beforeEach(() => said.mockClear());

    const ofCluster = async (method: string, rest: string, uid = cluster.outs.uid) => {
        const { bench } = tutorial;
        const url = `/v1/spectroclusters/${uid}${rest}`;
        const answer = await bench.call(method, url, undefined, { project: bench.project });
        expect(answer.status).toBeLessThan(300);
        return answer.body;
    };

    test("has settings of runs, whose change is recorded and sends nothing", async () => {
        await tutorial.writes();
        await update(cluster, {
            ...cluster.inputs,
            createTimeout: 3,
            deleteTimeout: 1,
            forceDelete: true,
            repave: "approve",
        });
        expect(cluster.outs).toMatchObject({ createTimeout: 3, forceDelete: true });
        expect(await tutorial.writes()).toEqual([]);
        await expectNoDrift(cluster);
        await update(cluster, { ...cluster.inputs, forceDelete: false, deleteTimeout: 2 });
    });

    test("is deleted by somebody: what is waited for ends at once, and it is made anew in place", async () => {
        const fault = `/clusters/${cluster.inputs.name}/fault`;
        await tutorial.bench.control("PUT", fault, { deletionSticks: true });
        await ofCluster("DELETE", "");
        const urls = {
            cluster: cluster.outs.uid,
            name: "days",
            project: cluster.inputs.project,
            packs: [{ name: "other", version: "1.0.0", loadBalancer: true }],
            revisions: [],
            timeout: 15,
        };
        const leftOut = { ...urls, cluster: undefined as unknown as string };
        await expect(applicationUrls.create(leftOut)).rejects.toThrow(
            /the run leaves out the cluster/,
        );
        await expect(applicationUrls.create(urls)).rejects.toThrow(
            /is Deleting: somebody deletes it\. Run pulumi up/,
        );
        const { id, props } = await awsCluster.read(cluster.id, cluster.outs);
        expect(id).toBe(cluster.id);
        // With a refresh before, and without one.
        for (const olds of [props!, cluster.outs]) {
            expect(await awsCluster.diff(cluster.id, olds, cluster.inputs)).toMatchObject({
                changes: true,
                replaces: [],
            });
        }
        expect(said.mock.calls.join("\n")).toContain(
            'cluster "days" is Deleting: it is created again',
        );
        const before = cluster.outs.uid;
        await update(cluster, { ...cluster.inputs, forceDelete: true });
        expect(cluster.outs.uid).not.toBe(before);
        expect(cluster.outs.state).toBe("Running");
        await expectNoDrift(cluster);
    });

    test("was deleted by somebody: it is made anew without a refresh, and its applications move", async () => {
        await tutorial.bench.control("PUT", `/clusters/${cluster.inputs.name}/fault`, {});
        const before = cluster.outs.uid;
        await ofCluster("DELETE", "", before);
        await tutorial.bench.until(
            async () => (await ofCluster("GET", "", before)).status.state === "Deleted",
        );
        expect(
            (
                await applicationUrls.read(before, {
                    cluster: before,
                    project: cluster.inputs.project,
                    name: "days",
                    packs: [],
                    revisions: [],
                    timeout: 1,
                    urls: {},
                })
            ).id,
        ).toBe("");
        await update(cluster, cluster.inputs);
        expect(cluster.outs.uid).not.toBe(before);
        await expectNoDrift(cluster);
        await remove(cluster);
    });
});
