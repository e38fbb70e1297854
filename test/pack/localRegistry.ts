import { startRegistry } from "../../sandbox/ociRegistry";

/** A real registry on a free port of this machine. */
export interface LocalRegistry {
    /** `host:port`. */
    host: string;
    close(): Promise<void>;
}

/**
 * Starts a registry.
 *
 * @param dir Its files are there.
 * @param htpasswd Users that it lets in; everybody without.
 */
export async function localRegistry(dir: string, htpasswd?: string): Promise<LocalRegistry> {
    const registry = await startRegistry({
        dir,
        binary: "registry",
        name: "registry",
        ...(htpasswd === undefined ? {} : { htpasswd: { file: htpasswd, realm: "test" } }),
    });
    const { url } = await registry.fetch("/v2/");
    return { host: new URL(url).host, close: () => registry.close() };
}
