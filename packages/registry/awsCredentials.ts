import { readFileSync } from "node:fs";
import type { ECRClientConfig } from "@aws-sdk/client-ecr";
import { expandedPath, textOf } from "./awsFiles";
import type { AssumedRole, AwsSettings, Session, WebIdentityRole } from "./awsSettings";
import { UserError } from "../pack/userError";
import { lazyLibraries } from "./lazyLibraries";

type Credentials = Exclude<ECRClientConfig["credentials"], undefined>;

/** What clients of all services have in common. */
export type ClientConfig = Pick<
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

/**
 * What the first role is assumed with, in the order of aws-sdk-go-base and the SDK for Go: keys of the configuration, a
 * web identity of the configuration, a profile of the configuration; then keys, a web identity and a profile of the
 * environment. The SDK for JavaScript has another order: it prefers AWS_PROFILE to keys, and profiles to a web identity.
 */
export async function credentialsOf(
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
    } = lazyLibraries.credentialProviders();
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

const UNITS: Record<string, number> = {
    ns: 1e-9,
    us: 1e-6,
    µs: 1e-6,
    ms: 1e-3,
    s: 1,
    m: 60,
    h: 3600,
};

/** What the SDK's credentials and this file read of the AWS configuration files. */
export interface SharedFiles {
    /** Name of the profile. */
    name: string;
    profile: Record<string, string | undefined>;
    paths: { filepath?: string; configFilepath?: string };
}

/** Reads the files that the settings or the environment name. */
export async function sharedFiles(settings: AwsSettings): Promise<SharedFiles> {
    const { externalDataInterceptor, loadSharedConfigFiles } = lazyLibraries.smithyConfig();
    /** The SDK takes one file of each kind: several become one in memory, of which the last one counts. */
    const oneOf = (key: string, files: string[] | undefined): string | undefined => {
        const expanded = (files ?? []).map(expandedPath);
        if (expanded.length < 2) {
            return expanded[0];
        }
        const name = `${key}: ${expanded.join(", ")}`;
        externalDataInterceptor.interceptFile(name, expanded.map(textOf).join("\n"));
        return name;
    };
    const filepath = oneOf("aws:sharedCredentialsFiles", settings.sharedCredentialsFiles);
    const configFilepath = oneOf("aws:sharedConfigFiles", settings.sharedConfigFiles);
    const paths = { ...(filepath && { filepath }), ...(configFilepath && { configFilepath }) };
    const name = settings.profile || process.env.AWS_PROFILE || "default";
    const { configFile, credentialsFile } = await loadSharedConfigFiles(paths);
    return { name, paths, profile: { ...configFile[name], ...credentialsFile[name] } };
}

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
        throw new UserError(`${key}: expected webIdentityToken or webIdentityTokenFile`);
    }
    try {
        return readFileSync(expandedPath(webIdentityTokenFile), "utf8").trim();
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new UserError(
            `${key}.webIdentityTokenFile: "${webIdentityTokenFile}" cannot be read (${code})`,
        );
    }
}

/** Seconds of a duration as Go writes it (`1h30m`); a number alone is one of seconds. @throws Error for any other text. */
function seconds(duration: string): number {
    if (/^\d+$/.test(duration)) {
        return Number(duration);
    }
    if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(duration)) {
        throw new UserError(
            `aws:assumeRoles: the duration "${duration}" is none: expected such as 1h30m`,
        );
    }
    const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
    return Math.round(
        parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit!]!, 0),
    );
}
