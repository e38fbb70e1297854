import * as pulumi from "@pulumi/pulumi";
import { packsOf } from "../profiles/clusterProfiles";
import type { ClusterConfig, Config, ProfileConfig } from "../config/config";
import type { CustomPack } from "../packs/customPack";
import type { Finding } from "../../packages/pack/findings/finding";
import { checkProfile } from "../../packages/pack/profile/profileRules";
import { cloudMistakes } from "./packChecks";
import type { Preflight } from "./preflight";
import type { PackRegistry } from "../registries/registryKind";
import { layerMistakes, layersBelow } from "../profiles/profileLayers";
import { UserError } from "../../packages/pack/userError";

/**
 * Checks what no single part of the configuration can tell: whether packs, profiles and clusters fit together. What may
 * be a mistake is reported as a warning of the stack.
 *
 * @throws Error with everything that does not fit, by the keys of the configuration.
 */
export function checkProfiles(
    config: Config,
    resolved: Preflight,
    packs: CustomPack[],
    registries: Record<string, PackRegistry>,
): void {
    const findings = config.profiles.flatMap((profile) =>
        findingsOf(profile, config, resolved, packs).map(({ severity, message, help }) => ({
            severity,
            text: [`${profile.key}: ${message}`, help].filter(Boolean).join(" "),
        })),
    );
    const doubts = findings.filter(({ severity }) => severity === "warning");
    const notices = config.profiles.flatMap((profile) =>
        layersBelow(profile, resolved.layers[profile.name]!, packsOf(profile, packs)).flatMap(
            ({ notice }) => notice ?? [],
        ),
    );
    const expiring = Object.values(registries).flatMap(
        ({ name, warnings }) => warnings?.(packs.filter(({ registry }) => registry === name)) ?? [],
    );
    const texts = [...doubts.map(({ text }) => text), ...notices, ...expiring];
    for (const text of new Set(texts)) {
        void pulumi.log.warn(text);
    }
    const problems = [
        ...findings.filter(({ severity }) => severity === "error").map(({ text }) => text),
        ...packs.flatMap((pack) => registries[pack.registry]!.repositoryMistake(pack) ?? []),
        ...config.profiles.flatMap((profile) => {
            const own = packsOf(profile, packs);
            const layers = layersBelow(profile, resolved.layers[profile.name]!, own);
            return [...cloudMistakes(profile.key, own), ...layerMistakes(profile, layers, own)];
        }),
        ...config.clusters.flatMap((cluster) => unknownSettings(cluster, config, resolved, packs)),
    ];
    if (problems.length > 0) {
        throw new UserError(problems.join("\n"));
    }
}

/** What the packs of a profile demand of each other, and of the machines of each cluster that runs it. */
function findingsOf(
    profile: ProfileConfig,
    config: Config,
    resolved: Preflight,
    packs: CustomPack[],
): Finding[] {
    const own = packsOf(profile, packs);
    const content = {
        // Without their values, which are long, and Palette's own: parsing them would slow down every run.
        layers: layersBelow(profile, resolved.layers[profile.name]!, own).map(
            ({ name, version, layer }) => ({
                name,
                version,
                layer,
            }),
        ),
        packs: own.map(({ pack, values }) => ({
            packJson: pack.packJson,
            values,
            charts: pack.charts,
            kubeVersions: pack.kubeVersions,
            ...(pack.schema !== undefined && { schema: pack.schema }),
        })),
        ...(profile.variables && { variables: profile.variables.map(({ name }) => name) }),
    };
    const clusters = config.clusters.filter(({ profiles }) => profiles.includes(profile.name));
    const pools = clusters.map(({ name }) =>
        resolved.clusters[name]!.pools.map(({ machine, ...pool }) => ({ ...pool, ...machine })),
    );
    const findings = (pools.length > 0 ? pools : [undefined]).flatMap(
        (of) => checkProfile({ ...content, pools: of }).findings,
    );
    // What has nothing to do with the machines is found for every cluster.
    return [...new Map(findings.map((finding) => [finding.message, finding])).values()];
}

/** Settings of a cluster that would have no effect: for variables and packs that none of its profiles has. */
function unknownSettings(
    { key, profiles, variables, packValues }: ClusterConfig,
    config: Config,
    resolved: Preflight,
    packs: CustomPack[],
): string[] {
    const own = config.profiles.filter(({ name }) => profiles.includes(name));
    const known = {
        variables: own.flatMap((profile) => profile.variables?.map(({ name }) => name) ?? []),
        packValues: own.flatMap((profile) => [
            ...resolved.layers[profile.name]!.map(({ name }) => name),
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
