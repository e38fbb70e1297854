import { lazyRegistry } from "../../registry/lazyRegistry";
import type { BasicCredentials } from "./registryCredentials";
import type { RegistryTls } from "./registryKind";

/**
 * Tries user and password at a registry itself, to distinguish a wrong password from an address that Palette alone cannot reach.
 *
 * @returns what to do about a registry that Palette cannot read.
 */
export async function checkLogin(
    endpoint: string,
    credentials: BasicCredentials,
    tls: RegistryTls | undefined,
): Promise<string> {
    const { type: _, ...login } = credentials;
    const said = await lazyRegistry().refusesLogin({
        host: new URL(endpoint).host,
        ...login,
        ca: tls?.certificate,
        insecureSkipVerify: tls?.insecureSkipVerify,
    });
    return said === undefined
        ? `from here the registry accepts them, so Palette has to be able to reach ${endpoint} and trust its certificate (caFile and insecureSkipVerify under registries[])`
        : `the registry does not accept them from here either (${said}): check username, password or token under registries[] in the stack's configuration`;
}
