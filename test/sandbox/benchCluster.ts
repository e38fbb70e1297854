import type { Answer, PaletteBench } from "./paletteSupport";

type Body = Answer["body"];

/** Layers of the tutorial that come with the sandbox, without storage. */
export const infrastructure = {
    "ubuntu-aws": "22.04",
    kubernetes: "1.32.3",
    "cni-calico": "3.29.3",
};

/** The packs of these versions as a profile's request names them; waits until they are visible. */
export function visiblePacks(
    bench: PaletteBench,
    names: Record<string, string>,
): Promise<object[]> {
    return Promise.all(
        Object.entries(names).map(async ([name, version]) => {
            const url = `/v1/packs?filters=spec.name=${name}ANDspec.version=${version}`;
            const { metadata, spec } = await bench.until<Body>(
                async () => (await bench.get(url)).items[0],
            );
            const { registryUid, type, values } = spec;
            return { name, tag: version, uid: metadata.uid, registryUid, type, values };
        }),
    );
}

/** The uid of a published profile in the project. */
export async function publishedProfile(
    bench: PaletteBench,
    name: string,
    names: Record<string, string> = infrastructure,
): Promise<string> {
    const packs = await visiblePacks(bench, names);
    const template = { type: "cluster", cloudType: "aws", packs };
    const body = { metadata: { name }, spec: { version: "1.0.0", template } };
    return bench.create("/v1/clusterprofiles?publish=true", body, { project: bench.project });
}

function poolBody(bench: PaletteBench, name: string, isControlPlane: boolean): object {
    return {
        poolConfig: {
            name,
            size: 1,
            isControlPlane,
            labels: [isControlPlane ? "control-plane" : "worker"],
            skipK8sUpgrade: "disabled",
        },
        cloudConfig: {
            instanceType: "m4.xlarge",
            azs: [bench.sandbox.seed.availabilityZones[0]],
            licenseConfigurationArns: null,
        },
    };
}

/** The uid of a cluster of two pools with this profile. */
export async function createCluster(
    bench: PaletteBench,
    name: string,
    profileUid: string,
): Promise<string> {
    const { seed } = bench.sandbox;
    const options = { project: bench.project };
    const { items } = await bench.get("/v1/cloudaccounts/aws?limit=0", options);
    const account = items.find((item: Body) => item.metadata.name === seed.cloudAccount);
    const body = {
        metadata: { name },
        spec: {
            cloudAccountUid: account.metadata.uid,
            cloudConfig: { region: seed.region, sshKeyName: seed.sshKeyName },
            profiles: [{ uid: profileUid, packValues: null, variables: null }],
            machinepoolconfig: [
                poolBody(bench, "control-plane-pool", true),
                poolBody(bench, "worker-pool", false),
            ],
        },
    };
    return bench.create("/v1/spectroclusters/aws", body, options);
}
