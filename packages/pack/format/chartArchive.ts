import { buffer, text } from "node:stream/consumers";
import type { PackFile } from "./packFile";
import { ArchiveError, openTarGz, type TarEntry } from "./tarReader";
import { UserError } from "../userError";

/** A listed file is not a readable chart archive. */
export class ChartError extends UserError {
    constructor(
        message: string,
        readonly kind: "invalid" | "placeholder" | "limit" = "invalid",
    ) {
        super(message);
    }
}

const chartLimits = { entries: 10_000, unpackedBytes: 512 * 1024 * 1024, ratio: 200 };

/**
 * The files of a packaged chart: path below its one folder → content.
 *
 * @throws ChartError when it is not one.
 */
export async function readChartFiles(file: PackFile): Promise<Map<string, Buffer>> {
    return withChartFiles(file, async (files) => {
        const contents = new Map<string, Buffer>();
        for (const [path, entry] of files) {
            contents.set(path, await buffer(entry.open()));
        }
        return contents;
    });
}

/**
 * Opens a packaged chart while its files are in use: path below its one folder → entry.
 *
 * @throws ChartError when it is not one.
 */
export async function withChartFiles<T>(
    file: PackFile,
    use: (files: ReadonlyMap<string, TarEntry>) => Promise<T>,
): Promise<T> {
    if (file.size === 0) {
        throw new ChartError("it is empty");
    }
    const archive = await openTarGz(() => file.open(), chartLimits).catch(
        async (error: unknown) => {
            if (!(error instanceof ArchiveError)) {
                throw new ChartError((error as Error).message);
            }
            if (error.limit) {
                throw new ChartError(error.message, "limit");
            }
            throw (await placeholderError(file)) ?? new ChartError(error.message);
        },
    );
    try {
        return await use(chartFiles(archive.entries));
    } finally {
        archive.close();
    }
}

async function placeholderError(file: PackFile): Promise<ChartError | undefined> {
    if (file.size > 1024 * 1024) {
        return undefined;
    }
    const content = (await text(file.open())).trimStart().slice(0, 200).toLowerCase();
    if (content.startsWith("version https://git-lfs")) {
        return new ChartError("a Git LFS pointer", "placeholder");
    }
    if (/^<(!doctype|html|\?xml)/.test(content)) {
        return new ChartError("a web page", "placeholder");
    }
    if (content.startsWith("pk\u0003\u0004")) {
        return new ChartError("it is a zip archive");
    }
    if (content.includes("chart.yaml\0")) {
        return new ChartError("it is a tar that is not compressed");
    }
    return undefined;
}

/** Path below the chart's folder → entry. */
function chartFiles(entries: readonly TarEntry[]): Map<string, TarEntry> {
    const files = new Map<string, TarEntry>();
    const normal = entries
        .filter(({ type }) => type === "file")
        .map((entry) => ({ entry, path: entry.path.replace(/^(\.\/)+/, "") }));
    const chartFile = normal
        .map(({ path }) => path)
        .filter((path) => /^([^/]+\/)?Chart\.yaml$/.test(path))
        .sort((a, b) => a.length - b.length)[0];
    if (chartFile === undefined) {
        throw new ChartError("it has no Chart.yaml");
    }
    const root = chartFile.slice(0, -"Chart.yaml".length);
    for (const { entry, path } of normal) {
        if (path.startsWith(root)) {
            files.set(path.slice(root.length), entry);
        }
    }
    return files;
}
