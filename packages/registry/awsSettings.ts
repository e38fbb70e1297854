import { ecrAddress } from "./ecrAddress";
import type { StackConfig } from "./stackConfig";
import { UserError } from "../pack/userError";

/** What all roles to assume have. */
export interface Session {
    roleArn?: string;
    sessionName?: string;
    /** As Go writes durations: `1h30m`. */
    duration?: string;
    policy?: string;
    policyArns?: string[];
}

/** A role that is assumed with the credentials of what is before it. */
export interface AssumedRole extends Session {
    externalId?: string;
    sourceIdentity?: string;
    tags?: Record<string, string>;
    transitiveTagKeys?: string[];
}

/** A role that is assumed with the token of an identity provider. */
export interface WebIdentityRole extends Session {
    /** Secret. */
    webIdentityToken?: string;
    webIdentityTokenFile?: string;
}

/** A service of AWS that this program calls, by its key in `aws:endpoints`. */
export type AwsService = "ecr" | "iam" | "sts" | "sso";

/** The configuration of the stack's AWS provider (`aws:*`), as far as these services need it. */
export interface AwsSettings {
    region?: string;
    profile?: string;
    accessKey?: string;
    /** Secret. */
    secretKey?: string;
    /** Secret. */
    token?: string;
    sharedConfigFiles?: string[];
    sharedCredentialsFiles?: string[];
    /** Each is assumed with the credentials of the one before it. */
    assumeRoles?: AssumedRole[];
    assumeRoleWithWebIdentity?: WebIdentityRole;
    endpoints?: Partial<Record<AwsService, string>>[];
    stsRegion?: string;
    useFipsEndpoint?: boolean;
    useDualstackEndpoint?: boolean;
    /** PEM file. */
    customCaBundle?: string;
    insecure?: boolean;
    httpProxy?: string;
    httpsProxy?: string;
    noProxy?: string;
    maxRetries?: number;
    retryMode?: string;
    skipCredentialsValidation?: boolean;
    skipMetadataApiCheck?: boolean;
    ec2MetadataServiceEndpoint?: string;
    ec2MetadataServiceEndpointMode?: string;
    allowedAccountIds?: string[];
    forbiddenAccountIds?: string[];
    userAgents?: string[];
}

/** How {@link awsSettings} reads a key; a text says why ECR and STS do not depend on it. */
type Reading = "text" | "json" | { irrelevant: string };

/** Every key of the AWS provider's configuration: another version of it may have more. */
export const AWS_KEYS: Record<string, Reading> = {
    accessKey: "text",
    allowedAccountIds: "json",
    assumeRoleWithWebIdentity: "json",
    assumeRoles: "json",
    customCaBundle: "text",
    defaultTags: { irrelevant: "the push makes nothing that has tags" },
    ec2MetadataServiceEndpoint: "text",
    ec2MetadataServiceEndpointMode: "text",
    endpoints: "json",
    forbiddenAccountIds: "json",
    httpProxy: "text",
    httpsProxy: "text",
    ignoreTags: { irrelevant: "the push reads no tags" },
    insecure: "json",
    maxRetries: "json",
    noProxy: "text",
    profile: "text",
    region: "text",
    retryMode: "text",
    s3UsEast1RegionalEndpoint: { irrelevant: "of S3 only" },
    s3UsePathStyle: { irrelevant: "of S3 only" },
    secretKey: "text",
    sharedConfigFiles: "json",
    sharedCredentialsFiles: "json",
    skipCredentialsValidation: "json",
    skipMetadataApiCheck: "json",
    skipRegionValidation: { irrelevant: "the push takes any region" },
    skipRequestingAccountId: { irrelevant: "the push asks for the account where it compares it" },
    stsRegion: "text",
    tagPolicyCompliance: { irrelevant: "the push makes nothing that has tags" },
    token: "text",
    tokenBucketRateLimiterCapacity: { irrelevant: "the push makes a few calls, one after another" },
    useDualstackEndpoint: "json",
    useFipsEndpoint: "json",
    userAgents: "json",
};

/**
 * The `aws:*` configuration of a stack. What it lacks comes from the environment and the AWS configuration files, as for
 * the AWS provider itself.
 *
 * @throws Error that names a key whose value cannot be read, or that does not go with another one.
 */
export function awsSettings({ get, getObject }: StackConfig): AwsSettings {
    const read = (key: string, how: Reading): unknown => {
        const name = `aws:${key}`;
        try {
            return how === "text" ? get(name) : getObject(name);
        } catch {
            throw new UserError(
                `${name} is not what the AWS provider expects: JSON, such as a list or true`,
            );
        }
    };
    const entries = Object.entries(AWS_KEYS)
        .filter(([, how]) => typeof how === "string")
        .map(([key, how]) => [key, read(key, how)])
        .filter(([, value]) => value !== undefined);
    const settings = Object.fromEntries(entries) as AwsSettings;
    if (get("aws:assumeRole") !== undefined || getObject("aws:assumeRole") !== undefined) {
        throw new UserError(
            "aws:assumeRole is no key of the AWS provider: use aws:assumeRoles, a list",
        );
    }
    if (!settings.accessKey !== !settings.secretKey) {
        const [there, missing] = settings.accessKey
            ? ["accessKey", "secretKey"]
            : ["secretKey", "accessKey"];
        throw new UserError(
            `aws:${there} is set without aws:${missing}: set both (pulumi config set --secret aws:${missing}), or neither`,
        );
    }
    const ids = (list?: unknown[]) => list?.map(String);
    return {
        ...settings,
        ...(settings.allowedAccountIds && { allowedAccountIds: ids(settings.allowedAccountIds) }),
        ...(settings.forbiddenAccountIds && {
            forbiddenAccountIds: ids(settings.forbiddenAccountIds),
        }),
    };
}

/** @throws Error when the configuration does not allow to work in an account (`aws:allowedAccountIds` and its opposite). */
export function requireAllowedAccount(
    { allowedAccountIds, forbiddenAccountIds }: AwsSettings,
    account: string,
): void {
    const key =
        allowedAccountIds?.length && !allowedAccountIds.includes(account)
            ? "aws:allowedAccountIds"
            : forbiddenAccountIds?.includes(account)
              ? "aws:forbiddenAccountIds"
              : undefined;
    if (key !== undefined) {
        throw new UserError(
            `${key} does not allow the AWS account ${account}, whose credentials this run has: use those of another account, or change ${key}`,
        );
    }
}

/** Settings for the registry of a host: its own region, where the host tells one. */
export function settingsAt(settings: AwsSettings, host: string | undefined): AwsSettings {
    const region = host === undefined ? undefined : ecrAddress(host)?.region;
    return region === undefined ? settings : { ...settings, region };
}
