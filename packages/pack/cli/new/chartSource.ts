import { cp, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readChart } from "../../format/chart";
import { packageChart } from "../../format/packageChart";
import { fileOnDisk } from "../../format/packFile";
import { HelmError, runHelm } from "../../render/helm";
import { UserError } from "../../userError";

/** Where a chart comes from, and how it is fetched. */
export interface ChartRequest {
    /** A folder, a `.tgz`, or what `helm pull` takes: `oci://…`, `https://….tgz`, `repository/name`. */
    chart: string;
    /** Version of a chart from a registry or a repository; the newest without. */
    version?: string;
    /** HTTP instead of HTTPS for `oci://`. */
    plainHttp?: boolean;
    /** Path of Helm, where it is there. */
    helm?: string | undefined;
}

/**
 * Puts a packaged chart with its sub-charts into a temporary folder, which is removed afterwards.
 *
 * @param use Takes the path of the archive.
 * @throws Error when the chart cannot be had: it is not there, or takes Helm, which is not.
 */
export async function withChart<Result>(
    request: ChartRequest,
    use: (archive: string) => Promise<Result>,
): Promise<Result> {
    const stats = await stat(request.chart).catch(() => undefined);
    if (stats?.isFile()) {
        return use(request.chart);
    }
    const folder = await mkdtemp(join(tmpdir(), "pack-chart-"));
    try {
        return await use(
            stats?.isDirectory()
                ? await packageFolder(request, folder)
                : await pullChart(request, folder),
        );
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

/** A chart's folder may lack sub-charts; only Helm can fetch them. */
async function packageFolder({ chart, helm }: ChartRequest, folder: string): Promise<string> {
    const archive = await packageChart(chart, folder);
    const { missingDependencies } = await readChart(fileOnDisk(archive));
    if (helm === undefined || missingDependencies.length === 0) {
        return archive;
    }
    const copy = join(folder, "chart");
    await cp(chart, copy, { recursive: true });
    try {
        await runHelm(helm, ["dependency", "build", copy]);
    } catch (error) {
        if (!(error instanceof HelmError)) {
            throw error;
        }
        throw new UserError(
            `The sub-charts ${missingDependencies.join(", ")} of ${chart} cannot be fetched: ${error.message}`,
            { cause: error },
        );
    }
    return packageChart(copy, folder);
}

async function pullChart(request: ChartRequest, folder: string): Promise<string> {
    const { chart, version, plainHttp, helm } = request;
    if (!/^\w[\w.-]*\/[\w.-]+$|^(oci|https?):\/\//.test(chart)) {
        throw new UserError(
            `${chart} does not exist: name a chart's folder, a .tgz file, oci://host/path, or repository/name.`,
        );
    }
    if (helm === undefined) {
        throw new UserError(
            `${chart} is fetched with Helm, which is not on PATH: install Helm 3 (https://helm.sh/docs/intro/install/), ` +
                "or name a chart's folder or .tgz file.",
        );
    }
    try {
        await runHelm(helm, [
            "pull",
            chart,
            ...["--destination", folder],
            ...(version === undefined ? [] : ["--version", version]),
            ...(plainHttp ? ["--plain-http"] : []),
        ]);
    } catch (error) {
        if (!(error instanceof HelmError)) {
            throw error;
        }
        const here = chart.includes("://") ? "" : "is no folder or file here, and ";
        throw new UserError(`${chart} ${here}cannot be fetched: ${error.message}`, {
            cause: error,
        });
    }
    const archive = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
    if (archive === undefined) {
        throw new UserError(`${chart} cannot be fetched: Helm wrote no archive.`);
    }
    return join(folder, archive);
}
