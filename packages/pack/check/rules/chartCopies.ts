import { dirname } from "node:path/posix";
import { isDeepStrictEqual } from "node:util";
import type { ListedChart, PackContext } from "../context";
import { readChartFiles } from "../../format/chartArchive";
import { finding, type Finding } from "../../findings/finding";
import { readFileOf, readTextOf } from "../../format/packFile";
import { asText, isMapping } from "../../format/sourceDocument";
import { parseYaml } from "../../format/yaml";
import type { RuleCheck } from "./ruleCheck";

/** Rules on the unpacked charts beside the archives that were made of them. */
export const chartCopyRules: RuleCheck[] = [unpackedCopies];

async function* unpackedCopies({ source, charts }: PackContext): AsyncIterable<Finding> {
    const byName = new Map(charts.map((listed) => [listed.chart?.name, listed]));
    for (const file of source.files) {
        if (!/^charts\/[^/]+\/Chart\.yaml$/.test(file.path)) {
            continue;
        }
        const copy = parseYaml(file.path, await readTextOf(file)).document?.value;
        const listed = isMapping(copy) ? byName.get(asText(copy.name)) : undefined;
        if (!listed?.chart || !isMapping(copy)) {
            continue;
        }
        const { name, version } = listed.chart;
        const folder = dirname(file.path);
        const help =
            `The archive is what gets installed: package the chart again (palette-pack chart ` +
            `${source.path}/${folder}), or delete the copy.`;
        if (asText(copy.version) !== version) {
            const message =
                `The unpacked copy of ${name} has version ${asText(copy.version)}, ` +
                `its archive ${version}.`;
            yield finding("chart-copy-differs", { file: file.path }, message, { help });
            continue;
        }
        const [first, ...more] = await differences(source.files, folder, copy, listed);
        if (first === undefined) {
            continue;
        }
        const others = more.length > 0 ? `, and so do ${more.length} more files` : "";
        const message = `${first} differs from what ${listed.listed} has under version ${version}${others}.`;
        yield finding("chart-copy-differs", { file: first }, message, { help });
    }
}

/** What decides how a chart is installed; other files of a folder may stay out of its archive (.helmignore). */
const INSTALLED = /^(values\.yaml|values\.schema\.json|templates\/.*|crds\/.*)$/;

/** Paths in the pack of the files that are not as they are in the archive. */
async function differences(
    files: PackContext["source"]["files"],
    folder: string,
    chartYaml: Readonly<Record<string, unknown>>,
    { file: archive }: ListedChart,
): Promise<string[]> {
    const packed = await readChartFiles(archive!);
    const copied = new Map(
        files
            .filter(({ path }) => path.startsWith(`${folder}/`))
            .map((file) => [file.path.slice(folder.length + 1), file]),
    );
    const different: string[] = [];
    for (const [path, file] of copied) {
        const content = packed.get(path);
        const same =
            content === undefined
                ? !INSTALLED.test(path)
                : path === "Chart.yaml"
                  ? haveSameKeys(chartYaml, content.toString())
                  : plain(await readFileOf(file)).equals(plain(content));
        if (!same) {
            different.push(file.path);
        }
    }
    // A copy that has some templates has all of them.
    const hasTemplates = [...copied.keys()].some((path) => path.startsWith("templates/"));
    for (const path of packed.keys()) {
        if (hasTemplates && path.startsWith("templates/") && !copied.has(path)) {
            different.push(`${folder}/${path}`);
        }
    }
    return different.sort();
}

/** Helm writes Chart.yaml anew when it packages a chart, in its own order and without what it does not know. */
function haveSameKeys(copy: Readonly<Record<string, unknown>>, text: string): boolean {
    const packed = parseYaml("Chart.yaml", text).document?.value;
    return (
        !isMapping(packed) ||
        Object.entries(copy).every(
            ([key, value]) => !(key in packed) || isDeepStrictEqual(value, packed[key]),
        )
    );
}

/** Without the ends of lines of another system. */
function plain(content: Buffer): Buffer {
    return content.includes("\r\n")
        ? Buffer.from(content.toString("latin1").replace(/\r\n/g, "\n"), "latin1")
        : content;
}
