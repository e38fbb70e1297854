import { describeWith } from "./awsSandbox";
import { createCluster, publishedProfile } from "./benchCluster";
import { PaletteBench } from "./paletteSupport";

describeWith("registry", "helm")("a project of the local Palette", () => {
    let bench: PaletteBench;
    beforeAll(async () => {
        bench = await PaletteBench.start({ switches: { rateLimit: "off" } });
    });
    afterAll(() => bench.remove());

    it("is deleted when nothing is in it any more: clusters, profiles and accounts count", async () => {
        const options = { project: bench.project };
        const profile = await publishedProfile(bench, "full");
        const cluster = await createCluster(bench, "full", profile);
        const remove = () => bench.call("DELETE", `/v1/projects/${bench.project}`);
        const refused = async () => (await remove()).body.message as string;
        expect(await refused()).toBe(
            "Project 'Default' is not empty: it has 1 clusters, 1 cluster profiles, 1 cloud accounts",
        );

        await bench.call("DELETE", `/v1/clusterprofiles/${profile}`, undefined, options);
        const { items } = await bench.get("/v1/cloudaccounts/aws", options);
        const own = items.filter(
            (item: { metadata: { annotations: { scope: string } } }) =>
                item.metadata.annotations.scope === "project",
        );
        for (const { metadata } of own) {
            const url = `/v1/cloudaccounts/aws/${metadata.uid}`;
            expect((await bench.call("DELETE", url, undefined, options)).status).toBe(204);
        }
        expect(await refused()).toBe("Project 'Default' is not empty: it has 1 clusters");

        await bench.call("DELETE", `/v1/spectroclusters/${cluster}`, undefined, options);
        expect(await refused()).toBe("Project 'Default' is not empty: it has 1 clusters");
        await bench.advance(3600);
        expect((await remove()).status).toBe(204);
    });
});
