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
    return new pulumi.ResourceHook(`${name}-repositories`, async ({ urn, newInputs }) => {
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
                throw new UserError(
                    isOwn
                        ? reasonOfOwn(
                              client.address,
                              { urn, registry: name, repository },
                              images.length,
                          )
                        : reasonOfOther(client.address, name),
                );
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

/** With the command that takes it into the state: what is deleted with `--target` stays in AWS, as others may use it. */
function reasonOfOwn(
    address: string,
    { urn, registry, repository }: { urn: string; registry: string; repository: string },
    images: number,
): string {
    // urn:pulumi:<stack>::<project>::<type of the parent>$<type>::<name>
    const [stack, project, types, name] = urn.split("::");
    const [parentType, type] = types!.split("$");
    const parent = [stack, project, parentType, registry].join("::");
    return (
        `${address} is there already with ${images} images, and this stack made it: it is not made anew. Leave --replace of it away, or, where the state does not have it any more, run ` +
        `pulumi import --protect=false --generate-code=false --parent registry=${parent} ${type} ${name} ${repository}, then pulumi up again`
    );
}

function reasonOfOther(address: string, name: string): string {
    return (
        `${address} is there already, and this stack did not make it: run pulumi up again, which uses what others have made, ` +
        `or set existingRepositories: true of registries[] "${name}"`
    );
}
