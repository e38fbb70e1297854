import { waitUntilGone } from "./clusterDeletion";
import {
    clusterEntity,
    metadataOf,
    poolsOf,
    refOf,
    clusterSubject,
    validate,
} from "./clusterEntity";
import type { AwsClusterInputs, ClaimedCluster } from "./clusterInputs";
import { deletionOf } from "./clusterSettings";
import { clusterCall, findCluster, type Cluster } from "./clusterStatus";
import { configKey } from "../lifecycle/configKeys";
import { createOnce, isUnknown } from "../lifecycle/lifecycle";
import { readCloudConfig } from "./machinePools";
import {
    isOwnedBy,
    refusalOf,
    refusalOfAbsent,
    requireMatch,
    throwRefusal,
} from "../lifecycle/ownership";
import { noteManaged } from "../lifecycle/runNotes";
import { palette } from "../api/session";

/** Why a new cluster may not be made: the name is taken by somebody else's, or there is none of the uid to adopt. */
export async function refusalOfCluster(
    inputs: AwsClusterInputs,
    olds: AwsClusterInputs | undefined,
): Promise<string | undefined> {
    const { name, project, adopt } = inputs;
    if (olds !== undefined || isUnknown([name, project, adopt])) {
        return undefined;
    }
    const existing = await findCluster(inputs);
    // The create waits for one that is being deleted.
    return existing?.status?.state === "Deleting" ? undefined : refusal(inputs, existing);
}

function refusal(inputs: AwsClusterInputs, existing: Cluster | undefined): string | undefined {
    const { name, owner, adopt } = inputs;
    const adoptKey = `${configKey("clusters", name, "cluster")}.adopt`;
    const wanted = { subject: clusterSubject(inputs), owner, adopt, adoptKey };
    return existing === undefined ? refusalOfAbsent(wanted) : refusalOf(existing.metadata, wanted);
}

/**
 * The cluster of that name, if there is one that this stack may take for its own.
 *
 * @throws Error when it is somebody else's, or not one that the inputs describe.
 */
export async function findExisting(inputs: AwsClusterInputs): Promise<Cluster | undefined> {
    const existing = await findCluster(inputs);
    if (existing?.status?.state === "Deleting") {
        const { uid, labels } = existing.metadata;
        const deletion = deletionOf(inputs);
        // Somebody else's is only waited for.
        await waitUntilGone(
            refOf(uid, inputs),
            isOwnedBy(labels, inputs.owner) ? deletion : { deleteTimeout: deletion.deleteTimeout },
        );
        return undefined;
    }
    throwRefusal(refusal(inputs, existing));
    if (existing === undefined) {
        return undefined;
    }
    const { cloudAccountRef, clusterConfig } = await readCloudConfig(poolsOf(existing, inputs));
    const balancer = (name: string | undefined) => name || "Internet-facing";
    requireMatch(clusterSubject(inputs), {
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

/** Writes owner and claim on a cluster that is taken over; before anything else, so that no deletion takes it along. */
export async function claimCluster(uid: string, inputs: ClaimedCluster): Promise<void> {
    const body = { metadata: metadataOf(inputs) };
    await palette().request({
        ...clusterCall(refOf(uid, inputs), "PATCH", "/metadata"),
        body,
    });
    noteManaged(uid);
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
            subject: clusterSubject(inputs),
            body,
        },
        async () => (await findCluster(inputs))?.metadata.uid,
    );
}
