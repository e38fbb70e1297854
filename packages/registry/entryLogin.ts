import { hostOf } from "./host";
import type { Login, RegistryAccess } from "./access";
import type { StackConfig } from "./stackConfig";
import { UserError } from "../pack/userError";

/** The part of an entry of `registries[]` that is read here. */
type Entry = Pick<Login, "username" | "password" | "token" | "caFile" | "insecureSkipVerify"> & {
    name?: string;
    /** Absent for a registry that Palette knows. */
    endpoint?: string;
    /** Where packs are pushed to, if that is another address. */
    pushEndpoint?: string;
};

/**
 * The login that an entry of `registries[]` holds. Credentials go to the host only that they are configured for, whatever its
 * entry is called by now.
 *
 * @throws Error when the registry is not in the configuration (any more).
 */
export async function entryLogin(
    { name, host }: RegistryAccess,
    config: StackConfig,
): Promise<Login> {
    const entries = config.getObject<Entry[]>("registries") ?? [];
    const isThere = ({ endpoint, pushEndpoint = endpoint }: Entry) =>
        pushEndpoint !== undefined && hostOf(pushEndpoint) === host;
    const named = entries.find((candidate) => candidate.name === name);
    const [only, another] = entries.filter(isThere);
    const ofName = named && (named.endpoint === undefined || isThere(named)) ? named : undefined;
    const entry = ofName ?? (another ? undefined : only);
    if (entry === undefined) {
        throw new UserError(
            `registries: "${name}" with the endpoint ${host} is not in the stack's configuration, and only there are its user and ` +
                "password; put it back until what was pushed to it is removed, or leave that there: take the resource out of " +
                "the state with `pulumi state delete`",
        );
    }
    const { username, password, token, caFile, insecureSkipVerify } = entry;
    return { host, username, password, token, caFile, insecureSkipVerify };
}
