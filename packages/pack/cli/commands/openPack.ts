import { existsSync } from "node:fs";
import { readPack } from "../../check/readPack";
import type { Pack } from "../../format/pack";
import type { PackRegistry, PulledPack, RegistryOptions } from "../packRegistry";

/** Options of a command that opens packs. */
export interface OpenOptions extends RegistryOptions {
    /** Where references to pushed packs lead; packs are folders and archives only without. */
    registry?: PackRegistry | undefined;
}

/**
 * Opens a pack folder, a pack archive, or a pack in a registry, and lets go of it when `use` ends.
 * A path that is there wins over a reference of the same spelling.
 *
 * @throws Error when there is no usable pack.
 */
export async function withPack<Result>(
    target: string,
    { registry, ...options }: OpenOptions,
    use: (pack: Pack, pulled?: PulledPack) => Promise<Result>,
): Promise<Result> {
    const pulled =
        registry?.isReference(target) && !existsSync(target)
            ? await registry.pull(target, options)
            : undefined;
    try {
        const pack = await readPack(pulled?.archive ?? target);
        try {
            return await use(pack, pulled);
        } finally {
            pack.close();
        }
    } finally {
        await pulled?.remove();
    }
}
