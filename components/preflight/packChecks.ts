import type { CustomPack } from "../packs/customPack";

/** Packs that are for other clouds than the one that the clusters are on, which Palette would refuse in the profile. */
export function cloudMistakes(key: string, packs: { pack: CustomPack }[]): string[] {
    return packs.flatMap(({ pack: { name, version, packJson, path } }) => {
        const { cloudTypes, cloudType } = packJson;
        const clouds = Array.isArray(cloudTypes) ? cloudTypes : cloudType ? [cloudType] : [];
        return clouds.length === 0 || clouds.includes("aws") || clouds.includes("all")
            ? []
            : `${key}.packs: ${name} ${version} is for ${clouds.join(", ")} (cloudTypes of ${path}/pack.json), and the profile is for aws; ` +
                  `add "aws" there, or leave the pack out of ${key}.packs`;
    });
}
