import type { Login, RegistryAccess } from "./access";
import { registryKinds, type RegistryKind } from "./kinds";
import type { RepositoryAddress, RepositoryClient } from "./repository";
import type { StackConfig } from "./stackConfig";
import { UserError } from "../pack/userError";

/** What was looked up of a configuration before: all packs of a registry share a login. */
const logins = new WeakMap<StackConfig, Map<string, Promise<Login>>>();

/**
 * @param config Holds the credentials.
 * @throws Error when the registry's credentials are not configured, or a legacy registry's tool is not installed. The
 *     methods throw Errors that say what the registry refused, and why as far as that can be found out.
 */
export async function openRepository(
    address: RepositoryAddress,
    config: StackConfig,
): Promise<RepositoryClient> {
    const { registry } = address;
    return requireKind(registry).open(address, await logIn(registry, config));
}

/** Closes the connections of all logins that a configuration was used for. */
export async function logOut(config: StackConfig): Promise<void> {
    const known = [...(logins.get(config)?.values() ?? [])];
    logins.delete(config);
    for (const login of await Promise.allSettled(known)) {
        if (login.status === "fulfilled") {
            login.value.ecr?.destroy();
        }
    }
}

/** Looks up how to reach a registry, once for a configuration. @throws Error when its credentials are not configured. */
function logIn(access: RegistryAccess, config: StackConfig): Promise<Login> {
    const known = logins.get(config) ?? new Map<string, Promise<Login>>();
    logins.set(config, known);
    const key = JSON.stringify(access);
    const login = known.get(key) ?? requireKind(access).logIn(access, config);
    known.set(key, login);
    return login;
}

function requireKind({ name, kind }: RegistryAccess): RegistryKind {
    const known = registryKinds[kind];
    if (known === undefined) {
        throw new UserError(
            `registry "${name}" is of kind ${kind}, which this program does not know: run the version of it that registered the registry`,
        );
    }
    return known;
}
