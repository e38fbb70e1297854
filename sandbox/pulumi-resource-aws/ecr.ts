import type { ECRClient, Tag } from "@aws-sdk/client-ecr";
import { isJson, isPolicy, normalized, oneOf, samePolicy, type Input } from "./check";
import { explain, type Clients } from "./configuration";
import { ignoring, type ResourceType } from "./resource";
import type { Properties } from "./values";

/** The part of the SDK that this file calls; loaded when it is first needed. */
const sdk = () => import("@aws-sdk/client-ecr");
const string = (terraform: string): Input => ({ type: "string", terraform });

const region: Input = { ...string("region"), replace: true, computed: true };
const failed = (what: string, operation: string) => (error: unknown) => {
    throw new Error(`${what}: ${explain(error, "ECR", operation)}`);
};

interface RepositoryInputs {
    name: string;
    region?: string;
    forceDelete?: boolean;
    imageTagMutability: string;
    imageTagMutabilityExclusionFilters?: { filter: string; filterType: string }[];
    imageScanningConfiguration?: { scanOnPush: boolean };
    encryptionConfigurations?: { encryptionType?: string; kmsKey?: string }[];
    tags?: Record<string, string>;
}

/** aws:ecr/repository:Repository (terraform-provider-aws, `internal/service/ecr/repository.go`). */
export const repository: ResourceType<RepositoryInputs> = {
    inputs: {
        name: { ...string("name"), replace: true },
        region,
        forceDelete: { type: "boolean", terraform: "force_delete" },
        imageTagMutability: {
            ...string("image_tag_mutability"),
            default: "MUTABLE",
            check: oneOf(
                "MUTABLE",
                "IMMUTABLE",
                "IMMUTABLE_WITH_EXCLUSION",
                "MUTABLE_WITH_EXCLUSION",
            ),
        },
        imageTagMutabilityExclusionFilters: {
            type: "list",
            terraform: "image_tag_mutability_exclusion_filter",
            members: {
                filter: { ...string("filter"), required: true },
                filterType: {
                    ...string("filter_type"),
                    required: true,
                    check: oneOf("WILDCARD"),
                },
            },
        },
        imageScanningConfiguration: {
            type: "object",
            terraform: "image_scanning_configuration",
            computed: true,
            members: {
                scanOnPush: { type: "boolean", terraform: "scan_on_push", required: true },
            },
        },
        encryptionConfigurations: {
            type: "list",
            terraform: "encryption_configuration",
            computed: true,
            replace: true,
            members: {
                encryptionType: {
                    ...string("encryption_type"),
                    check: oneOf("AES256", "KMS", "KMS_DSSE"),
                },
                kmsKey: string("kms_key"),
            },
            same: (
                [old]: { encryptionType: string; kmsKey: string }[] = [],
                [value]: { encryptionType?: string; kmsKey?: string }[] = [],
            ) =>
                old?.encryptionType === (value?.encryptionType ?? "AES256") &&
                (value?.kmsKey === undefined || value.kmsKey === old.kmsKey),
        },
        tags: { type: "map", terraform: "tags" },
    },
    outputs: ["arn", "encryptionConfigurations", "registryId", "repositoryUrl"],
    tagged: true,
    autoName: { longest: 256, lowerCase: true },

    async create(inputs, clients, tagsAll) {
        const { CreateRepositoryCommand } = await sdk();
        const ecr = await clients.ecr(inputs.region);
        const encryption = inputs.encryptionConfigurations?.[0];
        const command = new CreateRepositoryCommand({
            repositoryName: inputs.name,
            imageTagMutability: inputs.imageTagMutability as "MUTABLE",
            imageTagMutabilityExclusionFilters: filters(inputs),
            imageScanningConfiguration: inputs.imageScanningConfiguration,
            encryptionConfiguration: encryption && {
                encryptionType: (encryption.encryptionType ?? "AES256") as "AES256",
                kmsKey: encryption.kmsKey,
            },
            tags: Object.keys(tagsAll).length > 0 ? tagList(tagsAll) : undefined,
        });
        await ecr
            .send(command)
            .catch(failed(`creating ECR Repository (${inputs.name})`, "CreateRepository"));
        return inputs.name;
    },

    async read(id, old, clients) {
        const { DescribeRepositoriesCommand, ListTagsForResourceCommand } = await sdk();
        const ecr = await clients.ecr(old.region as string | undefined);
        const found = await ecr
            .send(new DescribeRepositoriesCommand({ repositoryNames: [id] }))
            .catch(ignoring("RepositoryNotFoundException"))
            .catch(failed(`reading ECR Repository (${id})`, "DescribeRepositories"));
        const described = found?.repositories?.[0];
        if (!described) {
            return undefined;
        }
        const { tags = [] } = await ecr
            .send(new ListTagsForResourceCommand({ resourceArn: described.repositoryArn }))
            .catch(failed(`listing tags for ECR Repository (${id})`, "ListTagsForResource"));
        const { encryptionType, kmsKey = "" } = described.encryptionConfiguration ?? {};
        return {
            arn: described.repositoryArn,
            name: described.repositoryName,
            region: (old.region as string | undefined) ?? clients.region,
            registryId: described.registryId,
            repositoryUrl: described.repositoryUri,
            forceDelete: old.forceDelete,
            imageTagMutability: described.imageTagMutability,
            imageTagMutabilityExclusionFilters: described.imageTagMutabilityExclusionFilters,
            imageScanningConfiguration: {
                scanOnPush: described.imageScanningConfiguration?.scanOnPush ?? false,
            },
            encryptionConfigurations: [{ encryptionType, kmsKey }],
            tagsAll: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) as Properties,
        };
    },

    async update(id, old, inputs, changed, clients, tagsAll) {
        const { PutImageTagMutabilityCommand, PutImageScanningConfigurationCommand } = await sdk();
        const ecr = await clients.ecr(inputs.region);
        const updating = `updating ECR Repository (${id})`;
        if (changed.some((key) => key.startsWith("imageTagMutability"))) {
            const command = new PutImageTagMutabilityCommand({
                repositoryName: id,
                imageTagMutability: inputs.imageTagMutability as "MUTABLE",
                imageTagMutabilityExclusionFilters: filters(inputs),
            });
            await ecr
                .send(command)
                .catch(
                    failed(`${updating}: setting image tag mutability`, "PutImageTagMutability"),
                );
        }
        if (changed.includes("imageScanningConfiguration")) {
            const command = new PutImageScanningConfigurationCommand({
                repositoryName: id,
                imageScanningConfiguration: inputs.imageScanningConfiguration,
            });
            await ecr
                .send(command)
                .catch(
                    failed(
                        `${updating}: setting image scanning configuration`,
                        "PutImageScanningConfiguration",
                    ),
                );
        }
        await updateTags(ecr, old, tagsAll, updating);
    },

    async delete(id, old, clients) {
        const { DeleteRepositoryCommand } = await sdk();
        const ecr = await clients.ecr(old.region as string | undefined);
        const force = old.forceDelete === true;
        await ecr
            .send(new DeleteRepositoryCommand({ repositoryName: id, force }))
            .catch(ignoring("RepositoryNotFoundException"))
            .catch((error: Error) =>
                failed(
                    error.name === "RepositoryNotEmptyException"
                        ? `ECR Repository (${id}) not empty, consider using force_delete`
                        : `deleting ECR Repository (${id})`,
                    "DeleteRepository",
                )(error),
            );
    },
};

