import { profileEntity, type ProfileEntity } from "./attachedProfiles";
import { featureEntities } from "./clusterFeatures";
import type { Cloud } from "./cloud";
import type { CloudConfigRef } from "./cloudConfig";
import type { ClaimedCluster, ClusterInputs } from "./clusterInputs";
import type { Cluster, ClusterRef } from "./clusterStatus";
import { poolEntity } from "./machinePools";
import { labelsOf } from "../lifecycle/ownership";
import { palette } from "../api/session";
import { requireValid, type ValidationResult } from "./validation";

/** A cluster in messages: `cluster "c"`. */
export const clusterSubject = ({ name }: { name: string }) => `cluster "${name}"`;

/** `metadata` of a cluster in requests. */
export function metadataOf({ name, description, tags, owner, claim }: ClaimedCluster) {
    return { name, annotations: { description }, labels: labelsOf(tags, { owner, claim }) };
}

/** A cluster by its uid, in the project of its inputs. */
export function refOf(uid: string, inputs: ClusterInputs): ClusterRef {
    return { uid, project: inputs.project, subject: clusterSubject(inputs) };
}

/** Where the pools of a cluster are. */
export function cloudConfigOf(
    cloud: Cloud,
    cluster: Cluster,
    { project, name }: ClusterInputs,
): CloudConfigRef {
    const cloudConfigUid = cluster.spec?.cloudConfigRef?.uid ?? "";
    return { cloud, cloudConfigUid, project, subject: clusterSubject({ name }) };
}

/** A cluster as a request takes it (`v1SpectroAwsClusterEntity` and its like; `machinepoolconfig` is its spelling there). */
export async function clusterEntity(cloud: Cloud, inputs: ClusterInputs) {
    const ref = { project: inputs.project, subject: clusterSubject(inputs) };
    const profiles: ProfileEntity[] = [];
    for (const profile of inputs.profiles) {
        profiles.push(await profileEntity(ref, profile));
    }
    return {
        metadata: metadataOf(inputs),
        spec: {
            cloudAccountUid: inputs.cloudAccount,
            cloudConfig: cloud.configEntity(inputs),
            profiles,
            machinepoolconfig: inputs.pools.map((pool) => poolEntity(cloud.pools, pool)),
            ...featureEntities(inputs),
        },
    };
}

/**
 * Palette's own check of a cluster. It answers 200 whatever it finds: the findings are in the body.
 *
 * @throws Error with all findings; PaletteError.
 */
export async function validate(cloud: Cloud, inputs: ClusterInputs, body: object): Promise<void> {
    const answer = await palette().request<{
        machinePools?: { results?: ValidationResult[] };
        profiles?: { packs?: { results?: ValidationResult[] } }[];
    }>({
        method: "POST",
        path: `/v1/spectroclusters/${cloud.name}/validate`,
        project: inputs.project,
        subject: clusterSubject(inputs),
        body,
        repeatable: true,
    });
    requireValid(clusterSubject(inputs), [
        ...(answer?.machinePools?.results ?? []),
        ...(answer?.profiles ?? []).flatMap(({ packs }) => packs?.results ?? []),
    ]);
}
