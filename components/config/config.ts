import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { providerRegion } from "./awsProgram";
import type { ClusterConfig, Config, ProfileConfig } from "./configTypes";
import { getObject, readKey, unknownKeys } from "./configRead";
import { cluster as clusterKeys } from "./clusterKeys";
import { defaultName } from "./names";
import { keepVersions as keepVersionsKey, packs as packKeys } from "./packKeys";
import { defaultLayers, profile as profileKeys } from "./profileKeys";
import { registriesOf, type RegistryConfig, type RegistryKeys } from "./registryKeys";
import type { AwsMachinePool } from "../../packages/palette/cluster/aws/awsInputs";
import { paletteSettings, type PaletteSettings } from "../../packages/palette/api/settings";
import { relationMistakes } from "./relations";
import { holdsSecret } from "./secrets";
import { isBug } from "../../packages/registry/bug";
import { UserError } from "../../packages/pack/userError";

export type { ClusterConfig, Config, ProfileConfig } from "./configTypes";

/**
 * Reads and checks the configuration of the current stack. A name or base path that is not set ends with the
 * stack's name, so that stacks live side by side in one AWS account and one Palette tenant.
 *
 * @param registryKinds All kinds that an entry of `registries` can have; the first one is the default.
 * @throws UserError that lists every wrong key with its path, its value (never a secret) and what was expected.
 */
export function readConfig(registryKinds: Record<string, RegistryKeys>): Config {
    const config = new pulumi.Config();
    const stack = pulumi.getStack();
    const problems = unknownKeys();
    const read = <S extends v.GenericSchema>(key: string, how: S, absent: unknown) =>
        readKey(config, key, how, absent, problems);
    /** The object under the singular key or, where that is set, the list under the plural key. */
    const readOneOrMany = <S extends v.GenericSchema>(singular: string, plural: string, how: S) => {
        const list = getObject(config, plural);
        if (list === undefined || (Array.isArray(list) && list.length === 0)) {
            return [read(singular, how, {})];
        }
        const object = getObject(config, singular);
        if (object !== undefined && Object.keys(object as object).length > 0) {
            problems.push(`${singular}: set beside ${plural}; keep one of them`);
        }
        return read(plural, v.array(how), []) ?? [];
    };
    const packs = read("packs", packKeys, [{ path: "packs/hello-universe-pack" }]);
    const registries = read("registries", registriesOf(registryKinds), [{}]);
    const profiles = readOneOrMany("profile", "profiles", profileKeys);
    const clusters = readOneOrMany("cluster", "clusters", clusterKeys);
    const severalClusters = isSet(getObject(config, "clusters"));
    const overwritePacks = read("overwritePacks", v.boolean(), false);
    const allowClusterDeletion = read("allowClusterDeletion", v.boolean(), false);
    const keepVersions = read("keepVersions", keepVersionsKey, undefined);
    const project = config.get("paletteProject") ?? "Default";
    if (project.trim() === "") {
        // Most likely a variable of a pipeline that is not set: a run must not go to another project for that.
        problems.push(
            'paletteProject: "": expected the name of a project; for Default remove it with: pulumi config rm paletteProject',
        );
    }
    let palette!: PaletteSettings;
    try {
        palette = paletteSettings((key) => config.get(key));
    } catch (error) {
        if (isBug(error)) {
            throw error;
        }
        problems.push((error as Error).message);
    }
    const refuse = () => {
        if (problems.length > 0) {
            throw new UserError(
                `The configuration of stack ${stack} is not right:\n  ${problems.join("\n  ")}`,
            );
        }
    };
    const provider = providerRegion();
    if (provider === undefined && clusters.some((cluster) => cluster?.region === undefined)) {
        problems.push(
            "cluster.region: not set, and neither is aws:region, AWS_REGION, or a region of the AWS profile; set one of them",
        );
    }
    refuse();

    const namedRegistries = registries.map((entry): RegistryConfig => {
        const name = entry.name ?? defaultName(`${entry.kind}-registry`, stack);
        const named = { ...entry, name };
        return registryKinds[entry.kind]!.complete?.(named, stack) ?? named;
    });
    const namedProfiles = profiles.map((profile, index): ProfileConfig => {
        const name = profile.name ?? defaultName("pack-tutorial-profile", stack);
        const several = isSet(getObject(config, "profiles"));
        return {
            ...profile,
            name,
            layers: profile.layers ?? defaultLayers(profile),
            defaultLayers: profile.layers === undefined,
            key: keyOf("profile", index, several),
            secret: holdsSecret(several ? "profiles" : "profile"),
        };
    });
    const namedClusters = clusters.map((cluster, index): ClusterConfig => {
        const { controlPlanePool, workerPools, scans, rolloutGroup, ...rest } = cluster;
        const key = keyOf("cluster", index, severalClusters);
        return {
            ...rest,
            name: cluster.name ?? defaultName("pack-tutorial-cluster", stack),
            region: cluster.region ?? provider!.region,
            regionKey: cluster.region === undefined ? provider!.from : `${key}.region`,
            profiles: cluster.profiles ?? namedProfiles.map(({ name }) => name),
            // null in the configuration: no scans of that kind.
            scans: Object.fromEntries(
                Object.entries(scans).filter(([, schedule]) => schedule !== null),
            ),
            pools: [
                machinePool(controlPlanePool, controlPlanePool.asWorker, cluster),
                ...workerPools.map((pool) => machinePool(pool, undefined, cluster)),
            ],
            // One by one, unless the configuration groups them.
            rolloutGroup: rolloutGroup ?? index + 1,
            key,
            secret: holdsSecret(severalClusters ? "clusters" : "cluster"),
        };
    });
    problems.push(
        ...relationMistakes(
            {
                packs,
                registries: namedRegistries,
                profiles: namedProfiles,
                clusters: namedClusters,
            },
            registryKinds,
        ),
    );
    refuse();
    return {
        palette,
        project,
        packs: packs.map(({ path, registry, digest }) => ({
            path,
            registry: registry ?? namedRegistries[0]!.name,
            ...(digest !== undefined && { digest }),
        })),
        overwritePacks,
        ...(keepVersions !== undefined && { keepVersions }),
        registries: namedRegistries,
        profiles: namedProfiles,
        clusters: namedClusters,
        severalClusters,
        allowClusterDeletion,
    };
}

function keyOf(singular: string, index: number, several: boolean): string {
    return several ? `${singular}s[${index}]` : singular;
}

function isSet(list: unknown): boolean {
    return Array.isArray(list) && list.length > 0;
}

type PoolConfig = v.InferOutput<typeof clusterKeys>["workerPools"][number];

/** A pool with the tutorial's labels and the cluster's zones where it has none of its own. */
function machinePool(
    { availabilityZones, labels, subnets, ...pool }: Omit<PoolConfig, "nodeRepaveInterval">,
    asWorker: boolean | undefined,
    cluster: { availabilityZones: string[] },
): AwsMachinePool {
    const controlPlane = asWorker !== undefined;
    const { asWorker: _, ...fields } = pool as typeof pool & { asWorker?: boolean };
    return {
        ...fields,
        controlPlane,
        controlPlaneAsWorker: asWorker ?? false,
        availabilityZones:
            availabilityZones ?? (subnets ? Object.keys(subnets) : cluster.availabilityZones),
        ...(subnets && { subnets }),
        labels: labels ?? {
            owner: "docs",
            purpose: "tutorial",
            type: controlPlane ? "control-plane-node" : "worker-node",
        },
    };
}
