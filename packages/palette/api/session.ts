import type * as pulumi from "@pulumi/pulumi";
import { lazyRegistry } from "../../registry/lazyRegistry";
import { stackConfig, type StackConfig } from "../../registry/stackConfig";
import { PaletteClient } from "./client";
import { expiryWarning } from "./keyExpiry";
import { paletteSettings } from "./settings";

let readKey: ((key: string) => string | undefined) | undefined;
let client: PaletteClient | undefined;
/** One object as long as it is the same configuration: logins are kept by it. */
let config = stackConfig(setting);

/** Takes the stack's configuration; the engine calls it once for each kind of resource, before any other method. */
export async function configure(request: pulumi.dynamic.ConfigureRequest): Promise<void> {
    readKey = (key) => request.config.get(key);
}

/**
 * The client of this process, which all dynamic resources of a run share.
 *
 * @throws Error when the configuration is incomplete ({@link paletteSettings}).
 */
export function palette(): PaletteClient {
    if (readKey === undefined) {
        throw new Error("the provider has not been configured");
    }
    return (client ??= new PaletteClient(paletteSettings(readKey)));
}

/** One key of the stack's configuration; of a destroy, as the state has recorded it. */
export function setting(key: string): string | undefined {
    return readKey?.(key);
}

/** The stack's configuration, for what talks to registries. */
export function configuration(): StackConfig {
    return config;
}

let warned = false;

/** Warns of an API key that expires soon, once in a run, beside what goes on. For runs that are about to make something. */
export function warnOfExpiry(): void {
    if (!warned) {
        warned = true;
        void expiryWarning(palette()).then((warning) => warning && console.log(warning));
    }
}

/** Forgets the configuration and closes the connections, for programs that use the providers in their own process. */
export async function disconnect(): Promise<void> {
    await client?.close();
    await lazyRegistry().logOut(config);
    client = readKey = undefined;
    config = stackConfig(setting);
}
