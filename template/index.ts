import {
    checkProfiles,
    checkPushTools,
    createClusters,
    createProfiles,
    declareRegistries,
    loadPacks,
    OwnerToken,
    preflight,
    pruneVersions,
    publishPacks,
    readConfig,
    registryKinds,
    stackName,
    stackOutputs,
    withPlainMistakes,
} from "palette-stack";

/** From folders with packs to the URLs of the applications that they deploy, as the tutorial goes. */
async function main() {
    const config = readConfig(registryKinds);
    const { ownerId, tenant } = new OwnerToken("owner", {
        stack: stackName(),
        clusters: config.clusters.map(({ name }) => name),
        protectClusters: !config.allowClusterDeletion,
    });
    const owner = { id: ownerId, tenant, stack: stackName() };

    // Before anything is created: what Palette and AWS know, and whether everything fits together. All reads at once; the
    // engine starts its plugins meanwhile.
    const lookups = preflight(config);
    const [resolved, packs, { ecrHost }] = await Promise.all([
        lookups,
        loadPacks(config.packs),
        checkPushTools(config, lookups),
    ]);
    const registries = declareRegistries(config.registries, { ...resolved, ecrHost });
    checkProfiles(config, resolved, packs, registries);

    // The tutorial: push the packs and register the registry, create the profile, deploy the cluster, open the application.
    const published = await publishPacks(config, packs, registries, owner);
    const profiles = createProfiles(config, resolved, published.packs, owner);
    const clusters = createClusters(config, resolved, profiles, owner);
    pruneVersions(config.keepVersions, published.repositories, profiles, clusters, owner);
    return stackOutputs(config, published, profiles, clusters);
}

export = withPlainMistakes(main);
