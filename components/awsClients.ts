import { readFileSync } from "node:fs";
import type { ECRClient, ECRClientConfig } from "@aws-sdk/client-ecr";
import {
    expandedPath,
    readCaBundle,
    type AssumedRole,
    type AwsSettings,
    type Session,
    type WebIdentityRole,
} from "./awsSettings";
import { environmentProxies } from "./noProxy";
import { proxyAgents } from "./proxyAgent";

type Credentials = Exclude<ECRClientConfig["credentials"], undefined>;

/** What clients of all services have in common. */
type ClientConfig = Pick<
    ECRClientConfig,
    | "region"
    | "requestHandler"
    | "maxAttempts"
    | "retryMode"
    | "useFipsEndpoint"
    | "useDualstackEndpoint"
    | "customUserAgent"
    | "endpoint"
>;

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
    const { ECRClient } = await import("@aws-sdk/client-ecr");
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

/** Asks STS whose credentials they are that {@link ecrClient} works with. */
export async function callerIdentity(
    settings: AwsSettings,
    deadlines = DEADLINES,
): Promise<CallerIdentity> {
    const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
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
        throw new Error(
            "there is no AWS region: set it with pulumi config set aws:region <region>, in AWS_REGION, or in the AWS profile",
        );
    }
    const flag = (own: boolean | undefined, ...texts: (string | undefined)[]) =>
        own ?? texts.find((one) => one !== undefined)?.toLowerCase() === "true";
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
    const config = (service: "ecr" | "sts" | "sso"): ClientConfig => {
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

/**
 * What the first role is assumed with, in the order of aws-sdk-go-base and the SDK for Go: keys of the configuration, a
 * web identity of the configuration, a profile of the configuration; then keys, a web identity and a profile of the
 * environment. The SDK for JavaScript has another order: it prefers AWS_PROFILE to keys, and profiles to a web identity.
 */
async function credentialsOf(
    settings: AwsSettings,
    files: SharedFiles,
    config: (service: "sts" | "sso") => ClientConfig,
): Promise<Credentials> {
    const { accessKey, secretKey, token, assumeRoleWithWebIdentity: web } = settings;
    const {
        fromEnv,
        fromNodeProviderChain,
        fromTemporaryCredentials,
        fromTokenFile,
        fromWebToken,
    } = await import("@aws-sdk/credential-providers");
    const clientConfig = config("sts");
    let credentials: Credentials;
    if (accessKey && secretKey) {
        credentials = async () => ({
            accessKeyId: accessKey,
            secretAccessKey: secretKey,
            sessionToken: token,
        });
    } else if (web !== undefined) {
        const { RoleArn, RoleSessionName, Policy, PolicyArns, DurationSeconds } = sessionOf(web);
        credentials = fromWebToken({
            roleArn: RoleArn,
            roleSessionName: RoleSessionName,
            policy: Policy,
            policyArns: PolicyArns,
            durationSeconds: DurationSeconds,
            webIdentityToken: tokenOf(web),
            clientConfig,
        });
    } else if (
        !settings.profile &&
        process.env.AWS_ACCESS_KEY_ID &&
        process.env.AWS_SECRET_ACCESS_KEY
    ) {
        credentials = fromEnv();
    } else if (!settings.profile && process.env.AWS_WEB_IDENTITY_TOKEN_FILE) {
        credentials = fromTokenFile({ clientConfig });
    } else {
        const isSso = Boolean(files.profile.sso_session ?? files.profile.sso_start_url);
        credentials = fromNodeProviderChain({
            ...files.paths,
            profile: files.name,
            clientConfig: isSso ? config("sso") : clientConfig,
            // It warns of keys beside a profile, which is the order of the AWS provider.
            logger: SILENT,
        });
    }
    return (settings.assumeRoles ?? []).reduce<Credentials>(
        (masterCredentials, role) =>
            fromTemporaryCredentials({ masterCredentials, params: roleOf(role), clientConfig }),
        credentials,
    );
}

const nothing = () => undefined;
const SILENT = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The parameters of STS that both ways to assume a role have. */
function sessionOf({ roleArn, sessionName, duration, policy, policyArns }: Session) {
    return {
        RoleArn: roleArn ?? "",
        RoleSessionName: sessionName ?? "palette-custom-pack",
        ...(duration && { DurationSeconds: seconds(duration) }),
        ...(policy && { Policy: policy }),
        ...(policyArns?.length && { PolicyArns: policyArns.map((arn) => ({ arn })) }),
    };
}

function roleOf(role: AssumedRole) {
    const { externalId, sourceIdentity, tags, transitiveTagKeys } = role;
    return {
        ...sessionOf(role),
        ...(externalId && { ExternalId: externalId }),
        ...(sourceIdentity && { SourceIdentity: sourceIdentity }),
        ...(tags && { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
        ...(transitiveTagKeys?.length && { TransitiveTagKeys: transitiveTagKeys }),
    };
}

/** @throws Error that names the key where there is no token, or its file cannot be read. */
function tokenOf({ webIdentityToken, webIdentityTokenFile }: WebIdentityRole): string {
    const key = "aws:assumeRoleWithWebIdentity";
    if (webIdentityToken) {
        return webIdentityToken;
    }
    if (!webIdentityTokenFile) {
        throw new Error(`${key}: expected webIdentityToken or webIdentityTokenFile`);
    }
    try {
        return readFileSync(expandedPath(webIdentityTokenFile), "utf8").trim();
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new Error(
            `${key}.webIdentityTokenFile: "${webIdentityTokenFile}" cannot be read (${code})`,
        );
    }
}

const UNITS: Record<string, number> = {
    ns: 1e-9,
    us: 1e-6,
    µs: 1e-6,
    ms: 1e-3,
    s: 1,
    m: 60,
    h: 3600,
};

/** Seconds of a duration as Go writes it (`1h30m`); a number alone is one of seconds. @throws Error for any other text. */
function seconds(duration: string): number {
    if (/^\d+$/.test(duration)) {
        return Number(duration);
    }
    if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(duration)) {
        throw new Error(
            `aws:assumeRoles: the duration "${duration}" is none: expected such as 1h30m`,
        );
    }
    const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
    return Math.round(
        parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit!]!, 0),
    );
}

