import { lazyRegistry } from "../../registry/lazyRegistry";
import type { RepositoryClient } from "../../registry/repository";
import { UNKNOWN_DIGEST } from "../../registry/unknownDigest";
import { differ, isUnknown, surelyDiffer } from "../lifecycle/comparison";
import type { Provider } from "../lifecycle/provider";
import { isOfType, readState, type StackState } from "../lifecycle/pulumiCli";
import { isManaged, noteManaged } from "../lifecycle/runNotes";
import type { PackRepositoryArgs, PackRepositoryInputs } from "./packRepositoryInputs";
import { removeRepository, useRepository } from "./repositoryUse";
import { configuration } from "../api/session";
import { UserError } from "../../pack/userError";

/**
 * What is in a pack's repository: nothing is pushed here, and no repository is made. Each preview and each run looks what is
 * there before anything is pushed, so that what somebody else has deleted comes back, and what somebody else has pushed
 * is distinguished from what an interrupted push of the stack has left. Its end removes what the stack has pushed.
 */
export const packRepository: Required<Provider<PackRepositoryInputs, PackRepositoryInputs>> = {
    async check(olds, news) {
        // Not in diff: the engine asks that of a resource, too, which a destroy with --target is to delete.
        if (!isUnknown([news.registry, news.repository])) {
            noteManaged(placeOf(news));
        }
        const before = samePlace(olds, news) ? olds : undefined;
        const { owner: _owner, ...asked } = news;
        if (isUnknown(asked)) {
            return { inputs: { ...news, ...recorded(before) } as PackRepositoryInputs };
        }
        try {
            const first = await observe(before, news);
            const replaced =
                before === undefined && first.exists ? await recordedOfReplaced(news) : undefined;
            const {
                conflicts,
                exists: _,
                ...found
            } = replaced ? await observe(replaced, news) : first;
            return { inputs: { ...news, ...found }, failures: conflicts.map(asFailure) };
        } catch (error) {
            const { message } = error as Error;
            if (before === undefined || differ(digests(before), digests(news))) {
                return { inputs: news, failures: [asFailure(message)] };
            }
            warn(news, message);
            return { inputs: { ...news, ...recorded(before) } as PackRepositoryInputs };
        }
    },

    async create(inputs) {
        await useRepository(inputs);
        return { id: placeOf(inputs), outs: inputs };
    },

    async read(id, props) {
        const client = await open(props);
        const found = await client.lookUp(Object.keys(props.versions));
        const { arn: _, ...rest } = props;
        const arn = await client.ecr?.arn();
        const published = Object.entries(props.published).filter(([version, digest]) =>
            isDigest(found?.[version], digest),
        );
        const observed = {
            ...rest,
            published: Object.fromEntries(published),
            ...(props.arn !== undefined && arn !== undefined && { arn }),
        };
        await client.close();
        return { id, props: observed, inputs: observed };
    },

    async diff(_id, olds, news) {
        const changed = (key: keyof PackRepositoryInputs) => surelyDiffer(olds[key], news[key]);
        return {
            changes:
                surelyDiffer(digests(olds), digests(news)) ||
                surelyDiffer(olds.owner?.id, news.owner?.id) ||
                SHOWN.some(changed),
            replaces: isUnknown(news.registry) || samePlace(olds, news) ? [] : ["registry"],
        };
    },

    async update(_id, _olds, news) {
        await useRepository(news);
        return { outs: news };
    },

    async delete(_id, props) {
        // What is replaced (--replace, state taint) goes last, and its replacement stands for the same repository.
        if (isManaged(placeOf(props))) {
            return;
        }
        const client = await open(props);
        try {
            await removeRepository(client, props);
        } finally {
            await client.close();
        }
    },
};

/** Inputs of which a change is one of the resource. Where a pack is on this machine is none. */
const SHOWN = [
    "published",
    "images",
    "generation",
    "managed",
    "repositoryGeneration",
    "overwrite",
    "forceDelete",
    "keep",
] as const;

async function open(inputs: PackRepositoryArgs): Promise<RepositoryClient> {
    return lazyRegistry().openRepository(inputs, configuration());
}

/** Of no property: the engine would print the whole value of one before the reason. */
const asFailure = (reason: string) => ({ property: "", reason });

const isDigest = (found: string | undefined, digest: string) =>
    found === digest || found === UNKNOWN_DIGEST;

function digests({ versions }: PackRepositoryArgs): Record<string, string> | string {
    return typeof versions === "string"
        ? versions
        : Object.fromEntries(Object.entries(versions).map(([key, { digest }]) => [key, digest]));
}

