import type { EcrRepository } from "../../registry/ecrRepository";
import { pushedDigests } from "../../registry/history";
import { lazyRegistry } from "../../registry/lazyRegistry";
import type { RepositoryClient } from "../../registry/repository";
import {
    isLeft,
    keysOfUse,
    leftTags,
    MADE_TAG,
    otherStacks,
    useTag,
} from "../../registry/repositoryTags";
import type { PackRepositoryInputs } from "./packRepositoryInputs";
import { configuration } from "../api/session";

/**
 * Notes on an ECR repository that another stack of this program has made that this one uses it, too. One that somebody else
 * has made is not touched; on its own the stack notes that when it makes it.
 */
export async function useRepository(inputs: PackRepositoryInputs): Promise<void> {
    if (inputs.registry.kind !== "ecr" || inputs.managed || inputs.keep) {
        return;
    }
    const { ecr } = await lazyRegistry().openRepository(inputs, configuration());
    const arn = await ecr!.arn();
    const tags = arn === undefined ? {} : await ecr!.tags(arn);
    const { id: ownerId, stack } = inputs.owner;
    if (MADE_TAG in tags && !(useTag(ownerId) in tags)) {
        await ecr!.tag(arn!, { [useTag(ownerId)]: stack });
    }
}

/**
 * Takes back what the stack has put into a registry: its images, and an ECR repository that this program has made and
 * nobody uses any more. What other stacks need stays, and is reported.
 */
export async function removeRepository(
    client: RepositoryClient,
    inputs: PackRepositoryInputs,
): Promise<void> {
    if (client.ecr !== undefined) {
        await removeEcrRepository(client.ecr, client.address, inputs);
        return;
    }
    const digests = pushedDigests(inputs.images);
    if (client.remove !== undefined) {
        await client.remove(digests);
    } else if (digests.length > 0) {
        console.log(
            `${client.address}: the spectro CLI cannot delete packs, so ${digests.length} versions that this stack has pushed stay there`,
        );
    }
}

async function removeEcrRepository(
    ecr: EcrRepository,
    address: string,
    inputs: PackRepositoryInputs,
): Promise<void> {
    const arn = await ecr.arn();
    if (arn === undefined) {
        return;
    }
    const { owner, keep, managed, forceDelete, pack } = inputs;
    const tags = await ecr.tags(arn);
    const pushed = pushedDigests(inputs.images);
    const leave = async (keys: string[], reason: string) => {
        const present = keys.filter((key) => key in tags);
        if (present.length > 0) {
            await ecr.untag(arn, present);
        }
        console.log(`the repository ${address} stays: ${reason}`);
    };
    const users = otherStacks(tags, owner.id);
    if (users.length > 0) {
        // The last one that leaves has to know what this one has pushed.
        const left = leftTags(tags, pushed);
        if (Object.keys(left).length > 0) {
            await ecr.tag(arn, left);
        }
        await leave([useTag(owner.id)], `it is used by ${users.join(", ")}`);
        return;
    }
    const isMade = managed || MADE_TAG in tags;
    if (keep && isMade) {
        await leave(keysOfUse(tags), "existingRepositories of registries[] has let go of it");
        return;
    }
    const images = await ecr.images();
    const isManaged = ({ digest }: { digest: string }) =>
        pushed.includes(digest) || isLeft(tags, digest);
    await ecr.remove([...new Set(images.filter(isManaged).map(({ digest }) => digest))]);
    if (keep || !isMade) {
        return;
    }
    const preexisting = images.filter((image) => !isManaged(image));
    const below = pack === "" ? await ecr.below() : [];
    if (below.length > 0) {
        await leave(keysOfUse(tags), `there are others below it: ${below.join(", ")}`);
    } else if (preexisting.length > 0 && !forceDelete) {
        const names = preexisting.map(({ digest, tag }) => tag ?? digest).join(", ");
        await leave(
            keysOfUse(tags),
            `it holds images that this stack did not push: ${names} (forceDelete: true of registries[] deletes them too)`,
        );
    } else {
        await ecr.delete(forceDelete);
    }
}
