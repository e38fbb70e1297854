import type { Config } from "../config/config";
import type { CustomPack } from "../packs/customPack";
import { brokenNameRule, type NamedKind } from "../config/names";
import type { FoundRegistry } from "../../packages/palette/registry/registryLookup";

/** Packs whose repository cannot have its name in the registry that they go to. */
export function repositoryMistakes(
    { registries }: Config,
    existing: Record<string, FoundRegistry>,
    packs: CustomPack[],
): string[] {
    return packs.flatMap(({ name, path, registry }) => {
        const index = registries.findIndex((one) => one.name === registry);
        const configured = registries[index];
        const found = configured?.kind === "existing" ? existing[registry] : configured;
        const rule = found && RULES[found.kind];
        if (rule === undefined) {
            return [];
        }
        const repository = `${found!.basePath}/spectro-packs/archive/${name}`;
        const broken = brokenNameRule(rule, repository);
        return broken === undefined
            ? []
            : `${path}: the repository of ${name} in registry ${registry} would be ${repository}: ${broken}; ` +
                  `change name in ${path}/pack.json, or registries[${index}].basePath`;
    });
}

const RULES: Record<string, NamedKind | undefined> = {
    ecr: "ecrRepository",
    basic: "ociRepository",
};

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