async function updateTags(
    ecr: ECRClient,
    old: Properties,
    tagsAll: Record<string, string>,
    updating: string,
): Promise<void> {
    const { TagResourceCommand, UntagResourceCommand } = await sdk();
    const resourceArn = old.arn as string;
    const before = (old.tagsAll ?? {}) as Record<string, string>;
    const tagKeys = Object.keys(before).filter((key) => !(key in tagsAll));
    const tags = tagList(tagsAll).filter(({ Key, Value }) => before[Key!] !== Value);
    if (tagKeys.length > 0) {
        await ecr
            .send(new UntagResourceCommand({ resourceArn, tagKeys }))
            .catch(failed(`${updating}: updating tags`, "UntagResource"));
    }
    if (tags.length > 0) {
        await ecr
            .send(new TagResourceCommand({ resourceArn, tags }))
            .catch(failed(`${updating}: updating tags`, "TagResource"));
    }
}

const tagList = (tags: Record<string, string>): Tag[] =>
    Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

const filters = ({ imageTagMutabilityExclusionFilters }: RepositoryInputs) =>
    imageTagMutabilityExclusionFilters?.map(({ filter, filterType }) => ({
        filter,
        filterType: filterType as "WILDCARD",
    }));

interface PolicyInputs {
    policy: string;
    repository: string;
    region?: string;
}

