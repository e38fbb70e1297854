/** What a program is made of, in the order of its walk: this repository's index.ts, and that of a project made of the template. */
export { withPlainMistakes } from "./config/userErrors";
export { readConfig } from "./config/config";
export { stackName } from "./config/stackName";
export { OwnerToken } from "../packages/palette/resources";
export { checkPushTools, preflight } from "./preflight/preflight";
export { loadPacks } from "./packs/customPack";
export { declareRegistries, registryKinds } from "./registries/kinds";
export { checkProfiles } from "./preflight/profileCheck";
export { publishPacks } from "./packs/publishedPacks";
export { createProfiles } from "./profiles/clusterProfiles";
export { createClusters } from "./clusters/clusters";
export { pruneVersions } from "./clusters/packRetention";
export { stackOutputs } from "./outputs";
