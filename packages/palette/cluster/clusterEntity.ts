import { profileEntity, type ProfileEntity } from "./attachedProfiles";
import { featureEntities } from "./clusterFeatures";
import type { AwsClusterInputs, ClaimedCluster } from "./clusterInputs";
import type { Cluster, ClusterRef } from "./clusterStatus";
import { poolEntity, type PoolsOf } from "./machinePools";
import { labelsOf } from "../lifecycle/ownership";
import { palette } from "../api/session";
import { requireValid, type ValidationResult } from "./validation";

export const clusterSubject = ({ name }: { name: string }) => `cluster "${name}"`;

export function metadataOf({ name, description, tags, owner, claim }: ClaimedCluster) {
    return { name, annotations: { description }, labels: labelsOf(tags, { owner, claim }) };
}

export function refOf(uid: string, inputs: AwsClusterInputs): ClusterRef {
    return { uid, project: inputs.project, subject: clusterSubject(inputs) };
}

export function poolsOf(cluster: Cluster, { project, name }: AwsClusterInputs): PoolsOf {
    const cloudConfigUid = cluster.spec?.cloudConfigRef?.uid ?? "";
    return { cloudConfigUid, project, subject: clusterSubject({ name }) };
}

/** The request's form of a cluster (`v1SpectroAwsClusterEntity`; `machinepoolconfig` is its spelling there). */
export async function clusterEntity(inputs: AwsClusterInputs) {
    const ref = { project: inputs.project, subject: clusterSubject(inputs) };
    const profiles: ProfileEntity[] = [];
    for (const profile of inputs.profiles) {
        profiles.push(await profileEntity(ref, profile));
    }
    return {
        metadata: metadataOf(inputs),
        spec: {
            cloudAccountUid: inputs.cloudAccount,
            cloudConfig: {
                region: inputs.region,
                sshKeyName: inputs.sshKeyName,
                vpcId: inputs.vpcId ?? "",
                controlPlaneLoadBalancer: inputs.controlPlaneLoadBalancer ?? "",
            },
            profiles,
            machinepoolconfig: inputs.pools.map((pool) => poolEntity(pool)),
            ...featureEntities(inputs),
        },
    };
}

/** Palette's own check of a cluster. It answers 200 whatever it finds: the findings are in the body. */
export async function validate(inputs: AwsClusterInputs, body: object): Promise<void> {
    const answer = await palette().request<{
        machinePools?: { results?: ValidationResult[] };
        profiles?: { packs?: { results?: ValidationResult[] } }[];
    }>({
        method: "POST",
        path: "/v1/spectroclusters/aws/validate",
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
