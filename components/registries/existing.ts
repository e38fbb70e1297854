import * as v from "valibot";
import { documented, objectName, text } from "../config/fields";
import { pushEndpoint, registration, tls } from "./fields";
import { locate } from "./location";
import type { RegistryKind, Transport } from "./registryKind";
import { findRegistry, type FoundRegistry } from "../../packages/palette/registry/registryLookup";
import { RegistrySync } from "../../packages/palette/resources";

const schema = v.strictObject({
    kind: documented(v.literal("existing"), "a registry that Palette knows"),
    name: documented(objectName, "its name in Palette"),
    pushEndpoint: documented(
        pushEndpoint,
        "`https://host[:port][/path]` that packs are pushed to, where it differs",
        "what Palette has",
    ),
    username: documented(v.optional(text), "user of the push to a basic registry", "none"),
    password: documented(v.optional(text), "secret", "none"),
    caFile: tls.caFile,
    insecureSkipVerify: tls.insecureSkipVerify,
    syncTimeout: registration.syncTimeout,
});

/** An entry of kind `existing`. */
export type ExistingEntry = v.InferOutput<typeof schema>;

/**
 * A registry that Palette knows already, by its name. Packs are pushed to it and it is synchronized; neither it nor its
 * repositories are managed.
 *
 * @param transports What Palette can say that it is → how packs get there.
 */
export function existing(
    transports: Record<FoundRegistry["kind"], Transport>,
): RegistryKind<ExistingEntry> {
    return {
        schema,
        resolve: findRegistry,
        declare(entry, context) {
            const { name, syncTimeout } = entry;
            const { kind, endpoint, basePath } = context.resolved!;
            return {
                ...locate(transports[kind], entry, context, { endpoint, basePath }),
                register: (resourceName, { packs }, opts) =>
                    new RegistrySync(resourceName, { name, packs, syncTimeout }, opts),
            };
        },
    };
}
