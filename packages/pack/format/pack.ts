import type { PackFile } from "./packFile";
import type { Layer } from "./schema";

/** A pack whose identity is known. Whether it is a good one is for `checkPack` to say. */
export interface Pack {
    /** Name in pack.json, which is also the last segment of the repository. */
    readonly name: string;
    /** Version in pack.json, which is also the tag. */
    readonly version: string;
    readonly layer: Layer;
    readonly displayName: string;
    /** pack.json as an object. */
    readonly packJson: Readonly<Record<string, unknown>>;
    /** Text of values.yaml. */
    readonly values: string;
    /** Text of presets.yaml, where there is one. */
    readonly presets?: string;
    /** Every file of the pack, in bytewise order of the paths. */
    readonly files: readonly PackFile[];
    readonly source: { readonly kind: "folder" | "archive"; readonly path: string };
    /** Gives back what an opened archive holds; files cannot be read afterwards. */
    close(): void;
}
