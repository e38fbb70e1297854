import * as pulumi from "@pulumi/pulumi";
import type { RegistryAccess } from "../../packages/registry/access";
import { lazyRegistry } from "../../packages/registry/lazyRegistry";
import { isShared } from "../../packages/registry/repositoryTags";
import { configOf } from "../../packages/registry/stackConfig";
import { UserError } from "../../packages/pack/userError";

/**
 * Looks at ECR right before the engine makes a repository, be it new or a replacement. A run that was killed after AWS had
 * made one and before the state knew it leaves an empty one with the stack's tags: that one makes way. Any other stays, and
 * the run ends with what it is and what to do, where AWS would say no more than that it exists.
 *
 * @param name Of the registry.
 */
export function clearTheWay(name: string, access: RegistryAccess): pulumi.ResourceHook {
    return new pulumi.ResourceHook(`${name}-repositories`, async ({ newInputs }) => {
        const { name: repository, tags = {} } = newInputs as RepositoryInputs;
        const config = configOf(pulumi.runtime.allConfig());
        const wire = lazyRegistry();
        try {
            const client = await wire.openRepository(
                { registry: access, repository, pack: "" },
                config,
            );
            const ecr = client.ecr!;
            const arn = await ecr.arn();
            if (arn === undefined) {
                return;
            }
            const present = await ecr.tags(arn);
            const isOwn = Object.keys(tags).every((key) => key in present);
            const images = await ecr.images();
            if (!isOwn || isShared(present, tags) || images.length > 0) {
                throw new UserError(reason(client.address, name, isOwn, images.length));
            }
            // Without force: ECR itself refuses where somebody has pushed meanwhile.
            await ecr.delete(false);
        } finally {
            await wire.logOut(config);
        }
    });
}

interface RepositoryInputs {
    name: string;
    tags?: Record<string, string>;
}

function reason(address: string, name: string, isOwn: boolean, images: number): string {
    return isOwn
        ? `${address} is there already and this stack made it, but its state does not have it or replaces it; with ${images} images, ` +
              "and other stacks that may use it, it is not made anew: leave --replace of it away, or take it into the state with " +
              "`npm run recover` where a run was interrupted"
        : `${address} is there already, and this stack did not make it: run pulumi up again, which uses what others have made, ` +
              `or set existingRepositories: true of registries[] "${name}"`;
}
