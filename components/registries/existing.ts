import * as v from "valibot";
import { flag, objectName, text } from "../config/fields";
import { pushEndpoint, registration, tls } from "./fields";
import { locate } from "./location";
import type { RegistryKind, Transport } from "./registryKind";
import { findRegistry, type FoundRegistry } from "../../packages/palette/registry/registryLookup";
import { RegistrySync } from "../../packages/palette/resources";

const schema = v.strictObject({
    kind: v.literal("existing"),
    name: objectName,
    pushEndpoint,
    username: v.optional(text),
    password: v.optional(text),
    caFile: tls.caFile,
    insecureSkipVerify: flag,
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
