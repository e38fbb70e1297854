/**
 * The implementations of the Palette resources, by the name that their classes ask for (../resource.ts).
 * Renaming an export breaks every stack that has such a resource.
 */
import { applicationUrls } from "./applicationUrls";
import { awsCluster } from "./awsCluster";
import { clusterProfile } from "./clusterProfile";
import { rememberingFailures, type Provider } from "./lifecycle";
import { ociRegistry } from "./ociRegistry";
import { ownership } from "./ownerId";
import { packRepository } from "./packRepository";
import { packRetention } from "./packRetention";
import { paletteAwsAccount } from "./paletteAwsAccount";
import { withPlainErrors } from "./plainErrors";
import { registrySync } from "./registrySync";
import { configure, warnOfExpiry } from "./session";
import { spectroRegistry } from "./spectroRegistry";

/** What all of them have in common. */
function resource<I extends object, O extends I>(provider: Provider<I, O>) {
    const remembering = withPlainErrors(rememberingFailures(provider));
    return {
        ...remembering,
        configure,
        create(inputs: I) {
            warnOfExpiry();
            return remembering.create(inputs);
        },
    };
}

export const Ownership = { ...withPlainErrors(ownership), configure };
export const PaletteAwsAccount = { ...withPlainErrors(paletteAwsAccount), configure };
export const OciRegistry = resource(ociRegistry);
export const ClusterProfile = resource(clusterProfile);
export const AwsCluster = resource(awsCluster);
export const ApplicationUrls = resource(applicationUrls);
export const PackRepository = { ...withPlainErrors(packRepository), configure };
export const PackRetention = { ...withPlainErrors(packRetention), configure };
export const SpectroRegistry = resource(spectroRegistry);
export const RegistrySync = resource(registrySync);
