import * as pulumi from "@pulumi/pulumi";
import { Command } from "@pulumi/command/local";
import { stackName } from "./packRegistry";

export interface PackArtifactArgs {
    /** Folder of the pack, relative to the project folder. */
    path: string;
    version: string;
    /** Digest of the OCI manifest that the pack makes. */
    digest: string;
    repositoryUrl: pulumi.Input<string>;
}

/** A pack in its repository, `<repository>:<version>`, pushed with oras. */
export class PackArtifact extends pulumi.ComponentResource {
    /** `<repository>:<version>@<digest>`. */
    readonly reference: pulumi.Output<string>;
    /** Digest that the registry has under this version: known once it is pushed. */
    readonly digest: pulumi.Output<string>;

    constructor(name: string, args: PackArtifactArgs, opts?: pulumi.ComponentResourceOptions) {
        super("palette-custom-pack:index:PackArtifact", name, {}, opts);
        const { path, version, digest, repositoryUrl } = args;
        const push = new Command(
            `${name}-image`,
            {
                create: "node --require tsx/cjs components/ecrImage.ts push",
                delete: "node --require tsx/cjs components/ecrImage.ts delete",
                environment: {
                    PACK_FOLDER: path,
                    PACK_DIGEST: digest,
                    PACK_REFERENCE: pulumi.interpolate`${repositoryUrl}:${version}`,
                    PULUMI_STACK_NAME: stackName(),
                },
                // Another digest is another image; the old one is removed when the new one is in use.
                triggers: [digest],
            },
            { parent: this },
        );
        this.digest = push.stdout;
        this.reference = pulumi.interpolate`${repositoryUrl}:${version}@${push.stdout}`;
        this.registerOutputs({ reference: this.reference, digest: this.digest });
    }
}
