import * as pulumi from "@pulumi/pulumi";
// By their own paths: the index of @pulumi/aws loads all services at once, which costs half a second of every run.
import { Repository } from "@pulumi/aws/ecr/repository";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { Command } from "@pulumi/command/local";
import type { Config } from "./config";
import type { EcrCredentials } from "./palette/provider/ociRegistry";
import { PaletteAwsAccount } from "./palette/resources";

export interface PackRegistryArgs {
    /** Prefix of the repositories. */
    basePath: string;
    /** Names of the packs; each gets a repository. */
    packNames: string[];
    /** Delete repositories with what others have pushed into them. */
    forceDelete: boolean;
    /** How Palette shall read the registry, as configured. */
    credentials: Config["registry"]["credentials"];
}

/** What Palette reads of a private ECR ("Add OCI Packs Registry", Palette documentation), less the public ECR. */
const REGISTRY_ACTIONS = [
    "ecr:GetAuthorizationToken",
    "ecr:DescribeRegistry",
    "ecr:DescribeRepositories",
];
const REPOSITORY_ACTIONS = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImages",
    "ecr:GetDownloadUrlForLayer",
    "ecr:ListImages",
    "ecr:ListTagsForResource",
];

/**
 * The ECR repositories that Palette expects below a base path, `<base>/spectro-packs/archive` and one per pack below
 * that, and the role with which Palette reads them.
 */
export class PackRegistry extends pulumi.ComponentResource {
    /** Host of the registry. */
    readonly endpoint: pulumi.Output<string>;
    /** What Palette needs to read the registry. */
    readonly credentials: pulumi.Output<EcrCredentials>;
    /** Pack name → URL of its repository. */
    readonly repositoryUrls: Record<string, pulumi.Output<string>> = {};

    constructor(name: string, args: PackRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("palette-custom-pack:index:PackRegistry", name, {}, opts);
        const archive = `${args.basePath}/spectro-packs/archive`;
        const repository = (child: string, path: string) => {
            const { forceDelete } = args;
            const created = new Repository(child, { name: path, forceDelete }, { parent: this });
            // ECR refuses to delete a repository that is not empty, and does not say what is in it.
            const contents = new Command(
                `${child}-contents`,
                {
                    delete: "node --require tsx/cjs components/ecrImage.ts assert-empty",
                    environment: {
                        ECR_REPOSITORY: created.name,
                        ECR_FORCE_DELETE: String(forceDelete),
                        PULUMI_STACK_NAME: stackName(),
                    },
                },
                { parent: this },
            );
            return { created, url: afterwards(created.repositoryUrl, contents.id) };
        };
        const base = repository(name, archive);
        for (const pack of args.packNames) {
            this.repositoryUrls[pack] = repository(`${name}-${pack}`, `${archive}/${pack}`).url;
        }
        this.endpoint = base.url.apply((url) => url.slice(0, url.indexOf("/")));
        this.credentials = this.readerCredentials(name, args, base.created.arn);
        this.registerOutputs({ endpoint: this.endpoint, repositoryUrls: this.repositoryUrls });
    }

    private readerCredentials(
        name: string,
        { credentials }: PackRegistryArgs,
        archiveArn: pulumi.Output<string>,
    ): pulumi.Output<EcrCredentials> {
        if (credentials.type === "secret") {
            const { accessKey, secretKey } = credentials;
            return pulumi.output({
                type: "secret",
                accessKey,
                secretKey: pulumi.secret(secretKey),
            });
        }
        if (credentials.roleArn !== undefined) {
            const { roleArn, externalId = "" } = credentials;
            return pulumi.output({ type: "sts", roleArn, externalId });
        }
        const { accountId, externalId } = new PaletteAwsAccount(`${name}-palette`, {
            parent: this,
        });
        const role = new Role(
            `${name}-reader`,
            {
                description: "Lets Palette read the packs",
                assumeRolePolicy: pulumi.jsonStringify({
                    Version: "2012-10-17",
                    Statement: [
                        {
                            Effect: "Allow",
                            Action: "sts:AssumeRole",
                            Principal: { AWS: pulumi.interpolate`arn:aws:iam::${accountId}:root` },
                            Condition: { StringEquals: { "sts:ExternalId": externalId } },
                        },
                    ],
                }),
            },
            { parent: this },
        );
        const policy = new RolePolicy(
            `${name}-reader`,
            {
                role: role.name,
                policy: pulumi.jsonStringify({
                    Version: "2012-10-17",
                    Statement: [
                        { Effect: "Allow", Action: REGISTRY_ACTIONS, Resource: "*" },
                        {
                            Effect: "Allow",
                            Action: REPOSITORY_ACTIONS,
                            Resource: [archiveArn, pulumi.interpolate`${archiveArn}/*`],
                        },
                    ],
                }),
            },
            { parent: this },
        );
        const roleArn = afterwards(role.arn, policy.id);
        return pulumi.output({ type: "sts" as const, roleArn, externalId });
    }
}

/** A value that is there only after another one: an order that is an Output like every other. */
function afterwards<T>(value: pulumi.Output<T>, after: pulumi.Output<unknown>): pulumi.Output<T> {
    return pulumi.all([value, after]).apply(([one]) => one) as pulumi.Output<T>;
}

/** The full name of the stack, by which the commands find its AWS configuration when they run. */
export function stackName(): string {
    return `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
}
