import { readFileSync } from "node:fs";
import type { ECRClient, ECRClientConfig } from "@aws-sdk/client-ecr";
import { httpsAgent } from "./proxyAgent";
import { readStackConfig, type StackConfig } from "./registry/stackConfig";

/** The configuration of the stack's AWS provider (`aws:*`), as far as ECR needs it. */
export interface AwsSettings {
    region?: string;
    profile?: string;
    accessKey?: string;
    /** Secret. */
    secretKey?: string;
    /** Secret. */
    token?: string;
    /** Each is assumed with the credentials of the one before it. */
    assumeRoles?: { roleArn?: string; externalId?: string; sessionName?: string }[];
    endpoints?: { ecr?: string; sts?: string }[];
    /** PEM file. */
    customCaBundle?: string;
}

/**
 * The `aws:*` configuration of a stack. What it lacks comes from the environment and the AWS configuration files, as for
 * the AWS provider itself.
 */
export function awsSettings({ get, getObject }: StackConfig): AwsSettings {
    type Roles = NonNullable<AwsSettings["assumeRoles"]>;
    const role = getObject<Roles[number]>("aws:assumeRole");
    return {
        region: get("aws:region"),
        profile: get("aws:profile"),
        accessKey: get("aws:accessKey"),
        secretKey: get("aws:secretKey"),
        token: get("aws:token"),
        assumeRoles: getObject<Roles>("aws:assumeRoles") ?? (role && [role]),
        endpoints: getObject("aws:endpoints"),
        customCaBundle: get("aws:customCaBundle"),
    };
}

/** {@link awsSettings} of a stack by its full name. @throws Error when the CLI cannot read the stack's configuration. */
export async function readAwsSettings(stack: string): Promise<AwsSettings> {
    return awsSettings(await readStackConfig(stack));
}

/** How long AWS may take to accept a connection and to answer; each call is tried three times. */
const DEADLINES = { connectionTimeout: 10_000, requestTimeout: 60_000 };

/**
 * A client of ECR that works as the stack's AWS provider does. Its calls end with an Error when AWS does not answer.
 */
export async function ecrClient(settings: AwsSettings, deadlines = DEADLINES): Promise<ECRClient> {
    // A notice to the SDK's users that would end up in the display of every run.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
    // Loaded here: it takes a third of a second, and other registries do not need it.
    const { ECRClient } = await import("@aws-sdk/client-ecr");
    const { fromNodeProviderChain, fromTemporaryCredentials } =
        await import("@aws-sdk/credential-providers");
    const endpoint = (service: "ecr" | "sts") =>
        settings.endpoints?.map((one) => one[service]).find((url) => url);
    const { accessKey, secretKey, token, profile, region, assumeRoles, customCaBundle } = settings;
    const url = endpoint("ecr") ?? `https://api.ecr.${region}.amazonaws.com`;
    const ca = customCaBundle && readFileSync(customCaBundle, "utf8");
    const requestHandler = {
        ...deadlines,
        // Otherwise the SDK only logs that the time is over.
        throwOnRequestTimeout: true,
        httpsAgent: await httpsAgent(new URL(url).host, ca),
    };
    const base: Exclude<ECRClientConfig["credentials"], undefined> =
        accessKey && secretKey
            ? async () => ({
                  accessKeyId: accessKey,
                  secretAccessKey: secretKey,
                  sessionToken: token,
              })
            : fromNodeProviderChain({ profile, clientConfig: { requestHandler } });
    const credentials = (assumeRoles ?? []).reduce(
        (masterCredentials, { roleArn, externalId, sessionName }) =>
            fromTemporaryCredentials({
                masterCredentials,
                params: {
                    RoleArn: roleArn,
                    ExternalId: externalId,
                    RoleSessionName: sessionName ?? "palette-custom-pack",
                },
                clientConfig: { region, endpoint: endpoint("sts"), requestHandler },
            }),
        base,
    );
    const client = new ECRClient({
        region,
        credentials,
        endpoint: endpoint("ecr"),
        requestHandler,
    });
    client.middlewareStack.add(
        (next) => (args) =>
            next(args).catch((error: Error) => {
                throw error.name === "TimeoutError" ? noAnswer(url, error) : error;
            }),
        { step: "initialize" },
    );
    return client;
}

function noAnswer(url: string, { message }: Error): Error {
    return new Error(
        `AWS (${new URL(url).host}, or STS for its credentials) does not answer in time: ${message}; ` +
            "check aws:region, aws:endpoints and the network (HTTPS_PROXY, NO_PROXY), then run the command again",
    );
}
