import * as pulumi from "@pulumi/pulumi";
import { readConfig } from "./components/config";
import { loadPacks } from "./components/customPack";
import { findOras } from "./components/oras";
import { PackArtifact } from "./components/packArtifact";
import { PackRegistry, stackName } from "./components/packRegistry";
import {
    ApplicationUrls,
    AwsCluster,
    ClusterProfile,
    OciRegistry,
    Ownership,
} from "./components/palette/resources";
import { consoleUrl } from "./components/palette/provider/settings";
import { checkAwsCredentials, preflight } from "./components/preflight";

/** From a folder with a pack to the URL of the application that it deploys, as the tutorial goes. */
async function main() {
    const config = readConfig();
    const { registry, profile, cluster } = config;
    findOras();
    const owner = {
        mark: new Ownership("owner", { stack: stackName() }).mark,
        stack: stackName(),
    };
    // All reads at once; the engine starts its plugins meanwhile.
    const [found, packs] = await Promise.all([
        preflight(config),
        loadPacks(config.packs.map(({ path }) => path)),
        checkAwsCredentials(),
    ]);

    const repositories = new PackRegistry("packs", {
        basePath: registry.basePath,
        packNames: packs.map(({ name }) => name),
        forceDelete: registry.forceDelete,
        credentials: registry.credentials,
    });

    const published = packs.map((pack) => {
        const repositoryUrl = repositories.repositoryUrls[pack.name]!;
        const artifact = new PackArtifact(`${pack.name}-${pack.version}`, {
            ...pack,
            repositoryUrl,
        });
        return { ...pack, digest: artifact.digest, reference: artifact.reference };
    });

    const packRegistry = new OciRegistry("registry", {
        name: registry.name,
        endpoint: repositories.endpoint,
        basePath: registry.basePath,
        credentials: repositories.credentials,
        packs: published.map(({ name, version, digest }) => ({ name, version, digest })),
        owner,
        adopt: registry.adopt,
        syncTimeout: registry.syncTimeout,
    });

    const layers = [
        ...found.layers,
        ...published.map(({ name, version, digest }) => ({
            name,
            version,
            digest,
            registryUid: packRegistry.uid,
        })),
    ];
    const clusterProfile = new ClusterProfile("profile", {
        name: profile.name,
        version: profile.version,
        description: profile.description,
        tags: profile.tags,
        project: found.project,
        layers,
        owner,
        adopt: profile.adopt,
    });

    const custom = packs.map(({ name, version, loadBalancer }) => ({
        name,
        version,
        loadBalancer,
    }));
    const awsCluster = new AwsCluster("cluster", {
        name: cluster.name,
        description: cluster.description,
        tags: cluster.tags,
        project: found.project,
        cloudAccount: found.cloudAccount,
        region: cluster.region,
        sshKeyName: cluster.sshKeyName,
        profiles: [
            {
                name: profile.name,
                uid: clusterProfile.uid,
                revision: clusterProfile.revision,
                packs: custom.map(({ name, version }) => ({ name, version })),
            },
        ],
        pools: found.pools,
        scans: cluster.scans,
        owner,
        adopt: cluster.adopt,
        createTimeout: cluster.createTimeout,
        deleteTimeout: cluster.deleteTimeout,
        forceDelete: cluster.forceDelete,
    });

    const applications = new ApplicationUrls("applications", {
        cluster: awsCluster.uid,
        name: cluster.name,
        project: found.project,
        packs: custom,
        timeout: cluster.applicationTimeout,
    });

    return {
        applicationUrls: applications.urls,
        clusterUid: awsCluster.uid,
        clusterState: awsCluster.state,
        clusterHealth: awsCluster.health,
        clusterConsoleUrl: pulumi.interpolate`${consoleUrl(config.palette)}/projects/${found.project}/clusters/${awsCluster.uid}/overview`,
        kubeconfig: awsCluster.kubeconfig,
        profileUid: clusterProfile.uid,
        profileVersion: clusterProfile.version,
        registryUid: packRegistry.uid,
        packReferences: Object.fromEntries(
            published.map(({ name, reference }) => [name, reference]),
        ),
        repositoryUrls: repositories.repositoryUrls,
    };
}

export = async () => {
    try {
        return await main();
    } catch (error) {
        // A mistake of the user's is one diagnostic. Without a stack: Pulumi prints none for a RunError, but inspects it,
        // which takes Node.js 20 half a minute for the paths of packages.
        throw Object.assign(new pulumi.RunError((error as Error).message), { stack: undefined });
    }
};
