import { configurationKey } from "./configurationKey";
import type { ClusterConfig, ProfileConfig } from "./configTypes";
import type { RegistryConfig, RegistryKeys } from "./registryKeys";
import { aws } from "../../packages/palette/cluster/aws/aws";
import { clusterMistakes } from "../../packages/palette/cluster/clusterRules";

/** The parts of a configuration, each right by itself and with its defaults in. */
interface Parts {
    packs: { registry?: string | undefined }[];
    registries: RegistryConfig[];
    profiles: ProfileConfig[];
    clusters: ClusterConfig[];
}

/** What is wrong with the parts of a configuration together; each message begins with the key that the user wrote. */
export function relationMistakes(
    { packs, registries, profiles, clusters }: Parts,
    registryKinds: Record<string, RegistryKeys>,
): string[] {
    const problems: string[] = [];
    packs.forEach(({ registry }, index) => {
        if (registry !== undefined && !registries.some(({ name }) => name === registry)) {
            problems.push(
                `packs[${index}].registry: "${registry}": expected a registry of this stack: ${listed(registries)}`,
            );
        }
    });
    for (const cluster of clusters) {
        const { key, profiles: wanted } = cluster;
        const mistakes = clusterMistakes(aws, cluster, (property) =>
            configurationKey(cluster, property),
        );
        problems.push(...mistakes.map(({ property, reason }) => `${property}: ${reason}`));
        for (const name of wanted) {
            if (!profiles.some((profile) => profile.name === name)) {
                problems.push(
                    `${key}.profiles: "${name}": expected profiles of this stack: ${listed(profiles)}`,
                );
            }
        }
        problems.push(...profileMix(key, wanted, profiles));
    }
    for (const [kind, items] of [
        ["registries", registries],
        ["profiles", profiles],
        ["clusters", clusters],
    ] as const) {
        const names = items.map(({ name }) => name);
        const twice = names.find((name, index) => names.indexOf(name) !== index);
        if (twice !== undefined) {
            problems.push(`${kind}: "${twice}" is there twice; expected every name once`);
        }
    }
    for (const [kind, keys] of Object.entries(registryKinds)) {
        const entries = registries.map((entry, index) => ({
            key: `registries[${index}]`,
            entry,
        }));
        problems.push(
            ...(keys.mistakes?.(entries.filter(({ entry }) => entry.kind === kind)) ?? []),
        );
    }
    return problems;
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

function listed(items: { name: string }[]): string {
    return items.map(({ name }) => name).join(", ");
}
