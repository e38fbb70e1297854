import { checkPack } from "../../check/checkPack";
import { countFindings, formatReport, type PackReport } from "../report";
import { coloursOn, printJson } from "./output";

/** `pack check`: returns the exit status. */
export async function check(
    paths: readonly string[],
    options: { json?: boolean; strict?: boolean },
): Promise<number> {
    const reports: PackReport[] = [];
    for (const path of paths) {
        reports.push({
            path,
            findings: await checkPack(path, { strict: options.strict ?? false }),
        });
    }
    const counts = countFindings(reports);
    if (options.json) printJson({ packs: reports, ...counts });
    else process.stdout.write(formatReport(reports, coloursOn(process.stdout)));
    return counts.error > 0 ? 1 : 0;
}
