import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import { clusterProfile } from "../../packages/palette/profile/clusterProfile";
import { ociRegistry } from "../../packages/palette/registry/ociRegistry";
import { describeWith } from "../sandbox/awsSandbox";
import { expectNoDrift, create } from "./engineResource";
import { Tutorial, tutorialBinaries } from "./tutorial";

jest.mock("node:timers/promises", () => ({
    setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms / 150)),
}));
jest.setTimeout(60_000);

describeWith(...tutorialBinaries)("a backup at a location that does not exist", () => {
    let tutorial: Tutorial;
    beforeAll(async () => {
        tutorial = await Tutorial.start();
        jest.spyOn(console, "log").mockImplementation(() => undefined);
        await tutorial.push();
    });
    afterAll(async () => {
        jest.restoreAllMocks();
        await tutorial?.remove();
    });
    const backup = (backupLocationName: string) => ({
        backupLocationName,
        backupPrefix: "nightly",
        schedule: "0 1 * * *",
        durationInHours: 24,
        includeAllDisks: true,
        includeClusterResourceMode: "Auto" as const,
        namespaces: ["default"],
    });

    test.each(["404", "400", "accepted"])("is told with Palette's words: %s", async (position) => {
        const name = `backup-${position}`;
        const found = await tutorial.preflight();
        const registryUid = (await ociRegistry.create(tutorial.registry({ name }))).id;
        const profile = await create(
            clusterProfile,
            tutorial.profile({ name }, found, { registryUid }),
        );
        const wanted = (location?: string) =>
            tutorial.cluster(
                { name, ...(location && { backup: backup(location) }) },
                found,
                profile.outs,
            );
        await tutorial.bench.control("PATCH", "/switches", { unknownBackupLocation: position });
        if (position === "accepted") {
            await expectNoDrift(await create(awsCluster, wanted("nobodys")));
            return;
        }
        // Neither the cluster nor its project is taken for gone.
        const refusal = /cluster "backup-\d+": .*Backup location 'nobodys' is not found/;
        await expect(awsCluster.create(wanted("nobodys"))).rejects.toThrow(refusal);
        const cluster = await create(awsCluster, wanted());
        const failed = await awsCluster
            .update(cluster.id, cluster.outs, wanted("nobodys"))
            .then(() => undefined)
            .catch((error: Error & { properties: typeof cluster.outs }) => error);
        expect(failed!.message).toMatch(refusal);
        const { outs } = await awsCluster.update(cluster.id, failed!.properties, wanted("backups"));
        expect(outs).toMatchObject({ uid: cluster.outs.uid });
        await expectNoDrift({ ...cluster, outs, inputs: wanted("backups") });
    });
});