/** aws:ecr/lifecyclePolicy:LifecyclePolicy (`internal/service/ecr/lifecycle_policy.go`). */
export const lifecyclePolicy: ResourceType<PolicyInputs> = {
    inputs: {
        policy: {
            ...string("policy"),
            required: true,
            replace: true,
            check: isJson,
            same: samePolicy,
        },
        region,
        repository: { ...string("repository"), required: true, replace: true },
    },
    outputs: ["registryId"],
    // Two of one repository can't stand side by side: the old one's end would end the new one.
    deleteBeforeReplace: true,

    async create(inputs, clients) {
        const { PutLifecyclePolicyCommand } = await sdk();
        const ecr = await clients.ecr(inputs.region);
        const command = new PutLifecyclePolicyCommand({
            repositoryName: inputs.repository,
            lifecyclePolicyText: normalized(inputs.policy),
        });
        const creating = `creating ECR Lifecycle Policy (${inputs.repository})`;
        await ecr.send(command).catch(failed(creating, "PutLifecyclePolicy"));
        return inputs.repository;
    },

    async read(id, old, clients) {
        const { GetLifecyclePolicyCommand } = await sdk();
        const ecr = await clients.ecr(old.region as string | undefined);
        const found = await ecr
            .send(new GetLifecyclePolicyCommand({ repositoryName: id }))
            .catch(ignoring("LifecyclePolicyNotFoundException", "RepositoryNotFoundException"))
            .catch(failed(`reading ECR Lifecycle Policy (${id})`, "GetLifecyclePolicy"));
        return found && policyState(old, clients, found, found.lifecyclePolicyText!);
    },

    async delete(id, old, clients) {
        const { DeleteLifecyclePolicyCommand } = await sdk();
        const ecr = await clients.ecr(old.region as string | undefined);
        await ecr
            .send(new DeleteLifecyclePolicyCommand({ repositoryName: id }))
            .catch(ignoring("LifecyclePolicyNotFoundException", "RepositoryNotFoundException"))
            .catch(failed(`deleting ECR Lifecycle Policy (${id})`, "DeleteLifecyclePolicy"));
    },
};

/** aws:ecr/repositoryPolicy:RepositoryPolicy (`internal/service/ecr/repository_policy.go`). */
export const repositoryPolicy: ResourceType<PolicyInputs> = {
    inputs: {
        policy: { ...string("policy"), required: true, check: isPolicy, same: samePolicy },
        region,
        repository: { ...string("repository"), required: true, replace: true },
    },
    outputs: ["registryId"],
    deleteBeforeReplace: true,

    async create(inputs, clients) {
        await putPolicy(inputs, clients, "creating");
        return inputs.repository;
    },

    async read(id, old, clients) {
        const { GetRepositoryPolicyCommand } = await sdk();
        const ecr = await clients.ecr(old.region as string | undefined);
        const found = await ecr
            .send(new GetRepositoryPolicyCommand({ repositoryName: id }))
            .catch(ignoring("RepositoryPolicyNotFoundException", "RepositoryNotFoundException"))
            .catch(failed(`reading ECR Repository Policy (${id})`, "GetRepositoryPolicy"));
        return found && policyState(old, clients, found, found.policyText!);
    },

    update: (_id, _old, inputs, _changed, clients) => putPolicy(inputs, clients, "updating"),

    async delete(id, old, clients) {
        const { DeleteRepositoryPolicyCommand } = await sdk();
        const ecr = await clients.ecr(old.region as string | undefined);
        await ecr
            .send(new DeleteRepositoryPolicyCommand({ repositoryName: id }))
            .catch(ignoring("RepositoryPolicyNotFoundException", "RepositoryNotFoundException"))
            .catch(failed(`deleting ECR Repository Policy (${id})`, "DeleteRepositoryPolicy"));
    },
};

async function putPolicy(inputs: PolicyInputs, clients: Clients, doing: string): Promise<void> {
    const { SetRepositoryPolicyCommand } = await sdk();
    const ecr = await clients.ecr(inputs.region);
    const command = new SetRepositoryPolicyCommand({
        repositoryName: inputs.repository,
        policyText: normalized(inputs.policy),
    });
    const what = `${doing} ECR Repository Policy (${inputs.repository})`;
    await ecr.send(command).catch(failed(what, "SetRepositoryPolicy"));
}

/** The document that was asked for stays as it was written while the service's means the same. */
function policyState(
    old: Properties,
    clients: Clients,
    found: { registryId?: string; repositoryName?: string },
    text: string,
): Properties {
    const kept = old.policy as string | undefined;
    return {
        policy: normalized(kept !== undefined && samePolicy(kept, text) ? kept : text),
        region: (old.region as string | undefined) ?? clients.region,
        registryId: found.registryId,
        repository: found.repositoryName,
    };
}
