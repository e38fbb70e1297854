import { formatSummary, inspectPack } from "../inspectPack";
import { withPack, type OpenOptions } from "./openPack";
import { printJson } from "./output";

/** `pack inspect`: returns the exit status. */
export async function inspect(
    target: string,
    options: OpenOptions & { json?: boolean },
): Promise<number> {
    const summary = await withPack(target, options, inspectPack);
    if (options.json) printJson(summary);
    else process.stdout.write(formatSummary(summary));
    return 0;
}
