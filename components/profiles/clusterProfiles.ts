import { stringify } from "yaml";
import type { Config, ProfileConfig } from "../config/config";
import type { CustomPack } from "../packs/customPack";
import {
    applyPresets,
    mergeValues,
    parsePresets,
    ValuesError,
} from "../../packages/pack/format/values";
import { ClusterProfile, type StackOwner } from "../../packages/palette/resources";
import type { PublishedPack } from "../packs/publishedPacks";
import { fromTheGround, layersBelow, type ResolvedLayer, type ProfilePack } from "./profileLayers";
import { secretIf } from "../config/secrets";
import { UserError } from "../../packages/pack/userError";

/** A profile of the stack, and the custom packs in it. */
export interface StackProfile {
    config: ProfileConfig;
    resource: ClusterProfile;
    /** Its custom packs. */
    packs: ProfilePack<PublishedPack>[];
    /** Names of all its packs. */
    packNames: string[];
}

/**
 * The custom packs that a profile holds: those it names, else all of the stack that its type can hold.
 *
 * @throws Error that names the key when a pack is not there, is there in several versions, or lacks a preset.
 */
export function packsOf<Pack extends CustomPack>(
    profile: ProfileConfig,
    packs: Pack[],
): ProfilePack<Pack>[] {
    const fitting = packs.filter(
        ({ layer }) =>
            profile.type === "cluster" || (profile.type === "add-on") === (layer === "addon"),
    );
    const names = [...new Set(fitting.map(({ name }) => name))];
    const wanted: NonNullable<ProfileConfig["packs"]> =
        profile.packs ?? names.map((name) => ({ name }));
    return wanted.map(({ name, version, presets = [], values: changes }, index) => {
        const key = profile.packs ? `${profile.key}.packs[${index}]` : `${profile.key}.packs`;
        const named = packs.filter((pack) => pack.name === name);
        const chosen = named.filter((pack) => version === undefined || pack.version === version);
        const [pack] = chosen;
        if (pack === undefined) {
            const existing = (named.length > 0 ? named : packs).map(
                (candidate) => `${candidate.name}:${candidate.version}`,
            );
            throw new UserError(
                `${key}: "${name}${version ? `:${version}` : ""}" is no pack of this stack; packs has ${existing.join(", ")}`,
            );
        }
        if (chosen.length > 1) {
            throw new UserError(
                `${key}: ${name} is there in the versions ${chosen.map((candidate) => candidate.version).join(", ")}; ` +
                    `a profile holds one of them: name it with ${profile.key}.packs: [{ name: ${name}, version: … }]`,
            );
        }
        const overrides = changes && stringify(changes);
        let values: string;
        try {
            values = applyPresets(pack.values, parsePresets(pack.presets), presets);
        } catch (error) {
            if (error instanceof ValuesError) {
                throw new UserError(`${key}.presets: ${error.message}`);
            }
            throw error;
        }
        return {
            pack,
            ...(presets.length > 0 && { presets }),
            ...(overrides && { overrides }),
            values: overrides ? mergeValues(values, overrides) : values,
        };
    });
}

/** The published cluster profiles, by name. */
export function createProfiles(
    config: Config,
    resolved: { project: string; layers: Record<string, ResolvedLayer[]> },
    packs: PublishedPack[],
    owner: StackOwner,
): Record<string, StackProfile> {
    const profiles = config.profiles.map((profile) => {
        const own = packsOf(profile, packs);
        const below = layersBelow(profile, resolved.layers[profile.name]!, own);
        const unresolved = below.flatMap((layer) => layer.unresolved ?? []);
        const guardOverrides = (overrides: string | undefined) =>
            overrides === undefined ? {} : { overrides: secretIf(overrides, profile.secret) };
        const resource = new ClusterProfile(
            profile.name,
            {
                name: profile.name,
                ...(profile.version && { version: profile.version }),
                // The usual ones are not written down, for the sake of states that were made without them.
                ...(profile.type !== "cluster" && { type: profile.type }),
                ...(profile.scope !== "project" && { scope: profile.scope }),
                ...(profile.editInPlace && { editInPlace: true }),
                ...(config.keepVersions !== undefined && { keepVersions: config.keepVersions }),
                ...(profile.variables && {
                    variables: profile.variables.map((variable) =>
                        guardDefault(variable, profile.secret),
                    ),
                }),
                description: profile.description,
                tags: profile.tags,
                project: resolved.project,
                layers: fromTheGround(
                    [
                        ...below.map(
                            ({
                                layer,
                                values: _,
                                notice: _n,
                                unresolved: _u,
                                overrides,
                                ...rest
                            }) => ({
                                layer,
                                entry: { ...rest, ...guardOverrides(overrides) },
                            }),
                        ),
                        ...own.map(({ pack, presets, overrides }) => ({
                            layer: pack.layer,
                            entry: {
                                name: pack.name,
                                version: pack.version,
                                digest: pack.published,
                                registryUid: pack.registryUid,
                                ...(presets && { presets }),
                                ...guardOverrides(overrides),
                            },
                        })),
                    ],
                    ({ layer }) => layer,
                ).map(({ entry }) => entry),
                ...(unresolved.length > 0 && { unresolved }),
                owner,
                adopt: profile.adopt,
            },
            {
                ...(profile.secret && { additionalSecretOutputs: ClusterProfile.digests }),
            },
        );
        const packNames = [...below.map(({ name }) => name), ...own.map(({ pack }) => pack.name)];
        return [profile.name, { config: profile, resource, packs: own, packNames }] as const;
    });
    return Object.fromEntries(profiles);
}

function guardDefault(
    { defaultValue, ...variable }: NonNullable<ProfileConfig["variables"]>[number],
    secret: boolean,
) {
    return defaultValue === undefined
        ? variable
        : { ...variable, defaultValue: secretIf(defaultValue, secret || variable.isSensitive) };
}
