import { requirePacksHeld } from "./attachedProfiles";
import { waitUntilGone } from "./clusterDeletion";
import {
    clusterEntity,
    metadataOf,
    cloudConfigOf,
    refOf,
    clusterSubject,
    validate,
} from "./clusterEntity";
import type { Cloud } from "./cloud";
import { readCloudConfig } from "./cloudConfig";
import type { ClaimedCluster, ClusterInputs } from "./clusterInputs";
import { deletionOf } from "./clusterSettings";
import { clusterCall, findCluster, type Cluster } from "./clusterStatus";
import { configKey } from "../lifecycle/configKeys";
import { isUnknown } from "../lifecycle/comparison";
import { createOnce } from "../lifecycle/createOnce";
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
    inputs: ClusterInputs,
    olds: ClusterInputs | undefined,
): Promise<string | undefined> {
    const { name, project, adopt } = inputs;
    if (olds !== undefined || isUnknown([name, project, adopt])) {
        return undefined;
    }
    const existing = await findCluster(inputs);
    // The create waits for one that is being deleted.
    return existing?.status?.state === "Deleting" ? undefined : refusal(inputs, existing);
}

/**
 * The cluster of that name, if there is one that this stack may take for its own.
 *
 * @throws Error when it is somebody else's, or not one that the inputs describe.
 */
export async function findExisting(
    cloud: Cloud,
    inputs: ClusterInputs,
): Promise<Cluster | undefined> {
    const existing = await findCluster(inputs);
    if (existing?.status?.state === "Deleting") {
        const { uid, labels } = existing.metadata;
        const deletion = deletionOf(cloud, inputs);
        // Somebody else's is only waited for.
        await waitUntilGone(
            refOf(uid, inputs),
            isOwnedBy(labels, inputs.owner) ? deletion : { ...deletion, forceDelete: undefined },
        );
        return undefined;
    }
    throwRefusal(refusal(inputs, existing));
    if (existing === undefined) {
        return undefined;
    }
    const config = await readCloudConfig(cloudConfigOf(cloud, existing, inputs));
    const placement = cloud.observedPlacement(config);
    const wanted = cloud.withDefaults(inputs) as object as Record<string, string | undefined>;
    const account = config.cloudAccountRef;
    requireMatch(clusterSubject(inputs), {
        ...(account && { cloudAccount: { is: account.uid, wanted: inputs.cloudAccount } }),
        ...Object.fromEntries(
            Object.entries(placement ?? {}).map(([key, is]) => [key, { is, wanted: wanted[key] }]),
        ),
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
export async function createNew(cloud: Cloud, inputs: ClusterInputs): Promise<string> {
    await requirePacksHeld(
        { project: inputs.project, subject: clusterSubject(inputs) },
        inputs.profiles,
    );
    const body = await clusterEntity(cloud, inputs);
    await validate(cloud, inputs, body);
    return createOnce(
        {
            method: "POST",
            path: `/v1/spectroclusters/${cloud.name}`,
            project: inputs.project,
            subject: clusterSubject(inputs),
            body,
        },
        async () => (await findCluster(inputs))?.metadata.uid,
    );
}

function refusal(inputs: ClusterInputs, existing: Cluster | undefined): string | undefined {
    const { name, owner, adopt } = inputs;
    const adoptKey = `${configKey("clusters", name, "cluster")}.adopt`;
    const wanted = { subject: clusterSubject(inputs), owner, adopt, adoptKey };
    return existing === undefined ? refusalOfAbsent(wanted) : refusalOf(existing.metadata, wanted);
}
