import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { openSource } from "./packSource";
import { readTextOf } from "./packFile";
import { isMapping } from "./sourceDocument";
import { writeTarGz } from "./tarWriter";
import { UserError } from "../userError";

/**
 * Packages a Helm chart folder as `<name>-<version>.tgz`, like `helm package`, but reproducibly:
 * the same sources give the same bytes. The dependencies must be in its charts/ folder.
 *
 * @param folder Folder with Chart.yaml.
 * @param outputFolder Folder to write to; made when it is not there.
 * @returns Path of the archive.
 * @throws Error when the folder is no chart or holds what an archive must not hold.
 */
export async function packageChart(folder: string, outputFolder: string): Promise<string> {
    const source = await openSource(folder);
    const [error] = source.findings.filter(({ severity }) => severity === "error");
    if (error) {
        throw new UserError(error.message);
    }
    const chartFile = source.files.find(({ path }) => path === "Chart.yaml");
    if (!chartFile) {
        throw new UserError(`${folder} is not a Helm chart: it has no Chart.yaml.`);
    }
    const chart: unknown = parse(await readTextOf(chartFile), { logLevel: "error" });
    if (!isMapping(chart) || typeof chart.name !== "string" || typeof chart.version !== "string") {
        throw new UserError(`${folder}/Chart.yaml needs a name and a version in quotes.`);
    }
    const { name, version } = chart;
    if (!/^[\w.-]+$/.test(name) || !/^[\w.+-]+$/.test(version)) {
        throw new UserError(
            `${folder}/Chart.yaml: ${name} ${version} cannot be part of a file name.`,
        );
    }
    const pieces: Uint8Array[] = [];
    const inputs = source.files.map((file) => ({ ...file, path: `${name}/${file.path}` }));
    await writeTarGz(inputs, (bytes) => void pieces.push(bytes));
    await mkdir(outputFolder, { recursive: true });
    const archive = join(outputFolder, `${name}-${version}.tgz`);
    await writeFile(archive, Buffer.concat(pieces));
    return archive;
}
