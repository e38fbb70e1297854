/**
 * The implementations of the Palette resources, by the name that their classes ask for (../resource.ts).
 * Renaming an export breaks every stack that has such a resource.
 */
import { applicationUrls } from "./applicationUrls";
import { awsCluster } from "./awsCluster";
import { clusterProfile } from "./clusterProfile";
import { rememberingFailures } from "./lifecycle";
import { ociRegistry } from "./ociRegistry";
import { ownership } from "./ownership";
import { packVersions } from "./packVersions";
import { paletteAwsAccount } from "./paletteAwsAccount";
import { registrySync } from "./registrySync";
import { configure } from "./session";
import { spectroRegistry } from "./spectroRegistry";

export const Ownership = { ...ownership, configure };
export const PaletteAwsAccount = { ...paletteAwsAccount, configure };
export const OciRegistry = { ...rememberingFailures(ociRegistry), configure };
export const ClusterProfile = { ...rememberingFailures(clusterProfile), configure };
export const AwsCluster = { ...rememberingFailures(awsCluster), configure };
export const ApplicationUrls = { ...rememberingFailures(applicationUrls), configure };
export const PackVersions = { ...packVersions, configure };
export const SpectroRegistry = { ...rememberingFailures(spectroRegistry), configure };
export const RegistrySync = { ...rememberingFailures(registrySync), configure };
