import { readContext, type Reading } from "./context";
import { type Finding } from "../findings/finding";
import type { Pack } from "../format/pack";
import { openSource, type PackSource } from "../format/packSource";
import { readTextOf } from "../format/packFile";
import { identityRules } from "./rules/packJson";
import { valuesPresence } from "./rules/values";
import type { Layer } from "../format/schema";
import { UserError } from "../userError";

/** A pack cannot be used at all; `findings` says why. */
export class InvalidPackError extends UserError {
    constructor(
        path: string,
        readonly findings: readonly Finding[],
    ) {
        super(
            [`${path} is not a usable pack.`, ...findings.map(({ message }) => message)].join("\n"),
        );
    }
}

/**
 * Reads a pack folder or a pack archive.
 *
 * @throws InvalidPackError when files cannot be read, or pack.json or values.yaml is absent, or
 *     pack.json lacks a usable name, displayName, version or layer. `checkPack` has the whole list
 *     of what is wrong.
 */
export async function readPack(path: string): Promise<Pack> {
    const source = await openSource(path);
    try {
        const errors = source.findings.filter(isError);
        if (errors.length > 0) {
            throw new InvalidPackError(path, errors);
        }
        return await packOf(source, path, await readContext(source, "identity"));
    } catch (error) {
        source.close();
        throw error;
    }
}

/**
 * The pack in a source that has been read.
 *
 * @throws InvalidPackError as {@link readPack}.
 */
export async function packOf(
    source: PackSource,
    path: string,
    { context, findings }: Reading,
): Promise<Pack> {
    const errors = findings.filter((found) => found.file === "pack.json" && isError(found));
    for (const check of [...identityRules, valuesPresence]) {
        for await (const found of check(context)) {
            if (isError(found)) {
                errors.push(found);
            }
        }
    }
    const values = context.files.get("values.yaml");
    if (errors.length > 0 || !values) {
        throw new InvalidPackError(path, errors);
    }
    const presets = context.files.get("presets.yaml");
    return {
        name: context.packJson.name as string,
        version: context.packJson.version as string,
        layer: context.packJson.layer as Layer,
        displayName: context.packJson.displayName as string,
        packJson: context.packJson,
        values: await readTextOf(values),
        ...(presets ? { presets: await readTextOf(presets) } : {}),
        files: source.files,
        source: { kind: source.kind, path },
        close: source.close,
    };
}

function isError({ severity }: Finding): boolean {
    return severity === "error";
}
