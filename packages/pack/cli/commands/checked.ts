import { openPack } from "../../check/openPack";
import type { Pack } from "../../format/pack";
import { formatText } from "../formats/text";
import { coloursOn } from "./output";

/** Opens and checks a pack, and prints its errors and warnings to standard error; undefined where there are errors. */
export async function openChecked(path: string): Promise<Pack | undefined> {
    const { findings: all, pack } = await openPack(path);
    const findings = all.filter(({ severity }) => severity !== "info");
    if (findings.length > 0) {
        process.stderr.write(formatText([{ path, findings }], coloursOn(process.stderr)));
    }
    return pack;
}
