import * as v from "valibot";
import { documented, text } from "../config/fields";
import { httpsUrl, registration, tls as tlsKeys } from "./fields";
import { locate } from "./location";
import { credentialsOf, entryConfig, tlsOf } from "./login";
import type { RegistryKind, Transport } from "./registryKind";
import { SpectroRegistry } from "../../packages/palette/resources";

const schema = v.strictObject({
    ...registration,
    ...tlsKeys,
    kind: documented(v.literal("spectro"), "the legacy Spectro registry"),
    endpoint: documented(httpsUrl, "`https://` address of the registry server"),
    username: documented(text, "user"),
    password: documented(text, "secret"),
});

/** An entry of kind `spectro`, complete. */
export type SpectroEntry = v.InferOutput<typeof schema> & { name: string };

/** Pushes with the `spectro` CLI, which knows packs by their names alone. */
const transport: Transport = {
    kind: "spectro",
    requires: [],
    needsRepositories: false,
    repositoryPath: (_, pack) => pack,
    pushConfig: entryConfig,
};

/** The legacy Spectro pack registry. */
export const spectro = {
    schema,
    transport,
    declare(entry, context) {
        const { name, endpoint, username, password, adopt, syncTimeout } = entry;
        const tls = tlsOf(entry);
        const credentials = credentialsOf({ username, password });
        return {
            ...locate(transport, entry, context, { endpoint }),
            credentials,
            ...(tls && { tls }),
            register: (resourceName, { packs, owner }, opts) =>
                new SpectroRegistry(
                    resourceName,
                    {
                        name,
                        endpoint,
                        credentials: credentials as never,
                        ...(tls && { tls }),
                        packs,
                        owner,
                        adopt,
                        syncTimeout,
                    },
                    opts,
                ),
        };
    },
} satisfies RegistryKind<SpectroEntry>;
