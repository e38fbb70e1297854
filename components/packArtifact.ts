import * as pulumi from "@pulumi/pulumi";
import { Command } from "@pulumi/command/local";
import type { PackRegistry } from "./packRegistry";
import { PackVersions } from "./palette/resources";
import { digestOf, parseHistory } from "./registry/history";
import type { WantedVersions } from "./registry/publish";
import { stackName } from "./stackName";

export interface PackArtifactArgs {
    /** Name of the pack, which is the last segment of its repository. */
    pack: string;
    /** Where it goes. */
    registry: PackRegistry;
    /** All wanted versions of the pack → its folder or archive, and the digest of the OCI manifest it makes. */
    versions: WantedVersions;
    /** Content may change under a published version: development stacks. */
    overwrite: boolean;
    /** What the resource was called in states of earlier programs. */
    formerNames: string[];
}

/** What the commands run. */
export const PACK_IMAGES = "node --require tsx/cjs components/packImages.ts";

/**
 * One pack in its repository, every wanted version pushed; name the resource after that place, so that a pack that goes
 * to another one is another resource, and one whose registry is called otherwise is not. Older versions that the stack
 * has pushed stay until it is destroyed, or `PackRetention` removes them.
 */
export class PackArtifact extends pulumi.ComponentResource {
    /** Version → `<repository>:<version>@<digest>`. */
    readonly references: Record<string, pulumi.Output<string>> = {};
    /** Version → digest that the registry has: known once it is pushed. */
    readonly digests: Record<string, pulumi.Output<string>> = {};
    /** What the stack has pushed so far, for `PackRetention`. */
    readonly history: pulumi.Output<string>;
    /** Name of the resource, and what it was before. */
    readonly name: string;
    readonly aliases: pulumi.Alias[];
    /** What tells a command where the pack's repository is. */
    readonly environment: Record<string, pulumi.Input<string>>;

    constructor(name: string, args: PackArtifactArgs, opts?: pulumi.ComponentResourceOptions) {
        const { pack, registry, versions, overwrite, formerNames } = args;
        const aliases = formerNames.map((former) => ({ name: former }));
        super("palette-custom-pack:index:PackArtifact", name, {}, { aliases, ...opts });
        this.name = name;
        this.aliases = aliases;
        const repositoryUrl = registry.repositoryUrls[pack]!;
        const stack = stackName();
        const checked = new PackVersions(
            `${name}-versions`,
            {
                registry: registry.access,
                stack,
                repository: registry.repositoryPath(pack),
                pack,
                versions,
                overwrite,
            },
            { parent: this },
        );
        this.environment = {
            PACK_NAME: pack,
            PACK_VERSIONS: JSON.stringify(versions),
            PACK_REPOSITORY: repositoryUrl,
            PACK_REGISTRY: JSON.stringify(registry.access),
            PULUMI_STACK_NAME: stack,
        };
        const push = new Command(
            `${name}-image`,
            {
                create: `${PACK_IMAGES} push`,
                delete: `${PACK_IMAGES} delete`,
                environment: {
                    ...this.environment,
                    PACK_OVERWRITE: String(overwrite),
                    PACK_FOREIGN: checked.foreign.apply((digests) => JSON.stringify(digests)),
                },
            },
            // States of the program that had a resource for each version have triggers; without them here it would be
            // replaced, and the old one would take the image along.
            { parent: this, ignoreChanges: ["triggers"] },
        );
        this.history = push.stdout;
        for (const version of Object.keys(versions)) {
            const digest = pulumi
                .all([push.stdout, repositoryUrl])
                .apply(([stdout, url]) => digestOf(parseHistory(stdout, url).images, version)!);
            this.digests[version] = digest;
            this.references[version] = pulumi.interpolate`${repositoryUrl}:${version}@${digest}`;
        }
        this.registerOutputs({ references: this.references, digests: this.digests });
    }
}
