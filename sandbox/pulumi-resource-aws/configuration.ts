import fs from "node:fs";
import https from "node:https";
import type { ECRClient } from "@aws-sdk/client-ecr";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { STSClient, STSClientConfig } from "@aws-sdk/client-sts";
import { partitionOf } from "../aws/partitions";

type Identity = { accountId: string; arn: string; userId: string };

/** The SDK's clients, as the provider's configuration (or else the environment) wants them. */
export interface Clients {
    /** The provider's region. */
    region: string;
    defaultTags: Record<string, string>;
    ecr(region?: string): Promise<ECRClient>;
    iam(): Promise<IAMClient>;
    caller(): Promise<Identity>;
}

/** Keys that are honoured here. */
const honoured = [
    ...["region", "accessKey", "secretKey", "token", "profile", "endpoints", "defaultTags"],
    ...["sharedConfigFiles", "sharedCredentialsFiles", "assumeRoles", "assumeRoleWithWebIdentity"],
    ...["customCaBundle", "insecure", "httpProxy", "httpsProxy", "noProxy", "stsRegion"],
    ...["useFipsEndpoint", "useDualstackEndpoint", "maxRetries", "retryMode"],
    ...["skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation"],
    ...["skipRequestingAccountId", "allowedAccountIds", "forbiddenAccountIds"],
];
/** Keys of the real provider that say nothing about what there is here; `version` is the engine's. */
const withoutMeaning = [
    ...["ec2MetadataServiceEndpoint", "ec2MetadataServiceEndpointMode", "s3UsePathStyle"],
    ...["s3UsEast1RegionalEndpoint", "tokenBucketRateLimiterCapacity", "userAgents"],
    ...["version", "pluginDownloadURL"],
];
/** Keys of the real provider that would change what it does, and that are not known here. */
const UNKNOWN_HERE = ["ignoreTags", "tagPolicyCompliance"];

interface Role {
    roleArn: string;
    sessionName?: string;
    externalId?: string;
    duration?: string;
    policy?: string;
    policyArns?: string[];
    sourceIdentity?: string;
    tags?: Record<string, string>;
    transitiveTagKeys?: string[];
}
interface WebIdentityRole {
    roleArn: string;
    sessionName?: string;
    duration?: string;
    policy?: string;
    policyArns?: string[];
    webIdentityToken?: string;
    webIdentityTokenFile?: string;
}

/** What both ways to assume a role hand over. */
const assuming = (role: Role | WebIdentityRole) => ({
    RoleArn: role.roleArn,
    RoleSessionName: role.sessionName ?? `pulumi-${Date.now()}`,
    ...(role.duration && { DurationSeconds: secondsOf(role.duration) }),
    ...(role.policy && { Policy: role.policy }),
    ...(role.policyArns && { PolicyArns: role.policyArns.map((arn) => ({ arn })) }),
});

/**
 * Reads the configuration of the real provider (Pulumi Registry, "AWS: Provider") and checks the
 * credentials as it does, before anything else. Throws its errors.
 */