/** What the SDK's credentials and this file read of the AWS configuration files. */
interface SharedFiles {
    /** Name of the profile. */
    name: string;
    profile: Record<string, string | undefined>;
    paths: { filepath?: string; configFilepath?: string };
}

async function sharedFiles(settings: AwsSettings): Promise<SharedFiles> {
    const { externalDataInterceptor, loadSharedConfigFiles } = await import("@smithy/core/config");
    /** The SDK takes one file of each kind: several become one in memory, of which the last one counts. */
    const oneOf = (key: string, files: string[] | undefined): string | undefined => {
        const all = (files ?? []).map(expandedPath);
        if (all.length < 2) {
            return all[0];
        }
        const name = `${key}: ${all.join(", ")}`;
        externalDataInterceptor.interceptFile(name, all.map(textOf).join("\n"));
        return name;
    };
    const filepath = oneOf("aws:sharedCredentialsFiles", settings.sharedCredentialsFiles);
    const configFilepath = oneOf("aws:sharedConfigFiles", settings.sharedConfigFiles);
    const paths = { ...(filepath && { filepath }), ...(configFilepath && { configFilepath }) };
    const name = settings.profile || process.env.AWS_PROFILE || "default";
    const { configFile, credentialsFile } = await loadSharedConfigFiles(paths);
    return { name, paths, profile: { ...configFile[name], ...credentialsFile[name] } };
}

/** The text of a file; empty where it is not there, as for the AWS provider. */
function textOf(file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return "";
    }
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

function endpointOf(
    { endpoints }: AwsSettings,
    service: "ecr" | "sts" | "sso",
): string | undefined {
    return endpoints?.map((one) => one[service]).find((url) => url);
}

function noAnswer(url: string, { message }: Error): Error {
    return new Error(
        `AWS (${new URL(url).host}, or STS for its credentials) does not answer in time: ${message}; ` +
            "check aws:region, aws:endpoints and the network (HTTPS_PROXY, NO_PROXY), then run the command again",
    );
}
