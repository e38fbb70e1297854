import { logIn } from "./access";
import { ociRepository } from "./ociRepository";
import type { RepositoryAddress, RepositoryClient } from "./repository";
import { spectroRepository } from "./spectroRepository";
import type { StackConfig } from "./stackConfig";

/**
 * @param config Holds the credentials.
 * @throws Error when the registry's credentials are not configured, or a legacy registry's tool is not installed. The
 *     methods throw Errors that say what the registry refused, and why as far as that can be found out.
 */
export async function openRepository(
    address: RepositoryAddress,
    config: StackConfig,
): Promise<RepositoryClient> {
    const login = await logIn(address.registry, config);
    if (address.registry.kind === "spectro") {
        return spectroRepository(address, login);
    }
    return ociRepository(address, login);
}
