import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity";
import * as pulumi from "@pulumi/pulumi";
import { programAwsConfig } from "../config/awsProgram";
import { callerIdentity, type CallerIdentity } from "../../packages/registry/awsClients";
import {
    AWS_KEYS,
    awsSettings,
    requireAllowedAccount,
    type AwsSettings,
} from "../../packages/registry/awsSettings";
import { UserError } from "../../packages/pack/userError";

/** Variables that say who and where the SDKs of AWS are. */
const VARIABLES =
    /^AWS_(ACCESS_KEY_ID|SESSION_TOKEN|PROFILE|DEFAULT_PROFILE|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONFIG_FILE|SHARED_CREDENTIALS_FILE|CONTAINER_CREDENTIALS_\w+|EC2_METADATA_\w+)$/;

/** Keys of the configuration that say the same. */
const KEYS = Object.keys(AWS_KEYS).filter((key) =>
    /^(accessKey|profile|assumeRole|shared|endpoints|ec2|skipMetadata)/.test(key),
);

/** The partitions of AWS that Palette's API knows (OpenAPI document, `v1AwsCloudAccount`). */
const PALETTE_PARTITIONS = ["aws", "aws-us-gov", "aws-iso", "aws-iso-b"];

/**
 * Checks the AWS account of a run before anything is made: that AWS accepts the credentials, that they belong to an
 * account that the configuration allows, and, in a preview, that the push has the same identity as the AWS provider.
 *
 * @throws Error with both identities and what makes them differ, or with AWS's reason.
 */
export async function checkAwsIdentity(): Promise<void> {
    const settings = awsSettings(programAwsConfig());
    if (settings.skipCredentialsValidation) {
        return;
    }
    const [provider, push] = await Promise.all([providerIdentity(), pushIdentity(settings)]);
    const [, partition = "aws"] = provider.arn.split(":");
    if (!PALETTE_PARTITIONS.includes(partition)) {
        throw new UserError(
            `the AWS account ${provider.account} is in the partition ${partition}, and Palette's API knows ${PALETTE_PARTITIONS.join(", ")}: ` +
                "Palette cannot read an ECR there; use another kind of registry, or an account of another partition",
        );
    }
    requireAllowedAccount(settings, provider.account);
    if (push !== undefined && whose(push) !== whose(provider)) {
        throw new UserError(
            `the AWS provider and the push would work as different identities: the provider as ${whose(provider)} in account ${provider.account}, ` +
                `the push as ${whose(push)} in account ${push.account}; what they read it from: ${sources().join(", ") || "AWS files and metadata"}. ` +
                "Leave only what shall count",
        );
    }
}

async function providerIdentity(): Promise<CallerIdentity> {
    try {
        const { accountId = "", arn = "" } = (await getCallerIdentity()) ?? {};
        return { account: accountId, arn };
    } catch (error) {
        throw new UserError(
            `the AWS provider cannot tell as whom this run works: ${wordsOfProvider(error as Error)}; ` +
                "check the stack's aws:* configuration, or the AWS_* environment and profile",
        );
    }
}

/**
 * The reason alone. It is not always about credentials: there may be no region, a wrong CA, no network. What the SDK puts
 * before it and the provider's own advice after it tell nothing of this stack.
 */
function wordsOfProvider({ message }: Error): string {
    return message
        .replace(/^invocation of \S+ returned an error: /i, "")
        .replace(
            /\s*(Make sure you have set your AWS region|Set a value using the command)[^]*$/,
            "",
        )
        .replace(/[.\s]+$/, "")
        .replace(/\s*\n\s*/g, " ");
}

/** Undefined where it costs time and tells nothing new: in an update, which has a preview before it, and with plain keys. */
async function pushIdentity(settings: AwsSettings): Promise<CallerIdentity | undefined> {
    const { accessKey, assumeRoles = [] } = settings;
    if (!pulumi.runtime.isDryRun() || (accessKey && assumeRoles.length === 0)) {
        return undefined;
    }
    try {
        return await callerIdentity(settings);
    } catch (error) {
        throw new UserError(
            `AWS cannot tell as whom the push would work: ${(error as Error).message}; ` +
                `check what they come from: ${sources().join(", ") || "AWS files and metadata"}`,
        );
    }
}

/** An ARN without the name of the session, which every session has of its own. */
function whose({ arn }: CallerIdentity): string {
    return arn.replace(/^(arn:[^:]+:sts::\d+:(?:assumed-role|federated-user)\/[^/]+)\/.*$/, "$1");
}

/** Keys and variables that are set, without their values. */
function sources(): string[] {
    const { get } = programAwsConfig();
    return [
        ...KEYS.map((key) => `aws:${key}`).filter((key) => get(key) !== undefined),
        ...Object.keys(process.env).filter((name) => VARIABLES.test(name)),
    ];
}
