import * as pulumi from "@pulumi/pulumi";
// By their own paths: the index of @pulumi/aws loads all services at once, which costs half a second of every run.
import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy";
import { Repository } from "@pulumi/aws/ecr/repository";
import { RepositoryPolicy } from "@pulumi/aws/ecr/repositoryPolicy";
import * as v from "valibot";
import { documented, flag, text, yaml } from "../config/fields";
import type { ReadCredentials } from "./ecrCredentials";
import { ecrReadAccess } from "./ecrReadAccess";
import type { RegistryRepositories, RepositoriesArgs, ResolvedRepository } from "./registryKind";
import { clearTheWay } from "./repositoryInTheWay";
import type { EcrCredentials } from "../../packages/palette/registry/registryCredentials";
import type { StackOwner } from "../../packages/palette/resources";
import type { RegistryAccess } from "../../packages/registry/access";
import { tagsOfNew } from "../../packages/registry/repositoryTags";

/** What another account's Palette does to pull a pack. */
const PULL_ACTIONS = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ecr:GetDownloadUrlForLayer",
    "ecr:ListImages",
    "ecr:ListTagsForResource",
];

/** The keys of a registry that concern the repositories which the stack creates. */
export const repositorySettings = {
    /** ECR refuses another image under a tag that exists. Default: absent, as AWS has it (mutable). */
    immutableTags: documented(flag, "ECR refuses another image under an existing tag"),
    /** ECR scans every image that is pushed. */
    scanOnPush: documented(flag, "ECR scans pushed images"),
    /** Only a new repository can have another one. `kmsKey`: ARN of a key. */
    encryption: documented(
        v.optional(
            v.pipe(
                v.strictObject({
                    type: documented(v.picklist(["AES256", "KMS"]), "who encrypts"),
                    kmsKey: documented(v.optional(text), "ARN of a KMS key", "AWS's own"),
                }),
                v.check(
                    ({ type, kmsKey }) => type === "KMS" || kmsKey === undefined,
                    "a kmsKey goes with type: KMS",
                ),
            ),
        ),
        "encryption of new repositories",
        "AWS's (AES256)",
    ),
    /** An ECR lifecycle policy (`{rules: […]}`) for every pack's repository. */
    lifecyclePolicy: documented(
        v.optional(yaml),
        "ECR lifecycle policy as an object; a warning tells of a rule that would delete versions of the stack",
        "none",
    ),
    /** Numbers of other AWS accounts that may pull the packs (repository policy). */
    pullAccounts: documented(
        v.optional(
            v.array(
                v.pipe(v.string(), v.regex(/^\d{12}$/, "expected an AWS account of 12 digits")),
            ),
        ),
        "numbers of AWS accounts that may pull the packs",
        "none",
    ),
};

/** What {@link repositorySettings} make of the configuration. */
type RepositorySettings = Partial<{
    [Key in keyof typeof repositorySettings]: v.InferOutput<(typeof repositorySettings)[Key]>;
}>;

export interface EcrRepositoriesArgs extends RepositoriesArgs {
    registry: RepositorySettings & { credentials: ReadCredentials };
    access: RegistryAccess;
}

/**
 * The ECR repositories that Palette expects below a base path, `<base>/spectro-packs/archive` and one per pack below
 * that, and what Palette reads them with. Those that were there before are left as they are. The stack's own stay here, too:
 * {@link PackRepository} deletes them when nobody else uses them.
 */
export class EcrRepositories extends pulumi.ComponentResource implements RegistryRepositories {
    /** What Palette needs to read the registry. */
    readonly credentials: pulumi.Output<EcrCredentials>;
    /** What has to be there before a push. */
    readonly resources: pulumi.CustomResource[] = [];

    constructor(name: string, args: EcrRepositoriesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("palette-custom-pack:index:PackRegistry", name, {}, opts);
        const { registry, access, base, packs, owner } = args;
        const hooks = { beforeCreate: [clearTheWay(name, access)] };
        const made = this.repository(base, registry, owner, hooks);
        packs.forEach((pack) => this.repository(pack, registry, owner, hooks));
        const arn = made?.arn ?? base.resource.arn.apply((found) => found!);
        this.credentials = ecrReadAccess(
            name,
            { credentials: registry.credentials, access, archiveArn: arn, owner },
            { parent: this },
        );
        this.registerOutputs({});
    }

    /**
     * One repository that the stack makes, with what belongs to it. Its resources are named after what it is to AWS: a
     * registry can have another name with the same repositories.
     */
    private repository(
        { name, path, resource, managed, generation: made }: ResolvedRepository,
        {
            immutableTags,
            scanOnPush,
            encryption,
            lifecyclePolicy,
            pullAccounts,
        }: RepositorySettings,
        { id: ownerId, stack }: StackOwner,
        hooks: pulumi.ResourceHookBinding,
    ): Repository | undefined {
        if (!managed) {
            return undefined;
        }
        const parent = { parent: this };
        const repository = new Repository(
            name,
            {
                name: path,
                ...(immutableTags && { imageTagMutability: "IMMUTABLE" }),
                ...(scanOnPush && { imageScanningConfiguration: { scanOnPush } }),
                ...(encryption && {
                    encryptionConfigurations: [
                        { encryptionType: encryption.type, kmsKey: encryption.kmsKey },
                    ],
                }),
                tags: pulumi
                    .all([ownerId, stack])
                    .apply(([known, of]) => tagsOfNew({ ownerId: known, stack: of })),
            },
            {
                ...parent,
                dependsOn: resource,
                hooks,
                // It may be another stack's to delete.
                retainOnDelete: true,
                ...(made !== undefined && { replacementTrigger: made }),
                // ECR cannot encrypt a repository anew: another one would take its place, without what is in it. Tags are
                // how the stacks share it.
                ignoreChanges: ["encryptionConfigurations", "tags", "tagsAll"],
            },
        );
        this.resources.push(repository);
        if (lifecyclePolicy) {
            const policy = JSON.stringify(lifecyclePolicy);
            const args = { repository: repository.name, policy };
            this.resources.push(new LifecyclePolicy(name, args, parent));
        }
        if (pullAccounts?.length) {
            const policy = repository.arn.apply((arn) =>
                pullPolicy(pullAccounts, arn.split(":")[1]!),
            );
            const args = { repository: repository.name, policy };
            this.resources.push(new RepositoryPolicy(name, args, parent));
        }
        return repository;
    }
}

function pullPolicy(accounts: string[], partition: string): string {
    return JSON.stringify({
        Version: "2012-10-17",
        Statement: [
            {
                Sid: "PalettePull",
                Effect: "Allow",
                Principal: {
                    AWS: accounts.map((account) => `arn:${partition}:iam::${account}:root`),
                },
                Action: PULL_ACTIONS,
            },
        ],
    });
}
