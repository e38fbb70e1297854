import * as pulumi from "@pulumi/pulumi";
import { createProfiles } from "./components/profiles/clusterProfiles";
import { createClusters, type StackCluster } from "./components/clusters/clusters";
import { readConfig } from "./components/config/config";
import { aboutRunProgram } from "./components/config/runProgram";
import { loadPacks } from "./components/packs/customPack";
import { pruneVersions } from "./components/clusters/packRetention";
import { isInternal } from "./packages/palette/api/plainErrors";
import { OwnerToken } from "./packages/palette/resources";
import { checkPushTools, preflight } from "./components/preflight/preflight";
import { checkProfiles } from "./components/preflight/profileCheck";
import { publishPacks } from "./components/packs/publishedPacks";
import { declareRegistries, registryKinds } from "./components/registries/kinds";
import { mapValues } from "./components/records";
import { stackName } from "./components/config/stackName";

/** From folders with packs to the URLs of the applications that they deploy, as the tutorial goes. */
async function main() {
    const config = readConfig(registryKinds);
    const { ownerId, tenant } = new OwnerToken("owner", { stack: stackName() });
    const owner = { id: ownerId, tenant, stack: stackName() };
    // All reads at once; the engine starts its plugins meanwhile.
    const lookedUp = preflight(config);
    const [found, packs, { ecrHost }] = await Promise.all([
        lookedUp,
        loadPacks(config.packs),
        checkPushTools(config, lookedUp),
    ]);
    const registries = declareRegistries(config.registries, { ...found, ecrHost });
    checkProfiles(config, found, packs, registries);

    const published = await publishPacks(config, packs, registries, owner);
    const profiles = createProfiles(config, found, published.packs, owner);
    const clusters = createClusters(config, found, profiles, owner);
    pruneVersions(config.keepVersions, published.repositories, profiles, clusters, owner);

    const [profile] = Object.values(profiles);
    const [registry] = Object.values(published.registries);
    return {
        ...(config.severalClusters
            ? { clusters: mapValues(clusters, outputsOf) }
            : outputsOf(Object.values(clusters)[0]!)),
        profileUid: profile?.resource.uid,
        profileVersion: profile?.resource.version,
        profiles: mapValues(profiles, ({ resource: { uid, version } }) => ({ uid, version })),
        registryUid: registry?.uid,
        registries: published.registries,
        packReferences: Object.fromEntries(
            published.packs.map(({ name, version, reference }) => [
                `${name}:${version}`,
                reference,
            ]),
        ),
        repositoryUrls: registry?.repositoryUrls,
    };
}

function outputsOf({ resource, applicationUrls, consoleUrl }: StackCluster) {
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

export = async () => {
    try {
        return await main();
    } catch (error) {
        if (isInternal(error)) {
            throw error;
        }
        // A mistake of the user's is one diagnostic. Without a stack: Pulumi prints none for a RunError, but inspects it,
        // which takes Node.js 20 half a minute for the paths of packages.
        const message = (error as Error).message + aboutRunProgram();
        throw Object.assign(new pulumi.RunError(message), { stack: undefined });
    }
};