export async function configure(values: Record<string, string>): Promise<Clients> {
    checkKeys(values);
    const text = (key: string, ...variables: string[]): string | undefined =>
        [values[key], ...variables.map((name) => process.env[name])].find(Boolean);
    const json = <T>(key: string): T | undefined => {
        try {
            return values[key] ? (JSON.parse(values[key]) as T) : undefined;
        } catch {
            throw new Error(`aws:${key} must be JSON`);
        }
    };
    const flag = (key: string) => values[key] === "true";

    const region = text("region", "AWS_REGION", "AWS_DEFAULT_REGION");
    if (!region) {
        throw new Error(
            'missing required configuration key "aws:region": The region where AWS operations will take place. Examples are us-east-1, us-west-2, etc.\nSet a value using the command `pulumi config set aws:region <value>`.',
        );
    }
    const partition = partitionOf(region);
    if (!partition && !flag("skipRegionValidation")) {
        throw new Error(`invalid AWS Region: ${region}`);
    }
    // The real provider looks for an instance's metadata only when it is asked to.
    if (values.skipMetadataApiCheck !== "false") {
        process.env.AWS_EC2_METADATA_DISABLED = "true";
    }
    const bundle = text("customCaBundle", "AWS_CA_BUNDLE");
    const tls = {
        keepAlive: true,
        ...(bundle && { ca: fs.readFileSync(bundle) }),
        ...(flag("insecure") && { rejectUnauthorized: false }),
    };
    const direct = new https.Agent(tls);
    const proxy = text("httpsProxy", "HTTPS_PROXY", "https_proxy");
    const proxied = proxy
        ? new (await import("https-proxy-agent")).HttpsProxyAgent(proxy, tls)
        : direct;
    const unproxied = (text("noProxy", "NO_PROXY", "no_proxy") ?? "").split(",").filter(Boolean);
    const agentFor = (endpoint: string | undefined): https.Agent => {
        const host = endpoint === undefined ? "" : new URL(endpoint).hostname;
        const isDirect =
            /^(localhost|127\..*)$/.test(host) ||
            unproxied.some(
                (domain) =>
                    domain === "*" ||
                    host === domain ||
                    host.endsWith(`.${domain.replace(/^\*?\./, "")}`),
            );
        return isDirect ? direct : (proxied as https.Agent);
    };
    const endpoints = Object.assign({}, ...(json<object[]>("endpoints") ?? [])) as Record<
        string,
        string
    >;
    const settings = (service: string, where = region) => ({
        region: where,
        requestHandler: { httpsAgent: agentFor(endpoints[service]) },
        // A configured endpoint is used as it is.
        useFipsEndpoint: flag("useFipsEndpoint") && !endpoints[service],
        useDualstackEndpoint: flag("useDualstackEndpoint") && !endpoints[service],
        ...(values.retryMode && { retryMode: values.retryMode }),
        ...(values.maxRetries && { maxAttempts: Number(values.maxRetries) + 1 }),
        ...(endpoints[service] && { endpoint: endpoints[service] }),
    });

    const stsSettings = settings("sts", values.stsRegion || region);

    const profile = text("profile");
    const files = {
        ...(profile && { profile }),
        filepath: json<string[]>("sharedCredentialsFiles")?.[0],
        configFilepath: json<string[]>("sharedConfigFiles")?.[0],
    };
    const providers = () => import("@aws-sdk/credential-providers");
    let credentials: NonNullable<STSClientConfig["credentials"]> =
        values.accessKey && values.secretKey
            ? {
                  accessKeyId: values.accessKey,
                  secretAccessKey: values.secretKey,
                  ...(values.token && { sessionToken: values.token }),
              }
            : (await providers()).fromNodeProviderChain({ ...files, clientConfig: stsSettings });
    const web = json<WebIdentityRole>("assumeRoleWithWebIdentity");
    if (web) {
        const { fromWebToken } = await providers();
        const token = (): string =>
            web.webIdentityToken ?? fs.readFileSync(web.webIdentityTokenFile ?? "", "utf8").trim();
        const { RoleArn, RoleSessionName, DurationSeconds, Policy, PolicyArns } = {
            DurationSeconds: undefined,
            Policy: undefined,
            PolicyArns: undefined,
            ...assuming(web),
        };
        credentials = () =>
            fromWebToken({
                roleArn: RoleArn,
                roleSessionName: RoleSessionName,
                webIdentityToken: token(),
                durationSeconds: DurationSeconds,
                policy: Policy,
                policyArns: PolicyArns,
                clientConfig: stsSettings,
            })();
    }
    for (const role of json<Role[]>("assumeRoles") ?? []) {
        credentials = (await providers()).fromTemporaryCredentials({
            masterCredentials: credentials,
            params: {
                ...assuming(role),
                ...(role.externalId && { ExternalId: role.externalId }),
                ...(role.sourceIdentity && { SourceIdentity: role.sourceIdentity }),
                ...(role.transitiveTagKeys && { TransitiveTagKeys: role.transitiveTagKeys }),
                ...(role.tags && {
                    Tags: Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value })),
                }),
            },
            clientConfig: stsSettings,
        });
    }

    const { STSClient, GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
    const sts: STSClient = new STSClient({ ...stsSettings, credentials });
    let caller: Promise<Identity> | undefined;
    const ecr = new Map<string, ECRClient>();
    let iam: IAMClient | undefined;
    const clients: Clients = {
        region,
        defaultTags: json<{ tags?: Record<string, string> }>("defaultTags")?.tags ?? {},
        async ecr(where = region) {
            const { ECRClient } = await import("@aws-sdk/client-ecr");
            const client =
                ecr.get(where) ?? new ECRClient({ ...settings("ecr", where), credentials });
            ecr.set(where, client);
            return client;
        },
        async iam() {
            const { IAMClient } = await import("@aws-sdk/client-iam");
            return (iam ??= new IAMClient({ ...settings("iam"), credentials }));
        },
        caller: () =>
            (caller ??= sts
                .send(new GetCallerIdentityCommand())
                .then(({ Account, Arn, UserId }) => ({
                    accountId: Account!,
                    arn: Arn!,
                    userId: UserId!,
                }))),
    };

    if (!flag("skipCredentialsValidation")) {
        await clients.caller().catch((error: Error) => {
            throw new Error(
                `unable to validate AWS credentials.\nDetails: ${explain(error, "STS", "GetCallerIdentity")}\nMake sure you have set your AWS region, e.g. \`pulumi config set aws:region us-west-2\`, and configured your AWS credentials.`,
            );
        });
    }
    const allowed = json<string[]>("allowedAccountIds");
    const forbidden = json<string[]>("forbiddenAccountIds");
    if (allowed || forbidden) {
        const { accountId } = await clients.caller();
        if ((allowed && !allowed.includes(accountId)) || forbidden?.includes(accountId)) {
            throw new Error(`AWS account ID not allowed: ${accountId}`);
        }
    }
    return clients;
}

/** An error of the SDK in the words of the SDK that the real provider is made with. */
export function explain(error: unknown, service: string, operation: string): string {
    const { name, message, $metadata } = error as Error & {
        $metadata?: { httpStatusCode?: number; requestId?: string };
    };
    return $metadata?.httpStatusCode
        ? `operation error ${service}: ${operation}, https response error StatusCode: ${$metadata.httpStatusCode}, RequestID: ${$metadata.requestId ?? ""}, ${name}: ${message}`
        : `operation error ${service}: ${operation}, ${message}`;
}

function checkKeys(values: Record<string, string>): void {
    for (const key of Object.keys(values).filter((name) => !name.startsWith("__"))) {
        if (UNKNOWN_HERE.includes(key)) {
            throw new Error(`aws:${key}: this stand-in for the AWS provider does not know it`);
        }
        if (!honoured.includes(key) && !withoutMeaning.includes(key)) {
            throw new Error(
                `could not validate provider configuration: Invalid or unknown key. Check \`pulumi config get aws:${key}\`.`,
            );
        }
    }
}

/** Of a duration as Go writes it: `1h30m`, `900s`. */
function secondsOf(duration: string): number {
    const units: Record<string, number> = { h: 3600, m: 60, s: 1 };
    const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(h|m|s)/g)];
    if (parts.length === 0 || parts.map(([text]) => text).join("") !== duration) {
        throw new Error(
            `"duration" cannot be parsed as a duration: time: invalid duration "${duration}"`,
        );
    }
    return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0);
}
