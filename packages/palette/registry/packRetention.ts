import type { RegistryAccess } from "../../registry/access";
import { prunable, type Image } from "../../registry/history";
import { lazyRegistry } from "../../registry/lazyRegistry";
import { otherStacks } from "../../registry/repositoryTags";
import { surelyDiffer } from "../lifecycle/comparison";
import type { Provider } from "../lifecycle/provider";
import { configuration } from "../api/session";

/** Which versions of a pack stay in a repository. */
export interface PackRetentionInputs {
    registry: RegistryAccess;
    /** Path of the repository in the registry. */
    repository: string;
    /** Name of the pack. */
    pack: string;
    /** What is in the repository because of the stack, oldest first. */
    images: Image[];
    /** Digests of the wanted versions. */
    current: string[];
    /** `name:version` of every pack that a profile still holds. */
    needed: string[];
    /** How many older versions stay. */
    keepVersions: number;
    /** Owner id of the stack. */
    ownerId: string;
}

/** What is recorded of a retention. */
export interface PackRetentionOutputs extends PackRetentionInputs {
    /** `version@digest` of what the last change has removed. */
    removed: string[];
}

/** Removes unused versions of a pack from its repository. */
export const packRetention: Provider<PackRetentionInputs, PackRetentionOutputs> = {
    async create(inputs) {
        const removed = await prune(inputs);
        return { id: `${inputs.registry.host}/${inputs.repository}`, outs: { ...inputs, removed } };
    },

    // What is in the registry is read by PackRepository.
    async read(id, props) {
        const { removed: _, ...inputs } = props;
        return { id, props, inputs };
    },

    async diff(_id, olds, news) {
        const keys = ["images", "current", "needed", "keepVersions"] as const;
        return { changes: keys.some((key) => surelyDiffer(olds[key], news[key])), replaces: [] };
    },

    async update(_id, _olds, news) {
        return { outs: { ...news, removed: await prune(news) } };
    },

    async delete() {},
};

async function prune(inputs: PackRetentionInputs): Promise<string[]> {
    const { images, pack, current, needed, keepVersions: keep, ownerId: ownerId } = inputs;
    const old = prunable(images, { pack, current, needed, keep });
    if (old.length === 0) {
        return [];
    }
    const client = await lazyRegistry().openRepository(inputs, configuration());
    try {
        const arn = await client.ecr?.arn();
        const users = arn === undefined ? [] : otherStacks(await client.ecr!.tags(arn), ownerId);
        if (client.remove === undefined || users.length > 0) {
            const why =
                client.remove === undefined
                    ? "the spectro CLI cannot delete packs"
                    : `${users.join(", ")} may use them`;
            console.log(`${client.address}: ${old.length} older versions stay: ${why}`);
            return [];
        }
        await client.remove(old.map(({ digest }) => digest));
        const removed = old.map(({ version, digest }) => `${version}@${digest}`);
        console.log(`${client.address}: removed ${removed.join(", ")}`);
        return removed;
    } finally {
        await client.close();
    }
}
