import { comparePacks, formatComparison } from "../comparePacks";
import { withPack, type OpenOptions } from "./openPack";
import { printJson } from "./output";

/** `pack diff`: returns the exit status. */
export async function diff(
    before: string,
    after: string,
    options: OpenOptions & { json?: boolean; exitCode?: boolean },
): Promise<number> {
    const comparison = await withPack(before, options, (old) =>
        withPack(after, options, (now) => comparePacks(old, now)),
    );
    if (options.json) printJson(comparison);
    else process.stdout.write(formatComparison(comparison));
    return options.exitCode && comparison.files.length > 0 ? 1 : 0;
}
