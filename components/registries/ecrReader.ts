import * as pulumi from "@pulumi/pulumi";
import { getPartitionOutput } from "@pulumi/aws/getPartition";
import { AccessKey } from "@pulumi/aws/iam/accessKey";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { User } from "@pulumi/aws/iam/user";
import { UserPolicy } from "@pulumi/aws/iam/userPolicy";
import { nameRules, shortened } from "../config/names";
import type { EcrRegistryArgs, IamRules } from "./packRegistry";
import type { EcrCredentials } from "../../packages/palette/registry/ociRegistry";
import { PaletteAwsAccount } from "../../packages/palette/resources";

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
 * What Palette reads an ECR registry with: what is configured, or a role (`sts`) or user with a key (`secret`) that may
 * read the pack repositories and nothing else.
 *
 * @param archiveArn ARN of the repository below which the packs' are.
 */
export function ecrReader(
    name: string,
    credentials: EcrRegistryArgs["credentials"],
    archiveArn: pulumi.Output<string>,
    opts: { parent: pulumi.Resource },
): pulumi.Output<EcrCredentials> {
    if (credentials.type === "secret") {
        const { accessKey, secretKey } = credentials;
        return accessKey === undefined
            ? readerUser(name, credentials, archiveArn, opts)
            : pulumi.output({
                  type: "secret",
                  accessKey,
                  secretKey: pulumi.secret(secretKey ?? ""),
              });
    }
    const { roleArn, externalId = "" } = credentials;
    return roleArn === undefined
        ? readerRole(name, credentials, archiveArn, opts)
        : pulumi.output({ type: "sts", roleArn, externalId });
}

function readerRole(
    name: string,
    rules: IamRules,
    archiveArn: pulumi.Output<string>,
    opts: { parent: pulumi.Resource },
): pulumi.Output<EcrCredentials> {
    const { partition } = getPartitionOutput({}, opts);
    const { accountId, externalId } = new PaletteAwsAccount(
        `${name}-palette`,
        { partition: partition.apply((own) => (own === "aws" ? undefined : own)) },
        opts,
    );
    const palette = pulumi.interpolate`arn:${partition}:iam::${accountId}:root`;
    const role = new Role(
        named(name),
        {
            description: "Lets Palette read the packs",
            ...rulesOf(rules),
            assumeRolePolicy: pulumi.jsonStringify({
                Version: "2012-10-17",
                Statement: [
                    {
                        Effect: "Allow",
                        Action: "sts:AssumeRole",
                        Principal: { AWS: palette },
                        Condition: { StringEquals: { "sts:ExternalId": externalId } },
                    },
                ],
            }),
        },
        opts,
    );
    const policy = new RolePolicy(
        named(name),
        { role: role.name, policy: readPolicy(archiveArn) },
        opts,
    );
    // The role counts as there only once it may read.
    const roleArn = pulumi.all([role.arn, policy.id]).apply(([arn]) => arn);
    return pulumi.output({ type: "sts" as const, roleArn, externalId });
}

function readerUser(
    name: string,
    rules: IamRules,
    archiveArn: pulumi.Output<string>,
    opts: { parent: pulumi.Resource },
): pulumi.Output<EcrCredentials> {
    const user = new User(named(name), rulesOf(rules), opts);
    const policy = new UserPolicy(
        named(name),
        { user: user.name, policy: readPolicy(archiveArn) },
        opts,
    );
    const key = new AccessKey(named(name), { user: user.name }, opts);
    const accessKey = pulumi.all([key.id, policy.id]).apply(([id]) => id);
    return pulumi.output({ type: "secret" as const, accessKey, secretKey: key.secret });
}

/** Name of the resources, from which Pulumi makes that of the role or user, whose length is limited. */
function named(registry: string): string {
    return shortened(`${registry}-reader`, nameRules.iamIdentity.longest);
}

function rulesOf({ permissionsBoundary, path }: IamRules): IamRules {
    return { ...(permissionsBoundary && { permissionsBoundary }), ...(path && { path }) };
}

function readPolicy(archiveArn: pulumi.Output<string>): pulumi.Output<string> {
    return pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
            { Effect: "Allow", Action: REGISTRY_ACTIONS, Resource: "*" },
            {
                Effect: "Allow",
                Action: REPOSITORY_ACTIONS,
                Resource: [archiveArn, pulumi.interpolate`${archiveArn}/*`],
            },
        ],
    });
}
