import { packsOf } from "./clusterProfiles";
import type { ClusterConfig, Config } from "./config";
import type { CustomPack } from "./customPack";
import type { Preflight } from "./preflight";

/**
 * Checks what no single part of the configuration can tell: whether packs, profiles and clusters fit together.
 *
 * @throws Error with everything that does not, by the keys of the configuration.
 */
export function checkProfiles(config: Config, found: Preflight, packs: CustomPack[]): void {
    const problems = config.clusters.flatMap((cluster) => [
        ...unknownSettings(cluster, config, found, packs),
    ]);
    if (problems.length > 0) {
        throw new Error(problems.join("\n"));
    }
}

/** Settings of a cluster that would have no effect: for variables and packs that none of its profiles has. */
function unknownSettings(
    { key, profiles, variables, packValues }: ClusterConfig,
    config: Config,
    found: Preflight,
    packs: CustomPack[],
): string[] {
    const own = config.profiles.filter(({ name }) => profiles.includes(name));
    const known = {
        variables: own.flatMap((profile) => profile.variables?.map(({ name }) => name) ?? []),
        packValues: own.flatMap((profile) => [
            ...found.layers[profile.name]!.map(({ name }) => name),
            ...packsOf(profile, packs).map(({ pack }) => pack.name),
        ]),
    };
    return Object.entries({ variables, packValues }).flatMap(([setting, values]) =>
        Object.keys(values ?? {})
            .filter((name) => !known[setting as keyof typeof known].includes(name))
            .map(
                (name) =>
                    `${key}.${setting}.${name}: not in the cluster's profiles; they have ` +
                    (known[setting as keyof typeof known].join(", ") || "none"),
            ),
    );
}
