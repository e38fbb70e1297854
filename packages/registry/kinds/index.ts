import { basic } from "./basic";
import { ecr } from "./ecr";
import type { RegistryKind } from "./registryKind";
import { spectro } from "./spectro";

export type { RegistryKind } from "./registryKind";

/** All kinds of registries, as `RegistryAccess.kind` names them. */
export const registryKinds: Record<string, RegistryKind> = { ecr, basic, spectro };
