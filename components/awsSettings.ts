import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { promisify } from "node:util";
import { ECRClient, type ECRClientConfig } from "@aws-sdk/client-ecr";
import { fromNodeProviderChain, fromTemporaryCredentials } from "@aws-sdk/credential-providers";

/** The configuration of the stack's AWS provider (`aws:*`), as far as ECR needs it. */
export interface AwsSettings {
    region?: string;
    profile?: string;
    accessKey?: string;
    /** Secret. */
    secretKey?: string;
    /** Secret. */
    token?: string;
    assumeRole?: { roleArn?: string; externalId?: string; sessionName?: string };
    endpoints?: { ecr?: string; sts?: string }[];
    /** PEM file. */
    customCaBundle?: string;
}

/**
 * Reads the `aws:*` configuration of a stack with the Pulumi CLI, so that it is the current one and is kept nowhere else.
 * What it lacks comes from the environment and the AWS configuration files, as for the AWS provider itself.
 *
 * @param stack Full name of the stack.
 * @throws Error when the CLI cannot read the stack's configuration.
 */
export async function readAwsSettings(stack: string): Promise<AwsSettings> {
    const { stdout } = await promisify(execFile)("pulumi", [
        ...["config", "--json", "--show-secrets", "--stack", stack, "--non-interactive"],
    ]);
    const config: Record<string, { value?: string; objectValue?: unknown }> = JSON.parse(stdout);
    const get = (key: string) => config[`aws:${key}`]?.value;
    const getObject = (key: string) => {
        const { value, objectValue } = config[`aws:${key}`] ?? {};
        return objectValue ?? (value === undefined ? undefined : JSON.parse(value));
    };
    return {
        region: get("region"),
        profile: get("profile"),
        accessKey: get("accessKey"),
        secretKey: get("secretKey"),
        token: get("token"),
        assumeRole: (getObject("assumeRoles") ?? [])[0] ?? getObject("assumeRole"),
        endpoints: getObject("endpoints"),
        customCaBundle: get("customCaBundle"),
    };
}

/** A client of ECR that works as the stack's AWS provider does. */
export function ecrClient(settings: AwsSettings): ECRClient {
    const endpoint = (service: "ecr" | "sts") =>
        settings.endpoints?.map((one) => one[service]).find((url) => url);
    const requestHandler = settings.customCaBundle
        ? { httpsAgent: new Agent({ ca: readFileSync(settings.customCaBundle) }) }
        : undefined;
    const { accessKey, secretKey, token, profile, region, assumeRole } = settings;
    const base: Exclude<ECRClientConfig["credentials"], undefined> =
        accessKey && secretKey
            ? async () => ({
                  accessKeyId: accessKey,
                  secretAccessKey: secretKey,
                  sessionToken: token,
              })
            : fromNodeProviderChain({ profile });
    const credentials = assumeRole?.roleArn
        ? fromTemporaryCredentials({
              masterCredentials: base,
              params: {
                  RoleArn: assumeRole.roleArn,
                  ExternalId: assumeRole.externalId,
                  RoleSessionName: assumeRole.sessionName ?? "palette-custom-pack",
              },
              clientConfig: { region, endpoint: endpoint("sts"), requestHandler },
          })
        : base;
    return new ECRClient({ region, credentials, endpoint: endpoint("ecr"), requestHandler });
}
