import { entryLogin } from "../entryLogin";
import { spectroRepository } from "../spectroRepository";
import type { RegistryKind } from "./registryKind";

/** A legacy Spectro registry, which is spoken to with the `spectro` CLI. */
export const spectro: RegistryKind = { logIn: entryLogin, open: spectroRepository };
