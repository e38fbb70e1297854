import type { Collection, Journal } from "../journal";
import { matchesWildcards, type ResourcePolicy } from "./policy";
import { AwsError } from "./protocol";
import { partitionOf } from "./partitions";
import type { Registry } from "../ociRegistry";

/** A manifest that was pushed. Times are milliseconds since 1970. */
export interface Image {
    digest: string;
    tags: string[];
    /** Bytes of the configuration and the layers. */
    size: number;
    mediaType: string;
    /** Its artifactType, or else the media type of its configuration. */
    artifactMediaType?: string;
    manifestSize: number;
    /** Digests of the configuration and the layers. */
    blobs: string[];
    /** Digests of the manifests that an index lists. */
    manifests: string[];
    /** Digest of the manifest that this one refers to. */
    subject?: string;
    annotations?: Record<string, string>;
    pushedAt: number;
    pulledAt?: number;
}

/** A filter of tags that are an exception to the repository's mutability. */
export interface ExclusionFilter {
    filterType: string;
    filter: string;
}

export interface Repository {
    name: string;
    createdAt: number;
    tagMutability: string;
    exclusionFilters: ExclusionFilter[];
    scanOnPush: boolean;
    encryption: { encryptionType: string; kmsKey?: string };
    tags: Record<string, string>;
    policy?: string;
    lifecycle?: string;
    /** By digest. */
    images: Record<string, Image>;
}

/** Pattern and length of a repository's name (ECR API Reference, CreateRepository). */
export const NAME_PATTERN = "(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*";

/** The account's private registry: what the control plane describes and the data plane changes. */
export class Repositories {
    readonly all: Collection<Repository>;
    /** Account id. */
    readonly registryId: string;
    readonly region: string;

    constructor(
        journal: Journal,
        private readonly registry: Registry,
        {
            accountId,
            region,
            collection,
        }: { accountId: string; region: string; collection: string },
    ) {
        this.all = journal.collection(collection);
        this.registryId = accountId;
        this.region = region;
    }

    /** Throws RepositoryNotFoundException. */
    get(name: string, registryId = this.registryId): Repository {
        const repository = registryId === this.registryId ? this.all.get(name) : undefined;
        if (!repository) {
            throw new AwsError(
                "RepositoryNotFoundException",
                `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
            );
        }
        return repository;
    }

    /** A new one with ECR's defaults but for `settings`. */
    create(name: string, createdAt: number, settings: Partial<Repository> = {}): Repository {
        return this.all.put(name, {
            name,
            createdAt,
            tagMutability: "MUTABLE",
            exclusionFilters: [],
            scanOnPush: false,
            encryption: { encryptionType: "AES256" },
            tags: {},
            images: {},
            ...settings,
        });
    }

    arn(name: string): string {
        return `arn:${partitionOf(this.region)?.id}:ecr:${this.region}:${this.registryId}:repository/${name}`;
    }

    /** The policy that the repository's owner has set on it, as `authorize` takes it. */
    policy(name: string): ResourcePolicy {
        const document = this.all.get(name)?.policy;
        return { kind: "repository", accountId: this.registryId, document };
    }

    byTag(repository: Repository, tag: string): Image | undefined {
        return Object.values(repository.images).find(({ tags }) => tags.includes(tag));
    }

    /** Deletes manifest and blobs that nothing else in the repository uses, also in the registry. */
    async removeImage(repository: Repository, digest: string): Promise<void> {
        const image = repository.images[digest]!;
        const kept = Object.values(repository.images).filter((candidate) => candidate !== image);
        const used = new Set(kept.flatMap(({ blobs }) => blobs));
        delete repository.images[digest];
        this.all.put(repository.name, repository);
        await this.registry.remove(`/v2/${repository.name}/manifests/${digest}`);
        for (const blob of image.blobs.filter((candidate) => !used.has(candidate))) {
            await this.registry.remove(`/v2/${repository.name}/blobs/${blob}`);
        }
    }

    async removeRepository(repository: Repository): Promise<void> {
        this.all.delete(repository.name);
        await this.registry.removeRepository(repository.name);
    }

    /** The manifest's own bytes. */
    async manifest(repository: Repository, image: Image): Promise<string> {
        const path = `/v2/${repository.name}/manifests/${image.digest}`;
        const answer = await this.registry.fetch(path, { headers: { accept: image.mediaType } });
        return answer.text();
    }

    /** Size of a blob in bytes; `undefined` when the repository has no such blob. */
    async blobSize(repository: Repository, digest: string): Promise<number | undefined> {
        const path = `/v2/${repository.name}/blobs/${digest}`;
        const answer = await this.registry.fetch(path, { method: "HEAD" });
        return answer.ok ? Number(answer.headers.get("content-length")) : undefined;
    }
}

/** Whether the repository lets a tag that is there move to another manifest. */
export function isMutable(repository: Repository, tag: string): boolean {
    const excluded = repository.exclusionFilters.some(({ filter }) =>
        matchesWildcards(filter, tag),
    );
    return repository.tagMutability.startsWith("MUTABLE") !== excluded;
}
