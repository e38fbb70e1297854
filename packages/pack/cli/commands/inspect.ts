import { formatSummary, inspectPack } from "../inspectPack";
import type { RegistryOptions } from "../../oci/reference";
import { withPack } from "./openPack";
import { printJson } from "./output";

/** `pack inspect`: returns the exit status. */
export async function inspect(
    target: string,
    options: RegistryOptions & { json?: boolean; files?: boolean },
): Promise<number> {
    const summary = await withPack(target, options, inspectPack);
    if (options.json) {
        printJson(summary);
    } else {
        process.stdout.write(formatSummary(summary, options.files ?? false));
    }
    return 0;
}
