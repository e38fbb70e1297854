import { lazyRegistry } from "../../registry/lazyRegistry";
import { authOf } from "./ociRegistry";
import type { RegistryCredentials } from "./registryCredentials";
import { registryPath } from "./registryLookup";
import { registryProvider } from "./registryProvider";
import type { RegistryInputs, RegistryObject, RegistryTls } from "./registryKind";
import { palette } from "../api/session";

/** What the program says about a legacy registry. */
export interface SpectroRegistryInputs extends RegistryInputs {
    credentials: Extract<RegistryCredentials, { type: "basic" }>;
    tls?: RegistryTls;
}

/** A legacy Spectro registry in Palette: `/v1/registries/pack`. */
export const spectroRegistry = registryProvider<SpectroRegistryInputs>({
    type: "SpectroRegistry",
    specification: ["credentials", "tls"],
    collection: () => "/v1/registries/pack",
    path: (_, uid) => registryPath("spectro", uid),
    specOf: ({ name, endpoint, credentials, tls }) => ({
        // Whether the server needs name and private is not known; it takes both.
        name,
        endpoint,
        private: true,
        auth: authOf(credentials, tls),
    }),
    list: (subject) =>
        palette().list<RegistryObject>({ method: "GET", path: "/v1/registries/pack", subject }),
    access: ({ name, endpoint }) => ({ name, kind: "spectro", host: new URL(endpoint).host }),
    prepare: ({ name, endpoint, tls }) =>
        lazyRegistry().checkHealth({
            name,
            endpoint,
            ca: tls?.certificate,
            insecureSkipVerify: tls?.insecureSkipVerify,
        }),
    whyRefused: async () =>
        "it is up, so check username and password under registries[] in the stack's configuration, and that Palette can reach it",
});
