import { isWherePaletteLooks, pushPack, pushReference, type PushOptions } from "../../oci/pushPack";
import { openChecked } from "./checked";
import { printJson } from "./output";

/** `pack push`: returns the exit status. */
export async function push(
    path: string,
    destination: string,
    { json, ...options }: PushOptions & { json?: boolean },
): Promise<number> {
    const pack = await openChecked(path);
    if (!pack) {
        return 1;
    }
    try {
        const reference = pushReference(pack, destination);
        if (!isWherePaletteLooks(reference)) {
            process.stderr.write(
                "Palette looks for packs in <base path>/spectro-packs/archive/<name>, and this is elsewhere.\n",
            );
        }
        const result = await pushPack(pack, reference, options);
        if (json) {
            printJson(result);
        } else {
            const what = result.pushed ? "Pushed" : "Already there:";
            process.stdout.write(`${what} ${result.reference}\nmanifest ${result.digest}\n`);
        }
        return 0;
    } finally {
        pack.close();
    }
}
