import * as pulumi from "@pulumi/pulumi";
import type { Config } from "./config/config";
import type { StackCluster } from "./clusters/clusters";
import type { PublishedPacks } from "./packs/publishedPacks";
import type { StackProfile } from "./profiles/clusterProfiles";
import { mapValues } from "./records";

/** The outputs of the stack: of a single cluster by itself, of several by their names. Some of it is secret. */
export function stackOutputs(
    config: Pick<Config, "severalClusters">,
    published: PublishedPacks,
    profiles: Record<string, StackProfile>,
    clusters: Record<string, StackCluster>,
) {
    const [profile] = Object.values(profiles);
    const [registry] = Object.values(published.registries);
    return {
        ...(config.severalClusters
            ? { clusters: mapValues(clusters, clusterOutputs) }
            : clusterOutputs(Object.values(clusters)[0]!)),
        profileUid: profile?.resource.uid,
        profileVersion: profile?.resource.version,
        profiles: whole(
            mapValues(profiles, ({ resource: { uid, version } }) => ({ uid, version })),
        ),
        registryUid: registry?.uid,
        registries: whole(published.registries),
        packReferences: Object.fromEntries(
            published.packs.map(({ name, version, reference }) => [
                `${name}:${version}`,
                reference,
            ]),
        ),
        repositoryUrls: registry?.repositoryUrls,
    };
}

/** As one value: a preview would show an object of values that are not known yet as a change without content. */
function whole<T>(values: T): pulumi.Output<pulumi.Unwrap<T>> {
    return pulumi.output(values);
}

function clusterOutputs({ resource, applicationUrls, consoleUrl }: StackCluster) {
    return {
        applicationUrls,
        clusterUid: resource.uid,
        clusterState: resource.state,
        clusterHealth: resource.health,
        clusterConsoleUrl: consoleUrl,
        hourlyPrice: resource.hourlyPrice,
        kubeconfig: resource.kubeconfig,
    };
}
