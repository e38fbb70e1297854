import { waitUntilGone } from "./clusterDeletion";
import { clusterEntity, poolsOf, refOf, subjectOf, validate } from "./clusterEntity";
import type { AwsClusterInputs } from "./clusterInputs";
import { findCluster, templatesOf, type Cluster } from "./clusterStatus";
import { createOnce } from "./lifecycle";
import { readCloudConfig } from "./machinePools";
import { isOwn, requireMatch, requireNoAdoption, requireOwn } from "./ownership";

/**
 * The cluster of that name, if there is one that this stack may take for its own.
 *
 * @throws Error when it is somebody else's, or not one that the inputs describe.
 */
export async function findExisting(inputs: AwsClusterInputs): Promise<Cluster | undefined> {
    const { adopt, owner, name } = inputs;
    const subject = subjectOf(inputs);
    const existing = await findCluster(inputs);
    if (existing?.status?.state === "Deleting") {
        const { uid, labels } = existing.metadata;
        const { deleteTimeout, forceDelete } = inputs;
        // Somebody else's is only waited for.
        await waitUntilGone(refOf(uid, inputs), {
            deleteTimeout,
            ...(isOwn(labels, owner) && { forceDelete }),
        });
        return undefined;
    }
    if (existing === undefined) {
        requireNoAdoption(adopt, { subject, adoptKey: "cluster.adopt" });
        return undefined;
    }
    const { uid, labels } = existing.metadata;
    await requireOwn(
        { uid, labels },
        {
            subject,
            type: "AwsCluster",
            name,
            owner,
            adopt,
            adoptKey: "cluster.adopt",
            sameSpecification: () => {
                const attached = templatesOf(existing).map((one) => one.uid);
                return inputs.profiles.every((profile) => attached.includes(profile.uid));
            },
        },
    );
    const { cloudAccountRef, clusterConfig } = await readCloudConfig(poolsOf(existing, inputs));
    const balancer = (name: string | undefined) => name || "Internet-facing";
    requireMatch(subject, {
        ...(cloudAccountRef && {
            cloudAccount: { is: cloudAccountRef.uid, wanted: inputs.cloudAccount },
        }),
        ...(clusterConfig && {
            region: { is: clusterConfig.region, wanted: inputs.region },
            sshKeyName: { is: clusterConfig.sshKeyName, wanted: inputs.sshKeyName },
            vpcId: { is: clusterConfig.vpcId, wanted: inputs.vpcId },
            controlPlaneLoadBalancer: {
                is: balancer(clusterConfig.controlPlaneLoadBalancer),
                wanted: balancer(inputs.controlPlaneLoadBalancer),
            },
        }),
    });
    return existing;
}

/** Creates a cluster that Palette finds nothing wrong with; answers its uid. */
export async function createNew(inputs: AwsClusterInputs): Promise<string> {
    const body = await clusterEntity(inputs);
    await validate(inputs, body);
    return createOnce(
        {
            method: "POST",
            path: "/v1/spectroclusters/aws",
            project: inputs.project,
            subject: subjectOf(inputs),
            body,
        },
        async () => (await findCluster(inputs))?.metadata.uid,
    );
}
