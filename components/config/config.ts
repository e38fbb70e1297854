import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { providerRegion } from "./awsProgram";
import { configurationKey } from "./configurationKey";
import { getObject, readKey, unknownKeys } from "./configRead";
import { cluster as clusterKeys } from "./clusterKeys";
import { defaultName } from "./names";
import { keepVersions as keepVersionsKey, packs as packKeys } from "./packKeys";
import { defaultLayers, profile as profileKeys } from "./profileKeys";
import { registriesOf, type RegistryConfig, type RegistryKeys } from "./registryKeys";
import { aws } from "../../packages/palette/cluster/aws/aws";
import { clusterMistakes } from "../../packages/palette/cluster/clusterRules";
import type { ScanSchedules } from "../../packages/palette/cluster/featureInputs";
import type { AwsMachinePool } from "../../packages/palette/cluster/aws/awsInputs";
import { paletteSettings, type PaletteSettings } from "../../packages/palette/api/settings";
import { holdsSecret } from "./secrets";
import { isBug } from "../../packages/registry/bug";
import { UserError } from "../../packages/pack/userError";

type Named<T> = T & { name: string };

/** A cluster profile, as configured. */
export type ProfileConfig = Named<v.InferOutput<typeof profileKeys>> & {
    layers: NonNullable<v.InferOutput<typeof profileKeys>["layers"]>;
    /** Whether the layers are the default ones. */
    defaultLayers: boolean;
    /** Where it stands, for messages: `profile` or `profiles[1]`. */
    key: string;
    /** Whether its configuration holds a secret; which part of it is one cannot be known. */
    secret: boolean;
};

/** A cluster, as configured. */
export type ClusterConfig = Omit<
    Named<v.InferOutput<typeof clusterKeys>>,
    "scans" | "controlPlanePool" | "workerPools" | "profiles" | "region" | "rolloutGroup"
> & {
    region: string;
    /** Where the region comes from, for messages: `cluster.region`, `aws:region`, or a variable. */
    regionKey: string;
    /** Names of the stack's profiles that it runs. */
    profiles: string[];
    scans: ScanSchedules;
    /** The control plane first; zones are empty where none are configured. */
    pools: AwsMachinePool[];
    /** Clusters of a group change side by side; groups follow one another in this order. */
    rolloutGroup: number;
    /** Where it stands, for messages: `cluster` or `clusters[1]`. */
    key: string;
    /** Whether its configuration holds a secret; which part of it is one cannot be known. */
    secret: boolean;
};

