import type { IncomingMessage } from "node:http";
import type { Collection } from "./journal";
import type { Registry } from "./ociRegistry";

/** A project of Harbor's, and what its administrators have set for it. */
export interface HarborProject {
    name: string;
    /** Bytes that its images may have altogether; absent: no limit. */
    quota?: number;
    /** It is a proxy cache of another registry: nothing can be pushed to it. */
    proxy?: boolean;
    /** An immutability rule for all tags: they can be neither overwritten nor deleted. */
    immutable?: boolean;
}

/** What holds for all of Harbor. */
export interface HarborSystem {
    /** The read-only mode: nothing can be changed. */
    readOnly?: boolean;
}

/** A refusal as Harbor writes it. */
export class HarborRefusal extends Error {
    constructor(
        readonly status: number,
        readonly code: string,
        message: string,
    ) {
        super(message);
    }
}

const denied = (message: string): HarborRefusal => new HarborRefusal(403, "DENIED", message);
const precondition = (message: string): HarborRefusal =>
    new HarborRefusal(412, "PRECONDITION", message);

/** A manifest's reference that is a digest. */
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Harbor's own rules over what the registry behind it would do (goharbor/harbor, `src/server/middleware`:
 * readonly, repoproxy, immutable, quota), with its statuses, codes and words.
 */
export class HarborRules {
    /** Uploads of each project that no manifest names yet: digest to bytes. */
    private readonly uploads = new Map<string, Map<string, number>>();

    constructor(
        private readonly registry: Registry,
        /** `Authorization` that the registry takes. */
        private readonly authorization: string,
        private readonly system: Collection<HarborSystem>,
    ) {}

    /** Throws for a change while Harbor is read-only; it does not ask who calls. */
    checkSystem({ method }: IncomingMessage): void {
        if (!isReading(method) && this.system.get("system")?.readOnly) {
            throw denied("The system is in read only mode. Any modification is prohibited.");
        }
    }

    /** Throws when the project does not let the call through. */
    async check(request: IncomingMessage, url: URL, project: HarborProject): Promise<void> {
        const { method = "" } = request;
        const match = /^\/v2\/(.+?)\/(manifests|blobs\/uploads)\/([^/]*)$/.exec(url.pathname);
        if (!match || isReading(method)) {
            return;
        }
        const [, repository, kind, reference] = match as unknown as [
            string,
            string,
            string,
            string,
        ];
        const putsManifest = kind === "manifests" && method === "PUT";
        if (project.proxy && (putsManifest || method === "POST")) {
            throw denied(`can not push artifact to a proxy project: ${project.name}`);
        }
        if (kind === "manifests" && method === "DELETE" && !DIGEST.test(reference)) {
            const why = "invalid checksum digest format";
            throw new HarborRefusal(400, "UNSUPPORTED", `unsupported digest ${reference}: ${why}`);
        }
        if (project.immutable && kind === "manifests") {
            await this.checkImmutable(method, repository, reference);
        }
        if (project.quota !== undefined && method === "PUT") {
            await this.checkQuota(request, url, project, project.quota);
        }
        if (putsManifest) {
            // What it names is counted as the image's from now on.
            this.uploads.delete(project.name);
        }
    }

    private async checkImmutable(
        method: string,
        repository: string,
        reference: string,
    ): Promise<void> {
        if (method === "PUT" && (await this.digestOf(repository, reference))) {
            const name = repository.slice(repository.indexOf("/") + 1);
            const what = `'${name}:${reference}' configured as immutable`;
            throw precondition(`Failed to process request due to ${what}.`);
        }
        if (method === "DELETE") {
            for (const tag of await this.tags(repository)) {
                if ((await this.digestOf(repository, tag)) === reference) {
                    throw precondition(`the tag ${tag} configured as immutable, cannot be deleted`);
                }
            }
        }
    }

    private async checkQuota(
        request: IncomingMessage,
        url: URL,
        project: HarborProject,
        quota: number,
    ): Promise<void> {
        const size = Number(request.headers["content-length"] ?? 0);
        const uploaded = this.uploads.get(project.name) ?? new Map<string, number>();
        const stored = await this.stored(project.name);
        const added = url.searchParams.get("digest");
        const used = sum(new Map([...stored, ...uploaded]));
        if ((!added || !stored.has(added)) && used + size > quota) {
            throw denied(
                `adding ${display(size)} of storage resource, which when updated to current usage of ${display(used)} will exceed the configured upper limit of ${display(quota)}.`,
            );
        }
        if (added) {
            this.uploads.set(project.name, uploaded.set(added, size));
        }
    }

    /** All blobs and manifests of the project's tagged images: digest to bytes. */
    private async stored(project: string): Promise<Map<string, number>> {
        const sizes = new Map<string, number>();
        const { repositories = [] } = (await this.read("/v2/_catalog?n=1000")) as {
            repositories?: string[];
        };
        for (const repository of repositories.filter((candidate) =>
            candidate.startsWith(`${project}/`),
        )) {
            for (const tag of await this.tags(repository)) {
                const manifest = (await this.read(`/v2/${repository}/manifests/${tag}`)) as {
                    config?: { digest: string; size: number };
                    layers?: { digest: string; size: number }[];
                };
                const blobs = [...(manifest.layers ?? []), manifest.config];
                blobs.forEach((blob) => blob && sizes.set(blob.digest, blob.size));
                sizes.set(`${repository}:${tag}`, JSON.stringify(manifest).length);
            }
        }
        return sizes;
    }

    private async tags(repository: string): Promise<string[]> {
        const { tags } = (await this.read(`/v2/${repository}/tags/list`)) as { tags?: string[] };
        return tags ?? [];
    }

    /** Deletes one image of a repository, or all of them: what somebody else does in Harbor. */
    async remove(repository: string, tag?: string): Promise<void> {
        const tags = tag === undefined ? await this.tags(repository) : [tag];
        const digests = await Promise.all(tags.map((name) => this.digestOf(repository, name)));
        if (digests.length === 0 || digests.includes(undefined)) {
            throw new HarborRefusal(
                404,
                "NOT_FOUND",
                `artifact ${repository}:${tag ?? "*"} not found`,
            );
        }
        for (const imageDigest of new Set(digests)) {
            await this.registry.fetch(`/v2/${repository}/manifests/${imageDigest}`, {
                method: "DELETE",
                headers: { authorization: this.authorization },
            });
        }
    }

    private async digestOf(repository: string, reference: string): Promise<string | undefined> {
        const answer = await this.registry.fetch(`/v2/${repository}/manifests/${reference}`, {
            method: "HEAD",
            headers: { authorization: this.authorization, accept: manifestTypes },
        });
        return answer.ok ? (answer.headers.get("docker-content-digest") ?? undefined) : undefined;
    }

    private async read(path: string): Promise<object> {
        const headers = { authorization: this.authorization, accept: manifestTypes };
        const answer = await this.registry.fetch(path, { headers });
        return answer.ok ? ((await answer.json()) as object) : {};
    }
}

const manifestTypes = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

function isReading(method: string | undefined): boolean {
    return ["GET", "HEAD", "OPTIONS"].includes(method ?? "");
}

function sum(sizes: Map<string, number>): number {
    return [...sizes.values()].reduce((total, size) => total + size, 0);
}

function display(bytes: number): string {
    const units = ["KiB", "MiB", "GiB", "TiB"];
    const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length);
    return power === 0 ? `${bytes} B` : `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}
