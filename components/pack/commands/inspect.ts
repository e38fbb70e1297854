import { formatSummary, inspectPack } from "../inspectPack";
import type { RegistryOptions } from "../packReference";
import { withPack } from "./openPack";
import { printJson } from "./output";

/** `pack inspect`: returns the exit status. */
export async function inspect(
    target: string,
    options: RegistryOptions & { json?: boolean },
): Promise<number> {
    const summary = await withPack(target, options, inspectPack);
    if (options.json) printJson(summary);
    else process.stdout.write(formatSummary(summary));
    return 0;
}
