import type { CustomPack } from "../packs/customPack";
import { LAYERS as order, type Layer as PackLayer } from "../../packages/pack/format/schema";
import type { Layer, UnresolvedLayer } from "../../packages/palette/profile/profileInputs";
import type { ProfileConfig } from "../config/config";

/** A layer, and what the check of a profile asks of its pack. */
export interface ResolvedLayer extends Layer {
    /** Kind of the layer; unknown where Palette does not tell. */
    layer?: PackLayer;
    /** The pack's own values with the presets and overrides of the layer not in. Empty where the pack is not to be had. */
    values: string;
    /** What Palette says of the version: that it is deprecated. */
    notice?: string;
    /** Why the version is not offered. Only its record says whether the profile needs it. */
    unresolved?: UnresolvedLayer;
}

/** A custom pack in a profile, and what the profile changes of its values. */
export interface ProfilePack<Pack extends CustomPack = CustomPack> {
    pack: Pack;
    presets?: string[];
    /** YAML text. */
    overrides?: string;
    /** Text of the pack's values with both. */
    values: string;
}

/**
 * The layers of a profile below its custom packs. Of the default ones those are left out whose place a custom pack of
 * the infrastructure takes: a profile has one OS, one Kubernetes, one network and one storage.
 */
export function layersBelow(
    { defaultLayers }: ProfileConfig,
    layers: ResolvedLayer[],
    packs: ProfilePack[],
): ResolvedLayer[] {
    const taken = (layer: PackLayer | undefined) =>
        layer !== "addon" && packs.some(({ pack }) => pack.layer === layer);
    return defaultLayers ? layers.filter(({ layer }) => !taken(layer)) : layers;
}

/** All packs of a profile, from the infrastructure up; what has no known layer stays behind what it follows. */
export function fromTheGround<T>(items: T[], layerOf: (item: T) => PackLayer | undefined): T[] {
    let last = 0;
    const ranked = items.map((item) => {
        const layer = layerOf(item);
        last = layer === undefined ? last : order.indexOf(layer);
        return { item, rank: last };
    });
    return ranked.sort((left, right) => left.rank - right.rank).map(({ item }) => item);
}

/** Packs that cannot be in one profile: two of one layer of the infrastructure, or one of it among add-ons. */
export function layerMistakes(
    { key, type }: ProfileConfig,
    layers: ResolvedLayer[],
    packs: ProfilePack[],
): string[] {
    const infrastructure = packs.filter(({ pack }) => pack.layer !== "addon");
    if (type === "add-on") {
        return infrastructure.map(
            ({ pack }) =>
                `${key}.packs: ${pack.name} is of layer ${pack.layer}, and a profile of type add-on holds add-ons only; ` +
                "put it in a profile of type infra or cluster",
        );
    }
    return infrastructure.flatMap(({ pack }, index) => {
        const { name, layer } = pack;
        const other =
            layers.find((candidate) => candidate.layer === layer)?.name ??
            infrastructure.slice(0, index).find((candidate) => candidate.pack.layer === layer)?.pack
                .name;
        return other === undefined
            ? []
            : `${key}: ${other} and the custom pack ${name} are both of layer ${layer}, and a profile has one pack of it; ` +
                  `remove one of them from ${key}.layers and ${key}.packs (without ${key}.layers the custom pack takes the default's place)`;
    });
}
