import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import { clusterProfile } from "../../packages/palette/profile/clusterProfile";
import { ociRegistry } from "../../packages/palette/registry/ociRegistry";
import { describeWith } from "../sandbox/awsSandbox";
import { create } from "./engineResource";
import { Tutorial, tutorialBinaries, type Found } from "./tutorial";

jest.mock("node:timers/promises", () => ({
    setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms / 150)),
}));
jest.setTimeout(60_000);

// `pulumi up --target <cluster>` hands over what the program says of the profile, and the profile as it was.
describeWith(...tutorialBinaries)("a cluster whose profile is left out of the run", () => {
    let tutorial: Tutorial;
    let found: Found;
    let profile: { uid: string; revision: string };

    beforeAll(async () => {
        tutorial = await Tutorial.start();
        jest.spyOn(console, "log").mockImplementation(() => undefined);
        await tutorial.push();
        const registryUid = (await ociRegistry.create(tutorial.registry({ name: "left-out" }))).id;
        found = await tutorial.preflight();
        const made = tutorial.profile({ name: "left-out" }, found, { registryUid });
        profile = (await create(clusterProfile, made)).outs;
    });
    afterAll(async () => {
        jest.restoreAllMocks();
        await tutorial?.remove();
    });

    const wanted = (name: string, packs: { name: string; version: string }[]) => {
        const inputs = tutorial.cluster({ name: "left-out" }, found, profile);
        const [attached] = inputs.profiles;
        return { ...inputs, profiles: [{ ...attached!, name, packs }] };
    };
    const refusal = (text: string) =>
        new RegExp(`^cluster "left-out": its profile left-out does not hold ${text}: .*--target`);

    test("is not created", async () => {
        await tutorial.writes();
        const news = wanted("left-out", [{ name: "hellouniverse", version: "1.1.0" }]);
        await expect(awsCluster.create(news)).rejects.toThrow(
            refusal("hellouniverse 1.1.0 \\(it has 1.0.0\\)"),
        );
        expect(await tutorial.writes()).toEqual([]);
    });

    test("is not changed, and a change that leaves its packs alone is made", async () => {
        const right = wanted("left-out", [{ name: "hellouniverse", version: "1.0.0" }]);
        const cluster = await create(awsCluster, right);
        await tutorial.writes();
        const news = wanted("left-out", [
            ...right.profiles[0]!.packs,
            { name: "more", version: "2" },
        ]);
        await expect(awsCluster.update(cluster.id, cluster.outs, news)).rejects.toThrow(
            refusal("more 2 \\(it has none\\)"),
        );
        expect(await tutorial.writes()).toEqual([]);
        const described = { ...right, description: "Second." };
        const { outs } = await awsCluster.update(cluster.id, cluster.outs, described);
        expect(outs).toMatchObject({ description: "Second.", health: "Healthy" });
        await awsCluster.delete(cluster.id, outs);
    });
});
