import { isOfType, readState } from "./pulumiCli";

/**
 * Those of the clusters that the stack's state protects from deletion. The state is read only when a cluster is about to
 * go: that costs half a second.
 *
 * @param stack Full name, `organization/project/stack`.
 * @throws Error of `execFile` when the CLI fails.
 */
export async function protectedClusters(stack: string, names: string[]): Promise<string[]> {
    const { resources = [] } = await readState(stack);
    return names.filter((name) =>
        resources.some(
            (resource) =>
                isOfType(resource, "AwsCluster") &&
                resource.protect === true &&
                resource.outputs?.name === name,
        ),
    );
}

/** How to let a protected cluster go, once the configuration is as it was. */
export const LIFT_PROTECTION =
    "to let it go, do that first, run pulumi config set allowClusterDeletion true and pulumi up, and then make the change";
