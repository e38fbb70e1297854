import * as pulumi from "@pulumi/pulumi";
import { getPartitionOutput } from "@pulumi/aws/getPartition";
import { AccessKey } from "@pulumi/aws/iam/accessKey";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { User } from "@pulumi/aws/iam/user";
import { UserPolicy } from "@pulumi/aws/iam/userPolicy";
import { shortened } from "../config/names";
import { stackName } from "../config/stackName";
import { iamNames, type IamRules, type ReadCredentials } from "./ecrCredentials";
import type { EcrCredentials } from "../../packages/palette/registry/registryCredentials";
import { readState } from "../../packages/palette/lifecycle/pulumiCli";
import { PaletteAwsAccount, type StackOwner } from "../../packages/palette/resources";
import { UserError } from "../../packages/pack/userError";
import type { RegistryAccess } from "../../packages/registry/access";
import type { IamKind } from "../../packages/registry/iamIdentities";
import { lazyRegistry } from "../../packages/registry/lazyRegistry";
import { configOf } from "../../packages/registry/stackConfig";

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

export interface EcrReadAccessArgs {
    credentials: ReadCredentials;
    access: RegistryAccess;
    /** ARN of the repository below which the packs' are. */
    archiveArn: pulumi.Output<string>;
    owner: StackOwner;
}

/**
 * What Palette reads an ECR registry with: what is configured, or a role (`sts`) or user with a key (`secret`) that may
 * read the pack repositories and nothing else.
 */
export function ecrReadAccess(
    name: string,
    args: EcrReadAccessArgs,
    opts: { parent: pulumi.Resource },
): pulumi.Output<EcrCredentials> {
    const { credentials } = args;
    if (credentials.type === "secret") {
        const { accessKey, secretKey } = credentials;
        return accessKey === undefined
            ? readerUser(name, credentials, args, opts)
            : pulumi.output({
                  type: "secret",
                  accessKey,
                  secretKey: pulumi.secret(secretKey ?? ""),
              });
    }
    const { roleArn, externalId = "" } = credentials;
    return roleArn === undefined
        ? readerRole(name, credentials, args, opts)
        : pulumi.output({ type: "sts", roleArn, externalId });
}

function readerRole(
    name: string,
    rules: IamRules,
    { access, archiveArn, owner }: EcrReadAccessArgs,
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
            name: nameInIam(name, owner),
            description: "Lets Palette read the packs",
            forceDetachPolicies: true,
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
        alone(name, "role", access, opts),
    );
    const policy = new RolePolicy(
        named(name),
        { name: POLICY_NAME, role: role.name, policy: readPolicy(archiveArn) },
        { ...opts, deleteBeforeReplace: true },
    );
    // The role counts as there only once it may read.
    const roleArn = pulumi.all([role.arn, policy.id]).apply(([arn]) => arn);
    return pulumi.output({ type: "sts" as const, roleArn, externalId });
}

function readerUser(
    name: string,
    rules: IamRules,
    { access, archiveArn, owner }: EcrReadAccessArgs,
    opts: { parent: pulumi.Resource },
): pulumi.Output<EcrCredentials> {
    const user = new User(
        named(name),
        { name: nameInIam(name, owner), forceDestroy: true, ...rulesOf(rules) },
        alone(name, "user", access, opts),
    );
    const policy = new UserPolicy(
        named(name),
        { name: POLICY_NAME, user: user.name, policy: readPolicy(archiveArn) },
        { ...opts, deleteBeforeReplace: true },
    );
    const key = new AccessKey(
        named(name),
        { user: user.name },
        alone(name, "accessKeys", access, opts),
    );
    const accessKey = pulumi.all([key.id, policy.id]).apply(([id]) => id);
    return pulumi.output({ type: "secret" as const, accessKey, secretKey: key.secret });
}

/** Name of the resources. */
function named(registry: string): string {
    return shortened(`${registry}-reader`, iamNames.longest);
}

/** Name of the role or user. No other stack's is called so, and it stays when the stack is renamed. */
function nameInIam(registry: string, { id }: StackOwner): pulumi.Output<string> {
    return pulumi.output(id).apply((ownerId) => `${named(registry)}-${ownerId.slice(0, 7)}`);
}

/** A name of its own is what a second creation overwrites, after a run that was killed right after the first. */
const POLICY_NAME = "read-packs";

interface InIam {
    /** Of a role or user. */
    name?: string;
    /** Of the user that an access key is for. */
    user?: string;
}

/**
 * Options of what IAM has once: the old one goes before a replacement, and what a killed run has made and not recorded
 * goes before a creation. The name is the stack's own, so whatever has it was made by this stack.
 */
function alone(
    registry: string,
    kind: IamKind,
    { host }: RegistryAccess,
    opts: { parent: pulumi.Resource },
): pulumi.CustomResourceOptions {
    const makeWay = new pulumi.ResourceHook(`${registry}-${kind}`, async ({ urn, newInputs }) => {
        const { name, user } = newInputs as InIam;
        const config = configOf(pulumi.runtime.allConfig());
        const confirm = () => requireUnrecorded(urn, name!);
        await lazyRegistry().deleteFromIam(kind, (user ?? name)!, host, config, confirm);
    });
    return {
        ...opts,
        deleteBeforeReplace: true,
        hooks: { beforeCreate: [makeWay] },
        // Another owner id (--replace) is no reason for another role or user.
        ...(kind !== "accessKeys" && { ignoreChanges: ["name"] }),
    };
}

/**
 * The engine would delete what the state has under another resource name right after the new one was made, and it is the same
 * in AWS.
 *
 * @throws UserError with the command that gives the resource its name back.
 */
async function requireUnrecorded(urn: string, id: string): Promise<void> {
    const [, , types, name] = urn.split("::");
    const type = types!.split("$").at(-1);
    const { resources = [] } = await readState(stackName());
    const recorded = resources.find(
        (resource) => resource.urn !== urn && resource.type === type && resource.id === id,
    );
    if (recorded !== undefined) {
        throw new UserError(
            `${id} is there already, and the state has it as ${recorded.urn}: ` +
                `run pulumi state rename --yes ${recorded.urn} ${name}, then pulumi up again`,
        );
    }
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
