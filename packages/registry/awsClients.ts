import type { ECRClient } from "@aws-sdk/client-ecr";
import type { IAMClient } from "@aws-sdk/client-iam";
import { credentialsOf, sharedFiles, type ClientConfig } from "./awsCredentials";
import { readCaBundle } from "./awsFiles";
import type { AwsService, AwsSettings } from "./awsSettings";
import { environmentProxies } from "./noProxy";
import { proxyAgents } from "./proxyAgent";
import { UserError } from "../pack/userError";
import { lazyLibraries } from "./lazyLibraries";

/** Who credentials belong to, as STS says. */
export interface CallerIdentity {
    account: string;
    arn: string;
}

/** How long AWS may take to accept a connection and to answer; each call is tried three times. */
const DEADLINES = { connectionTimeout: 10_000, requestTimeout: 60_000 };

/**
 * A client of ECR that works as the stack's AWS provider does. Its calls end with an Error when AWS does not answer.
 *
 * @throws Error where there is no region, or a file that the settings name cannot be read.
 */
export async function ecrClient(settings: AwsSettings, deadlines = DEADLINES): Promise<ECRClient> {
    // Loaded here: it takes a third of a second, and other registries do not need it.
    const { ECRClient } = lazyLibraries.ecr();
    const { config, credentials } = await resolve(settings, deadlines);
    const client = new ECRClient({ ...config("ecr"), credentials });
    const host = endpointOf(settings, "ecr") ?? `https://api.ecr.${await client.config.region()}`;
    client.middlewareStack.add(
        (next) => (args) =>
            next(args).catch((error: Error) => {
                throw error.name === "TimeoutError" ? noAnswer(host, error) : error;
            }),
        { step: "initialize" },
    );
    return client;
}

/** A client of IAM that works as the stack's AWS provider does. */
export async function iamClient(settings: AwsSettings, deadlines = DEADLINES): Promise<IAMClient> {
    const { IAMClient } = lazyLibraries.iam();
    const { config, credentials } = await resolve(settings, deadlines);
    return new IAMClient({ ...config("iam"), credentials });
}

/** Asks STS whose credentials they are that {@link ecrClient} works with. */
export async function callerIdentity(
    settings: AwsSettings,
    deadlines = DEADLINES,
): Promise<CallerIdentity> {
    const { GetCallerIdentityCommand, STSClient } = lazyLibraries.sts();
    const { config, credentials } = await resolve(settings, deadlines);
    const sts = new STSClient({ ...config("sts"), credentials });
    try {
        const { Account = "", Arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
        return { account: Account, arn: Arn };
    } catch (error) {
        const host = endpointOf(settings, "sts") ?? `https://sts.${await sts.config.region()}`;
        throw (error as Error).name === "TimeoutError" ? noAnswer(host, error as Error) : error;
    } finally {
        sts.destroy();
    }
}

/** The environment that oras reaches ECR with: the proxies of the provider's configuration, where it has such. */
export function proxyEnvironment(settings: AwsSettings): Record<string, string> {
    const { http, https, noProxy } = proxiesOf(settings);
    const configured =
        settings.httpProxy !== undefined ||
        settings.httpsProxy !== undefined ||
        settings.noProxy !== undefined;
    return configured
        ? { HTTP_PROXY: http ?? "", HTTPS_PROXY: https ?? "", NO_PROXY: noProxy ?? "" }
        : {};
}

/** As aws-sdk-go-base does it: the proxy for HTTP serves HTTPS too, where there is no other. */
function proxiesOf({ httpProxy, httpsProxy, noProxy }: AwsSettings) {
    const env = environmentProxies();
    return {
        http: httpProxy ?? env.http,
        https: httpsProxy ?? env.https ?? httpProxy,
        noProxy: noProxy || env.noProxy,
    };
}

async function resolve(settings: AwsSettings, deadlines: typeof DEADLINES) {
    // A notice to the SDK's users that would end up in the display of every run.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
    applyToMetadataService(settings);
    const files = await sharedFiles(settings);
    const env = process.env;
    const region =
        settings.region || env.AWS_REGION || env.AWS_DEFAULT_REGION || files.profile.region;
    if (!region) {
        throw new UserError(
            "there is no AWS region: set it with pulumi config set aws:region <region>, in AWS_REGION, or in the AWS profile",
        );
    }
    const flag = (own: boolean | undefined, ...texts: (string | undefined)[]) =>
        own ?? texts.find((text) => text !== undefined)?.toLowerCase() === "true";
    const fips = flag(
        settings.useFipsEndpoint,
        env.AWS_USE_FIPS_ENDPOINT,
        files.profile.use_fips_endpoint,
    );
    const dualstack = flag(
        settings.useDualstackEndpoint,
        env.AWS_USE_DUALSTACK_ENDPOINT,
        files.profile.use_dualstack_endpoint,
    );
    const attempts =
        settings.maxRetries ?? Number(env.AWS_MAX_ATTEMPTS || files.profile.max_attempts);
    const mode = settings.retryMode || env.AWS_RETRY_MODE || files.profile.retry_mode;
    const ca = readCaBundle(settings);
    const trust = { ...(ca && { ca }), ...(settings.insecure && { rejectUnauthorized: false }) };
    const requestHandler = {
        ...deadlines,
        // Otherwise the SDK only logs that the time is over.
        throwOnRequestTimeout: true,
        ...(await proxyAgents(trust, proxiesOf(settings))),
    };
    const config = (service: AwsService): ClientConfig => {
        const endpoint = endpointOf(settings, service);
        return {
            region: (service === "sts" && settings.stsRegion) || region,
            requestHandler,
            // An address of the user's own has no such variants.
            useFipsEndpoint: fips && endpoint === undefined,
            useDualstackEndpoint: dualstack && endpoint === undefined,
            ...(endpoint && { endpoint }),
            ...(attempts > 0 && { maxAttempts: attempts }),
            ...(mode && { retryMode: mode }),
            ...(settings.userAgents?.length && { customUserAgent: settings.userAgents.join(" ") }),
        };
    };
    return { config, credentials: await credentialsOf(settings, files, config) };
}

/** The SDK takes these from the environment alone. */
function applyToMetadataService(settings: AwsSettings): void {
    const {
        skipMetadataApiCheck,
        ec2MetadataServiceEndpoint,
        ec2MetadataServiceEndpointMode: mode,
    } = settings;
    if (skipMetadataApiCheck !== undefined) {
        process.env.AWS_EC2_METADATA_DISABLED = String(skipMetadataApiCheck);
    }
    if (ec2MetadataServiceEndpoint) {
        process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = ec2MetadataServiceEndpoint;
    }
    if (mode) {
        process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE = mode;
    }
}

function endpointOf({ endpoints }: AwsSettings, service: AwsService): string | undefined {
    return endpoints?.map((endpoint) => endpoint[service]).find((url) => url);
}

function noAnswer(url: string, { message }: Error): Error {
    return new UserError(
        `AWS (${new URL(url).host}, or STS for its credentials) does not answer in time: ${message}; ` +
            "check aws:region, aws:endpoints and the network (HTTPS_PROXY, NO_PROXY), then run the command again",
    );
}
