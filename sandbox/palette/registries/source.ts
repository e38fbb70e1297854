import {
    DescribeRepositoriesCommand,
    ECRClient,
    GetAuthorizationTokenCommand,
    ListImagesCommand,
} from "@aws-sdk/client-ecr";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Context } from "../context";
import { assertLoopback, OciClient } from "./oci";
import type { BasicSpec, EcrSpec } from "./registry";

/** A registry as a sync sees it: what lies there and how to pull it, with its own credentials. */
export interface Source {
    /** Names of all repositories. */
    repositories(): Promise<string[]>;
    /** Tags of a repository; the manifest's digest where the list has it. */
    images(repository: string): Promise<{ tag: string; digest?: string }[]>;
    client: OciClient;
    close(): Promise<void>;
}

/** Opens an ECR registry: the role is assumed, a token fetched, and the registry asked with it. */
export async function openEcr(context: Context, spec: EcrSpec): Promise<Source> {
    const url = new URL(`https://${spec.endpoint}`);
    assertLoopback(url);
    const account = spec.credentials ?? {};
    const options = {
        ...awsOptions(context),
        region:
            spec.defaultRegion ||
            regionOf(spec.endpoint) ||
            (await context.aws.regionOf(url.host)) ||
            context.aws.region,
    };
    const until = { abortSignal: context.closing };
    const ecr = new ECRClient({ ...options, credentials: await credentialsOf(context, account) });
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}), until);
    const token = authorizationData?.[0]?.authorizationToken ?? "";
    const [username = "", password = ""] = Buffer.from(token, "base64").toString().split(":");
    const client = new OciClient(context, {
        url,
        credentials: { username, password },
        tls: spec.tls,
    });
    return {
        client,
        async repositories() {
            const names: string[] = [];
            let nextToken: string | undefined;
            do {
                const page = await ecr.send(new DescribeRepositoriesCommand({ nextToken }), until);
                names.push(
                    ...(page.repositories ?? []).map(
                        (repository) => repository.repositoryName ?? "",
                    ),
                );
                nextToken = page.nextToken;
            } while (nextToken);
            return names;
        },
        async images(repositoryName) {
            const images: { tag: string; digest?: string }[] = [];
            let nextToken: string | undefined;
            do {
                const page = await ecr.send(
                    new ListImagesCommand({ repositoryName, nextToken }),
                    until,
                );
                for (const { imageTag, imageDigest } of page.imageIds ?? []) {
                    if (imageTag !== undefined) {
                        images.push({ tag: imageTag, digest: imageDigest });
                    }
                }
                nextToken = page.nextToken;
            } while (nextToken);
            return images;
        },
        async close() {
            ecr.destroy();
            await client.close();
        },
    };
}

/** Opens a basic registry; repositories come from its catalogue. */
export function openBasic(context: Context, spec: BasicSpec): Source {
    const { auth, endpoint, basePath = "" } = spec;
    const client = new OciClient(context, {
        url: new URL(endpoint.replace(/\/$/, "") + basePath.replace(/^(?=[^/])/, "/")),
        credentials:
            auth.type === "basic"
                ? { username: auth.username ?? "", password: auth.password ?? "" }
                : undefined,
        token: auth.type === "token" ? auth.token : undefined,
        tls: auth.tls,
    });
    return {
        client,
        repositories: () => client.repositories(),
        images: async (repository) => (await client.tags(repository)).map((tag) => ({ tag })),
        close: () => client.close(),
    };
}

/** Options of every AWS client that Palette makes: the local AWS, its certificate, few retries. */
export function awsOptions(context: Context): {
    endpoint: string;
    region: string;
    maxAttempts: number;
    useFipsEndpoint: boolean;
    useDualstackEndpoint: boolean;
    requestHandler: object;
} {
    return {
        endpoint: context.aws.endpoint,
        region: context.aws.region,
        maxAttempts: 2,
        // Given here, so that the user's AWS configuration is not read.
        useFipsEndpoint: false,
        useDualstackEndpoint: false,
        requestHandler: {
            httpsAgent: { ca: context.ca.pem },
            connectionTimeout: 5_000,
            requestTimeout: 20_000,
            throwOnRequestTimeout: true,
        },
    };
}

/** The credentials that the account gives: its own, or those of the role that Palette assumes. */
export async function credentialsOf(
    context: Context,
    account: NonNullable<EcrSpec["credentials"]>,
): Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }> {
    switch (account.credentialType ?? "secret") {
        case "secret":
            return {
                accessKeyId: account.accessKey ?? "",
                secretAccessKey: account.secretKey ?? "",
                ...(account.secretToken ? { sessionToken: account.secretToken } : {}),
            };
        case "sts": {
            const sts = new STSClient({
                ...awsOptions(context),
                credentials: context.aws.paletteCredentials,
            });
            const { Credentials } = await sts.send(
                new AssumeRoleCommand({
                    RoleArn: account.sts?.arn,
                    ExternalId: account.sts?.externalId,
                    RoleSessionName: "palette-registry",
                }),
                { abortSignal: context.closing },
            );
            sts.destroy();
            return {
                accessKeyId: Credentials?.AccessKeyId ?? "",
                secretAccessKey: Credentials?.SecretAccessKey ?? "",
                sessionToken: Credentials?.SessionToken ?? "",
            };
        }
        case "pod-identity":
            throw new Error(
                "credentialType pod-identity: this Palette does not run in an EKS cluster",
            );
    }
}

/** `us-east-1` of `<account>.dkr.ecr.us-east-1.<domain>`. */
function regionOf(endpoint: string): string | undefined {
    return /^\d+\.dkr\.ecr\.([\w-]+)\./.exec(endpoint)?.[1];
}
