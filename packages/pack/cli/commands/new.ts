import { checkPack } from "../../check/checkPack";
import { findHelm } from "../../render/helm";
import { formatText } from "../formats/text";
import { newPackFromChart } from "../new/fromChart";
import { newPackFromManifests } from "../new/fromManifests";
import { newPack } from "../new/skeleton";
import { coloursOn } from "./output";

/** Options of `new`. */
export interface NewOptions {
    helm?: boolean;
    output?: string;
    fromChart?: string;
    fromManifests?: string[];
    chartVersion?: string;
    packVersion?: string;
    plainHttp?: boolean;
}

/** `pack new`: returns the exit status. */
export async function makeNew(
    name: string,
    { output, fromChart, fromManifests, chartVersion, packVersion, ...options }: NewOptions,
    commandName: string,
): Promise<number> {
    if (fromChart === undefined && (chartVersion !== undefined || options.plainHttp)) {
        const option = chartVersion === undefined ? "--plain-http" : "--chart-version";
        process.stderr.write(`error: ${option} is for --from-chart.\n`);
        return 2;
    }
    const folder = output ?? `packs/${name}`;
    const notes = [];
    const version = packVersion === undefined ? {} : { packVersion };
    if (fromChart !== undefined) {
        const helm = findHelm();
        const { plainHttp = false } = options;
        const request = { chart: fromChart, helm, plainHttp, ...version };
        notes.push(
            ...(await newPackFromChart(folder, name, {
                ...request,
                ...(chartVersion === undefined ? {} : { version: chartVersion }),
            })),
        );
    } else if (fromManifests !== undefined) {
        notes.push(...(await newPackFromManifests(folder, name, fromManifests, packVersion)));
    } else {
        await newPack(folder, name, { helm: options.helm ?? false, ...version });
    }
    process.stdout.write(`Wrote ${folder}.\n`);
    if (fromChart !== undefined || fromManifests !== undefined) {
        notes.push(
            "logo.png is a placeholder: put the product's logo there.",
            'pack.json says addonType "app services" and has no contributor: say what fits.',
            "README.md has headings only for what users have to know.",
        );
    }
    for (const note of notes) {
        process.stdout.write(`- ${note}\n`);
    }
    const findings = (await checkPack(folder)).filter(({ severity }) => severity !== "info");
    if (findings.length > 0) {
        process.stdout.write(formatText([{ path: folder, findings }], coloursOn(process.stdout)));
    }
    process.stdout.write(`Next: ${commandName} check ${folder}\n`);
    return findings.some(({ severity }) => severity === "error") ? 1 : 0;
}
