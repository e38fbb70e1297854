/**
 * The providers of the Palette resources, by the name that their classes ask for (resources.ts).
 * Renaming an export breaks every stack that has such a resource.
 */
import { applicationUrls } from "./cluster/applicationUrls";
import { awsCluster } from "./cluster/aws/awsCluster";
import { clusterProfile } from "./profile/clusterProfile";
import { recordPartialUpdates, type Provider } from "./lifecycle/provider";
import { ociRegistry } from "./registry/ociRegistry";
import { ownerToken } from "./lifecycle/ownerToken";
import { packRepository } from "./registry/packRepository";
import { packRetention } from "./registry/packRetention";
import { paletteAwsAccount } from "./registry/paletteAwsAccount";
import { withPlainErrors } from "./api/plainErrors";
import { registrySync } from "./registry/registrySync";
import { configure, warnOfExpiry } from "./api/session";
import { spectroRegistry } from "./registry/spectroRegistry";

export const OwnerToken = { ...withPlainErrors(ownerToken), configure };
export const PaletteAwsAccount = { ...withPlainErrors(paletteAwsAccount), configure };
export const OciRegistry = resource(ociRegistry);
export const ClusterProfile = resource(clusterProfile);
export const AwsCluster = resource(awsCluster);
export const ApplicationUrls = resource(applicationUrls);
export const PackRepository = { ...withPlainErrors(packRepository), configure };
export const PackRetention = { ...withPlainErrors(packRetention), configure };
export const SpectroRegistry = resource(spectroRegistry);
export const RegistrySync = resource(registrySync);

/** A resource that makes something: its updates record failures, and its creation warns of an API key that expires soon. */
function resource<I extends object, O extends I>(provider: Provider<I, O>) {
    const recording = withPlainErrors(recordPartialUpdates(provider));
    return {
        ...recording,
        configure,
        create(inputs: I) {
            warnOfExpiry();
            return recording.create(inputs);
        },
    };
}
