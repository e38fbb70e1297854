import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeArchive } from "../../format/archive";
import { openChecked } from "./checked";
import { printJson } from "./output";

/** `pack build`: returns the exit status. */
export async function build(
    path: string,
    options: { output: string; json?: boolean },
): Promise<number> {
    const pack = await openChecked(path);
    if (!pack) {
        return 1;
    }
    try {
        await mkdir(options.output, { recursive: true });
        const archive = join(options.output, `${pack.name}-${pack.version}.tar.gz`);
        const { layerDigest, layerSize, manifestDigest } = await writeArchive(pack, archive);
        if (options.json) {
            printJson({ archive, layerDigest, layerSize, manifestDigest });
        } else {
            process.stdout.write(
                `${archive}, ${layerSize} bytes\narchive  ${layerDigest}\nmanifest ${manifestDigest}\n`,
            );
        }
        return 0;
    } finally {
        pack.close();
    }
}
