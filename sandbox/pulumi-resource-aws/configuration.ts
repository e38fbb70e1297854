import fs from "node:fs";
import https from "node:https";
import type { ECRClient } from "@aws-sdk/client-ecr";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { STSClient, STSClientConfig } from "@aws-sdk/client-sts";

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

/**
 * Reads the configuration of the real provider (Pulumi Registry, "AWS: Provider") and checks the
 * credentials as it does, before anything else. Throws its errors.
 */
export async function configure(values: Record<string, string>): Promise<Clients> {
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
    // The real provider looks for an instance's metadata only when it is told to.
    if (values.skipMetadataApiCheck !== "false") {
        process.env.AWS_EC2_METADATA_DISABLED = "true";
    }
    const bundle = text("customCaBundle", "AWS_CA_BUNDLE");
    const httpsAgent = new https.Agent({
        keepAlive: true,
        ...(bundle && { ca: fs.readFileSync(bundle) }),
        ...(flag("insecure") && { rejectUnauthorized: false }),
    });
    const endpoints = Object.assign({}, ...(json<object[]>("endpoints") ?? [])) as Record<
        string,
        string
    >;
    const settings = (service: string, where = region) => ({
        region: where,
        requestHandler: { httpsAgent },
        ...(values.maxRetries && { maxAttempts: Number(values.maxRetries) + 1 }),
        ...(endpoints[service] && { endpoint: endpoints[service] }),
    });

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
            : (await providers()).fromNodeProviderChain(files);
    const roles =
        json<{ roleArn: string; sessionName?: string; externalId?: string }[]>("assumeRoles");
    for (const role of roles ?? []) {
        credentials = (await providers()).fromTemporaryCredentials({
            masterCredentials: credentials,
            params: {
                RoleArn: role.roleArn,
                RoleSessionName: role.sessionName ?? `pulumi-${Date.now()}`,
                ...(role.externalId && { ExternalId: role.externalId }),
            },
            clientConfig: settings("sts"),
        });
    }

    const { STSClient, GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
    const sts: STSClient = new STSClient({ ...settings("sts"), credentials });
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
