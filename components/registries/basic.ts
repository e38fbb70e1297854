import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { documented, text } from "../config/fields";
import type { NameRule } from "../config/names";
import {
    basePathOf,
    httpsUrl,
    pushEndpoint,
    registration,
    repositoryPattern,
    tls as tlsKeys,
} from "./fields";
import { locate, pathBelow } from "./location";
import { credentialsOf, entryConfig, tlsOf } from "./login";
import type { RegistryKind, Transport } from "./registryKind";
import { OciRegistry } from "../../packages/palette/resources";

/** A repository of an OCI registry (OCI Distribution Specification, "name"; the length is Distribution's). */
export const ociRepositoryNames: NameRule = {
    shortest: 1,
    longest: 255,
    pattern: repositoryPattern("(?:\\.|_|__|-+)"),
    expected:
        "lower-case letters and digits with a dot, dashes, one or two underscores in between, without a leading or trailing slash",
};

interface Login {
    username?: string;
    password?: string;
    token?: string;
}

const loginKeys = {
    username: documented(v.optional(text), "user of the push", "a token"),
    password: documented(v.optional(text), "secret", "a token"),
    token: documented(
        v.optional(text),
        "secret; in place of user and password",
        "user and password",
    ),
};

function isOneLogin({ username, password, token }: Login): boolean {
    return token === undefined ? !!username && !!password : !username && !password;
}

/** What Palette reads a registry with, where that is less than the push needs. */
const paletteCredentials = v.union(
    [
        v.literal("none"),
        v.pipe(
            v.strictObject(loginKeys),
            v.check(isOneLogin, "expected username and password, or a token"),
        ),
    ],
    "expected username and password, a token, or none",
);

const schema = v.pipe(
    v.strictObject({
        ...registration,
        ...tlsKeys,
        ...loginKeys,
        kind: documented(v.literal("basic"), "Harbor or any other OCI registry"),
        endpoint: documented(httpsUrl, "`https://host[:port]`"),
        /** What Palette appends to the endpoint, where the registry's API is not at the root of its host. */
        endpointSuffix: documented(
            v.optional(
                v.pipe(
                    v.string(),
                    v.regex(
                        /^\/?[\w.~-]+(\/[\w.~-]+)*\/?$/,
                        "expected a path such as artifactory/api/docker/packs-local",
                    ),
                    v.transform((path) => path.replace(/^\/|\/$/g, "")),
                ),
            ),
            "path that Palette appends to the endpoint, where the registry's API is not at the root of its host",
            "none",
        ),
        pushEndpoint: documented(
            pushEndpoint,
            "`https://host[:port][/path]` that packs are pushed to, where it differs, as with Artifactory",
            "the endpoint",
        ),
        /** Its first segment is the project in Harbor. */
        basePath: documented(
            basePathOf(ociRepositoryNames),
            "repository prefix; in Harbor it begins with the project",
        ),
        paletteCredentials: documented(
            v.optional(paletteCredentials),
            "what Palette reads with: `{ username, password }`, `{ token }`, or `none` for a public registry",
            "those of the push",
        ),
    }),
    v.check(
        ({ paletteCredentials: reader, ...login }) =>
            isOneLogin(login) ||
            (reader === "none" && !login.username && !login.password && !login.token),
        "expected username and password, or a token; neither only where the registry is open, with paletteCredentials: none",
    ),
);

/** An entry of kind `basic`, complete. */
export type BasicEntry = v.InferOutput<typeof schema> & { name: string };

/** Pushes with oras into a registry that creates a repository with the first push. */
const transport: Transport = {
    kind: "basic",
    requires: ["oras"],
    repositoryNames: ociRepositoryNames,
    needsRepositories: false,
    repositoryPath: pathBelow,
    pushConfig: entryConfig,
};

/** Harbor or any other OCI registry with user and password or a token. */
export const basic = {
    schema,
    transport,
    declare(entry, context) {
        const { name, endpoint, basePath, endpointSuffix, adopt, syncTimeout } = entry;
        const tls = tlsOf(entry);
        return {
            ...locate(transport, entry, context, {
                endpoint,
                basePath,
                isBasePathConfigured: true,
            }),
            credentials:
                entry.paletteCredentials === "none"
                    ? pulumi.output({ type: "noAuth" as const })
                    : credentialsOf(entry.paletteCredentials ?? entry),
            ...(tls && { tls }),
            register: (resourceName, { packs, owner, credentials }, opts) =>
                new OciRegistry(
                    resourceName,
                    {
                        kind: "basic",
                        name,
                        endpoint,
                        basePath,
                        ...(endpointSuffix && { endpointSuffix }),
                        ...(entry.pushEndpoint && { pushEndpoint: entry.pushEndpoint }),
                        credentials: credentials!,
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
} satisfies RegistryKind<BasicEntry>;
