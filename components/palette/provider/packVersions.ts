import type * as pulumi from "@pulumi/pulumi";
import type { RegistryAccess } from "../../registry/access";
import { registryTools } from "../../registry/lazily";
import type { Lookup } from "../../registry/publish";
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
            const { conflicts } = await lookUp(news, asked);
            return { inputs: news, failures: conflicts.map(asFailure) };
        } catch (error) {
            return { inputs: news, failures: [asFailure((error as Error).message)] };
        }
    },

    async create(inputs) {
        const { present: foreign } = await lookUp(inputs, inputs.versions);
        return { id: `${inputs.registry.name}/${inputs.repository}`, outs: { ...inputs, foreign } };
    },

    diff: async (_id, olds, news) => ({
        changes: differ(identity(olds), identity(news)),
        replaces: [],
    }),

    async update(_id, olds, news) {
        const { present } = await lookUp(news, unknownOf(olds, news));
        const digests = Object.values(news.versions).map(({ digest }) => digest);
        const kept = samePlace(olds, news)
            ? olds.foreign.filter((digest) => digests.includes(digest))
            : [];
        return { outs: { ...news, foreign: [...kept, ...present] } };
    },
};

/** Of no property: the engine would print the whole value of one before the reason. */
const asFailure = (reason: string) => ({ property: "", reason });

/** What makes another look necessary. Where a pack lies on this machine does not. */
function identity({ registry, repository, versions, overwrite }: PackVersionsInputs) {
    const digests = Object.entries(versions).map(([version, { digest }]) => [version, digest]);
    return { registry, repository, overwrite, digests: Object.fromEntries(digests) };
}

function samePlace(olds: PackVersionsInputs | undefined, news: PackVersionsInputs): boolean {
    // Not the name that the registry goes by in the configuration. What is new has no properties.
    const place = ({ repository, registry }: Partial<PackVersionsInputs>) =>
        `${registry?.kind} ${registry?.host} ${repository}`;
    return place(olds ?? {}) === place(news);
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

/** Answers of this process, as a check is followed by a create or update that asks the same. */
const answers = new Map<string, Promise<Lookup>>();

function lookUp(
    inputs: PackVersionsInputs,
    versions: PackVersionsInputs["versions"],
): Promise<Lookup> {
    const { registry, repository, stack, overwrite } = inputs;
    const key = JSON.stringify([registry, repository, stack, overwrite, versions]);
    const answer = answers.get(key) ?? askRegistry(inputs, versions);
    answers.set(key, answer);
    return answer;
}

async function askRegistry(
    inputs: PackVersionsInputs,
    versions: PackVersionsInputs["versions"],
): Promise<Lookup> {
    if (Object.keys(versions).length === 0) {
        return { present: [], conflicts: [] };
    }
    const { openRepository, lookUpVersions } = registryTools();
    const repository = await openRepository(inputs);
    try {
        return await lookUpVersions(repository, inputs.pack, versions, inputs.overwrite);
    } finally {
        await repository.close();
    }
}
