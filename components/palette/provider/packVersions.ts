import type * as pulumi from "@pulumi/pulumi";
import type { RegistryAccess } from "../../registry/access";
import type * as publish from "../../registry/publish";
import type { PackRepository } from "../../registry/repository";
import { differ } from "./lifecycle";

export interface PackVersionsInputs {
    registry: RegistryAccess;
    /** Full name of the stack, whose configuration holds the credentials. */
    stack: string;
    /** Path of the repository in the registry. */
    repository: string;
    /** Name of the pack. */
    pack: string;
    /** Version → digest of the manifest it makes, and the pack's folder or archive. */
    versions: Record<string, { digest: string; path: string }>;
    /** Content may change under a published version. */
    overwrite: boolean;
}

export interface PackVersionsOutputs extends PackVersionsInputs {
    /**
     * Digests that were in the registry before this stack pushed anything: somebody else's, which it uses and never
     * removes. Recorded before the push, so that what an interrupted push has left is the stack's own.
     */
    foreign: string[];
}

/**
 * The versions of a pack that shall be in a repository. Nothing is made here: a preview learns whether a version is taken
 * by other content, and a run notes what is there before it pushes. The registry is asked about new versions and digests
 * only.
 */
export const packVersions: Required<
    Pick<
        pulumi.dynamic.ResourceProvider<PackVersionsInputs, PackVersionsOutputs>,
        "check" | "create" | "diff" | "update"
    >
> = {
    async check(olds, news) {
        const asked = unknownOf(olds, news);
        if (news.overwrite || Object.keys(asked).length === 0) {
            return { inputs: news };
        }
        try {
            const reasons = await withRepository(news, (repository, { conflicts }) =>
                conflicts(repository, news.pack, asked),
            );
            return {
                inputs: news,
                failures: reasons.map((reason) => ({ property: "versions", reason })),
            };
        } catch (error) {
            const reason = `${(error as Error).message}; it is asked whether the versions of pack ${news.pack} are free`;
            return { inputs: news, failures: [{ property: "registry", reason }] };
        }
    },

    async create(inputs) {
        const foreign = await presentOf(inputs, inputs.versions);
        return { id: `${inputs.registry.name}/${inputs.repository}`, outs: { ...inputs, foreign } };
    },

    diff: async (_id, olds, news) => ({
        changes: differ(identity(olds), identity(news)),
        replaces: [],
    }),

    async update(_id, olds, news) {
        const found = await presentOf(news, unknownOf(olds, news));
        const digests = Object.values(news.versions).map(({ digest }) => digest);
        const kept = samePlace(olds, news)
            ? olds.foreign.filter((digest) => digests.includes(digest))
            : [];
        return { outs: { ...news, foreign: [...kept, ...found] } };
    },
};

/** What makes another look necessary. Where a pack lies on this machine does not. */
function identity({ registry, repository, versions, overwrite }: PackVersionsInputs) {
    const digests = Object.entries(versions).map(([version, { digest }]) => [version, digest]);
    return { registry, repository, overwrite, digests: Object.fromEntries(digests) };
}

function samePlace(olds: PackVersionsInputs | undefined, news: PackVersionsInputs): boolean {
    return olds?.repository === news.repository && !differ(olds.registry, news.registry);
}

/** The versions that are new or have another digest than before. */
function unknownOf(
    olds: PackVersionsInputs | undefined,
    news: PackVersionsInputs,
): PackVersionsInputs["versions"] {
    const known = samePlace(olds, news) ? olds!.versions : {};
    return Object.fromEntries(
        Object.entries(news.versions).filter(
            ([version, { digest }]) => known[version]?.digest !== digest,
        ),
    );
}

async function presentOf(
    inputs: PackVersionsInputs,
    versions: PackVersionsInputs["versions"],
): Promise<string[]> {
    return Object.keys(versions).length === 0
        ? []
        : withRepository(inputs, (repository, { present }) => present(repository, versions));
}

/** Goes to the registry. The code that does so is loaded on use: hardly any run of the provider needs it. */
async function withRepository<T>(
    inputs: PackVersionsInputs,
    work: (repository: PackRepository, how: typeof publish) => Promise<T>,
): Promise<T> {
    const { openRepository } = await import("../../registry/repository.ts");
    const repository = await openRepository(inputs);
    try {
        return await work(repository, await import("../../registry/publish.ts"));
    } finally {
        await repository.close();
    }
}
