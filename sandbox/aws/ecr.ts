import { randomUUID } from "node:crypto";
import {
    checkRepositoryName,
    invalid,
    lifecyclePolicy,
    mergeTags,
    mutability,
    nameOf,
    oneOf,
    page,
    required,
    type ImageId,
    type Input,
} from "./ecrInput";
import type { Identities } from "./identities";
import { authorize, checkPolicy, type Identity } from "./policy";
import { AwsError } from "./protocol";
import { partitionOf } from "./partitions";
import type { Image, Repositories, Repository } from "./repositories";
import type { Tokens } from "./tokens";

/** Performs operations of ECR's control plane; answers `undefined` to one that is not known here. */
export function ecrOperations(
    repositories: Repositories,
    tokens: Tokens,
    identities: Identities,
    /** `host:port` of the data plane. */
    host: string,
) {
    const { registryId, region } = repositories;

    const summary = (repository: Repository) => ({
        repositoryArn: repositories.arn(repository.name),
        registryId,
        repositoryName: repository.name,
        repositoryUri: `${host}/${repository.name}`,
        createdAt: Math.floor(repository.createdAt / 1000),
        imageTagMutability: repository.tagMutability,
    });
    const describe = (repository: Repository) => ({
        ...summary(repository),
        ...(repository.exclusionFilters.length > 0 && {
            imageTagMutabilityExclusionFilters: repository.exclusionFilters,
        }),
        imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
        encryptionConfiguration: repository.encryption,
    });
    const about = (repository: Repository) => ({ registryId, repositoryName: repository.name });
    const get = (input: Input) => repositories.get(input.repositoryName, input.registryId);
    const byArn = ({ resourceArn }: Input) => repositories.get(nameOf(resourceArn));
    const save = (repository: Repository) => repositories.all.put(repository.name, repository);

    const imageOf = (repository: Repository, id: ImageId): Image | undefined => {
        const image = id.imageDigest
            ? repository.images[id.imageDigest]
            : repositories.byTag(repository, id.imageTag ?? "");
        return image && (!id.imageTag || image.tags.includes(id.imageTag)) ? image : undefined;
    };
    const failure = (imageId: ImageId) => ({
        imageId,
        failureCode: "ImageNotFound",
        failureReason: "Requested image not found",
    });
    const filtered = (repository: Repository, { filter }: Input): Image[] =>
        Object.values(repository.images).filter(
            ({ tags }) =>
                filter?.tagStatus === undefined ||
                filter.tagStatus === "ANY" ||
                (filter.tagStatus === "TAGGED") === tags.length > 0,
        );

    const operations: Record<string, (input: Input, caller: Identity) => object> = {
        CreateRepository(input) {
            const { repositoryName: name, encryptionConfiguration } = input;
            if (repositories.all.has(name)) {
                throw new AwsError(
                    "RepositoryAlreadyExistsException",
                    `The repository with name '${name}' already exists in the registry with id '${registryId}'`,
                );
            }
            const encryptionType = encryptionConfiguration?.encryptionType ?? "AES256";
            oneOf("encryptionConfiguration.encryptionType", encryptionType, [
                "AES256",
                "KMS",
                "KMS_DSSE",
            ]);
            const kmsKey =
                encryptionConfiguration?.kmsKey ??
                `arn:${partitionOf(region)?.id}:kms:${region}:${registryId}:key/${randomUUID()}`;
            const made = repositories.create(name, identities.now(), {
                ...mutability(input),
                scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
                encryption:
                    encryptionType === "AES256" ? { encryptionType } : { encryptionType, kmsKey },
                tags: mergeTags({}, input),
            });
            return { repository: describe(made) };
        },
        DescribeRepositories(input) {
            const listed = input.repositoryNames
                ? input.repositoryNames.map((name) => repositories.get(name, input.registryId))
                : repositories.all.values();
            const { items, nextToken } = page(listed, input, ({ name }) => name);
            return { repositories: items.map(describe), nextToken };
        },
        async DeleteRepository(input) {
            const leaving = get(input);
            if (!input.force && Object.keys(leaving.images).length > 0) {
                throw new AwsError(
                    "RepositoryNotEmptyException",
                    `The repository with name '${leaving.name}' in registry with id '${registryId}' cannot be deleted because it still contains images`,
                );
            }
            await repositories.removeRepository(leaving);
            return { repository: summary(leaving) };
        },
        PutImageTagMutability(input) {
            const changed = save(Object.assign(get(input), mutability(input)));
            const { imageTagMutability, imageTagMutabilityExclusionFilters } = describe(changed);
            return { ...about(changed), imageTagMutability, imageTagMutabilityExclusionFilters };
        },
        PutImageScanningConfiguration(input) {
            const changed = get(input);
            changed.scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false;
            const { imageScanningConfiguration } = describe(save(changed));
            return { ...about(changed), imageScanningConfiguration };
        },
        TagResource(input) {
            const changed = byArn(input);
            changed.tags = mergeTags(changed.tags, input);
            save(changed);
            return {};
        },
        UntagResource(input) {
            const changed = byArn(input);
            required(input, "tagKeys").forEach((key) => delete changed.tags[key]);
            save(changed);
            return {};
        },
        ListTagsForResource: (input) => ({
            tags: Object.entries(byArn(input).tags).map(([Key, Value]) => ({ Key, Value })),
        }),

        DescribeImages(input) {
            const repository = get(input);
            const found = input.imageIds?.map((id) => {
                const image = imageOf(repository, id);
                if (!image) {
                    const text = `{imageDigest:'${id.imageDigest ?? "null"}', imageTag:'${id.imageTag ?? "null"}'}`;
                    throw new AwsError(
                        "ImageNotFoundException",
                        `The image with imageId ${text} does not exist within the repository with name '${repository.name}' in the registry with id '${registryId}'`,
                    );
                }
                return image;
            });
            const images = [...new Set(found ?? filtered(repository, input))];
            const { items, nextToken } = page(images, input, ({ digest }) => digest);
            const imageDetails = items.map((image) => ({
                ...about(repository),
                imageDigest: image.digest,
                ...(image.tags.length > 0 && { imageTags: image.tags }),
                imageSizeInBytes: image.size,
                imagePushedAt: Math.floor(image.pushedAt / 1000),
                imageManifestMediaType: image.mediaType,
                artifactMediaType: image.artifactMediaType,
                ...(image.pulledAt && { lastRecordedPullTime: image.pulledAt / 1000 }),
            }));
            return { imageDetails, nextToken };
        },
        ListImages(input) {
            const ids = filtered(get(input), input).flatMap(({ digest, tags }): ImageId[] =>
                tags.length > 0
                    ? tags.map((imageTag) => ({ imageDigest: digest, imageTag }))
                    : [{ imageDigest: digest }],
            );
            const { items, nextToken } = page(
                ids,
                input,
                (id) => `${id.imageDigest} ${id.imageTag}`,
            );
            return { imageIds: items, nextToken };
        },
        async BatchGetImage(input) {
            const repository = get(input);
            const images = [];
            const failures = [];
            for (const id of required(input, "imageIds")) {
                const image = imageOf(repository, id);
                if (!image) {
                    failures.push(failure(id));
                    continue;
                }
                images.push({
                    ...about(repository),
                    imageId: { ...id, imageDigest: image.digest },
                    imageManifest: await repositories.manifest(repository, image),
                    imageManifestMediaType: image.mediaType,
                });
            }
            return { images, failures };
        },
        async BatchDeleteImage(input) {
            const repository = get(input);
            const imageIds = [];
            const failures = [];
            for (const id of required(input, "imageIds")) {
                const image = imageOf(repository, id);
                const lists = Object.values(repository.images).filter(
                    ({ manifests }) => image && manifests.includes(image.digest),
                );
                if (!image) {
                    failures.push(failure(id));
                } else if (id.imageTag && image.tags.length > 1) {
                    image.tags = image.tags.filter((tag) => tag !== id.imageTag);
                    save(repository);
                    imageIds.push({ imageDigest: image.digest, imageTag: id.imageTag });
                } else if (lists.length > 0) {
                    failures.push({
                        imageId: id,
                        failureCode: "ImageReferencedByManifestList",
                        failureReason: `Requested image referenced by manifest list: [${lists.map(({ digest }) => digest).join(", ")}]`,
                    });
                } else {
                    await repositories.removeImage(repository, image.digest);
                    const tags = image.tags.length > 0 ? image.tags : [undefined];
                    tags.forEach((imageTag) =>
                        imageIds.push({ imageDigest: image.digest, imageTag }),
                    );
                }
            }
            return { imageIds, failures };
        },
        async BatchCheckLayerAvailability(input) {
            const repository = get(input);
            const layers = [];
            const failures = [];
            for (const layerDigest of required(input, "layerDigests")) {
                if (!/^sha256:[0-9a-f]{64}$/.test(layerDigest)) {
                    failures.push({
                        layerDigest,
                        failureCode: "InvalidLayerDigest",
                        failureReason: "Invalid layer digest",
                    });
                    continue;
                }
                const layerSize = await repositories.blobSize(repository, layerDigest);
                const layerAvailability = layerSize === undefined ? "UNAVAILABLE" : "AVAILABLE";
                layers.push({ layerDigest, layerAvailability, layerSize });
            }
            return { layers, failures };
        },

        GetAuthorizationToken(_input, caller) {
            const { password, expires } = tokens.issue(caller);
            const authorizationData = {
                authorizationToken: Buffer.from(`AWS:${password}`).toString("base64"),
                expiresAt: expires / 1000,
                proxyEndpoint: `https://${host}`,
            };
            return { authorizationData: [authorizationData] };
        },
        DescribeRegistry: () => ({ registryId, replicationConfiguration: { rules: [] } }),

        PutLifecyclePolicy(input) {
            const changed = get(input);
            changed.lifecycle = lifecyclePolicy(required(input, "lifecyclePolicyText"));
            save(changed);
            return { ...about(changed), lifecyclePolicyText: changed.lifecycle };
        },
        GetLifecyclePolicy: (input) => ({
            ...about(get(input)),
            lifecyclePolicyText: policyOf(get(input), "lifecycle"),
        }),
        DeleteLifecyclePolicy(input) {
            const { lifecycle, ...rest } = get(input);
            policyOf({ ...rest, ...(lifecycle && { lifecycle }) }, "lifecycle");
            save(rest);
            return { ...about(rest), lifecyclePolicyText: lifecycle };
        },
        SetRepositoryPolicy(input) {
            const changed = get(input);
            try {
                checkPolicy(required(input, "policyText"), "repository", partitionOf(region)?.id);
            } catch {
                throw invalid("PolicyText", "Invalid repository policy provided");
            }
            changed.policy = input.policyText;
            save(changed);
            return { ...about(changed), policyText: changed.policy };
        },
        GetRepositoryPolicy: (input) => ({
            ...about(get(input)),
            policyText: policyOf(get(input), "policy"),
        }),
        DeleteRepositoryPolicy(input) {
            const { policy, ...rest } = get(input);
            policyOf({ ...rest, ...(policy && { policy }) }, "policy");
            save(rest);
            return { ...about(rest), policyText: policy };
        },
    };

    const policyOf = (repository: Repository, kind: "policy" | "lifecycle"): string => {
        const text = repository[kind];
        if (text === undefined) {
            const [code, words] =
                kind === "policy"
                    ? ["RepositoryPolicyNotFoundException", "Repository policy"]
                    : ["LifecyclePolicyNotFoundException", "Lifecycle policy"];
            throw new AwsError(
                code!,
                `${words} does not exist for the repository with name '${repository.name}' in the registry with id '${registryId}'`,
            );
        }
        return text;
    };

    const act = (operation: string, caller: Identity, input: Input) => {
        const perform = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
        if (!perform) {
            return undefined;
        }
        const action = `ecr:${operation}`;
        if (operation === "GetAuthorizationToken" || operation === "DescribeRegistry") {
            authorize(caller, { action, resource: "*" });
            return perform(input, caller);
        }
        const byName = operation === "DescribeRepositories";
        const byResource = /^(Tag|Untag|ListTagsFor)Resource$/.test(operation);
        const names = byName
            ? (input.repositoryNames ?? ["*"])
            : [byResource ? nameOf(input.resourceArn) : input.repositoryName];
        for (const name of names) {
            if (name !== "*") {
                checkRepositoryName(name);
            }
            const resource = repositories.arn(name);
            authorize(caller, { action, resource }, repositories.policy(name));
            if (operation === "CreateRepository" && input.tags?.length) {
                authorize(caller, { action: "ecr:TagResource", resource });
            }
        }
        return perform(input, caller);
    };
    return Object.assign(act, { names: Object.keys(operations) });
}
