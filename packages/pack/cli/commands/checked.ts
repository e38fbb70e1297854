import { checkPack } from "../../check/checkPack";
import { formatText } from "../formats/text";
import { coloursOn } from "./output";

/** Checks a pack, prints its errors and warnings to standard error, and tells whether there are errors. */
export async function hasErrors(path: string): Promise<boolean> {
    const findings = (await checkPack(path)).filter(({ severity }) => severity !== "info");
    if (findings.length > 0) {
        process.stderr.write(formatText([{ path, findings }], coloursOn(process.stderr)));
    }
    return findings.some(({ severity }) => severity === "error");
}
