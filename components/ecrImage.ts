/**
 * What the commands of ECR repositories run: `assert-empty` before a repository goes. `delete` removes the one image of
 * a command in a state of the program that had a command for each version; new ones have packImages.ts.
 */
import { paginateListImages, RepositoryNotFoundException } from "@aws-sdk/client-ecr";
import { logIn } from "./registry/access";
import { openRepository } from "./registry/repository";

function parameter(name: string): string {
    const value = process.env[name];
    if (!value) {
        throw new Error(`${name} is not set; this file is run by the stack's commands`);
    }
    return value;
}

/** Deletes the image that was pushed, by its digest. What is gone already counts as deleted. */
async function deleteImage(): Promise<void> {
    const [, host, path] = /^([^/]+)\/(.+):[^:]+$/.exec(parameter("PACK_REFERENCE")) ?? [];
    const repository = await openRepository({
        registry: { name: "", kind: "ecr", host },
        stack: parameter("PULUMI_STACK_NAME"),
        repository: path!,
        pack: "",
    });
    try {
        await repository.remove!([parameter("PACK_DIGEST")]);
    } finally {
        await repository.close();
    }
}

/** @throws Error with the names of the images that a repository still holds. */
async function assertEmpty(): Promise<void> {
    if (process.env.ECR_FORCE_DELETE === "true") {
        return;
    }
    const repositoryName = parameter("ECR_REPOSITORY");
    const stack = parameter("PULUMI_STACK_NAME");
    const { ecr } = await logIn({ name: "", kind: "ecr" }, stack);
    const images = [];
    try {
        for await (const page of paginateListImages({ client: ecr! }, { repositoryName })) {
            images.push(...(page.imageIds ?? []));
        }
    } catch (error) {
        if (!(error instanceof RepositoryNotFoundException)) {
            throw error;
        }
    }
    if (images.length > 0) {
        const names = images.map(({ imageTag, imageDigest }) => imageTag ?? imageDigest).join(", ");
        throw new Error(
            `the repository ${repositoryName} holds images that this stack did not push: ${names}. ` +
                "Delete them, or set forceDelete: true under registries[] and run pulumi up before pulumi destroy",
        );
    }
}

async function main([action]: string[]): Promise<void> {
    switch (action) {
        case "delete":
            await deleteImage();
            break;
        case "assert-empty":
            await assertEmpty();
            break;
        default:
            throw new Error(`unknown action ${action}; expected delete or assert-empty`);
    }
}

main(process.argv.slice(2)).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