const placeOf = ({ registry, repository }: Partial<PackRepositoryArgs>) =>
    `${registry?.host}/${repository}`;

/** Whether it is the same repository, whatever its registry is called in the configuration. */
function samePlace(olds: Partial<PackRepositoryArgs>, news: PackRepositoryArgs): boolean {
    return olds.registry?.kind === news.registry.kind && placeOf(olds) === placeOf(news);
}

/** What an earlier run has found. */
function recorded(before: PackRepositoryInputs | undefined): Partial<PackRepositoryInputs> {
    if (before === undefined) {
        return {};
    }
    const { published, images, generation, managed, repositoryGeneration, arn } = before;
    return {
        published,
        images,
        generation,
        managed,
        repositoryGeneration,
        ...(arn !== undefined && { arn }),
    };
}

type Found = Omit<PackRepositoryInputs, keyof PackRepositoryArgs> & {
    /** Whether the repository is there. */
    exists: boolean;
    conflicts: string[];
};

async function observe(
    before: PackRepositoryInputs | undefined,
    news: PackRepositoryArgs,
): Promise<Found> {
    const client = await open(news);
    try {
        const { exists, published, images, missing, conflicts } =
            await lazyRegistry().observeVersions(client, news.pack, news.versions, {
                before: {
                    wanted: before ? (digests(before) as Record<string, string>) : {},
                    published: before?.published ?? {},
                    images: before?.images ?? [],
                },
                overwrite: news.overwrite,
            });
        const again = missing.length > 0;
        return {
            published,
            images,
            generation: (before?.generation ?? 1) + (before !== undefined && again ? 1 : 0),
            ...(await place(client, exists, before, news)),
            conflicts: [...conflicts, ...pinConflicts(news, published)],
        };
    } finally {
        await client.close();
    }
}

const states = new Map<string, Promise<StackState>>();

/**
 * What the stack's state has of a repository, where the engine does not say: it takes a resource that it is told to replace
 * (`--replace`, `state taint`) for a new one. Without this, all that the stack has pushed would count as somebody else's.
 */
async function recordedOfReplaced(
    news: PackRepositoryArgs,
): Promise<PackRepositoryInputs | undefined> {
    const { stack } = news.owner;
    const state = states.get(stack) ?? readState(stack);
    states.set(stack, state);
    const { resources = [] } = await state.catch((): StackState => ({}));
    return resources
        .filter((resource) => isOfType(resource, "PackRepository"))
        .map(({ inputs }) => inputs as unknown as PackRepositoryInputs)
        .find((inputs) => samePlace(inputs, news));
}

/** A message for each version whose image in the registry is not the one that the configuration promotes. */
function pinConflicts(
    { pack, versions }: PackRepositoryArgs,
    published: Record<string, string>,
): string[] {
    return Object.entries(versions).flatMap(([version, { pinnedDigest, path }]) =>
        pinnedDigest === undefined || published[version] === pinnedDigest
            ? []
            : [
                  `packs[].digest of ${pack} ${version}: the configuration promotes ${pinnedDigest}, and ${path} is ${published[version]}; ` +
                      "take the pack's files from the commit that was published, or set the digest that the stack before this one has in its output packReferences",
              ],
    );
}

/** Whose the repository is. */
async function place(
    { ecr, address }: RepositoryClient,
    exists: boolean,
    before: PackRepositoryInputs | undefined,
    { keep, pack }: PackRepositoryArgs,
): Promise<Pick<Found, "exists" | "managed" | "repositoryGeneration" | "arn">> {
    if (ecr === undefined) {
        return { exists, managed: false, repositoryGeneration: 0 };
    }
    // A pack's is looked up with its versions; the one above them has none.
    const arn = pack === "" ? await ecr.arn() : undefined;
    const isThere = pack === "" ? arn !== undefined : exists;
    if (keep && !isThere) {
        throw new UserError(
            `${address} is not there, and existingRepositories of registries[] says that it is: make it in AWS, or take existingRepositories away`,
        );
    }
    return {
        exists: isThere,
        managed: !keep && (!isThere || (before?.managed ?? false)),
        repositoryGeneration:
            (before?.repositoryGeneration ?? 0) + (before?.managed && !isThere ? 1 : 0),
        ...(arn !== undefined && { arn }),
    };
}

const warned = new Set<string>();

function warn({ registry }: PackRepositoryArgs, message: string): void {
    if (!warned.has(registry.host)) {
        warned.add(registry.host);
        console.log(
            `${registry.host} cannot be asked what it holds, so what was recorded is taken for true: ${message}`,
        );
    }
}