/** The whole configuration of a stack, checked, with all defaults in. */
export interface Config {
    palette: PaletteSettings;
    /** Name of the Palette project. */
    project: string;
    /** Folders or archives of the custom packs, relative to the project folder, and the registry of each. */
    packs: {
        path: string;
        registry: string;
        /** The image that has to be in the registry under the pack's version: it is promoted, not made anew. */
        digest?: string;
    }[];
    /** Whether content may change under a published version. */
    overwritePacks: boolean;
    /** How many replaced versions of profiles and packs stay; undefined: all, until the stack is destroyed. */
    keepVersions?: number;
    registries: RegistryConfig[];
    profiles: ProfileConfig[];
    clusters: ClusterConfig[];
    /** Whether `clusters` (and not `cluster`) is set: the outputs then name the clusters. */
    severalClusters: boolean;
    allowClusterDeletion: boolean;
}

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
    /** `one` or, where it is set, the list `many`. */
    const readOneOrMany = <S extends v.GenericSchema>(one: string, many: string, how: S) => {
        const list = getObject(config, many);
        if (list === undefined || (Array.isArray(list) && list.length === 0)) {
            return [read(one, how, {})];
        }
        const single = getObject(config, one);
        if (single !== undefined && Object.keys(single as object).length > 0) {
            problems.push(`${one}: set beside ${many}; keep one of them`);
        }
        return read(many, v.array(how), []) ?? [];
    };
    const packs = read("packs", packKeys, [{ path: "packs/hello-universe-pack" }]);
    const registries = read("registries", registriesOf(registryKinds), [{}]);
    const profiles = readOneOrMany("profile", "profiles", profileKeys);
    const clusters = readOneOrMany("cluster", "clusters", clusterKeys);
    const severalClusters = isSet(getObject(config, "clusters"));
    const overwritePacks = read("overwritePacks", v.boolean(), false);
    const allowClusterDeletion = read("allowClusterDeletion", v.boolean(), false);
    const keepVersions = read("keepVersions", keepVersionsKey, undefined);
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
    if (provider === undefined && clusters.some((one) => one?.region === undefined)) {
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
    const namedProfiles = profiles.map((one, index): ProfileConfig => {
        const name = one.name ?? defaultName("pack-tutorial-profile", stack);
        const several = isSet(getObject(config, "profiles"));
        return {
            ...one,
            name,
            layers: one.layers ?? defaultLayers(one),
            defaultLayers: one.layers === undefined,
            key: keyOf("profile", index, several),
            secret: holdsSecret(several ? "profiles" : "profile"),
        };
    });
    const namedClusters = clusters.map((one, index): ClusterConfig => {
        const { controlPlanePool, workerPools, scans, rolloutGroup, ...rest } = one;
        const key = keyOf("cluster", index, severalClusters);
        return {
            ...rest,
            name: one.name ?? defaultName("pack-tutorial-cluster", stack),
            region: one.region ?? provider!.region,
            regionKey: one.region === undefined ? provider!.from : `${key}.region`,
            profiles: one.profiles ?? namedProfiles.map(({ name }) => name),
            // null in the configuration: no scans of that kind.
            scans: Object.fromEntries(
                Object.entries(scans).filter(([, schedule]) => schedule !== null),
            ),
            pools: [
                machinePool(controlPlanePool, controlPlanePool.asWorker, one),
                ...workerPools.map((pool) => machinePool(pool, undefined, one)),
            ],
            // One by one, unless the configuration groups them.
            rolloutGroup: rolloutGroup ?? index + 1,
            key,
            secret: holdsSecret(severalClusters ? "clusters" : "cluster"),
        };
    });
    const [firstRegistry] = namedRegistries;
    const placedPacks = packs.map(({ path, registry, digest }, index) => {
        if (registry !== undefined && !namedRegistries.some(({ name }) => name === registry)) {
            problems.push(
                `packs[${index}].registry: "${registry}": expected a registry of this stack: ${listed(namedRegistries)}`,
            );
        }
        return {
            path,
            registry: registry ?? firstRegistry!.name,
            ...(digest !== undefined && { digest }),
        };
    });
    for (const cluster of namedClusters) {
        const { key, profiles: wanted } = cluster;
        const mistakes = clusterMistakes(aws, cluster, (property) =>
            configurationKey(cluster, property),
        );
        problems.push(...mistakes.map(({ property, reason }) => `${property}: ${reason}`));
        for (const name of wanted) {
            if (!namedProfiles.some((one) => one.name === name)) {
                problems.push(
                    `${key}.profiles: "${name}": expected profiles of this stack: ${listed(namedProfiles)}`,
                );
            }
        }
        problems.push(...profileMix(key, wanted, namedProfiles));
    }
    for (const [kind, items] of [
        ["registries", namedRegistries],
        ["profiles", namedProfiles],
        ["clusters", namedClusters],
    ] as const) {
        const names = items.map(({ name }) => name);
        const twice = names.find((name, index) => names.indexOf(name) !== index);
        if (twice !== undefined) {
            problems.push(`${kind}: "${twice}" is there twice; expected every name once`);
        }
    }
    for (const [kind, keys] of Object.entries(registryKinds)) {
        const entries = namedRegistries.map((entry, index) => ({
            key: `registries[${index}]`,
            entry,
        }));
        problems.push(
            ...(keys.mistakes?.(entries.filter(({ entry }) => entry.kind === kind)) ?? []),
        );
    }
    refuse();
    return {
        palette,
        project: config.get("paletteProject") || "Default",
        packs: placedPacks,
        overwritePacks,
        ...(keepVersions !== undefined && { keepVersions }),
        registries: namedRegistries,
        profiles: namedProfiles,
        clusters: namedClusters,
        severalClusters,
        allowClusterDeletion,
    };
}

/** A cluster runs one profile with the infrastructure layers: of type cluster, or infra with add-ons beside it. */
function profileMix(key: string, wanted: string[], profiles: ProfileConfig[]): string[] {
    const chosen = profiles.filter(({ name }) => wanted.includes(name));
    const base = chosen.filter(({ type }) => type !== "add-on").map(({ name }) => name);
    return wanted.length > 0 && chosen.length === wanted.length && base.length !== 1
        ? [
              `${key}.profiles: ${wanted.join(", ")}: expected one profile of type cluster or infra among them` +
                  (base.length > 1 ? `, and these are several: ${base.join(", ")}` : ""),
          ]
        : [];
}

function keyOf(one: string, index: number, several: boolean): string {
    return several ? `${one}s[${index}]` : one;
}

function isSet(list: unknown): boolean {
    return Array.isArray(list) && list.length > 0;
}

function listed(items: { name: string }[]): string {
    return items.map(({ name }) => name).join(", ");
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
