import * as pulumi from "@pulumi/pulumi";
// By their own paths: the index of @pulumi/aws loads all services at once, which costs half a second of every run.
import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy";
import { Repository } from "@pulumi/aws/ecr/repository";
import { RepositoryPolicy } from "@pulumi/aws/ecr/repositoryPolicy";
import { Command } from "@pulumi/command/local";
import { ecrReader } from "./ecrReader";
import type { EcrRegistryArgs } from "./packRegistry";
import type { EcrCredentials } from "./palette/provider/ociRegistry";
import { stackName } from "./stackName";

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

/**
 * The ECR repositories that Palette expects below a base path, `<base>/spectro-packs/archive` and one per pack below
 * that, and what Palette reads them with.
 */
export class EcrRepositories extends pulumi.ComponentResource {
    /** Host of the registry. */
    readonly endpoint: pulumi.Output<string>;
    /** What Palette needs to read the registry. */
    readonly credentials: pulumi.Output<EcrCredentials>;
    /** Pack name → URL of its repository. */
    readonly repositoryUrls: Record<string, pulumi.Output<string>> = {};

    constructor(name: string, args: EcrRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("palette-custom-pack:index:PackRegistry", name, {}, opts);
        const archive = `${args.basePath}/spectro-packs/archive`;
        const base = this.repository(archive, name, args);
        for (const pack of args.packNames) {
            const path = `${archive}/${pack}`;
            this.repositoryUrls[pack] = this.repository(path, `${name}-${pack}`, args).url;
        }
        this.endpoint = base.url.apply((url) => url.slice(0, url.indexOf("/")));
        this.credentials = ecrReader(name, args.credentials, base.arn, { parent: this });
        this.registerOutputs({ endpoint: this.endpoint, repositoryUrls: this.repositoryUrls });
    }

    /**
     * One repository; its URL is there when all that belongs to it is. Its resources are named after its path, which is
     * what it is to AWS: a registry can have another name with the same repositories.
     *
     * @param former What they were named after once.
     */
    private repository(path: string, former: string, args: EcrRegistryArgs) {
        const parent = { parent: this, aliases: [{ name: former }] };
        if (args.existingRepositories) {
            const { repositoryUrl, arn } = Repository.get(path, path, undefined, parent);
            return { url: repositoryUrl, arn };
        }
        const { forceDelete, immutableTags, scanOnPush, encryption } = args;
        const { name, repositoryUrl, arn } = new Repository(
            path,
            {
                name: path,
                forceDelete,
                ...(immutableTags && { imageTagMutability: "IMMUTABLE" }),
                ...(scanOnPush && { imageScanningConfiguration: { scanOnPush } }),
                ...(encryption && {
                    encryptionConfigurations: [
                        { encryptionType: encryption.type, kmsKey: encryption.kmsKey },
                    ],
                }),
            },
            // ECR cannot encrypt a repository anew: another one would take its place, without what is in it.
            { ...parent, ignoreChanges: ["encryptionConfigurations"] },
        );
        // ECR refuses to delete a repository that is not empty, and does not say what is in it.
        const contents = new Command(
            `${path}-contents`,
            {
                delete: "node --require tsx/cjs components/ecrImage.ts assert-empty",
                environment: {
                    ECR_REPOSITORY: name,
                    ECR_FORCE_DELETE: String(forceDelete),
                    PULUMI_STACK_NAME: stackName(),
                },
            },
            { parent: this, aliases: [{ name: `${former}-contents` }] },
        );
        const belongings: pulumi.CustomResource[] = [contents];
        if (args.lifecyclePolicy) {
            const policy = JSON.stringify(args.lifecyclePolicy);
            belongings.push(new LifecyclePolicy(path, { repository: name, policy }, parent));
        }
        if (args.pullAccounts?.length) {
            const accounts = args.pullAccounts;
            const policy = arn.apply((own) => pullPolicy(accounts, own.split(":")[1]!));
            belongings.push(new RepositoryPolicy(path, { repository: name, policy }, parent));
        }
        const there = pulumi.all([repositoryUrl, ...belongings.map(({ id }) => id)]);
        return { url: there.apply(([url]) => url!), arn };
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
