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
import { withPlainErrors } from "./plainErrors";
import { registrySync } from "./registrySync";
import { configure } from "./session";
import { spectroRegistry } from "./spectroRegistry";

export const Ownership = { ...withPlainErrors(ownership), configure };
export const PaletteAwsAccount = { ...withPlainErrors(paletteAwsAccount), configure };
export const OciRegistry = { ...withPlainErrors(rememberingFailures(ociRegistry)), configure };
export const ClusterProfile = {
    ...withPlainErrors(rememberingFailures(clusterProfile)),
    configure,
};
export const AwsCluster = { ...withPlainErrors(rememberingFailures(awsCluster)), configure };
export const ApplicationUrls = {
    ...withPlainErrors(rememberingFailures(applicationUrls)),
    configure,
};
export const PackVersions = { ...withPlainErrors(packVersions), configure };
export const SpectroRegistry = {
    ...withPlainErrors(rememberingFailures(spectroRegistry)),
    configure,
};
export const RegistrySync = { ...withPlainErrors(rememberingFailures(registrySync)), configure };
