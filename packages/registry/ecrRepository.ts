import type { ECRClient, ECRServiceException, Tag } from "@aws-sdk/client-ecr";
import { MANIFEST_TYPES } from "../pack/format/ociManifest";
import { UserError } from "../pack/userError";
import { lazyLibraries } from "./lazyLibraries";

/** What ECR's API tells and does about one repository. */
export interface EcrRepository {
    /** Its ARN; undefined when it is not there. */
    arn(): Promise<string | undefined>;
    tags(arn: string): Promise<Record<string, string>>;
    tag(arn: string, tags: Record<string, string>): Promise<void>;
    untag(arn: string, keys: string[]): Promise<void>;
    /** Version → digest of those that are there; undefined when the repository is not. */
    digestsOf(versions: string[]): Promise<Record<string, string> | undefined>;
    /** All images, as digest and tags; none when the repository is not there. */
    images(): Promise<{ digest: string; tag?: string }[]>;
    /** Removes images; those that are gone already count as removed. */
    remove(digests: string[]): Promise<void>;
    /** Names of the repositories whose path begins with its own. */
    below(): Promise<string[]>;
    /** Deletes the repository; one that is gone already counts as deleted. @param force With all images in it. */
    delete(force: boolean): Promise<void>;
}

/** Longest list that one call takes (ECR API reference: `BatchGetImage`, `BatchDeleteImage`). */
const IMAGES_PER_CALL = 100;

/** @param repositoryName Path of the repository. */
export function ecrRepository(ecr: ECRClient, repositoryName: string): EcrRepository {
    return {
        async arn() {
            const { DescribeRepositoriesCommand } = lazyLibraries.ecr();
            const command = new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] });
            const found = await ecr.send(command).catch(unlessGone);
            return found?.repositories?.[0]?.repositoryArn;
        },
        async tags(resourceArn) {
            const { ListTagsForResourceCommand } = lazyLibraries.ecr();
            const command = new ListTagsForResourceCommand({ resourceArn });
            const { tags = [] } = (await ecr.send(command).catch(unlessGone)) ?? {};
            return Object.fromEntries(tags.map(({ Key, Value }) => [Key!, Value ?? ""]));
        },
        async tag(resourceArn, values) {
            const { TagResourceCommand } = lazyLibraries.ecr();
            const tags = Object.entries(values).map(([Key, Value]): Tag => ({ Key, Value }));
            await ecr.send(new TagResourceCommand({ resourceArn, tags }));
        },
        async untag(resourceArn, tagKeys) {
            const { UntagResourceCommand } = lazyLibraries.ecr();
            await ecr.send(new UntagResourceCommand({ resourceArn, tagKeys }));
        },
        async digestsOf(versions) {
            const { BatchGetImageCommand } = lazyLibraries.ecr();
            const digests: Record<string, string> = {};
            for (const some of slices(versions)) {
                const command = new BatchGetImageCommand({
                    repositoryName,
                    imageIds: some.map((imageTag) => ({ imageTag })),
                    acceptedMediaTypes: MANIFEST_TYPES,
                });
                const found = await ecr.send(command).catch(unlessGone);
                if (found === undefined) {
                    return undefined;
                }
                for (const { imageId } of found.images ?? []) {
                    digests[imageId!.imageTag!] = imageId!.imageDigest!;
                }
            }
            return digests;
        },
        async images() {
            const { paginateListImages } = lazyLibraries.ecr();
            const images = [];
            try {
                for await (const page of paginateListImages({ client: ecr }, { repositoryName })) {
                    images.push(...(page.imageIds ?? []));
                }
            } catch (error) {
                unlessGone(error as ECRServiceException);
            }
            return images.map(({ imageDigest, imageTag }) => ({
                digest: imageDigest!,
                ...(imageTag !== undefined && { tag: imageTag }),
            }));
        },
        async remove(digests) {
            const { BatchDeleteImageCommand } = lazyLibraries.ecr();
            for (const some of slices(digests)) {
                const imageIds = some.map((imageDigest) => ({ imageDigest }));
                const command = new BatchDeleteImageCommand({ repositoryName, imageIds });
                const { failures = [] } = (await ecr.send(command).catch(unlessGone)) ?? {};
                const serious = failures.filter(
                    ({ failureCode }) => failureCode !== "ImageNotFound",
                );
                if (serious.length > 0) {
                    const reasons = serious.map(
                        ({ imageId, failureReason }) => `${imageId?.imageDigest}: ${failureReason}`,
                    );
                    throw new UserError(
                        `images of ${repositoryName} cannot be deleted: ${reasons.join("; ")}`,
                    );
                }
            }
        },
        async below() {
            const { paginateDescribeRepositories } = lazyLibraries.ecr();
            const names: string[] = [];
            for await (const page of paginateDescribeRepositories({ client: ecr }, {})) {
                names.push(
                    ...(page.repositories ?? []).map((repository) => repository.repositoryName!),
                );
            }
            return names.filter((name) => name.startsWith(`${repositoryName}/`));
        },
        async delete(force) {
            const { DeleteRepositoryCommand } = lazyLibraries.ecr();
            const command = new DeleteRepositoryCommand({ repositoryName, force });
            await ecr.send(command).catch(unlessGone);
        },
    };
}

/** For `catch`: an answer that the repository is not there is one. */
function unlessGone(error: ECRServiceException): undefined {
    if (error.name !== "RepositoryNotFoundException") {
        throw error;
    }
    return undefined;
}

function slices<T>(items: T[]): T[][] {
    const count = Math.ceil(items.length / IMAGES_PER_CALL);
    return Array.from({ length: count }, (_, n) =>
        items.slice(n * IMAGES_PER_CALL, (n + 1) * IMAGES_PER_CALL),
    );
}
