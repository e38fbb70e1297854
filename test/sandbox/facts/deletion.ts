import path from "node:path";
import type { Answer } from "../factsClient";
import { repository } from "./tutorialPack";
import type { Walk } from "./walk";

/** What is deleted, in the order of a teardown (section 10). */
export function deletionFacts(walk: Walk): void {
    const { admin, user, get } = walk;

    describe("10 Delete", () => {
        const url = () => `/v1/spectroclusters/${walk.clusterUid}`;

        test("a cluster is Deleting, then Deleted; force is for those that are stuck 15 minutes", async () => {
            await walk.out.control("PUT", "/clusters/pack-tutorial-cluster/fault", {
                deletionSticks: true,
            });
            await user("DELETE", url(), 204);
            const early = await walk.out.palette("DELETE", `${url()}?forceDelete=true`);
            expect([early.status, early.body.code]).toEqual([400, "ForceDeleteNotAllowed"]);
            await walk.out.advance(14);
            expect((await walk.cluster()).status.state).toBe("Deleting");
            await walk.out.advance(2);
            await user("DELETE", `${url()}?forceDelete=true`, 204);
            await walk.out.advance(1);
            expect((await walk.cluster()).status.state).toBe("Deleted");
            // It stays listed for three days.
            await walk.out.advance(73 * 60);
            expect((await walk.out.palette("GET", url())).status).toBe(404);
        });

        test("a pack whose tag is gone is invalid in profiles; profiles, images and registry go", async () => {
            const { imageIds } = (await walk.out.ecr("ListImages", { repositoryName: repository }))
                .body;
            const refused = await walk.out.ecr("DeleteRepository", { repositoryName: repository });
            expect(refused.text).toContain("RepositoryNotEmptyException");
            const deleted = await walk.out.ecr("BatchDeleteImage", {
                repositoryName: repository,
                imageIds: imageIds.map(({ imageDigest }: Answer["body"]) => ({ imageDigest })),
            });
            expect(deleted.body.failures).toEqual([]);
            await admin(
                "POST",
                `/v1/registries/oci/${walk.registryUid}/ecr/sync?forceSync=true`,
                202,
            );
            await walk.out.until(async () => {
                const { spec } = await get(`/v1/clusterprofiles/${walk.profileUid}`);
                return spec.published.packs[4].isInvalid && spec.published.packs[4].inValidReason;
            });
            await user("DELETE", `/v1/clusterprofiles/${walk.profileUid}`, 204);
            await user("DELETE", `/v1/clusterprofiles/${walk.newProfileUid}`, 204);
            await admin("DELETE", `/v1/registries/oci/${walk.registryUid}/ecr`, 204);
            await walk.out.ecr("DeleteRepository", { repositoryName: repository });
            const parent = path.dirname(repository);
            await walk.out.ecr("DeleteRepository", { repositoryName: parent });
            expect((await walk.out.ecr("DescribeRepositories")).body.repositories).toEqual([]);
        });
    });
}
