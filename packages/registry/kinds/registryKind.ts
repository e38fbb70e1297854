import type { Login, RegistryAccess } from "../access";
import type { RepositoryAddress, RepositoryClient } from "../repository";
import type { StackConfig } from "../stackConfig";

/** One kind of registry on the wire. Its file in this folder holds all that is particular to it. */
export interface RegistryKind {
    /** Looks up how to reach a registry. @throws Error when its credentials are not configured. */
    logIn(access: RegistryAccess, config: StackConfig): Promise<Login>;
    /** A pack's repository. @throws Error when a tool that it takes is not installed. */
    open(address: RepositoryAddress, login: Login): Promise<RepositoryClient>;
}
