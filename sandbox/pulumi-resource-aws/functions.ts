import { type Clients, explain } from "./configuration";
import type { Properties } from "./values";

/** Names of regions (AWS General Reference, "Regional endpoints"). */
const regions: Record<string, string> = {
    "af-south-1": "Africa (Cape Town)",
    "ap-east-1": "Asia Pacific (Hong Kong)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ca-central-1": "Canada (Central)",
    "eu-central-1": "Europe (Frankfurt)",
    "eu-north-1": "Europe (Stockholm)",
    "eu-south-1": "Europe (Milan)",
    "eu-west-1": "Europe (Ireland)",
    "eu-west-2": "Europe (London)",
    "eu-west-3": "Europe (Paris)",
    "me-south-1": "Middle East (Bahrain)",
    "sa-east-1": "South America (Sao Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
    "us-gov-east-1": "AWS GovCloud (US-East)",
    "us-gov-west-1": "AWS GovCloud (US-West)",
    "cn-north-1": "China (Beijing)",
    "cn-northwest-1": "China (Ningxia)",
};

/** Prefixes of regions outside the partition `aws`. */
const partitions = [
    { prefix: "cn-", partition: "aws-cn", dnsSuffix: "amazonaws.com.cn" },
    { prefix: "us-gov-", partition: "aws-us-gov", dnsSuffix: "amazonaws.com" },
    { prefix: "", partition: "aws", dnsSuffix: "amazonaws.com" },
];

const partitionOf = (region: string) => partitions.find(({ prefix }) => region.startsWith(prefix))!;

/** The functions by their tokens. */
export const functions: Record<
    string,
    (args: Properties, clients: Clients) => Properties | Promise<Properties>
> = {
    async "aws:index/getCallerIdentity:getCallerIdentity"(_args, clients) {
        const caller = await clients.caller();
        return { ...caller, id: caller.accountId };
    },
    "aws:index/getRegion:getRegion"(args, clients) {
        const region = (args.region ?? args.name ?? clients.region) as string;
        const { dnsSuffix } = partitionOf(region);
        const description = regions[region];
        if (description === undefined) {
            throw new Error(`region not found for name "${region}"`);
        }
        const endpoint = `ec2.${region}.${dnsSuffix}`;
        return { description, endpoint, id: region, name: region, region };
    },
    // terraform-provider-aws, `internal/service/ecr/repository_data_source.go`.
    "aws:ecr/getRepository:getRepository": getRepository,
    // `ecr/repositories_data_source.go`.
    async "aws:ecr/getRepositories:getRepositories"(args, clients) {
        const sdk = await import("@aws-sdk/client-ecr");
        const region = (args.region as string | undefined) ?? clients.region;
        const client = await clients.ecr(region);
        const names: string[] = [];
        let nextToken: string | undefined;
        do {
            const page = await client
                .send(new sdk.DescribeRepositoriesCommand({ nextToken }))
                .catch((error: unknown) => {
                    throw new Error(
                        `reading ECR Repositories: ${explain(error, "ECR", "DescribeRepositories")}`,
                    );
                });
            names.push(
                ...(page.repositories ?? []).map((repository) => repository.repositoryName!),
            );
            nextToken = page.nextToken;
        } while (nextToken);
        return { id: region, names, region };
    },
    // `ecr/authorization_token_data_source.go`.
    async "aws:ecr/getAuthorizationToken:getAuthorizationToken"(args, clients) {
        const sdk = await import("@aws-sdk/client-ecr");
        const region = (args.region as string | undefined) ?? clients.region;
        const client = await clients.ecr(region);
        const { authorizationData } = await client
            .send(new sdk.GetAuthorizationTokenCommand({}))
            .catch((error: unknown) => {
                throw new Error(
                    `reading ECR Authorization Token: ${explain(error, "ECR", "GetAuthorizationToken")}`,
                );
            });
        const { authorizationToken = "", expiresAt, proxyEndpoint } = authorizationData![0]!;
        const [userName, password] = Buffer.from(authorizationToken, "base64")
            .toString()
            .split(":");
        return {
            authorizationToken,
            expiresAt: expiresAt!.toISOString().replace(/\.\d+Z$/, "Z"),
            id: region,
            password,
            proxyEndpoint,
            region,
            ...(args.registryId !== undefined && { registryId: args.registryId }),
            userName,
        };
    },
    "aws:index/getPartition:getPartition"(_args, clients) {
        const { partition, dnsSuffix } = partitionOf(clients.region);
        const reverseDnsPrefix = dnsSuffix.split(".").reverse().join(".");
        return { partition, dnsSuffix, id: partition, reverseDnsPrefix };
    },
};

async function getRepository(args: Properties, clients: Clients): Promise<Properties> {
    const stray = Object.keys(args).find(
        (key) => !["name", "region", "registryId", "tags"].includes(key),
    );
    if (stray !== undefined) {
        throw new Error(`An argument named "${stray}" is not expected here`);
    }
    const { name, registryId } = args as { name?: string; registryId?: string };
    if (!name) {
        throw new Error('The argument "name" is required, but no definition was found.');
    }
    const sdk = await import("@aws-sdk/client-ecr");
    const ecr = await clients.ecr(args.region as string | undefined);
    const failed = (operation: string) => (error: unknown) => {
        throw new Error(`reading ECR Repository (${name}): ${explain(error, "ECR", operation)}`);
    };
    const { repositories } = await ecr
        .send(new sdk.DescribeRepositoriesCommand({ repositoryNames: [name], registryId }))
        .catch(failed("DescribeRepositories"));
    const repository = repositories![0]!;
    const { tags = [] } = await ecr
        .send(new sdk.ListTagsForResourceCommand({ resourceArn: repository.repositoryArn }))
        .catch(failed("ListTagsForResource"));
    const { imageDetails = [] } = await ecr
        .send(new sdk.DescribeImagesCommand({ repositoryName: name, registryId }))
        .catch(failed("DescribeImages"));
    const [newest] = imageDetails.sort(
        (a, b) => (b.imagePushedAt?.getTime() ?? 0) - (a.imagePushedAt?.getTime() ?? 0),
    );
    const { encryptionType, kmsKey = "" } = repository.encryptionConfiguration ?? {};
    return {
        arn: repository.repositoryArn,
        encryptionConfigurations: [{ encryptionType, kmsKey }],
        id: name,
        imageScanningConfigurations: [
            { scanOnPush: repository.imageScanningConfiguration?.scanOnPush ?? false },
        ],
        imageTagMutability: repository.imageTagMutability,
        imageTagMutabilityExclusionFilters: repository.imageTagMutabilityExclusionFilters ?? [],
        mostRecentImageTags: newest?.imageTags ?? [],
        name,
        region: args.region ?? clients.region,
        registryId: repository.registryId,
        repositoryUrl: repository.repositoryUri,
        tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
    };
}
