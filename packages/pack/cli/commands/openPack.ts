import { existsSync } from "node:fs";
import { readPack } from "../../check/readPack";
import type { Pack } from "../../format/pack";
import { pullPack, type PulledPack } from "../../oci/pullPack";
import { isPackReference, type RegistryOptions } from "../../oci/reference";

/**
 * Opens a pack folder, a pack archive, or a pack in a registry, and lets go of it when `use` ends.
 * A path that is there wins over a reference of the same spelling.
 *
 * @throws Error when there is no usable pack.
 */
export async function withPack<Result>(
    target: string,
    options: RegistryOptions,
    use: (pack: Pack, pulled?: PulledPack) => Promise<Result>,
): Promise<Result> {
    const pulled =
        isPackReference(target) && !existsSync(target)
            ? await pullPack(target, options)
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
