import { checkSource } from "./checkPack";
import { packOf } from "./readPack";
import type { Finding } from "../findings/finding";
import type { Chart } from "../format/chart";
import type { Pack } from "../format/pack";
import { openSource } from "../format/packSource";

/** A pack that was opened and checked. */
export interface CheckedPack {
    /** In reading order. */
    findings: Finding[];
    /** The pack, open; absent where the findings hold an error. */
    pack?: Pack;
    /** The charts that it lists, read. */
    charts: Chart[];
}

/**
 * Opens a pack folder or archive once, for its check and for what is made of it.
 *
 * @throws InvalidPackError when a finding was turned off without which there is no usable pack.
 */
export async function openPack(path: string): Promise<CheckedPack> {
    const source = await openSource(path);
    try {
        const { findings, reading } = await checkSource(source, path);
        if (reading === undefined || findings.some(({ severity }) => severity === "error")) {
            source.close();
            return { findings, charts: [] };
        }
        const charts = reading.context.charts.flatMap(({ chart }) => chart ?? []);
        return { findings, pack: await packOf(source, path, reading), charts };
    } catch (error) {
        source.close();
        throw error;
    }
}
