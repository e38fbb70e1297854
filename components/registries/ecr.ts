import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { documented, flag } from "../config/fields";
import { defaultName, type NameRule } from "../config/names";
import { lifecycleWarnings } from "./ecrLifecyclePolicy";
import { readCredentials } from "./ecrCredentials";
import { EcrRepositories, repositorySettings } from "./ecrRepositories";
import { basePathOf, registration, repositoryPattern } from "./fields";
import { archivePath, locate, pathBelow } from "./location";
import type { RegistryKind, Transport } from "./registryKind";
import { OciRegistry } from "../../packages/palette/resources";

/** A repository of ECR (ECR API Reference, CreateRepository). */
export const ecrRepositoryNames: NameRule = {
    shortest: 2,
    longest: 256,
    pattern: repositoryPattern("[._-]"),
    expected:
        "lower-case letters and digits with a single dot, dash or underscore in between, without a leading or trailing slash",
};

const schema = v.strictObject({
    ...registration,
    ...repositorySettings,
    kind: documented(v.literal("ecr"), "private Amazon ECR"),
    basePath: documented(
        v.optional(basePathOf(ecrRepositoryNames)),
        "repository prefix before `spectro-packs/archive`",
        "`spectro-oci-registry-<stack>`",
    ),
    credentials: documented(
        v.optional(readCredentials, { type: "sts" }),
        "how Palette reads the registry",
    ),
    /** Delete repositories with what others have pushed into them, unless another stack uses them. */
    forceDelete: documented(flag, "delete repositories with images that the stack did not push"),
    /** The repositories have to be there, and are neither changed nor deleted. */
    existingRepositories: documented(flag, "the repositories exist before and stay"),
});

/** An entry of kind `ecr`, complete. */
export type EcrEntry = v.InferOutput<typeof schema> & { name: string; basePath: string };

/** Pushes with oras into repositories that have to be there, with the credentials of the stack's AWS provider. */
const transport: Transport = {
    kind: "ecr",
    requires: ["oras", "aws"],
    repositoryNames: ecrRepositoryNames,
    needsRepositories: true,
    repositoryPath: pathBelow,
    pushConfig() {
        const keys = Object.entries(pulumi.runtime.allConfig());
        return pulumi.output(Object.fromEntries(keys.filter(([key]) => key.startsWith("aws:"))));
    },
};

/** A private Amazon ECR: that of the stack's AWS account and region. */
export const ecr = {
    schema,
    transport,

    complete: (entry, stack) => ({
        ...entry,
        basePath: entry.basePath ?? defaultName("spectro-oci-registry", stack),
    }),

    // All are in the one ECR of account and region, so these would be the same repositories.
    mistakes: (entries) =>
        entries.flatMap(({ key, entry: { basePath } }) => {
            const first = entries.find(({ entry }) => entry.basePath === basePath)!;
            return first.key === key
                ? []
                : `${key}.basePath: "${basePath}": ${first.key} has it too; expected a base path of its own ` +
                      "for every registry of kind ecr: set another one, or keep one of the two";
        }),

    declare(entry, context) {
        const { name, basePath, existingRepositories, adopt, syncTimeout } = entry;
        const endpoint = context.ecrHost!;
        const located = locate(transport, entry, context, {
            endpoint,
            basePath,
            isBasePathConfigured: true,
        });
        return {
            ...located,
            forceDelete: entry.forceDelete,
            keepRepositories: existingRepositories,
            repositories: {
                basePath: archivePath(basePath),
                create: (resourceName, args) =>
                    new EcrRepositories(resourceName, {
                        ...args,
                        registry: entry,
                        access: located.access,
                    }),
            },
            // Repositories that were there before have policies of their own.
            warnings: (packs) =>
                existingRepositories
                    ? []
                    : lifecycleWarnings(
                          `${context.key}.lifecyclePolicy`,
                          entry.lifecyclePolicy,
                          packs,
                      ),
            register: (resourceName, { packs, owner, credentials }, opts) =>
                new OciRegistry(
                    resourceName,
                    {
                        name,
                        endpoint,
                        basePath,
                        credentials: credentials!,
                        packs,
                        owner,
                        adopt,
                        syncTimeout,
                    },
                    opts,
                ),
        };
    },
} satisfies RegistryKind<EcrEntry>;
