import type { FileChange } from "../../packages/pack/format/diffPacks";
import type { RepositoryClient } from "../../packages/registry/repository";

/** A repository that is but a table, and notes what is done to it. */
export interface MemoryRepository extends RepositoryClient {
    /** Version → digest. */
    readonly tags: Record<string, string>;
    /** `lookup 1.0.0`, `upload 1.0.0`, `remove sha256:…`, in their order. */
    readonly calls: string[];
    /** What a comparison answers; an Error is thrown. */
    changes: FileChange[] | Error;
}

const ADDRESS = "registry.example.com/base/spectro-packs/archive/hello";

export function memoryRepository(tags: Record<string, string> = {}): MemoryRepository {
    const calls: string[] = [];
    return {
        address: ADDRESS,
        tags,
        calls,
        changes: [{ path: "values.yaml", change: "changed" }],
        async lookUp(versions) {
            calls.push(...versions.map((version) => `lookup ${version}`));
            return Object.fromEntries(
                versions
                    .filter((version) => version in tags)
                    .map((version) => [version, tags[version]!]),
            );
        },
        async changesOf() {
            if (this.changes instanceof Error) {
                throw this.changes;
            }
            return this.changes;
        },
        problemOf: async () => undefined,
        async upload(version, { digest }) {
            calls.push(`upload ${version}`);
            tags[version] = digest;
        },
        async remove(digests) {
            calls.push(...digests.map((digest) => `remove ${digest}`));
        },
        close: async () => void calls.push("close"),
    };
}
